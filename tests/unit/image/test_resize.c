/* Resizing against pictures that PIL and torchvision made (tests/reference/make_pixels.py). */
#include "image/resize.h"
#include "image/tensor.h"

#include "base/files.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DATA "tests/data/resize/"

static struct alfa_error err;

static struct alfa_image *load(const char *name)
{
    char path[512];
    struct alfa_image *image;
    snprintf(path, sizeof path, DATA "%s", name);
    if (alfa_image_load(&image, path, &err) != ALFA_OK)
        fail_msg("%s %s", err.source, err.message);
    return image;
}

static struct alfa_image *make(int width, int height)
{
    struct alfa_image *image;
    uint32_t random = 7;
    assert_int_equal(alfa__image_new(&image, width, height, "test", &err), ALFA_OK);
    for (size_t i = 0; i < (size_t)width * height * 3; i++) {
        random = random * 1664525 + 1013904223;
        image->rgb[i] = (unsigned char)(random >> 24);
    }
    return image;
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    assert_non_null(value);
    return value;
}

static struct alfa_image *resize(const struct alfa_image *image, const char *mode, int size)
{
    struct alfa_image *out;
    if (strcmp(mode, "longest") == 0) {
        assert_int_equal(alfa__resize_fit(&out, image, size, ALFA__RESIZE_HAMMING, &err), ALFA_OK);
        return out;
    }
    const enum alfa__fit fit = strcmp(mode, "squash") == 0 ? ALFA__FIT_SQUASH : ALFA__FIT_CROP;
    const struct alfa__view view = alfa__resize_view(image->width, image->height, size, fit);
    assert_int_equal(alfa__image_new(&out, size, size, "test", &err), ALFA_OK);
    assert_int_equal(alfa__resize_rgb(out->rgb, size, size, image, &view, &err), ALFA_OK);
    return out;
}

static void check_entry(const json_t *entry)
{
    const char *result = text(entry, "result");
    struct alfa_image *image = load(text(entry, "source")), *expected = load(result);
    struct alfa_image *out =
        resize(image, text(entry, "mode"), (int)json_integer_value(json_object_get(entry, "size")));
    const size_t size = (size_t)out->width * (size_t)out->height * 3;
    size_t different = 0;
    assert_int_equal(expected->width, out->width);
    assert_int_equal(expected->height, out->height);
    for (size_t i = 0; i < size; i++) {
        different += out->rgb[i] != expected->rgb[i];
        if (abs(out->rgb[i] - expected->rgb[i]) > 1)
            fail_msg("%s: byte %zu is %d, not %d", result, i, out->rgb[i], expected->rgb[i]);
    }
    if (different * 1000 > size)
        fail_msg("%s: %zu of %zu bytes differ", result, different, size);
    alfa_image_free(image);
    alfa_image_free(expected);
    alfa_image_free(out);
}

static void pixels_are_those_of_pil(void **state)
{
    (void)state;
    size_t i;
    json_t *entry, *manifest = json_load_file(DATA "manifest.json", 0, NULL);
    assert_non_null(manifest);
    assert_true(json_array_size(manifest) >= 26);
    json_array_foreach(manifest, i, entry) check_entry(entry);
    json_decref(manifest);
}

static void same_size_is_the_same(void **state)
{
    (void)state;
    struct alfa_image *image = make(31, 17);
    struct alfa__view view = {31, 17, 0, 0};
    unsigned char out[31 * 17 * 3];
    assert_int_equal(alfa__resize_rgb(out, 31, 17, image, &view, &err), ALFA_OK);
    assert_memory_equal(out, image->rgb, sizeof out);
    alfa_image_free(image);
}

/* Rows are worked on together; each must come out as it would alone, also those of the last few. */
static void rows_do_not_depend_on_their_neighbours(void **state)
{
    (void)state;
    enum { WIDTH = 131, ROWS = 53, OUT = 40 };
    static unsigned char all[OUT * ROWS * 3], alone[OUT * 3];
    struct alfa_image *image = make(WIDTH, ROWS);
    assert_int_equal(alfa__resize_rgb(all, OUT, ROWS, image, &(struct alfa__view){OUT, ROWS, 0, 0}, &err),
                     ALFA_OK);
    for (int y = 0; y < ROWS; y++) {
        const struct alfa_image row = {
            .width = WIDTH, .height = 1, .rgb = image->rgb + (size_t)y * WIDTH * 3};
        assert_int_equal(alfa__resize_rgb(alone, OUT, 1, &row, &(struct alfa__view){OUT, 1, 0, 0}, &err),
                         ALFA_OK);
        assert_memory_equal(all + (size_t)y * OUT * 3, alone, sizeof alone);
    }
    alfa_image_free(image);
}

/* A rectangle of a view is what the whole view shows there. */
static void rectangles_are_parts_of_the_whole(void **state)
{
    (void)state;
    static unsigned char whole[90 * 70 * 3], part[20 * 30 * 3];
    struct alfa_image *image = make(131, 53);
    assert_int_equal(alfa__resize_rgb(whole, 90, 70, image, &(struct alfa__view){90, 70, 0, 0}, &err),
                     ALFA_OK);
    assert_int_equal(alfa__resize_rgb(part, 20, 30, image, &(struct alfa__view){90, 70, 70, 11}, &err),
                     ALFA_OK);
    for (int y = 0; y < 30; y++)
        assert_memory_equal(part + y * 20 * 3, whole + ((y + 11) * 90 + 70) * 3, 20 * 3);
    alfa_image_free(image);
}

static void rectangles_outside_are_refused(void **state)
{
    (void)state;
    static const struct alfa__view views[] = {
        {9, 10, 0, 0}, {10, 10, 1, 0}, {10, 10, 0, -1}, {10, 10, 0, 2147483647}};
    unsigned char out[10 * 10 * 3];
    struct alfa_image *image = make(5, 5);
    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        assert_int_equal(alfa__resize_rgb(out, 10, 10, image, &views[i], &err), ALFA_ERROR_USAGE);
    assert_int_equal(alfa__resize_rgb(out, 0, 10, image, &(struct alfa__view){10, 10, 0, 0}, &err),
                     ALFA_ERROR_USAGE);
    alfa_image_free(image);
}

/* The whole resized picture would be 15,720,000 pixels wide. */
static void the_longest_strip_is_cropped(void **state)
{
    (void)state;
    static unsigned char out[240 * 240 * 3];
    struct alfa_image *image = make(65500, 1);
    struct alfa__view view = alfa__resize_view(65500, 1, 240, ALFA__FIT_CROP);
    assert_int_equal(view.width, 15720000);
    assert_int_equal(alfa__resize_rgb(out, 240, 240, image, &view, &err), ALFA_OK);
    assert_memory_equal(out, out + 239 * 240 * 3, 240 * 3);
    alfa_image_free(image);
}

static void assert_view(int width, int height, int side, int view_width, int view_height, int x, int y)
{
    struct alfa__view view = alfa__resize_view(width, height, side, ALFA__FIT_CROP);
    assert_int_equal(view.width, view_width);
    assert_int_equal(view.height, view_height);
    assert_int_equal(view.x, x);
    assert_int_equal(view.y, y);
}

/* int(240 * 301 / 200) = 361; the offset 60.5 goes to the even 60, 61.5 to 62. */
static void views_round_as_torchvision(void **state)
{
    (void)state;
    assert_view(240, 240, 240, 240, 240, 0, 0);
    assert_view(301, 200, 240, 361, 240, 60, 0);
    assert_view(200, 301, 240, 240, 361, 0, 60);
    assert_view(363, 240, 240, 363, 240, 62, 0);
    assert_view(1500, 1000, 240, 360, 240, 60, 0);
}

static void boxes_say_where_the_square_lies(void **state)
{
    (void)state;
    struct alfa__box box = alfa__resize_box(1500, 1000, 240, ALFA__FIT_CROP);
    assert_float_equal(box.x, 250, 1e-9);
    assert_float_equal(box.y, 0, 1e-9);
    assert_float_equal(box.width, 1000, 1e-9);
    assert_float_equal(box.height, 1000, 1e-9);
    box = alfa__resize_box(1500, 1000, 240, ALFA__FIT_SQUASH);
    assert_float_equal(box.x, 0, 1e-9);
    assert_float_equal(box.width, 1500, 1e-9);
    assert_float_equal(box.height, 1000, 1e-9);
}

/* ---------------------------------------------------------------- tensors */

static const float mean[3] = {0.48145466f, 0.4578275f, 0.40821073f};
static const float std[3] = {0.26862954f, 0.26130258f, 0.27577711f};
static const struct alfa__channels channels = {mean, std};

/* The golden tensor's numbers: a safetensors file with the one tensor "pixels", 1 x 3 x 17 x 31. */
static const float *read_golden(char **file)
{
    size_t size;
    uint64_t header;
    assert_int_equal(alfa__file_read(file, &size, DATA "normalised.safetensors", 1 << 20, &err), ALFA_OK);
    memcpy(&header, *file, 8);
    json_t *json = json_loadb(*file + 8, header, 0, NULL), *pixels = json_object_get(json, "pixels");
    assert_non_null(pixels);
    json_int_t start = json_integer_value(json_array_get(json_object_get(pixels, "data_offsets"), 0));
    assert_true(8 + header + (size_t)start + 3 * 17 * 31 * sizeof(float) <= size);
    json_decref(json);
    return (const float *)(*file + 8 + header + start);
}

static void tensors_are_those_of_torchvision(void **state)
{
    (void)state;
    static unsigned char square[31 * 31 * 3];
    static float out[3 * 31 * 31];
    char *file;
    const float *golden = read_golden(&file);
    struct alfa_image *image = load("noise-31x17.png");
    memcpy(square, image->rgb, 17 * 31 * 3);
    alfa__tensor_from_rgb(out, square, 31, &channels);
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < 17 * 31; i++) {
            float expected;
            memcpy(&expected, golden + c * 17 * 31 + i, sizeof expected);
            assert_float_equal(out[c * 31 * 31 + i], expected, 1e-6);
        }
    free(file);
    alfa_image_free(image);
}

static void preprocessing_resizes_and_normalises(void **state)
{
    (void)state;
    float out[3 * 8 * 8];
    struct alfa_image *image = make(40, 20);
    memset(image->rgb, 255, 40 * 20 * 3);
    assert_int_equal(alfa__image_preprocess(out, image, 8, ALFA__FIT_CROP, &channels, &err), ALFA_OK);
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < 64; i++)
            assert_float_equal(out[c * 64 + i], (1 - mean[c]) / std[c], 1e-6);
    alfa_image_free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_are_those_of_pil),
        cmocka_unit_test(same_size_is_the_same),
        cmocka_unit_test(rows_do_not_depend_on_their_neighbours),
        cmocka_unit_test(rectangles_are_parts_of_the_whole),
        cmocka_unit_test(rectangles_outside_are_refused),
        cmocka_unit_test(the_longest_strip_is_cropped),
        cmocka_unit_test(views_round_as_torchvision),
        cmocka_unit_test(boxes_say_where_the_square_lies),
        cmocka_unit_test(tensors_are_those_of_torchvision),
        cmocka_unit_test(preprocessing_resizes_and_normalises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
