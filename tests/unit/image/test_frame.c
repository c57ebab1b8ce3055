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
        cmocka_unit_test(bayer_is_bilinear),          cmocka_unit_test(lent_pixels_are_given_back_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
