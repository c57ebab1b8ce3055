/* Small folder trees in a temporary folder, opened and written out as text: one line a class, image and
 * notice. In the text the temporary folder is called T. */
#ifndef TESTS_UNIT_DATASET_TREES_H
#define TESTS_UNIT_DATASET_TREES_H

#include "base/files.h"
#include "base/strings.h"
#include "dataset/dataset.h"
#include "image/write.h"
#include "unit/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define SPLIT "train and test folders (MVTec AD and its like)"
#define SORTED "good and bad folders"
#define CROSSED "good and bad folders with train and test in them"
#define NAMED "images whose names say good or bad"
#define FLAT "images whose masks decide"

#define JUDGED(folder) "note " folder " has no folder train: all is judged, nothing is there to learn from\n"
#define IN_ROOT(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

static char root[] = "/tmp/alfa-data-XXXXXX";

static int make_root(void **state)
{
    (void)state;
    strcpy(root + strlen(root) - 6, "XXXXXX");
    return !mkdtemp(root) || chmod(root, 0755) != 0;
}

static int remove_root(void **state)
{
    (void)state;
    if (seteuid(getuid()) != 0) /* a test that failed as nobody */
        return -1;
    return folder_remove(root);
}

static char *under(const char *path)
{
    static char full[512];
    snprintf(full, sizeof full, "%s/%s", root, path);
    return full;
}

static void make_parents(const char *full)
{
    char parent[512];
    snprintf(parent, sizeof parent, "%.*s", (int)(strrchr(full, '/') - full), full);
    assert_int_equal(alfa__folder_make(parent, NULL), ALFA_OK);
}

static void write_text(const char *path, const char *text)
{
    make_parents(under(path));
    assert_int_equal(alfa__file_write(under(path), text, strlen(text), NULL), ALFA_OK);
}

/* Space-separated paths: names with an image's extension become pictures (black ones behind a '!'), others
 * text files, "x/" a folder. */
static void make(const char *paths)
{
    static const unsigned char rgb[2 * 3] = {255, 255, 255, 0, 0, 0}, black[2 * 3] = {0};
    char path[256];
    for (int used; sscanf(paths, "%255s%n", path, &used) == 1; paths += used) {
        const char *dot = strrchr(path, '.');
        if (path[strlen(path) - 1] == '/')
            assert_int_equal(alfa__folder_make(under(path), NULL), ALFA_OK);
        else if (!dot || strcmp(dot, ".txt") == 0 || strcmp(dot, ".db") == 0 || strcmp(dot, ".md") == 0)
            write_text(path, "text\n");
        else {
            const bool dark = path[0] == '!';
            make_parents(under(path + dark));
            assert_int_equal(alfa__image_write_png(under(path + dark), dark ? black : rgb, 2, 1, NULL),
                             ALFA_OK);
        }
    }
}

static void append_path(struct alfa__string *out, const char *path)
{
    bool inside = strncmp(path, root, strlen(root)) == 0;
    alfa__string_appendf(out, "%s%s", inside ? "T" : "", inside ? path + strlen(root) : path);
}

/* Error messages and notices may quote the temporary folder. */
static void append_text(struct alfa__string *out, const char *text)
{
    for (const char *found; (found = strstr(text, root)); text = found + strlen(root)) {
        alfa__string_append_bytes(out, text, (size_t)(found - text));
        alfa__string_append(out, "T");
    }
    alfa__string_appendf(out, "%s\n", text);
}

static void append_class(struct alfa__string *out, const struct alfa__class *class)
{
    size_t anomalous = 0, masks = 0;
    alfa__string_appendf(out, "class %s, %s\n", class->name, class->noun);
    for (size_t i = 0; i < class->normals.count; i++) {
        alfa__string_append(out, "learn ");
        append_path(out, class->normals.items[i]);
        alfa__string_append(out, "\n");
    }
    for (size_t i = 0; i < class->count; i++) {
        const struct alfa__item *item = &class->items[i];
        alfa__string_appendf(out, "%s ", item->anomalous ? "bad" : "good");
        append_path(out, item->image);
        alfa__string_appendf(out, " (%s) ", item->kind);
        append_path(out, item->mask ? item->mask : "-");
        alfa__string_append(out, "\n");
        assert_true(access(item->image, R_OK) == 0 &&
                    (!item->mask || strchr(item->mask, '*') || access(item->mask, R_OK) == 0));
        anomalous += item->anomalous;
        masks += item->mask != NULL;
    }
    assert_int_equal(class->anomalous, anomalous);
    assert_int_equal(class->masks, masks);
    assert_false(class->failed);
}

static void append_set(struct alfa__string *out, const struct alfa__dataset *set,
                       const struct alfa__notices *notices)
{
    if (set)
        alfa__string_appendf(out, "%s\n", set->layout);
    for (size_t i = 0; set && i < set->count; i++)
        append_class(out, &set->classes[i]);
    for (size_t i = 0; i < notices->count; i++) {
        alfa__string_append(out, "note ");
        append_path(out, notices->items[i].source);
        alfa__string_append(out, " ");
        append_text(out, notices->items[i].text);
    }
}

/* Takes set, NULL on failure, and compares what is known of it. */
static void compare(struct alfa__dataset *set, struct alfa__notices *notices, enum alfa_status status,
                    const struct alfa_error *err, const char *expected)
{
    struct alfa__string out = {0};
    assert_int_equal(status == ALFA_OK, set != NULL);
    if (!set) {
        alfa__string_appendf(&out, "error %d ", err->code);
        append_path(&out, err->source);
        alfa__string_append(&out, " ");
        append_text(&out, err->message);
    }
    append_set(&out, set, notices);
    alfa__dataset_free(set);
    alfa__notices_free(notices);
    assert_string_equal(out.text, expected);
    alfa__string_free(&out);
}

/* Opens T/folder with the file of nouns T/nouns, when given, and compares what comes out. */
static void expect_with(const char *folder, const char *nouns, const char *expected)
{
    struct alfa__dataset *set;
    struct alfa__notices notices = {0};
    struct alfa_error err;
    char path[512];
    snprintf(path, sizeof path, "%s%s", root, folder);
    const enum alfa_status status =
        alfa__dataset_open(&set, path, nouns ? under(nouns) : NULL, &notices, &err);
    compare(set, &notices, status, &err, expected);
}

static void expect(const char *folder, const char *expected)
{
    expect_with(folder, NULL, expected);
}

#endif
