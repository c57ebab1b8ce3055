/* Random vectors and plain linear algebra for the tests of src/score. */
#ifndef ALFA_UNIT_SCORE_SUPPORT_H
#define ALFA_UNIT_SCORE_SUPPORT_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Uniform in [-1, 1). */
static inline double next_uniform(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed / 2147483648.0 - 1;
}

static inline void random_floats(float *out, int count, uint32_t *seed)
{
    for (int i = 0; i < count; i++)
        out[i] = (float)next_uniform(seed);
}

static inline double plain_dot(const double *a, const double *b, int dim)
{
    double sum = 0;
    for (int i = 0; i < dim; i++)
        sum += a[i] * b[i];
    return sum;
}

/* out = in / |in| */
static inline void plain_unit(double *out, const float *in, int dim)
{
    double square = 0;
    for (int i = 0; i < dim; i++)
        square += (double)in[i] * in[i];
    for (int i = 0; i < dim; i++)
        out[i] = square > 0 ? in[i] / sqrt(square) : 0;
}

static inline void plain_normalise(double *a, int dim)
{
    double length = sqrt(plain_dot(a, a, dim));
    for (int i = 0; i < dim; i++)
        a[i] /= length;
}

static inline void assert_close(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.17g is not %.17g (tolerance %g)", value, expected, tolerance);
}

static inline void assert_all_close(const double *values, const double *expected, int count, double tolerance)
{
    for (int i = 0; i < count; i++)
        assert_close(values[i], expected[i], tolerance);
}

#endif
