#include "bank/defects.h"
#include "bank/format.h"
#include "bank/kept.h"
#include "base/files.h"
#include "base/half.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ header */

/* NULL anywhere below makes json_pack() fail, and so the header. */
static json_t *calibration_json(const struct alfa__calibration *calibration)
{
    const struct alfa__threshold *threshold = &calibration->threshold;
    json_t *scores = json_array();
    for (int i = 0; i < threshold->count && scores; i++)
        if (json_array_append_new(scores, json_real(calibration->scores[i])) != 0) {
            json_decref(scores);
            return NULL;
        }
    return json_pack("{s:s, s:o, s:f, s:i, s:o}", "rule", alfa__rule_name(threshold->rule), "value",
                     threshold->rule == ALFA__RULE_ALONE ? json_null() : json_real(threshold->value), "rate",
                     threshold->rate, "rank", threshold->rank, "scores", scores);
}

static json_t *references_json(const struct alfa__bank_data *bank, size_t *offset)
{
    json_t *list = json_array();
    for (int i = 0; i < bank->reference_count && list; i++) {
        const struct alfa__reference *r = &bank->references[i];
        json_t *entry =
            json_pack("{s:s, s:s, s:s, s:s, s:b, s:f, s:f, s:i, s:i, s:I, s:I}", "name", r->name, "kind",
                      r->kind, "digest", r->digest, "role", alfa__role_name(r->role), "strange", r->strange,
                      "score", r->score, "peak", r->peak, "width", r->width, "height", r->height, "offset",
                      (json_int_t)*offset, "size", (json_int_t)r->thumbnail_size);
        if (entry && r->keep)
            entry = alfa__json_whole(entry, json_object_set_new(entry, "keep", json_true()));
        if (entry && r->same_part)
            entry = alfa__json_whole(entry,
                                     json_object_set_new(entry, "same_part", json_integer(r->same_part - 1)));
        if (json_array_append_new(list, entry) != 0) {
            json_decref(list);
            return NULL;
        }
        *offset += r->thumbnail_size;
    }
    return list;
}

static json_t *parts_json(const struct alfa__bank_data *bank, size_t *offset)
{
    json_t *list = json_array();
    for (int i = 0; i < bank->part_count && list; i++) {
        const struct alfa__memory *part = &bank->parts[i];
        json_t *entry = json_pack("{s:s, s:i, s:i, s:i, s:I}", "name", part->name, "window", part->window,
                                  "rows", part->rows, "dim", part->dim, "offset", (json_int_t)*offset);
        if (json_array_append_new(list, entry) != 0) {
            json_decref(list);
            return NULL;
        }
        *offset += alfa__bank_part_size((size_t)part->rows, (size_t)part->dim);
    }
    return list;
}

/* The header's text, freed with free(), and the size of the data behind it. */
static char *make_header(const struct alfa__bank_data *bank, size_t *data)
{
    *data = 0;
    json_t *references = references_json(bank, data), *parts = parts_json(bank, data);
    json_t *root = json_pack("{s:{s:s, s:s}, s:s, s:O, s:{s:o, s:o}, s:o, s:o}", "model", "name", bank->model,
                             "fingerprint", bank->fingerprint, "class", bank->noun, "options", bank->options,
                             "calibration", "image", calibration_json(&bank->image), "pixel",
                             calibration_json(&bank->pixel), "references", references, "parts", parts);
    if (root && bank->defects.rows > 0)
        root =
            alfa__json_whole(root, json_object_set_new(root, "defects", alfa__defects_json(&bank->defects)));
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    return text;
}

/* ------------------------------------------------------------------ data */

static unsigned char *put_bytes(unsigned char *out, const void *bytes, size_t size)
{
    if (size > 0)
        memcpy(out, bytes, size);
    return out + size;
}

static unsigned char *put_part(unsigned char *out, const struct alfa__memory *part)
{
    const size_t count = (size_t)part->rows * (size_t)part->dim;
    for (size_t i = 0; i < count; i++, out += 2)
        alfa__put_number(out, alfa__half_pack(part->vectors[i]), 2);
    for (int i = 0; i < part->rows; i++, out += ALFA__BANK_ORIGIN) {
        alfa__put_number(out, (uint64_t)part->origins[i].image, 4);
        alfa__put_number(out + 4, (uint64_t)part->origins[i].place, 4);
    }
    return out;
}

/* size: of the file; kept: its last part. */
static void fill(unsigned char *out, size_t size, const struct alfa__bank_data *bank, const char *header,
                 const unsigned char *kept, size_t kept_size)
{
    const size_t header_size = strlen(header);
    unsigned char *p = put_bytes(out, ALFA__BANK_MAGIC, 8);
    alfa__put_number(p, ALFA__BANK_VERSION, 4);
    alfa__put_number(p + 4, header_size, 4);
    alfa__put_number(p + 8, size, 8);
    alfa__put_number(p + 16, size - kept_size, 8);
    p = put_bytes(p + 24, header, header_size);
    for (int i = 0; i < bank->reference_count; i++)
        p = put_bytes(p, bank->references[i].thumbnail, bank->references[i].thumbnail_size);
    for (int i = 0; i < bank->part_count; i++)
        p = put_part(p, &bank->parts[i]);
    alfa__sha256(p, out, (size_t)(p - out));
    put_bytes(p + ALFA__BANK_CHECKSUM, kept, kept_size);
}

static enum alfa_status write_file(const struct alfa__bank_data *bank, const char *header, size_t data,
                                   const char *path, struct alfa_error *err)
{
    const size_t header_size = strlen(header);
    unsigned char *kept;
    size_t kept_size;
    if (header_size > ALFA__BANK_MAX_HEADER ||
        data > ALFA__BANK_MAX_FILE - ALFA__BANK_MAX_HEADER - ALFA__BANK_MAX_KEPT - 1024)
        return alfa__fail(
            err, ALFA_ERROR_LIMIT, path,
            "would hold %zu MB of data and a header of %zu MB: use fewer images or a smaller budget",
            data >> 20, header_size >> 20);
    ALFA__TRY(alfa__kept_make(&kept, &kept_size, bank, err));
    const size_t size = ALFA__BANK_FRAME + header_size + data + ALFA__BANK_CHECKSUM + kept_size;
    unsigned char *bytes = malloc(size);
    enum alfa_status status = bytes ? ALFA_OK : alfa__fail_memory(err, size);
    if (status == ALFA_OK) {
        fill(bytes, size, bank, header, kept, kept_size);
        status = alfa__file_save(path, bytes, size, err);
    }
    free(bytes);
    free(kept);
    return status;
}

enum alfa_status alfa__bank_write(const struct alfa__bank_data *bank, const char *path,
                                  struct alfa_error *err)
{
    size_t data;
    char *header = make_header(bank, &data);
    if (!header)
        return alfa__fail(
            err, ALFA_ERROR_RUNTIME, path,
            "cannot be made: no memory, or a text that is not UTF-8 or a number that is not finite");
    enum alfa_status status = write_file(bank, header, data, path, err);
    free(header);
    return status;
}
