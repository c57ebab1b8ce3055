#include "clip/context.h"

#include "base/parallel.h"
#include "base/vector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FLOOR 0.05f

static int features_of(const struct alfa__context *context)
{
    int features = 0;
    for (int g = 0; g < context->group_count; g++)
        features += context->groups[g];
    return features;
}

static int rarities_of(const struct alfa__context *context)
{
    return (context->group_count + 1) * context->nearest_count;
}

int alfa__context_features(const struct alfa__context *context)
{
    const int features = features_of(context);
    return context->nearest_count ? 2 * features + 2 * rarities_of(context) : features;
}

static void mean_row(const float *x, int patches, int features, float *mean)
{
    memset(mean, 0, (size_t)features * sizeof *mean);
    for (int p = 0; p < patches; p++)
        for (int i = 0; i < features; i++)
            mean[i] += x[(size_t)p * (size_t)features + (size_t)i];
    for (int i = 0; i < features; i++)
        mean[i] /= (float)patches;
}

/* x turned, so that the loop over patches is the inner one: features x patches. */
static void turn(const float *x, int patches, int features, float *out)
{
    for (int p = 0; p < patches; p++)
        for (int i = 0; i < features; i++)
            out[(size_t)i * (size_t)patches + (size_t)p] = x[(size_t)p * (size_t)features + (size_t)i];
}

/* squares[q] = |x_p - x_q|^2 over count features, for every patch q. turned: those features x patches. */
ALFA__VECTORISED
static void square_distances(const float *turned, int count, int patches, int p, float *squares)
{
    memset(squares, 0, (size_t)patches * sizeof *squares);
    for (int i = 0; i < count; i++, turned += patches) {
        const float own = turned[p];
#pragma omp simd
        for (int q = 0; q < patches; q++)
            squares[q] += (turned[q] - own) * (turned[q] - own);
    }
}

/* The k smallest values that were offered, ascending. */
struct smallest {
    float values[ALFA__MOST_NEAREST];
};

static void offer(struct smallest *smallest, int k, float value)
{
    if (value >= smallest->values[k - 1])
        return;
    int i = k - 1;
    for (; i > 0 && smallest->values[i - 1] > value; i--)
        smallest->values[i] = smallest->values[i - 1];
    smallest->values[i] = value;
}

/* Of the squares from patch p those to itself and to the patches that touch it. */
static void leave_out_touching(int grid, int p, float *squares)
{
    const int row = p / grid, column = p % grid;
    for (int r = row > 0 ? row - 1 : 0; r <= row + 1 && r < grid; r++)
        for (int c = column > 0 ? column - 1 : 0; c <= column + 1 && c < grid; c++)
            squares[r * grid + c] = INFINITY;
}

/* r_gk for all k, from the squares of the distances in a group of features. */
static void rarities(const struct alfa__context *context, const float *squares, int patches, int features,
                     float *out)
{
    struct smallest smallest;
    int most = 0;
    for (int j = 0; j < context->nearest_count; j++)
        most = context->nearest[j] > most ? context->nearest[j] : most;
    for (int i = 0; i < most; i++)
        smallest.values[i] = INFINITY;
    for (int q = 0; q < patches; q++)
        offer(&smallest, most, squares[q]);
    for (int j = 0; j < context->nearest_count; j++) {
        float sum = 0;
        for (int i = 0; i < context->nearest[j]; i++)
            sum += sqrtf(smallest.values[i] / (float)features);
        out[j] = log2f(sum / (float)context->nearest[j] + FLOOR);
    }
}

/* r_gk of patch p for all g and k. scratch: 2 x patches. */
static void rarity_row(const struct alfa__context *context, int grid, const float *turned, int p,
                       float *scratch, float *out)
{
    const int patches = grid * grid;
    float *squares = scratch, *all = scratch + patches;
    memset(all, 0, (size_t)patches * sizeof *all);
    for (int g = 0; g < context->group_count; g++) {
        const int features = context->groups[g];
        square_distances(turned, features, patches, p, squares);
        leave_out_touching(grid, p, squares);
        for (int q = 0; q < patches; q++)
            all[q] += squares[q];
        rarities(context, squares, patches, features, out);
        turned += (size_t)features * (size_t)patches;
        out += context->nearest_count;
    }
    rarities(context, all, patches, features_of(context), out);
}

static int ascending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The lower one of the two in the middle when the count is even. */
static float median(const float *values, int count, int stride, float *scratch)
{
    for (int i = 0; i < count; i++)
        scratch[i] = values[(size_t)i * (size_t)stride];
    qsort(scratch, (size_t)count, sizeof *scratch, ascending);
    return scratch[(count - 1) / 2];
}

enum alfa_status alfa__context_append(const struct alfa__context *context, int grid, const float *x,
                                      float *out, struct alfa__arena *arena, struct alfa_error *err)
{
    const int patches = grid * grid, rarities = rarities_of(context);
    const size_t features = (size_t)features_of(context), width = (size_t)alfa__context_features(context);
    struct alfa__mark mark = alfa__arena_mark(arena);
    float *mean = alfa__arena_array(arena, features, sizeof *mean);
    float *rarity = alfa__arena_array(arena, (size_t)patches * (size_t)rarities, sizeof *rarity);
    const size_t line = 2 * (size_t)patches;
    float *turned = alfa__arena_array(arena, (size_t)patches * features, sizeof *turned);
    float *scratch = alfa__arena_array(arena, (size_t)omp_get_max_threads() * line, sizeof *scratch);
    if (!mean || !rarity || !turned || !scratch)
        return alfa__fail_memory(err, (size_t)patches * features * sizeof *turned);
    mean_row(x, patches, (int)features, mean);
    turn(x, patches, (int)features, turned);
#pragma omp parallel for
    for (int p = 0; p < patches; p++) {
        float *row = out + (size_t)p * width;
        memcpy(row, x + (size_t)p * features, features * sizeof *row);
        memcpy(row + features, mean, features * sizeof *row);
        rarity_row(context, grid, turned, p, scratch + (size_t)omp_get_thread_num() * line,
                   rarity + (size_t)p * (size_t)rarities);
    }
    for (int r = 0; r < rarities; r++) {
        const float middle = median(rarity + r, patches, rarities, scratch);
        for (int p = 0; p < patches; p++) {
            float *pair = out + (size_t)p * width + 2 * features + 2 * (size_t)r;
            pair[0] = rarity[(size_t)p * (size_t)rarities + (size_t)r];
            pair[1] = pair[0] - middle;
        }
    }
    alfa__arena_reset(arena, mark);
    return ALFA_OK;
}
