/* Whether a memory has its images turned as well, when nobody says. */
#include "base/files.h"
#include "detect/detector.h"
#include "image/turn.h"
#include "unit/fixture.h"

#include <string.h>

#define SIDE 240
#define BUDGET 100 /* a choice among thousands of rows takes long with checks of memory */

static struct alfa_error err;

/* A plate with a hole in one corner and a bar below, under noise, in a pose. */
static struct alfa_image *draw(unsigned noise, struct alfa__pose pose)
{
    struct alfa_image *image, *posed;
    unsigned char *rgb = malloc(SIDE * SIDE * 3);
    noise = noise * 7919u + 1;
    for (int i = 0; i < SIDE * SIDE; i++) {
        const int x = i % SIDE, y = i / SIDE;
        const bool hole = (x - 70) * (x - 70) + (y - 70) * (y - 70) < 24 * 24;
        const bool bar = x > 40 && x < 170 && y > 150 && y < 150 + x / 4;
        noise = noise * 1664525u + 1013904223u;
        memset(rgb + 3 * i, (hole ? 40 : bar ? 210 : 80 + y / 3) + (int)(noise >> 30), 3);
    }
    assert_int_equal(alfa_image_from_rgb(&image, rgb, SIDE, SIDE, SIDE * 3, &err), ALFA_OK);
    assert_int_equal(alfa__image_turn(&posed, image, pose, &err), ALFA_OK);
    alfa_image_free(image);
    free(rgb);
    return posed;
}

static void add(struct alfa_bank *bank, struct alfa_detector *detector, unsigned which, int quarters)
{
    struct alfa_image *image = draw(which, (struct alfa__pose){quarters, false});
    char name[16];
    snprintf(name, sizeof name, "plate %u", which);
    assert_int_equal(alfa_bank_add(bank, detector, image, name, &err), ALFA_OK);
    alfa_image_free(image);
}

/* Of plates that lie alike, or each a quarter turn further. */
static struct alfa_bank *learn(struct alfa_detector *detector, enum alfa_turned turned, unsigned count,
                               bool anyhow)
{
    struct alfa_bank_options own = ALFA_BANK_OPTIONS_INIT;
    struct alfa_bank *bank;
    own.turned = turned;
    own.budget = BUDGET;
    assert_int_equal(alfa_bank_new(&bank, detector, &own, &err), ALFA_OK);
    for (unsigned i = 0; i < count; i++)
        add(bank, detector, i, anyhow ? (int)i % 4 : 0);
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    return bank;
}

/* How far a new plate is that lies upside down, in units of one that does not. */
static double upside_down(struct alfa_detector *detector, const struct alfa_bank *bank)
{
    double far[2];
    assert_int_equal(alfa_detector_use_bank(detector, bank, &err), ALFA_OK);
    for (int i = 0; i < 2; i++) {
        struct alfa_result *result;
        struct alfa_image *image = draw(100, (struct alfa__pose){2 * i, false});
        assert_int_equal(alfa_detector_run(&result, detector, image, &err), ALFA_OK);
        far[i] = alfa_result_summary(result)->score_memory;
        alfa_result_free(result);
        alfa_image_free(image);
    }
    assert_int_equal(alfa_detector_use_bank(detector, NULL, &err), ALFA_OK);
    return far[1] / far[0];
}

static void test_parts_that_lie_alike_stay_as_they_lie(void **state)
{
    struct alfa_detector *detector = fixture_detector(*state, NULL);
    struct alfa_bank *bank = learn(detector, ALFA_TURNED_AUTO, 4, false);
    assert_false(alfa_bank_info(bank)->turned);
    const double by_itself = upside_down(detector, bank);
    alfa_bank_free(bank);
    bank = learn(detector, ALFA_TURNED_ALWAYS, 4, false);
    assert_true(alfa_bank_info(bank)->turned);
    const double told = upside_down(detector, bank);
    if (!(by_itself > 2 && told < 1.5))
        fail_msg("upside down %g times as far, with turned images %g", by_itself, told);
    alfa_bank_free(bank);
    bank = learn(detector, ALFA_TURNED_NEVER, 4, false);
    assert_true(!alfa_bank_info(bank)->turned && upside_down(detector, bank) == by_itself);
    alfa_bank_free(bank);
    alfa_detector_free(detector);
}

static void test_parts_that_lie_anyhow_are_turned(void **state)
{
    struct alfa_detector *detector = fixture_detector(*state, NULL);
    struct alfa_bank *bank = learn(detector, ALFA_TURNED_AUTO, 4, true);
    assert_true(alfa_bank_info(bank)->turned);
    alfa_bank_free(bank);
    alfa_detector_free(detector);
}

static char *bytes_of(const struct alfa_bank *bank, size_t *size)
{
    char path[] = "/tmp/alfa-poses-XXXXXX", *bytes;
    close(mkstemp(path));
    assert_int_equal(alfa_bank_save(bank, path, &err), ALFA_OK);
    assert_int_equal(alfa__file_read(&bytes, size, path, (size_t)1 << 30, &err), ALFA_OK);
    unlink(path);
    return bytes;
}

static void assert_same(const struct alfa_bank *a, const struct alfa_bank *b)
{
    size_t sizes[2];
    char *bytes[] = {bytes_of(a, &sizes[0]), bytes_of(b, &sizes[1])};
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(bytes[0], bytes[1], sizes[0]);
    free(bytes[0]);
    free(bytes[1]);
}

/* One alone says nothing of how others lie; a second does, whether it comes at once or later. */
static void test_the_second_decides(void **state)
{
    char path[] = "/tmp/alfa-poses-XXXXXX";
    struct alfa_detector *detector = fixture_detector(*state, NULL);
    struct alfa_bank *bank = learn(detector, ALFA_TURNED_AUTO, 1, false),
                     *at_once = learn(detector, ALFA_TURNED_AUTO, 2, false);
    close(mkstemp(path));
    assert_true(alfa_bank_info(bank)->turned);
    assert_int_equal(alfa_bank_save(bank, path, &err), ALFA_OK);
    alfa_bank_free(bank);
    assert_int_equal(alfa_bank_load(&bank, path, &err), ALFA_OK);
    assert_true(alfa_bank_info(bank)->turned);
    add(bank, detector, 1, 0);
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    assert_false(alfa_bank_info(bank)->turned);
    assert_same(bank, at_once);
    alfa_bank_free(bank);
    alfa_bank_free(at_once);
    unlink(path);
    alfa_detector_free(detector);
}

/* With the fourth picture one may be strange: what three offer must be enough for that. */
static void test_one_by_one(void **state)
{
    static const enum alfa_turned ways[] = {ALFA_TURNED_AUTO, ALFA_TURNED_ALWAYS, ALFA_TURNED_NEVER};
    struct alfa_detector *detector = fixture_detector(*state, NULL);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct alfa_bank *at_once = learn(detector, ways[i], 4, true);
        struct alfa_bank *later = learn(detector, ways[i], 3, true);
        add(later, detector, 3, 3);
        assert_int_equal(alfa_bank_finish(later, &err), ALFA_OK);
        assert_same(at_once, later);
        alfa_bank_free(at_once);
        alfa_bank_free(later);
    }
    alfa_detector_free(detector);
}

/* Nor when it is the first image that asks for tiles. */
static void test_not_with_tiles(void **state)
{
    static const struct {
        int tiles, side;
        bool turned;
    } cases[] = {{2, 240, false}, {ALFA_TILES_AUTO, 1000, false}, {ALFA_TILES_AUTO, 240, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct alfa_detector_options seen = ALFA_DETECTOR_OPTIONS_INIT;
        struct alfa_bank *bank;
        struct alfa_bank_options kept = ALFA_BANK_OPTIONS_INIT;
        seen.tiles = cases[i].tiles;
        kept.budget = BUDGET;
        struct alfa_detector *detector = fixture_detector(*state, &seen);
        struct alfa_image *image = fixture_picture(1, cases[i].side, cases[i].side);
        assert_int_equal(alfa_bank_new(&bank, detector, &kept, &err), ALFA_OK);
        assert_int_equal(alfa_bank_add(bank, detector, image, "plate", &err), ALFA_OK);
        assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
        assert_true(alfa_bank_info(bank)->turned == cases[i].turned);
        alfa_bank_free(bank);
        alfa_image_free(image);
        alfa_detector_free(detector);
    }
}

static void test_not_where_it_has_no_meaning(void **state)
{
    for (int i = 0; i < 5; i++) {
        struct alfa_detector_options seen = ALFA_DETECTOR_OPTIONS_INIT;
        struct alfa_bank_options kept = ALFA_BANK_OPTIONS_INIT;
        struct alfa_bank *bank;
        seen.method = i == 1 ? ALFA_METHOD_WINCLIP : i == 2 ? ALFA_METHOD_PATCHCORE : ALFA_METHOD_ALFA;
        seen.align = i == 3;
        kept.place = i == 0 ? ALFA_PLACE_WEIGHT : 0;
        kept.layers = i == 4 ? "stem,block1" : NULL;
        struct alfa_detector *detector = fixture_detector(*state, &seen);
        assert_int_equal(alfa_bank_new(&bank, detector, &kept, &err), ALFA_OK);
        assert_false(alfa_bank_info(bank)->turned);
        alfa_bank_free(bank);
        alfa_detector_free(detector);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_that_lie_alike_stay_as_they_lie),
        cmocka_unit_test(test_parts_that_lie_anyhow_are_turned),
        cmocka_unit_test(test_the_second_decides),
        cmocka_unit_test(test_one_by_one),
        cmocka_unit_test(test_not_with_tiles),
        cmocka_unit_test(test_not_where_it_has_no_meaning),
    };
    return cmocka_run_group_tests(tests, fixture_open_plates, fixture_close_plates);
}
