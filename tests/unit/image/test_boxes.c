/* Boxes on a picture: inside their pixels light, around them dark, nothing else touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image/boxes.h"

#include <stdlib.h>
#include <string.h>

static void a_box_is_an_outline(void **state)
{
    static const char *const wanted[] = {
        "..........", ".#######..", ".#ooooo#..", ".#o...o#..", ".#o...o#..",
        ".#o...o#..", ".#ooooo#..", ".#######..", "..........", "..........",
    };
    struct alfa_error err;
    struct alfa_image *picture;
    (void)state;
    assert_int_equal(alfa__image_alloc(&picture, 10, 12, &err), ALFA_OK);
    memset(picture->rgb, 128, 10 * 12 * 3);
    alfa__boxes_draw(picture, 10, 10, &(struct alfa__box){2, 2, 5, 5}, 1);
    for (int y = 0; y < 10; y++)
        for (int x = 0; x < 10; x++) {
            const unsigned char value = picture->rgb[3 * (y * 10 + x)];
            const char seen = value == 128 ? '.' : value > 128 ? 'o' : '#';
            assert_int_equal(seen, wanted[y][x]);
        }
    alfa_image_free(picture);
}

static void boxes_beyond_the_edge_stay_inside(void **state)
{
    static const struct alfa__box boxes[] = {
        {-5, -5, 100, 100}, {9.5, 9.5, 3, 3}, {0, 0, 0.1, 0.1}, {20, 20, 5, 5}};
    struct alfa_error err;
    struct alfa_image *picture;
    (void)state;
    assert_int_equal(alfa__image_alloc(&picture, 10, 12, &err), ALFA_OK);
    memset(picture->rgb, 128, 10 * 12 * 3);
    alfa__boxes_draw(picture, 10, 10, boxes, 4);
    for (int i = 10 * 10 * 3; i < 10 * 12 * 3; i++)
        assert_int_equal(picture->rgb[i], 128); /* what is below the photograph */
    alfa_image_free(picture);
}

/* The frame of the pixels that are not the grey of the picture. */
static void assert_touched(const struct alfa_image *picture, int left, int top, int right, int bottom)
{
    int seen[4] = {picture->width, picture->height, -1, -1};
    for (int y = 0; y < picture->height; y++)
        for (int x = 0; x < picture->width; x++)
            if (picture->rgb[3 * ((size_t)y * (size_t)picture->width + (size_t)x)] != 128) {
                seen[0] = x < seen[0] ? x : seen[0];
                seen[1] = y < seen[1] ? y : seen[1];
                seen[2] = x > seen[2] ? x : seen[2];
                seen[3] = y > seen[3] ? y : seen[3];
            }
    const int wanted[] = {left, top, right, bottom};
    assert_memory_equal(seen, wanted, sizeof seen);
}

/* On 100 x 100 pixels a 1 is 12 wide and, with what is around it, 17 high. */
static void numbers_stand_above_or_inside(void **state)
{
    static const struct alfa__box places[] = {{40, 50, 20, 20}, {40, 5, 20, 20}, {98, 99, 2, 1}};
    static const int wanted[][4] = {{39, 32, 50, 48}, {39, 5, 50, 21}, {88, 81, 99, 97}};
    struct alfa_error err;
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct alfa_image *picture;
        assert_int_equal(alfa__image_alloc(&picture, 100, 110, &err), ALFA_OK);
        memset(picture->rgb, 128, 100 * 110 * 3);
        alfa__boxes_number(picture, 100, 100, &places[i], 1);
        assert_touched(picture, wanted[i][0], wanted[i][1], wanted[i][2], wanted[i][3]);
        alfa_image_free(picture);
    }
}

static void a_small_picture_gets_no_number(void **state)
{
    struct alfa_error err;
    struct alfa_image *picture;
    (void)state;
    assert_int_equal(alfa__image_alloc(&picture, 100, 40, &err), ALFA_OK);
    memset(picture->rgb, 128, 100 * 40 * 3);
    alfa__boxes_number(picture, 100, 40, &(struct alfa__box){10, 10, 20, 20}, 1);
    assert_touched(picture, 100, 40, -1, -1);
    alfa_image_free(picture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_box_is_an_outline),
        cmocka_unit_test(boxes_beyond_the_edge_stay_inside),
        cmocka_unit_test(numbers_stand_above_or_inside),
        cmocka_unit_test(a_small_picture_gets_no_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
