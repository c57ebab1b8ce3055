/* A region of interest: nothing outside matters, and what is asked for is what is looked at. */
#include "unit/bottle.h"

#include "detect/roi.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIDE = 80, PATCH = 16, GRID = 5 }; /* of the model */

static struct alfa_image *from_rgb(const unsigned char *rgb, int width, int height)
{
    struct alfa_image *image;
    assert_int_equal(alfa_image_from_rgb(&image, rgb, width, height, (size_t)width * 3, &err), ALFA_OK);
    return image;
}

/* A mask of the model's size with the patches of a rectangle white. */
static struct alfa_image *patch_mask(int x, int y, int width, int height)
{
    static unsigned char rgb[SIDE * SIDE * 3];
    for (int i = 0; i < SIDE * SIDE; i++) {
        const int u = i % SIDE / PATCH, v = i / SIDE / PATCH;
        memset(rgb + 3 * i, u >= x && u < x + width && v >= y && v < y + height ? 255 : 0, 3);
    }
    return from_rgb(rgb, SIDE, SIDE);
}

/* Noise of the model's size; outside the mask, when there is one, other noise. */
static struct alfa_image *noise(unsigned seed, const struct alfa_image *mask, unsigned outside)
{
    static unsigned char rgb[SIDE * SIDE * 3];
    unsigned a = seed, b = outside;
    for (int i = 0; i < SIDE * SIDE * 3; i++) {
        a = a * 1664525u + 1013904223u;
        b = b * 1664525u + 1013904223u;
        rgb[i] = (unsigned char)((mask && !mask->rgb[i] ? b : a) >> 24);
    }
    return from_rgb(rgb, SIDE, SIDE);
}

static struct alfa_detector *new_detector(const struct alfa_detector_options *options,
                                          const struct alfa_image *mask)
{
    struct alfa_detector *detector = fixture_detector(&f, options);
    if (mask)
        assert_int_equal(alfa_detector_set_roi(detector, mask, false, &err), ALFA_OK);
    return detector;
}

static struct alfa_result *judge(struct alfa_detector *detector, const struct alfa_image *image)
{
    struct alfa_result *result;
    assert_int_equal(alfa_detector_run(&result, detector, image, &err), ALFA_OK);
    return result;
}

static void assert_same(const struct alfa_result *a, const struct alfa_result *b)
{
    int width, height;
    const struct alfa_summary *p = alfa_result_summary(a), *q = alfa_result_summary(b);
    assert_true(p->score == q->score);
    assert_true(p->score_global == q->score_global);
    assert_true(p->score_local == q->score_local);
    assert_true(p->score_memory == q->score_memory);
    const float *m = alfa_result_map(a, &width, &height), *n = alfa_result_map(b, &width, &height);
    assert_memory_equal(m, n, (size_t)width * (size_t)height * sizeof *m);
}

/* ------------------------------------------------------------------ judging */

static void a_white_mask_changes_nothing(void **state)
{
    (void)state;
    struct alfa_image *mask = patch_mask(0, 0, GRID, GRID), *image = noise(1, NULL, 0);
    struct alfa_detector *with = new_detector(NULL, mask), *without = new_detector(NULL, NULL);
    struct alfa_result *a = judge(with, image), *b = judge(without, image);
    assert_same(a, b);
    alfa_result_free(a);
    alfa_result_free(b);
    alfa_detector_free(with);
    alfa_detector_free(without);
    alfa_image_free(mask);
    alfa_image_free(image);
}

/* The model's patches do not overlap, so that what lies outside can have no way in at all; with and without a
 * memory, and also for a region in which no window has room. */
static void what_is_outside_never_matters(void **state)
{
    static const int regions[][4] = {{1, 1, 3, 3}, {2, 2, 1, 1}, {0, 1, 5, 1}, {0, 0, 2, 5}};
    static const enum alfa_aligner aligners[] = {ALFA_ALIGNER_R4, ALFA_ALIGNER_R3};
    (void)state;
    for (size_t r = 0; r < 8; r++) {
        const int *region = regions[r / 2];
        struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
        struct alfa_bank_options how = ALFA_BANK_OPTIONS_INIT;
        options.aligner = aligners[r % 2];
        how.layers = "last,block1";
        struct alfa_image *mask = patch_mask(region[0], region[1], region[2], region[3]);
        struct alfa_image *one = noise(1, mask, 2), *other = noise(1, mask, 3), *normal = noise(4, mask, 5),
                          *same_normal = noise(4, mask, 6);
        struct alfa_detector *a = new_detector(&options, mask), *b = new_detector(&options, mask);
        struct alfa_bank *banks[2];
        struct alfa_result *x = judge(a, one), *y = judge(b, other);
        assert_same(x, y);
        alfa_result_free(x);
        alfa_result_free(y);
        assert_int_equal(alfa_bank_new(&banks[0], a, &how, &err), ALFA_OK);
        assert_int_equal(alfa_bank_new(&banks[1], a, &how, &err), ALFA_OK);
        assert_int_equal(alfa_bank_add(banks[0], a, normal, "normal", &err), ALFA_OK);
        assert_int_equal(alfa_bank_add(banks[1], a, same_normal, "normal", &err), ALFA_OK);
        assert_int_equal(alfa_bank_finish(banks[0], &err), ALFA_OK);
        assert_int_equal(alfa_bank_finish(banks[1], &err), ALFA_OK);
        assert_int_equal(alfa_detector_use_bank(a, banks[0], &err), ALFA_OK);
        assert_int_equal(alfa_detector_use_bank(b, banks[1], &err), ALFA_OK);
        x = judge(a, one), y = judge(b, other);
        assert_same(x, y);
        assert_true(alfa_result_summary(x)->score_memory > 0);
        alfa_result_free(x);
        alfa_result_free(y);
        x = judge(a, same_normal);
        assert_true(alfa_result_summary(x)->score_memory == 0);
        alfa_result_free(x);
        alfa_detector_free(a);
        alfa_detector_free(b);
        alfa_bank_free(banks[0]);
        alfa_bank_free(banks[1]);
        alfa_image_free(one);
        alfa_image_free(other);
        alfa_image_free(normal);
        alfa_image_free(same_normal);
        alfa_image_free(mask);
    }
}

static void the_map_is_0_outside(void **state)
{
    int width, height, side;
    (void)state;
    struct alfa_image *mask = patch_mask(1, 2, 3, 2), *image = noise(1, NULL, 0);
    struct alfa_detector *detector = new_detector(NULL, mask);
    struct alfa_result *result = judge(detector, image);
    const float *map = alfa_result_map(result, &width, &height), *grid = alfa_result_grid(result, &side);
    assert_int_equal(width, SIDE);
    float largest = 0, largest_patch = 0;
    for (int i = 0; i < SIDE * SIDE; i++) {
        assert_true(mask->rgb[3 * i] ? map[i] > 0 : map[i] == 0);
        largest = fmaxf(largest, map[i]);
    }
    for (int p = 0; p < GRID * GRID; p++) {
        const bool in = p % GRID >= 1 && p % GRID < 4 && p / GRID >= 2 && p / GRID < 4;
        assert_true(in ? grid[p] > 0 : grid[p] == 0);
        largest_patch = fmaxf(largest_patch, grid[p]);
    }
    assert_true(largest <= largest_patch + 1e-6f);
    alfa_result_free(result);
    alfa_detector_free(detector);
    alfa_image_free(mask);
    alfa_image_free(image);
}

static void masks_of_any_size_and_both_kinds(void **state)
{
    static const unsigned char halves[2 * 3] = {255, 255, 255, 0, 0, 0}, wholes[3] = {255, 255, 255};
    (void)state;
    struct alfa_image *left = from_rgb(halves, 2, 1), *white = from_rgb(wholes, 1, 1),
                      *image = noise(1, NULL, 0);
    struct alfa_detector *a = new_detector(NULL, left), *b = new_detector(NULL, NULL);
    assert_int_equal(alfa_detector_set_roi(b, white, true, &err), ALFA_ERROR_INPUT); /* nothing is left */
    struct alfa_image *right = from_rgb((const unsigned char[6]){0, 0, 0, 255, 255, 255}, 2, 1);
    assert_int_equal(alfa_detector_set_roi(b, right, true, &err), ALFA_OK);
    struct alfa_result *x = judge(a, image), *y = judge(b, image);
    assert_same(x, y);
    alfa_result_free(x);
    alfa_result_free(y);
    assert_int_equal(alfa_detector_set_roi(a, left, true, &err), ALFA_OK); /* left, but not left */
    struct alfa_result *none;
    assert_int_equal(alfa_detector_run(&none, a, image, &err), ALFA_ERROR_INPUT);
    assert_null(none);
    assert_int_equal(alfa_detector_set_roi(a, NULL, false, &err), ALFA_OK); /* only "not left" stays */
    assert_int_equal(alfa_detector_run(&none, a, image, &err), ALFA_OK);
    alfa_result_free(none);
    alfa_detector_free(a);
    alfa_detector_free(b);
    alfa_image_free(left);
    alfa_image_free(right);
    alfa_image_free(white);
    alfa_image_free(image);
}

/* A reference that is remembered turned has its mask turned as well. */
static void masks_turn_with_the_picture(void **state)
{
    struct alfa__roi roi = {.masks = {{0}}};
    unsigned char upright[GRID * GRID], turned[GRID * GRID];
    (void)state;
    struct alfa_image *mask = patch_mask(0, 1, 2, 1); /* two patches at the left */
    assert_int_equal(alfa__roi_set(&roi, mask, false, &err), ALFA_OK);
    struct alfa__frame frame = {{0, 0, SIDE, SIDE}, SIDE, SIDE, {0, false}};
    assert_int_equal(alfa__roi_patches(upright, &roi, &frame, GRID), 2);
    assert_true(upright[5] && upright[6]);
    frame.pose = (struct alfa__pose){1, false}; /* out[y, x] = in[h - 1 - x, y] */
    assert_int_equal(alfa__roi_patches(turned, &roi, &frame, GRID), 2);
    assert_true(turned[3] && turned[8]);
    frame.pose = (struct alfa__pose){0, true};
    assert_int_equal(alfa__roi_patches(turned, &roi, &frame, GRID), 2);
    assert_true(turned[9] && turned[8]);
    alfa__roi_free(&roi);
    alfa_image_free(mask);
}

static void a_bank_refuses_another_region(void **state)
{
    (void)state;
    struct alfa_image *mask = patch_mask(1, 1, 3, 3), *other = patch_mask(0, 1, 3, 3),
                      *image = noise(1, NULL, 0);
    struct alfa_detector *a = new_detector(NULL, mask), *b = new_detector(NULL, other),
                         *c = new_detector(NULL, NULL);
    struct alfa_bank *bank;
    assert_int_equal(alfa_bank_new(&bank, a, NULL, &err), ALFA_OK);
    assert_int_equal(alfa_bank_add(bank, a, image, "a", &err), ALFA_OK);
    assert_int_equal(alfa_bank_add(bank, b, image, "b", &err), ALFA_ERROR_INPUT); /* the same picture */
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    assert_true(alfa_bank_info(bank)->roi);
    assert_int_equal(alfa_detector_use_bank(a, bank, &err), ALFA_OK);
    assert_int_equal(alfa_detector_set_roi(a, other, false, &err), ALFA_ERROR_USAGE);
    assert_int_equal(alfa_detector_use_bank(b, bank, &err), ALFA_ERROR_USAGE);
    assert_non_null(strstr(err.message, "another region"));
    assert_int_equal(alfa_detector_use_bank(c, bank, &err), ALFA_ERROR_USAGE);
    alfa_detector_free(a);
    alfa_detector_free(b);
    alfa_detector_free(c);
    alfa_bank_free(bank);
    alfa_image_free(mask);
    alfa_image_free(other);
    alfa_image_free(image);
}

/* ------------------------------------------------------------------ with tiles */

static void tiles_are_remembered(void **state)
{
    int width, height;
    (void)state;
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT, learned = options;
    struct alfa_bank_options how = ALFA_BANK_OPTIONS_INIT;
    options.tiles = 2;
    how.budget = 0;
    struct alfa_image *mask = patch_mask(0, 0, 3, 5), *image = noise(1, NULL, 0), *new = noise(2, NULL, 0);
    for (int region = 0; region < 2; region++) {
        struct alfa_detector *tiled = new_detector(&options, region ? mask : NULL);
        struct alfa_bank *bank;
        assert_int_equal(alfa_bank_new(&bank, tiled, &how, &err), ALFA_OK);
        assert_int_equal(alfa_bank_add(bank, tiled, image, "a", &err), ALFA_OK);
        assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
        assert_int_equal(alfa_bank_info(bank)->tiles, 2);
        if (!region) /* windows of both scales and patches, of the whole and four tiles */
            assert_int_equal(alfa_bank_info(bank)->vectors, 5 * (16 + 9 + 25));
        assert_int_equal(alfa_bank_detector_options(&learned, bank, &err), ALFA_OK);
        assert_int_equal(learned.tiles, 2);
        assert_int_equal(alfa_detector_use_bank(tiled, bank, &err), ALFA_OK);
        struct alfa_result *known = judge(tiled, image), *unknown = judge(tiled, new);
        assert_true(alfa_result_summary(known)->score_memory == 0);
        assert_true(alfa_result_summary(unknown)->score_memory > 0);
        const float *map = alfa_result_map(unknown, &width, &height);
        assert_int_equal(width, 2 * SIDE);
        for (int i = 0; i < width * height; i++)
            assert_true(map[i] >= 0 && map[i] <= 1);
        alfa_result_free(known);
        alfa_result_free(unknown);
        struct alfa_detector *plain = new_detector(NULL, region ? mask : NULL);
        assert_int_equal(alfa_detector_use_bank(plain, bank, &err), ALFA_ERROR_USAGE);
        assert_non_null(strstr(err.message, "tiles 2, not 0"));
        alfa_detector_free(plain);
        alfa_detector_free(tiled);
        alfa_bank_free(bank);
    }
    alfa_image_free(mask);
    alfa_image_free(image);
    alfa_image_free(new);
}

static void tiles_only_raise(void **state)
{
    int width, height;
    (void)state;
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    struct alfa_image *image = noise(7, NULL, 0);
    struct alfa_detector *plain = new_detector(&options, NULL);
    options.tiles = 3;
    struct alfa_detector *tiled = new_detector(&options, NULL);
    struct alfa_result *a = judge(plain, image), *b = judge(tiled, image);
    assert_true(alfa_result_summary(b)->score >= alfa_result_summary(a)->score);
    assert_true(alfa_result_summary(b)->score_global == alfa_result_summary(a)->score_global);
    (void)alfa_result_map(b, &width, &height);
    assert_int_equal(width, 3 * SIDE);
    assert_true(alfa_result_area(b)->width == SIDE);
    alfa_result_free(a);
    alfa_result_free(b);
    options.tiles = ALFA_TILES_AUTO; /* no need for an image this small */
    struct alfa_detector *automatic = new_detector(&options, NULL);
    a = judge(automatic, image);
    (void)alfa_result_map(a, &width, &height);
    assert_int_equal(width, SIDE);
    alfa_result_free(a);
    options.tiles = ALFA_MAX_TILES + 1;
    struct alfa_detector *none;
    assert_int_equal(alfa_detector_open(&none, f.model, f.prompts, &options, &err), ALFA_ERROR_USAGE);
    struct alfa_image *small = from_rgb((const unsigned char[3]){9, 9, 9}, 1, 1);
    struct alfa_result *nothing;
    assert_int_equal(alfa_detector_run(&nothing, tiled, small, &err), ALFA_ERROR_INPUT);
    assert_null(nothing);
    alfa_detector_free(automatic);
    alfa_detector_free(plain);
    alfa_detector_free(tiled);
    alfa_image_free(small);
    alfa_image_free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_white_mask_changes_nothing), cmocka_unit_test(what_is_outside_never_matters),
        cmocka_unit_test(the_map_is_0_outside),         cmocka_unit_test(masks_of_any_size_and_both_kinds),
        cmocka_unit_test(masks_turn_with_the_picture),  cmocka_unit_test(a_bank_refuses_another_region),
        cmocka_unit_test(tiles_are_remembered),         cmocka_unit_test(tiles_only_raise),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
