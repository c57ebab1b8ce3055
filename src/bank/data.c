#include "bank/data.h"
#include "base/strings.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* A copy as UTF-8, freed with free(). */
static enum alfa_status copy_text(char **out, const char *what, const char *text, struct alfa_error *err)
{
    char *valid = g_utf8_make_valid(text, -1);
    size_t length = strlen(valid);
    *out = length <= ALFA__BANK_MAX_TEXT ? alfa__strdup(valid) : NULL;
    g_free(valid);
    if (length > ALFA__BANK_MAX_TEXT)
        return alfa__fail(err, ALFA_ERROR_LIMIT, what, "has more than %d bytes", ALFA__BANK_MAX_TEXT);
    return *out ? ALFA_OK : alfa__fail_memory(err, length + 1);
}

enum alfa_status alfa__bank_init(struct alfa__bank_data *out, const char *model, const char *fingerprint,
                                 const char *noun, json_t *options, struct alfa_error *err)
{
    *out = (struct alfa__bank_data){.complete = true};
    if (!json_is_object(options))
        return alfa__fail(err, ALFA_ERROR_USAGE, "options", "of a bank must be a JSON object");
    enum alfa_status status = copy_text(&out->model, "the model's name", model, err);
    if (status == ALFA_OK)
        status = copy_text(&out->fingerprint, "the model's fingerprint", fingerprint, err);
    if (status == ALFA_OK)
        status = copy_text(&out->noun, "the class noun", noun, err);
    if (status == ALFA_OK)
        out->options = json_incref(options);
    else
        alfa__bank_free(out);
    return status;
}

void alfa__bank_free(struct alfa__bank_data *bank)
{
    for (int i = 0; i < bank->part_count; i++)
        alfa__memory_free(&bank->parts[i]);
    alfa__memory_free(&bank->defects);
    for (int i = 0; i < bank->reference_count; i++)
        alfa__reference_free(&bank->references[i]);
    free(bank->references);
    alfa__file_unmap(&bank->map);
    alfa__calibration_free(&bank->image);
    alfa__calibration_free(&bank->pixel);
    json_decref(bank->options);
    free(bank->model);
    free(bank->fingerprint);
    free(bank->noun);
    *bank = (struct alfa__bank_data){0};
}

const struct alfa__memory *alfa__bank_part(const struct alfa__bank_data *bank, const char *name)
{
    for (int i = 0; i < bank->part_count; i++)
        if (strcmp(bank->parts[i].name, name) == 0)
            return &bank->parts[i];
    return NULL;
}

enum alfa_status alfa__bank_add_part(struct alfa__bank_data *bank, struct alfa__memory **out,
                                     const char *name, int window, int dim, struct alfa_error *err)
{
    *out = NULL;
    if (bank->part_count == ALFA__BANK_MAX_PARTS)
        return alfa__fail(err, ALFA_ERROR_LIMIT, name, "a bank has at most %d parts", ALFA__BANK_MAX_PARTS);
    if (alfa__bank_part(bank, name))
        return alfa__fail(err, ALFA_ERROR_USAGE, name, "the bank has a part of this name already");
    ALFA__TRY(alfa__memory_init(&bank->parts[bank->part_count], name, window, dim, err));
    *out = &bank->parts[bank->part_count++];
    return ALFA_OK;
}

/* ------------------------------------------------------------------ references */

enum alfa_status alfa__reference_begin(struct alfa__reference *out, const char *name, int width, int height,
                                       struct alfa_error *err)
{
    *out = (struct alfa__reference){.width = width, .height = height};
    if (width < 1 || height < 1)
        return alfa__fail(err, ALFA_ERROR_USAGE, name, "an image cannot have %d x %d pixels", width, height);
    enum alfa_status status = copy_text(&out->name, "the name of a reference image", name, err);
    if (status == ALFA_OK)
        status = copy_text(&out->kind, "the kind of a reference image", "", err);
    if (status != ALFA_OK)
        alfa__reference_free(out);
    return status;
}

enum alfa_status alfa__bank_take_reference(struct alfa__bank_data *bank, struct alfa__reference *reference,
                                           struct alfa_error *err)
{
    if (bank->reference_count == ALFA__BANK_MAX_REFERENCES)
        return alfa__fail(err, ALFA_ERROR_LIMIT, reference->name, "a bank has at most %d reference images",
                          ALFA__BANK_MAX_REFERENCES);
    const size_t count = (size_t)bank->reference_count,
                 bytes = (count ? 2 * count : 1) * sizeof *bank->references;
    if ((count & (count - 1)) == 0) { /* full at each power of two */
        struct alfa__reference *grown = realloc(bank->references, bytes);
        if (!grown)
            return alfa__fail_memory(err, bytes);
        bank->references = grown;
    }
    bank->references[bank->reference_count++] = *reference;
    *reference = (struct alfa__reference){.width = 0};
    return ALFA_OK;
}

enum alfa_status alfa__bank_add_reference(struct alfa__bank_data *bank, const char *name, int width,
                                          int height, struct alfa_error *err)
{
    struct alfa__reference reference;
    ALFA__TRY(alfa__reference_begin(&reference, name, width, height, err));
    enum alfa_status status = alfa__bank_take_reference(bank, &reference, err);
    alfa__reference_free(&reference);
    return status;
}

enum alfa_status alfa__bank_set_thumbnail(struct alfa__reference *reference, const void *thumbnail,
                                          size_t size, struct alfa_error *err)
{
    if (size > ALFA__BANK_MAX_THUMBNAIL)
        return alfa__fail(err, ALFA_ERROR_LIMIT, reference->name, "a thumbnail has at most %d bytes, not %zu",
                          ALFA__BANK_MAX_THUMBNAIL, size);
    if (size == 0)
        return ALFA_OK;
    reference->thumbnail = malloc(size);
    if (!reference->thumbnail)
        return alfa__fail_memory(err, size);
    memcpy(reference->thumbnail, thumbnail, size);
    reference->thumbnail_size = size;
    return ALFA_OK;
}

enum alfa_status alfa__bank_set_kind(struct alfa__reference *reference, const char *kind,
                                     struct alfa_error *err)
{
    char *copy;
    ALFA__TRY(copy_text(&copy, "the kind of a reference image", kind, err));
    free(reference->kind);
    reference->kind = copy;
    return ALFA_OK;
}

int alfa__bank_count(const struct alfa__bank_data *bank, enum alfa__role role)
{
    int count = 0;
    for (int i = 0; i < bank->reference_count; i++)
        count += bank->references[i].role == role;
    return count;
}

const struct alfa__reference *alfa__bank_find(const struct alfa__bank_data *bank, const char *digest)
{
    for (int i = 0; i < bank->reference_count; i++)
        if (strcmp(bank->references[i].digest, digest) == 0)
            return &bank->references[i];
    return NULL;
}

int alfa__bank_layer(const struct alfa__bank_data *bank)
{
    for (int p = 0; p < bank->part_count; p++)
        if (bank->parts[p].window == 0)
            return p;
    return -1;
}

/* ------------------------------------------------------------------ fit */

enum alfa_status alfa__bank_check(const struct alfa__bank_data *bank, const char *source, const char *model,
                                  const char *fingerprint, const char *noun, struct alfa_error *err)
{
    if (strcmp(bank->fingerprint, fingerprint) != 0)
        return alfa__fail(
            err, ALFA_ERROR_INPUT, source,
            "was learned with the model %.100s (%.32s), not with %.100s (%.32s): learn it again with "
            "this model",
            bank->model, bank->fingerprint, model, fingerprint);
    if (noun && !alfa__same_noun(bank->noun, noun))
        return alfa__fail(err, ALFA_ERROR_INPUT, source, "is a bank for the class \"%.100s\", not \"%.100s\"",
                          bank->noun, noun);
    return ALFA_OK;
}
