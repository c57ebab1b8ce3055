/* results.jsonl: what is written comes back, and what is cut off or foreign harms nothing. */
#include "base/files.h"
#include "eval/cache.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/alfa-cache-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    strcpy(path + strlen(path) - 6, "XXXXXX");
    int file = mkstemp(path);
    return file < 0 || close(file) != 0;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

/* A result that owns what it needs. */
static struct alfa__eval_result example(const char *method, int shots, int seed, double auroc)
{
    struct alfa__eval_result r = {.class_name = strdup("metal_nut"),
                                  .method = strdup(method),
                                  .shots = shots,
                                  .seed = seed,
                                  .key = "0123456789abcdef",
                                  .normal = 3,
                                  .anomalous = 5,
                                  .masked = 4,
                                  .kept = 0.25,
                                  .fallback = 0.5,
                                  .seconds = 0.125};
    for (int m = 0; m < ALFA__EVAL_METRICS; m++)
        r.values[m] = alfa__metric_undefined();
    r.values[ALFA__EVAL_IMAGE_AUROC] = alfa__metric_of(auroc);
    for (int k = 0; k < shots; k++)
        alfa__names_add(&r.references, k ? "b \"quoted\".png" : "a.png");
    return r;
}

static void add(struct alfa__eval_results *results, const char *method, int shots, int seed, double auroc)
{
    struct alfa_error err;
    struct alfa__eval_result r = example(method, shots, seed, auroc);
    assert_int_equal(alfa__eval_cache_append(path, &r, &err), ALFA_OK);
    assert_int_equal(alfa__eval_results_add(results, &r, &err), ALFA_OK);
}

static void append_text(const char *text)
{
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void test_round_trip(void **state)
{
    struct alfa__eval_results written = {0}, read = {0};
    struct alfa_error err;
    int spoilt;
    (void)state;
    add(&written, "alfa", 0, 0, 0.75);
    add(&written, "alfa", 2, 1, 1.0 / 3);
    assert_int_equal(alfa__eval_cache_load(&read, &spoilt, path, &err), ALFA_OK);
    assert_int_equal(spoilt, 0);
    assert_int_equal(read.count, 2);
    assert_null(alfa__eval_results_find(&read, "metal_nut", "alfa", 2, 1)); /* not of this run */
    assert_true(alfa__eval_results_take(&read, "metal_nut", "alfa", 2, 1, "0123456789abcdef"));
    const struct alfa__eval_result *r = alfa__eval_results_find(&read, "metal_nut", "alfa", 2, 1);
    assert_non_null(r);
    assert_true(fabs(r->values[ALFA__EVAL_IMAGE_AUROC].value - 1.0 / 3) < 1e-8);
    assert_false(r->values[ALFA__EVAL_PRO].defined);
    assert_int_equal(r->references.count, 2);
    assert_string_equal(r->references.items[1], "b \"quoted\".png");
    assert_int_equal(r->masked, 4);
    assert_true(r->kept == 0.25 && r->fallback == 0.5 && r->seconds == 0.125);
    assert_false(alfa__eval_results_take(&read, "metal_nut", "alfa", 2, 1, "another"));
    assert_false(alfa__eval_results_take(&read, "metal_nut", "alfa", 2, 0, "0123456789abcdef"));
    alfa__eval_results_free(&written);
    alfa__eval_results_free(&read);
}

/* The last of equal results counts. */
static void test_again(void **state)
{
    struct alfa__eval_results written = {0}, read = {0};
    struct alfa_error err;
    int spoilt;
    (void)state;
    add(&written, "alfa", 0, 0, 0.5);
    add(&written, "alfa", 0, 0, 0.75);
    assert_int_equal(written.count, 1);
    assert_int_equal(alfa__eval_cache_load(&read, &spoilt, path, &err), ALFA_OK);
    assert_int_equal(read.count, 1);
    assert_true(read.items[0].values[ALFA__EVAL_IMAGE_AUROC].value == 0.75);
    alfa__eval_results_free(&written);
    alfa__eval_results_free(&read);
}

/* A killed run leaves half a line; the next result gets a line of its own. */
static void test_cut_line(void **state)
{
    struct alfa__eval_results written = {0}, read = {0};
    struct alfa_error err;
    int spoilt;
    (void)state;
    add(&written, "alfa", 0, 0, 0.5);
    append_text("{\"class\": \"metal_nut\", \"meth");
    add(&written, "winclip", 0, 0, 0.75);
    append_text("[1, 2]\n{\"class\": 3}\n{}\nnothing\n{\"class\": \"a\", \"method\": \"b\", \"key\": "
                "\"00000000000000000000\", \"references\": []}\n");
    assert_int_equal(alfa__eval_cache_load(&read, &spoilt, path, &err), ALFA_OK);
    assert_int_equal(read.count, 2);
    assert_int_equal(spoilt, 6);
    assert_true(alfa__eval_results_take(&read, "metal_nut", "winclip", 0, 0, "0123456789abcdef"));
    alfa__eval_results_free(&written);
    alfa__eval_results_free(&read);
}

static void test_missing_file(void **state)
{
    struct alfa__eval_results read = {0};
    struct alfa_error err;
    int spoilt;
    struct alfa__eval_result r = example("alfa", 0, 0, 0.5);
    (void)state;
    assert_int_equal(alfa__eval_cache_load(&read, &spoilt, "/nowhere/results.jsonl", &err), ALFA_OK);
    assert_int_equal(read.count, 0);
    assert_int_equal(alfa__eval_cache_append("/nowhere/results.jsonl", &r, &err), ALFA_ERROR_OUTPUT);
    assert_int_equal(alfa__eval_results_add(&read, &r, &err), ALFA_OK);
    alfa__eval_results_free(&read);
}

/* File names need not be UTF-8, JSON must be. */
static void test_odd_names(void **state)
{
    struct alfa_error err;
    struct alfa__eval_results read = {0}, kept = {0};
    struct alfa__eval_result r = example("alfa", 0, 0, 0.5);
    int spoilt;
    (void)state;
    alfa__names_add(&r.references, "caf\xe9.png");
    assert_int_equal(alfa__eval_cache_append(path, &r, &err), ALFA_OK);
    assert_int_equal(alfa__eval_results_add(&kept, &r, &err), ALFA_OK);
    assert_int_equal(alfa__eval_cache_load(&read, &spoilt, path, &err), ALFA_OK);
    assert_int_equal(spoilt, 0);
    assert_string_equal(read.items[0].references.items[0], "caf\\xe9.png");
    alfa__eval_results_free(&read);
    alfa__eval_results_free(&kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, make_file, remove_file),
        cmocka_unit_test_setup_teardown(test_again, make_file, remove_file),
        cmocka_unit_test_setup_teardown(test_cut_line, make_file, remove_file),
        cmocka_unit_test(test_missing_file),
        cmocka_unit_test_setup_teardown(test_odd_names, make_file, remove_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
