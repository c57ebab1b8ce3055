/* The set of a noun, and what was perhaps meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "alfa.h"
#include "base/status.h"
#include "base/strings.h"

#include <string.h>

/* Of the shipped sets: the file that is found, and the class that was meant. */
static void test_shipped(void **state)
{
    static const struct {
        const char *noun, *file, *near;
    } rows[] = {
        {"bottle", "bottle.txt", NULL},
        {"Bottle", "bottle.txt", NULL},
        {"metal_nut", "metal_nut.txt", NULL},
        {"metal nut", "metal_nut.txt", NULL},
        {"Metal-Nut", "metal_nut.txt", NULL},
        {"metalnut", "metal_nut.txt", NULL},
        {"chewinggum", "chewing_gum.txt", NULL},
        {"hazlenut", "generic.txt", "hazelnut"},
        {"metal_nt", "generic.txt", "metal nut"},
        {"metl nut", "generic.txt", "metal nut"},
        {"metl_nut", "generic.txt", "metal nut"},
        {"Metl-Nut", "generic.txt", "metal nut"},
        {"nut metal", "generic.txt", NULL},
        {"chewing gun", "generic.txt", "chewing gum"},
        {"pcb5", "generic.txt", "pcb"},
        {"genric", "generic.txt", NULL},
        {"can", "generic.txt", NULL},
        {"aeroplane", "generic.txt", NULL},
        {"a", "generic.txt", NULL},
        {"", "generic.txt", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct alfa_error err;
        char *path, *near;
        bool own;
        assert_int_equal(alfa_prompts_find(&path, &near, &own, "prompts", rows[i].noun, &err), ALFA_OK);
        if (strcmp(strrchr(path, '/') + 1, rows[i].file) != 0 || (near == NULL) != (rows[i].near == NULL) ||
            (near && strcmp(near, rows[i].near) != 0))
            fail_msg("%s: %s, %s", rows[i].noun, path, near ? near : "-");
        assert_int_equal(own, strcmp(rows[i].file, "generic.txt") != 0);
        alfa_free(path);
        alfa_free(near);
    }
}

static void test_same(void **state)
{
    (void)state;
    assert_true(alfa_class_same("Metal nut", "metal_nut"));
    assert_true(alfa_class_same("metal-nut", "metalnut"));
    assert_true(alfa_class_same("PCB", "pcb"));
    assert_false(alfa_class_same("pcb", "pcb1"));
    assert_false(alfa_class_same("pcb", ""));
    assert_false(alfa_class_same("pcb", NULL));
}

static void test_refused(void **state)
{
    struct alfa_error err;
    char *path, *near;
    bool own;
    (void)state;
    assert_int_equal(alfa_prompts_find(&path, &near, &own, "nowhere", "bottle", &err), ALFA_ERROR_INPUT);
    assert_string_equal(err.source, "nowhere");
    assert_null(path);
    assert_null(near);
    assert_int_equal(alfa_prompts_find(NULL, NULL, &own, "prompts", "bottle", &err), ALFA_ERROR_USAGE);
    assert_int_equal(alfa_prompts_find(&path, NULL, NULL, "prompts", "bottle", &err), ALFA_ERROR_USAGE);
    assert_int_equal(alfa_prompts_find(&path, NULL, &own, NULL, "bottle", &err), ALFA_ERROR_USAGE);
    assert_int_equal(alfa_prompts_find(&path, NULL, &own, "prompts", NULL, &err), ALFA_ERROR_USAGE);
    /* A folder without sets has none. */
    assert_int_equal(alfa_prompts_find(&path, &near, &own, "tests/cli", "bottle", &err), ALFA_OK);
    assert_null(path);
    assert_false(own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_shipped), cmocka_unit_test(test_same),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
