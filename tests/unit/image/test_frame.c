/* Frames of cameras, each format against pixels that were worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "alfa.h"

#include <stdlib.h>
#include <string.h>

static struct alfa_error err;

static struct alfa_image *make(const struct alfa_frame *frame)
{
    struct alfa_image *image;
    if (alfa_image_from_frame(&image, frame, &err) != ALFA_OK)
        fail_msg("%s: %s", err.source, err.message);
    return image;
}

static void assert_pixels(enum alfa_frame_format format, int bits, size_t stride, const unsigned char *bytes,
                          const unsigned char expected[12])
{
    struct alfa_frame frame = ALFA_FRAME_INIT;
    frame.format = format;
    frame.width = frame.height = 2;
    frame.bits = bits;
    frame.stride = stride;
    frame.pixels = bytes;
    struct alfa_image *image = make(&frame);
    assert_memory_equal(alfa_image_rgb(image), expected, 12);
    alfa_image_free(image);
}

static void colours_stand_in_any_order(void **state)
{
    const unsigned char expected[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    (void)state;
    assert_pixels(ALFA_FRAME_RGB8, 0, 0, (const unsigned char[]){1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
                  expected);
    assert_pixels(ALFA_FRAME_RGB8, 8, 7,
                  (const unsigned char[]){1, 2, 3, 4, 5, 6, 99, 7, 8, 9, 10, 11, 12, 99}, expected);
    assert_pixels(ALFA_FRAME_BGR8, 0, 6, (const unsigned char[]){3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10},
                  expected);
    assert_pixels(ALFA_FRAME_RGBA8, 0, 0,
                  (const unsigned char[]){1, 2, 3, 255, 4, 5, 6, 255, 7, 8, 9, 255, 10, 11, 12, 255},
                  expected);
    assert_pixels(ALFA_FRAME_BGRA8, 0, 0,
                  (const unsigned char[]){3, 2, 1, 255, 6, 5, 4, 255, 9, 8, 7, 255, 12, 11, 10, 255},
                  expected);
}

static void transparency_lies_on_white(void **state)
{
    (void)state;
    assert_pixels(ALFA_FRAME_RGBA8, 0, 0,
                  (const unsigned char[]){9, 9, 9, 0, 0, 0, 0, 51, 100, 0, 255, 128, 7, 7, 7, 255},
                  (const unsigned char[]){255, 255, 255, 204, 204, 204, 177, 127, 255, 7, 7, 7});
}

/* 10 bits: 1023 is white, 512 is 127.6; bits above count as white. */
static void grey_is_scaled_to_its_bits(void **state)
{
    const unsigned char words[8] = {0xff, 0x03, 0x00, 0x02, 0x00, 0x00, 0xff, 0xff};
    (void)state;
    assert_pixels(ALFA_FRAME_MONO8, 0, 0, (const unsigned char[]){0, 9, 200, 255},
                  (const unsigned char[]){0, 0, 0, 9, 9, 9, 200, 200, 200, 255, 255, 255});
    assert_pixels(ALFA_FRAME_MONO16, 10, 0, words,
                  (const unsigned char[]){255, 255, 255, 128, 128, 128, 0, 0, 0, 255, 255, 255});
    assert_pixels(ALFA_FRAME_MONO16, 12, 0, words,
                  (const unsigned char[]){64, 64, 64, 32, 32, 32, 0, 0, 0, 255, 255, 255});
    assert_pixels(ALFA_FRAME_MONO16, 0, 0, words,
                  (const unsigned char[]){4, 4, 4, 2, 2, 2, 0, 0, 0, 255, 255, 255});
}

/* Of a scene of one colour every pattern makes that colour, up to the edges. */
static void bayer_patterns_know_their_colours(void **state)
{
    static const char *const patterns[] = {"RGGB", "GRBG", "GBRG", "BGGR"};
    enum { WIDTH = 5, HEIGHT = 4 };
    (void)state;
    for (int p = 0; p < 4; p++) {
        unsigned char bytes[WIDTH * HEIGHT];
        for (int i = 0; i < WIDTH * HEIGHT; i++) {
            const char colour = patterns[p][i / WIDTH % 2 * 2 + i % WIDTH % 2];
            bytes[i] = colour == 'R' ? 200 : colour == 'G' ? 100 : 50;
        }
        struct alfa_frame frame = ALFA_FRAME_INIT;
        frame.format = (enum alfa_frame_format)(ALFA_FRAME_BAYER_RGGB8 + p);
        frame.width = WIDTH;
        frame.height = HEIGHT;
        frame.pixels = bytes;
        struct alfa_image *image = make(&frame);
        for (int i = 0; i < WIDTH * HEIGHT; i++)
            assert_memory_equal(alfa_image_rgb(image) + 3 * i, ((const unsigned char[]){200, 100, 50}), 3);
        alfa_image_free(image);
    }
}

/* RGGB, 4 x 4, by hand: green at a red place is the mean of four, blue of the corners; red at a green place
 * of the two beside it. */
static void bayer_is_bilinear(void **state)
{
    const unsigned char bytes[16] = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150, 160};
    struct alfa_frame frame = ALFA_FRAME_INIT;
    (void)state;
    frame.format = ALFA_FRAME_BAYER_RGGB8;
    frame.width = frame.height = 4;
    frame.pixels = bytes;
    struct alfa_image *image = make(&frame);
    const unsigned char *rgb = alfa_image_rgb(image);
    assert_memory_equal(rgb + 3 * 10, ((const unsigned char[]){110, 110, 110}),
                        3);                                                     /* (70+100+120+150)/4 = 110 */
    assert_memory_equal(rgb + 3 * 5, ((const unsigned char[]){60, 60, 60}), 3); /* red of 10, 30, 90, 110 */
    assert_memory_equal(rgb + 3 * 6, ((const unsigned char[]){70, 70, 70}), 3);
    assert_memory_equal(rgb + 3 * 0, ((const unsigned char[]){10, 35, 60}), 3); /* mirrored */
    alfa_image_free(image);
}

/* BT.601: 81, 90, 240 is red; one pair of U and V for all four pixels. */
static void yuv_shares_its_colours(void **state)
{
    const unsigned char expected[12] = {254, 0, 0, 255, 74, 74, 255, 179, 178, 179, 0, 0};
    (void)state;
    assert_pixels(ALFA_FRAME_YUYV8, 0, 0, (const unsigned char[]){81, 90, 145, 240, 235, 90, 16, 240},
                  expected);
    assert_pixels(ALFA_FRAME_YUYV8, 8, 6, (const unsigned char[]){81, 90, 145, 240, 1, 2, 235, 90, 16, 240},
                  expected);
    assert_pixels(ALFA_FRAME_UYVY8, 0, 0, (const unsigned char[]){90, 81, 240, 145, 90, 235, 240, 16},
                  expected);
    assert_pixels(ALFA_FRAME_NV12, 0, 0, (const unsigned char[]){81, 145, 235, 16, 90, 240}, expected);
    assert_pixels(ALFA_FRAME_NV12, 0, 4, (const unsigned char[]){81, 145, 1, 2, 235, 16, 3, 4, 90, 240, 5, 6},
                  expected);
    assert_pixels(ALFA_FRAME_I420, 0, 0, (const unsigned char[]){81, 145, 235, 16, 90, 240}, expected);
    assert_pixels(ALFA_FRAME_I420, 0, 4, (const unsigned char[]){81, 145, 1, 2, 235, 16, 3, 4, 90, 5, 240, 6},
                  expected);
}

static void assert_refused(enum alfa_frame_format format, int width, int height, size_t stride,
                           const char *message)
{
    static const unsigned char bytes[64];
    struct alfa_frame frame = ALFA_FRAME_INIT;
    struct alfa_image *image;
    frame.format = format;
    frame.width = width;
    frame.height = height;
    frame.stride = stride;
    frame.pixels = bytes;
    assert_int_equal(alfa_image_from_frame(&image, &frame, &err), ALFA_ERROR_USAGE);
    assert_string_equal(err.message, message);
}

static void odd_yuv_is_refused(void **state)
{
    (void)state;
    assert_refused(ALFA_FRAME_YUYV8, 3, 3, 0, "of YUV has an odd width");
    assert_refused(ALFA_FRAME_NV12, 4, 3, 0, "of YUV has an odd height");
    assert_refused(ALFA_FRAME_I420, 4, 2, 5, "of YUV has an odd stride");
    assert_refused(ALFA_FRAME_UYVY8, 4, 2, 7, "has rows of 8 bytes at a distance of 7");
    assert_refused((enum alfa_frame_format)(ALFA_FRAME_I420 + 1), 4, 2, 0,
                   "format is none of enum alfa_frame_format");
}

static void count_release(void *context)
{
    ++*(int *)context;
}

static void lent_pixels_are_given_back_once(void **state)
{
    const unsigned char bytes[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    int released = 0;
    struct alfa_frame frame = ALFA_FRAME_INIT;
    (void)state;
    frame.width = frame.height = 2;
    frame.pixels = bytes;
    frame.release = count_release;
    frame.context = &released;
    struct alfa_image *image = make(&frame);
    assert_ptr_equal(alfa_image_rgb(image), bytes);
    assert_int_equal(released, 0);
    alfa_image_free(image);
    assert_int_equal(released, 1);
    frame.format = ALFA_FRAME_BGR8; /* converted: given back at once */
    image = make(&frame);
    assert_int_equal(released, 2);
    alfa_image_free(image);
    assert_int_equal(released, 2);
    frame.width = -1;
    assert_int_equal(alfa_image_from_frame(&image, &frame, &err), ALFA_ERROR_USAGE);
    assert_int_equal(released, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_stand_in_any_order), cmocka_unit_test(transparency_lies_on_white),
        cmocka_unit_test(grey_is_scaled_to_its_bits), cmocka_unit_test(bayer_patterns_know_their_colours),
        cmocka_unit_test(bayer_is_bilinear),          cmocka_unit_test(yuv_shares_its_colours),
        cmocka_unit_test(odd_yuv_is_refused),         cmocka_unit_test(lent_pixels_are_given_back_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
