#include "score/fusion.h"
#include "unit/score/support.h"

#define MAX_GRID 15

static void random_scores(double *scores, int count, uint32_t *seed)
{
    for (int i = 0; i < count; i++)
        scores[i] = (next_uniform(seed) + 1) / 2;
}

static void test_probability(void **state)
{
    static const double temperatures[] = {0.01, 0.07, 1};
    uint32_t seed = 2;
    (void)state;
    for (int i = 0; i < 300; i++) {
        double n = next_uniform(&seed), a = next_uniform(&seed), tau = temperatures[i % 3];
        assert_close(alfa__abnormal_probability(n, a, tau), exp(a / tau) / (exp(n / tau) + exp(a / tau)),
                     1e-14);
        assert_close(alfa__abnormal_probability(n, a, tau) + alfa__abnormal_probability(a, n, tau), 1, 1e-15);
    }
    assert_true(alfa__abnormal_probability(0.2, 0.2, 0.07) == 0.5);
    assert_true(alfa__abnormal_probability(1, -1, 1e-6) == 0);
    assert_true(alfa__abnormal_probability(-1, 1, 1e-6) == 1);
}

static void test_score(void **state)
{
    static const float embedding[2] = {3, 4}, zero[2] = {0, 0};
    static const double prototypes[4] = {1, 0, 0, 1};
    (void)state;
    assert_close(alfa__score(embedding, prototypes, 2, 0.5), 1 / (1 + exp((0.6 - 0.8) / 0.5)), 1e-15);
    assert_true(alfa__score(zero, prototypes, 2, 0.07) == 0.5);
}

/* Window by window onto the patches it covers, as the definition says. */
static void plain_harmonic(double *map, double *counts, const double *scores, int grid, int side)
{
    double sums[MAX_GRID * MAX_GRID] = {0};
    int windows = grid - side + 1;
    memset(counts, 0, (size_t)(grid * grid) * sizeof *counts);
    for (int w = 0; w < windows * windows; w++)
        for (int i = 0; i < side * side; i++) {
            int patch = (w / windows + i / side) * grid + w % windows + i % side;
            sums[patch] += 1 / (scores[w] > 1e-12 ? scores[w] : 1e-12);
            counts[patch]++;
        }
    for (int i = 0; i < grid * grid; i++)
        map[i] = counts[i] / sums[i];
}

static void test_harmonic_scale(void **state)
{
    uint32_t seed = 9;
    (void)state;
    for (int grid = 1; grid <= MAX_GRID; grid++)
        for (int side = 1; side <= grid && side <= 5; side++) {
            double scores[MAX_GRID * MAX_GRID], map[MAX_GRID * MAX_GRID], plain[MAX_GRID * MAX_GRID],
                counts[MAX_GRID * MAX_GRID];
            random_scores(scores, (grid - side + 1) * (grid - side + 1), &seed);
            alfa__harmonic_scale(map, scores, grid, side);
            plain_harmonic(plain, counts, scores, grid, side);
            assert_all_close(map, plain, grid * grid, 1e-13);
            assert_true(counts[0] == 1 && counts[grid * grid - 1] == 1); /* one window covers a corner */
            assert_close(map[0], scores[0], 1e-15);
            if (grid >= 2 * side)
                assert_true(counts[side * grid + side] == side * side);
        }
}

static void test_constant_map(void **state)
{
    double scores[13 * 13], map[MAX_GRID * MAX_GRID];
    (void)state;
    for (int i = 0; i < 13 * 13; i++)
        scores[i] = 0.3;
    alfa__harmonic_scale(map, scores, MAX_GRID, 3);
    for (int i = 0; i < MAX_GRID * MAX_GRID; i++)
        assert_close(map[i], 0.3, 1e-15);
}

/* A score of 0 pulls every patch under it to (nearly) 0 and leaves the others alone. */
static void test_zero_scores(void **state)
{
    double scores[9] = {0, 1, 1, 1, 1, 1, 1, 1, 1}, map[16], out[16];
    const double *maps[1] = {map};
    (void)state;
    alfa__harmonic_scale(map, scores, 4, 2);
    assert_true(map[0] >= 0 && map[0] < 1e-11);
    assert_true(map[5] >= 0 && map[5] < 1e-11);
    assert_true(map[2] == 1 && map[15] == 1);
    alfa__harmonic_with_global(out, maps, 1, 16, 0);
    for (int i = 0; i < 16; i++)
        assert_true(out[i] >= 0 && out[i] < 1e-11);
    memset(scores, 0, sizeof scores);
    alfa__harmonic_scale(map, scores, 4, 2);
    alfa__harmonic_maps(out, maps, 1, 16);
    for (int i = 0; i < 16; i++)
        assert_true(isfinite(out[i]) && out[i] < 1e-11);
}

static void test_scales(void **state)
{
    double maps[3][6], out[6];
    const double *pointers[3] = {maps[0], maps[1], maps[2]};
    uint32_t seed = 4;
    (void)state;
    for (int k = 0; k < 3; k++)
        random_scores(maps[k], 6, &seed);
    for (int count = 1; count <= 3; count++) {
        alfa__harmonic_maps(out, pointers, count, 6);
        for (int i = 0; i < 6; i++) {
            double sum = 1 / maps[0][i] + (count > 1 ? 1 / maps[1][i] : 0) + (count > 2 ? 1 / maps[2][i] : 0);
            assert_close(out[i], count / sum, 1e-14);
        }
        alfa__harmonic_with_global(out, pointers, count, 6, 0.4);
        for (int i = 0; i < 6; i++) {
            double sum = 1 / maps[0][i] + (count > 1 ? 1 / maps[1][i] : 0) + (count > 2 ? 1 / maps[2][i] : 0);
            assert_close(out[i], (count + 1) / (sum + 1 / 0.4), 1e-14);
        }
    }
}

static void test_image_score(void **state)
{
    static const double map[4] = {0.1, 0.7, 0.7, 0.2};
    (void)state;
    assert_true(alfa__local_score(map, 4) == 0.7);
    assert_true(alfa__local_score(map, 1) == 0.1);
    assert_true(alfa__image_score(0.5, 0.75) == 0.625);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probability),    cmocka_unit_test(test_score),
        cmocka_unit_test(test_harmonic_scale), cmocka_unit_test(test_constant_map),
        cmocka_unit_test(test_zero_scores),    cmocka_unit_test(test_scales),
        cmocka_unit_test(test_image_score),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
