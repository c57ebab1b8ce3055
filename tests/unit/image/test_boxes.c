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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_box_is_an_outline),
        cmocka_unit_test(boxes_beyond_the_edge_stay_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
