#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "serve/links.h"

static void times_are_written_and_read(void **state)
{
    static const struct {
        const char *text;
        long long time;
    } rows[] = {{"1970-01-02", 86400000},
                {"2026-02-03T04:05:06.789Z", 1770091506789},
                {"2026-02-03T04:05:06Z", 1770091506000},
                {"2026-02-03T04:05:06.5Z", 1770091506500},
                {"2026-02-03T04:05:06.05", 1770091506050},
                {"2026-02-03T04:05:06.789999+00:00", 1770091506789},
                {"2026-02-03 04:05", 1770091500000},
                {"1770091506789", 1770091506789}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        long long time = 0;
        assert_true(alfa__time_read(&time, rows[i].text));
        assert_int_equal(time, rows[i].time);
    }
    char text[40];
    alfa__time_text(text, 1770091506789);
    assert_string_equal(text, "2026-02-03T04:05:06.789Z");
    alfa__time_text(text, -982);
    assert_string_equal(text, "1969-12-31T23:59:59.018Z");
    alfa__time_text(text, -86400000);
    assert_string_equal(text, "1969-12-31T00:00:00.000Z");
}

static void what_is_no_time_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "yesterday",
                                        "2026",
                                        "2026-13-01",
                                        "2026-02-32",
                                        "2026-02-30",
                                        "2026-02-03T25:00",
                                        "2026-02-03T04:60:00Z",
                                        "2026-02-03T",
                                        "2026-02-03T04:05:06Zx",
                                        "2026-02-03T04:05:06.Z",
                                        "2026-02-03T04:05:06+01:00",
                                        "1234567",
                                        "-1",
                                        "1969-12-31"};
    long long time;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (alfa__time_read(&time, texts[i]))
            fail_msg("\"%s\" was taken", texts[i]);
}

static void links_follow_the_map(void **state)
{
    json_t *with = json_pack("{s:i}", "id", 7), *without = json_pack("{s:i}", "id", 8);
    (void)state;
    alfa__links_add(&with, true);
    alfa__links_add(&without, false);
    assert_string_equal(json_string_value(json_object_get(json_object_get(with, "links"), "map_npy")),
                        "/v1/inspections/7/map.npy");
    assert_null(json_object_get(json_object_get(without, "links"), "overlay"));
    json_decref(with);
    json_decref(without);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(times_are_written_and_read),
                                       cmocka_unit_test(what_is_no_time_is_refused),
                                       cmocka_unit_test(links_follow_the_map)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
