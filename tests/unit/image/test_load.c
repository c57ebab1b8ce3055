/* Loading: pictures with known answers, damaged files, limits, and the readers for BMP and PNM. */
#include "image/image.h"

#include "base/files.h"
#include "image/resize.h"
#include "image/write.h"

#include <dirent.h>
#include <jansson.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vips/vips.h>

#include <cmocka.h>

#define VALID "tests/data/images/valid/"
#define INVALID "tests/data/images/invalid/"

static struct alfa_error err;

static struct alfa_image *load(const char *path)
{
    struct alfa_image *image;
    if (alfa_image_load(&image, path, &err) != ALFA_OK)
        fail_msg("%s %s", err.source, err.message);
    return image;
}

static struct alfa_image *decode(const void *bytes, size_t size)
{
    struct alfa_image *image;
    if (alfa_image_decode(&image, bytes, size, "test", &err) != ALFA_OK)
        fail_msg("%s %s", err.source, err.message);
    return image;
}

/* Fails as it should: one line with the name, and nothing comes back. */
static void assert_refused(const void *bytes, size_t size, enum alfa_status expected, const char *words)
{
    struct alfa_image *image = (struct alfa_image *)&err;
    assert_int_equal(alfa_image_decode(&image, bytes, size, "a name", &err), expected);
    assert_null(image);
    assert_int_equal(err.code, expected);
    assert_string_equal(err.source, "a name");
    assert_null(strchr(err.message, '\n'));
    if (!strstr(err.message, words))
        fail_msg("\"%s\" is not in \"%s\"", words, err.message);
}

static void assert_pixel(const struct alfa_image *image, int x, int y, int r, int g, int b, int tolerance)
{
    const unsigned char *p = alfa_image_rgb(image) + ((size_t)y * alfa_image_width(image) + x) * 3;
    if (abs(p[0] - r) > tolerance || abs(p[1] - g) > tolerance || abs(p[2] - b) > tolerance)
        fail_msg("pixel %d %d is %d %d %d, not %d %d %d", x, y, p[0], p[1], p[2], r, g, b);
}

/* ---------------------------------------------------------------- files with known answers */

static int number(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    assert_true(json_is_integer(value));
    return (int)json_integer_value(value);
}

static void check_valid(const json_t *entry)
{
    char path[512];
    size_t i;
    json_t *probe;
    snprintf(path, sizeof path, VALID "%s", json_string_value(json_object_get(entry, "file")));
    struct alfa_image *image = load(path);
    assert_int_equal(alfa_image_width(image), number(entry, "width"));
    assert_int_equal(alfa_image_height(image), number(entry, "height"));
    assert_true(json_array_size(json_object_get(entry, "probes")) > 0);
    json_array_foreach(json_object_get(entry, "probes"), i, probe)
    {
        int rgb[3];
        for (int c = 0; c < 3; c++)
            rgb[c] = (int)json_integer_value(json_array_get(json_object_get(probe, "rgb"), (size_t)c));
        assert_pixel(image, number(probe, "x"), number(probe, "y"), rgb[0], rgb[1], rgb[2],
                     number(entry, "tolerance"));
    }
    alfa_image_free(image);
}

static void valid_files_look_as_a_person_sees_them(void **state)
{
    (void)state;
    size_t i;
    json_t *entry, *expected = json_load_file(VALID "expected.json", 0, NULL);
    assert_non_null(expected);
    assert_true(json_array_size(expected) >= 30);
    json_array_foreach(expected, i, entry) check_valid(entry);
    json_decref(expected);
}

static void load_invalid(const char *name)
{
    char path[512];
    struct alfa_image *image;
    snprintf(path, sizeof path, INVALID "%s", name);
    if (alfa_image_load(&image, path, NULL) == ALFA_OK)
        alfa_image_free(image);
}

static void check_invalid(const char *name)
{
    char path[512];
    struct alfa_image *image = (struct alfa_image *)&err;
    snprintf(path, sizeof path, INVALID "%s", name);
    bool huge = strstr(name, "30000x30000") != NULL;
    assert_int_equal(alfa_image_load(&image, path, &err), huge ? ALFA_ERROR_LIMIT : ALFA_ERROR_INPUT);
    assert_null(image);
    assert_string_equal(err.source, path);
    assert_true(strlen(err.message) > 8);
    assert_null(strchr(err.message, '\n'));
}

static int for_each_invalid(void (*what)(const char *name))
{
    DIR *folder = opendir(INVALID);
    struct dirent *file;
    int count = 0;
    assert_non_null(folder);
    while ((file = readdir(folder)))
        if (file->d_name[0] != '.') {
            what(file->d_name);
            count++;
        }
    closedir(folder);
    return count;
}

static void invalid_files_fail_with_one_line(void **state)
{
    (void)state;
    assert_true(for_each_invalid(check_invalid) >= 10);
}

static void invalid_files_print_nothing(void **state)
{
    (void)state;
    struct stat info;
    int saved = dup(STDERR_FILENO);
    FILE *printed = tmpfile();
    assert_non_null(printed);
    dup2(fileno(printed), STDERR_FILENO);
    for_each_invalid(load_invalid);
    dup2(saved, STDERR_FILENO);
    close(saved);
    assert_int_equal(fstat(fileno(printed), &info), 0);
    assert_int_equal(info.st_size, 0);
    fclose(printed);
}

static void what_is_no_file_fails(void **state)
{
    (void)state;
    struct alfa_image *image;
    assert_int_equal(alfa_image_load(&image, VALID "no-such-file.png", &err), ALFA_ERROR_INPUT);
    assert_null(image);
    assert_non_null(strstr(err.message, "No such file"));
    assert_int_equal(alfa_image_load(&image, "tests/data/images", &err), ALFA_ERROR_INPUT);
    assert_null(image);
    assert_refused("", 0, ALFA_ERROR_INPUT, "is empty");
    assert_refused("BM or not BM, that is", 21, ALFA_ERROR_INPUT, "known format");
    assert_refused("%PDF-1.4", 8, ALFA_ERROR_INPUT, "a PDF document");
    assert_refused("GIF86a", 6, ALFA_ERROR_INPUT, "use JPEG");
    assert_int_equal(alfa_image_load(&image, VALID "no-such-file.png", NULL), ALFA_ERROR_INPUT);
}

/* ---------------------------------------------------------------- damage */

/* Cut anywhere before the last tenth, a file must fail: never half a picture. */
static void cut_files_fail(void **state)
{
    (void)state;
    static const char *const names[] = {"baseline.jpg", "progressive.jpg", "cmyk-adobe.jpg", "rgb.png",
                                        "rgb16.tif",    "rgb.bmp",         "lossy.webp",     "palette.gif"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[512], *bytes;
        size_t size;
        snprintf(path, sizeof path, VALID "%s", names[i]);
        assert_int_equal(alfa__file_read(&bytes, &size, path, 1 << 20, &err), ALFA_OK);
        for (size_t cut = 0; cut < size * 9 / 10; cut += 1 + size / 97) {
            struct alfa_image *image;
            char *part = malloc(cut + 1); /* its own block, so that reading too far is found */
            memcpy(part, bytes, cut);
            if (alfa_image_decode(&image, part, cut, path, &err) == ALFA_OK)
                fail_msg("%s is accepted with %zu of %zu bytes", path, cut, size);
            assert_null(image);
            free(part);
        }
        free(bytes);
    }
}

static void changed_bytes_never_crash(void **state)
{
    (void)state;
    static const char *const names[] = {"baseline.jpg", "palette.png",     "rgb.tif",
                                        "rgba.webp",    "transparent.gif", "rgb.bmp"};
    uint32_t random = 1;
    int refused = 0, accepted = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[512], *bytes;
        size_t size;
        snprintf(path, sizeof path, VALID "%s", names[i]);
        for (int round = 0; round < 150; round++) {
            struct alfa_image *image;
            assert_int_equal(alfa__file_read(&bytes, &size, path, 1 << 20, &err), ALFA_OK);
            for (int change = 0; change < 4; change++) {
                random = random * 1664525 + 1013904223;
                bytes[(random >> 8) % (size < 200 || change ? size : 200)] = (char)random;
            }
            bool good = alfa_image_decode(&image, bytes, size, path, &err) == ALFA_OK;
            assert_true(good == (image != NULL));
            accepted += good;
            refused += !good;
            alfa_image_free(image);
            free(bytes);
        }
    }
    assert_true(refused > 0 && accepted > 0);
}

/* Half of the pixels and then the end marker: libjpeg only warns and fills up with grey. */
static void jpeg_without_its_middle_fails(void **state)
{
    (void)state;
    char *bytes;
    size_t size;
    assert_int_equal(alfa__file_read(&bytes, &size, INVALID "truncated-scan.jpg", 1 << 20, &err), ALFA_OK);
    bytes[size - 2] = (char)0xff;
    bytes[size - 1] = (char)0xd9;
    assert_refused(bytes, size, ALFA_ERROR_INPUT, "damaged");
    free(bytes);
}

static void jpeg_with_stray_bytes_is_read(void **state)
{
    (void)state;
    char *bytes;
    size_t size;
    assert_int_equal(alfa__file_read(&bytes, &size, VALID "baseline.jpg", 1 << 20, &err), ALFA_OK);
    char *longer = malloc(size + 8);
    memcpy(longer, bytes, size - 2);
    memcpy(longer + size - 2, "\0\1\2\3\4\5\6\7\xff\xd9", 10);
    struct alfa_image *plain = decode(bytes, size), *stray = decode(longer, size + 8);
    assert_memory_equal(plain->rgb, stray->rgb, (size_t)plain->width * plain->height * 3);
    alfa_image_free(plain);
    alfa_image_free(stray);
    free(longer);
    free(bytes);
}

/* ---------------------------------------------------------------- files made here */

static VipsImage *make_vips(const void *pixels, size_t size, int bands, VipsBandFormat format)
{
    assert_int_equal(VIPS_INIT("test"), 0);
    VipsImage *image = vips_image_new_from_memory_copy(pixels, size, 2, 1, bands, format);
    assert_non_null(image);
    return image;
}

static void float_samples_are_refused(void **state)
{
    (void)state;
    static const float pixels[2] = {0.25f, 0.75f};
    void *bytes;
    size_t size;
    VipsImage *image = make_vips(pixels, sizeof pixels, 1, VIPS_FORMAT_FLOAT);
    assert_int_equal(vips_tiffsave_buffer(image, &bytes, &size, NULL), 0);
    assert_refused(bytes, size, ALFA_ERROR_INPUT, "has float samples: save it with 8 or 16");
    g_free(bytes);
    g_object_unref(image);
}

static void many_channels_are_refused(void **state)
{
    (void)state;
    static const unsigned char pixels[14] = {1, 2, 3};
    void *bytes;
    size_t size;
    VipsImage *image = make_vips(pixels, sizeof pixels, 7, VIPS_FORMAT_UCHAR);
    assert_int_equal(vips_tiffsave_buffer(image, &bytes, &size, NULL), 0);
    assert_refused(bytes, size, ALFA_ERROR_INPUT, "has 7 channels");
    g_free(bytes);
    g_object_unref(image);
}

/* Display P3 holds the same colours with smaller numbers: they must come back as the sRGB they were. */
static void embedded_profiles_are_applied(void **state)
{
    (void)state;
    static const unsigned char pixels[6] = {200, 60, 40, 40, 170, 60};
    void *bytes;
    size_t size;
    VipsImage *srgb = make_vips(pixels, sizeof pixels, 3, VIPS_FORMAT_UCHAR), *lazy, *p3;
    srgb->Type = VIPS_INTERPRETATION_sRGB;
    assert_int_equal(vips_icc_transform(srgb, &lazy, "p3", "input_profile", "srgb", NULL), 0);
    p3 = vips_image_copy_memory(lazy);
    assert_non_null(p3);
    assert_int_equal(vips_pngsave_buffer(p3, &bytes, &size, NULL), 0);
    struct alfa_image *image = decode(bytes, size);
    assert_true(((unsigned char *)VIPS_IMAGE_ADDR(p3, 0, 0))[0] < 195);
    assert_pixel(image, 0, 0, 200, 60, 40, 2);
    assert_pixel(image, 1, 0, 40, 170, 60, 2);
    alfa_image_free(image);
    g_free(bytes);
    g_object_unref(p3);
    g_object_unref(lazy);
    g_object_unref(srgb);
}

static void pnm_values_are_scaled(void **state)
{
    (void)state;
    static const char text[] = "P2 # a comment\n2 2\n4095\n0 2048\n4095 1000";
    static const unsigned char binary[] = "P5 2 1 65535\n\x80\x80\x00\x81";
    struct alfa_image *image = decode(text, sizeof text - 1);
    assert_pixel(image, 0, 0, 0, 0, 0, 0);
    assert_pixel(image, 1, 0, 128, 128, 128, 0);
    assert_pixel(image, 0, 1, 255, 255, 255, 0);
    assert_pixel(image, 1, 1, 62, 62, 62, 0);
    alfa_image_free(image);
    image = decode(binary, sizeof binary - 1);
    assert_pixel(image, 0, 0, 128, 128, 128, 0);
    assert_pixel(image, 1, 0, 1, 1, 1, 0); /* 129 / 257 = 0.502 */
    alfa_image_free(image);
}

static void pnm_kinds_are_read(void **state)
{
    (void)state;
    struct alfa_image *image = decode("P1\n3 1\n101", 10);
    assert_pixel(image, 0, 0, 0, 0, 0, 0);
    assert_pixel(image, 1, 0, 255, 255, 255, 0);
    alfa_image_free(image);
    image = decode("P4\n10 2\n\x80\x40\x00\x00", 12);
    assert_pixel(image, 0, 0, 0, 0, 0, 0);
    assert_pixel(image, 9, 0, 0, 0, 0, 0);
    assert_pixel(image, 9, 1, 255, 255, 255, 0);
    alfa_image_free(image);
    image = decode("P6 1 1 255\nabc", 14);
    assert_pixel(image, 0, 0, 'a', 'b', 'c', 0);
    alfa_image_free(image);
    image = decode("P6\r\n1 1\r\n255\r\nabc", 17); /* as Windows writes text */
    assert_pixel(image, 0, 0, 'a', 'b', 'c', 0);
    alfa_image_free(image);
    image = decode("P5 2 1 255\r\nb", 13); /* a sample of 10 */
    assert_pixel(image, 0, 0, 10, 10, 10, 0);
    alfa_image_free(image);
    image = decode("P3 1 1 10 0 5 10", 16);
    assert_pixel(image, 0, 0, 0, 128, 255, 0);
    alfa_image_free(image);
}

/* Of samples that use the whole byte nothing is computed, row after row. */
static void ordinary_pnm_is_copied(void **state)
{
    (void)state;
    struct alfa_image *image = decode("P6 2 2 255\nabcdefghijkl", 23);
    assert_memory_equal(alfa_image_rgb(image), "abcdefghijkl", 12);
    alfa_image_free(image);
    image = decode("P5 2 2 255\nabcd", 15);
    assert_memory_equal(alfa_image_rgb(image), "aaabbbcccddd", 12);
    alfa_image_free(image);
    assert_refused("P6 2 2 255\nabcdefghijk", 22, ALFA_ERROR_INPUT, "row 2 of 2");
    assert_refused("P5 2 2 255\nabc", 14, ALFA_ERROR_INPUT, "row 2 of 2");
}

static void damaged_pnm_fails(void **state)
{
    (void)state;
    assert_refused("P6 2 2 255\nabc", 14, ALFA_ERROR_INPUT, "row 1 of 2");
    assert_refused("P2 2 1 10 3 11", 14, ALFA_ERROR_INPUT, "has a value above 10");
    assert_refused("P6 0 2 255\nabc", 14, ALFA_ERROR_INPUT, "header");
    assert_refused("P6 1 1 70000\nabc", 16, ALFA_ERROR_INPUT, "header");
    assert_refused("P6 1 1", 6, ALFA_ERROR_INPUT, "header");
    assert_refused("P6 65501 1 255\nabc", 18, ALFA_ERROR_LIMIT, "65500");
    assert_refused("P6 20000 20000 255\nabc", 22, ALFA_ERROR_LIMIT, "200 megapixels");
}

/* Twelve bits as numpy writes them, the lower byte first, are noise otherwise. */
static void exchanged_pnm_fails(void **state)
{
    (void)state;
    assert_refused("P5 2 1 4095\n\x34\x02\xff\x0f", 16, ALFA_ERROR_INPUT,
                   "are the two bytes of each exchanged");
    assert_refused("P5 2 1 65535\n\x34\x02\xff\x0f", 17, ALFA_ERROR_INPUT,
                   "are the two bytes of each exchanged");
    alfa_image_free(decode("P5 2 1 65535\n\x02\x01\x0f\x0f", 17)); /* numbers of parts, up to 4095 */
    alfa_image_free(decode("P5 2 1 65535\n\x34\x00\xff\x00", 17)); /* eight bits in the upper byte */
}

static void put32(unsigned char *p, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)(value >> 8 * i);
}

/* A header of 54 bytes with masks behind it, pixels from byte 66. */
static void make_bmp(unsigned char *p, size_t size, int32_t width, int32_t height, int bits,
                     uint32_t compression)
{
    memset(p, 0, size);
    memcpy(p, "BM", 2);
    put32(p + 2, (uint32_t)size);
    put32(p + 10, 66);
    put32(p + 14, 40);
    put32(p + 18, (uint32_t)width);
    put32(p + 22, (uint32_t)height);
    p[26] = 1;
    p[28] = (unsigned char)bits;
    put32(p + 30, compression);
}

static void bmp_kinds_are_read(void **state)
{
    (void)state;
    unsigned char file[66 + 8];
    make_bmp(file, sizeof file, 1, -2, 24, 0); /* top-down: the first row is the upper one */
    memcpy(file + 66, "\x01\x02\x03\x00\x04\x05\x06", 7);
    struct alfa_image *image = decode(file, sizeof file);
    assert_pixel(image, 0, 0, 3, 2, 1, 0);
    assert_pixel(image, 0, 1, 6, 5, 4, 0);
    alfa_image_free(image);
    make_bmp(file, 66 + 6, 1, -2, 24, 0); /* rows that are not filled up */
    memcpy(file + 66, "\x01\x02\x03\x04\x05\x06", 6);
    image = decode(file, 66 + 6);
    assert_pixel(image, 0, 0, 3, 2, 1, 0);
    assert_pixel(image, 0, 1, 6, 5, 4, 0);
    alfa_image_free(image);
    make_bmp(file, sizeof file, 1, 2, 16, 3); /* 5, 6, 5 bits, upside down */
    put32(file + 54, 0xf800), put32(file + 58, 0x07e0), put32(file + 62, 0x001f);
    put32(file + 66, 0xf800), put32(file + 70, 0x07ff);
    image = decode(file, sizeof file);
    assert_pixel(image, 0, 0, 0, 255, 255, 0);
    assert_pixel(image, 0, 1, 255, 0, 0, 0);
    alfa_image_free(image);
}

/* As programs write them that nobody checked, and as viewers show them. */
static void careless_bmp_is_read(void **state)
{
    (void)state;
    unsigned char file[66 + 8];
    make_bmp(file, sizeof file, 1, -2, 24, 0);
    put32(file + 10, 0); /* nobody says where the pixels begin: behind the header */
    memcpy(file + 54, "\x01\x02\x03\x00\x04\x05\x06", 7);
    struct alfa_image *image = decode(file, sizeof file);
    assert_pixel(image, 0, 0, 3, 2, 1, 0);
    assert_pixel(image, 0, 1, 6, 5, 4, 0);
    alfa_image_free(image);
    image = decode(file, 54 + 7); /* the last row without its filling */
    assert_pixel(image, 0, 1, 6, 5, 4, 0);
    alfa_image_free(image);
    assert_refused(file, 54 + 5, ALFA_ERROR_INPUT, "cut off");
    make_bmp(file, sizeof file, 2, -1, 2, 0); /* two bits a pixel, and a palette of two */
    put32(file + 46, 2), put32(file + 10, 62);
    memcpy(file + 54, "\x01\x02\x03\x00\x04\x05\x06\x00\x40", 9);
    image = decode(file, sizeof file);
    assert_pixel(image, 0, 0, 6, 5, 4, 0);
    assert_pixel(image, 1, 0, 3, 2, 1, 0);
    alfa_image_free(image);
}

/* A file of a palette of two colours and of bytes as run lengths. */
static size_t make_runs(unsigned char file[128], int bits, const char *runs, size_t size)
{
    make_bmp(file, 128, 4, 2, bits, bits == 8 ? 1 : 2);
    put32(file + 46, 2), put32(file + 10, 62);
    memcpy(file + 54, "\x01\x02\x03\x00\x04\x05\x06", 8);
    memcpy(file + 62, runs, size);
    return 62 + size;
}

static void assert_indices(const struct alfa_image *image, const char *wanted)
{
    for (int i = 0; i < 8; i++)
        if (image->rgb[3 * i] != (wanted[i] == '1' ? 6 : 3))
            fail_msg("pixel %d is %d", i, image->rgb[3 * i]);
}

static void bmp_of_runs_is_read(void **state)
{
    /* the lower row first: a run and pixels that are none; a step to the upper one; an end */
    static const char of_8[] =
        "\x01\x01\x00\x03\x00\x01\x00\x00\x00\x02\xfd\x00\x00\x00\x02\x00\x02\x01\x00\x01";
    static const char of_4[] = "\x03\x10\x01\x00\x00\x00\x00\x04\x01\x10\x00\x01";
    unsigned char file[128];
    (void)state;
    struct alfa_image *image = decode(file, make_runs(file, 8, of_8, sizeof of_8 - 1));
    assert_indices(image, "00111010");
    alfa_image_free(image);
    image = decode(file, make_runs(file, 4, of_4, sizeof of_4 - 1));
    assert_indices(image, "01101010");
    alfa_image_free(image);
    for (size_t cut = 0; cut < sizeof of_8 - 1; cut++)
        assert_refused(file, make_runs(file, 8, of_8, cut), ALFA_ERROR_INPUT, "cut off");
    for (size_t cut = 0; cut < sizeof of_4 - 1; cut++)
        assert_refused(file, make_runs(file, 4, of_4, cut), ALFA_ERROR_INPUT, "cut off");
    image = decode(file, make_runs(file, 8, "\xff\x01\x00\x00\xff\x01\x00\x02\xff\xff\xff\x01\x00\x01", 14));
    assert_indices(image, "11111111"); /* what is beyond the sides is dropped */
    alfa_image_free(image);
}

/* Sizes of 16 bits, colours of three bytes. */
static void bmp_of_os2_is_read(void **state)
{
    unsigned char file[40] = "BM";
    (void)state;
    put32(file + 10, 32), put32(file + 14, 12);
    file[18] = 2, file[20] = 1, file[22] = 1, file[24] = 1;
    memcpy(file + 26, "\x01\x02\x03\x04\x05\x06\x40", 7);
    struct alfa_image *image = decode(file, 36);
    assert_pixel(image, 0, 0, 3, 2, 1, 0);
    assert_pixel(image, 1, 0, 6, 5, 4, 0);
    alfa_image_free(image);
    assert_refused(file, 31, ALFA_ERROR_INPUT, "cut off");
    assert_refused(file, 25, ALFA_ERROR_INPUT, "cut off");
}

/* Bytes that fill the room between two markers hide none of them. */
static void filled_jpeg_has_its_colours(void **state)
{
    (void)state;
    char *bytes;
    size_t size;
    assert_int_equal(alfa__file_read(&bytes, &size, VALID "cmyk-adobe.jpg", 1000000, NULL), ALFA_OK);
    unsigned char *filled = malloc(size + 3);
    memcpy(filled, bytes, 2);
    memset(filled + 2, 0xff, 3);
    memcpy(filled + 5, bytes + 2, size - 2);
    struct alfa_image *plain = decode((const unsigned char *)bytes, size), *image = decode(filled, size + 3);
    assert_memory_equal(image->rgb, plain->rgb, 3 * (size_t)image->width * (size_t)image->height);
    alfa_image_free(plain);
    alfa_image_free(image);
    free(filled);
    free(bytes);
}

static void damaged_bmp_fails(void **state)
{
    (void)state;
    unsigned char file[66 + 8];
    make_bmp(file, sizeof file, 1, 3, 24, 0);
    assert_refused(file, sizeof file, ALFA_ERROR_INPUT, "cut off");
    make_bmp(file, sizeof file, 1, 2, 0, 5); /* a PNG in it */
    assert_refused(file, sizeof file, ALFA_ERROR_INPUT, "compressed BMP");
    make_bmp(file, sizeof file, 1, 2, 24, 0);
    put32(file + 10, 50); /* pixels in the header */
    assert_refused(file, sizeof file, ALFA_ERROR_INPUT, "damaged");
    make_bmp(file, sizeof file, 1, 2, 7, 0);
    assert_refused(file, sizeof file, ALFA_ERROR_INPUT, "damaged");
    make_bmp(file, sizeof file, 1, INT32_MIN, 24, 0);
    assert_refused(file, sizeof file, ALFA_ERROR_LIMIT, "65500");
    make_bmp(file, sizeof file, 30000, 30000, 24, 0);
    assert_refused(file, sizeof file, ALFA_ERROR_LIMIT, "200 megapixels");
    make_bmp(file, sizeof file, 1, 2, 24, 0);
    put32(file + 10, 0xfffffff0); /* pixels far outside */
    assert_refused(file, sizeof file, ALFA_ERROR_INPUT, "cut off");
    make_bmp(file, sizeof file, 1, 2, 8, 0);
    put32(file + 14, 0x7fffffff); /* a header longer than the file is no BMP to us */
    assert_refused(file, sizeof file, ALFA_ERROR_INPUT, "known format");
}

/* Every thread gets the picture that a single one gets, and its own error. */
static void *load_often(void *data)
{
    static const char *const names[] = {VALID "baseline.jpg", VALID "rgba16.png", VALID "cmyk-adobe.jpg",
                                        VALID "lossy.webp"};
    const struct alfa_image *const *expected = data;
    for (int round = 0; round < 40; round++) {
        struct alfa_error own;
        struct alfa_image *image;
        int which = round % 4;
        if (alfa_image_load(&image, INVALID "truncated-scan.jpg", &own) != ALFA_ERROR_INPUT || image)
            return data;
        if (!strcasestr(own.message, "premature end") ||
            strcmp(own.source, INVALID "truncated-scan.jpg") != 0)
            return data;
        if (alfa_image_load(&image, INVALID "bad-crc-data.png", &own) != ALFA_ERROR_INPUT || image)
            return data;
        if (alfa_image_load(&image, names[which], &own) != ALFA_OK)
            return data;
        size_t size = (size_t)image->width * image->height * 3;
        if (image->width != expected[which]->width || memcmp(image->rgb, expected[which]->rgb, size) != 0)
            return data;
        alfa_image_free(image);
    }
    return NULL;
}

static void many_threads_may_load(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    struct alfa_image *expected[4] = {load(VALID "baseline.jpg"), load(VALID "rgba16.png"),
                                      load(VALID "cmyk-adobe.jpg"), load(VALID "lossy.webp")};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, load_often, expected), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    for (int i = 0; i < 4; i++)
        alfa_image_free(expected[i]);
}

static void rows_with_padding_are_copied(void **state)
{
    (void)state;
    static const unsigned char rgb[] = {1, 2, 3, 4, 5, 6, 99, 99, 7, 8, 9, 10, 11, 12};
    static const unsigned char expected[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    struct alfa_image *image;
    assert_int_equal(alfa_image_from_rgb(&image, rgb, 2, 2, 8, &err), ALFA_OK);
    assert_int_equal(alfa_image_width(image), 2);
    assert_int_equal(alfa_image_height(image), 2);
    assert_memory_equal(alfa_image_rgb(image), expected, sizeof expected);
    alfa_image_free(image);
    assert_int_equal(alfa_image_from_rgb(&image, rgb, 2, 2, 5, &err), ALFA_ERROR_USAGE);
    assert_null(image);
    assert_int_equal(alfa_image_from_rgb(&image, rgb, 0, 2, 8, &err), ALFA_ERROR_USAGE);
    assert_int_equal(alfa_image_from_rgb(&image, NULL, 2, 2, 8, NULL), ALFA_ERROR_USAGE);
    alfa_image_free(NULL);
}

/* Mean difference of a picture that was decoded small and of one that was made small afterwards, of the same
 * size. */
static double differs(const void *bytes, size_t size, int longest)
{
    struct alfa_image *small, *fitted, *whole = decode(bytes, size);
    assert_int_equal(alfa__image_decode_small(&small, bytes, size, longest, &err), ALFA_OK);
    assert_int_equal(alfa__resize_fit(&fitted, whole, longest, ALFA__RESIZE_HAMMING, &err), ALFA_OK);
    const int width = alfa_image_width(fitted), height = alfa_image_height(fitted);
    assert_int_equal(alfa_image_width(small), width);
    assert_int_equal(alfa_image_height(small), height);
    long sum = 0;
    for (int i = 0; i < width * height * 3; i++)
        sum += abs(alfa_image_rgb(small)[i] - alfa_image_rgb(fitted)[i]);
    alfa_image_free(small);
    alfa_image_free(fitted);
    alfa_image_free(whole);
    return (double)sum / (width * height * 3);
}

/* Waves of some pixels and a sharp edge, 1200 x 880. */
static void large_jpegs_may_be_decoded_small(void **state)
{
    struct alfa_image *image;
    unsigned char *jpeg;
    size_t size;
    (void)state;
    assert_int_equal(alfa__image_new(&image, 1200, 880, "test", &err), ALFA_OK);
    for (int y = 0; y < 880; y++)
        for (int x = 0; x < 1200; x++) {
            unsigned char *p = image->rgb + ((size_t)y * 1200 + (size_t)x) * 3;
            p[0] = (unsigned char)(x * 255 / 1199);
            p[1] = (unsigned char)((y / 7 + x / 11) % 40 * 6);
            p[2] = x > 700 ? 230 : 20;
        }
    assert_int_equal(alfa__image_encode_jpeg(&jpeg, &size, image, 92, &err), ALFA_OK);
    static const int sides[] = {100, 150, 151, 300, 599, 600, 601, 1200, 4000};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        const double difference = differs(jpeg, size, sides[i]);
        assert_true(sides[i] > 600 ? difference == 0 : difference > 0 && difference < 3);
    }
    free(jpeg);
    alfa_image_free(image);
}

/* Turned as it is to be seen, and whatever the format. */
static void other_pictures_are_decoded_small(void **state)
{
    static const char *const names[] = {"orientation-6.jpg", "cmyk-adobe.jpg", "rgb16.png", "rgb.bmp",
                                        "rgb.tif"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[128], *bytes;
        size_t size;
        snprintf(path, sizeof path, VALID "%s", names[i]);
        assert_int_equal(alfa__file_read(&bytes, &size, path, 1 << 20, &err), ALFA_OK);
        assert_true(differs(bytes, size, 16) < 4);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_files_look_as_a_person_sees_them),
        cmocka_unit_test(invalid_files_fail_with_one_line),
        cmocka_unit_test(invalid_files_print_nothing),
        cmocka_unit_test(what_is_no_file_fails),
        cmocka_unit_test(cut_files_fail),
        cmocka_unit_test(changed_bytes_never_crash),
        cmocka_unit_test(jpeg_without_its_middle_fails),
        cmocka_unit_test(jpeg_with_stray_bytes_is_read),
        cmocka_unit_test(float_samples_are_refused),
        cmocka_unit_test(many_channels_are_refused),
        cmocka_unit_test(embedded_profiles_are_applied),
        cmocka_unit_test(pnm_values_are_scaled),
        cmocka_unit_test(pnm_kinds_are_read),
        cmocka_unit_test(ordinary_pnm_is_copied),
        cmocka_unit_test(damaged_pnm_fails),
        cmocka_unit_test(exchanged_pnm_fails),
        cmocka_unit_test(bmp_kinds_are_read),
        cmocka_unit_test(careless_bmp_is_read),
        cmocka_unit_test(bmp_of_runs_is_read),
        cmocka_unit_test(bmp_of_os2_is_read),
        cmocka_unit_test(filled_jpeg_has_its_colours),
        cmocka_unit_test(damaged_bmp_fails),
        cmocka_unit_test(many_threads_may_load),
        cmocka_unit_test(rows_with_padding_are_copied),
        cmocka_unit_test(large_jpegs_may_be_decoded_small),
        cmocka_unit_test(other_pictures_are_decoded_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
