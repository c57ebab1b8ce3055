#include "weights/safetensors.h"
#include "base/json.h"
#include "base/strings.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_HEADER ((size_t)16 << 20)

static const struct {
    const char *name;
    enum alfa__dtype dtype;
    size_t size;
} dtypes[] = {
    {"F32", ALFA__DTYPE_F32, 4},    {"F16", ALFA__DTYPE_F16, 2},   {"BF16", ALFA__DTYPE_BF16, 2},
    {"I32", ALFA__DTYPE_I32, 4},    {"I64", ALFA__DTYPE_I64, 8},   {"F64", ALFA__DTYPE_OTHER, 8},
    {"I16", ALFA__DTYPE_OTHER, 2},  {"U16", ALFA__DTYPE_OTHER, 2}, {"U32", ALFA__DTYPE_OTHER, 4},
    {"U64", ALFA__DTYPE_OTHER, 8},  {"I8", ALFA__DTYPE_OTHER, 1},  {"U8", ALFA__DTYPE_OTHER, 1},
    {"BOOL", ALFA__DTYPE_OTHER, 1},
};

#define bad(...) alfa__fail(err, ALFA_ERROR_MODEL, path, __VA_ARGS__)

/* A JSON integer >= 0. */
static bool read_size(size_t *out, const json_t *value)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *out = (size_t)json_integer_value(value);
    return true;
}

static enum alfa_status read_shape(struct alfa__tensor *tensor, const json_t *shape, const char *path,
                                   struct alfa_error *err)
{
    if (!json_is_array(shape) || json_array_size(shape) > ALFA__MAX_RANK)
        return bad("tensor %.100s has no shape of at most %d axes", tensor->name, ALFA__MAX_RANK);
    tensor->rank = (int)json_array_size(shape);
    tensor->count = 1;
    for (int i = 0; i < tensor->rank; i++)
        if (!read_size(&tensor->shape[i], json_array_get(shape, (size_t)i)) ||
            !alfa__multiply(&tensor->count, tensor->count, tensor->shape[i]))
            return bad("tensor %.100s has an impossible shape", tensor->name);
    return ALFA_OK;
}

static enum alfa_status read_tensor(struct alfa__tensor *tensor, const json_t *entry,
                                    const unsigned char *data, size_t data_size, const char *path,
                                    struct alfa_error *err)
{
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    const json_t *offsets = json_object_get(entry, "data_offsets");
    size_t begin, end, item = 0, size;
    for (size_t i = 0; dtype && i < sizeof dtypes / sizeof *dtypes; i++)
        if (strcmp(dtype, dtypes[i].name) == 0) {
            tensor->dtype = dtypes[i].dtype;
            item = dtypes[i].size;
        }
    if (item == 0)
        return bad("tensor %.100s has the unknown type %.20s", tensor->name, dtype ? dtype : "(none)");
    ALFA__TRY(read_shape(tensor, json_object_get(entry, "shape"), path, err));
    if (json_array_size(offsets) != 2 || !read_size(&begin, json_array_get(offsets, 0)) ||
        !read_size(&end, json_array_get(offsets, 1)))
        return bad("tensor %.100s has no data_offsets", tensor->name);
    if (begin > end || end > data_size)
        return bad(
            "tensor %.100s lies outside the file (bytes %zu to %zu of %zu): the file is cut or altered",
            tensor->name, begin, end, data_size);
    if (!alfa__multiply(&size, tensor->count, item) || size != end - begin)
        return bad("tensor %.100s has %zu bytes, its shape and type need another number", tensor->name,
                   end - begin);
    tensor->bytes = data + begin;
    tensor->size = size;
    return ALFA_OK;
}

static int by_place(const void *a, const void *b)
{
    const struct alfa__tensor *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? -1 : 1;
    return (x->size > y->size) - (x->size < y->size);
}

/* Sorted by place, tensors must follow each other without overlap or hole and fill the file. */
static enum alfa_status check_places(const struct alfa__tensors *file, const unsigned char *data,
                                     size_t data_size, const char *path, struct alfa_error *err)
{
    const unsigned char *next = data;
    for (size_t i = 0; i < file->count; i++) {
        const struct alfa__tensor *tensor = &file->list[i];
        if (tensor->bytes != next)
            return bad("tensor %.100s %s", tensor->name,
                       tensor->bytes < next ? "overlaps another one" : "leaves a hole before it");
        next += tensor->size;
    }
    if (next != data + data_size)
        return bad("has %zu bytes after the last tensor", (size_t)(data + data_size - next));
    return ALFA_OK;
}

static enum alfa_status read_header(struct alfa__tensors *out, json_t *header, const unsigned char *data,
                                    size_t data_size, const char *path, struct alfa_error *err)
{
    const char *name;
    json_t *entry;
    if (json_object_size(header) > ALFA__MAX_TENSORS)
        return bad("has more than %u tensors", ALFA__MAX_TENSORS);
    out->list = calloc(json_object_size(header) + 1, sizeof *out->list);
    if (!out->list)
        return alfa__fail_memory(err, sizeof *out->list);
    json_object_foreach(header, name, entry)
    {
        if (strcmp(name, "__metadata__") == 0) {
            if (!json_is_object(entry))
                return bad("has __metadata__ that is not an object");
            out->metadata = json_dumps(entry, JSON_COMPACT);
            continue;
        }
        struct alfa__tensor *tensor = &out->list[out->count];
        tensor->name = alfa__strdup(name);
        if (!tensor->name)
            return alfa__fail_memory(err, strlen(name) + 1);
        out->count++;
        ALFA__TRY(read_tensor(tensor, entry, data, data_size, path, err));
    }
    if (out->count)
        qsort(out->list, out->count, sizeof *out->list, by_place);
    ALFA__TRY(check_places(out, data, data_size, path, err));
    return alfa__tensors_sort(out, path, err);
}

enum alfa_status alfa__safetensors_open(struct alfa__tensors *out, const char *path, struct alfa_error *err)
{
    json_error_t reason;
    uint64_t header_size = 0;
    *out = (struct alfa__tensors){0};
    enum alfa_status status = alfa__tensors_map(out, path, err);
    if (status != ALFA_OK) {
        alfa__tensors_close(out);
        return status;
    }
    const unsigned char *bytes = out->maps->bytes;
    const size_t size = out->maps->size;
    for (int i = 7; i >= 0 && size >= 8; i--)
        header_size = header_size << 8 | bytes[i];
    if (size < 8 || header_size > size - 8 || header_size > MAX_HEADER) {
        alfa__tensors_close(out);
        return bad("is not a safetensors file: its header length does not fit the file");
    }
    json_t *header;
    status = alfa__json_read(&header, (const char *)bytes + 8, (size_t)header_size, ALFA__JSON_VALUES,
                             JSON_REJECT_DUPLICATES, &reason);
    if (status == ALFA_ERROR_MEMORY)
        status = alfa__fail_memory(err, (size_t)header_size);
    else if (!json_is_object(header))
        status =
            bad("is not a safetensors file: bad header (%.200s)", header ? "not an object" : reason.text);
    else
        status = read_header(out, header, bytes + 8 + header_size, size - 8 - (size_t)header_size, path, err);
    json_decref(header);
    if (status != ALFA_OK)
        alfa__tensors_close(out);
    return status;
}
