/* A calendar that is moved. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

enum { HOUR = 3600, DAY = 86400 };

static void it_holds_while_both_go_on(void **state)
{
    struct alfa__calendar calendar = {0};
    (void)state;
    for (int i = 0; i < 30; i++)
        assert_true(alfa__calendar_holds(&calendar, 1e9 + i * DAY + (i % 2) * 60, 5 + i * DAY));
}

static void it_does_not_while_it_is_elsewhere(void **state)
{
    struct alfa__calendar calendar = {0};
    (void)state;
    assert_true(alfa__calendar_holds(&calendar, 1e9, 0));
    assert_false(alfa__calendar_holds(&calendar, 3e9, 60)); /* decades ahead */
    assert_false(alfa__calendar_holds(&calendar, 3e9 + 60, 120));
    assert_true(alfa__calendar_holds(&calendar, 1e9 + 180, 180)); /* and back */
    assert_false(alfa__calendar_holds(&calendar, 1e9 - DAY, 240));
}

static void it_is_taken_after_a_day(void **state)
{
    struct alfa__calendar calendar = {0};
    (void)state;
    assert_true(alfa__calendar_holds(&calendar, 0, 0)); /* a machine whose clock stood at 1970 */
    assert_false(alfa__calendar_holds(&calendar, 1e9, 60));
    assert_false(alfa__calendar_holds(&calendar, 1e9 + DAY - HOUR, 60 + DAY - HOUR));
    assert_false(alfa__calendar_holds(&calendar, 2e9, 60 + DAY)); /* once more elsewhere */
    assert_false(alfa__calendar_holds(&calendar, 2e9 + DAY - 1, 60 + 2 * DAY - 1));
    assert_true(alfa__calendar_holds(&calendar, 2e9 + DAY, 60 + 2 * DAY));
    assert_true(alfa__calendar_holds(&calendar, 2e9 + DAY + 60, 120 + 2 * DAY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_holds_while_both_go_on),
                                       cmocka_unit_test(it_does_not_while_it_is_elsewhere),
                                       cmocka_unit_test(it_is_taken_after_a_day)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
