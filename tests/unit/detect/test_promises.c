/* What is said of calibration and of tiles, by numbers that are made another way. */
#include "detect/detector.h"
#include "detect/result.h"
#include "detect/tiles.h"
#include "unit/bottle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT 3

static struct alfa_detector *detector_with(int tiles)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    options.tiles = tiles;
    return fixture_detector(&f, &options);
}

/* A bank of the pictures below COUNT but one (COUNT: all), with every row. */
static struct alfa_bank *learn(struct alfa_detector *detector, unsigned left_out, enum alfa_fusion fusion)
{
    struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
    struct alfa_bank *bank;
    options.fusion = fusion;
    options.budget = 0;
    assert_int_equal(alfa_bank_new(&bank, detector, &options, &err), ALFA_OK);
    for (unsigned i = 0; i < COUNT; i++)
        if (i != left_out)
            fixture_add(bank, detector, i, 100, 80);
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    return bank;
}

/* Fusion without a level of its own, so that its scores mean the same as those of another bank. */
static struct alfa_bank *learn_without(struct alfa_detector *detector, unsigned left_out)
{
    return learn(detector, left_out, ALFA_FUSION_PAPER);
}

static struct alfa_summary judge(struct alfa_detector *detector, const struct alfa_image *image)
{
    struct alfa_result *result;
    assert_int_equal(alfa_detector_run(&result, detector, image, &err), ALFA_OK);
    const struct alfa_summary summary = *alfa_result_summary(result);
    alfa_result_free(result);
    return summary;
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static struct alfa_image *cut(const struct alfa_image *image, struct alfa__box box)
{
    struct alfa_image *tile;
    const size_t stride = (size_t)alfa_image_width(image) * 3;
    assert_int_equal(alfa_image_from_rgb(&tile,
                                         alfa_image_rgb(image) + (size_t)box.y * stride + 3 * (size_t)box.x,
                                         (int)box.width, (int)box.height, stride, &err),
                     ALFA_OK);
    return tile;
}

/* The largest value of the map of a picture that is looked at as a whole. */
static double peak_of(struct alfa_detector *detector, const struct alfa_image *image)
{
    struct alfa_result *result;
    double peak = 0;
    assert_int_equal(alfa_detector_run(&result, detector, image, &err), ALFA_OK);
    for (int i = 0; i < result->grid * result->grid; i++) { /* with fmax() gcc 12 for aarch64 fails */
        const double value = result->grid_values[i];
        peak = value > peak ? value : peak;
    }
    alfa_result_free(result);
    return peak;
}

/* The largest over the whole and its parts. */
static double highest_peak(struct alfa_detector *detector, struct alfa_bank *bank,
                           const struct alfa_image *image, int tiles)
{
    struct alfa__tiling tiling;
    detector->options.tiles = bank->tiles = 0;
    double peak = peak_of(detector, image);
    for (int i = 0; i < tiles * tiles; i++) {
        assert_int_equal(alfa__tiles_plan(&tiling, (struct alfa__box){0, 0, 100, 80}, tiles, &err), ALFA_OK);
        struct alfa_image *tile = cut(image, alfa__tiles_box(&tiling, i));
        peak = fmax(peak, peak_of(detector, tile));
        alfa_image_free(tile);
    }
    detector->options.tiles = bank->tiles = tiles;
    return peak;
}

/* The scores that a threshold is made of are those of each picture by a bank that never saw it, those of
 * places the highest over all looks at it, and the level is the mean of their largest distances. */
static void check_left_out(int tiles)
{
    double expected[COUNT], peaks[COUNT], level = 0;
    struct alfa_detector *detector = detector_with(tiles);
    for (unsigned i = 0; i < COUNT; i++) {
        struct alfa_bank *others = learn_without(detector, i);
        struct alfa_image *image = fixture_picture(i, 100, 80);
        assert_int_equal(alfa_detector_use_bank(detector, others, &err), ALFA_OK);
        const struct alfa_summary seen = judge(detector, image);
        expected[i] = seen.score;
        level += seen.score_memory / COUNT;
        peaks[i] = highest_peak(detector, others, image, tiles);
        assert_int_equal(alfa_detector_use_bank(detector, NULL, &err), ALFA_OK);
        alfa_image_free(image);
        alfa_bank_free(others);
    }
    qsort(expected, COUNT, sizeof *expected, by_size);
    qsort(peaks, COUNT, sizeof *peaks, by_size);
    struct alfa_bank *all = learn_without(detector, COUNT), *odds = learn(detector, COUNT, ALFA_FUSION_ODDS);
    assert_int_equal(all->store.image.threshold.count, COUNT);
    for (int i = 0; i < COUNT; i++) { /* rows are kept as halves */
        assert_true(fabs(all->store.image.scores[i] - expected[i]) < 1e-4);
        assert_true(fabs(all->store.pixel.scores[i] - peaks[i]) < 1e-4);
    }
    assert_true(fabs(odds->fusion.level - level) < 1e-4);
    assert_true(expected[0] < expected[COUNT - 1] - 1e-3);
    alfa_bank_free(odds);
    alfa_bank_free(all);
    alfa_detector_free(detector);
}

static void references_are_judged_as_if_they_were_new(void **state)
{
    (void)state;
    check_left_out(0);
}

static void and_so_are_their_tiles(void **state)
{
    (void)state;
    check_left_out(2);
}

/* ------------------------------------------------------------------ tiles */

static void raise_to(struct alfa_summary *most, const struct alfa_summary *seen)
{
    most->score = fmax(most->score, seen->score);
    most->score_local = fmax(most->score_local, seen->score_local);
    most->score_memory = fmax(most->score_memory, seen->score_memory);
}

/* The largest of what the whole and each part show, judged as pictures. */
static struct alfa_summary judge_looks(struct alfa_detector *detector, const struct alfa_image *image)
{
    struct alfa__tiling tiling;
    struct alfa_summary most = judge(detector, image);
    assert_int_equal(alfa__tiles_plan(&tiling, (struct alfa__box){0, 0, 100, 80}, 2, &err), ALFA_OK);
    for (int i = 0; i < 4; i++) {
        struct alfa_image *tile = cut(image, alfa__tiles_box(&tiling, i));
        const struct alfa_summary seen = judge(detector, tile);
        raise_to(&most, &seen);
        alfa_image_free(tile);
    }
    return most;
}

static void the_most_abnormal_tile_decides(void **state)
{
    struct alfa_detector *detector = detector_with(2);
    struct alfa_bank *bank = learn_without(detector, COUNT);
    int raised = 0;
    (void)state;
    for (int with_bank = 0; with_bank < 2; with_bank++) {
        assert_int_equal(alfa_detector_use_bank(detector, with_bank ? bank : NULL, &err), ALFA_OK);
        for (unsigned which = 7; which < 11; which++) {
            struct alfa_image *image = fixture_picture(which, 100, 80);
            const struct alfa_summary tiled = judge(detector, image);
            detector->options.tiles = bank->tiles = 0;
            const struct alfa_summary whole = judge(detector, image), most = judge_looks(detector, image);
            detector->options.tiles = bank->tiles = 2;
            assert_true(fabs(tiled.score - most.score) < 1e-6);
            assert_true(fabs(tiled.score_local - most.score_local) < 1e-6);
            assert_true(!with_bank || fabs(tiled.score_memory - most.score_memory) < 1e-6);
            raised |= (most.score > whole.score + 1e-6) | (most.score_local > whole.score_local + 1e-6) << 1 |
                      (with_bank && most.score_memory > whole.score_memory + 1e-6) << 2;
            alfa_image_free(image);
        }
    }
    assert_int_equal(raised, 7); /* so that the whole alone would not have done */
    alfa_bank_free(bank);
    alfa_detector_free(detector);
}

/* ------------------------------------------------------------------ a lone picture */

/* A picture of one colour looks the same wherever it is cut, so only brightness can make its copies differ.
 */
static void copies_of_a_lone_picture_are_darker_and_brighter(void **state)
{
    struct alfa_detector *detector = detector_with(0);
    struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
    struct alfa_bank *bank;
    struct alfa_image *image;
    unsigned char *grey = malloc(64 * 64 * 3);
    (void)state;
    memset(grey, 120, 64 * 64 * 3);
    options.fusion = ALFA_FUSION_PAPER;
    assert_int_equal(alfa_image_from_rgb(&image, grey, 64, 64, 64 * 3, &err), ALFA_OK);
    assert_int_equal(alfa_bank_new(&bank, detector, &options, &err), ALFA_OK);
    assert_int_equal(alfa_bank_add(bank, detector, image, "grey", &err), ALFA_OK);
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    const struct alfa__calibration *pixel = &bank->store.pixel;
    assert_true(pixel->threshold.count >= 2);
    assert_true(pixel->scores[pixel->threshold.count - 1] - pixel->scores[0] > 1e-6);
    alfa_bank_free(bank);
    alfa_image_free(image);
    free(grey);
    alfa_detector_free(detector);
}

/* The level of one picture alone is that of its copies: each a 32nd smaller at either side, from the upper
 * left or the lower right corner, darker by 12/256 or brighter. */
static void copies_of_a_lone_picture_are_shifted(void **state)
{
    enum { WIDTH = 100, HEIGHT = 80, RIGHT = WIDTH / 32, DOWN = HEIGHT / 32 };
    struct alfa_detector *detector = detector_with(0);
    struct alfa_bank *banks[2]; /* with a level, and without */
    struct alfa_image *image = fixture_picture(4, WIDTH, HEIGHT);
    double level = 0;
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
        options.fusion = i ? ALFA_FUSION_PAPER : ALFA_FUSION_ODDS;
        options.budget = 0;
        assert_int_equal(alfa_bank_new(&banks[i], detector, &options, &err), ALFA_OK);
        assert_int_equal(alfa_bank_add(banks[i], detector, image, "alone", &err), ALFA_OK);
        assert_int_equal(alfa_bank_finish(banks[i], &err), ALFA_OK);
    }
    assert_int_equal(alfa_detector_use_bank(detector, banks[1], &err), ALFA_OK);
    for (int i = 0; i < 4; i++) {
        struct alfa_image *copy =
            cut(image, (struct alfa__box){i % 2 ? RIGHT : 0, i % 2 ? DOWN : 0, WIDTH - RIGHT, HEIGHT - DOWN});
        for (size_t k = 0; k < (size_t)(WIDTH - RIGHT) * (HEIGHT - DOWN) * 3; k++) {
            const int value = copy->rgb[k] * (i < 2 ? 256 - 12 : 256 + 12) / 256;
            copy->rgb[k] = (unsigned char)(value > 255 ? 255 : value);
        }
        level += judge(detector, copy).score_memory / 4;
        alfa_image_free(copy);
    }
    assert_true(level > 1e-3);
    assert_true(fabs(banks[0]->fusion.level - level) < 1e-4);
    assert_int_equal(alfa_detector_use_bank(detector, NULL, &err), ALFA_OK);
    alfa_bank_free(banks[0]);
    alfa_bank_free(banks[1]);
    alfa_image_free(image);
    alfa_detector_free(detector);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_are_judged_as_if_they_were_new),
        cmocka_unit_test(and_so_are_their_tiles),
        cmocka_unit_test(the_most_abnormal_tile_decides),
        cmocka_unit_test(copies_of_a_lone_picture_are_darker_and_brighter),
        cmocka_unit_test(copies_of_a_lone_picture_are_shifted),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
