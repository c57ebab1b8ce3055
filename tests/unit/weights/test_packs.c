/* The file of packed matrices: what was written is found again, and a file that is not whole, not ours or
 * not of these weights is not believed but written anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/files.h"
#include "unit/folder.h"
#include "weights/packs.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define HEADER 64
#define ENTRY 128
#define COUNT 3

static char folder[64], path[128];
static const size_t sizes[COUNT] = {1, 64, 5000};

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/alfa-packs-XXXXXX");
    snprintf(path, sizeof path, "%s/t.packed", mkdtemp(folder));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return folder_remove(folder);
}

static unsigned char blob_byte(int which, size_t i)
{
    return (unsigned char)(which * 31 + 7 * (int)i + 1);
}

static void add(struct alfa__packs *packs, int which)
{
    char name[24];
    unsigned char bytes[5000];
    for (size_t i = 0; i < sizes[which]; i++)
        bytes[i] = blob_byte(which, i);
    snprintf(name, sizeof name, "blob %d", which);
    alfa__packs_add(packs, name, bytes, sizes[which]);
}

static void write_file(uint64_t identity)
{
    struct alfa__packs *packs = alfa__packs_open(folder, "t.packed", identity);
    for (int which = 0; which < COUNT; which++)
        add(packs, which);
    alfa__packs_finish(packs);
    alfa__packs_close(packs);
}

static bool has(const struct alfa__packs *packs, int which)
{
    char name[24];
    size_t size = 0;
    snprintf(name, sizeof name, "blob %d", which);
    const unsigned char *bytes = alfa__packs_find(packs, name, &size);
    if (!bytes)
        return false;
    assert_int_equal((uintptr_t)bytes % 64, 0);
    assert_int_equal(size, sizes[which]);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(bytes[i], blob_byte(which, i));
    return true;
}

/* Whether a file of this identity is believed; nothing is left of the attempt to write another. */
static bool believed(uint64_t identity)
{
    struct alfa__packs *packs = alfa__packs_open(folder, "t.packed", identity);
    const bool good = has(packs, 0);
    for (int which = 1; which < COUNT; which++)
        assert_int_equal(has(packs, which), good);
    alfa__packs_close(packs);
    assert_int_equal(folder_entries(folder), alfa__file_exists(path));
    return good;
}

static void put(const unsigned char *bytes, size_t size)
{
    remove(path); /* some file systems wait for the disk when a file is cut and written again */
    FILE *file = fopen(path, "wb");
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static unsigned char *get(size_t *size)
{
    char *bytes;
    assert_int_equal(alfa__file_read(&bytes, size, path, 1 << 20, NULL), ALFA_OK);
    return (unsigned char *)bytes;
}

static void test_round_trip(void **state)
{
    size_t size;
    (void)state;
    assert_false(believed(1));
    write_file(1);
    assert_true(believed(1));
    struct alfa__packs *packs = alfa__packs_open(folder, "t.packed", 1);
    assert_null(alfa__packs_find(packs, "blob", &size));
    assert_null(alfa__packs_find(packs, "blob 3", &size));
    alfa__packs_close(packs);
}

/* Other weights: not believed, and their file takes the old one's place. */
static void test_other_identity(void **state)
{
    (void)state;
    write_file(1);
    assert_false(believed(2));
    write_file(2);
    assert_true(believed(2));
    assert_false(believed(1));
}

static void test_cut(void **state)
{
    size_t size;
    (void)state;
    write_file(1);
    unsigned char *bytes = get(&size);
    for (size_t cut = 0; cut < size; cut++) {
        put(bytes, cut);
        assert_false(believed(1));
    }
    put(bytes, size);
    assert_true(believed(1));
    free(bytes);
}

/* Every bit of the header and of the table. */
static void test_damaged(void **state)
{
    size_t size;
    (void)state;
    write_file(1);
    unsigned char *bytes = get(&size);
    for (size_t i = 0; i < size; i++)
        for (int bit = 0; bit < 8 && (i < HEADER || i >= size - COUNT * ENTRY); bit++) {
            bytes[i] ^= (unsigned char)(1 << bit);
            put(bytes, size);
            assert_false(believed(1));
            bytes[i] ^= (unsigned char)(1 << bit);
        }
    put(bytes, size);
    assert_true(believed(1));
    free(bytes);
}

/* What is left half written is no file, and what a killed process left behind is removed. */
static void test_unfinished(void **state)
{
    char left[160];
    (void)state;
    struct alfa__packs *packs = alfa__packs_open(folder, "t.packed", 1);
    add(packs, 0);
    assert_int_equal(folder_entries(folder), 1);
    alfa__packs_close(packs);
    assert_int_equal(folder_entries(folder), 0);
    snprintf(left, sizeof left, "%s/.alfa-0123456789abcdef.tmp", folder);
    assert_int_equal(alfa__file_write(left, "x", 1, NULL), ALFA_OK);
    write_file(1);
    assert_int_equal(folder_entries(folder), 1);
    assert_true(believed(1));
}

/* Two that write at once do not disturb each other. */
static void test_two_writers(void **state)
{
    (void)state;
    struct alfa__packs *first = alfa__packs_open(folder, "t.packed", 1);
    add(first, 0);
    write_file(1);
    add(first, 1);
    add(first, 2);
    alfa__packs_finish(first);
    alfa__packs_close(first);
    assert_true(believed(1));
    assert_int_equal(folder_entries(folder), 1);
}

/* A mapping outlives the file that it was made from. */
static void test_replaced(void **state)
{
    (void)state;
    write_file(1);
    struct alfa__packs *old = alfa__packs_open(folder, "t.packed", 1);
    write_file(2);
    for (int which = 0; which < COUNT; which++)
        assert_true(has(old, which));
    alfa__packs_finish(old);
    alfa__packs_close(old);
    assert_true(believed(2));
}

/* A file that lacks what is packed now is removed at the end, not before. */
static void test_lacking(void **state)
{
    static const char more[] = "more";
    (void)state;
    write_file(1);
    struct alfa__packs *packs = alfa__packs_open(folder, "t.packed", 1);
    alfa__packs_add(packs, "another", more, sizeof more);
    assert_true(has(packs, 2));
    assert_true(alfa__file_exists(path));
    alfa__packs_finish(packs);
    assert_false(alfa__file_exists(path));
    alfa__packs_close(packs);
}

static void test_nowhere_to_write(void **state)
{
    (void)state;
    struct alfa__packs *packs = alfa__packs_open("/dev/null/weights", "t.packed", 1);
    add(packs, 0);
    assert_false(has(packs, 0));
    alfa__packs_finish(packs);
    alfa__packs_close(packs);
    alfa__packs_add(NULL, "blob", "", 1);
    alfa__packs_finish(NULL);
    alfa__packs_close(NULL);
    assert_false(has(NULL, 0));
}

/* As on a full disk: the file may not grow beyond some size. */
static void test_full(void **state)
{
    struct rlimit before, small;
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    for (small.rlim_cur = 0; small.rlim_cur < 5700; small.rlim_cur += 100) {
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        write_file(1);
        assert_int_equal(folder_entries(folder), 0);
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    write_file(1);
    assert_true(believed(1));
}

/* Links are not followed: what they point to stays as it is. */
static void test_link(void **state)
{
    char other[128];
    (void)state;
    snprintf(other, sizeof other, "%s/other", folder);
    assert_int_equal(symlink(other, path), 0);
    write_file(1);
    assert_false(alfa__file_exists(other));
    assert_true(believed(1));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_round_trip),       TEST(test_other_identity), TEST(test_cut),      TEST(test_damaged),
        TEST(test_unfinished),       TEST(test_two_writers),    TEST(test_replaced), TEST(test_lacking),
        TEST(test_nowhere_to_write), TEST(test_full),           TEST(test_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
