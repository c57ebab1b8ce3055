/* For unit vectors the farthest row is the one with the smallest cosine, so only the largest cosine of each
 * row to a picked one is kept and updated: one matrix-vector product a step, or one row of the matrix of all
 * cosines. */
#include "bank/coreset.h"
#include "nn/layers.h"
#include "nn/product.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LANES 16
#define BLOCK 64 /* rows that a thread takes at a time */
#define COPY_COSINE (1 - 2 * (float)ALFA__MEMORY_ROUNDING)

/* LANES sums side by side in a fixed order: wide registers change the speed and not the result. */
ALFA__UNWATCHED
static inline float dot(const float *a, const float *b, int dim)
{
    float sums[LANES] = {0};
    int i = 0;
    for (; i + LANES <= dim; i += LANES)
        for (int j = 0; j < LANES; j++)
            sums[j] += a[i + j] * b[i + j];
    for (int j = 0; i < dim; i++, j++)
        sums[j] += a[i] * b[i];
    for (int width = LANES / 2; width; width /= 2)
        for (int j = 0; j < width; j++)
            sums[j] += sums[j + width];
    return sums[0];
}

static int index_of(const struct alfa__choice *c, int i)
{
    return c->indices ? c->indices[i] : i;
}

static const float *row_of(const struct alfa__choice *c, int i)
{
    return c->coreset->rows + (size_t)index_of(c, i) * (size_t)c->coreset->dim;
}

static inline float larger(float a, float b)
{
    return a > b ? a : b;
}

/* nearest[i] = max(nearest[i], <row i, centre>) for the rows from first to before end, which mean_of() has
 * read. */
ALFA__VECTORISED ALFA__UNWATCHED static void update_some(float *nearest, const struct alfa__choice *c,
                                                         const float *centre, int first, int end)
{
    for (int i = first; i < end; i++)
        nearest[i] = larger(nearest[i], dot(row_of(c, i), centre, c->coreset->dim));
}

static void update(float *nearest, const struct alfa__choice *c, const float *centre)
{
#pragma omp parallel for schedule(static)
    for (int first = 0; first < c->count; first += BLOCK)
        update_some(nearest, c, centre, first, first + BLOCK < c->count ? first + BLOCK : c->count);
}

/* The same for a centre that is row number picked of the choice. */
static void update_by_row(float *nearest, const struct alfa__choice *c, int picked)
{
    if (!c->coreset->cosines) {
        update(nearest, c, row_of(c, picked));
        return;
    }
    const float *cosines = c->coreset->cosines + (size_t)index_of(c, picked) * (size_t)c->coreset->count;
    for (int i = 0; i < c->count; i++)
        nearest[i] = larger(nearest[i], cosines[index_of(c, i)]);
}

/* The first of the lowest. */
ALFA__VECTORISED
static int lowest(const float *numbers, int count)
{
    float least = numbers[0];
    int at = 0;
#pragma omp simd reduction(min : least)
    for (int i = 1; i < count; i++)
        least = numbers[i] < least ? numbers[i] : least;
    while (at < count - 1 && numbers[at] != least)
        at++;
    return at;
}

static void forget(float *nearest, int count)
{
    for (int i = 0; i < count; i++)
        nearest[i] = -INFINITY;
}

static enum alfa_status mean_of(float **out, const struct alfa__choice *c, struct alfa__arena *arena,
                                struct alfa_error *err)
{
    const size_t dim = (size_t)c->coreset->dim;
    float *mean = alfa__arena_array(arena, dim, sizeof *mean);
    double *sums = alfa__arena_array(arena, dim, sizeof *sums);
    if (!mean || !sums)
        return alfa__fail_memory(err, dim * (sizeof *mean + sizeof *sums));
    memset(sums, 0, dim * sizeof *sums);
    for (int i = 0; i < c->count; i++) {
        const float *row = row_of(c, i);
        for (size_t j = 0; j < dim; j++)
            sums[j] += (double)row[j];
    }
    for (size_t j = 0; j < dim; j++)
        mean[j] = (float)(sums[j] / c->count);
    *out = mean;
    return ALFA_OK;
}

/* out: numbers within the choice. */
static enum alfa_status pick(int *out, int *picked, const struct alfa__choice *c, int budget,
                             struct alfa__arena *arena, struct alfa_error *err)
{
    const int count = c->count;
    float *mean = NULL, *nearest = alfa__arena_array(arena, (size_t)count, sizeof *nearest);
    if (!nearest)
        return alfa__fail_memory(err, (size_t)count * sizeof *nearest);
    ALFA__TRY(mean_of(&mean, c, arena, err));
    forget(nearest, count);
    update(nearest, c, mean);
    out[0] = lowest(nearest, count);
    forget(nearest, count);
    for (*picked = 1; *picked < budget; ++*picked) {
        update_by_row(nearest, c, out[*picked - 1]);
        int farthest = lowest(nearest, count);
        if (nearest[farthest] > COPY_COSINE)
            break;
        out[*picked] = farthest;
    }
    return ALFA_OK;
}

enum alfa_status alfa__coreset_pick(int *out, int *picked, const struct alfa__choice *c, int budget,
                                    struct alfa__arena *arena, struct alfa_error *err)
{
    enum alfa_status status = ALFA_OK;
    *picked = 0;
    if (budget < 1)
        return alfa__fail(err, ALFA_ERROR_USAGE, "budget", "%d rows are too few: at least 1", budget);
    if (budget >= c->count) {
        for (; *picked < c->count; ++*picked)
            out[*picked] = *picked;
    } else {
        struct alfa__mark mark = alfa__arena_mark(arena);
        status = pick(out, picked, c, budget, arena, err);
        alfa__arena_reset(arena, mark);
    }
    for (int i = 0; i < *picked; i++)
        out[i] = index_of(c, out[i]);
    return status;
}

enum alfa_status alfa__coreset_reduce(struct alfa__memory *memory, int budget, struct alfa__arena *arena,
                                      struct alfa_error *err)
{
    struct alfa__mark mark = alfa__arena_mark(arena);
    int picked, *kept = alfa__arena_array(arena, (size_t)memory->rows, sizeof *kept);
    if (!kept)
        return alfa__fail_memory(err, (size_t)memory->rows * sizeof *kept);
    const struct alfa__coreset rows = {.rows = memory->vectors, .count = memory->rows, .dim = memory->dim};
    const struct alfa__choice all = {&rows, NULL, memory->rows};
    enum alfa_status status = alfa__coreset_pick(kept, &picked, &all, budget, arena, err);
    if (status == ALFA_OK && picked < memory->rows)
        status = alfa__memory_keep(memory, kept, picked, err);
    alfa__arena_reset(arena, mark);
    return status;
}

/* ------------------------------------------------------------------ several choices */

enum alfa_status alfa__coreset_open(struct alfa__coreset *out, const float *rows, int count, int dim,
                                    struct alfa__arena *arena, struct alfa_error *err)
{
    const size_t size = (size_t)count * (size_t)count * sizeof *out->cosines;
    *out = (struct alfa__coreset){.rows = rows, .count = count, .dim = dim};
    if (count < 1 || count > ALFA__CORESET_MAX_PAIRED)
        return ALFA_OK;
    out->cosines = malloc(size);
    if (!out->cosines)
        return alfa__fail_memory(err, size);
    const struct alfa__product product = {
        .a = rows,
        .b = rows,
        .c = out->cosines,
        .a_strides = {(int64_t)count * dim, dim, 1},
        .b_strides = {(int64_t)count * dim, 1, dim},
        .c_strides = {(int64_t)count * count, count, 1},
        .batch = 1,
        .m = count,
        .n = count,
        .k = dim,
    };
    return alfa__product_run(&product, arena, err);
}

void alfa__coreset_free(struct alfa__coreset *coreset)
{
    free(coreset->cosines);
    *coreset = (struct alfa__coreset){0};
}
