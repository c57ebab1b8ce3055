/* Nothing in the file is believed: the frame and the checksum first, then each count against the limits and
 * the bytes that are left, before memory is taken for it. */
#include "bank/defects.h"
#include "bank/format.h"
#include "base/files.h"
#include "base/half.h"
#include "base/json.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file on its way in. */
struct reader {
    const char *path;
    struct alfa_error *err;
    const unsigned char *data; /* what follows the header */
    size_t size, used;         /* of the data */
    size_t kept_size;          /* of what learning needs, the end of the file */
    struct alfa__bank_data *bank;
};

static enum alfa_status bad(const struct reader *reader, const char *what)
{
    return alfa__fail(reader->err, ALFA_ERROR_INPUT, reader->path, "is a bank with wrong contents: %s", what);
}

/* ------------------------------------------------------------------ frame */

/* Of an older version nothing is read but what makes it anew; its header may be anything. */
static enum alfa_status refuse_older(const struct reader *reader, const struct alfa__map *map,
                                     unsigned version)
{
    const size_t size = (size_t)alfa__get_number(map->bytes + 12, 4), frame = 24;
    json_t *root = NULL;
    if (size <= map->size - frame && size <= ALFA__BANK_MAX_HEADER)
        (void)alfa__json_read(&root, (const char *)map->bytes + frame, size, ALFA__BANK_MAX_VALUES, 0, NULL);
    const json_t *options = json_object_get(root, "options");
    const char *noun = json_string_value(json_object_get(root, "class"));
    const char *method = json_string_value(json_object_get(options, "method"));
    char other[64] = "";
    if (method && strcmp(method, "alfa") != 0)
        snprintf(other, sizeof other, " --method %.40s", method);
    enum alfa_status status = alfa__fail(
        reader->err, ALFA_ERROR_INPUT, reader->path,
        "is a bank of version %u, this program reads version %d; make it anew from its normal images: alfa "
        "learn FOLDER --class \"%.100s\"%s%s -o %.100s",
        version, ALFA__BANK_VERSION, noun ? noun : "NOUN", other,
        json_is_true(json_object_get(options, "turned")) ? " --turned" : "", reader->path);
    json_decref(root);
    return status;
}

static enum alfa_status check_magic(const struct reader *reader, const struct alfa__map *map)
{
    const size_t length = strlen(ALFA__BANK_MAGIC);
    if (memcmp(map->bytes, ALFA__BANK_MAGIC, map->size < length ? map->size : length) != 0)
        return alfa__fail(reader->err, ALFA_ERROR_INPUT, reader->path,
                          "is not a bank (alfa learn makes one)");
    if (map->size < ALFA__BANK_FRAME + ALFA__BANK_CHECKSUM)
        return alfa__fail(reader->err, ALFA_ERROR_INPUT, reader->path, "is truncated: %zu bytes are left",
                          map->size);
    unsigned version = (unsigned)alfa__get_number(map->bytes + 8, 4);
    if (version > ALFA__BANK_VERSION)
        return alfa__fail(
            reader->err, ALFA_ERROR_INPUT, reader->path,
            "is a bank of version %u, this program reads version %d: a newer alfa made it, use that", version,
            ALFA__BANK_VERSION);
    return version == ALFA__BANK_VERSION ? ALFA_OK : refuse_older(reader, map, version);
}

static enum alfa_status check_frame(struct reader *reader, const struct alfa__map *map, size_t *header)
{
    unsigned char sum[ALFA__BANK_CHECKSUM];
    ALFA__TRY(check_magic(reader, map));
    uint64_t size = alfa__get_number(map->bytes + 16, 8);
    *header = (size_t)alfa__get_number(map->bytes + 12, 4);
    if (map->size > ALFA__BANK_MAX_FILE)
        return alfa__fail(reader->err, ALFA_ERROR_INPUT, reader->path, "has %zu bytes, the limit is %zu",
                          map->size, ALFA__BANK_MAX_FILE);
    if (size != map->size)
        return alfa__fail(reader->err, ALFA_ERROR_INPUT, reader->path, "is %s: it has %zu of %llu bytes",
                          size > map->size ? "truncated" : "altered", map->size, (unsigned long long)size);
    const uint64_t judged = alfa__get_number(map->bytes + 24, 8);
    if (judged > size || judged < ALFA__BANK_FRAME + ALFA__BANK_CHECKSUM)
        return bad(reader, "the size of what judging needs");
    const size_t end = (size_t)judged - ALFA__BANK_CHECKSUM;
    alfa__sha256(sum, map->bytes, end);
    if (memcmp(sum, map->bytes + end, sizeof sum) != 0)
        return alfa__fail(reader->err, ALFA_ERROR_INPUT, reader->path,
                          "is altered or damaged: its checksum is wrong");
    reader->kept_size = (size_t)(size - judged);
    size_t most = end - ALFA__BANK_FRAME;
    if (*header > most || *header > ALFA__BANK_MAX_HEADER)
        return bad(reader, "the header is too long");
    reader->data = map->bytes + ALFA__BANK_FRAME + *header;
    reader->size = most - *header;
    return ALFA_OK;
}

/* ------------------------------------------------------------------ members of the header */

static const char *get_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text && strlen(text) <= ALFA__BANK_MAX_TEXT ? text : NULL;
}

static bool get_count(int *out, const json_t *object, const char *name, int least, int most)
{
    const json_t *value = json_object_get(object, name);
    json_int_t number = json_integer_value(value);
    *out = json_is_integer(value) && number >= least && number <= most ? (int)number : least;
    return json_is_integer(value) && number >= least && number <= most;
}

/* The next size bytes of the data, which must lie where the object's offset says; NULL when they do not. */
static const unsigned char *take(struct reader *reader, const json_t *object, size_t size)
{
    const json_t *offset = json_object_get(object, "offset");
    if (!json_is_integer(offset) || json_integer_value(offset) != (json_int_t)reader->used)
        return NULL;
    if (size > reader->size - reader->used)
        return NULL;
    reader->used += size;
    return reader->data + reader->used - size;
}

/* ------------------------------------------------------------------ calibration */

static bool read_threshold(struct alfa__threshold *out, const json_t *object, int count)
{
    const char *rule = get_text(object, "rule");
    const json_t *value = json_object_get(object, "value"), *rate = json_object_get(object, "rate");
    *out = (struct alfa__threshold){
        .count = count, .value = json_number_value(value), .rate = json_number_value(rate)};
    if (!rule || !alfa__rule_from_name(&out->rule, rule) || !json_is_number(rate))
        return false;
    if (out->rule == ALFA__RULE_ALONE)
        out->value = NAN;
    if (out->rule == ALFA__RULE_ALONE ? !json_is_null(value) : !json_is_number(value))
        return false;
    int least = out->rule == ALFA__RULE_CONFORMAL;
    if (!get_count(&out->rank, object, "rank", least, least ? count : 0))
        return false;
    return out->rule == ALFA__RULE_NONE ? count == 0 : count > 0 && out->rate > 0 && out->rate < 1;
}

static bool read_scores(double *out, const json_t *list, int count)
{
    for (int i = 0; i < count; i++) {
        const json_t *score = json_array_get(list, (size_t)i);
        out[i] = json_number_value(score);
        if (!json_is_number(score) || (i > 0 && out[i] < out[i - 1]))
            return false;
    }
    return true;
}

static enum alfa_status read_calibration(const struct reader *reader, struct alfa__calibration *out,
                                         const json_t *object)
{
    const json_t *list = json_object_get(object, "scores");
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count > ALFA__MAX_SCORES ||
        !read_threshold(&out->threshold, object, (int)count)) {
        out->threshold = (struct alfa__threshold){0};
        return bad(reader, "a threshold");
    }
    if (count == 0)
        return ALFA_OK;
    out->scores = malloc(count * sizeof *out->scores);
    if (!out->scores)
        return alfa__fail_memory(reader->err, count * sizeof *out->scores);
    return read_scores(out->scores, list, (int)count) ? ALFA_OK : bad(reader, "calibration scores");
}

/* ------------------------------------------------------------------ references and parts */

/* What learning found out about reference number number; false when it is not what is written. */
static bool read_finding(struct alfa__reference *out, const json_t *object, int number)
{
    const char *digest = get_text(object, "digest"), *role = get_text(object, "role");
    const json_t *score = json_object_get(object, "score"), *peak = json_object_get(object, "peak");
    int same_part = -1;
    if (json_object_get(object, "same_part") && !get_count(&same_part, object, "same_part", 0, number - 1))
        return false;
    if (!digest || strlen(digest) >= sizeof out->digest || !role || !alfa__role_from_name(&out->role, role) ||
        !json_is_boolean(json_object_get(object, "strange")) || !json_is_number(score) ||
        !json_is_number(peak))
        return false;
    memcpy(out->digest, digest, strlen(digest) + 1);
    out->strange = json_is_true(json_object_get(object, "strange"));
    out->keep = json_is_true(json_object_get(object, "keep"));
    out->score = json_number_value(score);
    out->peak = json_number_value(peak);
    out->same_part = same_part + 1;
    return true;
}

static enum alfa_status read_reference(struct reader *reader, const json_t *object)
{
    int width, height, size;
    const char *name = get_text(object, "name"), *kind = get_text(object, "kind");
    if (!name || !kind || !get_count(&width, object, "width", 1, INT_MAX) ||
        !get_count(&height, object, "height", 1, INT_MAX) ||
        !get_count(&size, object, "size", 0, ALFA__BANK_MAX_THUMBNAIL))
        return bad(reader, "a reference");
    const unsigned char *thumbnail = take(reader, object, (size_t)size);
    if (!thumbnail)
        return bad(reader, "the place of a thumbnail");
    ALFA__TRY(alfa__bank_add_reference(reader->bank, name, width, height, reader->err));
    const int number = reader->bank->reference_count - 1;
    struct alfa__reference *reference = &reader->bank->references[number];
    ALFA__TRY(alfa__bank_set_thumbnail(reference, thumbnail, (size_t)size, reader->err));
    if (!read_finding(reference, object, number))
        return bad(reader, "a reference");
    return alfa__bank_set_kind(reference, kind, reader->err);
}

/* Rows of halves, then their origins. row: dim floats of scratch. */
static enum alfa_status read_rows(const struct reader *reader, struct alfa__memory *part, int rows,
                                  const unsigned char *halves, float *row)
{
    const unsigned char *origins = halves + (size_t)rows * (size_t)part->dim * 2;
    for (int i = 0; i < rows; i++, origins += ALFA__BANK_ORIGIN) {
        for (int j = 0; j < part->dim; j++, halves += 2)
            row[j] = alfa__half_unpack((uint16_t)alfa__get_number(halves, 2));
        uint64_t image = alfa__get_number(origins, 4), place = alfa__get_number(origins + 4, 4);
        if (image >= (uint64_t)reader->bank->reference_count || place >= INT_MAX)
            return bad(reader, "the origin of a row");
        struct alfa__origin origin = {(int)image, (int)place};
        const enum alfa_status added = alfa__memory_add(part, row, 1, origin, reader->err);
        if (added != ALFA_OK)
            return added == ALFA_ERROR_MEMORY ? added : bad(reader, "a row that is not finite");
    }
    return ALFA_OK;
}

static enum alfa_status read_part(struct reader *reader, const json_t *object)
{
    int window, rows, dim;
    struct alfa__memory *part;
    const char *name = get_text(object, "name");
    if (!name || !get_count(&window, object, "window", 0, ALFA__MEMORY_MAX_DIM) ||
        !get_count(&rows, object, "rows", 0, ALFA__MEMORY_MAX_ROWS) ||
        !get_count(&dim, object, "dim", 1, ALFA__MEMORY_MAX_DIM))
        return bad(reader, "a part");
    const unsigned char *bytes = take(reader, object, alfa__bank_part_size((size_t)rows, (size_t)dim));
    if (!bytes)
        return bad(reader, "the place of a part");
    const enum alfa_status added = alfa__bank_add_part(reader->bank, &part, name, window, dim, reader->err);
    if (added != ALFA_OK)
        return added == ALFA_ERROR_MEMORY ? added : bad(reader, "the name of a part");
    ALFA__TRY(alfa__memory_reserve(part, rows, reader->err));
    float *row = malloc((size_t)dim * sizeof *row);
    if (!row)
        return alfa__fail_memory(reader->err, (size_t)dim * sizeof *row);
    enum alfa_status status = read_rows(reader, part, rows, bytes, row);
    free(row);
    return status;
}

static enum alfa_status read_list(struct reader *reader, const json_t *list, size_t most,
                                  enum alfa_status (*read_one)(struct reader *, const json_t *))
{
    if (!json_is_array(list) || json_array_size(list) > most)
        return bad(reader, "a list is missing or too long");
    for (size_t i = 0; i < json_array_size(list); i++)
        ALFA__TRY(read_one(reader, json_array_get(list, i)));
    return ALFA_OK;
}

/* ------------------------------------------------------------------ all of it */

static enum alfa_status read_header(struct reader *reader, const json_t *root)
{
    const json_t *model = json_object_get(root, "model"), *calibration = json_object_get(root, "calibration");
    const char *name = get_text(model, "name"), *fingerprint = get_text(model, "fingerprint");
    const char *noun = get_text(root, "class");
    json_t *options = json_object_get(root, "options");
    if (!name || !fingerprint || !noun || !json_is_object(options))
        return bad(reader, "model, class or options");
    ALFA__TRY(alfa__bank_init(reader->bank, name, fingerprint, noun, options, reader->err));
    ALFA__TRY(read_calibration(reader, &reader->bank->image, json_object_get(calibration, "image")));
    ALFA__TRY(read_calibration(reader, &reader->bank->pixel, json_object_get(calibration, "pixel")));
    ALFA__TRY(
        read_list(reader, json_object_get(root, "references"), ALFA__BANK_MAX_REFERENCES, read_reference));
    ALFA__TRY(read_list(reader, json_object_get(root, "parts"), ALFA__BANK_MAX_PARTS, read_part));
    if (reader->used != reader->size)
        return bad(reader, "data that no part owns");
    const json_t *defects = json_object_get(root, "defects");
    return defects ? alfa__defects_read(reader->bank, defects, reader->path, reader->err) : ALFA_OK;
}

static enum alfa_status read_map(struct reader *reader, const struct alfa__map *map)
{
    size_t header;
    ALFA__TRY(check_frame(reader, map, &header));
    json_t *root;
    if (alfa__json_read(&root, (const char *)map->bytes + ALFA__BANK_FRAME, header, ALFA__BANK_MAX_VALUES,
                        JSON_REJECT_DUPLICATES, NULL) == ALFA_ERROR_MEMORY)
        return alfa__fail_memory(reader->err, header);
    if (!json_is_object(root)) {
        json_decref(root);
        return bad(reader, "the header is not a JSON object");
    }
    enum alfa_status status = read_header(reader, root);
    json_decref(root);
    return status;
}

enum alfa_status alfa__bank_read(struct alfa__bank_data *out, const char *path, struct alfa_error *err)
{
    struct alfa__map map;
    struct reader reader = {.path = path, .err = err, .bank = out};
    *out = (struct alfa__bank_data){0};
    ALFA__TRY(alfa__file_map(&map, path, err));
    enum alfa_status status = read_map(&reader, &map);
    if (status != ALFA_OK) {
        alfa__file_unmap(&map);
        alfa__bank_free(out);
        return status;
    }
    out->map = map;
    out->kept_size = reader.kept_size;
    out->kept = map.size - reader.kept_size;
    out->complete = out->reference_count == 0;
    return ALFA_OK;
}
