/* The tensors of a model's weights, whatever container they came in: name, type, shape and bytes in a
 * mapping.
 *
 * alfa__tensors_open() looks at what a file is, not at its name: safetensors (weights/safetensors.h), a
 * PyTorch or TorchScript archive (weights/torch.h) or the index of files that hold the weights together
 * (weights/shards.h). Everything that a file claims is checked before anyone relies on it. */
#ifndef ALFA_WEIGHTS_TENSORS_H
#define ALFA_WEIGHTS_TENSORS_H

#include "base/files.h"

#define ALFA__MAX_RANK 8
#define ALFA__MAX_TENSORS 16384u

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
    size_t count;                  /* numbers: product of shape, 1 for a scalar */
    const unsigned char *bytes;    /* in a mapping, little-endian, not necessarily aligned */
    size_t size;                   /* from the first number to the last one's end */
    bool strided;                  /* numbers do not follow each other: stride counts */
    size_t stride[ALFA__MAX_RANK]; /* numbers from an index of an axis to the next one */
};

/* Zero-initialise; freed with alfa__tensors_close(), also after a failed open. */
struct alfa__tensors {
    struct alfa__tensor *list; /* sorted by name */
    size_t count;
    struct alfa__map *maps; /* the files they lie in */
    size_t map_count;
    char *metadata; /* JSON text of a safetensors file's __metadata__, NULL when there is none */
    enum alfa_activation activation; /* what an archive says, else AUTO */
};

/* Opens the file, or the files that an index names. Fails with ALFA_ERROR_MODEL. */
enum alfa_status alfa__tensors_open(struct alfa__tensors *out, const char *path, struct alfa_error *err);
void alfa__tensors_close(struct alfa__tensors *tensors);

/* NULL when there is no such tensor. */
const struct alfa__tensor *alfa__tensors_find(const struct alfa__tensors *tensors, const char *name);

/* For readers of a container: maps a file and owns the mapping; sorts by name, two tensors of one name are an
 * error; moves all of part, which is empty afterwards, to out. */
enum alfa_status alfa__tensors_map(struct alfa__tensors *out, const char *path, struct alfa_error *err);
enum alfa_status alfa__tensors_sort(struct alfa__tensors *tensors, const char *path, struct alfa_error *err);
enum alfa_status alfa__tensors_join(struct alfa__tensors *out, struct alfa__tensors *part,
                                    struct alfa_error *err);

/* The numbers [first, first + count) of an F32, F16 or BF16 tensor as f32. */
void alfa__tensor_read(const struct alfa__tensor *tensor, size_t first, size_t count, float *out);

/* Tells the system that the tensor's pages are not needed for now; they come back when read again. */
void alfa__tensor_drop(const struct alfa__tensor *tensor);

/* "[896, 3, 16, 16]" for messages; text has room for size bytes. */
void alfa__shape_text(char *text, size_t size, int rank, const size_t *shape);

#endif
