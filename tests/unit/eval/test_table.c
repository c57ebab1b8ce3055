/* Tables of made-up results: means over seeds and classes, what is undefined, what ends a cell. */
#include "eval/table.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct alfa__method method = {
    .name = "alfa", .title = "ALFA", .zero_shot = true, .few_shot = true};

struct fixture {
    struct alfa__entrants entrants;
    struct alfa__eval_results results;
    struct alfa__table table;
};

static void open_fixture(struct fixture *f, const char *const *classes, int count)
{
    static const int shots[] = {0, 1};
    *f = (struct fixture){.entrants.count = 1};
    f->entrants.items[0] =
        (struct alfa__entrant){.label = "alfa", .title = "ALFA", .method = &method, .learns = true};
    f->table = (struct alfa__table){.model = "m",
                                    .fingerprint = "f",
                                    .classes = classes,
                                    .class_count = count,
                                    .entrants = &f->entrants,
                                    .shots = shots,
                                    .shot_count = 2,
                                    .seeds = 3,
                                    .results = &f->results};
}

static void add(struct fixture *f, const char *class_name, int shots, int seed, double auroc, double pro)
{
    struct alfa_error err;
    struct alfa__eval_result r = {.class_name = strdup(class_name),
                                  .method = strdup("alfa"),
                                  .shots = shots,
                                  .seed = seed,
                                  .current = true,
                                  .normal = 2,
                                  .anomalous = 3,
                                  .seconds = 18e-6};
    for (int m = 0; m < ALFA__EVAL_METRICS; m++)
        r.values[m] = alfa__metric_undefined();
    r.values[ALFA__EVAL_IMAGE_AUROC] = alfa__metric_of(auroc);
    if (pro >= 0)
        r.values[ALFA__EVAL_PRO] = alfa__metric_of(pro);
    assert_int_equal(alfa__eval_results_add(&f->results, &r, &err), ALFA_OK);
}

static void close_to(double value, double wanted)
{
    if (!(fabs(value - wanted) < 1e-12))
        fail_msg("%.15g is not %.15g", value, wanted);
}

static void test_means(void **state)
{
    static const char *const classes[] = {"a", "b"};
    struct fixture f;
    int count;
    (void)state;
    open_fixture(&f, classes, 2);
    for (int seed = 0; seed < 3; seed++) {
        add(&f, "a", 1, seed, 0.5 + 0.1 * seed, 0.4);
        add(&f, "b", 1, seed, 0.9, -1);
    }
    const struct alfa__spread cell = alfa__table_cell(&f.table, "a", "alfa", 1, ALFA__EVAL_IMAGE_AUROC);
    assert_int_equal(cell.count, 3);
    close_to(cell.mean, 0.6);
    close_to(cell.deviation, 0.1);
    struct alfa__spread macro = alfa__table_macro(&f.table, "alfa", 1, ALFA__EVAL_IMAGE_AUROC, &count);
    close_to(macro.mean, 0.75);
    close_to(macro.deviation, 0.05);
    assert_int_equal(count, 2);
    macro = alfa__table_macro(&f.table, "alfa", 1, ALFA__EVAL_PRO, &count);
    close_to(macro.mean, 0.4); /* of the class that has it, not 0.2 */
    assert_int_equal(count, 1);
    assert_int_equal(alfa__table_macro(&f.table, "alfa", 1, ALFA__EVAL_PIXEL_F1, &count).count, 0);
    assert_int_equal(alfa__table_macro(&f.table, "alfa", 0, ALFA__EVAL_IMAGE_AUROC, &count).count, 0);
    alfa__eval_results_free(&f.results);
}

static void test_undefined(void **state)
{
    static const char *const classes[] = {"a|b", "c\n"};
    struct alfa__string markdown = {0}, csv = {0}, json = {0};
    struct fixture f;
    (void)state;
    open_fixture(&f, classes, 2);
    add(&f, "a|b", 0, 0, 0.75, -1);
    add(&f, "c\n", 0, 0, 0.25, 0);
    alfa__table_markdown(&markdown, &f.table);
    alfa__table_csv(&csv, &f.table);
    alfa__table_json(&json, &f.table);
    assert_non_null(strstr(markdown.text, "| 0 | ALFA | 50.0 | - | - | - | - | 0.0 (1) | - | - |\n"));
    assert_non_null(strstr(markdown.text, "| a\\|b | c? |"));
    assert_non_null(strstr(csv.text, "\n\"a|b\",\"alfa\",0,0,0.750000,,,,,,,,2,3,0,0,0.000018\n"));
    assert_non_null(strstr(csv.text, "\n\"(mean)\",\"alfa\",0,,0.500000,,,,,0.000000,,,,,,,\n"));
    assert_non_null(strstr(json.text, "\"pro_200\": null"));
    assert_null(strstr(markdown.text, "nan"));
    assert_null(strstr(markdown.text, "quoted"));
    alfa__string_free(&markdown);
    alfa__string_free(&csv);
    alfa__string_free(&json);
    alfa__eval_results_free(&f.results);
}

/* Published means stand only beside all classes of a benchmark. */
static void test_quoted(void **state)
{
    static const char *const visa[] = {"candle", "capsules",  "cashew",    "chewinggum",
                                       "fryum",  "macaroni1", "macaroni2", "pcb1",
                                       "pcb2",   "pcb3",      "pcb4",      "pipe_fryum"};
    struct alfa__string all = {0}, ours = {0}, some = {0};
    struct fixture f;
    (void)state;
    open_fixture(&f, visa, 12);
    alfa__table_quoted(&all, &f.table);
    assert_non_null(strstr(all.text, "| 0 | ALFA | quoted | 81.2 | 84.6 | 81.9 | 85.9 | 63.8 | 15.9 |\n"));
    assert_non_null(strstr(all.text, "| 0 | Trans-MM | quoted | - | - | - | 49.4 | 10.2 | 3.1 |\n"));
    assert_null(strstr(all.text, "| **here** "));
    for (int c = 0; c < 12; c++)
        add(&f, visa[c], 0, 0, c == 0 ? 0.8 : 0.5, 0.25);
    alfa__table_quoted(&ours, &f.table);
    assert_non_null(strstr(ours.text, "| 0 | ALFA | **here** | 52.5 | - | - | - | 25.0 | - |\n"
                                      "| 0 | ALFA | quoted | 81.2 | 84.6 | 81.9 | 85.9 | 63.8 | 15.9 |\n"));
    f.table.class_count = 11;
    alfa__table_quoted(&some, &f.table);
    assert_null(some.text);
    alfa__string_free(&all);
    alfa__string_free(&ours);
    alfa__string_free(&some);
    alfa__eval_results_free(&f.results);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_means), cmocka_unit_test(test_undefined),
                                       cmocka_unit_test(test_quoted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
