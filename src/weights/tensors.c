#include "weights/tensors.h"
#include "base/half.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define bad(...) alfa__fail(err, ALFA_ERROR_MODEL, path, __VA_ARGS__)

void alfa__tensors_close(struct alfa__tensors *tensors)
{
    for (size_t i = 0; i < tensors->count; i++)
        free(tensors->list[i].name);
    for (size_t i = 0; i < tensors->map_count; i++)
        alfa__file_unmap(&tensors->maps[i]);
    free(tensors->list);
    free(tensors->maps);
    free(tensors->metadata);
    *tensors = (struct alfa__tensors){0};
}

/* ------------------------------------------------------------------ the table */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct alfa__tensor *)a)->name, ((const struct alfa__tensor *)b)->name);
}

const struct alfa__tensor *alfa__tensors_find(const struct alfa__tensors *tensors, const char *name)
{
    const struct alfa__tensor key = {.name = (char *)name};
    return tensors->count ? bsearch(&key, tensors->list, tensors->count, sizeof key, by_name) : NULL;
}

enum alfa_status alfa__tensors_sort(struct alfa__tensors *tensors, const char *path, struct alfa_error *err)
{
    if (tensors->count)
        qsort(tensors->list, tensors->count, sizeof *tensors->list, by_name);
    for (size_t i = 1; i < tensors->count; i++)
        if (by_name(&tensors->list[i - 1], &tensors->list[i]) == 0)
            return bad("holds the tensor %.100s twice", tensors->list[i].name);
    return ALFA_OK;
}

enum alfa_status alfa__tensors_map(struct alfa__tensors *out, const char *path, struct alfa_error *err)
{
    struct alfa__map *maps = realloc(out->maps, (out->map_count + 1) * sizeof *maps);
    if (!maps)
        return alfa__fail_memory(err, sizeof *maps);
    out->maps = maps;
    enum alfa_status status = alfa__file_map(&maps[out->map_count], path, err);
    if (status != ALFA_OK)
        return alfa__blame(status, ALFA_ERROR_MODEL, err);
    out->map_count++;
    return ALFA_OK;
}

enum alfa_status alfa__tensors_join(struct alfa__tensors *out, struct alfa__tensors *part,
                                    struct alfa_error *err)
{
    const size_t count = out->count + part->count, map_count = out->map_count + part->map_count;
    struct alfa__tensor *list = realloc(out->list, (count + 1) * sizeof *list);
    out->list = list ? list : out->list;
    struct alfa__map *maps = realloc(out->maps, (map_count + 1) * sizeof *maps);
    out->maps = maps ? maps : out->maps;
    if (!list || !maps)
        return alfa__fail_memory(err, count * sizeof *list);
    for (size_t i = 0; i < part->count; i++)
        list[out->count++] = part->list[i];
    for (size_t i = 0; i < part->map_count; i++)
        maps[out->map_count++] = part->maps[i];
    part->count = part->map_count = 0;
    return ALFA_OK;
}

/* ------------------------------------------------------------------ numbers */

void alfa__shape_text(char *text, size_t size, int rank, const size_t *shape)
{
    size_t used = (size_t)snprintf(text, size, "[");
    for (int i = 0; i < rank && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%zu", i ? ", " : "", shape[i]);
    if (used < size)
        snprintf(text + used, size - used, "]");
}

static void read_run(enum alfa__dtype dtype, const unsigned char *bytes, size_t count, float *out)
{
    if (dtype == ALFA__DTYPE_F32) {
        memcpy(out, bytes, count * 4);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        uint16_t half;
        memcpy(&half, bytes + i * 2, 2);
        if (dtype == ALFA__DTYPE_F16) {
            out[i] = alfa__half_unpack(half);
        } else {
            const uint32_t bits = (uint32_t)half << 16;
            memcpy(&out[i], &bits, sizeof bits);
        }
    }
}

/* Where number i of a strided tensor lies, in numbers from the first. */
static size_t place(const struct alfa__tensor *tensor, size_t i)
{
    size_t at = 0;
    for (int axis = tensor->rank - 1; axis >= 0; axis--) {
        at += i % tensor->shape[axis] * tensor->stride[axis];
        i /= tensor->shape[axis];
    }
    return at;
}

void alfa__tensor_read(const struct alfa__tensor *tensor, size_t first, size_t count, float *out)
{
    const size_t width = tensor->dtype == ALFA__DTYPE_F32 ? 4 : 2;
    if (!tensor->strided) {
        read_run(tensor->dtype, tensor->bytes + first * width, count, out);
        return;
    }
    for (size_t i = 0; i < count; i++)
        read_run(tensor->dtype, tensor->bytes + place(tensor, first + i) * width, 1, out + i);
}

void alfa__tensor_drop(const struct alfa__tensor *tensor)
{
    alfa__pages_drop(tensor->bytes, tensor->size);
}
