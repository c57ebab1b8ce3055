/* Batched product of strided f32 matrices: c[b] (m x n) = a[b] (m x k) * b[b] (k x n), in parts that do not
 * depend on the number of threads. */
#ifndef ALFA_NN_PRODUCT_H
#define ALFA_NN_PRODUCT_H

#include "base/arena.h"
#include "base/status.h"

#include <stdint.h>

/* Distance in floats between matrices of the batch, rows and columns. */
struct alfa__strides {
    int64_t batch, row, column;
};
struct alfa__product {
    const float *a, *b;
    float *c;
    struct alfa__strides a_strides, b_strides, c_strides;
    int batch, m, n, k;
};
enum alfa_status alfa__product_run(const struct alfa__product *product, struct alfa__arena *arena,
                                   struct alfa_error *err);

#endif
