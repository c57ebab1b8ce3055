/* src/score against tests/reference/oracle.py: same inputs, numbers computed in double and stored as f32. */
#include "score/aligner.h"
#include "score/contextual.h"
#include "score/fusion.h"
#include "unit/score/support.h"
#include "weights/safetensors.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define SCORES "tests/data/scores/"
#define TAU 0.07
#define MAX_DIM 64
#define MAX_PATCHES 225
/* Stored f32 are off by 3e-8; the rest is order of summation. */
#define TOLERANCE 1e-7

static struct alfa__tensors open_file(const char *path)
{
    struct alfa__tensors file = {0};
    struct alfa_error err;
    if (alfa__safetensors_open(&file, path, &err) != ALFA_OK)
        fail_msg("%s: %s", err.source, err.message);
    return file;
}

static const struct alfa__tensor *find(const struct alfa__tensors *file, const char *format, va_list args)
{
    char name[128];
    vsnprintf(name, sizeof name, format, args);
    const struct alfa__tensor *tensor = alfa__tensors_find(file, name);
    if (!tensor)
        fail_msg("no tensor %s", name);
    return tensor;
}

/* All numbers of an F32 tensor; freed with free(). */
__attribute__((format(printf, 2, 3))) static float *floats(const struct alfa__tensors *file,
                                                           const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const struct alfa__tensor *tensor = find(file, format, args);
    va_end(args);
    float *out = malloc((tensor->count + 1) * sizeof *out);
    assert_non_null(out);
    assert_int_equal(tensor->dtype, ALFA__DTYPE_F32);
    alfa__tensor_read(tensor, 0, tensor->count, out);
    return out;
}

/* Number at index of an I32 tensor. */
static int integer(const struct alfa__tensors *file, int index, const char *format, ...)
{
    va_list args;
    int32_t value;
    va_start(args, format);
    const struct alfa__tensor *tensor = find(file, format, args);
    va_end(args);
    assert_int_equal(tensor->dtype, ALFA__DTYPE_I32);
    assert_in_range(index, 0, tensor->count - 1);
    memcpy(&value, tensor->bytes + (size_t)index * sizeof value, sizeof value);
    return value;
}

static int rows(const struct alfa__tensors *file, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const struct alfa__tensor *tensor = find(file, format, args);
    va_end(args);
    return (int)tensor->shape[0];
}

/* Compares with an F32 tensor from its number first on. */
static void assert_tensor(const struct alfa__tensors *file, const double *values, int first, int count,
                          const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const struct alfa__tensor *tensor = find(file, format, args);
    va_end(args);
    assert_in_range(first + count, 1, tensor->count);
    for (int i = 0; i < count; i++) {
        float expected;
        alfa__tensor_read(tensor, (size_t)(first + i), 1, &expected);
        if (!(fabs(values[i] - expected) <= TOLERANCE))
            fail_msg("%s[%d]: %.9g is not %.9g", tensor->name, first + i, values[i], expected);
    }
}

/* The list "cases" of a file's metadata. */
static json_t *open_cases(const struct alfa__tensors *file)
{
    json_t *metadata = json_loads(file->metadata, 0, NULL);
    json_t *cases = json_loads(json_string_value(json_object_get(metadata, "cases")), 0, NULL);
    json_decref(metadata);
    assert_true(json_is_array(cases));
    return cases;
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* ------------------------------------------------------------------ Eq. 2-4, prototypes */

static const char *const side_names[2] = {"normal", "abnormal"};
static const struct {
    enum alfa_contextual how;
    const char *name;
} readings[3] = {
    {ALFA_CONTEXTUAL_FILTER, "hard"}, {ALFA_CONTEXTUAL_WEIGHTED, "weighted"}, {ALFA_CONTEXTUAL_OFF, "off"}};

/* An image's prompts: embeddings, cosines, weights. */
struct sides {
    float *prompts[2];
    int counts[2];
    double cosines[2][128], weights[2][128];
    struct alfa__selection selection;
};

static void close_sides(struct sides *sides)
{
    free(sides->prompts[0]);
    free(sides->prompts[1]);
}

/* Eq. 2-4 and both prototypes for one image. */
static void make_prototypes(struct sides *sides, double *prototypes, const float *image, int dim,
                            enum alfa_contextual how)
{
    sides->selection = (struct alfa__selection){.weights = {sides->weights[0], sides->weights[1]}};
    for (int side = 0; side < 2; side++)
        alfa__contextual_cosines(sides->cosines[side], image, sides->prompts[side], sides->counts[side], dim);
    alfa__contextual_select(&sides->selection, how, 1,
                            (const double *const[]){sides->cosines[0], sides->cosines[1]}, sides->counts);
    for (int side = 0; side < 2; side++)
        alfa__prototype(prototypes + side * dim, sides->prompts[side], sides->weights[side],
                        sides->counts[side], dim);
}

static void check_selection(const struct alfa__tensors *file, const struct sides *sides, const char *name)
{
    double intervals[4];
    struct alfa__interval of[2];
    assert_int_equal(sides->selection.fallback, integer(file, 0, "%s/fallback", name));
    for (int side = 0; side < 2; side++) {
        of[side] = alfa__contextual_interval(sides->cosines[side], sides->counts[side]);
        intervals[2 * side] = of[side].low;
        intervals[2 * side + 1] = of[side].high;
    }
    assert_tensor(file, intervals, 0, 4, "%s/intervals", name);
    for (int side = 0; side < 2; side++) {
        assert_tensor(file, sides->cosines[side], 0, sides->counts[side], "%s/distances_%s", name,
                      side_names[side]);
        for (int i = 0; i < sides->counts[side]; i++) {
            double score = alfa__contextual_score(sides->cosines[side][i], of[0], of[1], 1);
            assert_tensor(file, &score, i, 1, "%s/scores_%s", name, side_names[side]);
            assert_int_equal(score > 0, integer(file, i, "%s/positive_%s", name, side_names[side]));
            assert_int_equal(sides->weights[side][i] > 0,
                             integer(file, i, "%s/kept_%s", name, side_names[side]));
        }
    }
}

static void check_contextual(const struct alfa__tensors *file, const char *name)
{
    float *image = floats(file, "%s/image", name);
    double prototypes[2 * MAX_DIM];
    struct sides sides;
    int dim = rows(file, "%s/image", name);
    for (int side = 0; side < 2; side++) {
        sides.prompts[side] = floats(file, "%s/%s", name, side_names[side]);
        sides.counts[side] = rows(file, "%s/%s", name, side_names[side]);
    }
    for (int r = 0; r < 3; r++) {
        make_prototypes(&sides, prototypes, image, dim, readings[r].how);
        double score = alfa__score(image, prototypes, dim, TAU);
        if (readings[r].how != ALFA_CONTEXTUAL_OFF)
            check_selection(file, &sides, name);
        assert_tensor(file, prototypes, 0, 2 * dim, "%s/prototypes_%s", name, readings[r].name);
        assert_tensor(file, &score, 0, 1, "%s/s_global_%s", name, readings[r].name);
    }
    close_sides(&sides);
    free(image);
}

static void test_contextual(void **state)
{
    struct alfa__tensors file = open_file(SCORES "contextual.safetensors");
    json_t *cases = open_cases(&file);
    (void)state;
    assert_int_equal(json_array_size(cases), 18);
    for (size_t i = 0; i < json_array_size(cases); i++)
        check_contextual(&file, text_of(json_array_get(cases, i), "name"));
    json_decref(cases);
    alfa__tensors_close(&file);
}

static void test_prototypes(void **state)
{
    struct alfa__tensors file = open_file(SCORES "prototypes.safetensors");
    float *embeddings = floats(&file, "embeddings");
    double out[24];
    (void)state;
    alfa__prototype(out, embeddings, NULL, 11, 24);
    assert_tensor(&file, out, 0, 24, "mean_of_unit");
    alfa__prototype_of_raw(out, embeddings, 11, 24);
    assert_tensor(&file, out, 0, 24, "unit_of_mean");
    free(embeddings);
    alfa__tensors_close(&file);
}

/* ------------------------------------------------------------------ the aligner, Eq. 11 */

/* Token rows of window w: its patches, without the class token (row 0). Returns how many. */
static int window_tokens(int *tokens, int w, int grid, int side)
{
    int windows = grid - side + 1, count = 0;
    for (int i = 0; i < side * side; i++)
        tokens[count++] = 1 + (w / windows + i / side) * grid + w % windows + i % side;
    return count;
}

static void check_pooled(const struct alfa__tensors *file, const float *image, const double *prototypes,
                         const float *window, int side, int w, double alpha, double ridge, const char *name)
{
    const struct alfa__aligner aligner = {alpha, ridge, 24};
    double out[48];
    alfa__align_pooled(&aligner, out, prototypes, image, window);
    double score = alfa__score(window, out, 24, TAU);
    assert_tensor(file, &score, w, 1, "window%d_scores_%s_%.1f", side, name, alpha);
}

static void check_window(const struct alfa__tensors *file, const float *image, const double *prototypes,
                         const float *values, const float *window, const float *window_values, int side,
                         int w, double alpha)
{
    const struct alfa__aligner aligner = {alpha, ALFA__ALIGNER_RIDGE_TOKENS, 24};
    double out[48];
    int tokens[ALFA__ALIGNER_MAX_TOKENS], count = window_tokens(tokens, w, 4, side);
    const struct alfa__patches patches = {values, tokens, window_values, count};
    alfa__align_tokens(&aligner, out, prototypes, &patches);
    double score = alfa__score(window, out, 24, TAU);
    assert_tensor(file, out, 48 * w, 48, "window%d_prototypes_r4_%.1f", side, alpha);
    assert_tensor(file, &score, w, 1, "window%d_scores_r4_%.1f", side, alpha);
    if (alpha == 0)
        assert_tensor(file, &score, w, 1, "window%d_scores_none", side);
    alfa__align_procrustes(&aligner, out, prototypes, &patches);
    score = alfa__score(window, out, 24, TAU);
    assert_tensor(file, &score, w, 1, "window%d_scores_procrustes_%.1f", side, alpha);
    check_pooled(file, image, prototypes, window, side, w, alpha, 0.1, "r3");
    check_pooled(file, image, prototypes, window, side, w, alpha, 0, "r3_exact");
}

static void test_aligner(void **state)
{
    static const double alphas[] = {0, 0.5, 1};
    struct alfa__tensors file = open_file(SCORES "aligner.safetensors");
    float *image = floats(&file, "image"), *single = floats(&file, "prototypes"),
          *values = floats(&file, "value_tokens");
    double prototypes[48];
    (void)state;
    for (int i = 0; i < 48; i++)
        prototypes[i] = single[i];
    double global = alfa__score(image, prototypes, 24, TAU);
    assert_tensor(&file, &global, 0, 1, "s_global");
    for (int side = 2; side <= 3; side++) {
        float *windows = floats(&file, "window%d_embeddings", side),
              *tokens = floats(&file, "window%d_value_tokens", side);
        int count = rows(&file, "window%d_embeddings", side);
        for (int i = 0; i < 3 * count; i++) {
            int w = i / 3;
            check_window(&file, image, prototypes, values, windows + w * 24, tokens + w * side * side * 24,
                         side, w, alphas[i % 3]);
        }
        free(windows);
        free(tokens);
    }
    free(image);
    free(single);
    free(values);
    alfa__tensors_close(&file);
}

/* ------------------------------------------------------------------ aggregation, Eq. 12 */

static void widen(double *out, const float *in, int count)
{
    for (int i = 0; i < count; i++)
        out[i] = in[i];
}

static void check_harmonic(const struct alfa__tensors *file, const json_t *record)
{
    const char *name = text_of(record, "name");
    const json_t *scales = json_object_get(record, "scales");
    int grid = (int)json_integer_value(json_object_get(record, "grid")), count = (int)json_array_size(scales),
        patches = grid * grid;
    double scores[MAX_PATCHES], maps[3][MAX_PATCHES], out[MAX_PATCHES];
    const double *pointers[3] = {maps[0], maps[1], maps[2]};
    float *global = floats(file, "%s/s_global", name);
    for (int k = 0; k < count; k++) {
        int side = (int)json_integer_value(json_array_get(scales, (size_t)k));
        float *windows = floats(file, "%s/window%d_scores", name, side);
        widen(scores, windows, rows(file, "%s/window%d_scores", name, side));
        alfa__harmonic_scale(maps[k], scores, grid, side);
        assert_tensor(file, maps[k], 0, patches, "%s/scale%d", name, side);
        free(windows);
    }
    alfa__harmonic_with_global(out, pointers, count, patches, global[0]);
    assert_tensor(file, out, 0, patches, "%s/map", name);
    alfa__harmonic_maps(out, pointers, count, patches);
    assert_tensor(file, out, 0, patches, "%s/s_local", name);
    double score = alfa__image_score(global[0], alfa__local_score(out, patches));
    assert_tensor(file, &score, 0, 1, "%s/score", name);
    free(global);
}

static void test_harmonic(void **state)
{
    struct alfa__tensors file = open_file(SCORES "harmonic.safetensors");
    json_t *cases = open_cases(&file);
    (void)state;
    assert_int_equal(json_array_size(cases), 4);
    for (size_t i = 0; i < json_array_size(cases); i++)
        check_harmonic(&file, json_array_get(cases, i));
    json_decref(cases);
    alfa__tensors_close(&file);
}

/* ------------------------------------------------------------------ the whole, from embeddings */

/* What a model's golden file says about its images. */
struct embeddings {
    float *images, *values, *windows[4], *window_values[4]; /* the last two by window side */
    int grid, dim, tokens;
};

static struct embeddings read_embeddings(const struct alfa__tensors *golden)
{
    struct embeddings e = {.images = floats(golden, "image_embeddings"),
                           .values = floats(golden, "value_tokens")};
    const struct alfa__tensor *values = alfa__tensors_find(golden, "value_tokens");
    e.tokens = (int)values->shape[1];
    e.dim = (int)values->shape[2];
    e.grid = (int)lround(sqrt(e.tokens - 1));
    for (int side = 2; side <= 3; side++) {
        e.windows[side] = floats(golden, "window%d_embeddings", side);
        e.window_values[side] = floats(golden, "window%d_value_tokens", side);
    }
    return e;
}

static void free_embeddings(struct embeddings *e)
{
    free(e->images);
    free(e->values);
    for (int side = 2; side <= 3; side++) {
        free(e->windows[side]);
        free(e->window_values[side]);
    }
}

/* Scores of one image's windows of one side. */
static int score_windows(double *scores, const struct embeddings *e, int image, int side,
                         const double *prototypes, double alpha)
{
    const struct alfa__aligner aligner = {alpha, ALFA__ALIGNER_RIDGE_TOKENS, e->dim};
    int windows = (e->grid - side + 1) * (e->grid - side + 1), tokens[ALFA__ALIGNER_MAX_TOKENS];
    for (int w = 0; w < windows; w++) {
        double aligned[2 * MAX_DIM];
        int row = image * windows + w, count = window_tokens(tokens, w, e->grid, side);
        const struct alfa__patches patches = {e->values + image * e->tokens * e->dim, tokens,
                                              e->window_values[side] + (row * (count + 1) + 1) * e->dim,
                                              count};
        alfa__align_tokens(&aligner, aligned, prototypes, &patches);
        scores[w] = alfa__score(e->windows[side] + row * e->dim, aligned, e->dim, TAU);
    }
    return windows;
}

/* Everything from prototypes to the image score; at: the start of the tensors' names. */
static void check_image(const struct alfa__tensors *file, const struct embeddings *e, int image,
                        const double *prototypes, double alpha, bool winclip, const char *at)
{
    double scores[MAX_PATCHES], maps[2][MAX_PATCHES], out[MAX_PATCHES];
    const double *pointers[2] = {maps[0], maps[1]};
    int patches = e->grid * e->grid;
    double global = alfa__score(e->images + image * e->dim, prototypes, e->dim, TAU);
    for (int side = 2; side <= 3; side++) {
        int count = score_windows(scores, e, image, side, prototypes, alpha);
        assert_tensor(file, scores, image * count, count, "%s/window%d_scores", at, side);
        alfa__harmonic_scale(maps[side - 2], scores, e->grid, side);
    }
    alfa__harmonic_with_global(out, pointers, 2, patches, global);
    assert_tensor(file, out, image * patches, patches, "%s/map", at);
    alfa__harmonic_maps(out, pointers, 2, patches);
    double score = winclip ? global : alfa__image_score(global, alfa__local_score(out, patches));
    assert_tensor(file, &score, image, 1, "%s/score", at);
    if (winclip)
        return;
    assert_tensor(file, out, image * patches, patches, "%s/s_local", at);
    assert_tensor(file, &global, image, 1, "%s/s_global", at);
}

static void check_alfa(const struct alfa__tensors *file, const struct embeddings *e, const char *noun)
{
    static const struct {
        int reading;
        double alpha;
    } runs[] = {{0, 0}, {0, 0.5}, {0, 1}, {1, 1}, {2, 1}};
    struct sides sides;
    double prototypes[2 * MAX_DIM];
    char at[64];
    for (int side = 0; side < 2; side++) {
        sides.prompts[side] = floats(file, "%s/alfa/%s", noun, side_names[side]);
        sides.counts[side] = 72;
    }
    for (int i = 0; i < 10; i++) {
        int image = i % 2, reading = runs[i / 2].reading;
        make_prototypes(&sides, prototypes, e->images + image * e->dim, e->dim, readings[reading].how);
        if (reading == 0)
            for (int side = 0; side < 2; side++)
                assert_int_equal(sides.selection.kept[side],
                                 integer(file, 2 * image + side, "%s/alfa/kept", noun));
        if (reading < 2)
            assert_int_equal(sides.selection.fallback, integer(file, image, "%s/alfa/fallback", noun));
        snprintf(at, sizeof at, "%s/alfa/%s/%.1f", noun, readings[reading].name, runs[i / 2].alpha);
        check_image(file, e, image, prototypes, runs[i / 2].alpha, false, at);
    }
    close_sides(&sides);
}

static void check_winclip(const struct alfa__tensors *file, const struct embeddings *e, const char *noun)
{
    float *single = floats(file, "%s/winclip/prototypes", noun);
    double prototypes[2 * MAX_DIM];
    char at[64];
    widen(prototypes, single, 2 * e->dim);
    snprintf(at, sizeof at, "%s/winclip", noun);
    for (int image = 0; image < 2; image++)
        check_image(file, e, image, prototypes, 0, true, at);
    free(single);
}

static void test_end_to_end(void **state)
{
    static const char *const models[] = {"openclip-gelu", "openclip-quickgelu", "huggingface"},
                             *const nouns[] = {"bottle", "metal-nut"};
    char path[128];
    (void)state;
    for (int m = 0; m < 3; m++) {
        snprintf(path, sizeof path, "tests/data/models/%s/golden.safetensors", models[m]);
        struct alfa__tensors golden = open_file(path);
        snprintf(path, sizeof path, SCORES "end-to-end-%s.safetensors", models[m]);
        struct alfa__tensors file = open_file(path);
        struct embeddings e = read_embeddings(&golden);
        for (int n = 0; n < 2; n++) {
            check_alfa(&file, &e, nouns[n]);
            check_winclip(&file, &e, nouns[n]);
        }
        free_embeddings(&e);
        alfa__tensors_close(&file);
        alfa__tensors_close(&golden);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contextual), cmocka_unit_test(test_prototypes), cmocka_unit_test(test_aligner),
        cmocka_unit_test(test_harmonic),   cmocka_unit_test(test_end_to_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
