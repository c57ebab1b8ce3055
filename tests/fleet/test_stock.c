/* What a worker keeps open, and what it closes when it has too much in use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "cli/stock.h"

static struct alfa__options typed(void)
{
    char *words[] = {"alfa",      "worker", "-m",        "tests/data/models/openclip-gelu",
                     "--threads", "1",      "--no-cache"};
    struct alfa__options options;
    struct alfa_error err;
    assert_int_equal(alfa__options_parse(&options, 7, words, &err), ALFA_OK);
    return options;
}

static void judge(struct alfa__stock *stock, const char *noun, const char *model, enum alfa_status wanted)
{
    struct alfa_image *image;
    struct alfa__opinion opinion = {0};
    struct alfa_error err;
    const struct alfa__job job = {
        .id = "1", .name = "n", .class_name = noun, .model = model, .threshold = NAN};
    assert_int_equal(alfa_image_load(&image, "tests/data/images/valid/rgb.png", &err), ALFA_OK);
    assert_int_equal(alfa__stock_judge(stock, &opinion, &job, image, &err), wanted);
    alfa__opinion_free(&opinion);
    alfa_image_free(image);
}

/* A worker says of a picture what 'alfa detect' does. */
static void test_notes(void **state)
{
    const struct alfa__options options = typed();
    const struct alfa__job job = {.id = "1", .name = "n", .class_name = "plate", .threshold = NAN};
    struct alfa__stock *stock;
    struct alfa_image *image;
    struct alfa__opinion opinion;
    struct alfa_error err;
    (void)state;
    assert_int_equal(alfa__stock_open(&stock, &options, NULL, 0, &err), ALFA_OK);
    assert_int_equal(alfa_image_load(&image, "tests/data/images/kinds/three-pages.tif", &err), ALFA_OK);
    assert_int_equal(alfa__stock_judge(stock, &opinion, &job, image, &err), ALFA_OK);
    assert_string_equal(json_string_value(json_array_get(json_object_get(opinion.report, "notes"), 0)),
                        "has 3 pages: only the first is looked at");
    alfa__opinion_free(&opinion);
    alfa_image_free(image);
    alfa__stock_free(stock);
}

/* The limit is in GB: without one, and with one byte. */
static void check_kept(double most, int wanted_models, int wanted_detectors)
{
    const struct alfa__options options = typed();
    struct alfa__stock *stock;
    struct alfa_error err;
    int models, detectors;
    assert_int_equal(alfa__stock_open(&stock, &options, NULL, most, &err), ALFA_OK);
    judge(stock, "plate", NULL, ALFA_OK);
    judge(stock, "cup", NULL, ALFA_OK);
    judge(stock, "plate", NULL, ALFA_OK);
    judge(stock, "plate", "alfa-tiny", ALFA_OK);
    judge(stock, "plate", "no-such-model", ALFA_ERROR_MODEL);
    judge(stock, "cup", "alfa-tiny", ALFA_OK);
    alfa__stock_count(stock, &models, &detectors);
    assert_int_equal(models, wanted_models);
    assert_int_equal(detectors, wanted_detectors);
    alfa__stock_free(stock);
}

static void test_keeps_all(void **state)
{
    (void)state;
    check_kept(0, 2, 4);
}

static void test_closes_oldest(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); /* its allocator does not tell what is in use */
#endif
    check_kept(1, 1, 1);
}

static void test_needs_banks(void **state)
{
    const struct alfa__options options = typed();
    struct alfa__stock *stock;
    struct alfa_error err;
    (void)state;
    assert_int_equal(alfa__stock_open(&stock, &options, "tests/none", 0, &err), ALFA_ERROR_INPUT);
    assert_null(stock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_keeps_all), cmocka_unit_test(test_closes_oldest),
                                       cmocka_unit_test(test_needs_banks), cmocka_unit_test(test_notes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
