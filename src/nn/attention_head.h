/* softmax(q k^T / sqrt(d)) v of one head of one sequence, for vectors of LANES numbers: a file includes this
 * once, after it has defined LANES. Compilers make the best of vectors that the processor has and little of
 * longer ones, hence more than one such file.
 *
 * A head of a sequence is first copied into scratch as f32. Up to LANES queries are worked on at once, one in
 * each lane of a vector, so that softmax goes over keys from vector to vector and never across lanes; all of
 * it stays in registers and the first two caches. */
#ifndef ALFA_NN_ATTENTION_HEAD_H
#define ALFA_NN_ATTENTION_HEAD_H

#include "nn/attention.h"
#include "nn/scalar.h"

#include <math.h>

#define ROWS 5        /* that multiply() makes at once: windows have 5 or 10 tokens */
#define MANY_ROWS 8   /* the same for a whole group of queries */
#define CACHE_LINE 64 /* bytes */

/* LANES numbers. Vectors go by address: passed by value they would depend on the processor. */
typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));
typedef int32_t ints __attribute__((vector_size(LANES * sizeof(int32_t))));
typedef uint32_t words __attribute__((vector_size(LANES * sizeof(uint32_t))));
typedef float quad __attribute__((vector_size(4 * sizeof(float)), aligned(4), may_alias));
typedef uint16_t halves __attribute__((vector_size(LANES * sizeof(uint16_t)), aligned(2), may_alias));

/* What a head of a sequence is copied to, in scratch. width: numbers in a head; room: keys, rounded up to
 * ROWS. What is padding is read but without effect; it must be a number. */
struct head {
    int keys, room, width;
    float *q;      /* width x LANES: transposed */
    float *k, *v;  /* room x width */
    float *scores; /* room x LANES */
    float *rows;   /* MANY_ROWS x width */
};

ALFA__INLINE int round_up(int n, int to)
{
    return (n + to - 1) / to * to;
}

/* Floats that a head takes, whatever LANES is. */
ALFA__INLINE size_t head_size(int keys, int head_width)
{
    const size_t room = (size_t)round_up(keys, ROWS), width = (size_t)round_up(head_width, ALFA__MOST_LANES);
    return (width + room) * ALFA__MOST_LANES + 2 * room * width + MANY_ROWS * width;
}

ALFA__INLINE struct head head_new(float *scratch, int keys, int head_width)
{
    struct head h = {
        .keys = keys, .room = round_up(keys, ROWS), .width = round_up(head_width, ALFA__MOST_LANES)};
    const size_t numbers = (size_t)h.room * (size_t)h.width;
    h.q = scratch;
    h.k = h.q + (size_t)h.width * LANES;
    h.v = h.k + numbers;
    h.scores = h.v + numbers;
    h.rows = h.scores + (size_t)h.room * LANES;
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

/* Fetches the next head's numbers into the first cache: rows lie too far apart for the processor to foresee
 * it. */
ALFA__INLINE void prefetch(const struct alfa__attention *a, const void *from, size_t at)
{
    const size_t each = alfa__type_size(a->type), size = (size_t)a->head_width * each;
    for (size_t byte = 0; byte < size; byte += CACHE_LINE)
        __builtin_prefetch((const char *)from + at * each + size + byte, 0, 3);
}

/* Row of q, k and v at a position. */
ALFA__INLINE size_t row_of(const struct alfa__attention *a, int position)
{
    return (size_t)(a->index ? a->index[position] : position);
}

/* Keys and values of one head of a sequence. */
ALFA__INLINE void read_keys(struct head *h, const struct alfa__attention *a, int start, int head)
{
    for (int j = 0; j < h->keys; j++) {
        const size_t at = row_of(a, start + j) * (size_t)a->kv_stride + (size_t)(head * a->head_width);
        prefetch(a, a->k, at);
        prefetch(a, a->v, at);
        read_row(h->k + j * h->width, a, a->k, at, h->width);
        read_row(h->v + j * h->width, a, a->v, at, h->width);
    }
}

/* The query of a row to row number i of four. */
ALFA__INLINE void read_query(struct head *h, const struct alfa__attention *a, size_t row, int head, int i)
{
    const size_t at = row * (size_t)a->q_stride + (size_t)(head * a->head_width);
    prefetch(a, a->q, at);
    read_row(h->rows + i * h->width, a, a->q, at, h->width);
}

/* The four queries to lanes from the given one on. */
ALFA__INLINE void turn_queries(struct head *h, int lane)
{
    for (int d = 0; d < h->width; d += 4) {
        const float *from = h->rows + d;
        const quad a = *(const quad *)from, b = *(const quad *)(from + h->width);
        const quad c = *(const quad *)(from + 2 * h->width), e = *(const quad *)(from + 3 * h->width);
        const quad ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
        const quad ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
        const quad ce_low = __builtin_shufflevector(c, e, 0, 4, 1, 5);
        const quad ce_high = __builtin_shufflevector(c, e, 2, 6, 3, 7);
        float *to = h->q + d * LANES + lane;
        *(quad *)to = __builtin_shufflevector(ab_low, ce_low, 0, 1, 4, 5);
        *(quad *)(to + LANES) = __builtin_shufflevector(ab_low, ce_low, 2, 3, 6, 7);
        *(quad *)(to + 2 * LANES) = __builtin_shufflevector(ab_high, ce_high, 0, 1, 4, 5);
        *(quad *)(to + 3 * LANES) = __builtin_shufflevector(ab_high, ce_high, 2, 3, 6, 7);
    }
}

/* A matrix: numbers from row to row, and from one to the next in a row. */
struct strided {
    const float *at;
    int row, step;
};

/* rows (MANY_ROWS at most) rows of out = a b: rows x columns from rows x terms and terms x columns. b's and
 * out's numbers follow each other. */
ALFA__INLINE void multiply(float *out, int out_row, int rows, struct strided a, struct strided b, int terms,
                           int columns)
{
    for (int j = 0; j < columns; j += LANES) {
        lanes sum[MANY_ROWS] = {0};
        for (int t = 0; t < terms; t++) {
            const lanes row = *(const lanes *)(b.at + t * b.row + j);
            for (int i = 0; i < rows; i++)
                sum[i] += a.at[i * a.row + t * a.step] * row;
        }
        for (int i = 0; i < rows; i++)
            *(lanes *)(out + i * out_row + j) = sum[i];
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

/* scores = softmax over keys of scale * scores, in every lane. Key j is seen by the lanes from j - ahead on.
 */
ALFA__INLINE void soften(float *scores, int keys, int ahead, float scale)
{
    const lanes lowest = {0};
    ints lane;
    for (int i = 0; i < LANES; i++)
        lane[i] = i;
    lanes top = lowest - INFINITY, total = {0};
    for (int j = 0; j < keys; j++) {
        lanes *x = (lanes *)(scores + j * LANES);
        const ints seen = lane >= j - ahead;
        *x = (lanes)(((ints)*x & seen) | ((ints)(lowest - INFINITY) & ~seen));
        take_larger(&top, x);
    }
    for (int j = 0; j < keys; j++) {
        lanes *x = (lanes *)(scores + j * LANES);
        *x = (*x - top) * scale;
        exponential(x);
        *x = (lanes)((ints)*x & (lane >= j - ahead));
        total += *x;
    }
    const lanes factor = 1.0f / total;
    for (int j = 0; j < keys; j++)
        *(lanes *)(scores + j * LANES) *= factor;
}

/* What queries from lane i on get of the values, step of them. */
ALFA__INLINE void mix_values(struct head *h, int i, int step)
{
    const struct strided scores = {h->scores + i, 1, LANES}, values = {h->v, h->width, 1};
    if (step == ROWS)
        multiply(h->rows, h->width, ROWS, scores, values, h->keys, h->width);
    else
        multiply(h->rows, h->width, MANY_ROWS, scores, values, h->keys, h->width);
}

/* All queries of one head of sequence s. */
ALFA__INLINE void attend_head(const struct alfa__attention *a, int s, int head, float *scratch)
{
    struct head h = head_new(scratch, a->starts[s + 1] - a->starts[s], a->head_width);
    const int start = a->starts[s], *fresh = a->fresh ? a->fresh : a->starts;
    const int queries = a->one_query ? 1 : fresh[s + 1] - fresh[s], known = h.keys - queries;
    const size_t column = (size_t)(head * a->head_width), out_width = (size_t)(a->heads * a->head_width);
    const float scale = 1.0f / sqrtf((float)a->head_width);
    read_keys(&h, a, start, head);
    for (int first = 0; first < queries; first += LANES) {
        const int count = queries - first < LANES ? queries - first : LANES;
        const size_t row = (size_t)(a->one_query ? s : fresh[s] + first);
        for (int i = 0; i < count; i += 4) {
            for (int r = 0; r < 4 && i + r < count; r++)
                read_query(&h, a, a->one_query ? row : row_of(a, start + known + first + i + r), head, r);
            turn_queries(&h, i);
        }
        for (int j = 0; j < h.keys; j += ROWS)
            multiply(h.scores + j * LANES, LANES, ROWS, (struct strided){h.k + j * h.width, h.width, 1},
                     (struct strided){h.q, LANES, 1}, h.width, LANES);
        soften(h.scores, h.keys, a->causal ? known + first : h.keys, scale);
        const int step = count < LANES ? ROWS : MANY_ROWS;
        for (int i = 0; i < count; i += step) {
            mix_values(&h, i, step);
            for (int r = 0; r < step && i + r < count; r++)
                write_row(a, (row + (size_t)(i + r)) * out_width + column, h.rows + r * h.width);
        }
    }
}

#endif
