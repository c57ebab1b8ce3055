/* What a program does around judging: a detector from a bank alone, warming up, being told and stopping,
 * pictures and JSON of a result. */
#include "unit/fixture.h"

#include "base/files.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#define WIDTH 90
#define HEIGHT 60

static struct fixture f;
static struct alfa_image *image;
static struct alfa_error err;

static int open_all(void **state)
{
    (void)state;
    fixture_open(&f, "openclip-gelu", "bottle");
    image = fixture_picture(1, WIDTH, HEIGHT);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    alfa_image_free(image);
    fixture_close(&f);
    return 0;
}

static struct alfa_result *run(struct alfa_detector *detector)
{
    struct alfa_result *result;
    if (alfa_detector_run(&result, detector, image, &err) != ALFA_OK)
        fail_msg("%s: %s", err.source, err.message);
    return result;
}

static struct alfa_bank *learn(const struct alfa_detector_options *options)
{
    struct alfa_detector *detector = fixture_detector(&f, options);
    struct alfa_bank *bank;
    assert_int_equal(alfa_bank_new(&bank, detector, NULL, &err), ALFA_OK);
    for (unsigned i = 2; i < 4; i++) {
        struct alfa_image *normal = fixture_picture(i, 50, 50);
        assert_int_equal(alfa_bank_add(bank, detector, normal, "normal", &err), ALFA_OK);
        alfa_image_free(normal);
    }
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    alfa_detector_free(detector);
    return bank;
}

/* Learned with other options than the default: the bank says which, and the scores are the same. */
static void a_bank_is_enough_for_a_detector(void **state)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT, few = options;
    struct alfa_detector *detector;
    (void)state;
    options.temperature = 0.05;
    options.scales[0] = 3;
    options.tiles = 2;
    struct alfa_bank *bank = learn(&options);
    struct alfa_detector *typed = fixture_detector(&f, &options);
    assert_int_equal(alfa_detector_use_bank(typed, bank, &err), ALFA_OK);
    few.threshold = 0.25;
    few.place_threshold = 0; /* all of the image is one region, */
    few.min_area = 1e6;      /* which is too small */
    assert_int_equal(alfa_detector_open_bank(&detector, f.model, bank, &few, &err), ALFA_OK);
    assert_string_equal(alfa_detector_class(detector), "bottle");
    struct alfa_result *a = run(typed), *b = run(detector);
    assert_true(alfa_result_summary(a)->score == alfa_result_summary(b)->score);
    assert_true(alfa_result_summary(b)->threshold == 0.25 && alfa_result_summary(b)->references == 2);
    assert_true(alfa_result_summary(b)->pixel_threshold == 0 && alfa_result_region_count(b) == 0);
    alfa_result_free(a);
    alfa_result_free(b);
    alfa_detector_free(detector);
    alfa_detector_free(typed);
    alfa_bank_free(bank);
}

static void a_detector_of_another_model_is_not_made_from_a_bank(void **state)
{
    struct alfa_bank *bank = learn(NULL);
    struct alfa_model *other = fixture_model("openclip-quickgelu", f.cache);
    struct alfa_detector *detector;
    (void)state;
    assert_int_equal(alfa_detector_open_bank(&detector, other, bank, NULL, &err), ALFA_ERROR_INPUT);
    assert_null(detector);
    alfa_model_free(other);
    alfa_bank_free(bank);
}

static void warming_up_changes_nothing(void **state)
{
    struct alfa_detector *cold = fixture_detector(&f, NULL), *warm = fixture_detector(&f, NULL);
    (void)state;
    assert_int_equal(alfa_detector_warm_up(warm, &err), ALFA_OK);
    struct alfa_result *a = run(cold), *b = run(warm);
    assert_true(alfa_result_summary(a)->score == alfa_result_summary(b)->score);
    alfa_result_free(a);
    alfa_result_free(b);
    alfa_detector_free(cold);
    alfa_detector_free(warm);
}

/* ------------------------------------------------------------------ being told */

struct told {
    int calls, until; /* calls after which it ends; -1: never */
    char parts[400];
};

static bool note(void *context, const char *part, int done, int total)
{
    struct told *told = context;
    assert_true(done >= 0 && done < total);
    if (!strstr(told->parts, part) && strlen(told->parts) + strlen(part) + 2 < sizeof told->parts)
        strcat(strcat(told->parts, part), " ");
    return told->calls++ != told->until;
}

static struct alfa_detector *watched(struct told *told, enum alfa_method method, int tiles)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    options.method = method;
    options.tiles = tiles;
    options.progress = note;
    options.context = told;
    return fixture_detector(&f, &options);
}

static void long_calls_tell_and_can_be_ended(void **state)
{
    struct told told = {0, -1, ""};
    struct alfa_detector *detector = watched(&told, ALFA_METHOD_ALFA, 2);
    struct alfa_bank *bank;
    struct alfa_result *result;
    (void)state;
    told = (struct told){0, 2, ""};
    assert_int_equal(alfa_detector_run(&result, detector, image, &err), ALFA_ERROR_STOPPED);
    assert_null(result);
    told = (struct told){0, -1, ""};
    alfa_result_free(run(detector));
    assert_string_equal(told.parts, "tiles ");
    assert_int_equal(told.calls, 4);
    assert_int_equal(alfa_bank_new(&bank, detector, NULL, &err), ALFA_OK);
    told = (struct told){0, 3, ""};
    assert_int_equal(alfa_bank_add(bank, detector, image, "one", &err), ALFA_ERROR_STOPPED);
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_ERROR_USAGE); /* as it was: empty */
    told = (struct told){0, -1, ""};
    assert_int_equal(alfa_bank_add(bank, detector, image, "one", &err), ALFA_OK);
    assert_non_null(strstr(told.parts, "passes"));
    for (int until = 0; until < 4; until++) { /* of which one alone has four steps */
        told = (struct told){0, until, ""};
        assert_int_equal(alfa_bank_finish(bank, &err), ALFA_ERROR_STOPPED);
    }
    told = (struct told){0, -1, ""};
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    assert_non_null(strstr(told.parts, "memories"));
    assert_non_null(strstr(told.parts, "images")); /* judged without themselves */
    alfa_bank_free(bank);
    alfa_detector_free(detector);
}

static void images_that_judge_each_other_tell(void **state)
{
    struct told told = {0, -1, ""};
    struct alfa_detector *detector = watched(&told, ALFA_METHOD_MUSC, 0);
    struct alfa_image *other = fixture_picture(2, 40, 40);
    struct alfa_result *result;
    (void)state;
    assert_int_equal(alfa_detector_show(detector, image, &err), ALFA_OK);
    assert_int_equal(alfa_detector_show(detector, other, &err), ALFA_OK);
    told = (struct told){0, 1, ""};
    assert_int_equal(alfa_detector_run(&result, detector, image, &err), ALFA_ERROR_STOPPED);
    assert_string_equal(told.parts, "comparing ");
    told = (struct told){0, -1, ""};
    alfa_result_free(run(detector));
    alfa_image_free(other);
    alfa_detector_free(detector);
}

/* ------------------------------------------------------------------ pictures */

/* Sampled where a cell of the map has its middle, the full map is the map. */
static void the_full_map_covers_the_image(void **state)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    int side, other;
    (void)state;
    for (int crop = 0; crop < 2; crop++) {
        options.resize = crop ? ALFA_RESIZE_CROP : ALFA_RESIZE_SQUASH;
        struct alfa_detector *detector = fixture_detector(&f, &options);
        struct alfa_result *result = run(detector);
        const float *map = alfa_result_map(result, &side, &other);
        /* the crop is the middle two thirds of the width */
        const int width = crop ? side * WIDTH / HEIGHT : side, left = (width - side) / 2;
        float *full = malloc((size_t)width * (size_t)side * sizeof *full);
        assert_int_equal(alfa_result_map_full(full, result, width, side, &err), ALFA_OK);
        for (int y = 0; y < side; y++)
            for (int x = 0; x < width; x++) {
                const bool inside = x >= left && x < left + side;
                const float expected = inside ? map[y * side + x - left] : 0;
                assert_true(fabsf(full[y * width + x] - expected) < 1e-4f);
            }
        free(full);
        alfa_result_free(result);
        alfa_detector_free(detector);
    }
}

static void an_overlay_is_a_picture(void **state)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    struct alfa_image *plain, *report, *again;
    unsigned char *png;
    size_t size;
    (void)state;
    options.place_threshold = 0; /* all is coloured */
    struct alfa_detector *detector = fixture_detector(&f, &options);
    struct alfa_result *result = run(detector);
    assert_int_equal(alfa_result_overlay(&plain, result, image, ALFA_OVERLAY_PLAIN, &err), ALFA_OK);
    assert_true(alfa_image_width(plain) == WIDTH && alfa_image_height(plain) == HEIGHT);
    assert_memory_not_equal(alfa_image_rgb(plain), alfa_image_rgb(image), 3 * WIDTH * HEIGHT);
    assert_int_equal(alfa_result_overlay(&report, result, image, ALFA_OVERLAY_REPORT, &err), ALFA_OK);
    assert_true(alfa_image_height(report) > HEIGHT); /* the legend */
    assert_int_equal(alfa_image_encode_png(&png, &size, report, &err), ALFA_OK);
    assert_int_equal(alfa_image_decode(&again, png, size, "overlay", &err), ALFA_OK);
    assert_memory_equal(alfa_image_rgb(again), alfa_image_rgb(report),
                        (size_t)(3 * alfa_image_width(report) * alfa_image_height(report)));
    alfa_free(png);
    alfa_image_free(plain);
    alfa_image_free(report);
    alfa_image_free(again);
    alfa_result_free(result);
    alfa_detector_free(detector);
}

static void a_result_is_json(void **state)
{
    struct alfa_detector *detector = fixture_detector(&f, NULL);
    struct alfa_result *result = run(detector);
    char *text;
    (void)state;
    assert_int_equal(alfa_result_json(&text, result, "a/b.png", &err), ALFA_OK);
    json_t *json = json_loads(text, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(json, "path")), "a/b.png");
    assert_string_equal(json_string_value(json_object_get(json, "class")), "bottle");
    assert_true(fabs(json_number_value(json_object_get(json, "score")) - alfa_result_summary(result)->score) <
                1e-6);
    assert_null(json_object_get(json, "prompts"));
    json_decref(json);
    alfa_free(text);
    alfa_result_free(result);
    alfa_detector_explain(detector, true);
    result = run(detector);
    assert_int_equal(alfa_result_json(&text, result, NULL, &err), ALFA_OK);
    json = json_loads(text, 0, NULL);
    assert_true(json_array_size(json_object_get(json, "prompts")) > 0);
    json_decref(json);
    alfa_free(text);
    alfa_result_free(result);
    alfa_detector_free(detector);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_bank_is_enough_for_a_detector),
                                       cmocka_unit_test(a_detector_of_another_model_is_not_made_from_a_bank),
                                       cmocka_unit_test(warming_up_changes_nothing),
                                       cmocka_unit_test(long_calls_tell_and_can_be_ended),
                                       cmocka_unit_test(images_that_judge_each_other_tell),
                                       cmocka_unit_test(the_full_map_covers_the_image),
                                       cmocka_unit_test(an_overlay_is_a_picture),
                                       cmocka_unit_test(a_result_is_json)};
    return cmocka_run_group_tests(tests, open_all, close_all);
}
