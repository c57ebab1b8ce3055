/* Heat maps: the fixed scale, where the map lies on the photograph, the legend, and the files. */
#include "image/heat.h"
#include "image/text.h"
#include "image/write.h"

#include "base/files.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct alfa_error err;

static struct alfa_image *make_photo(int width, int height, unsigned char level)
{
    struct alfa_image *image;
    assert_int_equal(alfa__image_alloc(&image, width, height, &err), ALFA_OK);
    memset(image->rgb, level, (size_t)width * height * 3);
    return image;
}

static struct alfa__heat make_heat(const float *map, int width, int height, const struct alfa_image *photo)
{
    return (struct alfa__heat){map, width, height, {0, 0, photo->width, photo->height}, 0};
}

/* ---------------------------------------------------------------- scale */

/* Nothing up to the threshold, yellow there, red at 1, ever more; with any threshold. */
static void colours_grow_from_nothing_to_red(void **state)
{
    (void)state;
    for (int t = 1; t <= 9; t++) {
        const double threshold = t / 10.0;
        struct alfa__colour first = alfa__heat_colour(threshold + 1e-6, threshold),
                            top = alfa__heat_colour(1, threshold);
        assert_int_equal(alfa__heat_colour(0, threshold).opacity, 0);
        assert_int_equal(alfa__heat_colour(threshold, threshold).opacity, 0);
        assert_true(first.rgb[0] > 200 && first.rgb[1] > 200 && first.rgb[2] < 100); /* yellow */
        assert_true(first.opacity > 100);
        assert_true(top.rgb[0] > 200 && top.rgb[1] < 50 && top.rgb[2] < 50); /* red */
        for (int i = 1; i <= 1000; i++)
            assert_true(alfa__heat_colour(i / 1000.0, threshold).opacity >=
                        alfa__heat_colour((i - 1) / 1000.0, threshold).opacity);
    }
    struct alfa__colour unsaid = alfa__heat_colour(0.7, 0), half = alfa__heat_colour(0.7, 0.5);
    assert_memory_equal(&unsaid, &half, sizeof half);
}

static void scores_outside_take_the_ends(void **state)
{
    (void)state;
    static const double scores[] = {-1, -INFINITY, (double)NAN, 2, INFINITY};
    for (int i = 0; i < 5; i++) {
        struct alfa__colour colour = alfa__heat_colour(scores[i], 0.5),
                            end = alfa__heat_colour(i < 3 ? 0 : 1, 0.5);
        assert_memory_equal(&colour, &end, sizeof colour);
    }
}

/* ---------------------------------------------------------------- overlay */

static void normal_places_show_the_photograph(void **state)
{
    (void)state;
    static const float map[4] = {0, 0.1f, 0.2f, 0.24f};
    unsigned char out[20 * 10 * 3];
    struct alfa_image *photo = make_photo(20, 10, 77);
    struct alfa__heat heat = make_heat(map, 2, 2, photo);
    alfa__heat_overlay(out, photo, &heat);
    assert_memory_equal(out, photo->rgb, sizeof out);
    alfa_image_free(photo);
}

/* The same score has the same colour whatever else is in the map. */
static void scale_does_not_depend_on_the_map(void **state)
{
    (void)state;
    static const float calm[2] = {0.6f, 0.6f}, wild[2] = {0.6f, 1};
    unsigned char a[1200 * 3], b[1200 * 3];
    struct alfa_image *photo = make_photo(1200, 1, 100);
    struct alfa__heat heat = make_heat(calm, 2, 1, photo);
    struct alfa__colour colour = alfa__heat_colour(0.6, 0);
    alfa__heat_overlay(a, photo, &heat);
    heat.map = wild;
    alfa__heat_overlay(b, photo, &heat);
    assert_memory_equal(a, b, 300 * 3);
    assert_memory_not_equal(a + 1199 * 3, b + 1199 * 3, 3);
    for (int c = 0; c < 3; c++) {
        int expected = (100 * (255 - colour.opacity) + colour.rgb[c] * colour.opacity) / 255;
        assert_true(abs(a[c] - expected) <= 1);
    }
    alfa_image_free(photo);
}

static void the_hot_cell_lies_where_it_is(void **state)
{
    (void)state;
    float map[5 * 5] = {0};
    unsigned char out[50 * 100 * 3];
    struct alfa_image *photo = make_photo(50, 100, 100);
    struct alfa__heat heat = make_heat(map, 5, 5, photo);
    map[1 * 5 + 3] = 1; /* cell (3, 1): its middle is the pixel corner (35, 30) */
    alfa__heat_overlay(out, photo, &heat);
    const unsigned char *hot = out + (30 * 50 + 35) * 3, *cold = out + (70 * 50 + 15) * 3;
    assert_true(hot[0] > 180 && hot[1] < 90);
    assert_int_equal(cold[0], 100);
    alfa_image_free(photo);
}

/* The map of a centre crop: what lies beside it was not judged and is dimmed. */
static void what_was_not_judged_is_dimmed(void **state)
{
    (void)state;
    static const float map[1] = {1};
    unsigned char out[30 * 10 * 3];
    struct alfa_image *photo = make_photo(30, 10, 90);
    struct alfa__heat heat = {map, 1, 1, alfa__resize_box(30, 10, 240, ALFA__FIT_CROP), 0};
    alfa__heat_overlay(out, photo, &heat);
    for (int x = 0; x < 30; x++) {
        bool judged = x >= 10 && x < 20;
        assert_int_equal(out[3 * x] > 150, judged);
        assert_int_equal(out[3 * x] == 30, !judged);
    }
    alfa_image_free(photo);
}

/* ---------------------------------------------------------------- picture with legend */

static void check_picture(int width, int height, bool margin)
{
    static const float map[4] = {0.1f, 0.9f, 0.3f, 0.6f};
    struct alfa_image *photo = make_photo(width, height, 60), *picture, *again;
    struct alfa__heat heat = make_heat(map, 2, 2, photo);
    unsigned char *overlay = malloc((size_t)width * height * 3);
    alfa__heat_overlay(overlay, photo, &heat);
    assert_int_equal(alfa__heat_picture(&picture, photo, &heat, 0.834, 0.5, &err), ALFA_OK);
    assert_true(picture->height > height + 20);
    assert_int_equal(picture->width > width, margin);
    for (int y = 0; y < height; y++)
        assert_memory_equal(picture->rgb + (size_t)y * picture->width * 3, overlay + (size_t)y * width * 3,
                            width * 3);
    assert_int_equal(alfa__heat_picture(&again, photo, &heat, 0.834, 0.5, &err), ALFA_OK);
    assert_memory_equal(picture->rgb, again->rgb, (size_t)picture->width * picture->height * 3);
    alfa_image_free(again);
    assert_int_equal(alfa__heat_picture(&again, photo, &heat, 0.234, 0.5, &err), ALFA_OK);
    size_t above = (size_t)picture->width * height * 3;
    assert_memory_not_equal(picture->rgb + above, again->rgb + above,
                            (size_t)picture->width * picture->height * 3 - above);
    alfa_image_free(again);
    alfa_image_free(picture);
    alfa_image_free(photo);
    free(overlay);
}

static void pictures_keep_the_photograph_and_add_a_legend(void **state)
{
    (void)state;
    check_picture(1, 1, true);
    check_picture(30, 300, true);
    check_picture(240, 240, false);
    check_picture(800, 100, false);
    check_picture(2000, 1500, false);
}

/* Where the legend's colours begin and where they are red; x of each, -1: nowhere. */
static void find_colours(int *yellow, int *red, const struct alfa_image *picture, int top)
{
    const int row = top + 3 * (picture->height - top) / 10;
    *yellow = *red = -1;
    for (int x = 0; x < picture->width; x++) {
        const unsigned char *p = picture->rgb + ((size_t)row * picture->width + x) * 3;
        if (p[0] > 200 && p[1] > 190 && p[2] < 160 && *yellow < 0)
            *yellow = x;
        if (p[0] > 190 && p[1] < 60 && *red < 0)
            *red = x;
    }
}

/* The legend shows the colours from left to right, and they begin later for a higher threshold. */
static void legend_shows_the_scale(void **state)
{
    (void)state;
    static const float map[1] = {0};
    struct alfa_image *photo = make_photo(1000, 700, 60), *picture;
    struct alfa__heat heat = make_heat(map, 1, 1, photo);
    int last = 0, yellow, red;
    for (int t = 2; t <= 8; t += 2) {
        heat.threshold = t / 10.0;
        assert_int_equal(alfa__heat_picture(&picture, photo, &heat, 0.5, 0.5, &err), ALFA_OK);
        find_colours(&yellow, &red, picture, 700);
        assert_true(yellow > last + 20 && yellow < red);
        last = yellow;
        alfa_image_free(picture);
    }
    alfa_image_free(photo);
}

static int ink(const struct alfa_image *canvas, int from, int to)
{
    int count = 0;
    for (int y = 0; y < canvas->height; y++)
        for (int x = from; x < to; x++)
            count += canvas->rgb[((size_t)y * canvas->width + x) * 3] > 128;
    return count;
}

static void every_letter_of_the_legend_is_drawn(void **state)
{
    (void)state;
    static const char letters[] = "0123456789.-anomalynormalscore";
    static const unsigned char white[3] = {255, 255, 255};
    for (const char *p = letters; *p; p++) {
        struct alfa_image *canvas = make_photo(60, 60, 0);
        char text[2] = {*p, 0};
        int width = alfa__text_width(text, 20);
        alfa__text_draw(canvas, 10, 10, 20, text, white);
        assert_true(ink(canvas, 0, 60) > 5);
        assert_int_equal(ink(canvas, 0, 7) + ink(canvas, 10 + width + 3, 60), 0);
        alfa_image_free(canvas);
    }
    assert_int_equal(alfa__text_width("", 20), 0);
    assert_int_equal(alfa__text_width("0#0", 20), alfa__text_width("00", 20));
    assert_true(alfa__text_width("score 0.5", 40) > alfa__text_width("score 0.5", 20) * 19 / 10);
}

static void text_is_cut_at_the_edge(void **state)
{
    (void)state;
    static const unsigned char white[3] = {255, 255, 255};
    struct alfa_image *canvas = make_photo(12, 9, 0);
    alfa__text_draw(canvas, -5, -5, 20, "0.8 anomaly", white);
    alfa__text_draw(canvas, 8, 7, 20, "0.8 anomaly", white);
    assert_true(ink(canvas, 0, 12) > 0);
    alfa_image_free(canvas);
}

/* ---------------------------------------------------------------- files */

static void pictures_are_written_and_read_again(void **state)
{
    (void)state;
    char folder[] = "/tmp/alfa-test-XXXXXX", path[64];
    struct alfa_image *photo = make_photo(33, 21, 60), *read;
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < 33 * 21 * 3; i++)
        photo->rgb[i] = (unsigned char)(i * 7);
    snprintf(path, sizeof path, "%s/a.png", folder);
    assert_int_equal(alfa__image_write_png(path, photo->rgb, 33, 21, &err), ALFA_OK);
    assert_int_equal(alfa_image_load(&read, path, &err), ALFA_OK);
    assert_int_equal(read->width, 33);
    assert_memory_equal(read->rgb, photo->rgb, 33 * 21 * 3);
    alfa_image_free(read);
    unlink(path);
    memset(photo->rgb, 200, 33 * 21 * 3);
    snprintf(path, sizeof path, "%s/a.jpg", folder);
    assert_int_equal(alfa__image_write_jpeg(path, photo->rgb, 33, 21, 85, &err), ALFA_OK);
    assert_int_equal(alfa_image_load(&read, path, &err), ALFA_OK);
    assert_int_equal(read->height, 21);
    assert_true(abs(read->rgb[0] - 200) <= 2);
    alfa_image_free(read);
    unlink(path);
    assert_int_equal(rmdir(folder), 0); /* nothing temporary was left */
    assert_int_equal(alfa__image_write_png(path, photo->rgb, 33, 21, &err), ALFA_ERROR_OUTPUT);
    assert_string_equal(err.source, path);
    alfa_image_free(photo);
}

/* Noise does not get smaller, one colour nearly vanishes. */
static void any_pixels_become_a_png(void **state)
{
    (void)state;
    const int sides[][2] = {{1, 1}, {1, 700}, {700, 1}, {64, 48}, {601, 403}};
    uint32_t random = 7;
    for (size_t i = 0; i < 2 * sizeof sides / sizeof *sides; i++) {
        struct alfa_image *photo = make_photo(sides[i / 2][0], sides[i / 2][1], 60), *read;
        unsigned char *bytes;
        size_t size, count = (size_t)photo->width * (size_t)photo->height * 3;
        for (size_t k = 0; k < count && i % 2; k++) {
            random = random * 1664525 + 1013904223;
            photo->rgb[k] = (unsigned char)(random >> 24);
        }
        assert_int_equal(alfa_image_encode_png(&bytes, &size, photo, &err), ALFA_OK);
        assert_int_equal(alfa_image_decode(&read, bytes, size, "noise", &err), ALFA_OK);
        assert_memory_equal(read->rgb, photo->rgb, count);
        alfa_image_free(read);
        alfa_image_free(photo);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_grow_from_nothing_to_red),
        cmocka_unit_test(scores_outside_take_the_ends),
        cmocka_unit_test(normal_places_show_the_photograph),
        cmocka_unit_test(scale_does_not_depend_on_the_map),
        cmocka_unit_test(the_hot_cell_lies_where_it_is),
        cmocka_unit_test(what_was_not_judged_is_dimmed),
        cmocka_unit_test(pictures_keep_the_photograph_and_add_a_legend),
        cmocka_unit_test(legend_shows_the_scale),
        cmocka_unit_test(every_letter_of_the_legend_is_drawn),
        cmocka_unit_test(text_is_cut_at_the_edge),
        cmocka_unit_test(pictures_are_written_and_read_again),
        cmocka_unit_test(any_pixels_become_a_png),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
