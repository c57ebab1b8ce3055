/* Rows of products come in sixteens, which AMX multiplies several times as fast as other numbers of rows; the
 * parts are the same for any number of threads, and rows of padding change nothing. */
#include "unit/fixture.h"

#include "clip/model.h"
#include "clip/parts.h"
#include "nn/rows.h"

#include <math.h>
#include <omp.h>
#include <string.h>

static struct alfa_error err;

/* Parts cover the rows without a gap, none is empty or above the limit, and only the last has a remainder. */
static void check_rows(int rows, int most)
{
    const int parts = alfa__part_count(rows, most);
    int at = 0;
    for (int p = 0; p < parts; p++) {
        const int own = alfa__part_rows(rows, parts, p);
        assert_int_equal(alfa__part_begin(rows, parts, p), at);
        assert_true(own > 0 && (most == 0 || own <= most));
        assert_true(p == parts - 1 || own % ALFA__PART_STEP == 0);
        at += own;
    }
    assert_int_equal(at, rows);
}

/* The whole image of every grid, sentences, maps of a stem, windows. */
static void test_rows(void **state)
{
    (void)state;
    for (int most = 0; most <= 256; most += 64)
        for (int rows = 1; rows <= 4000; rows++)
            check_rows(rows, most);
    assert_int_equal(alfa__part_count(226, 64), 4);
    assert_int_equal(alfa__rows_up(226, ALFA__PART_STEP), 240);
    assert_int_equal(alfa__rows_up(240, ALFA__PART_STEP), 240);
    assert_int_equal(alfa__rows_up(226, 1), 226);
}

enum { MOST_PARTS = 4000 };

/* Every window is in one part; parts of windows that are not the last of their scale fill 16 rows as well as
 * windows of their length can. */
static void check_windows(int grid, const int *scales, int stride)
{
    struct alfa__windows windows[ALFA_MAX_SCALES] = {{0}};
    struct alfa__image_part parts[MOST_PARTS];
    char seen[MOST_PARTS] = {0};
    int total = 0, begin = 0;
    for (int i = 0; i < ALFA_MAX_SCALES && scales[i]; i++) {
        windows[i].length = scales[i] * scales[i] + 1;
        windows[i].count = alfa__window_count(grid, scales[i]) / (stride * stride);
        total += windows[i].count;
    }
    const int count = alfa__parts_cut(parts, windows);
    assert_true(count <= total + 1 && parts[0].begin == -1);
    for (int i = 0; i < ALFA_MAX_SCALES && scales[i]; begin += windows[i++].count)
        for (int p = 1; p < count; p++) {
            const int end = begin + windows[i].count,
                      rows = (parts[p].end - parts[p].begin) * windows[i].length;
            if (parts[p].begin < begin || parts[p].begin >= end)
                continue;
            assert_true(parts[p].end > parts[p].begin && parts[p].end <= end);
            memset(seen + parts[p].begin, 1, (size_t)(parts[p].end - parts[p].begin));
            if (parts[p].end < end && scales[i] <= 3)
                assert_int_equal(rows % ALFA__PART_STEP, 0);
            if (parts[p].end < end)
                assert_true(alfa__rows_up(rows, ALFA__PART_STEP) <= rows + rows / 14);
        }
    for (int w = 0; w < total; w++)
        assert_int_equal(seen[w], 1);
}

static void test_windows(void **state)
{
    static const int grids[] = {7, 14, 15, 16, 24, 27},
                     scales[][ALFA_MAX_SCALES + 1] = {{2, 3}, {2, 3, 4}, {3, 2}, {2}, {5, 6}, {7}};
    (void)state;
    for (size_t g = 0; g < sizeof grids / sizeof *grids; g++)
        for (size_t s = 0; s < sizeof scales / sizeof *scales; s++)
            for (int stride = 1; stride <= 2; stride++)
                check_windows(grids[g], scales[s], stride);
    assert_int_equal(alfa__part_windows(5, true) * 5, 240);
    assert_int_equal(alfa__part_windows(10, false) * 10, 160);
    assert_int_equal(alfa__part_windows(17, true) * 17, 272);
    assert_int_equal(alfa__part_windows(730, true), 1);
}

/* ------------------------------------------------------------------ the same answers */

static const struct alfa__feature_request request = {.scales = {2, 1}, .values = true, .value_path = true};

/* All numbers of a picture by a tower that pads to step rows, on so many threads. */
static void look(struct alfa__features *out, struct alfa_model *model, int step, int threads,
                 struct alfa__arena *arena)
{
    static float pixels[3 * 240 * 240];
    const struct alfa__image_tower *tower;
    const int side = model->info.image_size;
    assert_true(side <= 240);
    for (int i = 0; i < 3 * side * side; i++)
        pixels[i] = (float)((unsigned)i * 2654435761u >> 8) / 8388608.0f - 1.0f;
    assert_int_equal(alfa__model_image_tower(model, &tower, &err), ALFA_OK);
    ((struct alfa__image_tower *)tower)->transformer.row_step = step;
    model->threads = threads;
    assert_int_equal(alfa__features_from_pixels(model, out, pixels, &request, arena, &err), ALFA_OK);
}

/* The largest difference of two lists of numbers; 0 only when they are the same bytes. */
static double apart(const float *a, const float *b, size_t count)
{
    double worst = 0;
    for (size_t i = 0; i < count; i++) { /* with fmax() gcc 12 for aarch64 fails */
        const double by = fabs((double)a[i] - b[i]);
        worst = by > worst ? by : worst;
    }
    return worst > 0 || memcmp(a, b, count * sizeof *a) == 0 ? worst : 1e-30;
}

static double differ(const struct alfa__features *a, const struct alfa__features *b)
{
    const size_t dim = (size_t)a->dim, tokens = (size_t)(a->grid * a->grid + 1);
    double worst = fmax(apart(a->image, b->image, dim), apart(a->values, b->values, tokens * dim));
    worst = fmax(worst, apart(a->value_path, b->value_path, tokens * dim));
    for (int i = 0; i < a->scale_count; i++)
        worst = fmax(worst, apart(a->windows[i].embeddings, b->windows[i].embeddings,
                                  (size_t)a->windows[i].count * dim));
    const size_t all = (size_t)a->windows[0].count * (size_t)a->windows[0].length;
    return fmax(worst, apart(a->windows[0].values, b->windows[0].values, all * dim));
}

static void check_padding(enum alfa_precision precision)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    struct alfa__arena arena = {0};
    struct alfa__features plain, one, other;
    struct alfa_model *model;
    options.precision = precision;
    assert_int_equal(alfa_model_open(&model, "tests/data/models/openclip-gelu", &options, &err), ALFA_OK);
    look(&plain, model, 1, 1, &arena);
    for (int step = 1; step <= 16; step += 15) {
        look(&one, model, step, 1, &arena);
        assert_true(differ(&plain, &one) < 1e-5);
        for (int threads = 2; threads <= 3; threads++) {
            look(&other, model, step, threads, &arena);
            assert_true(differ(&one, &other) == 0);
        }
    }
    alfa__arena_free(&arena);
    alfa_model_free(model);
}

static void test_padding(void **state)
{
    (void)state;
    check_padding(ALFA_PRECISION_F32);
    check_padding(ALFA_PRECISION_INT8);
    if (alfa__has_bf16())
        check_padding(ALFA_PRECISION_BF16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_windows),
                                       cmocka_unit_test(test_padding)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
