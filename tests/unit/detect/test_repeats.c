/* Normal images that show one part twice: they are named, and judged without each other. */
#include "detect/detector.h"
#include "unit/fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIDE 240
#define PARTS 5
#define OTHER_KIND 100
#define BUDGET 100 /* a choice among thousands of rows takes long with checks of memory */

static struct alfa_error err;

/* A plate with its own three spots, from number OTHER_KIND on a bright one; taken: with which noise, and how
 * far beside. */
static struct alfa_image *draw(unsigned part, unsigned taken)
{
    struct alfa_image *image;
    unsigned char *rgb = malloc(SIDE * SIDE * 3);
    unsigned place = part * 7919u + 3, noise = part * 31u + taken * 104729u + 1;
    memset(rgb, 0, SIDE * SIDE * 3);
    for (int i = 0; i < SIDE * SIDE; i++) {
        noise = noise * 1664525u + 1013904223u;
        memset(rgb + 3 * i,
               (part < OTHER_KIND ? 90 : 230 - i % SIDE / 3) + i / SIDE / 12 + (int)(noise >> 31), 3);
    }
    for (int spot = 0; spot < 3; spot++) {
        place = place * 1664525u + 1013904223u;
        const int x = 30 + (int)(place >> 8) % 180 + (int)taken, y = 30 + (int)(place >> 20) % 180;
        const int radius = 8 + (int)(place >> 4) % 16, grey = 30 + (int)(place >> 12) % 60;
        for (int i = 0; i < SIDE * SIDE; i++)
            if ((i % SIDE - x) * (i % SIDE - x) + (i / SIDE - y) * (i / SIDE - y) < radius * radius)
                memset(rgb + 3 * i, grey, 3);
    }
    assert_int_equal(alfa_image_from_rgb(&image, rgb, SIDE, SIDE, SIDE * 3, &err), ALFA_OK);
    free(rgb);
    return image;
}

/* Of so many parts; of the first one as often as it says. */
static struct alfa_bank *learn(struct alfa_detector *detector, unsigned parts, unsigned times)
{
    struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
    struct alfa_bank *bank;
    options.budget = BUDGET;
    options.turned = ALFA_TURNED_NEVER;
    assert_int_equal(alfa_bank_new(&bank, detector, &options, &err), ALFA_OK);
    for (unsigned i = 0; i + 1 < parts + times; i++) {
        const unsigned part = i < times ? 0 : i - times + 1;
        struct alfa_image *image = draw(part, i < times ? i : 0);
        char name[16];
        snprintf(name, sizeof name, i < times ? "first %u" : "part %u", i < times ? i : part);
        assert_int_equal(alfa_bank_add(bank, detector, image, name, &err), ALFA_OK);
        alfa_image_free(image);
    }
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    return bank;
}

static const struct alfa_picture *find(const struct alfa_bank *bank, const char *name)
{
    for (int i = 0;; i++) {
        const struct alfa_picture *picture = alfa_bank_picture(bank, i);
        assert_non_null(picture);
        if (strcmp(picture->name, name) == 0)
            return picture;
    }
}

static int count_named(const struct alfa_bank *bank)
{
    int count = 0;
    for (int i = 0; i < alfa_bank_info(bank)->references; i++)
        count += alfa_bank_picture(bank, i)->same_part != NULL;
    return count;
}

static void test_a_part_that_is_taken_twice_is_named(void **state)
{
    struct alfa_detector *detector = fixture_detector(*state, NULL);
    struct alfa_bank *bank = learn(detector, PARTS, 2);
    assert_int_equal(count_named(bank), 1);
    const struct alfa_picture *first = find(bank, "first 0"), *second = find(bank, "first 1");
    assert_string_equal(first->same_part ? first->same_part : second->same_part,
                        first->same_part ? second->name : first->name);
    assert_non_null(strstr(alfa_bank_info(bank)->calibration, "6 images are too few"));
    assert_non_null(
        strstr(alfa_bank_info(bank)->calibration, "; 1 of them shows a part again, so that it is less sure"));
    alfa_bank_free(bank);
    bank = learn(detector, PARTS, 1);
    assert_int_equal(count_named(bank), 0);
    alfa_bank_free(bank);
    alfa_detector_free(detector);
}

static void test_kinds_of_parts_are_no_repeats(void **state)
{
    struct alfa_detector *detector = fixture_detector(*state, NULL);
    struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
    struct alfa_bank *bank;
    options.budget = BUDGET;
    options.turned = ALFA_TURNED_NEVER;
    assert_int_equal(alfa_bank_new(&bank, detector, &options, &err), ALFA_OK);
    for (unsigned i = 0; i < 8; i++) {
        struct alfa_image *image = draw(i % 2 * OTHER_KIND + i, 0);
        assert_int_equal(alfa_bank_add(bank, detector, image, "of two kinds", &err), ALFA_OK);
        alfa_image_free(image);
    }
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    assert_int_equal(count_named(bank), 0);
    alfa_bank_free(bank);
    alfa_detector_free(detector);
}

/* It looks as strange as when it is there once, and so does each of three. */
static void test_it_is_judged_without_its_like(void **state)
{
    struct alfa_detector *detector = fixture_detector(*state, NULL);
    struct alfa_bank *bank = learn(detector, PARTS, 1);
    const double once = find(bank, "first 0")->score;
    alfa_bank_free(bank);
    for (unsigned times = 2; times <= 3; times++) {
        bank = learn(detector, PARTS, times);
        for (unsigned i = 0; i < times; i++) {
            char name[16];
            snprintf(name, sizeof name, "first %u", i);
            assert_true(find(bank, name)->score > 0.9 * once);
        }
        alfa_bank_free(bank);
    }
    alfa_detector_free(detector);
}

/* One that is known to be good and shows a learned part again has its likeness in the memory. */
static void test_known_good_ones_that_repeat_do_not_count(void **state)
{
    struct alfa_detector *detector = fixture_detector(*state, NULL);
    struct alfa_bank *bank = learn(detector, PARTS, 1);
    struct alfa_tradeoff tradeoff;
    const char *const names[] = {"again", "another"};
    for (unsigned i = 0; i < 2; i++) {
        struct alfa_image *image = draw(i ? PARTS + 1 : 1, 1);
        assert_int_equal(alfa_bank_add_known(bank, detector, image, names[i], ALFA_ROLE_GOOD, NULL, &err),
                         ALFA_OK);
        alfa_image_free(image);
    }
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    assert_int_equal(count_named(bank), 0);
    assert_string_equal(find(bank, "again")->same_part, "part 1");
    assert_null(find(bank, "another")->same_part);
    alfa_bank_tradeoff(&tradeoff, bank, 0.5);
    assert_int_equal(tradeoff.good, PARTS + 1);
    alfa_bank_free(bank);
    alfa_detector_free(detector);
}

/* What was found is in the file. */
static void test_a_bank_that_is_read_knows_it(void **state)
{
    struct alfa_detector *detector = fixture_detector(*state, NULL);
    struct alfa_bank *bank = learn(detector, PARTS, 2), *again;
    char path[] = "/tmp/alfa-repeats-XXXXXX";
    close(mkstemp(path));
    assert_int_equal(alfa_bank_save(bank, path, &err), ALFA_OK);
    assert_int_equal(alfa_bank_load(&again, path, &err), ALFA_OK);
    unlink(path);
    for (int i = 0; i <= PARTS; i++) {
        const char *before = alfa_bank_picture(bank, i)->same_part,
                   *after = alfa_bank_picture(again, i)->same_part;
        assert_true(before ? after && strcmp(before, after) == 0 : !after);
    }
    assert_int_equal(count_named(again), 1);
    assert_string_equal(alfa_bank_info(again)->calibration, alfa_bank_info(bank)->calibration);
    alfa_bank_free(again);
    alfa_bank_free(bank);
    alfa_detector_free(detector);
}

/* Where nothing else is there, each counts alone. */
static void test_one_part_alone(void **state)
{
    struct alfa_detector *detector = fixture_detector(*state, NULL);
    for (unsigned times = 2; times <= 4; times++) {
        struct alfa_bank *bank = learn(detector, 1, times);
        const double threshold = alfa_bank_info(bank)->threshold;
        assert_true(threshold > 0 && threshold < 1);
        alfa_bank_free(bank);
    }
    alfa_detector_free(detector);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_part_that_is_taken_twice_is_named),
        cmocka_unit_test(test_kinds_of_parts_are_no_repeats),
        cmocka_unit_test(test_it_is_judged_without_its_like),
        cmocka_unit_test(test_known_good_ones_that_repeat_do_not_count),
        cmocka_unit_test(test_a_bank_that_is_read_knows_it),
        cmocka_unit_test(test_one_part_alone),
    };
    return cmocka_run_group_tests(tests, fixture_open_plates, fixture_close_plates);
}
