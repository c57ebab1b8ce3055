#include "nn/quantised.h"
#include "nn/layers.h"
#include "nn/packed.h"
#include "nn/rows.h"
#include "nn/scalar.h"

#include "base/parallel.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 256          /* rows at most that go through all steps together: their sums stay in the cache */
#define OUTLIER_RATIO 4.0f /* an outlier is this much larger than the median input ... */
#define OUTLIER_SHARE 32   /* ... and among the largest inputs / 32 */

struct alfa__quantised {
    int outputs, inputs, levels, outliers;
    enum alfa__type type;         /* of x */
    int *which;                   /* outliers, in order */
    float *step, *bias;           /* outputs each */
    int32_t *sums;                /* outputs: sum of the bytes of a row of weights */
    struct alfa__packed *product; /* u8 x s8 */
    struct alfa__packed *side;    /* outliers -> outputs in the type of x; NULL without outliers */
};

/* ------------------------------------------------------------------ along one row */

ALFA__VECTORISED
static void widen_row(const uint16_t *x, int count, float *out)
{
#pragma omp simd
    for (int i = 0; i < count; i++)
        out[i] = alfa__from_bf16(x[i]);
}

ALFA__VECTORISED
static void largest_row(const float *x, int count, float *largest)
{
#pragma omp simd
    for (int i = 0; i < count; i++) {
        float size = x[i] < 0 ? -x[i] : x[i];
        largest[i] = size > largest[i] ? size : largest[i];
    }
}

ALFA__VECTORISED
struct alfa__byte_scale alfa__quantise_row(const float *x, int count, int levels, uint8_t *q)
{
    float low = 0, high = 0;
#pragma omp simd reduction(min : low) reduction(max : high)
    for (int i = 0; i < count; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    const float scale = high - low > 1e-30f ? (high - low) / (float)levels : 1.0f, inverse = 1.0f / scale;
    const float zero = floorf(-low * inverse + 0.5f), top = (float)levels;
#pragma omp simd
    for (int i = 0; i < count; i++) {
        float place = x[i] * inverse + zero + 0.5f;
        place = place > 0.0f ? place : 0.0f;
        q[i] = (uint8_t)(int32_t)(place < top ? place : top);
    }
    return (struct alfa__byte_scale){scale, (int32_t)zero};
}

/* Output o of a row: scale step (sum of products - zero sum of weights) + bias. */
ALFA__INLINE float scaled(const int32_t *products, int o, struct alfa__byte_scale row, const int32_t *sums,
                          const float *step, const float *bias)
{
    return (float)(products[o] - row.zero * sums[o]) * (row.scale * step[o]) + bias[o];
}

ALFA__VECTORISED
static void scale_row(const int32_t *products, struct alfa__byte_scale row, const struct alfa__quantised *own,
                      float *y)
{
    const int32_t *sums = own->sums;
    const float *step = own->step, *bias = own->bias;
#pragma omp simd
    for (int o = 0; o < own->outputs; o++)
        y[o] = scaled(products, o, row, sums, step, bias);
}

ALFA__VECTORISED
static void add_scaled_row(const int32_t *products, struct alfa__byte_scale row,
                           const struct alfa__quantised *own, float *y)
{
    const int32_t *sums = own->sums;
    const float *step = own->step, *bias = own->bias;
#pragma omp simd
    for (int o = 0; o < own->outputs; o++)
        y[o] += scaled(products, o, row, sums, step, bias);
}

/* The same through an activation. A loop of its own: it waits for memory while it computes. */
ALFA__VECTORISED
static void gelu_scaled_row(const int32_t *products, struct alfa__byte_scale row,
                            const struct alfa__quantised *own, float *y)
{
    const int32_t *sums = own->sums;
    const float *step = own->step, *bias = own->bias;
#pragma omp simd
    for (int o = 0; o < own->outputs; o++)
        y[o] = alfa__gelu(scaled(products, o, row, sums, step, bias));
}

ALFA__VECTORISED
static void quick_gelu_scaled_row(const int32_t *products, struct alfa__byte_scale row,
                                  const struct alfa__quantised *own, float *y)
{
    const int32_t *sums = own->sums;
    const float *step = own->step, *bias = own->bias;
#pragma omp simd
    for (int o = 0; o < own->outputs; o++)
        y[o] = alfa__quick_gelu(scaled(products, o, row, sums, step, bias));
}

/* ------------------------------------------------------------------ making */

static int descending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

/* Fills which with the outliers, in order. */
static enum alfa_status find_outliers(struct alfa__quantised *own, const float *largest,
                                      struct alfa_error *err)
{
    const size_t inputs = (size_t)own->inputs;
    float *sorted = malloc((inputs + 1) * sizeof *sorted);
    own->which = malloc((inputs / OUTLIER_SHARE + 1) * sizeof *own->which);
    if (!sorted || !own->which) {
        free(sorted);
        return alfa__fail_memory(err, inputs * sizeof *sorted);
    }
    memcpy(sorted, largest, inputs * sizeof *sorted);
    qsort(sorted, inputs, sizeof *sorted, descending);
    const float ratio = OUTLIER_RATIO * sorted[inputs / 2], share = sorted[inputs / OUTLIER_SHARE];
    for (int i = 0; i < own->inputs; i++)
        if (largest[i] > ratio && largest[i] > share)
            own->which[own->outliers++] = i;
    free(sorted);
    return ALFA_OK;
}

/* The columns of the outliers as a layer of their own; zeroed in weight. */
static enum alfa_status split_outliers(struct alfa__quantised *own, float *weight, struct alfa_error *err)
{
    const size_t count = (size_t)own->outliers;
    float *columns = malloc((size_t)own->outputs * count * sizeof *columns);
    if (!columns)
        return alfa__fail_memory(err, (size_t)own->outputs * count * sizeof *columns);
    for (size_t o = 0; o < (size_t)own->outputs; o++)
        for (size_t i = 0; i < count; i++) {
            float *from = weight + o * (size_t)own->inputs + own->which[i];
            columns[o * count + i] = *from;
            *from = 0;
        }
    const struct alfa__affine side = {columns, NULL, own->outputs, own->outliers, own->type};
    enum alfa_status status = alfa__packed_new(&own->side, &side, err);
    free(columns);
    return status;
}

/* Weights as whole numbers -127 .. 127 in place, with their step and sum. */
static void quantise_weights(struct alfa__quantised *own, float *weight)
{
#pragma omp parallel for schedule(static)
    for (int o = 0; o < own->outputs; o++) {
        float *row = weight + (size_t)o * (size_t)own->inputs, top = 0;
        int32_t sum = 0;
        for (int i = 0; i < own->inputs; i++)
            top = fabsf(row[i]) > top ? fabsf(row[i]) : top;
        own->step[o] = top > 1e-30f ? top / 127.0f : 1.0f;
        for (int i = 0; i < own->inputs; i++) {
            row[i] = rintf(row[i] / own->step[o]);
            sum += (int32_t)row[i];
        }
        own->sums[o] = sum;
    }
}

static enum alfa_status make(struct alfa__quantised *own, float *weight, const float *bias,
                             const float *largest, struct alfa_error *err)
{
    const size_t outputs = (size_t)own->outputs;
    own->step = malloc(outputs * sizeof *own->step);
    own->sums = malloc(outputs * sizeof *own->sums);
    own->bias = calloc(outputs, sizeof *own->bias);
    if (!own->step || !own->sums || !own->bias)
        return alfa__fail_memory(err, outputs * sizeof *own->step);
    if (bias)
        memcpy(own->bias, bias, outputs * sizeof *bias);
    if (largest)
        ALFA__TRY(find_outliers(own, largest, err));
    if (own->outliers)
        ALFA__TRY(split_outliers(own, weight, err));
    quantise_weights(own, weight);
    const struct alfa__affine product = {weight, NULL, own->outputs, own->inputs, ALFA__U8};
    return alfa__packed_new(&own->product, &product, err);
}

enum alfa_status alfa__quantised_new(struct alfa__quantised **out, const struct alfa__affine *affine,
                                     const float *largest, struct alfa_error *err)
{
    const size_t size = (size_t)affine->outputs * (size_t)affine->inputs * sizeof *affine->weight;
    struct alfa__quantised *own = calloc(1, sizeof *own);
    float *copy = malloc(size);
    enum alfa_status status = own && copy ? ALFA_OK : alfa__fail_memory(err, size);
    *out = NULL;
    if (status == ALFA_OK) {
        memcpy(copy, affine->weight, size);
        own->outputs = affine->outputs;
        own->inputs = affine->inputs;
        own->type = affine->type;
        own->levels = alfa__byte_levels();
        status = make(own, copy, affine->bias, largest, err);
    }
    free(copy);
    if (status == ALFA_OK)
        *out = own;
    else
        alfa__quantised_free(own);
    return status;
}

void alfa__quantised_free(struct alfa__quantised *own)
{
    if (!own)
        return;
    alfa__packed_free(own->product);
    alfa__packed_free(own->side);
    free(own->which);
    free(own->step);
    free(own->bias);
    free(own->sums);
    free(own);
}

int alfa__quantised_outliers(const struct alfa__quantised *own, const int **which)
{
    *which = own->which;
    return own->outliers;
}

/* ------------------------------------------------------------------ running */

/* A chunk of rows on its way through one layer; lies in the arena. */
struct work {
    uint8_t *bytes;                  /* rows x inputs */
    struct alfa__byte_scale *scales; /* rows */
    void *chosen;                    /* rows x outliers, of the type of x */
    int32_t *products;               /* rows x outputs */
    float *side;                     /* rows x outputs; NULL without outliers */
};

static enum alfa_status work_new(struct work *out, const struct alfa__quantised *own, int rows,
                                 struct alfa__arena *arena, struct alfa_error *err)
{
    const size_t n = (size_t)rows, outputs = (size_t)own->outputs;
    *out = (struct work){.bytes = alfa__arena_array(arena, n * (size_t)own->inputs, 1),
                         .scales = alfa__arena_array(arena, n, sizeof *out->scales),
                         .products = alfa__arena_array(arena, n * outputs, sizeof *out->products)};
    bool good = out->bytes && out->scales && out->products;
    if (own->outliers) {
        out->chosen = alfa__arena_array(arena, n * (size_t)own->outliers, alfa__type_size(own->type));
        out->side = alfa__arena_array(arena, n * outputs, sizeof *out->side);
        good = good && out->chosen && out->side;
    }
    return good ? ALFA_OK : alfa__fail_memory(err, n * outputs * sizeof *out->products);
}

/* A row of floats for each thread. */
struct lines {
    float *all;
    size_t width;
};

static enum alfa_status lines_new(struct lines *out, int width, struct alfa__arena *arena,
                                  struct alfa_error *err)
{
    const size_t count = (size_t)omp_get_max_threads() * (size_t)width;
    *out = (struct lines){alfa__arena_array(arena, count, sizeof *out->all), (size_t)width};
    return out->all ? ALFA_OK : alfa__fail_memory(err, count * sizeof *out->all);
}

static float *own_line(const struct lines *lines)
{
    return lines->all + (size_t)omp_get_thread_num() * lines->width;
}

/* Copies the outliers of one row aside and zeroes them in line, which holds the row as f32. */
static void take_outliers(const struct alfa__quantised *own, int r, float *line, void *chosen)
{
    for (int i = 0; i < own->outliers; i++) {
        float *from = line + own->which[i];
        alfa__convert(from, 1,
                      (unsigned char *)chosen +
                          ((size_t)r * (size_t)own->outliers + (size_t)i) * alfa__type_size(own->type),
                      own->type);
        *from = 0;
    }
}

/* Row r of the layer's input, whose outliers are zeroed in line. */
static void put_row(const struct alfa__quantised *own, struct work *work, int r, float *line)
{
    take_outliers(own, r, line, work->chosen);
    work->scales[r] =
        alfa__quantise_row(line, own->inputs, own->levels, work->bytes + (size_t)r * (size_t)own->inputs);
}

/* Row r of the layer's output into y, or added to it. */
static void get_row(const struct alfa__quantised *own, const struct work *work, int r, bool add, float *y)
{
    const size_t at = (size_t)r * (size_t)own->outputs;
    (add ? add_scaled_row : scale_row)(work->products + at, work->scales[r], own, y);
    if (work->side)
        alfa__add_row(y, work->side + at, own->outputs);
}

/* Row r of activation(output) into y. */
static void get_active_row(const struct alfa__quantised *own, const struct work *work, int r,
                           enum alfa__activation activation, float *y)
{
    const int32_t *products = work->products + (size_t)r * (size_t)own->outputs;
    if (!work->side && activation == ALFA__GELU) {
        gelu_scaled_row(products, work->scales[r], own, y);
    } else if (!work->side && activation == ALFA__QUICK_GELU) {
        quick_gelu_scaled_row(products, work->scales[r], own, y);
    } else {
        get_row(own, work, r, false, y);
        alfa__activate_row(y, own->outputs, ALFA__F32, activation);
    }
}

static void put_rows(const struct alfa__quantised *own, const void *x, int rows, struct work *work,
                     const struct lines *lines)
{
    const size_t inputs = (size_t)own->inputs;
#pragma omp parallel for schedule(static)
    for (int r = 0; r < rows; r++) {
        float *line = own_line(lines);
        if (own->type == ALFA__F32)
            memcpy(line, (const float *)x + (size_t)r * inputs, inputs * sizeof *line);
        else
            widen_row((const uint16_t *)x + (size_t)r * inputs, own->inputs, line);
        put_row(own, work, r, line);
    }
}

static enum alfa_status multiply(const struct alfa__quantised *own, struct work *work, int rows, int limit,
                                 struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__linear_call product = {
        .x = work->bytes, .y = work->products, .rows = rows, .part = limit, .y_type = ALFA__S32};
    ALFA__TRY(alfa__packed_run(own->product, &product, arena, err));
    if (!own->side)
        return ALFA_OK;
    const struct alfa__linear_call side = {.x = work->chosen, .y = work->side, .rows = rows, .part = limit};
    return alfa__packed_run(own->side, &side, arena, err);
}

static void get_rows(const struct alfa__quantised *own, const struct alfa__linear_call *call,
                     const struct work *work, const struct lines *lines)
{
    const size_t outputs = (size_t)own->outputs;
#pragma omp parallel for schedule(static)
    for (int r = 0; r < call->rows; r++) {
        void *y = (unsigned char *)call->y + (size_t)r * outputs * alfa__type_size(call->y_type);
        float *line = call->y_type == ALFA__F32 ? y : own_line(lines);
        get_row(own, work, r, call->add, line);
        alfa__activate_row(line, own->outputs, ALFA__F32, call->activation);
        if (line != y)
            alfa__convert(line, outputs, y, call->y_type);
    }
}

/* One chunk of rows through the layer, and through next when that is given, without leaving bytes between:
 * call says what comes of the last, activation what stands between the two. */
static enum alfa_status run_chunk(const struct alfa__quantised *own, const struct alfa__quantised *next,
                                  enum alfa__activation between, const struct alfa__linear_call *call,
                                  struct alfa__arena *arena, struct alfa_error *err)
{
    struct work work, second;
    struct lines lines;
    int width = own->inputs > own->outputs ? own->inputs : own->outputs;
    if (next && next->outputs > width)
        width = next->outputs;
    ALFA__TRY(lines_new(&lines, width, arena, err));
    ALFA__TRY(work_new(&work, own, call->rows, arena, err));
    put_rows(own, call->x, call->rows, &work, &lines);
    ALFA__TRY(multiply(own, &work, call->rows, call->part, arena, err));
    if (next) {
        ALFA__TRY(work_new(&second, next, call->rows, arena, err));
#pragma omp parallel for schedule(static)
        for (int r = 0; r < call->rows; r++) {
            float *line = own_line(&lines);
            get_active_row(own, &work, r, between, line);
            put_row(next, &second, r, line);
        }
        ALFA__TRY(multiply(next, &second, call->rows, call->part, arena, err));
    }
    get_rows(next ? next : own, call, next ? &second : &work, &lines);
    return ALFA_OK;
}

static enum alfa_status run_chunks(const struct alfa__quantised *own, const struct alfa__quantised *next,
                                   enum alfa__activation between, const struct alfa__linear_call *call,
                                   struct alfa__arena *arena, struct alfa_error *err)
{
    const size_t x_row = (size_t)own->inputs * alfa__type_size(own->type);
    const size_t y_row = (size_t)(next ? next : own)->outputs * alfa__type_size(call->y_type);
    const int chunks = call->rows ? alfa__part_count(call->rows, CHUNK) : 0;
    enum alfa_status status = ALFA_OK;
    for (int i = 0; i < chunks && status == ALFA_OK; i++) {
        const struct alfa__mark mark = alfa__arena_mark(arena);
        const size_t first = (size_t)alfa__part_begin(call->rows, chunks, i);
        struct alfa__linear_call part = *call;
        part.x = (const unsigned char *)call->x + first * x_row;
        part.y = (unsigned char *)call->y + first * y_row;
        part.rows = alfa__part_rows(call->rows, chunks, i);
        status = run_chunk(own, next, between, &part, arena, err);
        alfa__arena_reset(arena, mark);
    }
    return status;
}

enum alfa_status alfa__quantised_run(const struct alfa__quantised *own, const struct alfa__linear_call *call,
                                     struct alfa__arena *arena, struct alfa_error *err)
{
    return run_chunks(own, NULL, ALFA__IDENTITY, call, arena, err);
}

enum alfa_status alfa__quantised_run_two(const struct alfa__quantised *first,
                                         enum alfa__activation activation,
                                         const struct alfa__quantised *second,
                                         const struct alfa__linear_call *call, struct alfa__arena *arena,
                                         struct alfa_error *err)
{
    return run_chunks(first, second, activation, call, arena, err);
}

void alfa__largest_inputs(const void *x, enum alfa__type type, int rows, int inputs, float *largest)
{
    float line[ALFA__MAX_WIDTH];
    for (int first = 0; first < inputs; first += ALFA__MAX_WIDTH) {
        const int count = inputs - first < ALFA__MAX_WIDTH ? inputs - first : ALFA__MAX_WIDTH;
        for (int r = 0; r < rows; r++) {
            const size_t at = (size_t)r * (size_t)inputs + (size_t)first;
            const float *row = type == ALFA__F32 ? (const float *)x + at : line;
            if (type == ALFA__BF16)
                widen_row((const uint16_t *)x + at, count, line);
            largest_row(row, count, largest + first);
        }
    }
}
