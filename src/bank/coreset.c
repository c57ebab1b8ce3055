/* For unit vectors the farthest row is the one with the smallest cosine, so only the largest cosine of each
 * row to a picked one is kept and updated: one matrix-vector product a step. */
#include "bank/coreset.h"
#include "nn/layers.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define LANES 16
#define COPY_COSINE (1 - 2 * (float)ALFA__MEMORY_ROUNDING)

/* LANES sums side by side in a fixed order: wide registers change the speed and not the result. */
ALFA__VECTORISED
static float dot(const float *a, const float *b, int dim)
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

/* nearest[i] = max(nearest[i], <row i, centre>). */
static void update(float *nearest, const float *rows, int count, int dim, const float *centre)
{
#pragma omp parallel for schedule(static)
    for (int i = 0; i < count; i++)
        nearest[i] = fmaxf(nearest[i], dot(rows + (size_t)i * (size_t)dim, centre, dim));
}

static int lowest(const float *numbers, int count)
{
    int at = 0;
    for (int i = 1; i < count; i++)
        if (numbers[i] < numbers[at])
            at = i;
    return at;
}

static void forget(float *nearest, int count)
{
    for (int i = 0; i < count; i++)
        nearest[i] = -INFINITY;
}

static enum alfa_status mean_of(float **out, const float *rows, int count, int dim, struct alfa__arena *arena,
                                struct alfa_error *err)
{
    float *mean = alfa__arena_array(arena, (size_t)dim, sizeof *mean);
    double *sums = alfa__arena_array(arena, (size_t)dim, sizeof *sums);
    if (!mean || !sums)
        return alfa__fail_memory(err, (size_t)dim * (sizeof *mean + sizeof *sums));
    memset(sums, 0, (size_t)dim * sizeof *sums);
    for (int i = 0; i < count; i++)
        for (int j = 0; j < dim; j++)
            sums[j] += (double)rows[(size_t)i * (size_t)dim + (size_t)j];
    for (int j = 0; j < dim; j++)
        mean[j] = (float)(sums[j] / count);
    *out = mean;
    return ALFA_OK;
}

static enum alfa_status pick(int *out, int *picked, const float *rows, int count, int dim, int budget,
                             struct alfa__arena *arena, struct alfa_error *err)
{
    float *mean = NULL, *nearest = alfa__arena_array(arena, (size_t)count, sizeof *nearest);
    if (!nearest)
        return alfa__fail_memory(err, (size_t)count * sizeof *nearest);
    ALFA__TRY(mean_of(&mean, rows, count, dim, arena, err));
    forget(nearest, count);
    update(nearest, rows, count, dim, mean);
    out[0] = lowest(nearest, count);
    forget(nearest, count);
    for (*picked = 1; *picked < budget; ++*picked) {
        update(nearest, rows, count, dim, rows + (size_t)out[*picked - 1] * (size_t)dim);
        int farthest = lowest(nearest, count);
        if (nearest[farthest] > COPY_COSINE)
            break;
        out[*picked] = farthest;
    }
    return ALFA_OK;
}

enum alfa_status alfa__coreset_pick(int *out, int *picked, const float *rows, int count, int dim, int budget,
                                    struct alfa__arena *arena, struct alfa_error *err)
{
    *picked = 0;
    if (budget < 1)
        return alfa__fail(err, ALFA_ERROR_USAGE, "budget", "%d rows are too few: at least 1", budget);
    if (budget >= count) {
        for (; *picked < count; ++*picked)
            out[*picked] = *picked;
        return ALFA_OK;
    }
    struct alfa__mark mark = alfa__arena_mark(arena);
    enum alfa_status status = pick(out, picked, rows, count, dim, budget, arena, err);
    alfa__arena_reset(arena, mark);
    return status;
}

enum alfa_status alfa__coreset_reduce(struct alfa__memory *memory, int budget, struct alfa__arena *arena,
                                      struct alfa_error *err)
{
    struct alfa__mark mark = alfa__arena_mark(arena);
    int picked, *kept = alfa__arena_array(arena, (size_t)memory->rows, sizeof *kept);
    if (!kept)
        return alfa__fail_memory(err, (size_t)memory->rows * sizeof *kept);
    enum alfa_status status =
        alfa__coreset_pick(kept, &picked, memory->vectors, memory->rows, memory->dim, budget, arena, err);
    if (status == ALFA_OK && picked < memory->rows)
        status = alfa__memory_keep(memory, kept, picked, err);
    alfa__arena_reset(arena, mark);
    return status;
}
