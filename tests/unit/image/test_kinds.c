/* Files as cameras, data sets and annotation tools really make them (tests/reference/make_kinds.py): a ramp
 * of value() at other depths, with samples that are no colour, on pages, without a palette; and masks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <unistd.h>

#include <cmocka.h>

#include "image/header.h"
#include "image/png.h"
#include "image/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

enum { WIDTH = 16, HEIGHT = 12 };

static int value(int x, int y)
{
    return 20 + 10 * x + 5 * y;
}

static char *place(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "tests/data/images/kinds/%s", name);
    return path;
}

static struct alfa_image *load(const char *name, int bits, int page)
{
    struct alfa_image_options options = ALFA_IMAGE_OPTIONS_INIT;
    struct alfa_image *image;
    struct alfa_error err;
    options.bits = bits;
    options.page = page;
    if (alfa_image_load_as(&image, place(name), &options, &err) != ALFA_OK)
        fail_msg("%s: %s", err.source, err.message);
    assert_int_equal(image->width, WIDTH);
    assert_int_equal(image->height, HEIGHT);
    return image;
}

/* The ramp in grey, off by at most one level. */
static void assert_grey(const char *name, int bits, int suspect)
{
    struct alfa_image *image = load(name, bits, 0);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < 3; c++)
                if (abs(image->rgb[3 * (y * WIDTH + x) + c] - value(x, y)) > 1)
                    fail_msg("%s: %d at %d, %d", name, image->rgb[3 * (y * WIDTH + x) + c], x, y);
    assert_int_equal(alfa_image_facts(image).bits, suspect);
    alfa_image_free(image);
}

static void test_depth(void **state)
{
    (void)state;
    assert_grey("plain.png", 0, 0);
    assert_grey("plain.png", 12, 0);
    assert_grey("low12-sbit.png", 0, 0);
    assert_grey("high12-sbit.png", 0, 0); /* as the PNG standard means it */
    assert_grey("high12-sbit.png", 12, 0);
    assert_grey("low12-max.tif", 0, 0);
    assert_grey("low12-4095.pgm", 0, 0);
    assert_grey("low12-white-is-zero.tif", 0, 0);
    assert_grey("low12.png", 12, 0);
    assert_grey("low12-other-max.tif", 12, 0);
    assert_grey("low12-65535.pgm", 12, 0);
}

/* Nobody says it: dark, and the facts tell. */
static void test_dark(void **state)
{
    static const char *const names[] = {"low12.png", "low12-other-max.tif", "low12-65535.pgm"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct alfa_image *image = load(names[i], 0, 0);
        assert_true(image->rgb[0] < 5);
        assert_int_equal(alfa_image_facts(image).bits, 12);
        alfa_image_free(image);
    }
}

static void test_bits_of(void **state)
{
    int suspect;
    (void)state;
    assert_int_equal(alfa__image_bits(&suspect, 12, 4095), 12);
    assert_int_equal(alfa__image_bits(&suspect, 12, 4096), 16);
    assert_int_equal(suspect, 0);
    assert_int_equal(alfa__image_bits(&suspect, 0, 1023), 16);
    assert_int_equal(suspect, 10);
    assert_int_equal((alfa__image_bits(&suspect, 0, 1024), suspect), 12);
    assert_int_equal((alfa__image_bits(&suspect, 0, 16384), suspect), 0);
    assert_int_equal((alfa__image_bits(&suspect, 0, 0), suspect), 0); /* all black */
}

static void assert_same(const char *name, const char *wanted, bool spare)
{
    struct alfa_image *image = load(name, 0, 0), *other = load(wanted, 0, 0);
    assert_memory_equal(image->rgb, other->rgb, 3 * WIDTH * HEIGHT);
    assert_int_equal(alfa_image_facts(image).spare, spare);
    alfa_image_free(image);
    alfa_image_free(other);
}

static void test_samples(void **state)
{
    (void)state;
    assert_same("infrared.tif", "colour.png", true);
    assert_same("grey-infrared.tif", "plain.png", true);
    assert_same("grey-and-more.tif", "plain.png", true);
    assert_same("no-palette.bmp", "plain.png", false);
    assert_same("transparent.tif", "colour.png", false); /* a fourth byte that nobody set */
    struct alfa_image *image = load("alpha.tif", 0, 0);
    assert_int_equal(image->rgb[0], 255); /* transparent: on white */
    assert_int_equal(image->rgb[3 * (WIDTH / 2)], value(WIDTH / 2, 0));
    alfa_image_free(image);
}

/* L*a*b* is no other colour for a profile beside it. */
static void test_lab(void **state)
{
    (void)state;
    struct alfa_image *image = load("lab-with-profile.tif", 0, 0), *wanted = load("colour.png", 0, 0);
    int apart = 0;
    for (int i = 0; i < 3 * WIDTH * HEIGHT; i++)
        apart += abs(image->rgb[i] - wanted->rgb[i]);
    assert_true(apart < 10 * 3 * WIDTH * HEIGHT);
    alfa_image_free(image);
    alfa_image_free(wanted);
}

static void test_pages(void **state)
{
    const struct {
        const char *name;
        int pages, page, first;
    } files[] = {
        {"three-pages.tif", 3, 0, 20},     {"three-pages.tif", 3, 2, 235}, {"three-pages.tif", 3, 3, 20},
        {"thumbnail-first.tif", 1, 0, 20}, {"two-frames.gif", 2, 0, 10},   {"two-frames.gif", 2, 2, 200},
        {"two-frames.png", 2, 0, 10},      {"two-frames.png", 2, 1, 10},   {"colour.png", 1, 1, 20}};
    struct alfa_image_options options = ALFA_IMAGE_OPTIONS_INIT;
    struct alfa_image *image;
    struct alfa_error err;
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        image = load(files[i].name, 0, files[i].page);
        assert_int_equal(image->rgb[0], files[i].first);
        assert_int_equal(alfa_image_facts(image).pages, files[i].pages);
        alfa_image_free(image);
    }
    options.page = 4;
    assert_int_equal(alfa_image_load_as(&image, place("three-pages.tif"), &options, &err), ALFA_ERROR_LIMIT);
    assert_string_equal(err.message, "has 3 pages, and page 4 is asked for");
    options.page = 2;
    assert_int_equal(alfa_image_load_as(&image, place("two-frames.png"), &options, &err), ALFA_ERROR_LIMIT);
    assert_string_equal(err.message, "is an animated PNG: only the first of its 2 pictures is read");
    options.page = -1;
    assert_int_equal(alfa_image_load_as(&image, place("colour.png"), &options, &err), ALFA_ERROR_USAGE);
    options = (struct alfa_image_options){.size = sizeof options, .bits = 17};
    assert_int_equal(alfa_image_load_as(&image, place("colour.png"), &options, &err), ALFA_ERROR_USAGE);
}

/* HEIC and AVIF where libvips reads them (it blocks its readers of JPEG XL and JPEG 2000 as unfit for files
 * of strangers); what is not read is named. */
static void test_other_kinds(void **state)
{
    static const struct {
        const char *bytes, *what;
    } strangers[] = {
        {"\xff\x0a............", "is a JPEG XL image, which is not read: save it as PNG or TIFF"},
        {"\xff\x4f\xff\x51......", "is a JPEG 2000 image, which is not read: save it as PNG or TIFF"},
        {"\x93NUMPY........", "is an array of NumPy, which is not read: save it as PNG or TIFF"},
        {"P7\nWIDTH 1\n", "is a PAM or PFM image, which is not read: save it as PNG or TIFF"},
        {"Pf 16 12 -1.0\n", "is a PAM or PFM image, which is not read: save it as PNG or TIFF"},
        {"8BPS.........", "is a Photoshop document, which is not read: save it as PNG or TIFF"},
        {"....ftypcrx ....", "is a camera's raw file, which is not read: save it as PNG or TIFF"},
        {"<?xml version=\"1.0\"?>\n<svg>", "is an SVG drawing, which is not read: save it as PNG or TIFF"},
        {"<!DOCTYPE html>", "is an HTML page, not the image: a server may have asked for a login instead"},
        {"\x89PNG\n\x1a\n.....", "is damaged: a PNG that was changed as if it were text, fetch it again"},
        {"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
         "is a pointer of Git LFS, not the image: fetch it with 'git lfs pull'"}};
    static const char *const files[] = {"ramp.heic", "ramp.avif"};
    const bool reads = alfa__image_is_heif(place("ramp.heic"));
    struct alfa_image *image;
    struct alfa_error err;
    (void)state;
    assert_int_equal(reads, vips_type_find("VipsOperation", "heifload_buffer") != 0);
    for (size_t i = 0; i < 2 && reads; i++) {
        image = load(files[i], 0, 0);
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++)
                assert_true(abs(image->rgb[3 * (y * WIDTH + x)] - value(x, y)) <= 3);
        alfa_image_free(image);
    }
    if (!reads) {
        assert_int_equal(alfa_image_load(&image, place("ramp.heic"), &err), ALFA_ERROR_INPUT);
        assert_non_null(strstr(err.message, "this machine's libvips does not read"));
    }
    assert_false(alfa__image_is_heif(place("plain.png")));
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
        assert_int_equal(alfa_image_decode(&image, strangers[i].bytes, strlen(strangers[i].bytes), "x", &err),
                         ALFA_ERROR_INPUT);
        assert_string_equal(err.message, strangers[i].what);
    }
}

static void test_films(void **state)
{
#define FILM(bytes)             \
    {                           \
        bytes, sizeof bytes - 1 \
    }
    static const struct {
        const char *bytes;
        size_t size;
    } films[] = {FILM("\0\0\0\x18"
                      "ftypisom...."),
                 FILM("\x1a\x45\xdf\xa3............"),
                 FILM("RIFF....AVI LIST"),
                 FILM("FLV\1\5\0\0\0\x09......."),
                 FILM("OggS\0\2.........."),
                 FILM("DKIF\0\0\x20\0VP80...."),
                 FILM("\x30\x26\xb2\x75\x8e\x66\xcf\x11........"),
                 FILM("\0\0\1\xba............"),
                 FILM("\0\0\1\xb3............"),
                 FILM("\0\0\0\1\x67...........")};
    char packets[3 * 188] = "";
    struct alfa_image *image;
    struct alfa_error err;
    (void)state;
    for (size_t i = 0; i <= sizeof films / sizeof *films; i++) {
        const bool listed = i < sizeof films / sizeof *films;
        packets[0] = packets[188] = packets[376] = 'G';
        assert_int_equal(alfa_image_decode(&image, listed ? films[i].bytes : packets,
                                           listed ? films[i].size : sizeof packets, "x", &err),
                         ALFA_ERROR_INPUT);
        assert_string_equal(err.message, "is a film, which is not read: save its frames as PNG or TIFF, or "
                                         "pipe them (ffmpeg -f image2pipe)");
    }
}

struct patience {
    int asked, most;
};

static bool run_out(void *context)
{
    struct patience *patience = context;
    return ++patience->asked > patience->most;
}

/* A large picture is given up in its middle. */
static void test_stop(void **state)
{
    enum { SIDE = 1500 };
    char path[] = "/tmp/alfa-stop-XXXXXX";
    unsigned char *rgb = calloc(SIDE * SIDE, 3);
    struct patience patience = {0, 1000000};
    struct alfa_image_options options = ALFA_IMAGE_OPTIONS_INIT;
    struct alfa_image *image;
    struct alfa_error err;
    (void)state;
    assert_int_equal(close(mkstemp(path)), 0);
    assert_int_equal(alfa__image_write_png(path, rgb, SIDE, SIDE, NULL), ALFA_OK);
    options.stop = run_out;
    options.context = &patience;
    assert_int_equal(alfa_image_load_as(&image, path, &options, &err), ALFA_OK);
    alfa_image_free(image);
    assert_true(patience.asked > 10);
    patience = (struct patience){0, 3};
    assert_int_equal(alfa_image_load_as(&image, path, &options, &err), ALFA_ERROR_STOPPED);
    assert_null(image);
    assert_string_equal(err.message, "was not read to its end: stopped");
    assert_true(patience.asked < 10);
    unlink(path);
    free(rgb);
}

/* Whole files are not called damaged. */
static void test_refused(void **state)
{
    const char *const files[][2] = {
        {"packed12.tif", "has 12 bits a sample: save it with 8 or 16"},
        {"half.tif", "has half samples: save it with 8 or 16 unsigned bits a sample"},
        {"luma.tif", "has YCbCr samples that are not in JPEGs: save it as RGB"},
        {"copy-first.tif",
         "has a smaller copy in front and the picture itself in a directory below, as DNG and "
         "cameras' raw files: save it as TIFF or PNG"},
        {"grey-planes.tif",
         "has 2 samples that are no RGB in a plane each: save each plane as a grey picture"},
        {"double.tif", "has double samples: save it with 8 or 16 unsigned bits a sample"},
        {"deep.tif", "has 64 bits a sample: save it with 8 or 16"},
        {"colour-of-4-bits.tif", "has 4 bits a sample: save it with 8 or 16"},
        {"icc-lab.tif", "has colours of a kind that is not read (photometric 9): save it as RGB"}};
    struct alfa_image *image;
    struct alfa_error err;
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        assert_int_equal(alfa_image_load(&image, place(files[i][0]), &err), ALFA_ERROR_INPUT);
        assert_string_equal(err.message, files[i][1]);
    }
    const char *const odd[] = {"odd-compression.tif", "tiled-planes.tif"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        assert_int_equal(alfa_image_load(&image, place(odd[i]), &err), ALFA_ERROR_INPUT);
        assert_non_null(strstr(err.message, "is of a kind that is not read"));
    }
}

/* ------------------------------------------------------------------ JPEG */

static void *make_jpeg(size_t *size, bool progressive)
{
    unsigned char pixels[64 * 64];
    void *bytes = NULL;
    assert_int_equal(alfa_image_from_rgb(&(struct alfa_image *){0}, NULL, 1, 1, 3, NULL), ALFA_ERROR_USAGE);
    memset(pixels, 90, sizeof pixels);
    VIPS_INIT("test");
    VipsImage *image = vips_image_new_from_memory(pixels, sizeof pixels, 64, 64, 1, VIPS_FORMAT_UCHAR);
    assert_int_equal(vips_jpegsave_buffer(image, &bytes, size, "interlace", progressive, NULL), 0);
    g_object_unref(image);
    return bytes;
}

/* The last scan again and again: a decoder would go over all pixels each time. */
static void test_scans(void **state)
{
    struct alfa_error err;
    struct alfa_image *image;
    size_t size;
    (void)state;
    unsigned char *jpeg = make_jpeg(&size, true);
    assert_true(alfa__header_read(ALFA__FORMAT_JPEG, jpeg, size, 1).scans > 3);
    assert_int_equal(alfa_image_decode(&image, jpeg, size, "few", &err), ALFA_OK);
    alfa_image_free(image);
    size_t last = 0;
    for (size_t i = 0; i + 1 < size; i++)
        last = jpeg[i] == 0xff && jpeg[i + 1] == 0xda ? i : last;
    const size_t scan = size - 2 - last, many = 200;
    unsigned char *bomb = malloc(size + many * scan), *end = bomb;
    memcpy(end, jpeg, size - 2);
    end += size - 2;
    for (size_t i = 0; i < many; i++, end += scan)
        memcpy(end, jpeg + last, scan);
    memcpy(end, "\xff\xd9", 2);
    assert_int_equal(alfa_image_decode(&image, bomb, size + many * scan, "many", &err), ALFA_ERROR_LIMIT);
    assert_non_null(strstr(err.message, "scans, the limit is 100"));
    free(bomb);
    g_free(jpeg);
}

/* Where the pixels' n-th chunk begins, from 1; 0: there are fewer. */
static size_t find_pixels(const unsigned char *png, size_t size, int n)
{
    for (size_t at = 8; at + 12 <= size;) {
        if (memcmp(png + at + 4, "IDAT", 4) == 0 && --n == 0)
            return at;
        at +=
            12 + ((size_t)png[at] << 24 | (size_t)png[at + 1] << 16 | (size_t)png[at + 2] << 8 | png[at + 3]);
    }
    return 0;
}

/* The last check sum as well, which not every decoder looks at. */
static void test_changed_png(void **state)
{
    enum { SIDE = 200 };
    static unsigned char pixels[SIDE * SIDE];
    struct alfa_image *image;
    struct alfa_error err;
    void *bytes;
    size_t size;
    (void)state;
    for (unsigned i = 0, seed = 1; i < sizeof pixels; i++)
        pixels[i] = (unsigned char)((seed = seed * 1664525u + 1013904223u) >> 24);
    VipsImage *noise = vips_image_new_from_memory(pixels, sizeof pixels, SIDE, SIDE, 1, VIPS_FORMAT_UCHAR);
    assert_int_equal(vips_pngsave_buffer(noise, &bytes, &size, NULL), 0);
    g_object_unref(noise);
    unsigned char *png = bytes;
    int chunks = 0;
    while (find_pixels(png, size, chunks + 1))
        chunks++;
    assert_true(chunks > 1);
    assert_false(alfa__png_is_changed(png, size));
    assert_int_equal(alfa_image_decode(&image, png, size, "whole", &err), ALFA_OK);
    alfa_image_free(image);
    for (int n = 1; n <= chunks; n += chunks - 1) {
        unsigned char *sum = png + (n < chunks ? find_pixels(png, size, n + 1) : size - 12) - 1;
        *sum ^= 1;
        assert_true(alfa__png_is_changed(png, size));
        assert_int_equal(alfa_image_decode(&image, png, size, "changed", &err), ALFA_ERROR_INPUT);
        assert_string_equal(err.message, "is damaged or cut off: a check sum of its pixels is wrong");
        *sum ^= 1;
    }
    g_free(bytes);
}

static void test_deep_jpeg(void **state)
{
    struct alfa_error err;
    struct alfa_image *image;
    size_t size;
    (void)state;
    unsigned char *jpeg = make_jpeg(&size, false);
    assert_int_equal(alfa__header_read(ALFA__FORMAT_JPEG, jpeg, size, 1).scans, 0);
    unsigned char *frame = memmem(jpeg, size, "\xff\xc0", 2);
    frame[4] = 12;
    assert_int_equal(alfa_image_decode(&image, jpeg, size, "deep", &err), ALFA_ERROR_INPUT);
    assert_string_equal(err.message, "has 12 bits a sample: save it with 8, or as PNG");
    frame[1] = 0xc3;
    assert_int_equal(alfa_image_decode(&image, jpeg, size, "lossless", &err), ALFA_ERROR_INPUT);
    assert_string_equal(err.message, "is a lossless JPEG of 12 bits a sample: save it as PNG");
    frame[1] = 0xf7; /* JPEG-LS */
    assert_int_equal(alfa_image_decode(&image, jpeg, size, "lossless", &err), ALFA_ERROR_INPUT);
    assert_string_equal(err.message, "is a lossless JPEG of 12 bits a sample: save it as PNG");
    g_free(jpeg);
}

/* ------------------------------------------------------------------ masks */

static void test_masks(void **state)
{
    const struct {
        const char *name;
        int most;
    } files[] = {{"mask-255.png", 255},        {"mask-1.png", 1},          {"mask-palette.png", 128},
                 {"mask-layer.png", 255},      {"mask-1-of-65535.png", 1}, {"mask-black-layer.png", 0},
                 {"mask-transparent.png", 255}};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct alfa_image *image;
        struct alfa_error err;
        struct alfa__mask_values values;
        if (alfa__image_load_mask(&image, place(files[i].name), &values, &err) != ALFA_OK)
            fail_msg("%s: %s", err.source, err.message);
        assert_int_equal(values.least, 0);
        assert_int_equal(values.most, files[i].most);
        for (int p = 0; p < WIDTH * HEIGHT; p++)
            if (image->rgb[3 * p] != (p % WIDTH >= WIDTH / 2 ? 255 : 0))
                fail_msg("%s: %d at pixel %d", files[i].name, image->rgb[3 * p], p);
        alfa_image_free(image);
    }
}

/* Directories that point anywhere, count what they like and go round in circles. */
static void test_wild_headers(void **state)
{
    unsigned char bytes[512];
    uint32_t random = 1;
    (void)state;
    for (int round = 0; round < 20000; round++) {
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (unsigned char)((random = random * 1664525u + 1013904223u) >> 24);
        memcpy(bytes, round % 2 ? "II*\0\x08\0\0\0\x04\0" : "MM\0+\0\x08\0\0\0\0\0\0\0\0\0\x10",
               round % 2 ? 10 : 16);
        for (size_t i = 10; i < 60; i += 12)
            bytes[i] = (unsigned char)(254 + round % 88), bytes[i + 1] = (unsigned char)(round % 2);
        bytes[58] = 8, bytes[59] = bytes[60] = bytes[61] = 0; /* the next directory is this one */
        const struct alfa__header header =
            alfa__header_read((enum alfa__format)(round % 5), bytes, sizeof bytes - (size_t)round % 500, 2);
        assert_true(header.pages <= ALFA__MOST_PAGES && header.bits <= 16);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_depth),       cmocka_unit_test(test_dark),
        cmocka_unit_test(test_bits_of),     cmocka_unit_test(test_samples),
        cmocka_unit_test(test_lab),         cmocka_unit_test(test_pages),
        cmocka_unit_test(test_stop),        cmocka_unit_test(test_films),
        cmocka_unit_test(test_other_kinds), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_scans),       cmocka_unit_test(test_deep_jpeg),
        cmocka_unit_test(test_masks),       cmocka_unit_test(test_wild_headers),
        cmocka_unit_test(test_changed_png),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
