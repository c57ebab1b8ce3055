/* Turned pictures, and that they may be made small first. */
#include "image/resize.h"
#include "image/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIDE 40

static struct alfa_error err;

static struct alfa_image *noise(int width, int height)
{
    struct alfa_image *image;
    uint32_t random = 7;
    assert_int_equal(alfa__image_new(&image, width, height, "test", &err), ALFA_OK);
    for (size_t i = 0; i < (size_t)width * (size_t)height * 3; i++) {
        random = random * 1664525 + 1013904223;
        image->rgb[i] = (unsigned char)(random >> 24);
    }
    return image;
}

static void turn(struct alfa_image **out, const struct alfa_image *image, int quarters, bool flip)
{
    assert_int_equal(alfa__image_turn(out, image, (struct alfa__pose){quarters, flip}, &err), ALFA_OK);
}

/* The first row of 2 x 3 pixels is on the right after a quarter turn, from top to bottom. */
static void test_clockwise(void **state)
{
    struct alfa_image *image = noise(2, 3), *turned, *mirrored;
    (void)state;
    turn(&turned, image, 1, false);
    turn(&mirrored, image, 1, true);
    assert_true(turned->width == 3 && turned->height == 2);
    assert_memory_equal(turned->rgb + 3 * 2, image->rgb, 3);
    assert_memory_equal(turned->rgb + 3 * 5, image->rgb + 3, 3);
    assert_memory_equal(mirrored->rgb + 3 * 2, image->rgb + 3, 3);
    assert_memory_equal(mirrored->rgb + 3 * 5, image->rgb, 3);
    alfa_image_free(image);
    alfa_image_free(turned);
    alfa_image_free(mirrored);
}

/* Turned and then made small is the same, byte for byte, in every pose, however the sizes divide. */
static void test_small_first(void **state)
{
    static const int sizes[][2] = {{97, 61}, {64, 200}, {40, 40}, {31, 17}, {1, 90}, {240, 160}};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct alfa_image *image = noise(sizes[i][0], sizes[i][1]);
        struct alfa__squares squares;
        assert_int_equal(alfa__squares_make(&squares, image, SIDE, &err), ALFA_OK);
        for (int p = 0; p < 8; p++) {
            struct alfa_image *large, *small;
            unsigned char wanted[SIDE * SIDE * 3];
            turn(&large, image, p % 4, p >= 4);
            const struct alfa__view view =
                alfa__resize_view(large->width, large->height, SIDE, ALFA__FIT_SQUASH);
            assert_int_equal(alfa__resize_rgb(wanted, SIDE, SIDE, large, &view, &err), ALFA_OK);
            assert_int_equal(alfa__squares_turn(&small, &squares, (struct alfa__pose){p % 4, p >= 4}, &err),
                             ALFA_OK);
            assert_memory_equal(small->rgb, wanted, sizeof wanted);
            alfa_image_free(large);
            alfa_image_free(small);
        }
        alfa__squares_free(&squares);
        alfa_image_free(image);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clockwise),
        cmocka_unit_test(test_small_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
