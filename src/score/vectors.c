#include "score/vectors.h"

#include <math.h>

#define LANES 8

/* LANES sums side by side, so that the compiler may use wide registers without changing the result. */
#define DEFINE_DOT(name, type_a, type_b)                                                                  \
    double name(const type_a *a, const type_b *b, int dim)                                                \
    {                                                                                                     \
        double sums[LANES] = {0};                                                                         \
        int i = 0;                                                                                        \
        for (; i + LANES <= dim; i += LANES)                                                              \
            for (int j = 0; j < LANES; j++)                                                               \
                sums[j] += (double)a[i + j] * (double)b[i + j];                                           \
        for (int j = 0; i < dim; i++, j++)                                                                \
            sums[j] += (double)a[i] * (double)b[i];                                                       \
        return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7])); \
    }

DEFINE_DOT(alfa__dot_ff, float, float)
DEFINE_DOT(alfa__dot_fd, float, double)
DEFINE_DOT(alfa__dot_dd, double, double)

static double inverse_root(double square)
{
    double inverse = 1 / sqrt(square);
    return isfinite(inverse) ? inverse : 0;
}

double alfa__inverse_length(const float *a, int dim)
{
    return inverse_root(alfa__dot_ff(a, a, dim));
}

bool alfa__normalise(double *a, int dim)
{
    double inverse = inverse_root(alfa__dot_dd(a, a, dim));
    for (int i = 0; i < dim && inverse > 0; i++)
        a[i] *= inverse;
    return inverse > 0;
}

double alfa__cosine_ff(const float *a, const float *b, int dim)
{
    return alfa__dot_ff(a, b, dim) * alfa__inverse_length(a, dim) * alfa__inverse_length(b, dim);
}

double alfa__cosine_fd(const float *a, const double *b, int dim)
{
    return alfa__dot_fd(a, b, dim) * alfa__inverse_length(a, dim) * inverse_root(alfa__dot_dd(b, b, dim));
}
