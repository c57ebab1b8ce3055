#include "nn/layers.h"
#include "nn/scalar.h"

/* Loops without branches, so that they are vectorised. */

ALFA__VECTORISED
static void gelu_f32(float *y, int count)
{
#pragma omp simd
    for (int i = 0; i < count; i++)
        y[i] = alfa__gelu(y[i]);
}

ALFA__VECTORISED
static void gelu_bf16(uint16_t *y, int count)
{
#pragma omp simd
    for (int i = 0; i < count; i++)
        y[i] = alfa__to_bf16(alfa__gelu(alfa__from_bf16(y[i])));
}

ALFA__VECTORISED
static void quick_gelu_f32(float *y, int count)
{
#pragma omp simd
    for (int i = 0; i < count; i++)
        y[i] = alfa__quick_gelu(y[i]);
}

ALFA__VECTORISED
static void quick_gelu_bf16(uint16_t *y, int count)
{
#pragma omp simd
    for (int i = 0; i < count; i++)
        y[i] = alfa__to_bf16(alfa__quick_gelu(alfa__from_bf16(y[i])));
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
