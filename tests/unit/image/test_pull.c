/* Decoding and encoding leave no thread behind: libvips' pool is not used, whose idle threads may be given
 * work while they end. And JPEGs as alfa writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image/image.h"
#include "image/jpeg.h"
#include "image/pull.h"
#include "image/vipslib.h"
#include "unit/folder.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number of files that could be read, as pictures and as masks. */
static int read_all(const char *path)
{
    DIR *folder = opendir(path);
    int good = 0;
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        char file[512];
        struct alfa_image *image;
        struct alfa__mask_values values;
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        good += alfa_image_load(&image, file, NULL) == ALFA_OK;
        alfa_image_free(image);
        if (alfa__image_load_mask(&image, file, &values, NULL) == ALFA_OK)
            alfa_image_free(image);
    }
    closedir(folder);
    return good;
}

static void no_thread_is_left(void **state)
{
    unsigned char rgb[64 * 64 * 3] = {0}, *bytes;
    size_t size;
    (void)state;
    assert_int_equal(alfa__vips_start(NULL), ALFA_OK);
    const int threads = folder_entries("/proc/self/task");
    assert_true(read_all("tests/data/images/valid") > 10);
    assert_true(read_all("tests/data/images/kinds") > 10);
    assert_int_equal(alfa__jpeg_encode(&bytes, &size, &(struct alfa__raster){rgb, 3, 64, 64}, 85, NULL),
                     ALFA_OK);
    free(bytes);
    assert_int_equal(folder_entries("/proc/self/task"), threads);
}

static bool never(void *context)
{
    (void)context;
    return false;
}

/* Header and samples stay, and a picture that is in memory is not copied. */
static void a_picture_is_held(void **state)
{
    VipsImage *flow, *held, *again, *grey;
    (void)state;
    assert_int_equal(alfa__vips_start(NULL), ALFA_OK);
    assert_int_equal(vips_identity(&grey, "ushort", TRUE, "size", 1000, NULL), 0);
    assert_int_equal(vips_linear1(grey, &flow, 2, 1, NULL), 0);
    vips_image_set_int(flow, "alfa-note", 7);
    assert_non_null(held = alfa__pull_picture(flow, never, NULL));
    int note = 0;
    assert_int_equal(vips_image_get_int(held, "alfa-note", &note), 0);
    assert_int_equal(note, 7);
    assert_int_equal(held->Xsize, 1000);
    assert_int_equal(held->BandFmt, VIPS_FORMAT_FLOAT);
    const float *samples = (const float *)VIPS_IMAGE_ADDR(held, 0, 0);
    for (int i = 0; i < 1000; i++)
        assert_true(fabsf(samples[i] - (float)(2 * i + 1)) < 1e-3f);
    assert_non_null(again = alfa__pull_picture(held, never, NULL));
    assert_ptr_equal(again, held);
    g_object_unref(again);
    g_object_unref(held);
    g_object_unref(flow);
    g_object_unref(grey);
}

/* The largest difference of a colour edge, red beside blue, after a JPEG of this quality. */
static int edge_error(int quality)
{
    enum { SIDE = 32 };
    unsigned char rgb[SIDE * SIDE * 3] = {0}, *bytes;
    struct alfa_image *image;
    size_t size;
    int most = 0;
    for (int i = 0; i < SIDE * SIDE; i++)
        rgb[3 * i + (i % SIDE < 15 ? 0 : 2)] = 200;
    assert_int_equal(
        alfa__jpeg_encode(&bytes, &size, &(struct alfa__raster){rgb, 3, SIDE, SIDE}, quality, NULL), ALFA_OK);
    assert_int_equal(alfa_image_decode(&image, bytes, size, "edge.jpg", NULL), ALFA_OK);
    assert_int_equal(alfa_image_width(image), SIDE);
    assert_int_equal(alfa_image_height(image), SIDE);
    for (int i = 0; i < SIDE * SIDE * 3; i++) {
        const int error = abs(alfa_image_rgb(image)[i] - rgb[i]);
        most = error > most ? error : most;
    }
    alfa_image_free(image);
    free(bytes);
    return most;
}

static void jpegs_keep_colours(void **state)
{
    (void)state;
    assert_in_range(edge_error(95), 0, 25);
    assert_in_range(edge_error(85), 40, 255); /* colours at half the size */
}

static void too_large_for_a_jpeg(void **state)
{
    struct alfa_error err;
    unsigned char *bytes = NULL, *rgb = calloc(70000, 3);
    size_t size;
    (void)state;
    assert_int_equal(alfa__jpeg_encode(&bytes, &size, &(struct alfa__raster){rgb, 3, 70000, 1}, 85, &err),
                     ALFA_ERROR_RUNTIME);
    assert_null(bytes);
    assert_non_null(strstr(err.message, "65500"));
    free(rgb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_thread_is_left),
        cmocka_unit_test(a_picture_is_held),
        cmocka_unit_test(jpegs_keep_colours),
        cmocka_unit_test(too_large_for_a_jpeg),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
