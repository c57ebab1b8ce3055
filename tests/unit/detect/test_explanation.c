/* Explanations: which windows lie under a region, on features made by hand; and what a result keeps, on a
 * small model, against Eq. 2-4 computed here from the public embeddings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "detect/explanation.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct alfa_model *model;
static struct alfa_prompts *prompts;
static struct alfa_image *image;
static struct alfa_error err;

static int open_model(void **state)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    (void)state;
    options.precision = ALFA_PRECISION_F32;
    assert_int_equal(alfa_model_open(&model, "tests/data/models/openclip-gelu", &options, &err), ALFA_OK);
    assert_int_equal(alfa_prompts_open(&prompts, "bottle", "prompts/bottle.txt", &err), ALFA_OK);
    assert_int_equal(alfa_image_load(&image, "tests/data/images/valid/rgb.png", &err), ALFA_OK);
    return 0;
}

static int close_model(void **state)
{
    (void)state;
    alfa_image_free(image);
    alfa_prompts_free(prompts);
    alfa_model_free(model);
    return 0;
}

/* ------------------------------------------------------------------ windows under a region */

enum { GRID = 4, WINDOWS = 9 };

/* 2 x 2 windows of a 4 x 4 grid over 40 x 80 pixels that begin at (100, 10); row w looks like axis w. places:
 * as in struct alfa__windows. */
static void pass(float out[WINDOWS], struct alfa_region region, const int *places, int count)
{
    static float rows[WINDOWS * WINDOWS];
    const struct alfa__box box = {100, 10, 40, 80};
    struct alfa__features features = {.grid = GRID, .dim = WINDOWS, .scale_count = 1};
    double sum[WINDOWS];
    for (int w = 0; w < WINDOWS; w++)
        rows[w * WINDOWS + w] = 1;
    features.windows[0] =
        (struct alfa__windows){.scale = 2, .count = count, .places = places, .embeddings = rows};
    region.center_x = region.x + region.width / 2.0;
    region.center_y = region.y + region.height / 2.0;
    alfa__explanation_region(out, sum, &features, &box, &region);
}

/* The embedding is the mean of exactly these windows, a bit each. */
static void expect(struct alfa_region region, unsigned windows)
{
    float out[WINDOWS];
    int count = 0;
    pass(out, region, NULL, WINDOWS);
    for (int w = 0; w < WINDOWS; w++)
        count += windows >> w & 1;
    for (int w = 0; w < WINDOWS; w++)
        assert_true(fabs(out[w] - (windows >> w & 1 ? 1 / sqrt(count) : 0)) < 1e-6);
}

static void windows_under_a_region(void **state)
{
    (void)state;
    expect((struct alfa_region){.x = 100, .y = 10, .width = 40, .height = 80}, 0x1ff); /* all of it */
    expect((struct alfa_region){.x = 100, .y = 10, .width = 20, .height = 40},
           0x00b); /* the first, half of its neighbours */
    expect((struct alfa_region){.x = 101, .y = 10, .width = 19, .height = 40},
           0x003); /* 9/20 of the one below */
    expect((struct alfa_region){.x = 110, .y = 10, .width = 20, .height = 40},
           0x017); /* half on both sides */
}

static void the_nearest_window_when_none_lies_under(void **state)
{
    (void)state;
    expect((struct alfa_region){.x = 139, .y = 89, .width = 1, .height = 1}, 0x100);
    expect((struct alfa_region){.x = 119, .y = 49, .width = 2, .height = 2}, 0x010);
    expect((struct alfa_region){.x = 100, .y = 48, .width = 3, .height = 3}, 0x008);
}

/* With a region of interest only some windows are there; the rows of those two are 0 and 1. */
static void windows_that_do_not_count_are_not_there(void **state)
{
    static const int places[] = {3, 8};
    float out[WINDOWS];
    (void)state;
    pass(out, (struct alfa_region){.x = 100, .y = 30, .width = 20, .height = 40}, places, 2);
    assert_true(out[0] == 1 && out[1] == 0);
    pass(out, (struct alfa_region){.x = 138, .y = 60, .width = 2, .height = 2}, places, 2);
    assert_true(out[0] == 0 && out[1] == 1);
}

/* ------------------------------------------------------------------ results */

static struct alfa_result *judge(struct alfa_detector_options options, bool explains)
{
    struct alfa_detector *detector;
    struct alfa_result *result;
    assert_int_equal(alfa_detector_open(&detector, model, prompts, &options, &err), ALFA_OK);
    alfa_detector_explain(detector, explains);
    assert_int_equal(alfa_detector_run(&result, detector, image, &err), ALFA_OK);
    alfa_detector_free(detector);
    return result;
}

static void nothing_is_kept_unless_asked_for(void **state)
{
    const struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    struct alfa_result *plain = judge(options, false), *explained = judge(options, true);
    int count, other, width, height;
    (void)state;
    assert_null(alfa_result_prompt(plain, 0));
    assert_int_equal(alfa_result_prompt_count(plain), 0);
    assert_null(alfa_result_embedding(plain));
    assert_null(alfa_result_region_embedding(plain, 0));
    assert_true(alfa_result_summary(plain)->score == alfa_result_summary(explained)->score);
    const float *map = alfa_result_map(plain, &width, &height);
    assert_memory_equal(map, alfa_result_map(explained, &count, &other),
                        (size_t)(width * height) * sizeof *map);
    alfa_result_free(plain);
    alfa_result_free(explained);
}

/* Cosines of the image and the prompts of a side, and the interval that they span. */
static double *cosines_of(enum alfa_side side, double *low, double *high)
{
    const int dim = alfa_model_info(model)->embed_dim, count = alfa_prompts_count(prompts, side);
    double *out = calloc((size_t)count, sizeof *out);
    float *f = malloc((size_t)dim * sizeof *f), *g = malloc((size_t)dim * sizeof *g);
    assert_int_equal(alfa_model_embed_image(f, model, image, ALFA_RESIZE_SQUASH, &err), ALFA_OK);
    *low = DBL_MAX, *high = -DBL_MAX;
    for (int i = 0; i < count; i++) {
        const char *text = alfa_prompts_get(prompts, side, i);
        assert_int_equal(alfa_model_embed_texts(g, NULL, model, &text, 1, &err), ALFA_OK);
        for (int k = 0; k < dim; k++)
            out[i] += (double)f[k] * g[k];
        *low = fmin(*low, out[i]);
        *high = fmax(*high, out[i]);
    }
    free(f);
    free(g);
    return out;
}

static double gap(double d, double low, double high)
{
    return d < low ? low - d : d > high ? d - high : 0;
}

/* The score that the result gives a prompt, or 0 when it was not kept. */
static double listed(const struct alfa_result *result, enum alfa_side side, const char *text)
{
    const struct alfa_prompt_score *prompt;
    for (int i = 0; (prompt = alfa_result_prompt(result, i)); i++)
        if (prompt->side == side && strcmp(prompt->text, text) == 0)
            return prompt->score;
    return 0;
}

static void prompts_have_their_contextual_score(void **state)
{
    const struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    struct alfa_result *result = judge(options, true);
    const struct alfa_summary *summary = alfa_result_summary(result);
    double low[2], high[2];
    double *cosines[2] = {cosines_of(ALFA_NORMAL, &low[0], &high[0]),
                          cosines_of(ALFA_ABNORMAL, &low[1], &high[1])};
    const int count = alfa_result_prompt_count(result);
    (void)state;
    assert_int_equal(count, summary->kept_normal + summary->kept_abnormal);
    assert_true(count > 0);
    for (int i = 1; i < count; i++)
        assert_true(alfa_result_prompt(result, i - 1)->score >= alfa_result_prompt(result, i)->score);
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < alfa_prompts_count(prompts, (enum alfa_side)side); i++) {
            const double d = cosines[side][i], D = fabs(gap(d, low[0], high[0]) - gap(d, low[1], high[1]));
            const char *text = alfa_prompts_get(prompts, (enum alfa_side)side, i);
            assert_true(fabs(listed(result, (enum alfa_side)side, text) - D / (D + exp(-D))) < 1e-5);
        }
    free(cosines[0]);
    free(cosines[1]);
    alfa_result_free(result);
}

static void without_a_filter_all_are_listed(void **state)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    (void)state;
    options.contextual = ALFA_CONTEXTUAL_OFF;
    struct alfa_result *result = judge(options, true);
    assert_int_equal(alfa_result_prompt_count(result),
                     alfa_prompts_count(prompts, ALFA_NORMAL) + alfa_prompts_count(prompts, ALFA_ABNORMAL));
    alfa_result_free(result);
    options.method = ALFA_METHOD_WINCLIP;
    result = judge(options, true);
    assert_null(alfa_result_prompt(result, 0));
    assert_int_equal(alfa_result_prompt_count(result), 0);
    assert_non_null(alfa_result_embedding(result));
    alfa_result_free(result);
}

static void the_image_and_each_region_have_an_embedding(void **state)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    const int dim = alfa_model_info(model)->embed_dim;
    float *f = malloc((size_t)dim * sizeof *f);
    (void)state;
    options.temperature = 0.001; /* extreme scores: there are regions */
    struct alfa_result *result = judge(options, true);
    assert_int_equal(alfa_model_embed_image(f, model, image, ALFA_RESIZE_SQUASH, &err), ALFA_OK);
    assert_memory_equal(alfa_result_embedding(result), f, (size_t)dim * sizeof *f);
    const int count = alfa_result_region_count(result);
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        const float *row = alfa_result_region_embedding(result, i);
        double length = 0;
        for (int k = 0; k < dim; k++)
            length += (double)row[k] * row[k];
        assert_true(fabs(length - 1) < 1e-5);
    }
    assert_null(alfa_result_region_embedding(result, -1));
    assert_null(alfa_result_region_embedding(result, count));
    free(f);
    alfa_result_free(result);
}

/* Whoever keeps results for later need not keep what they were judged with. */
static void a_result_outlives_its_prompts(void **state)
{
    struct alfa_detector *detector;
    struct alfa_prompts *own;
    struct alfa_result *result;
    (void)state;
    assert_int_equal(alfa_prompts_open(&own, "bottle", "prompts/bottle.txt", &err), ALFA_OK);
    assert_int_equal(alfa_detector_open(&detector, model, own, NULL, &err), ALFA_OK);
    alfa_detector_explain(detector, true);
    alfa_prompts_free(own);
    assert_string_equal(alfa_detector_class(detector), "bottle");
    assert_int_equal(alfa_detector_run(&result, detector, image, &err), ALFA_OK);
    alfa_detector_free(detector);
    const struct alfa_prompt_score *first = alfa_result_prompt(result, 0);
    bool known = false;
    for (int i = 0; i < alfa_prompts_count(prompts, first->side); i++)
        known = known || strcmp(alfa_prompts_get(prompts, first->side, i), first->text) == 0;
    assert_true(known);
    assert_string_equal(alfa_result_summary(result)->class_name, "bottle");
    alfa_result_free(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_under_a_region),
        cmocka_unit_test(the_nearest_window_when_none_lies_under),
        cmocka_unit_test(windows_that_do_not_count_are_not_there),
        cmocka_unit_test(nothing_is_kept_unless_asked_for),
        cmocka_unit_test(prompts_have_their_contextual_score),
        cmocka_unit_test(without_a_filter_all_are_listed),
        cmocka_unit_test(the_image_and_each_region_have_an_embedding),
        cmocka_unit_test(a_result_outlives_its_prompts),
    };
    return cmocka_run_group_tests(tests, open_model, close_model);
}
