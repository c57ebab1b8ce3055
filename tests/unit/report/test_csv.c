/* CSV: the columns of the JSON lines, quoting as RFC 4180 says. */
#include "report/csv.h"
#include "unit/report/example.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_line(const struct alfa__record *record, const char *expected)
{
    struct alfa__string out = {0};
    alfa__csv_line(&out, record);
    assert_true(alfa__string_ok(&out));
    assert_string_equal(out.text, expected);
    alfa__string_free(&out);
}

static void header_names_the_columns(void **state)
{
    (void)state;
    struct alfa__string out = {0};
    alfa__csv_header(&out);
    assert_string_equal(out.text,
                        "path,class,model,method,score,decision,threshold,score_global,score_local,"
                        "kept_normal,kept_abnormal,fallback,width,height,seconds,pixel_threshold,"
                        "references,score_memory,p_value,regions,region_x,region_y,region_width,"
                        "region_height,region_percent,region_peak,looks_like,looks_like_kind,error\r\n");
    alfa__string_free(&out);
}

static void a_judged_file_has_all_columns(void **state)
{
    (void)state;
    assert_line(&(struct alfa__record){.path = "a/1.png", .summary = &example_summary},
                "a/1.png,metal "
                "nut,alfa-tiny,alfa,0.75,anomaly,0.5,0.123456789,1.0,12,34,false,640,480,1.5e-7,0.5,,,,0,,,,,"
                ",,,,\r\n");
}

static void every_region_has_a_row(void **state)
{
    (void)state;
    static const struct alfa_region regions[] = {
        {.x = 1, .y = 2, .width = 3, .height = 4, .percent = 5, .peak = 0.75},
        {.x = 6, .y = 7, .width = 8, .height = 9, .percent = 1, .peak = 0.5}};
    const struct alfa__record record = {
        .path = "a", .summary = &example_summary, .regions = regions, .region_count = 2};
    const struct alfa__record none = {.path = "b", .summary = &example_summary};
    struct alfa__string out = {0};
    alfa__csv_regions(&out, &record);
    alfa__csv_regions(&out, &none);
    assert_true(alfa__string_ok(&out));
    assert_non_null(strstr(out.text, ",2,1,2,3,4,5.0,0.75,,,\r\na,"));
    assert_non_null(strstr(out.text, ",2,6,7,8,9,1.0,0.5,,,\r\nb,"));
    assert_non_null(strstr(out.text, ",0,,,,,,,,,\r\n"));
    alfa__string_free(&out);
}

static void a_failed_file_has_path_and_error(void **state)
{
    (void)state;
    assert_line(&(struct alfa__record){.path = "a/bad.png", .error = &example_error},
                "a/bad.png,,,,,,,,,,,,,,,,,,,,,,,,,,,,is empty: not an image\r\n");
}

static void special_characters_are_quoted(void **state)
{
    (void)state;
    static const char tail[] = ",,,,,,,,,,,,,,,,,,,,,,,,,,,,is empty: not an image\r\n";
    static const char *const pairs[][2] = {
        {"a,b", "\"a,b\""},
        {"say \"hi\"", "\"say \"\"hi\"\"\""},
        {"two\nlines", "\"two\nlines\""},
        {"return\r", "\"return\r\""},
        {"a b;c'd", "a b;c'd"},
        {"\xff", "\xef\xbf\xbd"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct alfa__string expected = {0};
        struct alfa_error error = example_error;
        memset(error.source, 0, sizeof error.source);
        alfa__string_append(&expected, pairs[i][1]);
        alfa__string_append(&expected, tail);
        assert_line(&(struct alfa__record){.path = pairs[i][0], .error = &error}, expected.text);
        alfa__string_free(&expected);
    }
}

static int count_commas(const char *text)
{
    int count = 0;
    for (; *text; text++)
        count += *text == ',';
    return count;
}

static void every_line_has_as_many_fields_as_the_header(void **state)
{
    (void)state;
    struct alfa__string header = {0}, good = {0}, bad = {0};
    alfa__csv_header(&header);
    alfa__csv_line(&good, &(struct alfa__record){.path = "a", .summary = &example_summary});
    alfa__csv_line(&bad, &(struct alfa__record){.path = "a", .error = &example_error});
    assert_int_equal(count_commas(good.text), count_commas(header.text));
    assert_int_equal(count_commas(bad.text), count_commas(header.text));
    alfa__string_free(&header);
    alfa__string_free(&good);
    alfa__string_free(&bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_names_the_columns),
        cmocka_unit_test(a_judged_file_has_all_columns),
        cmocka_unit_test(every_region_has_a_row),
        cmocka_unit_test(a_failed_file_has_path_and_error),
        cmocka_unit_test(special_characters_are_quoted),
        cmocka_unit_test(every_line_has_as_many_fields_as_the_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
