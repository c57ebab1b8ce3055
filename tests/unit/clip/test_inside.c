/* Which windows and cells count when only some patches do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bank/map.h"
#include "clip/inside.h"
#include "score/fusion.h"

#include <math.h>
#include <string.h>

enum { GRID = 5 };

/* Patches from (2, 1) on, three wide and four high, and a lonely one at (0, 4). */
static const unsigned char mask[GRID * GRID] = {
    0, 0, 0, 0, 0, //
    0, 0, 1, 1, 1, //
    0, 0, 1, 1, 1, //
    0, 0, 1, 1, 1, //
    1, 0, 1, 1, 1, //
};

static void all_count_without_a_mask(void **state)
{
    int places[64];
    (void)state;
    assert_int_equal(alfa__inside_windows(places, NULL, GRID, 2), 16);
    assert_int_equal(alfa__inside_cells(places, NULL, GRID, 7), 49);
    assert_int_equal(places[48], 48);
    assert_false(alfa__inside_lonely(NULL, GRID, 2, 3));
}

static void windows_lie_inside_or_serve_a_lonely_patch(void **state)
{
    static const int wanted[] = {6, 7, 10, 11, 12, 14, 15}; /* of 4 x 4 */
    int places[GRID * GRID];
    (void)state;
    assert_int_equal(alfa__inside_windows(places, mask, GRID, 2), 7);
    assert_memory_equal(places, wanted, sizeof wanted);
    assert_true(alfa__inside_lonely(mask, GRID, 2, 20));
    assert_false(alfa__inside_lonely(mask, GRID, 2, 7));
    assert_false(alfa__inside_lonely(mask, GRID, 2, 0)); /* outside */
    assert_true(alfa__inside_lonely(mask, GRID, 4, 12)); /* no 4 x 4 window fits */
}

static void cells_of_another_grid(void **state)
{
    int places[400];
    (void)state;
    assert_int_equal(alfa__inside_cells(places, mask, GRID, 10), 4 * 13);
    assert_int_equal(places[0], 24);
    assert_int_equal(alfa__inside_cells(places, mask, GRID, 1), 1); /* coarser */
    assert_int_equal(alfa__inside_cells(places, mask, GRID, 20), 16 * 13);
}

/* Every patch is seen, by a third of the windows or less, and sides together tell neighbours apart. */
static void every_second_window_covers_all(void **state)
{
    unsigned char all[16 * 16], some[GRID * GRID];
    int places[256];
    (void)state;
    for (int grid = 4; grid <= 16; grid++) {
        alfa__inside_stride(all, NULL, grid, 2);
        for (int scale = 2; scale <= 4; scale++)
            for (int p = 0; p < grid * grid; p++)
                assert_false(alfa__inside_lonely(all, grid, scale, p));
        assert_int_equal(alfa__inside_windows(places, all, grid, 1), grid * grid);
        alfa__inside_stride(all, NULL, grid, 1);
        for (int scale = 1; scale <= 4; scale++)
            assert_int_equal(alfa__inside_windows(places, all, grid, scale),
                             (grid - scale + 1) * (grid - scale + 1));
    }
    alfa__inside_stride(all, NULL, 15, 2);
    assert_int_equal(alfa__inside_windows(places, all, 15, 2), 8 * 8);
    assert_int_equal(places[1], 1);
    assert_int_equal(places[8], 14);
    assert_int_equal(alfa__inside_windows(places, all, 15, 3), 7 * 7);
    assert_int_equal(places[1], 2);
    alfa__inside_stride(some, mask, GRID, 2);
    assert_int_equal(some[7], 2);
    assert_int_equal(some[0], 0);
}

static void tokens_outside_are_replaced(void **state)
{
    int index[5] = {0, 21, 22, 16, 17}; /* patches (0, 4), (1, 4), (0, 3), (1, 3) */
    int full[5] = {0, 8, 9, 13, 14};
    (void)state;
    alfa__inside_tokens(index, mask, 5);
    assert_int_equal(index[0], 0);
    for (int i = 1; i < 5; i++)
        assert_int_equal(index[i], 21);
    alfa__inside_tokens(full, mask, 5);
    assert_int_equal(full[4], 14);
}

/* Scores of windows that do not count may be anything. */
static void maps_read_only_what_counts(void **state)
{
    double scores[16], map[GRID * GRID], bank[GRID * GRID];
    struct alfa__arena arena = {0};
    struct alfa_error err;
    (void)state;
    for (int w = 0; w < 16; w++)
        scores[w] = NAN;
    static const int counted[] = {6, 7, 10, 11, 14, 15};
    for (int i = 0; i < 6; i++)
        scores[counted[i]] = 0.25;
    scores[12] = 0.75;
    alfa__harmonic_scale_inside(map, scores, mask, GRID, 2);
    const struct alfa__part_distances part = {scores, 2, 4};
    assert_int_equal(alfa__bank_map(bank, (struct alfa__ground){GRID, mask}, &part, 1, &arena, &err),
                     ALFA_OK);
    for (int p = 0; p < GRID * GRID; p++) {
        const double wanted = !mask[p] ? 0 : p == 20 ? 0.75 : 0.25;
        assert_true(fabs(map[p] - wanted) < 1e-12);
        assert_true(fabs(bank[p] - wanted) < 1e-12);
    }
    alfa__arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_count_without_a_mask),
        cmocka_unit_test(windows_lie_inside_or_serve_a_lonely_patch),
        cmocka_unit_test(cells_of_another_grid),
        cmocka_unit_test(every_second_window_covers_all),
        cmocka_unit_test(tokens_outside_are_replaced),
        cmocka_unit_test(maps_read_only_what_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
