/* Objects that are built step by step. */
#include "base/json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void steps_are_taken(void **state)
{
    json_t *object = json_object(), *list = json_array();
    (void)state;
    alfa__json_push(&list, alfa__json_number(0.5));
    alfa__json_push(&list, alfa__json_number((double)NAN));
    alfa__json_push(&list, alfa__json_number(-(double)INFINITY));
    alfa__json_set(&object, "list", list);
    char *text = json_dumps(object, JSON_COMPACT);
    assert_string_equal(text, "{\"list\":[0.5,null,null]}");
    free(text);
    json_decref(object);
}

/* One step that fails is not forgotten by those after it. */
static void a_step_that_fails_ends_it(void **state)
{
    json_t *object = json_object(), *list = json_array();
    (void)state;
    alfa__json_push(&list, json_string("\xff"));
    assert_null(list);
    alfa__json_push(&list, json_true());
    assert_null(list);
    alfa__json_set(&object, "list", list);
    assert_null(object);
    alfa__json_set(&object, "more", json_true());
    assert_null(object);
}

static int allocations;

static void *count_malloc(size_t size)
{
    allocations++;
    return malloc(size);
}

/* Values are counted before any is made; what stands in a text is none. */
static void too_many_values_take_nothing(void **state)
{
    const char *text = "[1, \"a,b[{,\\\",,\", {\n\"k\": [true]}]"; /* five values */
    json_error_t reason;
    json_t *json;
    (void)state;
    assert_int_equal(alfa__json_read(&json, text, strlen(text), 5, 0, &reason), ALFA_OK);
    assert_int_equal(json_array_size(json), 3);
    json_decref(json);
    json_set_alloc_funcs(count_malloc, free);
    assert_int_equal(alfa__json_read(&json, text, strlen(text), 4, 0, &reason), ALFA_ERROR_INPUT);
    json_set_alloc_funcs(malloc, free);
    assert_null(json);
    assert_int_equal(allocations, 0);
    assert_string_equal(reason.text, "more than 4 values");
    assert_int_equal(reason.line, 2);
    assert_int_equal(alfa__json_read(&json, text, strlen(text), 4, 0, NULL), ALFA_ERROR_INPUT);
    assert_int_equal(alfa__json_read(&json, "\"\\", 2, 4, 0, NULL), ALFA_ERROR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(steps_are_taken),
                                       cmocka_unit_test(a_step_that_fails_ends_it),
                                       cmocka_unit_test(too_many_values_take_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
