/* Image and pixel metrics against scikit-learn, a plain PRO in numpy (tests/reference/make_metrics.py) and
 * against definitions written out in C. */
#include "eval/metrics.h"
#include "weights/safetensors.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct alfa__tensors golden;
static uint32_t seed;

static double next_random(void)
{
    seed = seed * 1664525 + 1013904223;
    return (double)(seed >> 8) / (1 << 24);
}

static int open_golden(void **state)
{
    (void)state;
    return alfa__safetensors_open(&golden, "tests/data/eval/metrics.safetensors", NULL) != ALFA_OK;
}

static int close_golden(void **state)
{
    (void)state;
    alfa__tensors_close(&golden);
    return 0;
}

static const struct alfa__tensor *tensor(const char *kind, const char *name, const char *what)
{
    char full[128];
    snprintf(full, sizeof full, "%s/%s/%s", kind, name, what);
    const struct alfa__tensor *found = alfa__tensors_find(&golden, full);
    assert_non_null(found);
    return found;
}

static float *floats(const struct alfa__tensor *from)
{
    float *out = malloc(from->count * sizeof *out);
    assert_int_equal(from->dtype, ALFA__DTYPE_F32);
    alfa__tensor_read(from, 0, from->count, out);
    return out;
}

static int32_t integer(const struct alfa__tensor *from, size_t index)
{
    int32_t value;
    assert_int_equal(from->dtype, ALFA__DTYPE_I32);
    assert_true(index < from->count);
    memcpy(&value, from->bytes + index * sizeof value, sizeof value);
    return value;
}

static void assert_metric(struct alfa__metric got, double expected, double tolerance, const char *what)
{
    bool same =
        got.defined ? fabs(got.value - expected) <= tolerance * fmax(1, fabs(expected)) : isnan(got.value);
    if (got.defined != !isnan(expected) || !same)
        fail_msg("%s is %.9g, expected %.9g", what, got.value, expected);
}

static void assert_ranking(const struct alfa__ranking *got, const float *expected, const char *name)
{
    char what[128];
    const struct alfa__metric metrics[5] = {got->auroc, got->average_precision, got->aupr, got->f1_max,
                                            got->threshold};
    for (int i = 0; i < 5; i++) {
        snprintf(what, sizeof what, "%s: number %d", name, i);
        assert_metric(metrics[i], (double)expected[i], 1e-6, what);
    }
}

/* How many tensors have a name that starts with kind and ends with "/expected"; each is shown to check. */
static int each_case(const char *kind, void (*check)(const char *name))
{
    int count = 0;
    size_t prefix = strlen(kind) + 1;
    for (size_t i = 0; i < golden.count; i++) {
        const char *full = golden.list[i].name, *end = strrchr(full, '/');
        char name[64];
        if (strncmp(full, kind, prefix - 1) != 0 || strcmp(end, "/expected") != 0)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)(end - full - (ptrdiff_t)prefix), full + prefix);
        check(name);
        count++;
    }
    return count;
}

/* ------------------------------------------------------------------ images */

static void check_image_case(const char *name)
{
    const struct alfa__tensor *labels = tensor("images", name, "labels");
    float *scores = floats(tensor("images", name, "scores")),
          *expected = floats(tensor("images", name, "expected"));
    double *wide = malloc(labels->count * sizeof *wide);
    bool *flags = malloc(labels->count * sizeof *flags);
    struct alfa__ranking got;
    for (size_t i = 0; i < labels->count; i++) {
        wide[i] = (double)scores[i];
        flags[i] = integer(labels, i) != 0;
    }
    assert_int_equal(alfa__metrics_rank(&got, wide, flags, labels->count, NULL), ALFA_OK);
    assert_ranking(&got, expected, name);
    free(scores);
    free(expected);
    free(wide);
    free(flags);
}

static void images_as_scikit_learn(void **state)
{
    (void)state;
    assert_int_equal(each_case("images", check_image_case), 12);
}

/* Every pair of an anomalous and a normal one. */
static double plain_auroc(const double *scores, const bool *labels, int count)
{
    double won = 0, pairs = 0;
    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++)
            if (labels[i] && !labels[j]) {
                won += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
                pairs++;
            }
    return won / pairs;
}

static double plain_f1_max(const double *scores, const bool *labels, int count)
{
    double best = 0;
    for (int t = 0; t < count; t++) {
        double tp = 0, wrong = 0;
        for (int i = 0; i < count; i++) {
            tp += labels[i] && scores[i] >= scores[t];
            wrong += labels[i] != (scores[i] >= scores[t]);
        }
        best = fmax(best, 2 * tp / (2 * tp + wrong));
    }
    return best;
}

static void images_as_the_definitions(void **state)
{
    (void)state;
    seed = 7;
    for (int round = 0; round < 200; round++) {
        double scores[12];
        bool labels[12];
        struct alfa__ranking got;
        int count = 2 + (int)(next_random() * 11);
        for (int i = 0; i < count; i++) {
            scores[i] = floor(next_random() * (round % 2 ? 4 : 1000)) - 2;
            labels[i] = i < 2 ? i : next_random() < 0.5;
        }
        assert_int_equal(alfa__metrics_rank(&got, scores, labels, (size_t)count, NULL), ALFA_OK);
        assert_metric(got.auroc, plain_auroc(scores, labels, count), 1e-12, "auroc");
        assert_metric(got.f1_max, plain_f1_max(scores, labels, count), 1e-12, "f1_max");
    }
}

/* By hand: scores 3 2 2 1, labels 1 0 1 0. AP = 1/2 x 1 + 1/2 x 2/3; AUPR = 1/2 x 1 + 1/2 x (1 + 2/3) / 2. */
static void images_by_hand(void **state)
{
    (void)state;
    static const double scores[4] = {2, 3, 1, 2};
    static const bool labels[4] = {false, true, false, true};
    struct alfa__ranking got;
    assert_int_equal(alfa__metrics_rank(&got, scores, labels, 4, NULL), ALFA_OK);
    assert_metric(got.auroc, 0.875, 1e-15, "auroc");
    assert_metric(got.average_precision, 5.0 / 6, 1e-15, "ap");
    assert_metric(got.aupr, 11.0 / 12, 1e-15, "aupr");
    assert_metric(got.f1_max, 0.8, 1e-15, "f1");
    assert_metric(got.threshold, 2, 0, "threshold");
}

/* Scores 4 3 2 1, labels 1 0 0 1: F1 is 2/3 at 4 and at 1. */
static void of_equally_good_thresholds_the_highest(void **state)
{
    (void)state;
    static const double scores[4] = {4, 3, 2, 1};
    static const bool labels[4] = {true, false, false, true};
    struct alfa__ranking got;
    assert_int_equal(alfa__metrics_rank(&got, scores, labels, 4, NULL), ALFA_OK);
    assert_metric(got.f1_max, 2.0 / 3, 1e-15, "f1");
    assert_metric(got.threshold, 4, 0, "threshold");
}

static void one_class_is_undefined(void **state)
{
    (void)state;
    static const double scores[2] = {0, 1};
    for (int label = 0; label < 2; label++)
        for (size_t count = 0; count <= 2; count++) {
            const bool labels[2] = {label, label};
            struct alfa__ranking got = {.auroc = {true, 1}};
            assert_int_equal(alfa__metrics_rank(&got, scores, labels, count, NULL), ALFA_OK);
            assert_false(got.auroc.defined || got.average_precision.defined || got.aupr.defined);
            assert_false(got.f1_max.defined || got.threshold.defined);
            assert_true(isnan(got.auroc.value) && isnan(got.f1_max.value));
        }
}

static void scores_must_be_finite(void **state)
{
    (void)state;
    static const double bad[3] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        const double scores[2] = {0, bad[i]};
        static const bool labels[2] = {false, true};
        struct alfa__ranking got;
        struct alfa_error err;
        assert_int_equal(alfa__metrics_rank(&got, scores, labels, 2, &err), ALFA_ERROR_INPUT);
        assert_string_equal(err.message, "score 2 of 2 is not a finite number");
    }
}

/* ------------------------------------------------------------------ pixels */

static struct alfa__pixels *new_pixels(void)
{
    struct alfa__pixels *pixels;
    assert_int_equal(alfa__pixels_new(&pixels, NULL), ALFA_OK);
    return pixels;
}

static void add(struct alfa__pixels *pixels, const float *map, const unsigned char *mask, int width,
                int height)
{
    assert_int_equal(alfa__pixels_add(pixels, map, mask, width, height, NULL), ALFA_OK);
}

static void check_pixel_case(const char *name)
{
    const struct alfa__tensor *shape = tensor("pixels", name, "maps"),
                              *masks = tensor("pixels", name, "masks");
    const struct alfa__tensor *counts = tensor("pixels", name, "counts");
    float *maps = floats(shape), *expected = floats(tensor("pixels", name, "expected"));
    unsigned char *mask = malloc(masks->count);
    struct alfa__pixels *pixels = new_pixels();
    struct alfa__pixel_metrics got;
    size_t size = shape->shape[1] * shape->shape[2];
    for (size_t i = 0; i < masks->count; i++)
        mask[i] = (unsigned char)integer(masks, i);
    for (size_t i = 0; i < shape->shape[0]; i++)
        add(pixels, maps + i * size, mask + i * size, (int)shape->shape[2], (int)shape->shape[1]);
    alfa__pixels_measure(&got, pixels);
    assert_ranking(&got.ranking, expected, name);
    assert_metric(got.pro, (double)expected[5], 1e-6, name);
    assert_metric(got.pro_200, (double)expected[6], 1e-6, name);
    assert_int_equal(got.regions, integer(counts, 0));
    assert_int_equal(got.normal, integer(counts, 1));
    assert_int_equal(got.anomalous, integer(counts, 2));
    alfa__pixels_free(pixels);
    free(maps);
    free(expected);
    free(mask);
}

static void pixels_as_scikit_learn_and_a_plain_pro(void **state)
{
    (void)state;
    assert_int_equal(each_case("pixels", check_pixel_case), 17);
}

enum { SIDE = 5, CELLS = SIDE * SIDE };

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* PRO of one image whose regions are its rows 0, 2 and 4 where anomalous throughout: threshold by threshold.
 */
static double plain_pro(const float *map, const bool *striped)
{
    float sorted[CELLS];
    double x0 = 0, y0 = 0, area = 0;
    memcpy(sorted, map, sizeof sorted);
    qsort(sorted, CELLS, sizeof *sorted, compare_floats);
    for (int t = CELLS - 1; t >= 0; t--) {
        double fp = 0, normal = 0, overlap = 0, regions = 0;
        for (int y = 0; y < SIDE; y++) {
            double above = 0;
            for (int x = 0; x < SIDE; x++)
                above += map[y * SIDE + x] >= sorted[t];
            fp += striped[y] ? 0 : above;
            normal += striped[y] ? 0 : SIDE;
            overlap += striped[y] ? above / SIDE : 0;
            regions += striped[y];
        }
        double x1 = fp / normal, y1 = overlap / regions;
        for (int i = 0; i < 1000;
             i++) { /* midpoints of thin slices below the limit; exact for straight pieces */
            double left = x0 + (x1 - x0) * i / 1000, right = x0 + (x1 - x0) * (i + 1) / 1000;
            double at = (i + 0.5) / 1000;
            if (left < 0.3)
                area += (fmin(right, 0.3) - left) * (y0 + (y1 - y0) * at);
        }
        x0 = x1;
        y0 = y1;
    }
    return area / 0.3;
}

static void pro_as_the_definition(void **state)
{
    (void)state;
    seed = 11;
    for (int round = 0; round < 60; round++) {
        float map[CELLS];
        unsigned char mask[CELLS];
        const bool striped[SIDE] = {true, false, round % 3 > 0, false, round % 3 > 1};
        struct alfa__pixels *pixels = new_pixels();
        struct alfa__pixel_metrics got;
        for (int i = 0; i < CELLS; i++) {
            mask[i] = striped[i / SIDE];
            map[i] = (float)floor(next_random() * (round % 2 ? 6 : 1e6)) + (mask[i] ? 1 : 0);
        }
        add(pixels, map, mask, SIDE, SIDE);
        alfa__pixels_measure(&got, pixels);
        assert_int_equal(got.regions, 1 + round % 3);
        assert_metric(got.pro, plain_pro(map, striped), 1e-4, "pro");
        alfa__pixels_free(pixels);
    }
}

/* Two normal pixels at 1 and two at 0, a region of 1 at 2 and a region of 2 at 1 and 0: the curve goes from
 * (0, 1/2) to (1/2, 3/4); at 0.3 it is 0.65. */
static void pro_by_hand(void **state)
{
    (void)state;
    static const float map[7] = {2, 1, 0, 1, 0, 1, 0};
    static const unsigned char mask[7] = {1, 0, 0, 1, 1, 0, 0};
    struct alfa__pixels *pixels = new_pixels();
    struct alfa__pixel_metrics got;
    add(pixels, map, mask, 7, 1);
    alfa__pixels_measure(&got, pixels);
    assert_int_equal(got.regions, 2);
    assert_metric(got.pro, (0.5 + 0.65) / 2, 1e-12, "pro");
    assert_false(got.pro_200.defined); /* below 0.3 there is one share only */
    alfa__pixels_free(pixels);
}

static void images_of_any_size_pool(void **state)
{
    (void)state;
    static const float one[6] = {0.5f, 0.25f, -0.0f, 0.75f, 0.5f, 0}, two[2] = {0.1f, 0.9f},
                       three[1] = {0.3f};
    static const unsigned char first[6] = {1, 0, 0, 1, 0, 0}, second[2] = {0, 255};
    static const double scores[9] = {0.5, 0.25, 0, 0.75, 0.5, 0, (double)0.1f, (double)0.9f, (double)0.3f};
    static const bool labels[9] = {true, false, false, true, false, false, false, true, false};
    struct alfa__pixels *pixels = new_pixels();
    struct alfa__pixel_metrics got, early;
    struct alfa__ranking expected;
    add(pixels, one, first, 2, 3);
    alfa__pixels_measure(&early, pixels); /* measuring in between changes nothing */
    assert_int_equal(early.regions, 1);
    add(pixels, two, second, 1, 2);
    add(pixels, three, NULL, 1, 1);
    alfa__pixels_measure(&got, pixels);
    assert_int_equal(alfa__metrics_rank(&expected, scores, labels, 9, NULL), ALFA_OK);
    assert_metric(got.ranking.auroc, expected.auroc.value, 1e-15, "auroc");
    assert_metric(got.ranking.aupr, expected.aupr.value, 1e-15, "aupr");
    assert_metric(got.ranking.threshold, expected.threshold.value, 0, "threshold");
    assert_int_equal(got.regions, 2);
    assert_int_equal(got.normal, 6);
    assert_int_equal(got.anomalous, 3);
    alfa__pixels_free(pixels);
}

static void no_pixels_is_undefined(void **state)
{
    (void)state;
    struct alfa__pixels *pixels = new_pixels();
    struct alfa__pixel_metrics got = {.pro = {true, 1}};
    alfa__pixels_measure(&got, pixels);
    assert_false(got.ranking.auroc.defined || got.pro.defined || got.pro_200.defined);
    assert_true(isnan(got.pro.value));
    assert_int_equal(got.regions + got.normal + got.anomalous, 0);
    alfa__pixels_free(pixels);
    alfa__pixels_free(NULL);
}

static void a_bad_map_changes_nothing(void **state)
{
    (void)state;
    static const float good[2] = {0, 1}, bad[2] = {0, NAN};
    static const unsigned char mask[2] = {0, 1};
    struct alfa__pixels *pixels = new_pixels();
    struct alfa__pixel_metrics got;
    struct alfa_error err;
    add(pixels, good, mask, 2, 1);
    assert_int_equal(alfa__pixels_add(pixels, bad, mask, 2, 1, &err), ALFA_ERROR_INPUT);
    assert_string_equal(err.message, "the map has a score that is not a finite number");
    assert_int_equal(alfa__pixels_add(pixels, good, mask, 0, 1, &err), ALFA_ERROR_INPUT);
    assert_int_equal(alfa__pixels_add(pixels, good, mask, 2, -1, &err), ALFA_ERROR_INPUT);
    alfa__pixels_measure(&got, pixels);
    assert_int_equal(got.normal, 1);
    assert_int_equal(got.anomalous, 1);
    assert_metric(got.ranking.auroc, 1, 0, "auroc");
    alfa__pixels_free(pixels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_as_scikit_learn),
        cmocka_unit_test(images_as_the_definitions),
        cmocka_unit_test(images_by_hand),
        cmocka_unit_test(of_equally_good_thresholds_the_highest),
        cmocka_unit_test(one_class_is_undefined),
        cmocka_unit_test(scores_must_be_finite),
        cmocka_unit_test(pixels_as_scikit_learn_and_a_plain_pro),
        cmocka_unit_test(pro_as_the_definition),
        cmocka_unit_test(pro_by_hand),
        cmocka_unit_test(images_of_any_size_pool),
        cmocka_unit_test(no_pixels_is_undefined),
        cmocka_unit_test(a_bad_map_changes_nothing),
    };
    return cmocka_run_group_tests(tests, open_golden, close_golden);
}
