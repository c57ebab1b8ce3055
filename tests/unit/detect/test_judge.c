/* The whole zero-shot path on the small models, from pixels to scores, against the independent oracle of
 * tests/reference (numpy, double). */
#include "unit/golden.h"

#include "detect/judge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const models[] = {"openclip-gelu", "openclip-quickgelu", "huggingface"};
static const struct {
    const char *noun, *key;
} classes[] = {{"bottle", "bottle"}, {"metal_nut", "metal-nut"}};

static void open_model(struct golden *g, const char *name)
{
    char pixels[128], expected[128];
    snprintf(pixels, sizeof pixels, "tests/data/models/%s/golden.safetensors", name);
    snprintf(expected, sizeof expected, "tests/data/scores/end-to-end-%s.safetensors", name);
    golden_open(g, name, pixels, expected);
}

/* Number i of an expected tensor. */
static double expected(const struct golden *g, size_t i, const char *class_key, const char *name)
{
    char key[128];
    float value;
    snprintf(key, sizeof key, "%s/%s", class_key, name);
    const struct alfa__tensor *tensor = alfa__tensors_find(&g->expected, key);
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

/* Options as a detector settles them for a model without a stem. */
static struct alfa_detector_options windows_2_3(void)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    options.scales[0] = 2;
    options.scales[1] = 3;
    return options;
}

static void judge_image(struct alfa__judgement *out, struct golden *g, int image,
                        const struct alfa__prompt_embeddings *prompts,
                        const struct alfa_detector_options *options)
{
    const struct alfa__feature_request request = alfa__judge_request(options);
    struct alfa__features features;
    struct alfa_error err;
    golden_look(g, &features, image, &request);
    assert_int_equal(alfa__judge(out, &features, prompts, options, &g->arena, &err), ALFA_OK);
}

/* Compares scores and maps of one image with those under prefix ("alfa/hard/1.0", "winclip"). */
static void compare(const struct golden *g, const struct alfa__judgement *j, int image, const char *class_key,
                    const char *prefix, bool winclip, double tolerance)
{
    const size_t patches = (size_t)(g->model->info.grid * g->model->info.grid), i = (size_t)image;
    char name[96];
    snprintf(name, sizeof name, "%s/score", prefix);
    check(j->score, expected(g, i, class_key, name), tolerance, name);
    snprintf(name, sizeof name, "%s/map", prefix);
    for (size_t p = 0; p < patches; p++)
        check(j->map[p], expected(g, i * patches + p, class_key, name), tolerance, name);
    if (winclip)
        return;
    snprintf(name, sizeof name, "%s/s_global", prefix);
    check(j->global, expected(g, i, class_key, name), tolerance, name);
    snprintf(name, sizeof name, "%s/s_local", prefix);
    for (size_t p = 0; p < patches; p++)
        check(j->windows[p], expected(g, i * patches + p, class_key, name), tolerance, name);
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
        struct golden g;
        open_model(&g, models[m]);
        for (size_t c = 0; c < 2; c++) {
            struct alfa_prompts *prompts;
            struct alfa__prompt_embeddings embeddings;
            struct alfa_error err;
            assert_int_equal(alfa_prompts_open(&prompts, classes[c].noun, NULL, &err), ALFA_OK);
            embed(&embeddings, g.model, prompts);
            for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
                for (int image = 0; image < g.images; image++) {
                    struct alfa_detector_options options = windows_2_3();
                    struct alfa__judgement j;
                    options.contextual = cases[k].contextual;
                    options.aligner = ALFA_ALIGNER_R4;
                    options.aligner_strength = cases[k].strength;
                    judge_image(&j, &g, image, &embeddings, &options);
                    compare(&g, &j, image, classes[c].key, cases[k].prefix, false, 2e-5);
                    if (cases[k].contextual != ALFA_CONTEXTUAL_FILTER)
                        continue;
                    for (size_t side = 0; side < 2; side++)
                        assert_int_equal(j.kept[side], (int)expected(&g, 2 * (size_t)image + side,
                                                                     classes[c].key, "alfa/kept"));
                    assert_int_equal(j.fallback,
                                     (int)expected(&g, (size_t)image, classes[c].key, "alfa/fallback"));
                }
            free(embeddings.rows[0]);
            free(embeddings.rows[1]);
            alfa_prompts_free(prompts);
        }
        golden_close(&g);
    }
}

static void test_winclip(void **state)
{
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        struct golden g;
        open_model(&g, models[m]);
        for (size_t c = 0; c < 2; c++) {
            struct alfa_prompts *prompts;
            struct alfa__prompt_embeddings embeddings;
            struct alfa_error err;
            struct alfa_detector_options options = windows_2_3();
            options.method = ALFA_METHOD_WINCLIP;
            assert_int_equal(alfa_prompts_winclip(&prompts, classes[c].noun, &err), ALFA_OK);
            embed(&embeddings, g.model, prompts);
            for (int image = 0; image < g.images; image++) {
                struct alfa__judgement j;
                judge_image(&j, &g, image, &embeddings, &options);
                compare(&g, &j, image, classes[c].key, "winclip", true, 1e-5);
            }
            free(embeddings.rows[0]);
            free(embeddings.rows[1]);
            alfa_prompts_free(prompts);
        }
        golden_close(&g);
    }
}

/* ------------------------------------------------------------------ on one model */

static struct {
    struct golden g;
    struct alfa__prompt_embeddings embeddings; /* of a bottle */
} one;

static int open_one(void **state)
{
    struct alfa_prompts *prompts;
    struct alfa_error err;
    (void)state;
    open_model(&one.g, models[0]);
    assert_int_equal(alfa_prompts_open(&prompts, "bottle", NULL, &err), ALFA_OK);
    embed(&one.embeddings, one.g.model, prompts);
    alfa_prompts_free(prompts);
    return 0;
}

static int close_one(void **state)
{
    (void)state;
    free(one.embeddings.rows[0]);
    free(one.embeddings.rows[1]);
    golden_close(&one.g);
    return 0;
}

/* Strength 0 and no aligner are the same, bit for bit. */
static void test_strength_zero_is_none(void **state)
{
    struct alfa_detector_options zero = windows_2_3(), none = windows_2_3();
    struct alfa__judgement a, b;
    (void)state;
    zero.aligner = ALFA_ALIGNER_R4;
    zero.aligner_strength = 0;
    none.aligner = ALFA_ALIGNER_NONE;
    judge_image(&a, &one.g, 0, &one.embeddings, &zero);
    judge_image(&b, &one.g, 0, &one.embeddings, &none);
    const size_t patches = (size_t)(one.g.model->info.grid * one.g.model->info.grid);
    assert_memory_equal(a.map, b.map, patches * sizeof *a.map);
    assert_true(a.score == b.score);
}

/* Scale 1 comes from the pass over the whole image: there is nothing to align. */
static void test_patches_are_not_aligned(void **state)
{
    struct alfa_detector_options options = windows_2_3();
    struct alfa__judgement plain, aligned;
    const size_t patches = (size_t)(one.g.model->info.grid * one.g.model->info.grid);
    (void)state;
    options.scales[0] = 1;
    options.scales[1] = 0;
    options.aligner = ALFA_ALIGNER_NONE;
    judge_image(&plain, &one.g, 0, &one.embeddings, &options);
    for (options.aligner = ALFA_ALIGNER_R4; options.aligner < ALFA_ALIGNER_NONE; options.aligner++) {
        judge_image(&aligned, &one.g, 0, &one.embeddings, &options);
        assert_memory_equal(plain.map, aligned.map, patches * sizeof *plain.map);
    }
}

/* R3 on the whole path: every window's margin is m_window + (1 - <f_I, f>) m_image before the prototypes are
 * renormalised; here the plain formula with W written out, for the scores of all windows of scale 2. */
static void test_r3_by_hand(void **state)
{
    struct alfa_detector_options options = windows_2_3();
    struct alfa__features features;
    struct alfa__judgement j;
    struct alfa_error err;
    (void)state;
    options.contextual = ALFA_CONTEXTUAL_OFF;
    options.aligner = ALFA_ALIGNER_R3;
    options.scales[1] = 0;
    const struct alfa__feature_request request = alfa__judge_request(&options);
    golden_look(&one.g, &features, 0, &request);
    assert_int_equal(alfa__judge(&j, &features, &one.embeddings, &options, &one.g.arena, &err), ALFA_OK);
    const int dim = features.dim, side = features.grid - 1;
    double prototypes[2][64] = {{0}}, inverse[8][8] = {{0}}, weight[8][8] = {{0}};
    for (int s = 0; s < 2; s++) {
        double length = 0;
        for (int p = 0; p < one.embeddings.counts[s]; p++) {
            double norm = 0;
            for (int i = 0; i < dim; i++)
                norm += (double)one.embeddings.rows[s][p * dim + i] * one.embeddings.rows[s][p * dim + i];
            for (int i = 0; i < dim; i++)
                prototypes[s][i] += one.embeddings.rows[s][p * dim + i] / sqrt(norm);
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
}

/* Different windows give different embeddings: a map of one value would mean that attention left its window.
 */
static void test_map_is_not_constant(void **state)
{
    struct alfa_detector_options options = windows_2_3();
    struct alfa__judgement j;
    double low = 2, high = -1;
    (void)state;
    judge_image(&j, &one.g, 1, &one.embeddings, &options);
    for (int i = 0; i < one.g.model->info.grid * one.g.model->info.grid; i++) {
        low = j.map[i] < low ? j.map[i] : low;
        high = j.map[i] > high ? j.map[i] : high;
    }
    assert_true(high - low > 1e-3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_alfa),
                                       cmocka_unit_test(test_winclip),
                                       cmocka_unit_test(test_strength_zero_is_none),
                                       cmocka_unit_test(test_patches_are_not_aligned),
                                       cmocka_unit_test(test_r3_by_hand),
                                       cmocka_unit_test(test_map_is_not_constant)};
    return cmocka_run_group_tests(tests, open_one, close_one);
}
