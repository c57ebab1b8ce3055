/* Structs of older and newer headers (base/options.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "base/options.h"

struct options {
    size_t size;
    double old;
    double added; /* not in older headers */
};
static const struct options defaults = {sizeof defaults, 1, 2};
static struct alfa_error err;

static void defaults_stay_without_options(void **state)
{
    struct options own = defaults;
    (void)state;
    assert_int_equal(alfa__options_take(&own, sizeof own, NULL, "INIT", &err), ALFA_OK);
    assert_memory_equal(&own, &defaults, sizeof own);
}

static void an_older_struct_leaves_the_rest_as_it_was(void **state)
{
    struct options own = defaults;
    const struct {
        size_t size;
        double old;
    } older = {sizeof older, 7};
    (void)state;
    assert_int_equal(alfa__options_take(&own, sizeof own, &older, "INIT", &err), ALFA_OK);
    assert_true(own.size == sizeof own && own.old == 7 && own.added == 2);
}

static void a_newer_struct_may_not_ask_for_more(void **state)
{
    struct options own = defaults;
    struct {
        size_t size;
        double old, added, more;
    } newer = {sizeof newer, 7, 8, 0};
    (void)state;
    assert_int_equal(alfa__options_take(&own, sizeof own, &newer, "INIT", &err), ALFA_OK);
    assert_true(own.size == sizeof own && own.old == 7 && own.added == 8);
    newer.more = 1;
    own = defaults;
    assert_int_equal(alfa__options_take(&own, sizeof own, &newer, "INIT", &err), ALFA_ERROR_USAGE);
    assert_memory_equal(&own, &defaults, sizeof own);
}

static void a_size_that_nobody_set_is_refused(void **state)
{
    static const size_t sizes[] = {0, 1, 7, 20, 1u << 20, (size_t)-1};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct options own = defaults, given = {sizes[i], 3, 4};
        assert_int_equal(alfa__options_take(&own, sizeof own, &given, "INIT", &err), ALFA_ERROR_USAGE);
        assert_non_null(strstr(err.message, "INIT"));
        assert_int_equal(alfa__options_give(&given, &own, sizeof own, "INIT", NULL), ALFA_ERROR_USAGE);
        assert_true(given.old == 3);
    }
}

static void what_is_given_fits_into_the_callers_struct(void **state)
{
    double room[5] = {0, 0, -1, -1, -1};
    const size_t sizes[] = {2 * sizeof *room, 3 * sizeof *room, 4 * sizeof *room};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        room[2] = room[3] = -1;
        memcpy(room, &sizes[i], sizeof *sizes);
        assert_int_equal(alfa__options_give(room, &defaults, sizeof defaults, "INIT", &err), ALFA_OK);
        assert_memory_equal(room, &sizes[i], sizeof *sizes);
        assert_true(room[1] == 1 && room[2] == (i == 0 ? -1 : 2) && room[3] == -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(defaults_stay_without_options),
                                       cmocka_unit_test(an_older_struct_leaves_the_rest_as_it_was),
                                       cmocka_unit_test(a_newer_struct_may_not_ask_for_more),
                                       cmocka_unit_test(a_size_that_nobody_set_is_refused),
                                       cmocka_unit_test(what_is_given_fits_into_the_callers_struct)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
