/* softmax(q k^T / sqrt(d)) v inside each of many sequences, one head at a time.
 *
 * A head of a sequence is first copied into scratch, keys transposed, so that one vector holds a
 * number of LANES keys; what follows works on QUERIES queries at once and stays in registers and the first
 * cache. Sequences that are too long for that go through oneDNN when all see all, and otherwise through the
 * same loops with more scratch. */
#include "nn/layers.h"
#include "nn/scalar.h"

#include <math.h>
#include <omp.h>

#define LANES 16
#define QUERIES 5
#define CACHE_LINE 16    /* numbers */
#define LONG_SEQUENCE 64 /* from here on attention goes through oneDNN */

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

/* count numbers and zeros up to padded. */
ALFA__INLINE void read_row(float *out, const float *numbers, int count, int padded)
{
    int d = 0;
    for (; d + LANES <= count; d += LANES)
        *(lanes *)(out + d) = *(const lanes *)(numbers + d);
    for (; d < count; d++)
        out[d] = numbers[d];
    for (; d < padded; d++)
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
    float *f32 = (float *)a->out + at;
    uint16_t *bf16 = (uint16_t *)a->out + at;
    int d = 0;
    for (; d + LANES <= a->head_width; d += LANES)
        if (a->out_type == ALFA__F32)
            *(lanes *)(f32 + d) = *(const lanes *)(row + d);
        else
            round_lanes((halves *)(bf16 + d), (const lanes *)(row + d));
    for (; d < a->head_width; d++)
        if (a->out_type == ALFA__F32)
            f32[d] = row[d];
        else
            bf16[d] = alfa__to_bf16(row[d]);
}

/* Fetches the next head's numbers into the second cache: rows lie too far apart for the processor to foresee
 * it. */
ALFA__INLINE void prefetch(const float *numbers, int head_width)
{
    for (int d = 0; d < head_width; d += CACHE_LINE)
        __builtin_prefetch(numbers + head_width + d, 0, 1);
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
        prefetch(a->k + at, a->head_width);
        prefetch(a->v + at, a->head_width);
        read_row(key, a->k + at, a->head_width, h->width);
        for (int d = 0; d < h->width; d++)
            h->k[d * h->padded + j] = key[d];
        read_row(h->v + (size_t)j * (size_t)h->width, a->v + at, a->head_width, h->width);
    }
    for (int d = 0; d < h->width; d++)
        for (int j = h->keys; j < h->padded; j++)
            h->k[d * h->padded + j] = 0;
}

/* scores = q k^T */
ALFA__INLINE void multiply_keys(struct head *h)
{
    for (int j = 0; j < h->padded; j += LANES) {
        lanes sum[QUERIES] = {0};
        for (int d = 0; d < h->width; d++) {
            const lanes key = *(const lanes *)(h->k + d * h->padded + j);
            for (int i = 0; i < QUERIES; i++)
                sum[i] += h->q[i * h->width + d] * key;
        }
        for (int i = 0; i < QUERIES; i++)
            *(lanes *)(h->scores + i * h->padded + j) = sum[i];
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

/* scores = exp(scale * (scores - largest)), 0 from visible on; gives 1 / sum. */
ALFA__INLINE float soften(float *scores, int visible, int padded, float scale)
{
    const ints lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const lanes lowest = {0};
    lanes top = lowest - INFINITY, total = {0};
    float largest = -INFINITY, sum = 0;
    for (int j = 0; j < padded; j += LANES) {
        const ints seen = lane + j < visible;
        const lanes x =
            (lanes)(((ints) * (lanes *)(scores + j) & seen) | ((ints)(lowest - INFINITY) & ~seen));
        const ints more = x > top;
        top = (lanes)(((ints)x & more) | ((ints)top & ~more));
    }
    for (int l = 0; l < LANES; l++)
        largest = top[l] > largest ? top[l] : largest;
    for (int j = 0; j < padded; j += LANES) {
        lanes x = (*(lanes *)(scores + j) - largest) * scale;
        exponential(&x);
        x = (lanes)((ints)x & (lane + j < visible));
        *(lanes *)(scores + j) = x;
        total += x;
    }
    for (int l = 0; l < LANES; l++)
        sum += total[l];
    return 1.0f / sum;
}

/* q = scores v * factor, row by row: the queries are not needed any more. */
ALFA__INLINE void multiply_values(struct head *h, const float *factor)
{
    for (int d = 0; d < h->width; d += LANES) {
        lanes sum[QUERIES] = {0};
        for (int j = 0; j < h->keys; j++) {
            const lanes value = *(const lanes *)(h->v + j * h->width + d);
            for (int i = 0; i < QUERIES; i++)
                sum[i] += h->scores[i * h->padded + j] * value;
        }
        for (int i = 0; i < QUERIES; i++)
            *(lanes *)(h->q + i * h->width + d) = sum[i] * factor[i];
    }
}

/* All queries of one head of sequence s. A group that is not full repeats the last query. */
ALFA__INLINE void attend_head(struct head *h, const struct alfa__attention *a, int s, int head)
{
    const int start = a->starts[s], *fresh = a->fresh ? a->fresh : a->starts;
    const int queries = a->one_query ? 1 : fresh[s + 1] - fresh[s], known = h->keys - queries;
    const size_t column = (size_t)(head * a->head_width), out_width = (size_t)(a->heads * a->head_width);
    const float scale = 1.0f / sqrtf((float)a->head_width);
    read_keys(h, a, start, head);
    for (int first = 0; first < queries; first += QUERIES) {
        float factor[QUERIES];
        for (int i = 0; i < QUERIES; i++) {
            const int query = first + i < queries ? first + i : queries - 1;
            const size_t row = a->one_query ? (size_t)s : row_of(a, start + known + query);
            const size_t at = row * (size_t)a->q_stride + column;
            prefetch(a->q + at, a->head_width);
            read_row(h->q + i * h->width, a->q + at, a->head_width, h->width);
        }
        multiply_keys(h);
        for (int i = 0; i < QUERIES; i++) {
            const int query = first + i < queries ? first + i : queries - 1;
            factor[i] =
                soften(h->scores + i * h->padded, a->causal ? known + query + 1 : h->keys, h->padded, scale);
        }
        multiply_values(h, factor);
        for (int i = 0; i < QUERIES && first + i < queries; i++)
            write_row(a, (size_t)(a->one_query ? s : fresh[s] + first + i) * out_width + column,
                      h->q + i * h->width);
    }
}

ALFA__VECTORISED
static void attend_sequence(const struct alfa__attention *a, int s, float *scratch)
{
    struct head h = head_new(scratch, a->starts[s + 1] - a->starts[s], a->head_width);
    for (int head = 0; head < a->heads; head++)
        attend_head(&h, a, s, head);
}

/* ------------------------------------------------------------------ one long sequence through oneDNN */

/* A row of scores has room for round_up(n). */
ALFA__VECTORISED
static void soften_row(float *scores, int n, float scale)
{
    const int padded = round_up(n);
    const float factor = soften(scores, n, padded, scale);
    for (int j = 0; j < padded; j += LANES)
        *(lanes *)(scores + j) *= factor;
}

ALFA__VECTORISED
static void write_wide(const struct alfa__attention *a, size_t row, const float *result)
{
    const size_t width = (size_t)a->head_width;
    for (size_t head = 0; head < (size_t)a->heads; head++)
        write_row(a, (row * (size_t)a->heads + head) * width, result + head * width);
}

/* q, k and v of n positions, n x width each. */
static void read_sequence(float *q, float *k, float *v, const struct alfa__attention *a, int start, int n)
{
    const int width = a->heads * a->head_width;
    const size_t size = (size_t)width * sizeof *q;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < n; i++) {
        const size_t from = row_of(a, start + i), to = (size_t)i * (size_t)width;
        memcpy(q + to, a->q + from * (size_t)a->q_stride, size);
        memcpy(k + to, a->k + from * (size_t)a->kv_stride, size);
        memcpy(v + to, a->v + from * (size_t)a->kv_stride, size);
    }
}

/* All heads: two batched products with a softmax between them. */
static enum alfa_status attend_long(const struct alfa__attention *a, int s, struct alfa__arena *arena,
                                    struct alfa_error *err)
{
    const int start = a->starts[s], n = a->starts[s + 1] - start, width = a->heads * a->head_width;
    const int padded = round_up(n);
    const size_t numbers = (size_t)n * (size_t)width, rows = (size_t)a->heads * (size_t)n;
    float *q = alfa__arena_array(arena, 4 * numbers, sizeof *q);
    float *scores = alfa__arena_array(arena, rows * (size_t)padded, sizeof *scores);
    if (!q || !scores)
        return alfa__fail_memory(err, rows * (size_t)padded * sizeof *scores);
    float *k = q + numbers, *v = k + numbers, *result = v + numbers;
    const struct alfa__product qk = {.a = q,
                                     .b = k,
                                     .c = scores,
                                     .a_strides = {a->head_width, width, 1},
                                     .b_strides = {a->head_width, 1, width},
                                     .c_strides = {(int64_t)n * padded, padded, 1},
                                     .batch = a->heads,
                                     .m = n,
                                     .n = n,
                                     .k = a->head_width};
    const struct alfa__product pv = {.a = scores,
                                     .b = v,
                                     .c = result,
                                     .a_strides = {(int64_t)n * padded, padded, 1},
                                     .b_strides = {a->head_width, width, 1},
                                     .c_strides = {a->head_width, width, 1},
                                     .batch = a->heads,
                                     .m = n,
                                     .n = a->head_width,
                                     .k = n};
    const float scale = 1.0f / sqrtf((float)a->head_width);
    read_sequence(q, k, v, a, start, n);
    ALFA__TRY(alfa__product_run(&qk, arena, err));
#pragma omp parallel for schedule(static)
    for (int r = 0; r < (int)rows; r++)
        soften_row(scores + (size_t)r * (size_t)padded, n, scale);
    ALFA__TRY(alfa__product_run(&pv, arena, err));
#pragma omp parallel for schedule(static)
    for (int i = 0; i < n; i++)
        write_wide(a, (size_t)(start + i), result + (size_t)i * (size_t)width);
    return ALFA_OK;
}

/* ------------------------------------------------------------------ all sequences */

enum alfa_status alfa__attention_run(const struct alfa__attention *a, struct alfa__arena *arena,
                                     struct alfa_error *err)
{
    const struct alfa__mark mark = alfa__arena_mark(arena);
    const bool may_be_long = !a->causal && !a->one_query && !a->fresh;
    enum alfa_status status = ALFA_OK;
    int longest = 0;
    for (int s = 0; s < a->sequences && status == ALFA_OK; s++) {
        const int length = a->starts[s + 1] - a->starts[s];
        if (length >= LONG_SEQUENCE && may_be_long)
            status = attend_long(a, s, arena, err);
        else if (length > longest)
            longest = length;
        alfa__arena_reset(arena, mark);
    }
    if (status != ALFA_OK)
        return status;
    const size_t each = scratch_floats(longest, a->head_width);
    float *scratch = alfa__arena_array(arena, each * (size_t)omp_get_max_threads(), sizeof *scratch);
    if (!scratch)
        return alfa__fail_memory(err, each * sizeof *scratch);
#pragma omp parallel for schedule(dynamic, 8)
    for (int s = 0; s < a->sequences; s++)
        if (!may_be_long || a->starts[s + 1] - a->starts[s] < LONG_SEQUENCE)
            attend_sequence(a, s, scratch + (size_t)omp_get_thread_num() * each);
    alfa__arena_reset(arena, mark);
    return ALFA_OK;
}
