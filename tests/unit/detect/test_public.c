/* Every function of the public headers with NULL, with choices that there are not and with numbers that make
 * no sense: it says so with ALFA_ERROR_USAGE and does nothing, getters give 0 or NULL, and nothing ends the
 * process. CALL() notes what was called; a function of the headers that never was makes the test fail: a new
 * one gets its line here. */
#include "unit/fixture.h"

#include "alfa_llm.h"

#include "base/files.h"
#include "base/parallel.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <string.h>

static struct fixture f;
static struct alfa_detector *detector;
static struct alfa_image *image;
static struct alfa_bank *bank; /* finished */
static struct alfa_error err;
static const char *called[200];
static int call_count;

static void note_call(const char *name)
{
    for (int i = 0; i < call_count; i++)
        if (strcmp(called[i], name) == 0)
            return;
    assert_true(call_count < 200);
    called[call_count++] = name;
}
#define CALL(function) (note_call(#function), function)

/* Refused, with and without a place for the error; *out is NULL afterwards. */
#define REFUSED(out, call)                               \
    do {                                                 \
        err.code = ALFA_OK;                              \
        assert_int_equal(call, ALFA_ERROR_USAGE);        \
        assert_int_equal(err.code, ALFA_ERROR_USAGE);    \
        assert_true(*err.message &&strlen(err.message)); \
        assert_null(out);                                \
    } while (0)

static int open_all(void **state)
{
    (void)state;
    fixture_open(&f, "openclip-gelu", "bottle");
    detector = fixture_detector(&f, NULL);
    image = fixture_picture(1, 40, 30);
    return alfa_bank_new(&bank, detector, NULL, NULL) || alfa_bank_add(bank, detector, image, "one", NULL) ||
           alfa_bank_finish(bank, NULL);
}

static int close_all(void **state)
{
    (void)state;
    alfa_bank_free(bank);
    alfa_image_free(image);
    alfa_detector_free(detector);
    fixture_close(&f);
    return 0;
}

static void texts_and_versions(void **state)
{
    (void)state;
    for (int code = -5; code < 50; code += 5)
        assert_non_null(CALL(alfa_status_text)((enum alfa_status)code));
    assert_non_null(CALL(alfa_version)());
    assert_true(CALL(alfa_version_number)() == ALFA_VERSION_NUMBER);
    assert_string_equal(CALL(alfa_method_info)((enum alfa_method) - 1)->name, "");
    assert_string_equal(alfa_method_info((enum alfa_method)1000)->name, "");
    assert_non_null(CALL(alfa_drop_text)((enum alfa_drop) - 1));
    assert_non_null(alfa_drop_text((enum alfa_drop)1000));
}

static void methods(void **state)
{
    enum alfa_method method = ALFA_METHOD_ALFA;
    (void)state;
    for (int i = 0; *alfa_method_info((enum alfa_method)i)->name; i++) {
        assert_int_equal(CALL(alfa_method_find)(&method, alfa_method_info((enum alfa_method)i)->name, &err),
                         ALFA_OK);
        assert_int_equal(method, i);
        assert_int_equal(alfa_method_info(method)->windows, i <= ALFA_METHOD_WINCLIP);
    }
    method = ALFA_METHOD_PADIM;
    assert_int_equal(alfa_method_find(&method, "padin", &err), ALFA_ERROR_USAGE);
    assert_string_equal(err.source, "padin");
    assert_non_null(strstr(err.message, "alfa, winclip, patchcore, padim"));
    assert_non_null(strstr(err.message, "one-class"));
    assert_int_equal(alfa_method_find(&method, "", NULL), ALFA_ERROR_USAGE);
    assert_int_equal(alfa_method_find(&method, NULL, &err), ALFA_ERROR_USAGE);
    assert_int_equal(method, ALFA_METHOD_PADIM);
    assert_int_equal(alfa_method_find(NULL, "alfa", &err), ALFA_ERROR_USAGE);
}

static void images(void **state)
{
    struct alfa_image *out = image;
    const unsigned char rgb[12] = {0};
    (void)state;
    REFUSED(NULL, CALL(alfa_image_load)(NULL, "x", &err));
    REFUSED(out, alfa_image_load(&out, NULL, &err));
    REFUSED(NULL, CALL(alfa_image_decode)(NULL, rgb, 12, "x", &err));
    REFUSED(out, alfa_image_decode(&out, NULL, 12, NULL, &err));
    struct alfa_image_options how = ALFA_IMAGE_OPTIONS_INIT;
    REFUSED(NULL, CALL(alfa_image_load_as)(NULL, "x", &how, &err));
    REFUSED(out, alfa_image_load_as(&out, NULL, &how, &err));
    REFUSED(NULL, CALL(alfa_image_decode_as)(NULL, rgb, 12, "x", &how, &err));
    REFUSED(out, alfa_image_decode_as(&out, NULL, 12, "x", NULL, &err));
    how.bits = 7;
    REFUSED(out, alfa_image_decode_as(&out, rgb, 12, "x", &how, &err));
    how.bits = 0, how.page = -1;
    REFUSED(out, alfa_image_decode_as(&out, rgb, 12, "x", &how, &err));
    how.page = 0, how.size = 3;
    REFUSED(out, alfa_image_decode_as(&out, rgb, 12, "x", &how, &err));
    assert_int_equal(CALL(alfa_image_facts)(NULL).pages, 1);
    REFUSED(NULL, CALL(alfa_image_from_rgb)(NULL, rgb, 2, 2, 6, &err));
    REFUSED(out, alfa_image_from_rgb(&out, NULL, 2, 2, 6, &err));
    REFUSED(out, alfa_image_from_rgb(&out, rgb, -2, 2, 6, &err));
    REFUSED(out, alfa_image_from_rgb(&out, rgb, 2, 0, 6, &err));
    REFUSED(out, alfa_image_from_rgb(&out, rgb, 2, 2, 5, &err));
    assert_int_equal(alfa_image_load(&out, NULL, NULL), ALFA_ERROR_USAGE);
    for (int i = 0; i < 10; i++) {
        struct alfa_frame frame = ALFA_FRAME_INIT;
        frame.format = i == 0   ? (enum alfa_frame_format)1000
                       : i == 9 ? ALFA_FRAME_BAYER_RGGB8
                                : ALFA_FRAME_RGB8;
        frame.width = i == 1 ? -1 : i == 2 ? 0 : 2;
        frame.height = i == 3 ? INT_MIN : i == 9 ? 1 : 2;
        frame.bits = i == 4 ? 99 : i == 5 ? -1 : 0;
        frame.stride = i == 6 ? 5 : 6;
        frame.pixels = i == 7 ? NULL : rgb;
        frame.size = i == 8 ? 0 : sizeof frame;
        REFUSED(out, alfa_image_from_frame(&out, &frame, &err));
    }
    REFUSED(NULL, CALL(alfa_image_from_frame)(NULL, NULL, &err));
    REFUSED(out, alfa_image_from_frame(&out, NULL, &err));
    unsigned char *bytes = NULL;
    size_t size;
    REFUSED(NULL, CALL(alfa_image_encode_png)(NULL, &size, image, &err));
    REFUSED(bytes, alfa_image_encode_png(&bytes, NULL, image, &err));
    REFUSED(bytes, alfa_image_encode_png(&bytes, &size, NULL, &err));
    CALL(alfa_free)(NULL);
    assert_int_equal(CALL(alfa_image_width)(NULL), 0);
    assert_int_equal(CALL(alfa_image_height)(NULL), 0);
    assert_null(CALL(alfa_image_rgb)(NULL));
    CALL(alfa_image_free)(NULL);
    struct alfa_object object;
    REFUSED(NULL, CALL(alfa_image_find_object)(NULL, NULL, &err));
    REFUSED(NULL, alfa_image_find_object(&object, NULL, &err));
}

static void models(void **state)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    struct alfa_model *out = f.model;
    const char *texts[2] = {"a", NULL};
    float row[2048];
    int ids[512], count;
    (void)state;
    REFUSED(NULL, CALL(alfa_model_open)(NULL, "x", NULL, &err));
    REFUSED(out, alfa_model_open(&out, NULL, NULL, &err));
    const char *const names[] = {"model.safetensors"};
    const void *const bytes[] = {"{}"}, *const none[] = {NULL};
    const size_t sizes[] = {2};
    REFUSED(NULL, CALL(alfa_model_open_memory)(NULL, names, bytes, sizes, 1, NULL, &err));
    REFUSED(out, alfa_model_open_memory(&out, NULL, bytes, sizes, 1, NULL, &err));
    REFUSED(out, alfa_model_open_memory(&out, names, NULL, sizes, 1, NULL, &err));
    REFUSED(out, alfa_model_open_memory(&out, names, bytes, NULL, 1, NULL, &err));
    REFUSED(out, alfa_model_open_memory(&out, names, none, sizes, 1, NULL, &err));
    REFUSED(out, alfa_model_open_memory(&out, names, bytes, sizes, -1, NULL, &err));
    for (int i = 0; i < 4; i++) {
        options = (struct alfa_model_options)ALFA_MODEL_OPTIONS_INIT;
        options.precision = i == 0   ? (enum alfa_precision)1000
                            : i == 1 ? (enum alfa_precision) - 1
                                     : ALFA_PRECISION_AUTO;
        options.threads = i == 2 ? -1 : i == 3 ? 1 << 30 : 0;
        REFUSED(out, alfa_model_open(&out, "models/alfa-tiny", &options, &err));
    }
    options = (struct alfa_model_options)ALFA_MODEL_OPTIONS_INIT;
    options.activation = (enum alfa_activation)1000;
    REFUSED(out, alfa_model_open(&out, "models/alfa-tiny", &options, &err));
    assert_null(CALL(alfa_model_info)(NULL));
    CALL(alfa_model_free)(NULL);
    struct alfa_convert_options how = ALFA_CONVERT_OPTIONS_INIT;
    REFUSED(NULL, CALL(alfa_model_convert)(NULL, "x", NULL, &err));
    REFUSED(NULL, alfa_model_convert(f.model, NULL, NULL, &err));
    how.numbers = (enum alfa_numbers)1000;
    REFUSED(NULL, alfa_model_convert(f.model, "x", &how, &err));
    REFUSED(NULL, CALL(alfa_model_embed_image)(NULL, f.model, image, ALFA_RESIZE_SQUASH, &err));
    REFUSED(NULL, alfa_model_embed_image(row, NULL, image, ALFA_RESIZE_SQUASH, &err));
    REFUSED(NULL, alfa_model_embed_image(row, f.model, NULL, ALFA_RESIZE_SQUASH, &err));
    REFUSED(NULL, alfa_model_embed_image(row, f.model, image, (enum alfa_resize)1000, &err));
    REFUSED(NULL, CALL(alfa_model_embed_texts)(NULL, NULL, f.model, texts, 1, &err));
    REFUSED(NULL, alfa_model_embed_texts(row, NULL, NULL, texts, 1, &err));
    REFUSED(NULL, alfa_model_embed_texts(row, NULL, f.model, NULL, 1, &err));
    REFUSED(NULL, alfa_model_embed_texts(row, NULL, f.model, texts, 2, &err));
    REFUSED(NULL, alfa_model_embed_texts(row, NULL, f.model, texts, -1, &err));
    assert_int_equal(alfa_model_embed_texts(row, NULL, f.model, texts, 0, &err), ALFA_OK);
    REFUSED(NULL, CALL(alfa_model_tokenize)(NULL, &count, NULL, f.model, "a", &err));
    REFUSED(NULL, alfa_model_tokenize(ids, NULL, NULL, f.model, "a", &err));
    REFUSED(NULL, alfa_model_tokenize(ids, &count, NULL, NULL, "a", &err));
    REFUSED(NULL, alfa_model_tokenize(ids, &count, NULL, f.model, NULL, &err));
}

static void prompts(void **state)
{
    struct alfa_prompts *out = f.prompts;
    char *path = NULL, *near = NULL;
    bool own;
    (void)state;
    REFUSED(NULL, CALL(alfa_prompts_find)(NULL, &near, &own, "prompts", "x", &err));
    REFUSED(path, alfa_prompts_find(&path, &near, &own, NULL, "x", &err));
    REFUSED(path, alfa_prompts_find(&path, &near, &own, "prompts", NULL, &err));
    REFUSED(path, alfa_prompts_find(&path, NULL, NULL, "prompts", "x", &err));
    assert_false(CALL(alfa_class_same)(NULL, "x"));
    REFUSED(NULL, CALL(alfa_prompts_open)(NULL, "x", NULL, &err));
    REFUSED(out, alfa_prompts_open(&out, NULL, NULL, &err));
    REFUSED(NULL, CALL(alfa_prompts_compose)(NULL, "x", NULL, &err));
    REFUSED(out, alfa_prompts_compose(&out, NULL, NULL, &err));
    REFUSED(NULL, CALL(alfa_prompts_winclip)(NULL, "x", &err));
    REFUSED(out, alfa_prompts_winclip(&out, NULL, &err));
    assert_null(CALL(alfa_prompts_class)(NULL));
    assert_int_equal(CALL(alfa_prompts_count)(NULL, ALFA_NORMAL), 0);
    assert_int_equal(alfa_prompts_count(f.prompts, (enum alfa_side)7), 0);
    assert_null(CALL(alfa_prompts_get)(NULL, ALFA_NORMAL, 0));
    assert_null(alfa_prompts_get(f.prompts, (enum alfa_side) - 7, 0));
    assert_null(alfa_prompts_get(f.prompts, ALFA_NORMAL, -1));
    assert_null(alfa_prompts_get(f.prompts, ALFA_NORMAL, 1 << 30));
    CALL(alfa_prompts_free)(NULL);
}

static void language_models(void **state)
{
    struct alfa_llm_options options = ALFA_LLM_OPTIONS_INIT;
    struct alfa_generation result = {0}; /* without its size */
    (void)state;
    REFUSED(NULL, CALL(alfa_prompts_generate)(NULL, NULL, "x", &options, &err));
    REFUSED(NULL, alfa_prompts_generate(NULL, "/nonexistent/x", NULL, &options, &err));
    REFUSED(NULL, alfa_prompts_generate(NULL, "/nonexistent/x", "x", NULL, &err));
    REFUSED(NULL, alfa_prompts_generate(NULL, "/nonexistent/x", "x", &options, &err)); /* no address */
    REFUSED(NULL, alfa_prompts_generate(&result, "/nonexistent/x", "x", &options, &err));
    REFUSED(NULL, CALL(alfa_descriptors_generate)(NULL, NULL, "x", &options, &err));
    options.count = -1;
    REFUSED(NULL, alfa_descriptors_generate(NULL, "/nonexistent/x", "x", &options, &err));
}

/* A choice or number of the detector that is refused. */
static void wild_option(size_t place, double number, bool real)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    struct alfa_detector *out = detector;
    const int whole = real ? 0 : (int)number;
    memcpy((char *)&options + place, real ? (void *)&number : (void *)&whole,
           real ? sizeof number : sizeof whole);
    REFUSED(out, CALL(alfa_detector_open)(&out, f.model, f.prompts, &options, &err));
}

static void detectors_options(void **state)
{
#define PLACE(member) offsetof(struct alfa_detector_options, member)
    static const size_t choices[] = {PLACE(method),      PLACE(contextual), PLACE(aligner),
                                     PLACE(image_score), PLACE(resize),     PLACE(window_mask)};
    static const size_t numbers[] = {PLACE(aligner_strength), PLACE(temperature), PLACE(threshold),
                                     PLACE(min_area), PLACE(contextual_k)};
    static const int tiles[] = {1, -2, 9, 1 << 30}, scales[] = {-1, 5, 1 << 30};
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        wild_option(choices[i], 1000, false);
        wild_option(choices[i], -1, false);
    }
    for (size_t i = 0; i < 5; i++) {
        wild_option(numbers[i], -7, true);
        wild_option(numbers[i], 1e300, true);
    }
    for (size_t i = 0; i < 4; i++) {
        wild_option(numbers[i], (double)NAN, true);
        wild_option(numbers[i], (double)INFINITY, true);
        wild_option(PLACE(tiles), tiles[i], false);
    }
    wild_option(PLACE(threshold), 7, true);
    wild_option(PLACE(temperature), 0, true);
    for (size_t i = 0; i < 3; i++)
        wild_option(PLACE(scales), scales[i], false);
}

static void detectors(void **state)
{
    struct alfa_detector *out = detector;
    struct alfa_result *result = NULL;
    (void)state;
    REFUSED(NULL, alfa_detector_open(NULL, f.model, f.prompts, NULL, &err));
    REFUSED(out, alfa_detector_open(&out, NULL, f.prompts, NULL, &err));
    REFUSED(out, alfa_detector_open(&out, f.model, NULL, NULL, &err));
    REFUSED(NULL, CALL(alfa_detector_set_roi)(NULL, image, false, &err));
    REFUSED(NULL, CALL(alfa_detector_show)(NULL, image, &err));
    REFUSED(NULL, alfa_detector_show(detector, NULL, &err));
    REFUSED(NULL, alfa_detector_show(detector, image, &err));
    REFUSED(NULL, CALL(alfa_detector_warm_up)(NULL, &err));
    REFUSED(NULL, CALL(alfa_detector_open_bank)(NULL, f.model, bank, NULL, &err));
    REFUSED(out, alfa_detector_open_bank(&out, NULL, bank, NULL, &err));
    REFUSED(out, alfa_detector_open_bank(&out, f.model, NULL, NULL, &err));
    assert_null(CALL(alfa_detector_class)(NULL));
    assert_int_equal(CALL(alfa_detector_truncated)(NULL), 0);
    CALL(alfa_detector_explain)(NULL, true);
    CALL(alfa_detector_free)(NULL);
    REFUSED(NULL, CALL(alfa_detector_use_bank)(NULL, bank, &err));
    REFUSED(NULL, CALL(alfa_detector_run)(NULL, detector, image, &err));
    REFUSED(result, alfa_detector_run(&result, NULL, image, &err));
    REFUSED(result, alfa_detector_run(&result, detector, NULL, &err));
}

static void banks(void **state)
{
    struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
    struct alfa_detector_options learned = ALFA_DETECTOR_OPTIONS_INIT;
    struct alfa_bank *out = bank;
    size_t size = 1;
    (void)state;
    REFUSED(NULL, CALL(alfa_bank_new)(NULL, detector, NULL, &err));
    REFUSED(out, alfa_bank_new(&out, NULL, NULL, &err));
    for (int i = 0; i < 8; i++) {
        options = (struct alfa_bank_options)ALFA_BANK_OPTIONS_INIT;
        options.fusion = i == 0 ? (enum alfa_fusion)42 : i == 1 ? (enum alfa_fusion) - 1 : ALFA_FUSION_AUTO;
        options.memory_weight = i == 2 ? 1.5 : i == 3 ? (double)NAN : 0.9;
        options.budget = i == 4 ? -1 : 1000;
        options.false_alarm_rate = i == 5 ? 0 : i == 6 ? (double)NAN : 0.01;
        options.map_weight = i == 7 ? 1.5 : 0.8;
        REFUSED(out, alfa_bank_new(&out, detector, &options, &err));
    }
    REFUSED(NULL, CALL(alfa_bank_add)(NULL, detector, image, "x", &err));
    REFUSED(NULL, alfa_bank_add(bank, NULL, image, "x", &err));
    REFUSED(NULL, alfa_bank_add(bank, detector, NULL, "x", &err));
    REFUSED(NULL, alfa_bank_add(bank, detector, image, NULL, &err));
    REFUSED(NULL, CALL(alfa_bank_add_known)(NULL, detector, image, "x", ALFA_ROLE_BAD, "y", &err));
    REFUSED(NULL, alfa_bank_add_known(bank, NULL, image, "x", ALFA_ROLE_BAD, "y", &err));
    REFUSED(NULL, alfa_bank_add_known(bank, detector, NULL, "x", ALFA_ROLE_BAD, NULL, &err));
    REFUSED(NULL, alfa_bank_add_known(bank, detector, image, NULL, ALFA_ROLE_BAD, NULL, &err));
    REFUSED(NULL, alfa_bank_add_known(bank, detector, image, "x", (enum alfa_role)1000, NULL, &err));
    struct alfa_lesson *lesson;
    REFUSED(NULL, CALL(alfa_bank_look)(NULL, bank, detector, image, "x", &err));
    REFUSED(lesson, alfa_bank_look(&lesson, NULL, detector, image, "x", &err));
    REFUSED(lesson, alfa_bank_look(&lesson, bank, NULL, image, "x", &err));
    REFUSED(lesson, alfa_bank_look(&lesson, bank, detector, NULL, "x", &err));
    REFUSED(lesson, alfa_bank_look(&lesson, bank, detector, image, NULL, &err));
    REFUSED(NULL, CALL(alfa_bank_take)(bank, NULL, &err));
    CALL(alfa_lesson_free)(NULL);
    REFUSED(NULL, CALL(alfa_bank_keep)(NULL, detector, image, &err));
    REFUSED(NULL, alfa_bank_keep(bank, NULL, image, &err));
    assert_null(CALL(alfa_bank_find)(NULL, image));
    assert_null(alfa_bank_find(bank, NULL));
    assert_null(CALL(alfa_bank_picture)(NULL, 0));
    assert_null(alfa_bank_picture(bank, -1));
    assert_null(alfa_bank_picture(bank, 1 << 30));
    double threshold;
    struct alfa_tradeoff tradeoff;
    struct alfa_prompts *prompts;
    REFUSED(NULL, CALL(alfa_bank_threshold)(NULL, bank, ALFA_CHOICE_GIVEN, 0.5, &err));
    REFUSED(NULL, alfa_bank_threshold(&threshold, NULL, ALFA_CHOICE_GIVEN, 0.5, &err));
    REFUSED(NULL, alfa_bank_threshold(&threshold, bank, (enum alfa_choice)1000, 0.5, &err));
    REFUSED(NULL, CALL(alfa_bank_choose)(NULL, ALFA_CHOICE_GIVEN, 0.5, &err));
    REFUSED(NULL, alfa_bank_choose(bank, ALFA_CHOICE_GIVEN, NAN, &err));
    CALL(alfa_bank_tradeoff)(NULL, bank, 0.5);
    alfa_bank_tradeoff(&tradeoff, NULL, 0.5);
    assert_true(tradeoff.bad == 0 && tradeoff.threshold == 0.5);
    REFUSED(NULL, CALL(alfa_bank_prompts)(NULL, bank, &err));
    REFUSED(prompts, alfa_bank_prompts(&prompts, NULL, &err));
    REFUSED(NULL, CALL(alfa_bank_finish)(NULL, &err));
    REFUSED(NULL, CALL(alfa_bank_save)(NULL, "/nonexistent/x", &err));
    REFUSED(NULL, alfa_bank_save(bank, NULL, &err));
    REFUSED(NULL, CALL(alfa_bank_load)(NULL, "x", &err));
    REFUSED(out, alfa_bank_load(&out, NULL, &err));
    CALL(alfa_bank_free)(NULL);
    assert_null(CALL(alfa_bank_info)(NULL));
    assert_null(CALL(alfa_bank_reference)(NULL, 0, NULL, NULL));
    assert_null(alfa_bank_reference(bank, -1, NULL, NULL));
    assert_null(alfa_bank_reference(bank, 1, NULL, &size));
    assert_int_equal(size, 0);
    REFUSED(NULL, CALL(alfa_bank_detector_options)(NULL, bank, &err));
    REFUSED(NULL, alfa_bank_detector_options(&learned, NULL, &err));
    learned.size = 0;
    REFUSED(NULL, alfa_bank_detector_options(&learned, bank, &err));
}

static void results(void **state)
{
    int width = 1, height = 1, side = 1;
    (void)state;
    assert_null(CALL(alfa_result_summary)(NULL));
    assert_null(CALL(alfa_result_times)(NULL));
    assert_null(CALL(alfa_result_settings)(NULL));
    int count = 7;
    assert_null(CALL(alfa_result_similarities)(NULL, ALFA_NORMAL, &count));
    assert_int_equal(count, 0);
    assert_null(alfa_result_similarities(NULL, (enum alfa_side)2, NULL));
    assert_null(CALL(alfa_result_map)(NULL, &width, &height));
    assert_null(CALL(alfa_result_grid)(NULL, &side));
    assert_true(width == 0 && height == 0 && side == 0);
    assert_null(alfa_result_map(NULL, NULL, NULL));
    assert_null(alfa_result_grid(NULL, NULL));
    assert_null(CALL(alfa_result_area)(NULL));
    struct alfa_image *picture = NULL;
    char *text = NULL;
    float pixel;
    REFUSED(NULL, CALL(alfa_result_map_full)(&pixel, NULL, 1, 1, &err));
    REFUSED(picture, CALL(alfa_result_overlay)(&picture, NULL, image, ALFA_OVERLAY_PLAIN, &err));
    REFUSED(text, CALL(alfa_result_json)(&text, NULL, NULL, &err));
    assert_int_equal(CALL(alfa_result_region_count)(NULL), 0);
    assert_null(CALL(alfa_result_region)(NULL, 0));
    assert_int_equal(CALL(alfa_result_prompt_count)(NULL), 0);
    assert_null(CALL(alfa_result_prompt)(NULL, 0));
    assert_null(CALL(alfa_result_embedding)(NULL));
    assert_null(CALL(alfa_result_region_embedding)(NULL, 0));
    CALL(alfa_result_free)(NULL);
}

static void indices_of_a_result(void **state)
{
    struct alfa_result *result;
    (void)state;
    assert_int_equal(alfa_detector_run(&result, detector, image, &err), ALFA_OK);
    for (int i = -1; i <= 1000000; i += 1000001) {
        assert_null(alfa_result_region(result, i));
        assert_null(alfa_result_prompt(result, i));
        assert_null(alfa_result_region_embedding(result, i));
    }
    assert_non_null(alfa_result_map(result, NULL, NULL));
    struct alfa_image *picture = NULL;
    float pixel;
    REFUSED(NULL, alfa_result_map_full(NULL, result, 1, 1, &err));
    REFUSED(NULL, alfa_result_map_full(&pixel, result, 0, -1, &err));
    REFUSED(picture, alfa_result_overlay(&picture, result, NULL, ALFA_OVERLAY_PLAIN, &err));
    REFUSED(picture, alfa_result_overlay(&picture, result, image, (enum alfa_overlay)9, &err));
    REFUSED(NULL, alfa_result_overlay(NULL, result, image, ALFA_OVERLAY_PLAIN, &err));
    REFUSED(NULL, alfa_result_json(NULL, result, NULL, &err));
    alfa_result_free(result);
}

static double score(void)
{
    struct alfa_result *result;
    assert_int_equal(alfa_detector_run(&result, detector, image, &err), ALFA_OK);
    const double found = alfa_result_summary(result)->score;
    alfa_result_free(result);
    return found;
}

/* The memory of an unfinished bank, or of another class, is not used; the one before it still is. */
static void a_bank_that_is_refused_leaves_the_old_one(void **state)
{
    struct alfa_prompts *other;
    struct alfa_detector *of_other;
    struct alfa_bank *unfinished, *foreign;
    const double without = score();
    (void)state;
    assert_int_equal(alfa_prompts_open(&other, "plate", NULL, &err), ALFA_OK);
    assert_int_equal(alfa_detector_open(&of_other, f.model, other, NULL, &err), ALFA_OK);
    assert_int_equal(alfa_bank_new(&unfinished, detector, NULL, &err), ALFA_OK);
    assert_int_equal(alfa_bank_new(&foreign, of_other, NULL, &err), ALFA_OK);
    assert_int_equal(alfa_bank_add(foreign, of_other, image, "one", &err), ALFA_OK);
    assert_int_equal(alfa_bank_finish(foreign, &err), ALFA_OK);
    assert_int_equal(alfa_detector_use_bank(detector, bank, &err), ALFA_OK);
    const double with = score();
    assert_true(with != without);
    assert_int_equal(alfa_detector_use_bank(detector, unfinished, &err), ALFA_ERROR_USAGE);
    assert_int_equal(alfa_detector_use_bank(detector, foreign, &err), ALFA_ERROR_INPUT);
    assert_true(score() == with);
    assert_int_equal(alfa_detector_use_bank(detector, NULL, &err), ALFA_OK);
    assert_true(score() == without);
    alfa_bank_free(unfinished);
    alfa_bank_free(foreign);
    alfa_detector_free(of_other);
    alfa_prompts_free(other);
}

static void the_number_of_threads_is_the_callers(void **state)
{
    float row[2048];
    const char *text = "a bottle";
    (void)state;
    omp_set_num_threads(3); /* the model has one */
    (void)score();
    assert_int_equal(omp_get_max_threads(), 3);
    assert_int_equal(alfa_model_embed_image(row, f.model, image, ALFA_RESIZE_CROP, &err), ALFA_OK);
    assert_int_equal(alfa_model_embed_texts(row, NULL, f.model, &text, 1, &err), ALFA_OK);
    struct alfa_detector *another = fixture_detector(&f, NULL);
    alfa_detector_free(another);
    assert_int_equal(omp_get_max_threads(), 3);
}

/* Names after ALFA_API in a header, up to their parenthesis. */
static int count_uncalled(const char *path)
{
    char *text;
    size_t size;
    int uncalled = 0;
    assert_int_equal(alfa__file_read(&text, &size, path, 1 << 20, NULL), ALFA_OK);
    for (char *at = text; (at = strstr(at, "\nALFA_API ")); at++) {
        char *end = strchr(at, '('), *begin = end;
        while (isalnum((unsigned char)begin[-1]) || begin[-1] == '_')
            begin--;
        *end = 0;
        bool found = false;
        for (int i = 0; i < call_count; i++)
            found = found || strcmp(called[i], begin) == 0;
        if (!found)
            print_message("%s is never called here\n", begin);
        uncalled += !found;
        *end = '(';
    }
    free(text);
    return uncalled;
}

static void nothing_was_forgotten(void **state)
{
    (void)state;
    assert_int_equal(count_uncalled("include/alfa.h"), 0);
    assert_int_equal(count_uncalled("include/alfa_llm.h"), 0);
    assert_true(call_count > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(texts_and_versions),
                                       cmocka_unit_test(methods),
                                       cmocka_unit_test(images),
                                       cmocka_unit_test(models),
                                       cmocka_unit_test(prompts),
                                       cmocka_unit_test(language_models),
                                       cmocka_unit_test(detectors_options),
                                       cmocka_unit_test(detectors),
                                       cmocka_unit_test(banks),
                                       cmocka_unit_test(results),
                                       cmocka_unit_test(indices_of_a_result),
                                       cmocka_unit_test(a_bank_that_is_refused_leaves_the_old_one),
                                       cmocka_unit_test(the_number_of_threads_is_the_callers),
                                       cmocka_unit_test(nothing_was_forgotten)};
    return cmocka_run_group_tests(tests, open_all, close_all);
}
