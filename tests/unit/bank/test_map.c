/* M_few against the aggregation of scores and against averages by hand. */
#include "bank/map.h"
#include "score/fusion.h"
#include "unit/bank/support.h"

#include <math.h>

static void map_of(double *map, int grid, const struct alfa__part_distances *parts, int count)
{
    struct alfa__arena arena = {0};
    check(alfa__bank_map(map, (struct alfa__ground){grid, NULL}, parts, count, &arena, &err));
    alfa__arena_free(&arena);
}

static void random_numbers(double *out, int count, uint64_t seed)
{
    for (int i = 0; i < count; i++)
        out[i] = 0.01 + next_uniform(&seed);
}

static void test_windows_are_harmonic(void **state)
{
    (void)state;
    for (int grid = 4; grid <= 9; grid++)
        for (int window = 1; window <= 4; window++) {
            double distances[81], map[81], expected[81];
            random_numbers(distances, 81, (uint64_t)(grid * 10 + window));
            map_of(map, grid, &(struct alfa__part_distances){distances, window, 0}, 1);
            alfa__harmonic_scale(expected, distances, grid, window);
            for (int p = 0; p < grid * grid; p++)
                assert_true(fabs(map[p] - expected[p]) < 1e-12);
        }
}

/* One window at 0 pulls the four patches it covers to exactly 0 and no other; all at 0 give 0 everywhere. */
static void test_zero(void **state)
{
    (void)state;
    double distances[16], map[25];
    random_numbers(distances, 16, 3);
    distances[1 * 4 + 2] = 0;
    map_of(map, 5, &(struct alfa__part_distances){distances, 2, 0}, 1);
    for (int p = 0; p < 25; p++) {
        bool covered = (p / 5 == 1 || p / 5 == 2) && (p % 5 == 2 || p % 5 == 3);
        assert_true(covered ? map[p] == 0 : map[p] > 0.01);
    }
    memset(distances, 0, sizeof distances);
    map_of(map, 5, &(struct alfa__part_distances){distances, 2, 0}, 1);
    for (int p = 0; p < 25; p++)
        assert_true(map[p] == 0);
}

static void test_mean_of_parts(void **state)
{
    (void)state;
    double two[196], three[169], patch[225], map[225], a[225], b[225];
    const struct alfa__part_distances parts[3] = {{two, 2, 0}, {three, 3, 0}, {patch, 0, 15}};
    random_numbers(two, 196, 1);
    random_numbers(three, 169, 2);
    random_numbers(patch, 225, 3);
    map_of(map, 15, parts, 3);
    alfa__harmonic_scale(a, two, 15, 2);
    alfa__harmonic_scale(b, three, 15, 3);
    for (int p = 0; p < 225; p++)
        assert_true(fabs(map[p] - (a[p] + b[p] + patch[p]) / 3) < 1e-12);
}

/* 4 x 4 to 2 x 2 takes means of 2 x 2, 2 x 2 to 4 x 4 repeats, 3 x 3 to 2 x 2 shares the middle cells. */
static void test_known_grids(void **state)
{
    (void)state;
    double fine[16], map[16];
    const double coarse[4] = {1, 2, 3, 4}, three[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    random_numbers(fine, 16, 4);
    map_of(map, 2, &(struct alfa__part_distances){fine, 0, 4}, 1);
    for (int p = 0; p < 4; p++) {
        const double *corner = fine + p / 2 * 8 + p % 2 * 2;
        assert_true(fabs(map[p] - (corner[0] + corner[1] + corner[4] + corner[5]) / 4) < 1e-12);
    }
    map_of(map, 4, &(struct alfa__part_distances){coarse, 0, 2}, 1);
    for (int p = 0; p < 16; p++)
        assert_true(fabs(map[p] - coarse[p / 8 * 2 + p % 4 / 2]) < 1e-12);
    map_of(map, 2, &(struct alfa__part_distances){three, 0, 3}, 1);
    assert_true(fabs(map[0] - (1 + 0.5 * 2 + 0.5 * 4 + 0.25 * 5) / 2.25) < 1e-12);
    assert_true(fabs(map[3] - (9 + 0.5 * 8 + 0.5 * 6 + 0.25 * 5) / 2.25) < 1e-12);
}

/* For every pair of grids a constant stays constant and the mean stays the mean. */
static void test_any_grids(void **state)
{
    (void)state;
    for (int side = 1; side <= 12; side++)
        for (int grid = 1; grid <= 12; grid++) {
            double constant[144], random[144], map[144], before = 0, after = 0;
            random_numbers(random, 144, 5);
            for (int i = 0; i < side * side; i++) {
                constant[i] = 0.3;
                before += random[i] / (side * side);
            }
            map_of(map, grid, &(struct alfa__part_distances){constant, 0, side}, 1);
            for (int p = 0; p < grid * grid; p++)
                assert_true(fabs(map[p] - 0.3) < 1e-12);
            map_of(map, grid, &(struct alfa__part_distances){random, 0, side}, 1);
            for (int p = 0; p < grid * grid; p++)
                after += map[p] / (grid * grid);
            assert_true(fabs(before - after) < 1e-12);
        }
}

/* Places outside are 0 for windows and for patches, and what windows outside say reaches no place inside. */
static void test_outside_is_0(void **state)
{
    (void)state;
    const unsigned char inside[16] = {0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1};
    double two[9], other[9], patch[16], map[16], again[16];
    struct alfa__arena arena = {0};
    random_numbers(two, 9, 6);
    random_numbers(patch, 16, 7);
    memcpy(other, two, sizeof two);
    for (int w = 0; w < 9; w++)
        if (w < 3 || w % 3 == 0) /* those with patches outside */
            other[w] = 7;
    const struct alfa__part_distances parts[] = {{two, 2, 0}, {patch, 0, 4}},
                                      changed[] = {{other, 2, 0}, parts[1]};
    check(alfa__bank_map(map, (struct alfa__ground){4, inside}, parts, 2, &arena, &err));
    check(alfa__bank_map(again, (struct alfa__ground){4, inside}, changed, 2, &arena, &err));
    assert_memory_equal(map, again, sizeof map);
    for (int p = 0; p < 16; p++)
        assert_true(inside[p] ? map[p] > 0 : map[p] == 0);
    assert_true(fabs(map[5] - (two[4] + patch[5]) / 2) < 1e-12);
    check(alfa__bank_map(map, (struct alfa__ground){4, inside}, parts + 1, 1, &arena, &err));
    for (int p = 0; p < 16; p++)
        assert_true(map[p] == (inside[p] ? patch[p] : 0));
    alfa__arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_windows_are_harmonic),
        cmocka_unit_test(test_zero),
        cmocka_unit_test(test_mean_of_parts),
        cmocka_unit_test(test_known_grids),
        cmocka_unit_test(test_any_grids),
        cmocka_unit_test(test_outside_is_0),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
