#include "nn/layers.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#define LONG_SEQUENCE 48 /* from here on attention goes through oneDNN */

/* ------------------------------------------------------------------ along one row */

static inline __attribute__((always_inline)) uint16_t to_bf16(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t rounded = bits + 0x7fffu + ((bits >> 16) & 1u);
    return (uint16_t)((value != value ? bits | 0x400000u : rounded) >> 16);
}

/* exp for x <= 0, relative error 2e-7; below -87 it is 0. Range reduction by ln 2, then a polynomial of
 * degree 6. */
static inline __attribute__((always_inline)) float exp_nonpositive(float x)
{
    float clamped = x < -87.0f ? -87.0f : x;
    float n = __builtin_floorf(clamped * 1.44269504f + 0.5f);
    float r = clamped - n * 0.693359375f + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    uint32_t bits = (uint32_t)((int32_t)n + 127) << 23;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return x < -87.0f ? 0.0f : p * scale;
}

ALFA__VECTORISED
static void convert_row(const float *x, size_t count, uint16_t *out)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        out[i] = to_bf16(x[i]);
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
static void add_row(float *x, const float *y, int width)
{
#pragma omp simd
    for (int i = 0; i < width; i++)
        x[i] += y[i];
}

/* scores = softmax(scale * scores) */
ALFA__VECTORISED
static void softmax_row(float *scores, int n, float scale)
{
    float largest = scores[0], sum = 0;
#pragma omp simd reduction(max : largest)
    for (int j = 0; j < n; j++)
        largest = scores[j] > largest ? scores[j] : largest;
#pragma omp simd reduction(+ : sum)
    for (int j = 0; j < n; j++) {
        scores[j] = exp_nonpositive((scores[j] - largest) * scale);
        sum += scores[j];
    }
#pragma omp simd
    for (int j = 0; j < n; j++)
        scores[j] /= sum;
}

/* One query of one head against n keys: out = softmax(q k^T * scale) v. */
ALFA__VECTORISED
static void attend(const float *q, const float *k, const float *v, int stride, int n, int width, float scale,
                   float *scores, float *out)
{
    for (int j = 0; j < n; j++) {
        const float *key = k + (size_t)j * (size_t)stride;
        float dot = 0;
#pragma omp simd reduction(+ : dot)
        for (int d = 0; d < width; d++)
            dot += q[d] * key[d];
        scores[j] = dot;
    }
    softmax_row(scores, n, scale);
    memset(out, 0, (size_t)width * sizeof *out);
    for (int j = 0; j < n; j++) {
        const float *value = v + (size_t)j * (size_t)stride;
        float weight = scores[j];
#pragma omp simd
        for (int d = 0; d < width; d++)
            out[d] += weight * value[d];
    }
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
void alfa__layer_norm(const float *x, const float *gain, const float *bias, double epsilon, int rows,
                      int width, void *out, enum alfa__type type)
{
#pragma omp parallel for schedule(static)
    for (int r = 0; r < rows; r++) {
        const float *row = x + (size_t)r * (size_t)width;
        if (type == ALFA__F32) {
            norm_row(row, gain, bias, (float)epsilon, width, (float *)out + (size_t)r * (size_t)width);
        } else {
            float normed[ALFA__MAX_WIDTH];
            norm_row(row, gain, bias, (float)epsilon, width, normed);
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
        add_row(x + (size_t)r * (size_t)width, y + (size_t)r * (size_t)width, width);
}

/* ------------------------------------------------------------------ attention */

/* Where a head's numbers go: f32 directly, bf16 by way of a small buffer. */
static void store_head(const struct alfa__attention *a, int query, int head, const float *result)
{
    size_t at = ((size_t)query * (size_t)a->heads + (size_t)head) * (size_t)a->head_width;
    alfa__convert(result, (size_t)a->head_width, (unsigned char *)a->out + at * alfa__type_size(a->out_type),
                  a->out_type);
}

/* Short sequences: every head of every sequence in a plain loop. scores: one row of the longest sequence a
 * thread. */
static void attend_short(const struct alfa__attention *a, float *scores, int longest)
{
    const float scale = 1.0f / sqrtf((float)a->head_width);
#pragma omp parallel for schedule(static)
    for (int s = 0; s < a->sequences; s++) {
        float *row = scores + (size_t)omp_get_thread_num() * (size_t)longest, result[ALFA__MAX_HEAD];
        const int start = a->starts[s], length = a->starts[s + 1] - start,
                  queries = a->first_only ? 1 : length;
        for (int i = 0; i < queries; i++)
            for (int h = 0; h < a->heads; h++) {
                const int query = a->first_only ? s : start + i;
                const size_t at = (size_t)start * (size_t)a->kv_stride + (size_t)(h * a->head_width);
                attend(a->q + (size_t)query * (size_t)a->q_stride + h * a->head_width, a->k + at, a->v + at,
                       a->kv_stride, a->causal ? i + 1 : length, a->head_width, scale, row, result);
                store_head(a, query, h, result);
            }
    }
}

/* One long sequence, all heads: two batched products with a softmax between them. */
static enum alfa_status attend_long(const struct alfa__attention *a, int s, struct alfa__arena *arena,
                                    struct alfa_error *err)
{
    const int start = a->starts[s], n = a->starts[s + 1] - start, width = a->heads * a->head_width;
    const size_t at = (size_t)start * (size_t)a->kv_stride, rows = (size_t)a->heads * (size_t)n;
    float *scores = alfa__arena_array(arena, rows * (size_t)n, sizeof *scores);
    float *result = alfa__arena_array(arena, (size_t)n * (size_t)width, sizeof *result);
    if (!scores || !result)
        return alfa__fail_memory(err, rows * (size_t)n * sizeof *scores);
    const struct alfa__product qk = {.a = a->q + (size_t)start * (size_t)a->q_stride,
                                     .b = a->k + at,
                                     .c = scores,
                                     .a_strides = {a->head_width, a->q_stride, 1},
                                     .b_strides = {a->head_width, 1, a->kv_stride},
                                     .c_strides = {(int64_t)n * n, n, 1},
                                     .batch = a->heads,
                                     .m = n,
                                     .n = n,
                                     .k = a->head_width};
    const struct alfa__product pv = {.a = scores,
                                     .b = a->v + at,
                                     .c = result,
                                     .a_strides = {(int64_t)n * n, n, 1},
                                     .b_strides = {a->head_width, a->kv_stride, 1},
                                     .c_strides = {a->head_width, width, 1},
                                     .batch = a->heads,
                                     .m = n,
                                     .n = a->head_width,
                                     .k = n};
    const float scale = 1.0f / sqrtf((float)a->head_width);
    ALFA__TRY(alfa__product_run(&qk, arena, err));
#pragma omp parallel for schedule(static)
    for (int r = 0; r < (int)rows; r++)
        softmax_row(scores + (size_t)r * (size_t)n, n, scale);
    ALFA__TRY(alfa__product_run(&pv, arena, err));
    alfa__convert(result, (size_t)n * (size_t)width,
                  (unsigned char *)a->out + (size_t)start * (size_t)width * alfa__type_size(a->out_type),
                  a->out_type);
    return ALFA_OK;
}

enum alfa_status alfa__attention_run(const struct alfa__attention *a, struct alfa__arena *arena,
                                     struct alfa_error *err)
{
    struct alfa__mark mark = alfa__arena_mark(arena);
    enum alfa_status status = ALFA_OK;
    int longest = 0;
    for (int s = 0; s < a->sequences; s++)
        if (a->starts[s + 1] - a->starts[s] > longest)
            longest = a->starts[s + 1] - a->starts[s];
    if (longest >= LONG_SEQUENCE && !a->causal && !a->first_only) {
        for (int s = 0; s < a->sequences && status == ALFA_OK; s++) {
            status = attend_long(a, s, arena, err);
            alfa__arena_reset(arena, mark);
        }
        return status;
    }
    float *scores = alfa__arena_array(arena, (size_t)longest * (size_t)omp_get_max_threads(), sizeof *scores);
    if (scores)
        attend_short(a, scores, longest);
    else
        status = alfa__fail_memory(err, (size_t)longest * sizeof *scores);
    alfa__arena_reset(arena, mark);
    return status;
}
