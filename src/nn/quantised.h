/* A linear layer that multiplies bytes: u8 activations, s8 weights, exact 32-bit sums (oneDNN), one scale a
 * row of the activations and one an output of the weights.
 *
 *     x[r][i] = scale[r] (q[r][i] - zero[r]),   w[o][i] = step[o] v[o][i]
 *     y[r][o] = scale[r] step[o] (sum_i q v - zero[r] sum_i v) + bias[o]
 *
 * Scale and zero of a row come from its own least and largest number, so a row's result depends on that row
 * alone. An input that is far larger than the others would take the steps from them all: such inputs
 * (outliers) are named when the layer is made, stay out of the bytes and go through a small product of their
 * own in the type of x. */
#ifndef ALFA_NN_QUANTISED_H
#define ALFA_NN_QUANTISED_H

#include "nn/linear.h"

struct alfa__quantised;

/* largest: the largest |x| that each input had on some data, from which the outliers are taken; NULL: none.
 * Everything is copied. Immutable afterwards. */
enum alfa_status alfa__quantised_new(struct alfa__quantised **out, const struct alfa__affine *affine,
                                     const float *largest, struct alfa_error *err);

/* As alfa__linear_run(). */
enum alfa_status alfa__quantised_run(const struct alfa__quantised *quantised,
                                     const struct alfa__linear_call *call, struct alfa__arena *arena,
                                     struct alfa_error *err);

/* second(activation(first(x))), what lies between as bytes and nothing else; call says the rest. */
enum alfa_status alfa__quantised_run_two(const struct alfa__quantised *first,
                                         enum alfa__activation activation,
                                         const struct alfa__quantised *second,
                                         const struct alfa__linear_call *call, struct alfa__arena *arena,
                                         struct alfa_error *err);
void alfa__quantised_free(struct alfa__quantised *quantised);

/* How many inputs are outliers, and which (lent). */
int alfa__quantised_outliers(const struct alfa__quantised *quantised, const int **which);

/* largest[i] = max(largest[i], |x[r][i]|) over rows of x. */
void alfa__largest_inputs(const void *x, enum alfa__type type, int rows, int inputs, float *largest);

/* ---- the loops along a row, for tests */

struct alfa__byte_scale {
    float scale;
    int32_t zero;
};

/* q = round(x / scale) + zero, 0 .. levels; 0 is represented exactly. */
struct alfa__byte_scale alfa__quantise_row(const float *x, int count, int levels, uint8_t *q);

#endif
