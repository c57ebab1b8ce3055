#include "nn/layers.h"
#include "nn/scalar.h"

#include <math.h>
#include <string.h>

/* ------------------------------------------------------------------ along one row */

ALFA__VECTORISED
static void convert_row(const float *x, size_t count, uint16_t *out)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        out[i] = alfa__to_bf16(x[i]);
}

ALFA__VECTORISED
static void norm_row(const float *x, const float *gain, const float *bias, float epsilon, int width,
                     float *out)
{
    float sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < width; i++)
        sum += x[i];
    float mean = sum / (float)width;
#pragma omp simd reduction(+ : squares)
    for (int i = 0; i < width; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    float scale = 1.0f / sqrtf(squares / (float)width + epsilon);
#pragma omp simd
    for (int i = 0; i < width; i++)
        out[i] = (x[i] - mean) * scale * gain[i] + bias[i];
}

ALFA__VECTORISED
void alfa__add_row(float *x, const float *y, int width)
{
#pragma omp simd
    for (int i = 0; i < width; i++)
        x[i] += y[i];
}

/* ------------------------------------------------------------------ over rows */

void alfa__convert(const float *x, size_t count, void *out, enum alfa__type type)
{
    if (type == ALFA__F32)
        memmove(out, x, count * sizeof *x);
    else
        convert_row(x, count, out);
}

/* A bf16 row is normed in f32 on the stack, then rounded. */
void alfa__layer_norm(const float *x, struct alfa__norm norm, int rows, int width, void *out,
                      enum alfa__type type)
{
    const float *gain = norm.gain, *bias = norm.bias, epsilon = (float)norm.epsilon;
#pragma omp parallel for schedule(static)
    for (int r = 0; r < rows; r++) {
        const float *row = x + (size_t)r * (size_t)width;
        if (type == ALFA__F32) {
            norm_row(row, gain, bias, epsilon, width, (float *)out + (size_t)r * (size_t)width);
        } else {
            float normed[ALFA__MAX_WIDTH];
            norm_row(row, gain, bias, epsilon, width, normed);
            convert_row(normed, (size_t)width, (uint16_t *)out + (size_t)r * (size_t)width);
        }
    }
}

void alfa__gather(const float *x, const int *index, int rows, int width, float *out)
{
#pragma omp parallel for schedule(static)
    for (int r = 0; r < rows; r++)
        memcpy(out + (size_t)r * (size_t)width, x + (size_t)index[r] * (size_t)width,
               (size_t)width * sizeof *x);
}

void alfa__add_rows(float *x, const float *y, int rows, int width)
{
#pragma omp parallel for schedule(static)
    for (int r = 0; r < rows; r++)
        alfa__add_row(x + (size_t)r * (size_t)width, y + (size_t)r * (size_t)width, width);
}
