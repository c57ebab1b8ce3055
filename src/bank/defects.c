#include "bank/defects.h"
#include "base/half.h"
#include "base/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS 4 /* of a half, those of its low byte first */

static const char digits[] = "0123456789abcdef";
static const int shifts[DIGITS] = {4, 0, 12, 8};

static void put_half(char *out, uint16_t half)
{
    for (int i = 0; i < DIGITS; i++)
        out[i] = digits[half >> shifts[i] & 15];
}

static bool get_half(uint16_t *out, const char *text)
{
    unsigned half = 0;
    for (int i = 0; i < DIGITS; i++) {
        const char *digit = text[i] ? strchr(digits, text[i]) : NULL;
        if (!digit)
            return false;
        half |= (unsigned)(digit - digits) << shifts[i];
    }
    *out = (uint16_t)half;
    return true;
}

static json_t *rows_json(const struct alfa__memory *defects)
{
    const size_t count = (size_t)defects->rows * (size_t)defects->dim;
    char *text = malloc(count * DIGITS + 1);
    if (!text)
        return NULL;
    for (size_t i = 0; i < count; i++)
        put_half(text + i * DIGITS, alfa__half_pack(defects->vectors[i]));
    json_t *json = json_stringn(text, count * DIGITS);
    free(text);
    return json;
}

json_t *alfa__defects_json(const struct alfa__memory *defects)
{
    json_t *object = json_object(), *images = json_array();
    int failed = json_object_set_new(object, "dim", json_integer(defects->dim));
    for (int i = 0; i < defects->rows; i++)
        failed |= json_array_append_new(images, json_integer(defects->origins[i].image));
    failed |= json_object_set_new(object, "images", images);
    failed |= json_object_set_new(object, "rows", rows_json(defects));
    return alfa__json_whole(object, failed);
}

static enum alfa_status bad(const char *path, struct alfa_error *err)
{
    return alfa__fail(err, ALFA_ERROR_INPUT, path, "is a bank with wrong contents: known defects");
}

/* row: dim floats of scratch. */
static enum alfa_status read_row(struct alfa__bank_data *bank, float *row, const char *text,
                                 const json_t *image, const char *path, struct alfa_error *err)
{
    const json_int_t number = json_integer_value(image);
    if (!json_is_integer(image) || number < 0 || number >= bank->reference_count ||
        bank->references[number].role != ALFA__ROLE_BAD)
        return bad(path, err);
    for (int j = 0; j < bank->defects.dim; j++) {
        uint16_t half;
        if (!get_half(&half, text + (size_t)j * DIGITS))
            return bad(path, err);
        row[j] = alfa__half_unpack(half);
    }
    const enum alfa_status added =
        alfa__memory_add(&bank->defects, row, 1, (struct alfa__origin){(int)number, 0}, err);
    return added == ALFA_OK || added == ALFA_ERROR_MEMORY ? added : bad(path, err);
}

enum alfa_status alfa__defects_read(struct alfa__bank_data *bank, const json_t *object, const char *path,
                                    struct alfa_error *err)
{
    const json_t *images = json_object_get(object, "images"), *rows = json_object_get(object, "rows");
    const int part = alfa__bank_layer(bank), dim = part < 0 ? 0 : bank->parts[part].dim;
    const size_t count = json_array_size(images), step = (size_t)dim * DIGITS;
    const char *text = json_string_value(rows);
    if (part < 0 || json_integer_value(json_object_get(object, "dim")) != dim || !text ||
        json_string_length(rows) != count * step)
        return bad(path, err);
    ALFA__TRY(alfa__memory_init(&bank->defects, ALFA__DEFECTS_NAME, 0, dim, err));
    float *row = malloc((size_t)dim * sizeof *row);
    enum alfa_status status = row ? ALFA_OK : alfa__fail_memory(err, (size_t)dim * sizeof *row);
    for (size_t i = 0; i < count && status == ALFA_OK; i++)
        status = read_row(bank, row, text + i * step, json_array_get(images, i), path, err);
    free(row);
    return status;
}
