/* Objects that are built step by step. */
#include "base/json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(steps_are_taken),
                                       cmocka_unit_test(a_step_that_fails_ends_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
