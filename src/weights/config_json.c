#include "weights/config_json.h"
#include "base/files.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CONFIG ((size_t)4 << 20)

#define bad(...) alfa__fail(err, ALFA_ERROR_MODEL, path, __VA_ARGS__)

const float alfa__clip_mean[3] = {0.48145466f, 0.4578275f, 0.40821073f};
const float alfa__clip_std[3] = {0.26862954f, 0.26130258f, 0.27577711f};

enum alfa_status alfa__config_json(json_t **out, const char *path, struct alfa_error *err)
{
    char *text;
    size_t size;
    json_error_t reason;
    *out = NULL;
    enum alfa_status status = alfa__file_read(&text, &size, path, MAX_CONFIG, err);
    if (status != ALFA_OK)
        return status;
    status = alfa__json_read(out, text, size, ALFA__JSON_VALUES, JSON_REJECT_DUPLICATES, &reason);
    free(text);
    if (status == ALFA_ERROR_MEMORY)
        return alfa__fail_memory(err, size);
    if (!json_is_object(*out)) {
        json_decref(*out);
        *out = NULL;
        return status == ALFA_OK ? bad("is JSON but not an object: take the config that belongs to the model")
                                 : bad("cannot be read as JSON (line %d: %.200s): take the config that "
                                       "belongs to the model",
                                       reason.line, reason.text);
    }
    return ALFA_OK;
}

/* 16 and [16, 16] are the same; everything else is no integer. */
static const json_t *as_integer(const json_t *value)
{
    const json_t *first = json_array_get(value, 0), *second = json_array_get(value, 1);
    if (json_array_size(value) == 2 && json_is_integer(first) && json_is_integer(second) &&
        json_integer_value(first) == json_integer_value(second))
        return first;
    return value;
}

enum alfa_status alfa__config_numbers(const json_t *object, const char *where,
                                      const struct alfa__config_number *numbers, int count, const char *path,
                                      struct alfa_error *err)
{
    for (int i = 0; i < count; i++) {
        const json_t *value = as_integer(json_object_get(object, numbers[i].name));
        json_int_t number = json_is_null(value) || !value ? numbers[i].fallback : json_integer_value(value);
        if (value && !json_is_null(value) && !json_is_integer(value))
            return bad("%s.%s is not an integer: only CLIP ViT models are supported", where, numbers[i].name);
        if (!value && number == 0)
            return bad("%s.%s is missing: take the config that belongs to the model", where, numbers[i].name);
        if (number < 1 || number > numbers[i].most)
            return bad("%s.%s is %lld, allowed are 1 to %d", where, numbers[i].name, (long long)number,
                       numbers[i].most);
        *numbers[i].out = (int)number;
    }
    return ALFA_OK;
}

enum alfa_status alfa__config_triple(float out[3], const json_t *array, const float fallback[3],
                                     const char *path, struct alfa_error *err)
{
    for (size_t i = 0; i < 3; i++) {
        out[i] = fallback[i];
        if (array && !json_is_number(json_array_get(array, i)))
            return bad("mean and std must be lists of three numbers");
        if (array)
            out[i] = (float)json_number_value(json_array_get(array, i));
    }
    return ALFA_OK;
}

bool alfa__config_is_unsaid(const json_t *value)
{
    return !value || json_is_null(value) || json_is_false(value) ||
           (json_is_object(value) && json_object_size(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

void alfa__config_value_text(char *out, size_t size, const json_t *value)
{
    const char *text = json_string_value(value);
    char *dump = text ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));
    snprintf(out, size, "%s", text ? text : dump ? dump : "?");
    free(dump);
}
