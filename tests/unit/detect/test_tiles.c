/* Tiles: they cover everything, overlap by a quarter, and merge without seams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "detect/tiles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct alfa_error err;

static void auto_follows_the_size(void **state)
{
    (void)state;
    assert_int_equal(alfa__tiles_auto(240, 240, 240), 0);
    assert_int_equal(alfa__tiles_auto(640, 480, 240), 0);
    assert_int_equal(alfa__tiles_auto(960, 100, 240), 2);
    assert_int_equal(alfa__tiles_auto(1920, 1440, 240), 4);
    assert_int_equal(alfa__tiles_auto(20000, 100, 240), 6);
    assert_int_equal(alfa__tiles_auto(32, 8192, 240), 5); /* tiles have 8 pixels a side at least */
    assert_int_equal(alfa__tiles_auto(3000, 2, 60), 0);
}

static void tiles_cover_the_picture(void **state)
{
    static const int sizes[][2] = {{100, 100}, {101, 67}, {1000, 33}, {64, 64}};
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int n = 2; n <= 3; n++) {
            struct alfa__tiling t;
            const struct alfa__box box = {3, 5, sizes[s][0], sizes[s][1]};
            assert_int_equal(alfa__tiles_plan(&t, box, n, &err), ALFA_OK);
            assert_int_equal(t.left[0], 0);
            assert_int_equal(t.left[n - 1] + t.tile_width, sizes[s][0]);
            assert_int_equal(t.top[n - 1] + t.tile_height, sizes[s][1]);
            for (int i = 1; i < n; i++) {
                const double shared = t.left[i - 1] + t.tile_width - t.left[i];
                assert_true(fabs(shared / t.tile_width - 0.25) < 0.1);
            }
            const struct alfa__box last = alfa__tiles_box(&t, n * n - 1);
            assert_true(last.x + last.width == 3 + sizes[s][0]);
            assert_true(last.y + last.height == 5 + sizes[s][1]);
        }
}

static void too_small_tiles_are_refused(void **state)
{
    struct alfa__tiling t;
    (void)state;
    assert_int_equal(alfa__tiles_plan(&t, (struct alfa__box){0, 0, 20, 400}, 4, &err), ALFA_ERROR_INPUT);
    assert_non_null(strstr(err.message, "4 x 4 tiles of an image of 20 x 400 pixels"));
    assert_int_equal(alfa__tiles_plan(&t, (struct alfa__box){0, 0, 1, 1}, 2, &err), ALFA_ERROR_INPUT);
    assert_int_equal(alfa__tiles_plan(&t, (struct alfa__box){0, 0, 1, 1}, 1, &err), ALFA_OK);
    assert_int_equal(t.n, 0);
}

static float *merge(const struct alfa__tiling *t, const float *const *grids, int grid, int side)
{
    float *out = malloc((size_t)side * (size_t)side * sizeof *out);
    assert_int_equal(alfa__tiles_merge(out, side, t, grids, grid, &err), ALFA_OK);
    return out;
}

static void equal_maps_stay_equal(void **state)
{
    (void)state;
    for (int n = 2; n <= ALFA_MAX_TILES; n++) {
        struct alfa__tiling t;
        float constant[25];
        const float *grids[ALFA_MAX_TILES * ALFA_MAX_TILES];
        for (int i = 0; i < 25; i++)
            constant[i] = 0.3f;
        for (int i = 0; i < n * n; i++)
            grids[i] = constant;
        assert_int_equal(alfa__tiles_plan(&t, (struct alfa__box){0, 0, 331, 197}, n, &err), ALFA_OK);
        float *out = merge(&t, grids, 5, 40 * n);
        for (int i = 0; i < 1600 * n * n; i++)
            assert_true(fabsf(out[i] - 0.3f) < 1e-6f);
        free(out);
    }
}

/* A slope over the picture, sampled in each tile, comes back without a step at the borders of tiles. */
static void a_slope_has_no_seams(void **state)
{
    enum { N = 3, GRID = 15, SIDE = 180 };
    struct alfa__tiling t;
    float values[N * N][GRID * GRID];
    const float *grids[N * N];
    (void)state;
    assert_int_equal(alfa__tiles_plan(&t, (struct alfa__box){0, 0, 300, 300}, N, &err), ALFA_OK);
    for (int i = 0; i < N * N; i++) {
        grids[i] = values[i];
        for (int p = 0; p < GRID * GRID; p++)
            values[i][p] =
                (float)((t.left[i % N] + (p % GRID + 0.5) * t.tile_width / GRID) / 300 + 0.02 * (i % N));
    }
    float *out = merge(&t, grids, GRID, SIDE);
    for (int y = 0; y < SIDE; y++)
        for (int x = 10; x + 11 < SIDE; x++) { /* the tiles differ by 0.02 */
            const float step = out[y * SIDE + x + 1] - out[y * SIDE + x];
            assert_true(step > 0 && step < 0.0085f);
        }
    free(out);
}

static void a_missing_tile_leaves_its_neighbours(void **state)
{
    struct alfa__tiling t;
    const float one[4] = {1, 1, 1, 1};
    const float *grids[4] = {one, NULL, one, one};
    (void)state;
    assert_int_equal(alfa__tiles_plan(&t, (struct alfa__box){0, 0, 100, 100}, 2, &err), ALFA_OK);
    float *out = merge(&t, grids, 2, 100);
    assert_true(out[99] == 0); /* only the missing one covers it */
    assert_true(fabsf(out[50] - 1) < 1e-6f);
    assert_true(fabsf(out[99 * 100 + 99] - 1) < 1e-6f);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(auto_follows_the_size),       cmocka_unit_test(tiles_cover_the_picture),
        cmocka_unit_test(too_small_tiles_are_refused), cmocka_unit_test(equal_maps_stay_equal),
        cmocka_unit_test(a_slope_has_no_seams),        cmocka_unit_test(a_missing_tile_leaves_its_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
