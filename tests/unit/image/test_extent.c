/* Pictures one behind another are taken apart where each of them ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/files.h"
#include "base/strings.h"
#include "image/extent.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 100, SPARE = 22 /* bytes at the end of one file that nothing in it leads to */ };

static struct {
    char *name, *bytes;
    size_t size;
} files[MOST];
static int count;

static void add_files(const char *pattern)
{
    glob_t found;
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct alfa_error err;
        if (strstr(found.gl_pathv[i], ".json"))
            continue;
        assert_true(count < MOST);
        assert_int_equal(
            alfa__file_read(&files[count].bytes, &files[count].size, found.gl_pathv[i], 1 << 20, &err),
            ALFA_OK);
        files[count++].name = strdup(found.gl_pathv[i]);
    }
    globfree(&found);
}

static int set_up(void **state)
{
    (void)state;
    add_files("tests/data/images/valid/*");
    add_files("tests/data/images/kinds/*");
    for (int i = 0; i < count; i++)
        if (!alfa__image_begins((unsigned char *)files[i].bytes, files[i].size))
            fail_msg("%s is no picture", files[i].name);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < count; i++) {
        free(files[i].name);
        free(files[i].bytes);
    }
    return 0;
}

static size_t filling; /* bytes behind a picture that may be taken for its own */

static size_t unused(const char *name)
{
    return strstr(name, "three-pages.tif") ? SPARE : 0;
}

/* What comes next must be these bytes. */
static void expect(const struct alfa__string *all, struct alfa__row *row, const char *bytes, size_t size,
                   const char *name)
{
    if (!alfa__row_next(row, (unsigned char *)all->text, all->size, true))
        fail_msg("nothing is left for %s", name);
    if (row->length + unused(name) < size || row->length > size + filling ||
        memcmp(all->text + row->begin, bytes, row->length < size ? row->length : size) != 0)
        fail_msg("%s has %zu bytes, not %zu", name, size, row->length);
    assert_true(row->passed <= SPARE + filling);
}

static void expect_end(const struct alfa__string *all, struct alfa__row *row)
{
    assert_false(alfa__row_next(row, (unsigned char *)all->text, all->size, true));
    assert_true(row->passed <= filling);
}

/* Every file of every kind, in a row; with filling between them as well. */
static void test_row(void **state)
{
    (void)state;
    assert_true(count > 50);
    for (int filled = 0; filled < 2; filled++) {
        struct alfa__string all = {0};
        struct alfa__row row = {0};
        filling = filled ? 4 : 0;
        for (int i = 0; i < count; i++) {
            alfa__string_append_bytes(&all, files[i].bytes, files[i].size);
            alfa__string_append_bytes(&all, "\0\0\r\n", filled ? (size_t)(i % 5) : 0);
        }
        for (int i = 0; i < count; i++)
            expect(&all, &row, files[i].bytes, files[i].size, files[i].name);
        expect_end(&all, &row);
        alfa__string_free(&all);
    }
    filling = 0;
}

static char *read_file(const char *name, size_t *size)
{
    struct alfa_error err;
    char *bytes;
    assert_int_equal(alfa__file_read(&bytes, size, name, 1 << 20, &err), ALFA_OK);
    return bytes;
}

/* Of a picture that is cut off only the picture itself is lost. */
static void test_cut(void **state)
{
    static const char *const cut[] = {"truncated-scan.jpg", "truncated-tables.jpg", "truncated.png",
                                      "header-only.jpg",    "header-only.gif",      "signature-only.png"};
    static const char *const behind[] = {"rgb.png", "baseline.jpg"};
    (void)state;
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++)
        for (size_t k = 0; k < (i < 1 ? 2 : 1); k++) {
            struct alfa__string all = {0};
            size_t size, next;
            struct alfa__row row = {0};
            char *name = alfa__format("tests/data/images/invalid/%s", cut[i]),
                 *bytes = read_file(name, &size);
            char *other = alfa__format("tests/data/images/valid/%s", behind[k]),
                 *good = read_file(other, &next);
            alfa__string_append_bytes(&all, bytes, size);
            alfa__string_append_bytes(&all, good, next);
            expect(&all, &row, bytes, size, name);
            expect(&all, &row, good, next, other);
            expect_end(&all, &row);
            alfa__string_free(&all);
            free(name);
            free(bytes);
            free(other);
            free(good);
        }
}

static void put(struct alfa__string *out, uint64_t number, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--) {
        const char byte = (char)(number >> 8 * i & 255);
        alfa__string_append_bytes(out, &byte, 1);
    }
}

/* A phone's photograph with a gain map behind it, as its index says, is one picture. */
static void test_gain_map(void **state)
{
    size_t size;
    struct alfa__row row = {0};
    char *photo = read_file("tests/data/images/valid/baseline.jpg", &size);
    struct alfa__string all = {0};
    const size_t index = 2 + 8; /* where the index begins in the file */
    (void)state;
    alfa__string_append_bytes(&all, photo, 2);
    put(&all, 0xffe2, 2);
    put(&all, 2 + 4 + 8 + 2 + 12 + 4 + 32, 2);
    alfa__string_append_bytes(&all, "MPF\0", 4);
    alfa__string_append_bytes(&all, "MM\0*", 4);
    put(&all, 8, 4);
    put(&all, 1, 2); /* one entry: two pictures, whose places are listed at 26 */
    put(&all, 0xb002, 2);
    put(&all, 7, 2);
    put(&all, 32, 4);
    put(&all, 26, 4);
    put(&all, 0, 4);
    const size_t whole = all.size + 32 + size - 2;
    put(&all, 0x20030000, 4);
    put(&all, whole, 4);
    put(&all, 0, 8);
    put(&all, 0, 4);
    put(&all, size, 4);
    put(&all, whole + 7 - index, 4); /* seven bytes lie between them */
    put(&all, 0, 4);
    alfa__string_append_bytes(&all, photo + 2, size - 2);
    assert_int_equal(all.size, whole);
    alfa__string_append_bytes(&all, "between", 7);
    alfa__string_append_bytes(&all, photo, size);
    const size_t both = all.size;
    alfa__string_append_bytes(&all, photo, size);
    expect(&all, &row, all.text, both, "the photograph with its gain map");
    expect(&all, &row, photo, size, "the next photograph");
    expect_end(&all, &row);
    alfa__string_free(&all);
    free(photo);
}

/* What begins no picture is counted. */
static void test_passed(void **state)
{
    size_t size;
    char *photo = read_file("tests/data/images/valid/baseline.jpg", &size);
    struct alfa__string all = {0};
    struct alfa__row row = {0};
    (void)state;
    alfa__string_append_bytes(&all, photo, size);
    alfa__string_append(&all, "SEFT and more");
    expect(&all, &row, photo, size, "the photograph");
    assert_false(alfa__row_next(&row, (unsigned char *)all.text, all.size, true));
    assert_int_equal(row.passed, strlen("SEFT and more"));
    alfa__string_free(&all);
    free(photo);
}

/* Behind many bytes that are no picture the next begins as the last did. */
static void test_again(void **state)
{
    static const char head[] = "P5\n4 4\n255\n", other[] = "P6\n4 4\n255\n";
    struct alfa__string all = {0};
    struct alfa__row row = {0};
    (void)state;
    alfa__string_append(&all, head);
    alfa__string_append(&all, "0123456789abcdef");
    for (int i = 0; i < 100; i++)
        alfa__string_append(&all, other);
    alfa__string_append(&all, head);
    alfa__string_append(&all, "0123456789abcdef");
    expect(&all, &row, all.text, 27, "the first");
    assert_true(alfa__row_next(&row, (unsigned char *)all.text, all.size, true));
    alfa__string_free(&all);
}

/* A picture that says its size and is cut off does not take the next one's bytes. */
static void test_cut_pixels(void **state)
{
    static const char *const names[] = {"valid/rgb.bmp", "kinds/low12-max.tif", "kinds/low12-4095.pgm"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t size;
        char *name = alfa__format("tests/data/images/%s", names[i]), *bytes = read_file(name, &size);
        struct alfa__string all = {0};
        struct alfa__row row = {0};
        alfa__string_append_bytes(&all, bytes, size);
        alfa__string_append_bytes(&all, bytes, size - 30);
        alfa__string_append_bytes(&all, bytes, size);
        alfa__string_append_bytes(&all, bytes, size);
        expect(&all, &row, bytes, size, name);
        expect(&all, &row, bytes, size - 30, name);
        expect(&all, &row, bytes, size, name);
        expect(&all, &row, bytes, size, name);
        expect_end(&all, &row);
        alfa__string_free(&all);
        free(bytes);
        free(name);
    }
}

/* Bytes that come one by one give the same pictures, each as soon as it is there as a whole, and what was
 * handed out can be dropped. */
static void test_bit_by_bit(void **state)
{
    struct alfa__string all = {0};
    struct alfa__row row = {0};
    size_t dropped = 0, size = 0, found = 0, end = 0;
    (void)state;
    for (int i = 0; i < count; i++)
        alfa__string_append_bytes(&all, files[i].bytes, files[i].size);
    for (int i = 0; i < count; size += size < all.size) {
        const unsigned char *bytes = (unsigned char *)all.text + dropped;
        if (row.want > size - dropped - row.at && size < all.size)
            continue;
        if (!alfa__row_next(&row, bytes, size - dropped, size == all.size)) {
            assert_true(size < all.size && row.want > size - dropped - row.at);
            continue;
        }
        const bool waits = strstr(files[i].name, ".heic") || strstr(files[i].name, ".avif");
        assert_int_equal(dropped + row.begin, found);
        assert_int_equal(row.length + unused(files[i].name), files[i].size);
        found += files[i].size;
        end = found + ALFA__SIGHT;
        if (!waits && size > (files[i].size < ALFA__SIGHT ? end : found) + 1)
            fail_msg("%s was found %zu bytes late", files[i].name, size - found);
        dropped += row.at;
        row.at = 0;
        i++;
    }
    assert_int_equal(found, all.size);
    alfa__string_free(&all);
}

static void put_little(unsigned char *out, uint64_t number, int bytes)
{
    for (int i = 0; i < bytes; i++)
        out[i] = (unsigned char)(number >> 8 * i & 255);
}

/* A directory that leads to itself costs no more than a look at the file. */
static void test_circle(void **state)
{
    static const int tags[] = {273, 279};
    unsigned char bytes[4096] = "II*\0\x08\0\0\0\x02";
    (void)state;
    for (int i = 0; i < 2; i++) {
        unsigned char *entry = bytes + 10 + 12 * i;
        put_little(entry, (uint64_t)tags[i], 2);
        put_little(entry + 2, 4, 2);
        put_little(entry + 4, 500, 4);
        put_little(entry + 8, 64, 4);
    }
    assert_int_equal(alfa__image_extent(bytes, sizeof bytes, true), 64 + 4 * 500);
    put_little(bytes + 34, 8, 4); /* the next one */
    assert_int_equal(alfa__image_extent(bytes, sizeof bytes, true), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_row),        cmocka_unit_test(test_cut),
                                       cmocka_unit_test(test_gain_map),   cmocka_unit_test(test_passed),
                                       cmocka_unit_test(test_again),      cmocka_unit_test(test_cut_pixels),
                                       cmocka_unit_test(test_bit_by_bit), cmocka_unit_test(test_circle)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
