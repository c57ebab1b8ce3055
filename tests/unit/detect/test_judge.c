/* The whole zero-shot path on the small models, from pixels to scores, against the independent oracle of
 * tests/reference (numpy, double). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "detect/judge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const models[] = {"openclip-gelu", "openclip-quickgelu", "huggingface"};
static const struct {
    const char *noun, *key;
} classes[] = {{"bottle", "bottle"}, {"metal_nut", "metal-nut"}};

struct fixture {
    struct alfa_model *model;
    struct alfa__safetensors golden, expected;
    float *pixels;
    int images;
    struct alfa__arena arena;
};

static void open_fixture(struct fixture *f, const char *name)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    struct alfa_error err;
    char path[256];
    *f = (struct fixture){0};
    options.precision = ALFA_PRECISION_F32;
    snprintf(path, sizeof path, "tests/data/models/%s", name);
    assert_int_equal(alfa_model_open(&f->model, path, &options, &err), ALFA_OK);
    snprintf(path, sizeof path, "tests/data/models/%s/golden.safetensors", name);
    assert_int_equal(alfa__safetensors_open(&f->golden, path, &err), ALFA_OK);
    snprintf(path, sizeof path, "tests/data/scores/end-to-end-%s.safetensors", name);
    assert_int_equal(alfa__safetensors_open(&f->expected, path, &err), ALFA_OK);
    const struct alfa__tensor *pixels = alfa__safetensors_find(&f->golden, "pixels");
    assert_non_null(pixels);
    f->images = (int)pixels->shape[0];
    f->pixels = malloc(pixels->count * sizeof *f->pixels);
    alfa__tensor_read(pixels, 0, pixels->count, f->pixels);
}

static void close_fixture(struct fixture *f)
{
    free(f->pixels);
    alfa__arena_free(&f->arena);
    alfa__safetensors_close(&f->golden);
    alfa__safetensors_close(&f->expected);
    alfa_model_free(f->model);
}

/* Number i of an expected tensor. */
static double expected(const struct fixture *f, size_t i, const char *class_key, const char *name)
{
    char key[128];
    float value;
    snprintf(key, sizeof key, "%s/%s", class_key, name);
    const struct alfa__tensor *tensor = alfa__safetensors_find(&f->expected, key);
    if (!tensor)
        fail_msg("no %s", key);
    assert_true(i < tensor->count);
    if (tensor->dtype == ALFA__DTYPE_I32) {
        int32_t whole;
        memcpy(&whole, tensor->bytes + 4 * i, 4);
        return whole;
    }
    alfa__tensor_read(tensor, i, 1, &value);
    return value;
}

static void check(double ours, double theirs, double tolerance, const char *what)
{
    if (!(fabs(ours - theirs) <= tolerance))
        fail_msg("%s: %.9f instead of %.9f", what, ours, theirs);
}

static void embed(struct alfa__prompt_embeddings *out, const struct alfa_model *model,
                  const struct alfa_prompts *prompts)
{
    struct alfa_error err;
    out->dim = alfa_model_info(model)->embed_dim;
    for (int side = 0; side < 2; side++) {
        const int count = out->counts[side] = alfa_prompts_count(prompts, (enum alfa_side)side);
        const char **texts = malloc((size_t)count * sizeof *texts);
        for (int i = 0; i < count; i++)
            texts[i] = alfa_prompts_get(prompts, (enum alfa_side)side, i);
        out->rows[side] = malloc((size_t)count * (size_t)out->dim * sizeof(float));
        assert_int_equal(alfa__model_embed_raw(model, out->rows[side], texts, count, NULL, &err), ALFA_OK);
        free(texts);
    }
}

static void judge_image(struct alfa__judgement *out, struct fixture *f, int image,
                        const struct alfa__prompt_embeddings *prompts,
                        const struct alfa_detector_options *options)
{
    const struct alfa__feature_request request = alfa__judge_request(options);
    const size_t side = (size_t)alfa_model_info(f->model)->image_size;
    struct alfa__features features;
    struct alfa_error err;
    assert_int_equal(alfa__features_from_pixels(f->model, &features,
                                                f->pixels + (size_t)image * 3 * side * side, &request,
                                                &f->arena, &err),
                     ALFA_OK);
    assert_int_equal(alfa__judge(out, &features, prompts, options, &f->arena, &err), ALFA_OK);
}

/* Compares scores and maps of one image with those under prefix ("alfa/hard/1.0", "winclip"). */
static void compare(const struct fixture *f, const struct alfa__judgement *j, int image,
                    const char *class_key, const char *prefix, bool winclip, double tolerance)
{
    const size_t patches = (size_t)(f->model->info.grid * f->model->info.grid), i = (size_t)image;
    char name[96];
    snprintf(name, sizeof name, "%s/score", prefix);
    check(j->score, expected(f, i, class_key, name), tolerance, name);
    snprintf(name, sizeof name, "%s/map", prefix);
    for (size_t p = 0; p < patches; p++)
        check(j->map[p], expected(f, i * patches + p, class_key, name), tolerance, name);
    if (winclip)
        return;
    snprintf(name, sizeof name, "%s/s_global", prefix);
    check(j->global, expected(f, i, class_key, name), tolerance, name);
    snprintf(name, sizeof name, "%s/s_local", prefix);
    for (size_t p = 0; p < patches; p++)
        check(j->windows[p], expected(f, i * patches + p, class_key, name), tolerance, name);
}

static void test_alfa(void **state)
{
    static const struct {
        const char *prefix;
        enum alfa_contextual contextual;
        double strength;
    } cases[] = {{"alfa/hard/0.0", ALFA_CONTEXTUAL_FILTER, 0.0},
                 {"alfa/hard/0.5", ALFA_CONTEXTUAL_FILTER, 0.5},
                 {"alfa/hard/1.0", ALFA_CONTEXTUAL_FILTER, 1.0},
                 {"alfa/weighted/1.0", ALFA_CONTEXTUAL_WEIGHTED, 1.0},
                 {"alfa/off/1.0", ALFA_CONTEXTUAL_OFF, 1.0}};
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        struct fixture f;
        open_fixture(&f, models[m]);
        for (size_t c = 0; c < 2; c++) {
            struct alfa_prompts *prompts;
            struct alfa__prompt_embeddings embeddings;
            struct alfa_error err;
            assert_int_equal(alfa_prompts_open(&prompts, classes[c].noun, NULL, &err), ALFA_OK);
            embed(&embeddings, f.model, prompts);
            for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
                for (int image = 0; image < f.images; image++) {
                    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
                    struct alfa__judgement j;
                    options.contextual = cases[k].contextual;
                    options.aligner = ALFA_ALIGNER_R4;
                    options.aligner_strength = cases[k].strength;
                    judge_image(&j, &f, image, &embeddings, &options);
                    compare(&f, &j, image, classes[c].key, cases[k].prefix, false, 2e-5);
                    if (cases[k].contextual != ALFA_CONTEXTUAL_FILTER)
                        continue;
                    for (size_t side = 0; side < 2; side++)
                        assert_int_equal(j.kept[side], (int)expected(&f, 2 * (size_t)image + side,
                                                                     classes[c].key, "alfa/kept"));
                    assert_int_equal(j.fallback,
                                     (int)expected(&f, (size_t)image, classes[c].key, "alfa/fallback"));
                }
            free(embeddings.rows[0]);
            free(embeddings.rows[1]);
            alfa_prompts_free(prompts);
        }
        close_fixture(&f);
    }
}

static void test_winclip(void **state)
{
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        struct fixture f;
        open_fixture(&f, models[m]);
        for (size_t c = 0; c < 2; c++) {
            struct alfa_prompts *prompts;
            struct alfa__prompt_embeddings embeddings;
            struct alfa_error err;
            struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
            options.method = ALFA_METHOD_WINCLIP;
            assert_int_equal(alfa_prompts_winclip(&prompts, classes[c].noun, &err), ALFA_OK);
            embed(&embeddings, f.model, prompts);
            for (int image = 0; image < f.images; image++) {
                struct alfa__judgement j;
                judge_image(&j, &f, image, &embeddings, &options);
                compare(&f, &j, image, classes[c].key, "winclip", true, 1e-5);
            }
            free(embeddings.rows[0]);
            free(embeddings.rows[1]);
            alfa_prompts_free(prompts);
        }
        close_fixture(&f);
    }
}

/* Strength 0 and no aligner are the same, bit for bit. */
static void test_strength_zero_is_none(void **state)
{
    struct alfa_detector_options zero = ALFA_DETECTOR_OPTIONS_INIT, none = ALFA_DETECTOR_OPTIONS_INIT;
    struct alfa_prompts *prompts;
    struct alfa__prompt_embeddings embeddings;
    struct alfa__judgement a, b;
    struct alfa_error err;
    struct fixture f;
    (void)state;
    open_fixture(&f, models[0]);
    assert_int_equal(alfa_prompts_open(&prompts, "bottle", NULL, &err), ALFA_OK);
    embed(&embeddings, f.model, prompts);
    zero.aligner = ALFA_ALIGNER_R4;
    zero.aligner_strength = 0;
    none.aligner = ALFA_ALIGNER_NONE;
    judge_image(&a, &f, 0, &embeddings, &zero);
    judge_image(&b, &f, 0, &embeddings, &none);
    const size_t patches = (size_t)(f.model->info.grid * f.model->info.grid);
    assert_memory_equal(a.map, b.map, patches * sizeof *a.map);
    assert_true(a.score == b.score);
    free(embeddings.rows[0]);
    free(embeddings.rows[1]);
    alfa_prompts_free(prompts);
    close_fixture(&f);
}

/* R3 on the whole path: every window's margin is m_window + (1 - <f_I, f>) m_image before the prototypes are
 * renormalised; here the plain formula with W written out, for the scores of all windows of scale 2. */
static void test_r3_by_hand(void **state)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    struct alfa_prompts *prompts;
    struct alfa__prompt_embeddings embeddings;
    struct alfa__features features;
    struct alfa__judgement j;
    struct alfa_error err;
    struct fixture f;
    (void)state;
    open_fixture(&f, models[0]);
    assert_int_equal(alfa_prompts_open(&prompts, "bottle", NULL, &err), ALFA_OK);
    embed(&embeddings, f.model, prompts);
    options.contextual = ALFA_CONTEXTUAL_OFF;
    options.aligner = ALFA_ALIGNER_R3;
    options.scales[1] = 0;
    const struct alfa__feature_request request = alfa__judge_request(&options);
    assert_int_equal(alfa__features_from_pixels(f.model, &features, f.pixels, &request, &f.arena, &err),
                     ALFA_OK);
    assert_int_equal(alfa__judge(&j, &features, &embeddings, &options, &f.arena, &err), ALFA_OK);
    const int dim = features.dim, side = features.grid - 1;
    double prototypes[2][64] = {{0}}, inverse[8][8] = {{0}}, weight[8][8] = {{0}};
    for (int s = 0; s < 2; s++) {
        double length = 0;
        for (int p = 0; p < embeddings.counts[s]; p++) {
            double norm = 0;
            for (int i = 0; i < dim; i++)
                norm += (double)embeddings.rows[s][p * dim + i] * embeddings.rows[s][p * dim + i];
            for (int i = 0; i < dim; i++)
                prototypes[s][i] += embeddings.rows[s][p * dim + i] / sqrt(norm);
        }
        for (int i = 0; i < dim; i++)
            length += prototypes[s][i] * prototypes[s][i];
        for (int i = 0; i < dim; i++)
            prototypes[s][i] /= sqrt(length);
    }
    for (int w = 0; w < side * side; w++) {
        const float *window = features.windows[0].embeddings + w * dim;
        double cosines[2];
        for (int s = 0; s < 2; s++) {
            double dot = 0, aligned[64], length = 0;
            cosines[s] = 0;
            for (int i = 0; i < dim; i++)
                dot += features.image[i] * prototypes[s][i];
            for (int i = 0; i < dim; i++) {
                aligned[i] = prototypes[s][i] + ((double)window[i] - features.image[i]) * dot;
                length += aligned[i] * aligned[i];
            }
            for (int i = 0; i < dim; i++)
                cosines[s] += window[i] * aligned[i] / sqrt(length);
        }
        const double score = 1 / (1 + exp((cosines[0] - cosines[1]) / options.temperature));
        for (int y = w / side; y <= w / side + 1; y++)
            for (int x = w % side; x <= w % side + 1; x++) {
                inverse[y][x] += 1 / score;
                weight[y][x] += 1;
            }
    }
    for (int y = 0; y < features.grid; y++)
        for (int x = 0; x < features.grid; x++)
            check(j.windows[y * features.grid + x], weight[y][x] / inverse[y][x], 1e-6, "R3");
    free(embeddings.rows[0]);
    free(embeddings.rows[1]);
    alfa_prompts_free(prompts);
    close_fixture(&f);
}

/* Different windows give different embeddings: a map of one value would mean that attention left its window.
 */
static void test_map_is_not_constant(void **state)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    struct alfa_prompts *prompts;
    struct alfa__prompt_embeddings embeddings;
    struct alfa__judgement j;
    struct alfa_error err;
    struct fixture f;
    double low = 2, high = -1;
    (void)state;
    open_fixture(&f, models[0]);
    assert_int_equal(alfa_prompts_open(&prompts, "bottle", NULL, &err), ALFA_OK);
    embed(&embeddings, f.model, prompts);
    judge_image(&j, &f, 1, &embeddings, &options);
    for (int i = 0; i < f.model->info.grid * f.model->info.grid; i++) {
        low = j.map[i] < low ? j.map[i] : low;
        high = j.map[i] > high ? j.map[i] : high;
    }
    assert_true(high - low > 1e-3);
    free(embeddings.rows[0]);
    free(embeddings.rows[1]);
    alfa_prompts_free(prompts);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_alfa), cmocka_unit_test(test_winclip),
                                       cmocka_unit_test(test_strength_zero_is_none),
                                       cmocka_unit_test(test_r3_by_hand),
                                       cmocka_unit_test(test_map_is_not_constant)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
