/* Masks as data sets store them; the pictures come from tests/reference/make_metrics.py. */
#include "dataset/mask.h"
#include "image/write.h"
#include "unit/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define DATA "tests/data/eval/"

static void any_number_but_zero_is_anomalous(void **state)
{
    (void)state;
    static const char *const paths[] = {DATA "mask-numbers.png", DATA "mask-palette.png",
                                        DATA "mask-bits.png", DATA "mask-alpha.png", DATA "mask-16.png"};
    static const unsigned char expected[6] = {0, 1, 1, 0, 1, 1};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct alfa__mask mask;
        assert_int_equal(alfa__mask_load(&mask, paths[i], NULL), ALFA_OK);
        assert_int_equal(mask.width, 3);
        assert_int_equal(mask.height, 2);
        assert_memory_equal(mask.pixels, expected, 6);
        assert_int_equal(mask.anomalous, 4);
        alfa__mask_free(&mask);
    }
}

static void a_jpeg_is_cut_in_the_middle(void **state)
{
    (void)state;
    struct alfa__mask mask;
    assert_int_equal(alfa__mask_load(&mask, DATA "mask.jpg", NULL), ALFA_OK);
    assert_int_equal(mask.width, 24);
    for (int y = 0; y < 24; y++)
        for (int x = 0; x < 24; x++)
            assert_int_equal(mask.pixels[y * 24 + x], y >= 5 && y < 17 && x >= 6 && x < 18);
    assert_int_equal(mask.anomalous, 144);
    alfa__mask_free(&mask);
}

static void what_is_no_mask_fails(void **state)
{
    (void)state;
    struct alfa__mask mask;
    struct alfa__notices notices = {0};
    struct alfa_error err;
    assert_int_equal(alfa__mask_load(&mask, DATA "no-such.png", &err), ALFA_ERROR_INPUT);
    assert_string_equal(err.source, DATA "no-such.png");
    assert_null(mask.pixels);
    assert_int_equal(alfa__mask_load(&mask, "tests/CMakeLists.txt", &err), ALFA_ERROR_INPUT);
    assert_int_equal(alfa__mask_open(&mask, DATA "no-such.png", &(struct alfa__mask_view){1, 1, false, 1, 1},
                                     &notices, &err),
                     ALFA_ERROR_INPUT);
    assert_null(mask.pixels);
    assert_int_equal(notices.count, 0);
}

/* 4 x 2 to other sizes: the middle of new pixel i lies in old pixel floor((i + 1/2) old / new). */
static void resizing_takes_the_nearest(void **state)
{
    (void)state;
    unsigned char pixels[8] = {1, 0, 0, 1, 0, 1, 0, 0};
    static const unsigned char twice[8] = {1, 1, 0, 0, 0, 0, 1, 1}, half[2] = {1, 0}, three[3] = {0, 0, 0};
    const struct alfa__mask mask = {.width = 4, .height = 2, .pixels = pixels, .anomalous = 3};
    struct alfa__mask out;
    assert_int_equal(alfa__mask_resize(&out, &mask, 8, 4, NULL), ALFA_OK);
    for (int y = 0; y < 2; y++)
        assert_memory_equal(out.pixels + y * 8, twice, 8);
    assert_int_equal(out.pixels[2 * 8 + 2] + out.pixels[3 * 8 + 3], 2);
    assert_int_equal(out.anomalous, 12);
    alfa__mask_free(&out);
    assert_int_equal(alfa__mask_resize(&out, &mask, 2, 1, NULL), ALFA_OK); /* row 1, columns 1 and 3 */
    assert_memory_equal(out.pixels, half, 2);
    alfa__mask_free(&out);
    assert_int_equal(alfa__mask_resize(&out, &mask, 3, 1, NULL), ALFA_OK); /* row 1, columns 0, 2 and 3 */
    assert_memory_equal(out.pixels, three, 3);
    assert_int_equal(out.anomalous, 0);
    alfa__mask_free(&out);
    assert_int_equal(alfa__mask_resize(&out, &mask, 4, 2, NULL), ALFA_OK);
    assert_memory_equal(out.pixels, pixels, 8);
    alfa__mask_free(&out);
    assert_int_equal(alfa__mask_resize(&out, &mask, 0, 2, NULL), ALFA_ERROR_INPUT);
    assert_null(out.pixels);
}

static void open_for(const char *path, int image_width, int image_height, int width, const char *expected)
{
    struct alfa__mask mask;
    struct alfa__notices notices = {0};
    const struct alfa__mask_view view = {image_width, image_height, false, width, width};
    assert_int_equal(alfa__mask_open(&mask, path, &view, &notices, NULL), ALFA_OK);
    assert_int_equal(mask.width, width);
    assert_int_equal(mask.height, width);
    assert_int_equal(notices.count, expected != NULL);
    if (expected) {
        assert_string_equal(notices.items[0].source, path);
        assert_string_equal(notices.items[0].text, expected);
    }
    alfa__mask_free(&mask);
    alfa__notices_free(&notices);
}

static void open_and_expect(const char *path, int image_width, int width, const char *expected)
{
    open_for(path, image_width, image_width, width, expected);
}

static void write_square(const char *path, int from, int to)
{
    unsigned char rgb[20 * 20 * 3] = {0};
    for (int y = from; y < to; y++)
        memset(rgb + (y * 20 + from) * 3, 255, (size_t)(to - from) * 3);
    assert_int_equal(alfa__image_write_png(path, rgb, 20, 20, NULL), ALFA_OK);
}

/* One pixel wide and slanted: of every second pixel five are left, which do not touch. */
static void write_scratch(const char *path)
{
    unsigned char rgb[20 * 20 * 3] = {0};
    for (int y = 0; y < 20; y++)
        memset(rgb + (y * 20 + 3 + y / 2) * 3, 255, 3);
    assert_int_equal(alfa__image_write_png(path, rgb, 20, 20, NULL), ALFA_OK);
}

static void oddities_are_reported(void **state)
{
    (void)state;
    char folder[] = "/tmp/alfa-mask-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/mask.png", folder);
    write_square(path, 5, 15);
    open_and_expect(path, 20, 10, NULL);
    open_and_expect(path, 21, 10, "is 20 x 20 pixels, its photograph 21 x 21: stretched over it");
    open_for(path, 30, 20, 10,
             "is 20 x 20 pixels, its photograph 30 x 20, which is another shape: stretched over it");
    open_for(path, 31, 30, 10, "is 20 x 20 pixels, its photograph 31 x 30: stretched over it");
    write_square(path, 0, 0);
    open_and_expect(path, 20, 10, "marks no pixel as anomalous");
    write_square(path, 0, 20);
    open_and_expect(path, 20, 10, "marks every pixel as anomalous");
    write_square(path, 6, 7);
    open_and_expect(path, 20, 10, "loses all its regions at 10 x 10 pixels");
    open_and_expect(path, 20, 20, NULL);
    write_scratch(path);
    open_and_expect(path, 20, 10, "has 5 regions at 10 x 10 pixels and 1 as drawn: PRO counts each");
    open_and_expect(path, 20, 20, NULL);
    unlink(path);
    rmdir(folder);
}

/* The first of a kind stays. */
static void notices_are_folded(void **state)
{
    struct alfa__notices notices = {0};
    (void)state;
    for (int i = 0; i < 4; i++) {
        alfa__notices_add(&notices, i ? "b" : "a", "is empty: %d", i);
        if (i % 2)
            alfa__notices_add(&notices, "c", "is full");
    }
    alfa__notices_fold(&notices, 1, 1);
    assert_int_equal(notices.count, 3);
    assert_string_equal(notices.items[0].text, "is empty: 0");
    assert_string_equal(notices.items[1].text, "is empty: 1; like 2 more");
    assert_string_equal(notices.items[2].text, "is full; like 1 more");
    alfa__notices_free(&notices);
}

/* As of a camera that says in EXIF how it was held. */
static void a_turned_mask_is_suspected(void **state)
{
    (void)state;
    char folder[] = "/tmp/alfa-mask-XXXXXX", path[64];
    unsigned char rgb[10 * 20 * 3] = {255};
    struct alfa__mask mask;
    struct alfa__notices notices = {0};
    const struct alfa__mask_view view = {20, 10, false, 20, 10};
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/mask.png", folder);
    assert_int_equal(alfa__image_write_png(path, rgb, 10, 20, NULL), ALFA_OK);
    assert_int_equal(alfa__mask_open(&mask, path, &view, &notices, NULL), ALFA_OK);
    assert_string_equal(
        notices.items[0].text,
        "is 10 x 20 pixels, its photograph 20 x 10: is it turned by a quarter? it is left out of what is "
        "measured in pixels");
    assert_null(mask.pixels);
    alfa__mask_free(&mask);
    alfa__notices_free(&notices);
    unlink(path);
    rmdir(folder);
}

/* 1 where all is well, 255 where it is not: which of them is which nobody says. */
static void a_mask_without_black_says_nothing(void **state)
{
    (void)state;
    char folder[] = "/tmp/alfa-mask-XXXXXX", path[64];
    unsigned char rgb[20 * 20 * 3];
    struct alfa__mask mask;
    struct alfa__notices notices = {0};
    const struct alfa__mask_view view = {20, 20, false, 20, 20};
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/mask.png", folder);
    memset(rgb, 1, sizeof rgb);
    memset(rgb, 255, 30);
    assert_int_equal(alfa__image_write_png(path, rgb, 20, 20, NULL), ALFA_OK);
    assert_int_equal(alfa__mask_open(&mask, path, &view, &notices, NULL), ALFA_OK);
    assert_null(mask.pixels);
    assert_int_equal(notices.count, 1);
    assert_string_equal(notices.items[0].text,
                        "has values from 1 to 255 and none that is 0: what is normal has to be black; it is "
                        "left out of what is measured in pixels");
    alfa__notices_free(&notices);
    unlink(path);
    rmdir(folder);
}

static void masks_that_mark_most_are_doubted(void **state)
{
    (void)state;
    struct alfa__notices notices = {0};
    const struct alfa__mask half = {.width = 4, .height = 2, .anomalous = 4},
                            most = {.width = 4, .height = 2, .anomalous = 5};
    assert_false(alfa__mask_is_large(&half));
    assert_true(alfa__mask_is_large(&most));
    alfa__masks_doubt(&notices, "nut", 0, 0);
    alfa__masks_doubt(&notices, "nut", 2, 2);
    alfa__masks_doubt(&notices, "nut", 2, 4);
    assert_int_equal(notices.count, 0);
    alfa__masks_doubt(&notices, "nut", 3, 4);
    assert_int_equal(notices.count, 1);
    assert_non_null(strstr(notices.items[0].text, "3 of 4"));
    alfa__notices_free(&notices);
}

/* What begins with the name, up to a separator, and nothing else. */
static void several_masks_are_united(void **state)
{
    (void)state;
    char folder[] = "/tmp/alfa-mask-XXXXXX", path[64];
    static const struct {
        const char *name;
        int from, to;
    } files[] = {{"000_0.png", 0, 4}, {"000-b_1.png", 10, 13}, {"0001.png", 14, 20}};
    struct alfa__mask mask;
    assert_non_null(mkdtemp(folder));
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
        write_square(path, files[i].from, files[i].to);
    }
    snprintf(path, sizeof path, "%s/000*", folder);
    assert_int_equal(alfa__mask_load(&mask, path, NULL), ALFA_OK);
    assert_int_equal(mask.anomalous, 4 * 4 + 3 * 3);
    alfa__mask_free(&mask);
    snprintf(path, sizeof path, "%s/7*", folder);
    assert_int_equal(alfa__mask_load(&mask, path, NULL), ALFA_ERROR_INPUT);
    assert_int_equal(folder_remove(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_but_zero_is_anomalous),
        cmocka_unit_test(a_jpeg_is_cut_in_the_middle),
        cmocka_unit_test(what_is_no_mask_fails),
        cmocka_unit_test(resizing_takes_the_nearest),
        cmocka_unit_test(oddities_are_reported),
        cmocka_unit_test(notices_are_folded),
        cmocka_unit_test(a_turned_mask_is_suspected),
        cmocka_unit_test(a_mask_without_black_says_nothing),
        cmocka_unit_test(masks_that_mark_most_are_doubted),
        cmocka_unit_test(several_masks_are_united),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
