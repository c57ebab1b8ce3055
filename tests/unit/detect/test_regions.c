/* Regions of small maps whose answer can be seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "detect/regions.h"

#include <math.h>
#include <stdlib.h>

static struct alfa_error err;

/* 6 x 6 map over a 60 x 30 image. */
static const float map[36] = {
    .9f, .7f, 0, 0, 0,   0,   //
    0,   0,   0, 0, 0,   0,   //
    0,   0,   0, 0, .6f, 0,   //
    0,   0,   0, 0, 0,   .6f, //
    0,   0,   0, 0, 0,   0,   //
    .5f, 0,   0, 0, 0,   .8f, //
};

static void assert_near(double value, double wanted)
{
    assert_true(fabs(value - wanted) < 1e-6);
}

static void boxes_are_in_pixels_of_the_image(void **state)
{
    const struct alfa__canvas canvas = {map, 6, {0, 0, 60, 30}, 60, 30};
    struct alfa_region *r;
    int count;
    (void)state;
    assert_int_equal(alfa__regions_find(&r, &count, &canvas, 0.5, 0, &err), ALFA_OK);
    assert_int_equal(count, 3); /* 0.5 is not above 0.5 */
    assert_int_equal(r[0].x, 0);
    assert_int_equal(r[0].y, 0);
    assert_int_equal(r[0].width, 20);
    assert_int_equal(r[0].height, 5);
    assert_near(r[0].area, 100);
    assert_near(r[0].percent, 100.0 / 18);
    assert_near(r[0].peak, 0.9f);
    assert_near(r[0].mean, (0.9f + 0.7f) / 2.0);
    assert_near(r[0].center_x, 10);
    assert_near(r[0].center_y, 2.5);
    assert_near(r[1].peak, 0.8f);
    assert_int_equal(r[1].x, 50);
    assert_int_equal(r[1].y, 25);
    assert_near(r[2].area, 100); /* corners touch */
    assert_int_equal(r[2].width, 20);
    assert_int_equal(r[2].height, 10);
    assert_near(r[2].center_x, 50);
    assert_near(r[2].center_y, 15);
    free(r);
}

static void a_crop_is_moved(void **state)
{
    const struct alfa__canvas canvas = {map, 6, {15, 0, 30, 30}, 60, 30};
    struct alfa_region *r;
    int count;
    (void)state;
    assert_int_equal(alfa__regions_find(&r, &count, &canvas, 0.75, 0, &err), ALFA_OK);
    assert_int_equal(count, 2);
    assert_int_equal(r[0].x, 15);
    assert_int_equal(r[0].width, 5);
    assert_int_equal(r[1].x, 40);
    assert_near(r[1].center_x, 42.5);
    free(r);
}

/* Taller than wide, in a crop that begins below the top edge: the box moves down and grows by the step. */
static void a_tall_box_in_a_low_crop(void **state)
{
    static const float tall[16] = {
        0, 0,   0, 0, //
        0, .9f, 0, 0, //
        0, .8f, 0, 0, //
        0, .7f, 0, 0, //
    };
    const struct alfa__canvas canvas = {tall, 4, {2, 6, 8, 12}, 20, 20};
    struct alfa_region *r;
    int count;
    (void)state;
    assert_int_equal(alfa__regions_find(&r, &count, &canvas, 0.5, 0, &err), ALFA_OK);
    assert_int_equal(count, 1);
    assert_int_equal(r[0].x, 4);
    assert_int_equal(r[0].width, 2);
    assert_int_equal(r[0].y, 9);
    assert_int_equal(r[0].height, 9);
    assert_near(r[0].center_y, 13.5);
    free(r);
}

/* Equal peaks: the larger one first; equal areas too: the upper one, then the left one. */
static void ties_are_in_reading_order(void **state)
{
    static const float equal[36] = {
        .9f, 0, 0,   0, .9f, 0, //
        0,   0, 0,   0, 0,   0, //
        .9f, 0, 0,   0, 0,   0, //
        0,   0, 0,   0, 0,   0, //
        0,   0, .9f, 0, 0,   0, //
        0,   0, .6f, 0, 0,   0, //
    };
    const struct alfa__canvas canvas = {equal, 6, {0, 0, 6, 6}, 6, 6};
    static const int wanted[4][2] = {{2, 4}, {0, 0}, {4, 0}, {0, 2}};
    struct alfa_region *r;
    int count;
    (void)state;
    assert_int_equal(alfa__regions_find(&r, &count, &canvas, 0.5, 0, &err), ALFA_OK);
    assert_int_equal(count, 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(r[i].x, wanted[i][0]);
        assert_int_equal(r[i].y, wanted[i][1]);
    }
    free(r);
}

static void small_ones_are_left_out(void **state)
{
    const struct alfa__canvas canvas = {map, 6, {0, 0, 60, 30}, 60, 30};
    struct alfa_region *r;
    int count;
    (void)state;
    assert_int_equal(alfa__regions_find(&r, &count, &canvas, 0.5, 100, &err), ALFA_OK);
    assert_int_equal(count, 2);
    free(r);
    assert_int_equal(alfa__regions_find(&r, &count, &canvas, 0.5, 1000, &err), ALFA_OK);
    assert_int_equal(count, 0);
    free(r);
    assert_int_equal(alfa__regions_find(&r, &count, &canvas, 0.95, 0, &err), ALFA_OK);
    assert_int_equal(count, 0);
    free(r);
}

static void an_image_smaller_than_the_map(void **state)
{
    const struct alfa__canvas canvas = {map, 6, {0, 0, 1, 1}, 1, 1};
    struct alfa_region *r;
    int count;
    (void)state;
    assert_int_equal(alfa__regions_find(&r, &count, &canvas, 0.5, 0, &err), ALFA_OK);
    assert_int_equal(count, 3);
    for (int i = 0; i < count; i++) {
        assert_int_equal(r[i].x, 0);
        assert_int_equal(r[i].y, 0);
        assert_int_equal(r[i].width, 1);
        assert_int_equal(r[i].height, 1);
        assert_true(r[i].area < 1);
    }
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_are_in_pixels_of_the_image), cmocka_unit_test(a_crop_is_moved),
        cmocka_unit_test(a_tall_box_in_a_low_crop),         cmocka_unit_test(ties_are_in_reading_order),
        cmocka_unit_test(small_ones_are_left_out),          cmocka_unit_test(an_image_smaller_than_the_map),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
