/* YUV made RGB and back, against the standard's equations in double precision. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "image/yuv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* K_R and K_B of ITU-R BT.601, BT.709 and BT.2020. */
static const double matrices[][2] = {{0.299, 0.114}, {0.2126, 0.0722}, {0.2627, 0.0593}};
enum { MATRICES = sizeof matrices / sizeof *matrices };

/* ------------------------------------------------------------------ the equations */

/* ITU-T H.273: Y, Cb and Cr of 8 bits as E'_Y (0 to 1), E'_PB and E'_PR (-0.5 to 0.5), and
 * E'_Y = K_R E'_R + (1 - K_R - K_B) E'_G + K_B E'_B, E'_PB = 0.5 (E'_B - E'_Y) / (1 - K_B), E'_PR likewise.
 */
static void rgb_of(double rgb[3], int y, int u, int v, double red, double blue, bool full)
{
    const double luma = full ? y / 255. : (y - 16) / 219., scale = full ? 255 : 224;
    rgb[0] = luma + (v - 128) / scale * 2 * (1 - red);
    rgb[2] = luma + (u - 128) / scale * 2 * (1 - blue);
    rgb[1] = (luma - red * rgb[0] - blue * rgb[2]) / (1 - red - blue);
    for (int i = 0; i < 3; i++)
        rgb[i] = fmin(fmax(255 * rgb[i], 0), 255);
}

static void yuv_of(double yuv[3], const double rgb[3], double red, double blue, bool full)
{
    const double luma = (red * rgb[0] + (1 - red - blue) * rgb[1] + blue * rgb[2]) / 255;
    const double scale = full ? 255 : 224;
    yuv[0] = full ? 255 * luma : 219 * luma + 16;
    yuv[1] = 128 + scale * 0.5 * (rgb[2] / 255 - luma) / (1 - blue);
    yuv[2] = 128 + scale * 0.5 * (rgb[0] / 255 - luma) / (1 - red);
}

static void assert_near(unsigned char value, double exact)
{
    if (fabs(value - exact) > 0.51) /* rounded, and what 65536ths leave */
        fail_msg("%d is not %.3f", value, exact);
}

/* ------------------------------------------------------------------ values */

static void every_value_is_the_nearest(void **state)
{
    unsigned char y[256], u, v, rgb[3 * 256];
    (void)state;
    for (int i = 0; i < 256; i++)
        y[i] = (unsigned char)i;
    for (int way = 0; way < 2 * MATRICES; way++)
        for (int pair = 0; pair < 256 * 256; pair += 3) {
            const double *k = matrices[way / 2];
            const struct alfa__yuv picture = {256,  1,    1,      1, {{y, 256, 1}, {&u, 0, 0}, {&v, 0, 0}},
                                              k[0], k[1], way % 2};
            double exact[3];
            u = (unsigned char)(pair / 256);
            v = (unsigned char)(pair % 256);
            alfa__yuv_to_rgb(rgb, &picture);
            for (int i = 0; i < 256; i++) {
                rgb_of(exact, i, u, v, k[0], k[1], way % 2);
                for (int c = 0; c < 3; c++)
                    assert_near(rgb[3 * i + c], exact[c]);
            }
        }
}

static void white_is_white_and_black_is_black(void **state)
{
    static unsigned char limited[] = {235, 16, 126}, full[] = {255, 0, 128}, grey = 128;
    static const unsigned char expected[] = {255, 255, 255, 0, 0, 0, 128, 128, 128};
    unsigned char rgb[9];
    (void)state;
    for (int way = 0; way < 2 * MATRICES; way++) {
        const double *k = matrices[way / 2];
        const struct alfa__yuv picture = {
            3,    1,    1,      1, {{way % 2 ? full : limited, 3, 1}, {&grey, 0, 0}, {&grey, 0, 0}},
            k[0], k[1], way % 2};
        alfa__yuv_to_rgb(rgb, &picture);
        assert_memory_equal(rgb, expected, sizeof expected);
    }
}

/* ------------------------------------------------------------------ places */

/* Larger than a block of what is converted at once, and odd. */
enum { WIDTH = 519, HEIGHT = 5, MOST = WIDTH * HEIGHT };

static unsigned char *noise(size_t size)
{
    unsigned char *bytes = malloc(size);
    unsigned seed = 1;
    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)((seed = seed * 1103515245 + 12345) >> 16);
    return bytes;
}

/* The ways in which values lie: planes, one plane of pairs of U and V behind one of Y, all in one row. */
static const struct way {
    const char *name;
    int across, down;
    size_t y_stride, y_step, y, colour_stride, colour_step, u, v; /* y, u, v: the first value's place */
} ways[] = {
    {"444", 1, 1, WIDTH, 1, 0, WIDTH, 1, MOST, 2 * MOST},
    {"422", 2, 1, 600, 1, 7, 300, 1, 4000, 6000},
    {"420", 2, 2, WIDTH + 1, 1, 0, (WIDTH + 1) / 2, 1, 3000, 4000},
    {"411", 4, 1, WIDTH, 1, 0, 130, 1, 3000, 4000},
    {"pairs", 2, 2, 528, 1, 0, 528, 2, 3000, 3001},
    {"one row", 2, 1, 1040, 2, 0, 1040, 4, 1, 3},
    {"one row, colours first", 2, 1, 1040, 2, 1, 1040, 4, 0, 2},
};
enum { WAYS = sizeof ways / sizeof *ways, BYTES = 8000 };

static struct alfa__yuv picture_of(unsigned char *bytes, const struct way *w)
{
    return (struct alfa__yuv){WIDTH,
                              HEIGHT,
                              w->across,
                              w->down,
                              {{bytes + w->y, w->y_stride, w->y_step},
                               {bytes + w->u, w->colour_stride, w->colour_step},
                               {bytes + w->v, w->colour_stride, w->colour_step}},
                              0.2126,
                              0.0722,
                              false};
}

static size_t luma_at(const struct way *w, int x, int y)
{
    return w->y + (size_t)y * w->y_stride + (size_t)x * w->y_step;
}

/* Of U; V lies as far from the first V. */
static size_t colour_at(const struct way *w, int x, int y)
{
    return w->u + (size_t)(y / w->down) * w->colour_stride + (size_t)(x / w->across) * w->colour_step;
}

static void values_are_found_however_they_lie(void **state)
{
    unsigned char *bytes = noise(BYTES), *rgb = malloc(3 * MOST);
    (void)state;
    for (const struct way *w = ways; w < ways + WAYS; w++) {
        const struct alfa__yuv picture = picture_of(bytes, w);
        alfa__yuv_to_rgb(rgb, &picture);
        for (int i = 0; i < MOST; i++) {
            const size_t u = colour_at(w, i % WIDTH, i / WIDTH);
            double exact[3];
            rgb_of(exact, bytes[luma_at(w, i % WIDTH, i / WIDTH)], bytes[u], bytes[u + w->v - w->u], 0.2126,
                   0.0722, false);
            for (int c = 0; c < 3; c++)
                assert_near(rgb[3 * i + c], exact[c]);
        }
    }
    free(rgb);
    free(bytes);
}

static void an_image_is_one_of_its_own(void **state)
{
    unsigned char *bytes = noise(BYTES), *rgb = malloc(3 * MOST);
    const struct alfa__yuv picture = picture_of(bytes, &ways[1]);
    struct alfa__yuv wide = picture;
    struct alfa_image *image;
    struct alfa_error err;
    (void)state;
    alfa__yuv_to_rgb(rgb, &picture);
    assert_int_equal(alfa__yuv_image(&image, &picture, &err), ALFA_OK);
    free(bytes);
    assert_int_equal(alfa_image_width(image), WIDTH);
    assert_memory_equal(alfa_image_rgb(image), rgb, 3 * MOST);
    alfa_image_free(image);
    wide.width = 70000;
    wide.height = 1;
    wide.planes[0].first = wide.planes[1].first = wide.planes[2].first = rgb;
    for (int c = 0; c < 3; c++)
        wide.planes[c].step = 0;
    assert_int_equal(alfa__yuv_image(&image, &wide, &err), ALFA_ERROR_LIMIT);
    free(rgb);
}

/* ------------------------------------------------------------------ drawing */

/* Where values of the picture lie; all else has to stay as it was. */
static void note_places(unsigned char *mine, const struct way *w)
{
    memset(mine, 0, BYTES);
    for (int i = 0; i < MOST; i++) {
        const size_t u = colour_at(w, i % WIDTH, i / WIDTH);
        mine[luma_at(w, i % WIDTH, i / WIDTH)] = mine[u] = mine[u + w->v - w->u] = 1;
    }
}

static void mean_of_sharers(double mean[3], const unsigned char *rgb, const struct way *w, int x, int y)
{
    int count = 0;
    mean[0] = mean[1] = mean[2] = 0;
    for (int i = 0; i < MOST; i++)
        if (colour_at(w, i % WIDTH, i / WIDTH) == colour_at(w, x, y)) {
            count++;
            for (int c = 0; c < 3; c++)
                mean[c] += rgb[3 * i + c];
        }
    for (int c = 0; c < 3; c++)
        mean[c] /= count;
}

static void rgb_is_laid_into_every_value_and_no_other(void **state)
{
    unsigned char *rgb = noise(3 * MOST), *before = noise(BYTES), *bytes = malloc(BYTES),
                  *mine = malloc(BYTES);
    (void)state;
    for (const struct way *w = ways; w < ways + WAYS; w++) {
        memcpy(bytes, before, BYTES);
        const struct alfa__yuv picture = picture_of(bytes, w);
        alfa__yuv_from_rgb(&picture, rgb);
        note_places(mine, w);
        for (int i = 0; i < BYTES; i++)
            assert_true(mine[i] || bytes[i] == before[i]);
        for (int i = 0; i < MOST; i++) {
            const double own[] = {rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]};
            double yuv[3];
            yuv_of(yuv, own, 0.2126, 0.0722, false);
            assert_near(bytes[luma_at(w, i % WIDTH, i / WIDTH)], yuv[0]);
        }
        for (int i = 0; i < MOST; i += i < 8 || i > MOST - 8 ? 1 : 97) {
            const size_t u = colour_at(w, i % WIDTH, i / WIDTH);
            double mean[3], yuv[3];
            mean_of_sharers(mean, rgb, w, i % WIDTH, i / WIDTH);
            yuv_of(yuv, mean, 0.2126, 0.0722, false);
            assert_near(bytes[u], yuv[1]);
            assert_near(bytes[u + w->v - w->u], yuv[2]);
        }
    }
    free(rgb);
    free(before);
    free(bytes);
    free(mine);
}

static void colours_survive_there_and_back(void **state)
{
    (void)state;
    for (int way = 0; way < 2 * MATRICES; way++)
        for (int colour = 0; colour < 1 << 24; colour += 997) {
            const double *k = matrices[way / 2];
            const unsigned char rgb[] = {(unsigned char)(colour >> 16), (unsigned char)(colour >> 8),
                                         (unsigned char)colour};
            unsigned char yuv[3], again[3];
            const struct alfa__yuv picture = {
                1, 1, 1, 1, {{yuv, 1, 1}, {yuv + 1, 1, 1}, {yuv + 2, 1, 1}}, k[0], k[1], way % 2};
            alfa__yuv_from_rgb(&picture, rgb);
            alfa__yuv_to_rgb(again, &picture);
            for (int c = 0; c < 3; c++)                   /* half a step of Y and of U or V, rounded: */
                assert_true(abs(again[c] - rgb[c]) <= 2); /* 255/219/2 + 0.94 * 255/224 + 0.5 */
        }
}

static void white_pixels_take_their_neighbours_colour_alone(void **state)
{
    unsigned char *before = noise(BYTES), *bytes = malloc(BYTES);
    (void)state;
    for (const struct way *w = ways; w < ways + WAYS; w++) {
        memcpy(bytes, before, BYTES);
        struct alfa__yuv picture = picture_of(bytes, w);
        picture.full = w == ways;
        alfa__yuv_whiten(&picture, 510, 3, 9);
        for (int i = 0; i < 9; i++) {
            const size_t u = colour_at(w, 510 + i, 3);
            assert_int_equal(bytes[luma_at(w, 510 + i, 3)], picture.full ? 255 : 235);
            assert_int_equal(bytes[u], 128);
            assert_int_equal(bytes[u + w->v - w->u], 128);
        }
        int changed = 0;
        for (int i = 0; i < BYTES; i++)
            changed += bytes[i] != before[i];
        assert_true(changed <= 9 + 2 * (9 / w->across + 1));
    }
    free(before);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_is_the_nearest),
        cmocka_unit_test(white_is_white_and_black_is_black),
        cmocka_unit_test(values_are_found_however_they_lie),
        cmocka_unit_test(an_image_is_one_of_its_own),
        cmocka_unit_test(rgb_is_laid_into_every_value_and_no_other),
        cmocka_unit_test(colours_survive_there_and_back),
        cmocka_unit_test(white_pixels_take_their_neighbours_colour_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
