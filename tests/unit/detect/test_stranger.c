/* An image among the normal ones that does not belong: the bank is that of the others. */
#include "detect/detector.h"
#include "unit/fixture.h"

#include <string.h>
#include <unistd.h>

#define SIDE 240

static struct alfa_error err;

/* Plates with a hole, under noise, and from one number on stripes. */
static struct alfa_image *draw(int which, int stripes)
{
    struct alfa_image *image;
    unsigned char *rgb = malloc(SIDE * SIDE * 3);
    unsigned noise = (unsigned)which * 7919u + 1;
    for (int i = 0; i < SIDE * SIDE; i++) {
        const int x = i % SIDE - 120, y = i / SIDE - 120;
        const int plate = x * x + y * y < 30 * 30 ? 40 : 150;
        noise = noise * 1664525u + 1013904223u;
        memset(rgb + 3 * i, (which >= stripes ? i / 12 % 2 * 200 : plate) + (int)(noise >> 28), 3);
    }
    assert_int_equal(alfa_image_from_rgb(&image, rgb, SIDE, SIDE, SIDE * 3, &err), ALFA_OK);
    free(rgb);
    return image;
}

/* Of the images from first on, in steps round the list; the bank is finished every so often. */
static struct alfa_bank *learn(struct alfa_detector *detector, const struct alfa_bank_options *options,
                               int count, int first, int step, int every, int stripes)
{
    struct alfa_bank *bank;
    assert_int_equal(alfa_bank_new(&bank, detector, options, &err), ALFA_OK);
    for (int i = 0; i < count; i++) {
        const int which = (first + i * step) % count;
        struct alfa_image *image = draw(which, stripes);
        char name[32];
        snprintf(name, sizeof name, "plate %d", which);
        assert_int_equal(alfa_bank_add(bank, detector, image, name, &err), ALFA_OK);
        alfa_image_free(image);
        if ((i + 1) % every == 0 || i + 1 == count)
            assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    }
    return bank;
}

static void assert_same_memory(const struct alfa_bank *a, const struct alfa_bank *b)
{
    assert_int_equal(a->store.part_count, b->store.part_count);
    for (int p = 0; p < a->store.part_count; p++) {
        const struct alfa__memory *x = &a->store.parts[p], *y = &b->store.parts[p];
        assert_int_equal(x->rows, y->rows);
        assert_memory_equal(x->vectors, y->vectors, (size_t)x->rows * (size_t)x->dim * sizeof *x->vectors);
    }
    assert_true(a->store.image.threshold.value == b->store.image.threshold.value);
    assert_true(a->store.pixel.threshold.value == b->store.pixel.threshold.value);
}

/* Whenever it comes: the memory and the thresholds of the others alone. */
static void check_changes_nothing(struct alfa_detector *detector, const struct alfa_bank_options *options,
                                  int count)
{
    const struct {
        int first, step, every;
    } ways[] = {{0, 1, count}, {count - 1, 1, 1}, {count - 2, count - 1, 2}};
    struct alfa_bank *others = learn(detector, options, count - 1, 0, 1, count, count);
    assert_int_equal(alfa_bank_info(others)->strange, 0);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct alfa_bank *bank =
            learn(detector, options, count, ways[i].first, ways[i].step, ways[i].every, count - 1);
        assert_int_equal(alfa_bank_info(bank)->strange, 1);
        for (int r = 0; r < count; r++) {
            const struct alfa_picture *picture = alfa_bank_picture(bank, r);
            assert_true(picture->strange == (atoi(picture->name + strlen("plate ")) == count - 1));
        }
        assert_same_memory(bank, others);
        alfa_bank_free(bank);
    }
    alfa_bank_free(others);
}

/* Where fewer pictures offer more rows each, turned or not. */
static void test_a_strange_image_changes_nothing(void **state)
{
    static const struct {
        int budget, count;
        enum alfa_turned turned;
    } cases[] = {{100, 6, ALFA_TURNED_AUTO}, {100, 6, ALFA_TURNED_ALWAYS}, {40, 5, ALFA_TURNED_NEVER}};
    struct alfa_detector *detector = fixture_detector(*state, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
        options.budget = cases[i].budget;
        options.turned = cases[i].turned;
        check_changes_nothing(detector, &options, cases[i].count);
    }
    alfa_detector_free(detector);
}

/* Four that are alike among twenty: most groups hold one of them. */
static void test_a_few_of_another_kind(void **state)
{
    struct alfa_detector *detector = fixture_detector(*state, NULL);
    struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
    options.budget = 100;
    struct alfa_bank *bank = learn(detector, &options, 24, 0, 1, 24, 20);
    assert_int_equal(alfa_bank_info(bank)->strange, 4);
    for (int r = 0; r < 24; r++) {
        const struct alfa_picture *picture = alfa_bank_picture(bank, r);
        assert_true(picture->strange == (atoi(picture->name + strlen("plate ")) >= 20));
    }
    alfa_bank_free(bank);
    alfa_detector_free(detector);
}

/* Whoever says that a strange image belongs is believed: at once or later, also of a bank that was a file, of
 * one or of all that are there. */
static void test_a_kept_one_belongs(void **state)
{
    struct alfa_detector *detector = fixture_detector(*state, NULL);
    struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
    options.budget = 100;
    options.keep_all = true;
    struct alfa_bank *all = learn(detector, &options, 6, 0, 1, 6, 5), *bank, *loaded;
    options.keep_all = false;
    bank = learn(detector, &options, 6, 0, 1, 6, 5);
    struct alfa_image *strange = draw(5, 5), *unknown = draw(6, 5);
    char path[] = "/tmp/alfa-kept-XXXXXX";
    close(mkstemp(path));
    assert_int_equal(alfa_bank_info(bank)->strange, 1);
    assert_int_equal(alfa_bank_save(bank, path, &err), ALFA_OK);
    assert_int_equal(alfa_bank_load(&loaded, path, &err), ALFA_OK);
    struct alfa_bank *const both[] = {bank, loaded}, *empty;
    assert_int_equal(alfa_bank_new(&empty, detector, &options, &err), ALFA_OK);
    assert_int_equal(alfa_bank_keep(empty, detector, NULL, &err), ALFA_ERROR_INPUT);
    alfa_bank_free(empty);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(alfa_bank_keep(both[i], detector, unknown, &err), ALFA_ERROR_INPUT);
        assert_int_equal(alfa_bank_keep(both[i], detector, i ? NULL : strange, &err), ALFA_OK);
        assert_int_equal(alfa_bank_finish(both[i], &err), ALFA_OK);
        assert_int_equal(alfa_bank_info(both[i])->strange, 0);
        assert_same_memory(both[i], all);
    }
    alfa_bank_free(loaded);
    assert_int_equal(alfa_bank_save(bank, path, &err), ALFA_OK); /* and stays so when others join */
    assert_int_equal(alfa_bank_load(&loaded, path, &err), ALFA_OK);
    struct alfa_image *another = draw(6, 7);
    assert_int_equal(alfa_bank_add(loaded, detector, another, "another", &err), ALFA_OK);
    assert_int_equal(alfa_bank_finish(loaded, &err), ALFA_OK);
    for (int r = 0; r < 7; r++) {
        const struct alfa_picture *picture = alfa_bank_picture(loaded, r);
        assert_true(!picture->strange || strcmp(picture->name, "plate 5") != 0);
    }
    remove(path);
    alfa_image_free(another), alfa_image_free(strange), alfa_image_free(unknown);
    alfa_bank_free(loaded), alfa_bank_free(bank), alfa_bank_free(all);
    alfa_detector_free(detector);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_strange_image_changes_nothing),
        cmocka_unit_test(test_a_few_of_another_kind),
        cmocka_unit_test(test_a_kept_one_belongs),
    };
    return cmocka_run_group_tests(tests, fixture_open_plates, fixture_close_plates);
}
