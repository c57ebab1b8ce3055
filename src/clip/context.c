#include "clip/context.h"

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

static float square_distance(const float *a, const float *b, int count)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < count; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
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

/* r_gk of patch p for all g and k. */
static void rarity_row(const struct alfa__context *context, int grid, const float *x, int p, float *out)
{
    const int features = features_of(context), groups = context->group_count;
    struct smallest smallest[ALFA__MAX_FEATURES + 1];
    int most = 0, sizes[ALFA__MAX_FEATURES + 1];
    for (int j = 0; j < context->nearest_count; j++)
        most = context->nearest[j] > most ? context->nearest[j] : most;
    for (int g = 0; g <= groups; g++) {
        sizes[g] = g < groups ? context->groups[g] : features;
        for (int i = 0; i < most; i++)
            smallest[g].values[i] = INFINITY;
    }
    for (int q = 0; q < grid * grid; q++) {
        if (abs(p / grid - q / grid) <= 1 && abs(p % grid - q % grid) <= 1)
            continue;
        const float *a = x + (size_t)p * (size_t)features, *b = x + (size_t)q * (size_t)features;
        float all = 0;
        for (int g = 0; g < groups; a += sizes[g], b += sizes[g], g++) {
            float square = square_distance(a, b, sizes[g]);
            all += square;
            offer(&smallest[g], most, square);
        }
        offer(&smallest[groups], most, all);
    }
    for (int g = 0; g <= groups; g++)
        for (int j = 0; j < context->nearest_count; j++) {
            float sum = 0;
            for (int i = 0; i < context->nearest[j]; i++)
                sum += sqrtf(smallest[g].values[i] / (float)sizes[g]);
            *out++ = log2f(sum / (float)context->nearest[j] + FLOOR);
        }
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
    float *scratch = alfa__arena_array(arena, (size_t)patches, sizeof *scratch);
    if (!mean || !rarity || !scratch)
        return alfa__fail_memory(err, (size_t)patches * (size_t)rarities * sizeof *rarity);
    mean_row(x, patches, (int)features, mean);
#pragma omp parallel for
    for (int p = 0; p < patches; p++) {
        float *row = out + (size_t)p * width;
        memcpy(row, x + (size_t)p * features, features * sizeof *row);
        memcpy(row + features, mean, features * sizeof *row);
        rarity_row(context, grid, x, p, rarity + (size_t)p * (size_t)rarities);
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
