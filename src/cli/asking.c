#include "cli/asking.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/status.h"
#include "base/strings.h"
#include "cli/kit.h"
#include "cli/talk.h"
#include "fleet/job.h"

enum { LONGEST_PROMPTS = 1 << 20 };

struct alfa__asking {
    const struct alfa__options *options;
    char bank[ALFA__DIGEST_TEXT]; /* "": none */
    char *prompts;
    struct alfa__job common;
    uint64_t start; /* hash of what is common */
};

/* ------------------------------------------------------------------ what is common */

/* The bank under its hash, where workers look for it. */
static enum alfa_status open_bank(struct alfa__asking *a, struct alfa_error *err)
{
    const struct alfa__options *o = a->options;
    struct alfa_bank *bank;
    if (!o->bank)
        return o->banks ? alfa__fail(err, ALFA_ERROR_USAGE, "--banks", "is where --bank FILE is put")
                        : ALFA_OK;
    ALFA__TRY(alfa_bank_load(&bank, o->bank, err)); /* a damaged one is said once, not for each image */
    a->common.bits = alfa_bank_info(bank)->bits;
    alfa_bank_free(bank);
    ALFA__TRY(alfa__digest_file(a->bank, o->bank, ALFA__DIGEST_SHA256, NULL, NULL, err));
    a->common.bank = a->bank;
    if (!o->banks)
        return ALFA_OK;
    char *path = alfa__must(alfa__format("%s/%s.bank", o->banks, a->bank));
    enum alfa_status status = alfa__file_exists(path) ? ALFA_OK : alfa__file_copy(o->bank, path, err);
    free(path);
    return status;
}

static enum alfa_status open_common(struct alfa__asking *a, struct alfa_error *err)
{
    const struct alfa__options *o = a->options;
    size_t size;
    a->common.class_name = o->class_name;
    a->common.model = alfa__options_given(o, "model") ? o->model : NULL;
    a->common.method =
        alfa__options_given(o, "method") ? alfa_method_info((enum alfa_method)o->method)->name : NULL;
    a->common.threshold = alfa__options_given(o, "threshold") ? o->threshold : NAN;
    if (!o->class_name && !o->bank)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--class",
                          "is needed: what the images show, or --bank FILE");
    if (a->common.model && !alfa__job_is_model(a->common.model))
        return alfa__fail(err, ALFA_ERROR_USAGE, "--model",
                          "\"%s\" is no name by which workers know a model: letters, digits, '.', '_', '-'",
                          a->common.model);
    if (o->tiles)
        ALFA__TRY(alfa__kit_tiles(&a->common.tiles, o->tiles, err));
    if (o->prompts)
        ALFA__TRY(alfa__file_read(&a->prompts, &size, o->prompts, LONGEST_PROMPTS, err));
    a->common.prompts = a->prompts;
    return open_bank(a, err);
}

static void hash_common(struct alfa__asking *a)
{
    char *text = alfa__must(alfa__job_write(&a->common));
    a->start = alfa__hash_text(ALFA__HASH_START, text);
    free(text);
}

enum alfa_status alfa__asking_open(struct alfa__asking **out, const struct alfa__options *options,
                                   struct alfa_error *err)
{
    struct alfa__asking *a = alfa__must(calloc(1, sizeof *a));
    *out = NULL;
    a->options = options;
    enum alfa_status status = options->root && options->send ? alfa__fail(err, ALFA_ERROR_USAGE, "--send",
                                                                          "and --root exclude each other")
                                                             : open_common(a, err);
    if (status == ALFA_OK) {
        hash_common(a);
        *out = a;
    } else {
        alfa__asking_free(a);
    }
    return status;
}

void alfa__asking_free(struct alfa__asking *a)
{
    if (!a)
        return;
    free(a->prompts);
    free(a);
}

uint64_t alfa__asking_id(const struct alfa__asking *a, const char *path)
{
    const uint64_t id = alfa__hash_text(a->start, path);
    return id ? id : 1;
}

/* ------------------------------------------------------------------ one image */

static bool is_address(const char *path)
{
    return strncmp(path, "http://", 7) == 0 || strncmp(path, "https://", 8) == 0;
}

/* Of a list only what is written counts. */
enum alfa_status alfa__asking_place(char **out, const char *root, bool listed, const char *path,
                                    struct alfa_error *err)
{
    const char *rest = root ? alfa__path_behind(path, root) : NULL;
    *out = NULL;
    if (root && (rest || (*path != '/' && listed && access(path, F_OK) != 0))) {
        *out = alfa__must(alfa__strdup(rest ? rest : path));
        return ALFA_OK;
    }
    char *whole = realpath(path, NULL), *top = root ? realpath(root, NULL) : NULL;
    rest = whole && top ? alfa__path_behind(whole, top) : NULL;
    if (rest)
        *out = alfa__must(alfa__strdup(rest));
    else if (!root)
        *out = alfa__must(alfa__strdup(whole ? whole : path));
    free(whole);
    free(top);
    return *out ? ALFA_OK : alfa__fail(err, ALFA_ERROR_INPUT, path, "does not lie in the folder of --root");
}

static enum alfa_status read_image(char **out, const struct alfa__asking *a, const char *path,
                                   struct alfa_error *err)
{
    char *bytes;
    size_t size;
    ALFA__TRY(alfa__file_read(&bytes, &size, path, (size_t)(a->options->limit * 1e6), err));
    *out = size ? alfa__must(alfa__base64_write(bytes, size)) : NULL;
    free(bytes);
    return size ? ALFA_OK : alfa__fail(err, ALFA_ERROR_INPUT, path, "is empty: not an image");
}

enum alfa_status alfa__asking_write(char **out, const struct alfa__asking *a, const char *path, uint64_t id,
                                    struct alfa_error *err)
{
    struct alfa__job job = a->common;
    char text[17], *made = NULL;
    *out = NULL;
    snprintf(text, sizeof text, "%016" PRIx64, id);
    job.id = text;
    job.name = path;
    if (!is_address(path))
        ALFA__TRY(a->options->send
                      ? read_image(&made, a, path, err)
                      : alfa__asking_place(&made, a->options->root, a->options->list, path, err));
    if (is_address(path))
        job.url = path;
    else if (a->options->send)
        job.base64 = made;
    else
        job.path = made;
    *out = alfa__job_write(&job); /* a path that is no UTF-8 is no JSON */
    free(made);
    return *out ? ALFA_OK : alfa__fail(err, ALFA_ERROR_INPUT, path, "has a name that is not UTF-8");
}
