#include "weights/safetensors.h"
#include "base/half.h"
#include "base/strings.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_HEADER ((size_t)16 << 20)
#define MAX_TENSORS 65536u

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

void alfa__shape_text(char *text, size_t size, int rank, const size_t *shape)
{
    size_t used = (size_t)snprintf(text, size, "[");
    for (int i = 0; i < rank && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%zu", i ? ", " : "", shape[i]);
    if (used < size)
        snprintf(text + used, size - used, "]");
}

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

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct alfa__tensor *)a)->name, ((const struct alfa__tensor *)b)->name);
}

static int by_place(const void *a, const void *b)
{
    const struct alfa__tensor *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? -1 : 1;
    return (x->size > y->size) - (x->size < y->size);
}

/* Sorted by place, tensors must follow each other without overlap or hole and fill the file. */
static enum alfa_status check_places(const struct alfa__safetensors *file, const unsigned char *data,
                                     size_t data_size, const char *path, struct alfa_error *err)
{
    const unsigned char *next = data;
    for (size_t i = 0; i < file->count; i++) {
        const struct alfa__tensor *tensor = &file->tensors[i];
        if (tensor->bytes != next)
            return bad("tensor %.100s %s", tensor->name,
                       tensor->bytes < next ? "overlaps another one" : "leaves a hole before it");
        next += tensor->size;
    }
    if (next != data + data_size)
        return bad("has %zu bytes after the last tensor", (size_t)(data + data_size - next));
    return ALFA_OK;
}

static enum alfa_status read_header(struct alfa__safetensors *out, json_t *header, const unsigned char *data,
                                    size_t data_size, const char *path, struct alfa_error *err)
{
    const char *name;
    json_t *entry;
    if (json_object_size(header) > MAX_TENSORS)
        return bad("has more than %u tensors", MAX_TENSORS);
    out->tensors = calloc(json_object_size(header) + 1, sizeof *out->tensors);
    if (!out->tensors)
        return alfa__fail_memory(err, sizeof *out->tensors);
    json_object_foreach(header, name, entry)
    {
        if (strcmp(name, "__metadata__") == 0) {
            if (!json_is_object(entry))
                return bad("has __metadata__ that is not an object");
            out->metadata = json_dumps(entry, JSON_COMPACT);
            continue;
        }
        struct alfa__tensor *tensor = &out->tensors[out->count];
        tensor->name = alfa__strdup(name);
        if (!tensor->name)
            return alfa__fail_memory(err, strlen(name) + 1);
        out->count++;
        ALFA__TRY(read_tensor(tensor, entry, data, data_size, path, err));
    }
    qsort(out->tensors, out->count, sizeof *out->tensors, by_place);
    ALFA__TRY(check_places(out, data, data_size, path, err));
    qsort(out->tensors, out->count, sizeof *out->tensors, by_name);
    return ALFA_OK;
}

enum alfa_status alfa__safetensors_open(struct alfa__safetensors *out, const char *path,
                                        struct alfa_error *err)
{
    json_error_t reason;
    uint64_t header_size = 0;
    *out = (struct alfa__safetensors){0};
    enum alfa_status status = alfa__file_map(&out->map, path, err);
    if (status != ALFA_OK) {
        if (err)
            err->code = ALFA_ERROR_MODEL;
        return ALFA_ERROR_MODEL;
    }
    for (int i = 7; i >= 0 && out->map.size >= 8; i--)
        header_size = header_size << 8 | out->map.bytes[i];
    if (out->map.size < 8 || header_size > out->map.size - 8 || header_size > MAX_HEADER) {
        alfa__safetensors_close(out);
        return bad("is not a safetensors file: its header length does not fit the file");
    }
    json_t *header =
        json_loadb((const char *)out->map.bytes + 8, (size_t)header_size, JSON_REJECT_DUPLICATES, &reason);
    if (!json_is_object(header))
        status =
            bad("is not a safetensors file: bad header (%.200s)", header ? "not an object" : reason.text);
    else
        status = read_header(out, header, out->map.bytes + 8 + header_size,
                             out->map.size - 8 - (size_t)header_size, path, err);
    json_decref(header);
    if (status != ALFA_OK)
        alfa__safetensors_close(out);
    return status;
}

void alfa__safetensors_close(struct alfa__safetensors *file)
{
    for (size_t i = 0; i < file->count; i++)
        free(file->tensors[i].name);
    free(file->tensors);
    free(file->metadata);
    alfa__file_unmap(&file->map);
    *file = (struct alfa__safetensors){0};
}

const struct alfa__tensor *alfa__safetensors_find(const struct alfa__safetensors *file, const char *name)
{
    struct alfa__tensor key = {.name = (char *)name};
    return file->count ? bsearch(&key, file->tensors, file->count, sizeof key, by_name) : NULL;
}

void alfa__tensor_read(const struct alfa__tensor *tensor, size_t first, size_t count, float *out)
{
    if (tensor->dtype == ALFA__DTYPE_F32) {
        memcpy(out, tensor->bytes + first * 4, count * 4);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        uint16_t half;
        memcpy(&half, tensor->bytes + (first + i) * 2, 2);
        if (tensor->dtype == ALFA__DTYPE_F16) {
            out[i] = alfa__half_unpack(half);
        } else {
            uint32_t bits = (uint32_t)half << 16;
            memcpy(&out[i], &bits, sizeof bits);
        }
    }
}

void alfa__tensor_drop(const struct alfa__tensor *tensor)
{
    alfa__pages_drop(tensor->bytes, tensor->size);
}
