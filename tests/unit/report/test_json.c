/* JSON lines: the keys in their order, every path and every number. */
#include "report/json.h"
#include "unit/report/example.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void assert_line(const struct alfa__record *record, const char *expected)
{
    struct alfa__string out = {0};
    alfa__json_line(&out, record);
    assert_true(alfa__string_ok(&out));
    assert_string_equal(out.text, expected);
    alfa__string_free(&out);
}

static const char good_line[] =
    "{\"path\": \"a/1.png\", \"class\": \"metal nut\", \"model\": \"alfa-tiny\", \"method\": \"alfa\", "
    "\"score\": 0.75, \"decision\": \"anomaly\", \"threshold\": 0.5, \"score_global\": 0.123456789, "
    "\"score_local\": 1.0, \"kept_normal\": 12, \"kept_abnormal\": 34, \"fallback\": false, \"width\": 640, "
    "\"height\": 480, \"seconds\": 1.5e-7, \"pixel_threshold\": 0.5, \"regions\": []}\n";

static void a_judged_file_has_all_keys(void **state)
{
    (void)state;
    assert_line(&(struct alfa__record){.path = "a/1.png", .summary = &example_summary}, good_line);
}

/* JSON has no number for NaN. */
static void a_region_without_numbers_is_told(void **state)
{
    const struct alfa_region region = {.x = 1,
                                       .y = 2,
                                       .width = 3,
                                       .height = 4,
                                       .area = 12,
                                       .percent = 0.5,
                                       .peak = (double)NAN,
                                       .mean = (double)INFINITY,
                                       .center_x = 2,
                                       .center_y = 4};
    char expected[1024];
    (void)state;
    snprintf(expected, sizeof expected, "%.*s%s", (int)strlen(good_line) - 4, good_line,
             "[{\"x\": 1, \"y\": 2, \"width\": 3, \"height\": 4, \"area\": 12.0, \"percent\": 0.5, "
             "\"peak\": null, \"mean\": null, \"center_x\": 2.0, \"center_y\": 4.0}]}\n");
    assert_line(
        &(struct alfa__record){
            .path = "a/1.png", .summary = &example_summary, .regions = &region, .region_count = 1},
        expected);
}

static void kept_prompts_come_last(void **state)
{
    static const struct alfa_prompt_score prompts[] = {{ALFA_ABNORMAL, "a \"bad\" nut", 0.25},
                                                       {ALFA_NORMAL, "a nut", 0.125}};
    char expected[1024];
    (void)state;
    snprintf(expected, sizeof expected, "%.*s%s", (int)strlen(good_line) - 2, good_line,
             ", \"prompts\": [{\"side\": \"abnormal\", \"text\": \"a \\\"bad\\\" nut\", \"score\": 0.25}, "
             "{\"side\": \"normal\", \"text\": \"a nut\", \"score\": 0.125}]}\n");
    assert_line(
        &(struct alfa__record){
            .path = "a/1.png", .summary = &example_summary, .prompts = prompts, .prompt_count = 2},
        expected);
}

static void a_failed_file_has_path_and_error(void **state)
{
    (void)state;
    assert_line(&(struct alfa__record){.path = "a/bad.png", .error = &example_error},
                "{\"path\": \"a/bad.png\", \"error\": \"is empty: not an image\"}\n");
}

/* An error about something else than the file says about what; a path cut to the error's size is the file. */
static void the_source_of_an_error_is_kept(void **state)
{
    (void)state;
    struct alfa_error error = {ALFA_ERROR_OUTPUT, "out/map.npy", "cannot be written"};
    assert_line(&(struct alfa__record){.path = "a/1.png", .error = &error},
                "{\"path\": \"a/1.png\", \"error\": \"out/map.npy: cannot be written\"}\n");
    memcpy(error.source, "a/1.p", 6);
    assert_line(&(struct alfa__record){.path = "a/1.png", .error = &error},
                "{\"path\": \"a/1.png\", \"error\": \"cannot be written\"}\n");
}

static void any_bytes_give_valid_json(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"gr\xc3\xb6\xc3\x9f"
         "e \xf0\x9f\x98\x80",
         "gr\xc3\xb6\xc3\x9f"
         "e \xf0\x9f\x98\x80"},
        {"a\xff"
         "b",
         "a\xef\xbf\xbd"
         "b"},
        {"cut \xc3", "cut \xef\xbf\xbd"},
        {"long \xc0\xaf", "long \xef\xbf\xbd\xef\xbf\xbd"},
        {"half \xed\xa0\x80", "half \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"big \xf4\x90\x80\x80", "big \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"quote\" back\\ line\n bell\a", "quote\" back\\ line\n bell\a"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct alfa__string out = {0};
        alfa__json_line(&out, &(struct alfa__record){.path = pairs[i][0], .summary = &example_summary});
        assert_ptr_equal(strchr(out.text, '\n'), out.text + out.size - 1);
        json_t *json = json_loads(out.text, 0, NULL);
        assert_non_null(json);
        assert_string_equal(json_string_value(json_object_get(json, "path")), pairs[i][1]);
        json_decref(json);
        alfa__string_free(&out);
    }
}

static void what_is_no_number_is_null(void **state)
{
    (void)state;
    struct alfa_summary summary = example_summary;
    struct alfa__string out = {0};
    summary.score = (double)NAN;
    summary.seconds = INFINITY;
    summary.anomalous = false;
    const struct alfa_region region = {1, 2, 3, 4, 5, 6, (double)NAN, 0.5, INFINITY, 1};
    alfa__json_line(&out, &(struct alfa__record){
                              .path = "a", .summary = &summary, .regions = &region, .region_count = 1});
    assert_true(alfa__string_ok(&out));
    assert_non_null(strstr(out.text, "\"peak\": null, \"mean\": 0.5, \"center_x\": null"));
    assert_non_null(strstr(out.text, "\"score\": null, \"decision\": \"normal\""));
    assert_non_null(strstr(out.text, "\"seconds\": null"));
    alfa__string_free(&out);
}

static void lines_are_appended(void **state)
{
    (void)state;
    struct alfa__string out = {0};
    const struct alfa__record record = {.path = "a/1.png", .summary = &example_summary};
    alfa__json_line(&out, &record);
    alfa__json_line(&out, &record);
    assert_int_equal(out.size, 2 * strlen(good_line));
    assert_string_equal(out.text + strlen(good_line), good_line);
    alfa__string_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_judged_file_has_all_keys),     cmocka_unit_test(a_region_without_numbers_is_told),
        cmocka_unit_test(kept_prompts_come_last),         cmocka_unit_test(a_failed_file_has_path_and_error),
        cmocka_unit_test(the_source_of_an_error_is_kept), cmocka_unit_test(any_bytes_give_valid_json),
        cmocka_unit_test(what_is_no_number_is_null),      cmocka_unit_test(lines_are_appended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
