/* Errors, strings, files and the arena. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/files.h"
#include "base/strings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_errors(void **state)
{
    struct alfa_error err;
    (void)state;
    assert_int_equal(alfa__fail(&err, ALFA_ERROR_INPUT, "a.jpg", "has %d bytes", 3), ALFA_ERROR_INPUT);
    assert_string_equal(err.source, "a.jpg");
    assert_string_equal(err.message, "has 3 bytes");
    assert_int_equal(alfa__fail(NULL, ALFA_ERROR_USAGE, NULL, "nobody listens"), ALFA_ERROR_USAGE);
    assert_string_equal(alfa_status_text(ALFA_OK), "success");
    assert_string_equal(alfa_version(), ALFA_VERSION);
    assert_int_equal(alfa_version_number(), 10000);
    assert_true(ALFA_VERSION_FITS());
}

static void test_strings(void **state)
{
    struct alfa__string string = {0};
    size_t product;
    (void)state;
    for (int i = 0; i < 1000; i++)
        alfa__string_appendf(&string, "%d,", i);
    assert_true(alfa__string_ok(&string));
    assert_int_equal(string.size, strlen(string.text));
    assert_int_equal(memcmp(string.text + string.size - 4, "999,", 4), 0);
    alfa__string_free(&string);
    assert_true(alfa__multiply(&product, 3, 4) && product == 12);
    assert_false(alfa__multiply(&product, SIZE_MAX / 2, 3));
}

static void test_arena(void **state)
{
    struct alfa__arena arena = {0};
    int blocks = 0;
    (void)state;
    for (int round = 0; round < 3; round++) {
        struct alfa__mark mark = alfa__arena_mark(&arena);
        unsigned char *a = alfa__arena_alloc(&arena, 100), *b = alfa__arena_alloc(&arena, 3u << 20),
                      *c = alfa__arena_alloc(&arena, 1);
        assert_non_null(a);
        assert_non_null(b);
        assert_int_equal((uintptr_t)a % 64, 0);
        assert_int_equal((uintptr_t)b % 64, 0);
        memset(a, 1, 100);
        memset(b, 2, 3u << 20);
        *c = 3;
        assert_int_equal(a[99], 1);
        assert_int_equal(b[0], 2);
        alfa__arena_reset(&arena, mark);
        blocks = round ? blocks : arena.count;
    }
    assert_int_equal(arena.count, blocks); /* later rounds took nothing new */
    for (int i = 0; i < 400; i++)          /* many more than there are blocks */
        assert_non_null(alfa__arena_alloc(&arena, (1u << 20) + 64));
    assert_null(alfa__arena_array(&arena, SIZE_MAX / 2, 4));
    assert_null(alfa__arena_alloc(&arena, (size_t)1 << 60));
    alfa__arena_free(&arena);
}

/* What was reserved is one block: things of many sizes lie behind each other in it. */
static void test_arena_reserve(void **state)
{
    struct alfa__arena arena = {0};
    (void)state;
    assert_non_null(alfa__arena_alloc(&arena, 100));
    assert_true(alfa__arena_reserve(&arena, 6u << 20));
    const int blocks = arena.count;
    for (unsigned size = 1; size <= 3; size++)
        assert_non_null(alfa__arena_alloc(&arena, size << 20));
    assert_int_equal(arena.count, blocks);
    assert_false(alfa__arena_reserve(&arena, (size_t)1 << 60));
    alfa__arena_free(&arena);
}

static void test_files(void **state)
{
    char folder[] = "/tmp/alfa-test-XXXXXX", path[64], deep[96], *text;
    struct alfa_error err;
    char part[3];
    size_t size;
    int fd;
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/file", folder);
    snprintf(deep, sizeof deep, "%s/a/b/c", folder);
    assert_int_equal(alfa__file_write(path, "hello", 5, &err), ALFA_OK);
    assert_int_equal(alfa__file_read(&text, &size, path, 5, &err), ALFA_OK);
    assert_string_equal(text, "hello");
    free(text);
    assert_int_equal(alfa__file_read(&text, &size, path, 4, &err), ALFA_ERROR_LIMIT);
    assert_int_equal(alfa__file_read(&text, &size, folder, 4, &err), ALFA_ERROR_INPUT);
    assert_int_equal(alfa__file_open(&fd, &size, path, &err), ALFA_OK);
    assert_int_equal(size, 5);
    assert_int_equal(alfa__file_read_at(fd, part, 3, 1), 3);
    assert_memory_equal(part, "ell", 3);
    assert_int_equal(alfa__file_read_at(fd, part, 3, 3), 2);
    close(fd);
    assert_int_equal(alfa__folder_make(deep, &err), ALFA_OK);
    assert_true(alfa__folder_exists(deep));
    snprintf(deep, sizeof deep, "%s/file/x", folder);
    assert_int_equal(alfa__folder_make(deep, &err), ALFA_ERROR_OUTPUT);
    assert_int_equal(alfa__file_write(deep, "x", 1, &err), ALFA_ERROR_OUTPUT);
    snprintf(deep, sizeof deep, "%s/pipe", folder);
    assert_int_equal(mkfifo(deep, 0600), 0);
    assert_int_equal(alfa__file_read(&text, &size, deep, 10, &err), ALFA_ERROR_INPUT); /* and does not wait */
    snprintf(deep, sizeof deep, "rm -r %s", folder);
    assert_int_equal(system(deep), 0);
    assert_string_equal(alfa__path_name("a/b/c.png"), "c.png");
    assert_string_equal(alfa__path_name("c.png"), "c.png");
    assert_true(alfa__name_is_hidden(".x") && alfa__name_is_hidden("@eaDir"));
    assert_false(alfa__name_is_hidden("x.") || alfa__name_is_hidden("eaDir") || alfa__name_is_hidden("#1"));
    assert_true(alfa__starts_with("<|channel|>final", "<|channel|>") && alfa__starts_with("a", ""));
    assert_false(alfa__starts_with("<|chan", "<|channel|>") || alfa__starts_with("", "a"));
    assert_string_equal(alfa__path_behind("/a/b/c.png", "/a"), "b/c.png");
    assert_string_equal(alfa__path_behind("/a/b/c.png", "/a//"), "b/c.png");
    assert_string_equal(alfa__path_behind("/a", "/"), "a");
    assert_null(alfa__path_behind("/ab/c.png", "/a"));
    assert_null(alfa__path_behind("/a", "/a"));
}

/* As Notepad writes it. */
static void test_login(void **state)
{
    char path[] = "/tmp/alfa-login-XXXXXX", *user, *password;
    static const char text[] = "\xEF\xBB\xBFme\r\nsecret\r\n";
    size_t size;
    (void)state;
    const int fd = mkstemp(path);
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    close(fd);
    assert_int_equal(alfa__file_read_login(&user, &password, &size, path, NULL), ALFA_OK);
    assert_string_equal(user, "me");
    assert_string_equal(password, "secret");
    free(user);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_errors), cmocka_unit_test(test_strings),
                                       cmocka_unit_test(test_arena),  cmocka_unit_test(test_arena_reserve),
                                       cmocka_unit_test(test_files),  cmocka_unit_test(test_login)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
