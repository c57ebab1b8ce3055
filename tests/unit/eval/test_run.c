/* A small data set of noise judged with a small random model: what is counted, what fails, what is not done
 * again. */
#include "base/files.h"
#include "base/strings.h"
#include "eval/run_class.h"
#include "image/write.h"
#include "unit/folder.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char root[] = "/tmp/alfa-run-XXXXXX";
static struct alfa_model *model;

static int make_root(void **state)
{
    (void)state;
    strcpy(root + strlen(root) - 6, "XXXXXX");
    return !mkdtemp(root);
}

static int remove_root(void **state)
{
    (void)state;
    return folder_remove(root);
}

static int open_model(void **state)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    (void)state;
    options.precision = ALFA_PRECISION_F32;
    return alfa_model_open(&model, "tests/data/models/openclip-quickgelu", &options, NULL) != ALFA_OK;
}

static int close_model(void **state)
{
    (void)state;
    alfa_model_free(model);
    return 0;
}

static char *under(const char *name)
{
    static char full[512];
    snprintf(full, sizeof full, "%s/%s", root, name);
    return full;
}

/* A picture of noise, or a mask: its left half is the defect. */
static void picture(const char *name, bool mask)
{
    static uint32_t seed = 1;
    unsigned char rgb[40 * 30 * 3];
    for (size_t i = 0; i < sizeof rgb; i++) {
        seed = seed * 1664525u + 1013904223u;
        rgb[i] = mask ? (i / 3 % 40 < 20 ? 255 : 0) : (unsigned char)(seed >> 24);
    }
    char *full = under(name), parent[512];
    snprintf(parent, sizeof parent, "%.*s", (int)(strrchr(full, '/') - full), full);
    assert_int_equal(alfa__folder_make(parent, NULL), ALFA_OK);
    assert_int_equal(alfa__image_write_png(full, rgb, 40, 30, NULL), ALFA_OK);
}

/* Three normal images to learn from; two normal and two anomalous ones to judge, one of these with a mask. */
static void make_class(const char *name)
{
    static const char *const files[] = {"train/good/0.png", "train/good/1.png", "train/good/2.png",
                                        "test/good/0.png",  "test/good/1.png",  "test/bent/0.png",
                                        "test/bent/1.png"};
    char path[256];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", name, files[i]);
        picture(path, false);
    }
    snprintf(path, sizeof path, "%s/ground_truth/bent/0_mask.png", name);
    picture(path, true);
}

static struct alfa__eval_options options_for(char **folder, char *out)
{
    *folder = strcpy(malloc(strlen(root) + 8), under("set"));
    snprintf(out, 512, "%s/out", root);
    return (struct alfa__eval_options){.model = model,
                                       .folders = folder,
                                       .folder_count = 1,
                                       .methods = "clip-ac,maskclip,musc,patchcore,alfa",
                                       .shots = {0, 1, 2},
                                       .shot_count = 3,
                                       .seeds = 2,
                                       .detector = ALFA_DETECTOR_OPTIONS_INIT,
                                       .out = out,
                                       .features_limit = 1000000000};
}

static void run(struct alfa__eval_outcome *outcome, const struct alfa__eval_options *options)
{
    struct alfa_error err;
    if (alfa__eval_run(outcome, options, &err) != ALFA_OK)
        fail_msg("%s: %s", err.source, err.message);
}

static void load(struct alfa__eval_results *out)
{
    struct alfa_error err;
    int spoilt;
    *out = (struct alfa__eval_results){0};
    assert_int_equal(alfa__eval_cache_load(out, &spoilt, under("out/results.jsonl"), &err), ALFA_OK);
    for (size_t i = out->count; i-- > 0;) { /* the latest of each are looked at */
        struct alfa__eval_result *r = &out->items[i];
        if (!alfa__eval_results_find(out, r->class_name, r->method, r->shots, r->seed))
            r->current = true;
    }
}

/* ------------------------------------------------------------------ tests */

static void test_everything_once(void **state)
{
    struct alfa__eval_outcome outcome;
    struct alfa__eval_results results;
    char *folder, out[512];
    (void)state;
    make_class("set/nut");
    make_class("set/bolt");
    struct alfa__eval_options options = options_for(&folder, out);
    run(&outcome, &options);
    assert_int_equal(outcome.made,
                     2 * (4 + 2 * 2 * 2)); /* zero-shot ones; two methods that learn, shots, seeds */
    assert_int_equal(outcome.reused, 0);
    assert_int_equal(outcome.failures.count, 0);
    load(&results);
    assert_int_equal(results.count, outcome.made);
    const struct alfa__eval_result *r = alfa__eval_results_find(&results, "bolt", "alfa", 2, 1);
    assert_non_null(r);
    assert_int_equal(r->normal, 2);
    assert_int_equal(r->anomalous, 2);
    assert_int_equal(r->masked, 1); /* the other is left out of the pixels, not taken as normal */
    assert_int_equal(r->references.count, 2);
    assert_true(r->values[ALFA__EVAL_PRO].defined);
    r = alfa__eval_results_find(&results, "bolt", "clip-ac", 0, 0);
    assert_true(r->values[ALFA__EVAL_IMAGE_AUROC].defined);
    assert_false(r->values[ALFA__EVAL_PIXEL_AUROC].defined); /* it has no map */
    assert_true(alfa__file_exists(under("out/report.md")) && alfa__file_exists(under("out/results.csv")) &&
                alfa__file_exists(under("out/results.json")));
    alfa__eval_results_free(&results);
    alfa__eval_outcome_free(&outcome);

    run(&outcome, &options); /* again: nothing to do */
    assert_int_equal(outcome.made, 0);
    assert_int_equal(outcome.reused, 24);
    alfa__eval_outcome_free(&outcome);
    options.detector.temperature = 0.01; /* what numbers depend on has changed */
    run(&outcome, &options);
    assert_int_equal(outcome.made, 24);
    alfa__eval_outcome_free(&outcome);
    free(folder);
}

/* Twice the same, byte for byte, but for the seconds. */
static void test_same_again(void **state)
{
    struct alfa__eval_outcome first, second;
    char *folder, out[512];
    (void)state;
    make_class("set/nut");
    struct alfa__eval_options options = options_for(&folder, out);
    options.out = NULL;
    run(&first, &options);
    run(&second, &options);
    assert_string_equal(first.markdown, second.markdown);
    alfa__eval_outcome_free(&first);
    alfa__eval_outcome_free(&second);
    free(folder);
}

/* With what the model saw kept on disk the results are the same, byte for byte, when other methods, other
 * options or a damaged file come between. */
static void test_kept_features(void **state)
{
    struct alfa__eval_outcome fresh, kept;
    char *folder, out[512], features[512];
    (void)state;
    make_class("set/nut");
    struct alfa__eval_options options = options_for(&folder, out);
    options.out = NULL;
    run(&fresh, &options);
    options.features = strcpy(features, under("seen"));
    options.methods = "clip-ac,winclip";
    run(&kept, &options);
    alfa__eval_outcome_free(&kept);
    options.methods = "clip-ac,maskclip,musc,patchcore,alfa";
    for (int again = 0; again < 3; again++) {
        run(&kept, &options);
        assert_string_equal(kept.markdown, fresh.markdown);
        alfa__eval_outcome_free(&kept);
    }
    options.detector.temperature = 0.01;
    alfa__eval_outcome_free(&fresh);
    run(&kept, &options);
    options.features = NULL;
    run(&fresh, &options);
    assert_string_equal(kept.markdown, fresh.markdown);
    alfa__eval_outcome_free(&kept);
    alfa__eval_outcome_free(&fresh);
    free(folder);
}

static double pixel_auroc(const struct alfa__eval_options *options, const char *method)
{
    struct alfa__eval_outcome outcome;
    struct alfa__eval_results results;
    run(&outcome, options);
    alfa__eval_outcome_free(&outcome);
    load(&results);
    const struct alfa__eval_result *r = alfa__eval_results_find(&results, "nut", method, 0, 0);
    assert_non_null(r);
    assert_true(r->values[ALFA__EVAL_PIXEL_AUROC].defined);
    const double value = r->values[ALFA__EVAL_PIXEL_AUROC].value;
    alfa__eval_results_free(&results);
    return value;
}

static char *read_out(const char *name)
{
    char *text, path[64];
    size_t size;
    snprintf(path, sizeof path, "out/%s", name);
    assert_int_equal(alfa__file_read(&text, &size, under(path), (size_t)1 << 20, NULL), ALFA_OK);
    return text;
}

/* Another run into the same folder adds its tables and leaves those that are there alone. */
static void test_two_runs_in_one_folder(void **state)
{
    struct alfa__eval_outcome outcome;
    char *folder, out[512];
    (void)state;
    make_class("set/nut");
    struct alfa__eval_options options = options_for(&folder, out), other;
    options.methods = "maskclip";
    options.shot_count = 1;
    run(&outcome, &options);
    alfa__eval_outcome_free(&outcome);
    char *first = read_out("report.md"), *json = read_out("results.json");
    other = options;
    other.methods = "clip-ac";
    run(&outcome, &other);
    assert_int_equal(outcome.made, 1);
    assert_non_null(strstr(outcome.notices.items[outcome.notices.count - 1].text, "report-2.md"));
    alfa__eval_outcome_free(&outcome);
    char *again = read_out("report.md"), *same = read_out("results.json"), *second = read_out("report-2.md");
    assert_string_equal(first, again);
    assert_string_equal(json, same);
    assert_non_null(strstr(second, "CLIP-AC"));
    assert_null(strstr(second, "MaskCLIP"));
    free(again), free(same), free(second);
    for (int i = 0; i < 2; i++) { /* each finds its own, and what it made before */
        run(&outcome, i ? &other : &options);
        assert_int_equal(outcome.made, 0);
        assert_int_equal(outcome.reused, 1);
        alfa__eval_outcome_free(&outcome);
    }
    assert_false(alfa__file_exists(under("out/report-3.md")));
    again = read_out("report.md");
    assert_string_equal(first, again);
    free(again), free(first), free(json), free(folder);
}

/* The noise of 40 x 30 is compared at that size instead of the model's, and both results are kept apart. */
static void test_original_size(void **state)
{
    struct alfa__eval_outcome outcome;
    char *folder, out[512];
    (void)state;
    make_class("set/nut");
    struct alfa__eval_options options = options_for(&folder, out);
    options.methods = "maskclip";
    options.shot_count = 1;
    const double at_model = pixel_auroc(&options, "maskclip");
    options.original = true;
    const double at_own = pixel_auroc(&options, "maskclip");
    assert_true(fabs(at_model - at_own) > 1e-9 && fabs(at_model - at_own) < 0.05);
    run(&outcome, &options);
    assert_int_equal(outcome.reused, 1);
    assert_non_null(strstr(outcome.markdown, "at each photograph's own size"));
    alfa__eval_outcome_free(&outcome);
    free(folder);
}

/* The rule picks the images, and panels that are missing or of other methods are drawn again, results are
 * not. */
static void test_panels(void **state)
{
    struct alfa__eval_outcome outcome;
    struct alfa_image *picture;
    char *folder, out[512], *page;
    size_t size;
    (void)state;
    make_class("set/nut & bolt");
    struct alfa__eval_options options = options_for(&folder, out);
    options.methods = "clip-ac,maskclip,winclip";
    options.shot_count = 2;
    run(&outcome, &options);
    assert_int_equal(outcome.made, 5);
    alfa__eval_outcome_free(&outcome);
    assert_int_equal(alfa__file_read(&page, &size, under("out/panels.html"), 1 << 20, NULL), ALFA_OK);
    assert_non_null(strstr(page, "nut &amp; bolt"));
    assert_non_null(strstr(page, "src=\"panels/nut%20%26%20bolt-3.png\""));
    assert_non_null(strstr(page, "highest score of the normal images by CLIP-AC"));
    assert_null(strstr(page, "middle score")); /* of two anomalous images there is none */
    free(page);
    assert_int_equal(alfa_image_load(&picture, under("out/panels/nut & bolt-1.png"), NULL), ALFA_OK);
    assert_int_equal(alfa_image_width(picture),
                     4 * 240 + 5 * 10); /* photograph, maskclip, winclip with 0 and 1 */
    alfa_image_free(picture);
    run(&outcome, &options);
    assert_int_equal(outcome.reused, 5);
    assert_int_equal(outcome.made, 0);
    alfa__eval_outcome_free(&outcome);
    options.methods = "clip-ac,maskclip"; /* another run, whose panels are made of what is known */
    run(&outcome, &options);
    assert_int_equal(outcome.reused, 2);
    assert_int_equal(outcome.made, 0);
    alfa__eval_outcome_free(&outcome);
    assert_int_equal(alfa_image_load(&picture, under("out/panels-2/nut & bolt-1.png"), NULL), ALFA_OK);
    assert_int_equal(alfa_image_width(picture), 2 * 240 + 3 * 10);
    alfa_image_free(picture);
    assert_int_equal(alfa__file_read(&page, &size, under("out/panels-2.html"), 1 << 20, NULL), ALFA_OK);
    assert_non_null(strstr(page, "src=\"panels-2/nut%20%26%20bolt-3.png\""));
    free(page);
    remove(under("out/panels-2/nut & bolt.html"));
    remove(under("out/panels-2/nut & bolt-1.png"));
    run(&outcome, &options);
    alfa__eval_outcome_free(&outcome);
    assert_true(alfa__file_exists(under("out/panels-2/nut & bolt-1.png")));
    assert_int_equal(alfa_image_load(&picture, under("out/panels/nut & bolt-1.png"), NULL), ALFA_OK);
    assert_int_equal(alfa_image_width(picture), 4 * 240 + 5 * 10); /* the first run's stay */
    alfa_image_free(picture);
    free(folder);
}

/* Whether the run makes its results anew. */
static bool makes(const struct alfa__eval_options *options)
{
    struct alfa__eval_outcome outcome;
    run(&outcome, options);
    const bool made = outcome.made > 0;
    assert_int_equal(outcome.made && outcome.reused, 0);
    alfa__eval_outcome_free(&outcome);
    return made;
}

static void plain_picture(const char *name, char value)
{
    char bytes[13 + 8 * 8] = "P5\n008 8 255\n";
    memset(bytes + sizeof bytes - 64, value, 64);
    assert_int_equal(alfa__file_write(under(name), bytes, sizeof bytes, NULL), ALFA_OK);
}

/* Results are of what the files held: a mask that was corrected, or is of someone else, and pictures of one
 * size have other numbers. */
static void test_changed_files(void **state)
{
    char *folder, out[512];
    unsigned char rgb[40 * 30 * 3] = {0};
    (void)state;
    make_class("set/nut");
    plain_picture("set/nut/test/good/2.pgm", 'a');
    struct alfa__eval_options options = options_for(&folder, out);
    options.methods = "maskclip";
    assert_true(makes(&options));
    assert_false(makes(&options));
    memset(rgb, 255, sizeof rgb / 3);
    assert_int_equal(alfa__image_write_png(under("set/nut/ground_truth/bent/0_mask.png"), rgb, 40, 30, NULL),
                     ALFA_OK);
    assert_true(makes(&options));
    assert_false(makes(&options));
    plain_picture("set/nut/test/good/2.pgm", 'b');
    assert_true(makes(&options));
    assert_false(makes(&options));
    free(folder);
}

/* A mask that nothing tells from the photographs beside it. */
static void test_flat_images(void **state)
{
    struct alfa__eval_outcome outcome;
    char *folder, out[512];
    (void)state;
    make_class("set/nut");
    picture("set/nut/test/bent/0_marked.png", true);
    struct alfa__eval_options options = options_for(&folder, out);
    options.methods = "maskclip";
    run(&outcome, &options);
    const struct alfa__notices *notices = &outcome.notices;
    assert_true(notices->count > 0);
    assert_non_null(strstr(notices->items[notices->count - 1].source, "test/bent/0_marked.png"));
    assert_non_null(strstr(notices->items[notices->count - 1].text, "no more than 8 colours, as a mask"));
    alfa__eval_outcome_free(&outcome);
    free(folder);
}

static void test_bad_images(void **state)
{
    struct alfa__eval_outcome outcome;
    struct alfa__eval_results results;
    char *folder, out[512];
    (void)state;
    make_class("set/nut");
    assert_int_equal(alfa__file_write(under("set/nut/test/good/1.png"), "no image", 8, NULL), ALFA_OK);
    assert_int_equal(alfa__file_write(under("set/nut/train/good/0.png"), "no image", 8, NULL), ALFA_OK);
    struct alfa__eval_options options = options_for(&folder, out);
    options.methods = "clip-ac,patchcore";
    options.shots[0] = 3;
    options.shots[1] = 0;
    options.shot_count = 2;
    options.seeds = 1;
    run(&outcome, &options);
    assert_int_equal(outcome.failures.count, 2); /* the image, and learning from the other one */
    assert_int_equal(outcome.made, 1);
    assert_non_null(strstr(outcome.markdown, "| nut | 1 | 2 | 1 | 1 |")); /* the others are counted */
    load(&results);
    assert_int_equal(results.count, 0); /* it is tried again next time */
    alfa__eval_results_free(&results);
    alfa__eval_outcome_free(&outcome);
    free(folder);
}

static bool stop_at_once(void *context)
{
    (void)context;
    return true;
}

static void test_stopped(void **state)
{
    struct alfa__eval_outcome outcome;
    char *folder, out[512];
    (void)state;
    make_class("set/nut");
    struct alfa__eval_options options = options_for(&folder, out);
    options.stop = stop_at_once;
    run(&outcome, &options);
    assert_true(outcome.stopped);
    assert_int_equal(outcome.made, 0);
    alfa__eval_outcome_free(&outcome);
    options.stop = NULL;
    run(&outcome, &options);
    assert_int_equal(outcome.made, 12);
    alfa__eval_outcome_free(&outcome);
    free(folder);
}

static void test_few_normals(void **state)
{
    struct alfa__eval_outcome outcome;
    char *folder, out[512];
    (void)state;
    make_class("set/nut");
    struct alfa__eval_options options = options_for(&folder, out);
    options.methods = "patchcore,clip-ac";
    options.shots[1] = 4;
    options.shot_count = 2;
    run(&outcome, &options);
    assert_int_equal(outcome.made, 1);
    assert_int_equal(outcome.failures.count, 0);
    bool said = false;
    for (size_t i = 0; i < outcome.notices.count; i++)
        said = said ||
               strstr(outcome.notices.items[i].text, "has 3 normal images to learn from: no results with 4");
    assert_true(said);
    alfa__eval_outcome_free(&outcome);

    struct alfa_error err; /* nowhere enough: no empty tables */
    options.shots[0] = 5;
    assert_int_equal(alfa__eval_run(&outcome, &options, &err), ALFA_ERROR_INPUT);
    assert_non_null(strstr(err.message, "the most are 3"));
    alfa__eval_outcome_free(&outcome);
    free(folder);
}

static void test_ablations(void **state)
{
    static const int made[] = {0, 13, 7, 5, 3};
    struct alfa__eval_outcome outcome;
    char *folder, out[512];
    (void)state;
    make_class("set/nut");
    struct alfa__eval_options options = options_for(&folder, out);
    options.methods = NULL;
    options.shot_count = 1;
    for (int a = ALFA__ABLATION_COMPONENTS; a <= ALFA__ABLATION_SCORE; a++) {
        options.ablation = (enum alfa__ablation)a;
        run(&outcome, &options);
        assert_int_equal(outcome.made, made[a]);
        assert_int_equal(outcome.failures.count, 0);
        alfa__eval_outcome_free(&outcome);
    }
    free(folder);
}

/* The normal images of a seed depend on names, not on where they are or in which order they were found. */
static void test_order(void **state)
{
    char *here[] = {"/a/0.png", "/a/1.png", "/a/2.png", "/a/3.png", "/a/4.png", "/a/5.png"};
    char *there[] = {"/b/5.png", "/b/3.png", "/b/1.png", "/b/0.png", "/b/2.png", "/b/4.png"};
    const struct alfa__class a = {.normals = {here, 6, 6, false}}, b = {.normals = {there, 6, 6, false}};
    bool differ = false;
    (void)state;
    int *first = alfa__eval_order(&a, 0);
    for (int seed = 0; seed < 4; seed++) {
        int *x = alfa__eval_order(&a, seed), *y = alfa__eval_order(&b, seed), seen = 0;
        for (int i = 0; i < 6; i++) {
            assert_string_equal(here[x[i]] + 3, there[y[i]] + 3);
            seen |= 1 << x[i];
        }
        assert_int_equal(seen, 63);
        differ = differ || memcmp(x, first, 6 * sizeof *x) != 0;
        free(x);
        free(y);
    }
    assert_true(differ);
    free(first);
}

static void test_shots(void **state)
{
    static const char *const bad[] = {"",   ",",    "1,",    "1,,2",  "-1", "x",
                                      "1x", "1001", "99999", "1,2,1", "1;2"};
    int shots[ALFA__EVAL_MAX_SHOTS], count;
    struct alfa_error err;
    (void)state;
    assert_int_equal(alfa__eval_read_shots(shots, &count, "0,1,16", &err), ALFA_OK);
    assert_int_equal(count, 3);
    assert_int_equal(shots[2], 16);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (alfa__eval_read_shots(shots, &count, bad[i], &err) != ALFA_ERROR_USAGE)
            fail_msg("\"%s\" passes", bad[i]);
    assert_int_equal(alfa__eval_read_shots(shots, &count, "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", &err),
                     ALFA_ERROR_USAGE);
}

static void test_usage(void **state)
{
    struct alfa__eval_outcome outcome;
    struct alfa_error err;
    char *folder, out[512];
    (void)state;
    make_class("set/nut");
    struct alfa__eval_options options = options_for(&folder, out);
    options.methods = "alfa,none";
    assert_int_equal(alfa__eval_run(&outcome, &options, &err), ALFA_ERROR_USAGE);
    options.methods = "alfa,alfa";
    assert_int_equal(alfa__eval_run(&outcome, &options, &err), ALFA_ERROR_USAGE);
    options.methods = ",";
    assert_int_equal(alfa__eval_run(&outcome, &options, &err), ALFA_ERROR_USAGE);
    options.methods = "patchcore";
    options.shot_count = 1; /* 0: it needs normal images */
    assert_int_equal(alfa__eval_run(&outcome, &options, &err), ALFA_ERROR_USAGE);
    options.methods = "alfa";
    options.ablation = ALFA__ABLATION_SCALES;
    assert_int_equal(alfa__eval_run(&outcome, &options, &err), ALFA_ERROR_USAGE);
    options.ablation = ALFA__ABLATION_NONE;
    char *twice[] = {folder, folder};
    options.folders = twice;
    options.folder_count = 2;
    assert_int_equal(alfa__eval_run(&outcome, &options, &err), ALFA_ERROR_USAGE);
    alfa__eval_outcome_free(&outcome);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_everything_once, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_same_again, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_kept_features, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_original_size, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_two_runs_in_one_folder, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_panels, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_changed_files, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_flat_images, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_bad_images, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_stopped, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_few_normals, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_ablations, make_root, remove_root),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_shots),
        cmocka_unit_test_setup_teardown(test_usage, make_root, remove_root),
    };
    return cmocka_run_group_tests(tests, open_model, close_model);
}
