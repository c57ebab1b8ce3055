/* The directory of a zip archive: what is sound is found, what lies is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/weights/archive.h"
#include "weights/zip.h"

static struct alfa_error err;

static enum alfa_status open_archive(struct alfa__zip *zip, const struct archive *archive)
{
    return alfa__zip_open(zip, (const unsigned char *)archive->bytes.text, archive->bytes.size, "a.zip",
                          &err);
}

static void free_archive(struct archive *archive)
{
    alfa__string_free(&archive->bytes);
    alfa__string_free(&archive->directory);
}

static void expect_bytes(const struct alfa__zip *zip, const char *name, const char *text)
{
    const struct alfa__zip_entry *entry = alfa__zip_find(zip, name);
    const unsigned char *bytes;
    assert_non_null(entry);
    assert_int_equal(alfa__zip_bytes(zip, &bytes, entry, "a.zip", &err), ALFA_OK);
    assert_int_equal(entry->size, strlen(text));
    assert_memory_equal(bytes, text, strlen(text));
}

static void check_sound(bool zip64_entries, bool zip64_end, const char *comment)
{
    struct archive archive = {0};
    struct alfa__zip zip;
    static const char *const names[] = {"a/data.pkl", "a/version", "a/data/0"};
    for (size_t i = 0; i < 3; i++)
        archive_add(&archive, &(struct archive_entry){.name = names[i],
                                                      .bytes = names[i],
                                                      .size = strlen(names[i]),
                                                      .zip64 = zip64_entries});
    archive_end(&archive, zip64_end);
    if (*comment) {
        archive.bytes.text[archive.bytes.size - 2] = (char)strlen(comment);
        alfa__string_append(&archive.bytes, comment);
    }
    assert_int_equal(open_archive(&zip, &archive), ALFA_OK);
    assert_int_equal(zip.count, 3);
    for (size_t i = 0; i < 3; i++)
        expect_bytes(&zip, names[i], names[i]);
    assert_null(alfa__zip_find(&zip, "a/data/1"));
    assert_null(alfa__zip_find(&zip, "a/data"));
    alfa__zip_close(&zip);
    free_archive(&archive);
}

static void test_sound(void **state)
{
    (void)state;
    check_sound(false, false, "");
    check_sound(true, false, "");
    check_sound(false, true, "");
    check_sound(true, true, "a comment");
}

/* Every entry of an archive of two, of which the second is as given, must be refused on opening or reading.
 */
static void refuse_entry(const struct archive_entry *entry, const char *part)
{
    struct archive archive = {0};
    struct alfa__zip zip;
    const unsigned char *bytes;
    archive_add_bytes(&archive, "a/first", "1234567890", 10);
    archive_add(&archive, entry);
    archive_end(&archive, entry->zip64);
    enum alfa_status status = open_archive(&zip, &archive);
    if (status == ALFA_OK)
        status = alfa__zip_bytes(&zip, &bytes, alfa__zip_find(&zip, entry->name), "a.zip", &err);
    if (status != ALFA_ERROR_MODEL || !strstr(err.message, part))
        fail_msg("%s: %d %s", entry->name, status, err.message);
    alfa__zip_close(&zip);
    free_archive(&archive);
}

static void test_lies(void **state)
{
    (void)state;
    refuse_entry(&(struct archive_entry){.name = "a/x", .bytes = "abc", .size = 3, .method = 8},
                 "compressed");
    refuse_entry(&(struct archive_entry){.name = "a/x", .bytes = "abc", .size = 3, .flags = 1}, "encrypted");
    refuse_entry(&(struct archive_entry){.name = "a/x", .bytes = "abc", .size = 3, .claimed = 4}, "damaged");
    refuse_entry(&(struct archive_entry){.name = "a/x", .bytes = "abc", .size = 3, .claimed = 4000000000},
                 "outside");
    refuse_entry(
        &(struct archive_entry){
            .name = "a/x", .bytes = "abc", .size = 3, .claimed = UINT64_MAX, .zip64 = true},
        "outside");
    refuse_entry(
        &(struct archive_entry){
            .name = "a/x", .bytes = "abc", .size = 3, .place = UINT64_MAX - 20, .zip64 = true},
        "outside");
    refuse_entry(&(struct archive_entry){.name = "a/x", .bytes = "abc", .size = 3, .place = 4}, "overlap");
    refuse_entry(&(struct archive_entry){.name = "a/first", .bytes = "abc", .size = 3}, "twice");
    refuse_entry(&(struct archive_entry){.name = "../x", .bytes = "abc", .size = 3}, "the name");
    refuse_entry(&(struct archive_entry){.name = "a/../../x", .bytes = "abc", .size = 3}, "the name");
    refuse_entry(&(struct archive_entry){.name = "a/..", .bytes = "abc", .size = 3}, "the name");
    refuse_entry(&(struct archive_entry){.name = "/etc/x", .bytes = "abc", .size = 3}, "the name");
    refuse_entry(&(struct archive_entry){.name = "a\\x", .bytes = "abc", .size = 3}, "the name");
    refuse_entry(&(struct archive_entry){.name = "", .bytes = "abc", .size = 3}, "the name");
}

/* One byte of the archive set to a value: whatever comes, nothing outside is read, and entries stay inside.
 */
static void test_every_byte(void **state)
{
    static const unsigned char values[] = {0, 1, 0x7F, 0x80, 0xFF};
    struct archive archive = {0};
    (void)state;
    archive_add(&archive, &(struct archive_entry){.name = "a/b", .bytes = "12345", .size = 5, .zip64 = true});
    archive_add_bytes(&archive, "a/c", "12345", 5);
    archive_end(&archive, true);
    for (size_t i = 0; i < archive.bytes.size; i++)
        for (size_t v = 0; v < sizeof values; v++) {
            struct alfa__zip zip;
            const unsigned char *bytes;
            unsigned char *copy = malloc(archive.bytes.size);
            memcpy(copy, archive.bytes.text, archive.bytes.size);
            copy[i] = values[v];
            if (alfa__zip_open(&zip, copy, archive.bytes.size, "a.zip", &err) == ALFA_OK)
                for (size_t e = 0; e < zip.count; e++)
                    if (alfa__zip_bytes(&zip, &bytes, &zip.entries[e], "a.zip", &err) == ALFA_OK)
                        assert_true(bytes >= copy &&
                                    bytes + zip.entries[e].size <= copy + archive.bytes.size);
            alfa__zip_close(&zip);
            free(copy);
        }
    free_archive(&archive);
}

static void test_cut(void **state)
{
    struct archive archive = {0};
    (void)state;
    archive_add_bytes(&archive, "a/b", "12345", 5);
    archive_end(&archive, true);
    for (size_t size = 0; size < archive.bytes.size; size++) {
        struct alfa__zip zip;
        unsigned char *copy = malloc(size + 1);
        memcpy(copy, archive.bytes.text, size);
        assert_int_equal(alfa__zip_open(&zip, copy, size, "a.zip", &err), ALFA_ERROR_MODEL);
        free(copy);
    }
    free_archive(&archive);
}

/* An end record that claims more entries than the directory has room for takes no memory for them. */
static void test_many(void **state)
{
    struct archive archive = {0};
    struct alfa__zip zip;
    (void)state;
    archive_add_bytes(&archive, "a/b", "12345", 5);
    archive.count = 60000;
    archive_end(&archive, false);
    assert_int_equal(open_archive(&zip, &archive), ALFA_ERROR_MODEL);
    assert_non_null(strstr(err.message, "60000 entries"));
    free_archive(&archive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sound), cmocka_unit_test(test_lies),
                                       cmocka_unit_test(test_every_byte), cmocka_unit_test(test_cut),
                                       cmocka_unit_test(test_many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
