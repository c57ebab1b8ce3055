#include "nn/layers.h"
#include "nn/scalar.h"

#include <math.h>

/* Loops without branches, so that they are vectorised. */

/* From here on the normal distribution is 0 or 1 in f32. */
#define FAR 5.2f

/* Standard normal distribution, absolute error 2e-7: a half plus an odd rational function, fitted to the
 * least largest error on -FAR .. FAR. */
ALFA__INLINE float normal_cdf(float x)
{
    const float below = x < FAR ? x : FAR, near = below > -FAR ? below : -FAR, s = near * near;
    float p = -1.616438858e-8f, q = 1.383220969e-4f;
    p = p * s + 5.374262364e-6f;
    p = p * s + 4.117932186e-4f;
    p = p * s + 6.080630450e-3f;
    p = p * s + 6.027652024e-2f;
    p = p * s + 3.989417421e-1f;
    q = q * s + 3.253359495e-3f;
    q = q * s + 4.321659269e-2f;
    q = q * s + 3.177486097e-1f;
    q = q * s + 1.0f;
    return 0.5f + near * p / q;
}

ALFA__INLINE float sigmoid(float x)
{
    return 0.5f + copysignf(1.0f / (1.0f + alfa__exp_nonpositive(-fabsf(x))) - 0.5f, x);
}

ALFA__INLINE float gelu(float x)
{
    return x * normal_cdf(x);
}

ALFA__INLINE float quick_gelu(float x)
{
    return x * sigmoid(1.702f * x);
}

ALFA__VECTORISED
static void gelu_f32(float *y, int count)
{
#pragma omp simd
    for (int i = 0; i < count; i++)
        y[i] = gelu(y[i]);
}

ALFA__VECTORISED
static void gelu_bf16(uint16_t *y, int count)
{
#pragma omp simd
    for (int i = 0; i < count; i++)
        y[i] = alfa__to_bf16(gelu(alfa__from_bf16(y[i])));
}

ALFA__VECTORISED
static void quick_gelu_f32(float *y, int count)
{
#pragma omp simd
    for (int i = 0; i < count; i++)
        y[i] = quick_gelu(y[i]);
}

ALFA__VECTORISED
static void quick_gelu_bf16(uint16_t *y, int count)
{
#pragma omp simd
    for (int i = 0; i < count; i++)
        y[i] = alfa__to_bf16(quick_gelu(alfa__from_bf16(y[i])));
}

void alfa__activate_row(void *y, int count, enum alfa__type type, enum alfa__activation activation)
{
    const bool f32 = type == ALFA__F32;
    if (activation == ALFA__GELU)
        f32 ? gelu_f32(y, count) : gelu_bf16(y, count);
    else if (activation == ALFA__QUICK_GELU)
        f32 ? quick_gelu_f32(y, count) : quick_gelu_bf16(y, count);
}

void alfa__activate(void *y, int rows, int width, enum alfa__type type, enum alfa__activation activation)
{
    const size_t size = (size_t)width * alfa__type_size(type);
    if (activation == ALFA__IDENTITY)
        return;
#pragma omp parallel for schedule(static)
    for (int r = 0; r < rows; r++)
        alfa__activate_row((unsigned char *)y + (size_t)r * size, width, type, activation);
}
