/* A matrix in the order in which oneDNN likes to read it, and products with it: what the layers of linear.h
 * are made of, those of bytes (quantised.h) and all others. */
#ifndef ALFA_NN_PACKED_H
#define ALFA_NN_PACKED_H

#include "nn/linear.h"

struct alfa__packed;

/* As alfa__linear_new(), alfa__linear_from_packed(), alfa__linear_packed(). */
enum alfa_status alfa__packed_new(struct alfa__packed **out, const struct alfa__affine *affine,
                                  struct alfa_error *err);
enum alfa_status alfa__packed_from_bytes(struct alfa__packed **out, const void *bytes, size_t size,
                                         const struct alfa__affine *affine, struct alfa_error *err);
const void *alfa__packed_bytes(const struct alfa__packed *packed, size_t *size);

/* As alfa__linear_run() without an activation; some rows. */
enum alfa_status alfa__packed_run(const struct alfa__packed *packed, const struct alfa__linear_call *call,
                                  struct alfa__arena *arena, struct alfa_error *err);
void alfa__packed_free(struct alfa__packed *packed);

#endif
