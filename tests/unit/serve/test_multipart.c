#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve/multipart.h"

/* Takes a copy of exactly that size apart, so that a look behind its end is seen by the sanitizers. */
static enum alfa__multipart_found take(struct alfa__multipart_part *part, char **data, const char *type,
                                       const char *body, size_t size)
{
    struct alfa__multipart form;
    char *copy = malloc(size + 1);
    memcpy(copy, body, size);
    copy[size] = 0;
    *part = (struct alfa__multipart_part){0};
    *data = NULL;
    enum alfa__multipart_found found = ALFA__MULTIPART_DAMAGED;
    if (alfa__multipart_begin(&form, type, copy, size))
        found = alfa__multipart_next(&form, part);
    if (found == ALFA__MULTIPART_PART) {
        struct alfa__multipart_part next;
        *data = malloc(part->size + 1);
        memcpy(*data, part->data, part->size + 1);
        found = alfa__multipart_next(&form, &next);
    }
    alfa__multipart_end(&form);
    free(copy);
    return found;
}

static void release(struct alfa__multipart_part *part, char *data)
{
    free(part->name);
    free(part->file);
    free(data);
}

/* As curl, browsers, requests, .NET, Java, Go and people write them. */
static void parts_of_many_clients_are_read(void **state)
{
    static const struct {
        const char *head, *name, *file;
    } rows[] = {
        {"Content-Disposition: form-data; name=\"class\"", "class", NULL},
        {"Content-Disposition: form-data; name=class", "class", NULL},
        {"Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=class", "class",
         NULL},
        {"content-disposition:form-data;name=\"image\";filename=\"a.png\"", "image", "a.png"},
        {"Content-Disposition: form-data; name=image; filename=a.png; filename*=utf-8''a.png", "image",
         "a.png"},
        {"Content-Disposition: form-data; name=image; filename=\"=?utf-8?B?5p2x?=\"; "
         "filename*=utf-8''%E6%9D%B1",
         "image", "\xE6\x9D\xB1"},
        {"Content-Disposition: form-data; filename=\"a; name=b.png\"; name=\"image\"", "image",
         "a; name=b.png"},
        {"Content-Disposition: form-data; name=\"image\"; filename=\"a\\\"b.png\"", "image", "a\"b.png"},
        {"Content-Disposition: form-data; name=\"image\"; filename=\"C:\\cam\\a.png\"", "image",
         "C:\\cam\\a.png"},
        {"Content-Disposition: form-data; name=\"image\"; filename=\"\"", "image", ""},
        {"Content-Disposition: form-data; name=\"image\"\r\nContent-Type: image/png", "image", ""},
        {"Content-Length: 4\r\nContent-Disposition: form-data; name = \"image\" ; filename = a b.png ",
         "image", "a b.png"},
        {"Content-Type: application/octet-stream", "", ""},
        {"Content-Disposition: form-data", "", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct alfa__multipart_part part;
        char body[512], *data;
        const int size =
            snprintf(body, sizeof body, "--xy\r\n%s\r\n\r\na\r\n--x\r\n--xy--\r\n", rows[i].head);
        assert_int_equal(take(&part, &data, "multipart/form-data; boundary=xy", body, (size_t)size),
                         ALFA__MULTIPART_END);
        assert_string_equal(part.name, rows[i].name);
        assert_int_equal(part.file != NULL, rows[i].file != NULL);
        if (rows[i].file)
            assert_string_equal(part.file, rows[i].file);
        assert_string_equal(data, "a\r\n--x");
        assert_int_equal(part.size, 6);
        release(&part, data);
    }
}

static void boundaries_are_found(void **state)
{
    static const char *const types[] = {"multipart/form-data; boundary=\"x\"",
                                        "Multipart/Form-Data; Boundary=x; charset=utf-8",
                                        "multipart/form-data;charset=\"a;boundary=z\" ;boundary=\"x\" "};
    static const char *const bodies[] = {
        "--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--",
        "--x\nContent-Disposition: form-data; name=a\n\nb\n--x--\n",
        "pre\r\n--x \r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--\r\npost"};
    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            struct alfa__multipart_part part;
            char *data;
            assert_int_equal(take(&part, &data, types[i], bodies[k], strlen(bodies[k])), ALFA__MULTIPART_END);
            assert_string_equal(part.name, "a");
            assert_string_equal(data, "b");
            release(&part, data);
        }
}

static void empty_and_binary_parts_are_whole(void **state)
{
    static const char empty[] = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n--x--";
    static const char zeros[] =
        "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\0\r\n\n--xy\0--x\r\n--x--";
    struct alfa__multipart_part part;
    char *data;
    (void)state;
    assert_int_equal(take(&part, &data, "multipart/form-data; boundary=x", empty, sizeof empty - 1),
                     ALFA__MULTIPART_END);
    assert_int_equal(part.size, 0);
    release(&part, data);
    assert_int_equal(take(&part, &data, "multipart/form-data; boundary=x", zeros, sizeof zeros - 1),
                     ALFA__MULTIPART_END);
    assert_int_equal(part.size, 12);
    assert_memory_equal(data, "\0\r\n\n--xy\0--x", 12);
    release(&part, data);
}

/* Cut anywhere, a form is damaged, and nothing outside it is looked at. */
static void what_is_cut_is_damaged(void **state)
{
    static const char whole[] =
        "--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\nc\r\n--x--";
    struct alfa__multipart_part part;
    char *data;
    (void)state;
    for (size_t size = 0; size < sizeof whole - 1; size++) {
        assert_int_equal(take(&part, &data, "multipart/form-data; boundary=x", whole, size),
                         ALFA__MULTIPART_DAMAGED);
        if (data)
            release(&part, data);
    }
    static const char *const types[] = {
        "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=y", "multipart/form-data; boundary=\"x"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        assert_int_equal(take(&part, &data, types[i], whole, sizeof whole - 1), ALFA__MULTIPART_DAMAGED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_of_many_clients_are_read), cmocka_unit_test(boundaries_are_found),
        cmocka_unit_test(empty_and_binary_parts_are_whole), cmocka_unit_test(what_is_cut_is_damaged)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
