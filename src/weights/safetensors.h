/* A .safetensors file, mapped and checked: 8 bytes of header length, a JSON header, then the bytes of the
 * tensors. Everything the header claims is checked before anyone relies on it: sizes, types, offsets that
 * overlap, leave holes or leave the file. Limits: header 16 MiB, 65,536 tensors, rank 8. */
#ifndef ALFA_WEIGHTS_SAFETENSORS_H
#define ALFA_WEIGHTS_SAFETENSORS_H

#include "base/files.h"

#define ALFA__MAX_RANK 8

enum alfa__dtype {
    ALFA__DTYPE_F32,
    ALFA__DTYPE_F16,
    ALFA__DTYPE_BF16,
    ALFA__DTYPE_I32,
    ALFA__DTYPE_I64,
    ALFA__DTYPE_OTHER
};

struct alfa__tensor {
    char *name;
    enum alfa__dtype dtype;
    int rank;
    size_t shape[ALFA__MAX_RANK];
    size_t count;               /* numbers: product of shape, 1 for a scalar */
    const unsigned char *bytes; /* in the mapping, little-endian, not necessarily aligned */
    size_t size;
};

/* Zero-initialise; freed with alfa__safetensors_close(), also after a failed open. */
struct alfa__safetensors {
    struct alfa__map map;
    struct alfa__tensor *tensors; /* sorted by name */
    size_t count;
    char *metadata; /* JSON text of __metadata__, NULL when there is none */
};

enum alfa_status alfa__safetensors_open(struct alfa__safetensors *out, const char *path,
                                        struct alfa_error *err);
void alfa__safetensors_close(struct alfa__safetensors *file);

/* NULL when there is no such tensor. */
const struct alfa__tensor *alfa__safetensors_find(const struct alfa__safetensors *file, const char *name);

/* The numbers [first, first + count) of an F32, F16 or BF16 tensor as f32. */
void alfa__tensor_read(const struct alfa__tensor *tensor, size_t first, size_t count, float *out);

/* Tells the system that the tensor's pages are not needed for now; they come back when read again. */
void alfa__tensor_drop(const struct alfa__tensor *tensor);

/* "[896, 3, 16, 16]" for messages; text has room for size bytes. */
void alfa__shape_text(char *text, size_t size, int rank, const size_t *shape);

#endif
