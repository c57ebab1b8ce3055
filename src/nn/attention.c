/* softmax(q k^T / sqrt(d)) v inside each of many sequences, one head at a time.
 *
 * A head of a sequence is first copied into scratch as f32, keys transposed, so that one vector holds a
 * number of LANES keys; what follows works on QUERIES queries at once and stays in registers and the first
 * two caches. */
#include "nn/layers.h"
#include "nn/scalar.h"

#include <math.h>
#include <omp.h>

#define LANES 16
#define QUERIES 5
#define CACHE_LINE 64 /* bytes */

/* LANES numbers. Vectors go by address: passed by value they would depend on the processor. */
typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));
typedef int32_t ints __attribute__((vector_size(LANES * sizeof(int32_t))));
typedef uint32_t words __attribute__((vector_size(LANES * sizeof(uint32_t))));
typedef uint16_t halves __attribute__((vector_size(LANES * sizeof(uint16_t)), aligned(2), may_alias));

/* Scratch of one head of one sequence. padded: keys rounded up to LANES; width: numbers in a head, rounded up
 * likewise. What is padding is 0. */
struct head {
    int keys, padded, width;
    float *q;      /* QUERIES x width */
    float *k;      /* width x padded: transposed */
    float *v;      /* keys x width */
    float *scores; /* QUERIES x padded */
};

static int round_up(int n)
{
    return (n + LANES - 1) / LANES * LANES;
}

static size_t scratch_floats(int longest, int head_width)
{
    const size_t padded = (size_t)round_up(longest), width = (size_t)round_up(head_width);
    return QUERIES * width + width * padded + padded * width + QUERIES * padded;
}

static struct head head_new(float *scratch, int keys, int head_width)
{
    struct head h = {.keys = keys, .padded = round_up(keys), .width = round_up(head_width)};
    h.q = scratch;
    h.k = h.q + (size_t)QUERIES * (size_t)h.width;
    h.v = h.k + (size_t)h.width * (size_t)h.padded;
    h.scores = h.v + (size_t)h.padded * (size_t)h.width;
    return h;
}

/* ------------------------------------------------------------------ one head */

/* A row of one head and zeros up to width. */
ALFA__INLINE void read_row(float *out, const struct alfa__attention *a, const void *from, size_t at,
                           int width)
{
    const bool f32 = a->type == ALFA__F32;
    const float *floats = (const float *)from + at;
    const uint16_t *rounded = (const uint16_t *)from + at;
    const int count = a->head_width;
    int d = 0;
    for (; d + LANES <= count; d += LANES)
        *(lanes *)(out + d) =
            f32 ? *(const lanes *)(floats + d)
                : (lanes)(__builtin_convertvector(*(const halves *)(rounded + d), words) << 16);
    for (; d < count; d++)
        out[d] = f32 ? floats[d] : alfa__from_bf16(rounded[d]);
    for (; d < width; d++)
        out[d] = 0;
}

/* As alfa__to_bf16(). */
ALFA__INLINE void round_lanes(halves *out, const lanes *x)
{
    const words bits = (words)*x, odd = (bits >> 16) & 1, not_a_number = (words)(*x != *x);
    const words rounded = ((bits + 0x7fff + odd) & ~not_a_number) | ((bits | 0x400000) & not_a_number);
    *out = __builtin_convertvector(rounded >> 16, halves);
}

ALFA__INLINE void write_row(const struct alfa__attention *a, size_t at, const float *row)
{
    const bool f32 = a->out_type == ALFA__F32;
    float *floats = (float *)a->out + at;
    uint16_t *rounded = (uint16_t *)a->out + at;
    const int count = a->head_width;
    int d = 0;
    for (; d + LANES <= count; d += LANES)
        if (f32)
            *(lanes *)(floats + d) = *(const lanes *)(row + d);
        else
            round_lanes((halves *)(rounded + d), (const lanes *)(row + d));
    for (; d < count; d++)
        if (f32)
            floats[d] = row[d];
        else
            rounded[d] = alfa__to_bf16(row[d]);
}

/* Fetches the next head's numbers into the second cache: rows lie too far apart for the processor to foresee
 * it. */
ALFA__INLINE void prefetch(const struct alfa__attention *a, const void *from, size_t at)
{
    const size_t each = alfa__type_size(a->type), size = (size_t)a->head_width * each;
    for (size_t byte = 0; byte < size; byte += CACHE_LINE)
        __builtin_prefetch((const char *)from + at * each + size + byte, 0, 1);
}

/* Row of q, k and v at a position. */
ALFA__INLINE size_t row_of(const struct alfa__attention *a, int position)
{
    return (size_t)(a->index ? a->index[position] : position);
}

/* Keys and values of one head of a sequence. The room for queries serves as buffer. */
ALFA__INLINE void read_keys(struct head *h, const struct alfa__attention *a, int start, int head)
{
    float *key = h->q;
    for (int j = 0; j < h->keys; j++) {
        const size_t at = row_of(a, start + j) * (size_t)a->kv_stride + (size_t)(head * a->head_width);
        prefetch(a, a->k, at);
        prefetch(a, a->v, at);
        read_row(key, a, a->k, at, h->width);
        for (int d = 0; d < h->width; d++)
            h->k[d * h->padded + j] = key[d];
        read_row(h->v + (size_t)j * (size_t)h->width, a, a->v, at, h->width);
    }
    for (int d = 0; d < h->width; d++)
        for (int j = h->keys; j < h->padded; j++)
            h->k[d * h->padded + j] = 0;
}

/* out = a b: QUERIES x columns from QUERIES x terms and terms x columns; strides from row to row. */
ALFA__INLINE void multiply(float *out, int out_stride, const float *a, int a_stride, const float *b,
                           int b_stride, int terms, int columns)
{
    for (int j = 0; j < columns; j += LANES) {
        lanes sum[QUERIES] = {0};
        for (int t = 0; t < terms; t++) {
            const lanes row = *(const lanes *)(b + t * b_stride + j);
            for (int i = 0; i < QUERIES; i++)
                sum[i] += a[i * a_stride + t] * row;
        }
        for (int i = 0; i < QUERIES; i++)
            *(lanes *)(out + i * out_stride + j) = sum[i];
    }
}

/* x = exp(x) for x <= 0, relative error 2e-7; below -87 it is exp(-87), which is next to nothing. */
ALFA__INLINE void exponential(lanes *x)
{
    const ints small = *x < -87.0f;
    const lanes lowest = {0}, clamped = (lanes)(((ints)*x & ~small) | ((ints)(lowest - 87.0f) & small));
    const lanes shifted = clamped * 1.44269504f + 12582912.0f, n = shifted - 12582912.0f; /* to nearest */
    const lanes r = clamped - n * 0.693359375f + n * 2.12194440e-4f;
    lanes p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    *x = p * (lanes)((__builtin_convertvector(n, ints) + 127) << 23);
}

/* x = the larger of x and y, number by number. */
ALFA__INLINE void take_larger(lanes *x, const lanes *y)
{
    const ints more = *y > *x;
    *x = (lanes)(((ints)*y & more) | ((ints)*x & ~more));
}

/* The numbers of x turned round by a half, a quarter, an eighth and a sixteenth. */
ALFA__INLINE void turn(lanes *out, const lanes *x, int by)
{
    const ints lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    *out = __builtin_shuffle(*x, (lane + by) & (LANES - 1));
}

ALFA__INLINE float largest_of(lanes x)
{
    for (int by = LANES / 2; by; by /= 2) {
        lanes other;
        turn(&other, &x, by);
        take_larger(&x, &other);
    }
    return x[0];
}

ALFA__INLINE float sum_of(lanes x)
{
    for (int by = LANES / 2; by; by /= 2) {
        lanes other;
        turn(&other, &x, by);
        x += other;
    }
    return x[0];
}

/* scores = softmax(scale * scores) over the visible ones, 0 from there on. */
ALFA__INLINE void soften(float *scores, int visible, int padded, float scale)
{
    const ints lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const lanes lowest = {0};
    lanes top = lowest - INFINITY, total = {0};
    for (int j = 0; j < padded; j += LANES) {
        const ints seen = lane + j < visible;
        const lanes x =
            (lanes)(((ints) * (lanes *)(scores + j) & seen) | ((ints)(lowest - INFINITY) & ~seen));
        take_larger(&top, &x);
    }
    const float largest = largest_of(top);
    for (int j = 0; j < padded; j += LANES) {
        lanes x = (*(lanes *)(scores + j) - largest) * scale;
        exponential(&x);
        x = (lanes)((ints)x & (lane + j < visible));
        *(lanes *)(scores + j) = x;
        total += x;
    }
    const float factor = 1.0f / sum_of(total);
    for (int j = 0; j < padded; j += LANES)
        *(lanes *)(scores + j) *= factor;
}

/* All queries of one head of sequence s. A group that is not full repeats the last query. */
ALFA__VECTORISED
static void attend_head(const struct alfa__attention *a, int s, int head, float *scratch)
{
    struct head h = head_new(scratch, a->starts[s + 1] - a->starts[s], a->head_width);
    const int start = a->starts[s], *fresh = a->fresh ? a->fresh : a->starts;
    const int queries = a->one_query ? 1 : fresh[s + 1] - fresh[s], known = h.keys - queries;
    const size_t column = (size_t)(head * a->head_width), out_width = (size_t)(a->heads * a->head_width);
    const float scale = 1.0f / sqrtf((float)a->head_width);
    read_keys(&h, a, start, head);
    for (int first = 0; first < queries; first += QUERIES) {
        for (int i = 0; i < QUERIES; i++) {
            const int query = first + i < queries ? first + i : queries - 1;
            const size_t row = a->one_query ? (size_t)s : row_of(a, start + known + query);
            const size_t at = row * (size_t)a->q_stride + column;
            prefetch(a, a->q, at);
            read_row(h.q + i * h.width, a, a->q, at, h.width);
        }
        multiply(h.scores, h.padded, h.q, h.width, h.k, h.padded, h.width, h.padded);
        for (int i = 0; i < QUERIES; i++) {
            const int query = first + i < queries ? first + i : queries - 1;
            soften(h.scores + i * h.padded, a->causal ? known + query + 1 : h.keys, h.padded, scale);
        }
        multiply(h.q, h.width, h.scores, h.padded, h.v, h.width, h.keys, h.width); /* q is done with */
        for (int i = 0; i < QUERIES && first + i < queries; i++)
            write_row(a, (size_t)(a->one_query ? s : fresh[s] + first + i) * out_width + column,
                      h.q + i * h.width);
    }
}

enum alfa_status alfa__attention_run(const struct alfa__attention *a, struct alfa__arena *arena,
                                     struct alfa_error *err)
{
    const struct alfa__mark mark = alfa__arena_mark(arena);
    int longest = 0;
    for (int s = 0; s < a->sequences; s++)
        if (a->starts[s + 1] - a->starts[s] > longest)
            longest = a->starts[s + 1] - a->starts[s];
    const size_t each = scratch_floats(longest, a->head_width);
    float *scratch = alfa__arena_array(arena, each * (size_t)omp_get_max_threads(), sizeof *scratch);
    if (!scratch)
        return alfa__fail_memory(err, each * sizeof *scratch);
#pragma omp parallel for collapse(2) schedule(dynamic, 4)
    for (int s = 0; s < a->sequences; s++)
        for (int head = 0; head < a->heads; head++)
            attend_head(a, s, head, scratch + (size_t)omp_get_thread_num() * each);
    alfa__arena_reset(arena, mark);
    return ALFA_OK;
}
