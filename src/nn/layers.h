/* What lies between the matrix products: layer norm, attention, gathering, conversion.
 *
 * Rows are contiguous; loops over rows run on all threads of the caller's OpenMP setting, loops along a row
 * are vectorised by the compiler for the processor at hand. */
#ifndef ALFA_NN_LAYERS_H
#define ALFA_NN_LAYERS_H

#include "base/vector.h"
#include "nn/linear.h"

#define ALFA__MAX_WIDTH                                                                                  \
    8192                   /* numbers in a row of tokens; larger models are refused when they are opened \
                            */
#define ALFA__MAX_HEAD 256 /* numbers in a head */

/* What follows the norming of a row; lent. */
struct alfa__norm {
    const float *gain, *bias; /* one a number */
    double epsilon;
};

/* out[r] = (x[r] - mean) / sqrt(variance + epsilon) * gain + bias for rows of width numbers; biased variance.
 * out has the given type; it may be x itself when the type is f32. */
void alfa__layer_norm(const float *x, struct alfa__norm norm, int rows, int width, void *out,
                      enum alfa__type type);

/* out[r] = x[index[r]] for rows of width floats. */
void alfa__gather(const float *x, const int *index, int rows, int width, float *out);

/* x[r] += y[r], row by row. */
void alfa__add_rows(float *x, const float *y, int rows, int width);

/* x += y, one row, on the calling thread. */
void alfa__add_row(float *x, const float *y, int width);

/* y = activation(y) for rows of width numbers, f32 or bf16. */
void alfa__activate(void *y, int rows, int width, enum alfa__type type, enum alfa__activation activation);

/* The same, one row, on the calling thread. */
void alfa__activate_row(void *y, int count, enum alfa__type type, enum alfa__activation activation);

/* f32 to the type, count numbers; bf16 is rounded to nearest even. */
void alfa__convert(const float *x, size_t count, void *out, enum alfa__type type);

/* Multi-head attention inside each of many sequences: out = softmax(q k^T / sqrt(head_width)) v.
 *
 * Sequence s has the positions starts[s] .. starts[s + 1] - 1; the row of q, k and v at a position is
 * index[position], or the position itself when index is NULL. Numbers from row to row: q_stride, kv_stride.
 * Heads are contiguous slices of head_width. causal: a token sees itself and what stands before it.
 *
 * Every token is a query, and out has a row a position. With fresh only the last fresh[s + 1] - fresh[s]
 * tokens of sequence s are, and theirs are the rows fresh[s] .. fresh[s + 1] - 1 of out: what stands before
 * them is known from another sequence. With one_query each sequence has one query, row s of q and of out. */
struct alfa__attention {
    const void *q, *k, *v; /* f32 or bf16 */
    enum alfa__type type;  /* of q, k and v */
    int q_stride, kv_stride;
    const int *starts, *index, *fresh;
    int sequences, heads, head_width;
    bool one_query, causal;
    void *out; /* queries x heads * head_width */
    enum alfa__type out_type;
};
enum alfa_status alfa__attention_run(const struct alfa__attention *attention, struct alfa__arena *arena,
                                     struct alfa_error *err);

#endif
