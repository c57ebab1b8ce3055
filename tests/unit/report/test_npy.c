/* .npy files, byte by byte. */
#include "report/npy.h"

#include "base/files.h"

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
static char folder[] = "/tmp/alfa-test-XXXXXX", path[64];

static void check(const float *map, int width, int height, const char *shape)
{
    char *bytes, text[119];
    size_t size;
    assert_int_equal(alfa__npy_write(path, map, width, height, &err), ALFA_OK);
    assert_int_equal(alfa__file_read(&bytes, &size, path, 1 << 20, &err), ALFA_OK);
    assert_int_equal(size, 128 + (size_t)width * height * 4);
    assert_memory_equal(bytes, "\x93NUMPY\x01\x00\x76\x00", 10); /* 118 bytes of text follow */
    snprintf(text, sizeof text, "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }", shape);
    assert_memory_equal(bytes + 10, text, strlen(text));
    for (size_t i = 10 + strlen(text); i < 127; i++)
        assert_int_equal(bytes[i], ' ');
    assert_int_equal(bytes[127], '\n');
    assert_memory_equal(bytes + 128, map, (size_t)width * height * 4);
    free(bytes);
}

static void maps_are_written_with_rows_first(void **state)
{
    (void)state;
    static const float map[6] = {0, 0.25f, 0.5f, 1, -1, 1e-20f};
    static float large[240 * 240];
    check(map, 3, 2, "(2, 3)");
    check(map, 1, 1, "(1, 1)"); /* replaces the file before */
    large[240 * 240 - 1] = 0.5f;
    check(large, 240, 240, "(240, 240)");
    unlink(path);
}

/* 1.0 is the bytes 00 00 80 3f in the file: little-endian, as the header says. */
static void numbers_are_little_endian(void **state)
{
    (void)state;
    static const float one[1] = {1};
    char *bytes;
    size_t size;
    assert_int_equal(alfa__npy_write(path, one, 1, 1, &err), ALFA_OK);
    assert_int_equal(alfa__file_read(&bytes, &size, path, 1 << 20, &err), ALFA_OK);
    assert_memory_equal(bytes + 128, "\x00\x00\x80\x3f", 4);
    free(bytes);
    unlink(path);
}

static void a_missing_folder_is_said(void **state)
{
    (void)state;
    static const float one[1] = {1};
    assert_int_equal(alfa__npy_write("/tmp/alfa-no-such-folder/a.npy", one, 1, 1, &err), ALFA_ERROR_OUTPUT);
    assert_string_equal(err.source, "/tmp/alfa-no-such-folder/a.npy");
    assert_non_null(strstr(err.message, "cannot be written"));
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/map.npy", folder);
    return 0;
}

/* Fails when something temporary was left. */
static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_are_written_with_rows_first),
        cmocka_unit_test(numbers_are_little_endian),
        cmocka_unit_test(a_missing_folder_is_said),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
