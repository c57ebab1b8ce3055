/* Parts that always lie alike: with places a memory knows what belongs where. */
#include "base/files.h"
#include "detect/detector.h"
#include "unit/fixture.h"

#include <math.h>
#include <string.h>

#define SIDE 240

static struct alfa_error err;

/* A plate with a round hole at (x, y) and a bright square at (170, 70), under noise. */
static struct alfa_image *draw(unsigned noise, int x, int y)
{
    struct alfa_image *image;
    unsigned char *rgb = malloc(SIDE * SIDE * 3);
    noise = noise * 7919u + 1;
    for (int i = 0; i < SIDE * SIDE; i++) {
        const int column = i % SIDE, row = i / SIDE;
        const bool hole = (column - x) * (column - x) + (row - y) * (row - y) < 24 * 24;
        const bool square = abs(column - 170) < 22 && abs(row - 70) < 22;
        noise = noise * 1664525u + 1013904223u;
        memset(rgb + 3 * i, (hole ? 40 : square ? 210 : 130) + (int)(noise >> 28), 3);
    }
    assert_int_equal(alfa_image_from_rgb(&image, rgb, SIDE, SIDE, SIDE * 3, &err), ALFA_OK);
    free(rgb);
    return image;
}

static struct alfa_bank *learn_with(struct alfa_detector *detector, const struct alfa_bank_options *options)
{
    struct alfa_bank *bank;
    assert_int_equal(alfa_bank_new(&bank, detector, options, &err), ALFA_OK);
    for (unsigned i = 0; i < 4; i++) {
        struct alfa_image *image = draw(i, 70, 70);
        char name[16];
        snprintf(name, sizeof name, "plate %u", i);
        assert_int_equal(alfa_bank_add(bank, detector, image, name, &err), ALFA_OK);
        alfa_image_free(image);
    }
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    return bank;
}

static struct alfa_bank *learn(struct alfa_detector *detector, double place)
{
    struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
    options.place = place;
    options.turned = ALFA_TURNED_NEVER;
    return learn_with(detector, &options);
}

static struct alfa_summary judge(struct alfa_detector *detector, unsigned noise, int x, int y)
{
    struct alfa_result *result;
    struct alfa_image *image = draw(noise, x, y);
    assert_int_equal(alfa_detector_run(&result, detector, image, &err), ALFA_OK);
    struct alfa_summary summary = *alfa_result_summary(result);
    const bool placed = detector->bank && detector->bank->store.place > 0;
    assert_true(placed == (strstr(alfa_result_settings(result), "\"place\":2.0") != NULL));
    alfa_result_free(result);
    alfa_image_free(image);
    return summary;
}

/* How much stranger a plate is whose hole is elsewhere than one that is right, in units of what normal ones
 * show. */
static double excess(struct alfa_detector *detector, const struct alfa_bank *bank)
{
    assert_int_equal(alfa_detector_use_bank(detector, bank, &err), ALFA_OK);
    const double moved = judge(detector, 9, 70, 170).score_memory,
                 right = judge(detector, 8, 70, 70).score_memory;
    assert_int_equal(alfa_detector_use_bank(detector, NULL, &err), ALFA_OK);
    return (moved - right) / bank->fusion.level;
}

static void test_a_hole_elsewhere_is_found(void **state)
{
    struct alfa_detector *detector = fixture_detector(*state, NULL);
    struct alfa_bank *plain = learn(detector, 0), *placed = learn(detector, ALFA_PLACE_WEIGHT);
    const double without = excess(detector, plain), with = excess(detector, placed);
    if (!(with > 1.5 * without + 1))
        fail_msg("with places %g, without %g", with, without);
    assert_int_equal(alfa_detector_use_bank(detector, placed, &err), ALFA_OK);
    assert_true(judge(detector, 9, 70, 170).anomalous && !judge(detector, 8, 70, 70).anomalous);
    alfa_detector_free(detector);
    alfa_bank_free(plain);
    alfa_bank_free(placed);
}

/* The file remembers it, and a detector that is opened by the file needs nothing else. */
static void test_the_bank_remembers(void **state)
{
    const struct fixture *f = *state;
    char path[] = "/tmp/alfa-place-XXXXXX";
    struct alfa_detector *detector = fixture_detector(f, NULL), *other;
    struct alfa_bank *bank = learn(detector, ALFA_PLACE_WEIGHT), *loaded;
    close(mkstemp(path));
    assert_int_equal(alfa_bank_save(bank, path, &err), ALFA_OK);
    assert_int_equal(alfa_bank_load(&loaded, path, &err), ALFA_OK);
    assert_true(alfa_bank_info(loaded)->place == ALFA_PLACE_WEIGHT);
    assert_int_equal(alfa_detector_open_bank(&other, f->model, loaded, NULL, &err), ALFA_OK);
    assert_int_equal(alfa_detector_use_bank(detector, bank, &err), ALFA_OK);
    const double one = judge(detector, 9, 70, 170).score_memory, two = judge(other, 9, 70, 170).score_memory;
    if (!(one > 0 && fabs(one - two) < 1e-3 * one)) /* kept as halves */
        fail_msg("%g as learned, %g as read", one, two);
    alfa_detector_free(other);
    alfa_detector_free(detector);
    alfa_bank_free(bank);
    alfa_bank_free(loaded);
    unlink(path);
}

/* A tile's rows have their place in the picture, not in the tile. */
static void test_tiles_have_their_places(void **state)
{
    const struct fixture *f = *state;
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    options.tiles = 2;
    struct alfa_detector *detector = fixture_detector(f, &options);
    struct alfa_bank *bank = learn(detector, ALFA_PLACE_WEIGHT);
    const struct alfa__reference *first = &bank->store.references[0];
    const int dim = bank->store.parts[0].dim, side = first->passes.items[4].rows[0].side;
    float *rows;
    struct alfa__arena arena = {0};
    assert_int_equal(first->passes.count, 5);
    assert_int_equal(alfa__rows_unpack(&rows, &first->passes.items[4].rows[0], dim, &arena, &err), ALFA_OK);
    const float *last =
        rows + (size_t)(side * side - 1) * (size_t)dim + dim - 4; /* of the lower right tile */
    assert_true(atan2(rows[dim - 3], rows[dim - 4]) > 0.4);
    assert_true(atan2(last[1], last[0]) > 0.95 && atan2(last[3], last[2]) > 0.95);
    alfa__arena_free(&arena);
    alfa_bank_free(bank);
    alfa_detector_free(detector);
}

/* Parts in a fixture are noticed; parts that lie anywhere are not, nor the same texture everywhere. */
static void test_fixtures_are_noticed(void **state)
{
    struct alfa_detector *detector = fixture_detector(*state, NULL);
    for (int how = 0; how < 4; how++) {
        struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
        struct alfa_bank *bank;
        options.place = how == 3 ? ALFA_PLACE_WEIGHT : 0;
        options.turned = ALFA_TURNED_NEVER;
        assert_int_equal(alfa_bank_new(&bank, detector, &options, &err), ALFA_OK);
        for (unsigned i = 0; i < 4; i++) {
            const int away = how == 1 ? 40 * (int)i : 0;
            struct alfa_image *image =
                how == 2 ? fixture_picture(i, SIDE, SIDE) : draw(i, 40 + away, 190 - away);
            assert_int_equal(alfa_bank_add(bank, detector, image, "part", &err), ALFA_OK);
            alfa_image_free(image);
        }
        assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
        assert_true(alfa_bank_info(bank)->fixtured == (how == 0));
        alfa_bank_free(bank);
    }
    alfa_detector_free(detector);
}

static void test_refusals(void **state)
{
    struct alfa_detector *detector = fixture_detector(*state, NULL);
    struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
    struct alfa_bank *bank;
    options.place = 2;
    options.turned = ALFA_TURNED_ALWAYS;
    assert_int_equal(alfa_bank_new(&bank, detector, &options, &err), ALFA_ERROR_USAGE);
    assert_non_null(strstr(err.message, "exclude each other"));
    options.turned = ALFA_TURNED_AUTO;
    options.place = 11;
    assert_int_equal(alfa_bank_new(&bank, detector, &options, &err), ALFA_ERROR_USAGE);
    options.place = NAN;
    assert_int_equal(alfa_bank_new(&bank, detector, &options, &err), ALFA_ERROR_USAGE);
    alfa_detector_free(detector);
}

/* Rows of another length, as a file might say, are never read over their end. */
static void test_other_rows_are_refused(void **state)
{
    struct alfa_detector *detector = fixture_detector(*state, NULL);
    for (int part = 0; part < 3; part += 2) {
        struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
        struct alfa_result *result;
        options.fusion = ALFA_FUSION_PAPER; /* windows before the layer */
        struct alfa_bank *bank = learn_with(detector, &options);
        struct alfa_image *image = draw(1, 70, 70);
        bank->store.parts[part].rows /= 2;
        bank->store.parts[part].dim *= 2;
        assert_int_equal(alfa_detector_use_bank(detector, bank, &err), ALFA_OK);
        assert_int_equal(alfa_detector_run(&result, detector, image, &err), ALFA_ERROR_INPUT);
        assert_non_null(strstr(err.message, "does not hold what this model sees"));
        assert_int_equal(alfa_detector_use_bank(detector, NULL, &err), ALFA_OK);
        alfa_image_free(image);
        alfa_bank_free(bank);
    }
    alfa_detector_free(detector);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_hole_elsewhere_is_found),
        cmocka_unit_test(test_the_bank_remembers),
        cmocka_unit_test(test_tiles_have_their_places),
        cmocka_unit_test(test_fixtures_are_noticed),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_other_rows_are_refused),
    };
    return cmocka_run_group_tests(tests, fixture_open_plates, fixture_close_plates);
}
