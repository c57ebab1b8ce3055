/* The folders tests/data/safetensors/{valid,invalid}: what the format's own library wrote is read exactly;
 * what it refuses is refused with one line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/strings.h"
#include "weights/safetensors.h"

#include <dirent.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void check_values(const struct alfa__tensor *tensor, const json_t *values)
{
    float number;
    assert_int_equal(tensor->count, json_array_size(values));
    for (size_t i = 0; i < tensor->count && tensor->dtype <= ALFA__DTYPE_BF16; i++) {
        alfa__tensor_read(tensor, i, 1, &number);
        assert_true(number == (float)json_number_value(json_array_get(values, i)));
    }
}

static void test_valid(void **state)
{
    json_t *list = json_load_file("tests/data/safetensors/valid/expected.json", 0, NULL), *entry;
    size_t i;
    (void)state;
    assert_true(json_array_size(list) > 10);
    json_array_foreach(list, i, entry)
    {
        struct alfa__tensors file;
        struct alfa_error err;
        char path[256];
        const char *name = json_string_value(json_object_get(entry, "name"));
        const json_t *shape = json_object_get(entry, "shape");
        snprintf(path, sizeof path, "tests/data/safetensors/valid/%s",
                 json_string_value(json_object_get(entry, "file")));
        if (alfa__safetensors_open(&file, path, &err) != ALFA_OK)
            fail_msg("%s: %s", path, err.message);
        if (name) {
            const struct alfa__tensor *tensor = alfa__tensors_find(&file, name);
            if (!tensor)
                fail_msg("%s: no %s", path, name);
            assert_int_equal(tensor->rank, json_array_size(shape));
            for (size_t axis = 0; axis < json_array_size(shape); axis++)
                assert_int_equal(tensor->shape[axis], json_integer_value(json_array_get(shape, axis)));
            check_values(tensor, json_object_get(entry, "values"));
        }
        assert_null(alfa__tensors_find(&file, "no such tensor"));
        alfa__tensors_close(&file);
    }
    json_decref(list);
}

static void test_invalid(void **state)
{
    DIR *dir = opendir("tests/data/safetensors/invalid");
    struct dirent *entry;
    int count = 0;
    (void)state;
    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        struct alfa__tensors file;
        struct alfa_error err;
        char path[512];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "tests/data/safetensors/invalid/%s", entry->d_name);
        memset(&err, 0, sizeof err);
        if (alfa__safetensors_open(&file, path, &err) == ALFA_OK)
            fail_msg("%s was read", path);
        assert_int_equal(err.code, ALFA_ERROR_MODEL);
        assert_string_equal(err.source, path);
        assert_true(strlen(err.message) > 5);
        assert_null(strchr(err.message, '\n'));
        count++;
    }
    closedir(dir);
    assert_true(count > 40);
}

/* A sound file but for a million entries of metadata. */
static void test_many_values(void **state)
{
    char path[] = "/tmp/alfa-values-XXXXXX", size[8] = {0};
    struct alfa__string header = {0};
    struct alfa__tensors file;
    struct alfa_error err;
    (void)state;
    alfa__string_append(&header, "{\"__metadata__\":{\"0\":\"\"");
    for (int i = 1; i < 1000000; i++)
        alfa__string_appendf(&header, ",\"%d\":\"\"", i);
    alfa__string_append(&header, "}}");
    for (int i = 0; i < 8; i++)
        size[i] = (char)(header.size >> 8 * i & 255);
    const int out = mkstemp(path);
    assert_int_equal(write(out, size, 8), 8);
    assert_int_equal(write(out, header.text, header.size), (ssize_t)header.size);
    close(out);
    assert_int_equal(alfa__safetensors_open(&file, path, &err), ALFA_ERROR_MODEL);
    unlink(path);
    assert_string_equal(err.message, "is not a safetensors file: bad header (more than 131072 values)");
    alfa__string_free(&header);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_valid), cmocka_unit_test(test_invalid),
                                       cmocka_unit_test(test_many_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
