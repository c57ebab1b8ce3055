/* What a patch is among the others of its image, against the definition computed in double by sorting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clip/context.h"

#include <math.h>
#include <stdlib.h>

#define GRID 6
#define PATCHES (GRID * GRID)
#define FEATURES 7

static const struct alfa__context context = {
    .group_count = 2, .groups = {3, 4}, .nearest_count = 2, .nearest = {4, 1}};

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* log2(0.05 + mean of the k smallest distances of the features [first, first + count)). */
static double rarity(const float *x, int p, int first, int count, int k)
{
    double distances[PATCHES], sum = 0;
    int n = 0;
    for (int q = 0; q < PATCHES; q++) {
        if (abs(p / GRID - q / GRID) <= 1 && abs(p % GRID - q % GRID) <= 1)
            continue;
        double square = 0;
        for (int i = first; i < first + count; i++)
            square += pow((double)x[p * FEATURES + i] - (double)x[q * FEATURES + i], 2);
        distances[n++] = sqrt(square / count);
    }
    qsort(distances, (size_t)n, sizeof *distances, ascending);
    for (int i = 0; i < k; i++)
        sum += distances[i];
    return log2(sum / k + 0.05);
}

static void append(const float *x, float *out)
{
    struct alfa__arena arena = {0};
    assert_int_equal(ALFA_OK, alfa__context_append(&context, GRID, x, out, &arena, NULL));
    alfa__arena_free(&arena);
}

static void test_definition(void **state)
{
    (void)state;
    const int width = alfa__context_features(&context), firsts[] = {0, 3, 0}, counts[] = {3, 4, 7};
    float x[PATCHES * FEATURES], *out = calloc((size_t)(PATCHES * width), sizeof *out);
    assert_int_equal(2 * FEATURES + 2 * 3 * 2, width);
    srand(3);
    for (int i = 0; i < PATCHES * FEATURES; i++)
        x[i] = (float)rand() / (float)RAND_MAX * 4 - 2;
    append(x, out);
    for (int p = 0; p < PATCHES; p++)
        for (int i = 0; i < FEATURES; i++) {
            double mean = 0;
            for (int q = 0; q < PATCHES; q++)
                mean += (double)x[q * FEATURES + i] / PATCHES;
            assert_true(out[p * width + i] == x[p * FEATURES + i]);
            assert_true(fabs((double)out[p * width + FEATURES + i] - mean) < 1e-5);
        }
    for (int r = 0; r < 3 * 2; r++) {
        double own[PATCHES], sorted[PATCHES];
        for (int p = 0; p < PATCHES; p++)
            own[p] = sorted[p] = rarity(x, p, firsts[r / 2], counts[r / 2], context.nearest[r % 2]);
        qsort(sorted, PATCHES, sizeof *sorted, ascending);
        for (int p = 0; p < PATCHES; p++) {
            const float *pair = out + p * width + 2 * FEATURES + 2 * r;
            assert_true(fabs((double)pair[0] - own[p]) < 1e-5);
            assert_true(fabs((double)pair[1] - (own[p] - sorted[(PATCHES - 1) / 2])) < 1e-5);
        }
    }
    free(out);
}

/* Every patch but one occurs again three rows or columns on: only that one is rare. */
static void test_repeated_is_not_rare(void **state)
{
    (void)state;
    const int width = alfa__context_features(&context), odd = 14;
    float x[PATCHES * FEATURES], *out = calloc((size_t)(PATCHES * width), sizeof *out);
    for (int p = 0; p < PATCHES; p++)
        for (int i = 0; i < FEATURES; i++)
            x[p * FEATURES + i] = p == odd ? 30 : (float)((p / GRID % 3) * 3 + p % GRID % 3 + i);
    append(x, out);
    for (int p = 0; p < PATCHES; p++) {
        const float nearest = out[p * width + 2 * FEATURES + 2]; /* of the first group, k = 1 */
        if (p == odd)
            assert_true(nearest > 3);
        else
            assert_true(fabs((double)nearest - log2(0.05)) < 1e-5);
    }
    free(out);
}

static void test_no_context(void **state)
{
    (void)state;
    const struct alfa__context none = {.group_count = 2, .groups = {3, 4}};
    assert_int_equal(FEATURES, alfa__context_features(&none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_definition),
                                       cmocka_unit_test(test_repeated_is_not_rare),
                                       cmocka_unit_test(test_no_context)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
