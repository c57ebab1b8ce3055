/* Every compared method on the small random models against tests/reference/make_methods.py, which is written
 * from the formulas and shares no code with it. */
#include "unit/golden.h"

#include "image/smooth.h"
#include "methods/share.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE 1e-4
#define NOUN "metal nut"

/* own_pixels: other pictures than the model's, of which some are to learn from. */
static void open_model(struct golden *g, const char *name, bool own_pixels)
{
    char pixels[128], expected[128];
    snprintf(pixels, sizeof pixels, "tests/data/models/%s/golden.safetensors", name);
    snprintf(expected, sizeof expected, "tests/data/methods/%s.safetensors", name);
    golden_open(g, name, own_pixels ? expected : pixels, expected);
}

static void check(const struct golden *g, const char *name, size_t i, double ours, double tolerance)
{
    float value;
    const struct alfa__tensor *tensor = alfa__tensors_find(&g->expected, name);
    if (!tensor)
        fail_msg("no %s", name);
    assert_true(i < tensor->count);
    alfa__tensor_read(tensor, i, 1, &value);
    if (!(fabs(ours - (double)value) <= tolerance))
        fail_msg("%s [%zu]: %.9g instead of %.9g", name, i, ours, (double)value);
}

/* The largest absolute number of an expected tensor: maps of different methods have different scales. */
static double scale_of(const struct golden *g, const char *name)
{
    float value;
    double largest = 0;
    const struct alfa__tensor *tensor = alfa__tensors_find(&g->expected, name);
    for (size_t i = 0; tensor && i < tensor->count; i++) {
        alfa__tensor_read(tensor, i, 1, &value);
        largest = fmax(largest, fabs((double)value));
    }
    return largest;
}

static void compare(const struct golden *g, const char *key, size_t image,
                    const struct alfa__verdict *verdict)
{
    char name[96];
    const size_t cells = (size_t)(verdict->side * verdict->side);
    snprintf(name, sizeof name, "%s/score", key);
    check(g, name, image, verdict->score, TOLERANCE * scale_of(g, name));
    snprintf(name, sizeof name, "%s/map", key);
    for (size_t p = 0; p < cells; p++)
        check(g, name, image * cells + p, verdict->map[p], TOLERANCE * scale_of(g, name));
}

/* ------------------------------------------------------------------ zero-shot */

static void check_zero_shot(struct golden *g, const char *name, const char *key, bool texture)
{
    const struct alfa__method *method = alfa__method_find(name);
    struct alfa__method_setup setup = ALFA__METHOD_SETUP_INIT;
    struct alfa__feature_request request;
    struct alfa_error err;
    void *state;
    setup.model = g->model;
    setup.noun = NOUN;
    setup.texture = texture;
    assert_non_null(method);
    assert_int_equal(method->open(&state, &setup, &err), ALFA_OK);
    method->request(state, &request);
    for (int i = 0; i < g->images; i++) {
        struct alfa__features features;
        struct alfa__verdict verdict;
        golden_look(g, &features, i, &request);
        assert_int_equal(method->score(state, &verdict, &features, &g->arena, &err), ALFA_OK);
        compare(g, key, (size_t)i, &verdict);
    }
    method->free(state);
}

static void test_zero_shot(void **state)
{
    static const char *const models[] = {"openclip-gelu", "openclip-quickgelu", "huggingface"};
    static const char *const names[] = {"clip-ac", "one-class", "maskclip", "trans-mm", "anovl"};
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        struct golden g;
        open_model(&g, models[m], false);
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            check_zero_shot(&g, names[i], names[i], false);
        check_zero_shot(&g, "anovl", "anovl-texture", true);
        golden_close(&g);
    }
}

/* ------------------------------------------------------------------ scale 1 */

/* Patch tokens of the whole image's pass, beside windows and a layer that needs the same tokens. */
static void test_patches(void **state)
{
    static const char *const models[] = {"openclip-gelu", "openclip-quickgelu", "huggingface"};
    const struct alfa__feature_request request = {.scales = {2, 1}, .layers = {{false, 0}}, .layer_count = 1};
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        struct golden g;
        open_model(&g, models[m], false);
        for (int i = 0; i < g.images; i++) {
            struct alfa__features features;
            golden_look(&g, &features, i, &request);
            const struct alfa__windows *patches = &features.windows[1];
            const size_t numbers = (size_t)(patches->count * features.dim);
            assert_int_equal(patches->scale, 1);
            assert_int_equal(patches->count, features.grid * features.grid);
            for (size_t k = 0; k < numbers; k++)
                check(&g, "patches/embeddings", (size_t)i * numbers + k, (double)patches->embeddings[k],
                      1e-5);
        }
        golden_close(&g);
    }
}

/* With a region of interest only its patches, and none of them depends on the others: with all inside they
 * are as without, with half inside they see less. */
static void test_patches_inside(void **state)
{
    struct golden g;
    struct alfa__features all, full, half;
    struct alfa__feature_request request = {.scales = {1}};
    unsigned char inside[64];
    (void)state;
    open_model(&g, "openclip-gelu", false);
    const int patches = g.model->info.grid * g.model->info.grid, dim = g.model->info.embed_dim;
    golden_look(&g, &all, 0, &request);
    memset(inside, 1, sizeof inside);
    request.inside = inside;
    golden_look(&g, &full, 0, &request);
    assert_memory_equal(full.windows[0].embeddings, all.windows[0].embeddings,
                        (size_t)(patches * dim) * sizeof(float));
    memset(inside, 0, 7);
    golden_look(&g, &half, 0, &request);
    assert_int_equal(half.windows[0].count, patches - 7);
    assert_int_equal(half.windows[0].places[0], 7);
    assert_memory_not_equal(half.windows[0].embeddings, all.windows[0].embeddings + 7 * dim,
                            (size_t)dim * sizeof(float));
    golden_close(&g);
}

/* ------------------------------------------------------------------ few-shot */

#define NORMAL 3 /* pictures to learn from; the others are judged */

static void check_few_shot(struct golden *g, const char *name, const char *label, int shots, double coreset)
{
    const struct alfa__method *method = alfa__method_find(name);
    struct alfa__method_setup setup = ALFA__METHOD_SETUP_INIT;
    struct alfa__reference_image references[NORMAL];
    struct alfa__features known[NORMAL];
    struct alfa__feature_request request;
    struct alfa_error err;
    char key[64];
    void *state;
    setup.model = g->model;
    setup.noun = NOUN;
    setup.coreset = coreset;
    setup.neighbours = 2;
    setup.dimensions = 12;
    assert_int_equal(method->open(&state, &setup, &err), ALFA_OK);
    method->request(state, &request);
    for (int i = 0; i < shots; i++) {
        golden_look(g, &known[i], i, &request);
        references[i] = (struct alfa__reference_image){.name = "normal", .features = &known[i]};
    }
    assert_int_equal(method->learn(state, references, shots, &err), ALFA_OK);
    snprintf(key, sizeof key, "%s/%d", label, shots);
    for (int i = NORMAL; i < g->images; i++) {
        struct alfa__features features;
        struct alfa__verdict verdict;
        golden_look(g, &features, i, &request);
        assert_int_equal(method->score(state, &verdict, &features, &g->arena, &err), ALFA_OK);
        compare(g, key, (size_t)(i - NORMAL), &verdict);
    }
    method->free(state);
}

static void test_few_shot(void **state)
{
    struct golden g;
    (void)state;
    open_model(&g, "openclip-quickgelu", true);
    for (int shots = 1; shots <= NORMAL; shots += NORMAL - 1) {
        check_few_shot(&g, "patchcore", "patchcore", shots, 1);
        check_few_shot(&g, "patchcore", "patchcore-half", shots, 0.5);
        check_few_shot(&g, "padim", "padim", shots, 1);
        check_few_shot(&g, "spade", "spade", shots, 1);
    }
    golden_close(&g);
}

static void test_mutual(void **state)
{
    const struct alfa__method *method = alfa__method_find("musc");
    struct alfa__method_setup setup = ALFA__METHOD_SETUP_INIT;
    struct alfa__feature_request request;
    struct alfa__features features;
    struct alfa__verdict verdicts[6];
    struct alfa_error err;
    struct golden g;
    void *musc;
    (void)state;
    open_model(&g, "openclip-quickgelu", true);
    assert_int_equal(g.images, 6);
    setup.model = g.model;
    setup.noun = NOUN;
    assert_int_equal(method->open(&musc, &setup, &err), ALFA_OK);
    method->request(musc, &request);
    for (int i = 0; i < g.images; i++) {
        golden_look(&g, &features, i, &request);
        assert_int_equal(method->score(musc, &verdicts[i], &features, &g.arena, &err), ALFA_OK);
    }
    assert_int_equal(method->finish(musc, verdicts, 5, &g.arena, &err), ALFA_ERROR_INPUT);
    assert_int_equal(method->finish(musc, verdicts, g.images, &g.arena, &err), ALFA_OK);
    for (int i = 0; i < g.images; i++)
        compare(&g, "musc", (size_t)i, &verdicts[i]);
    method->free(musc);
    golden_close(&g);
}

/* ------------------------------------------------------------------ sharing */

/* Each method gives the same numbers alone and from the pass that all of them share, which has all windows.
 * Every second window alone lies in other parts than among all of them, which shows in the last digits where
 * a row's product depends on its part (docs/models.md). */
static void check_shared_pass(int stride)
{
    const double most = stride == 1 ? 0 : 1e-6;
    struct alfa__method_setup setup = ALFA__METHOD_SETUP_INIT;
    struct alfa__feature_request all = {.values = false}, own[16];
    struct alfa__features shared, alone, view;
    struct alfa__verdict a, b;
    struct alfa_error err;
    struct golden g;
    void *states[16];
    open_model(&g, "openclip-gelu", false);
    setup.model = g.model;
    setup.detector.window_stride = stride;
    setup.noun = NOUN;
    for (int m = 0; alfa__methods[m]; m++) {
        assert_int_equal(alfa__methods[m]->open(&states[m], &setup, &err), ALFA_OK);
        alfa__methods[m]->request(states[m], &own[m]);
        assert_int_equal(alfa__request_join(&all, &own[m], &err), ALFA_OK);
    }
    golden_look(&g, &shared, 1, &all);
    for (int m = 0; alfa__methods[m]; m++) {
        const struct alfa__method *method = alfa__methods[m];
        if (method->zero_shot && !method->finish) {
            alfa__features_view(&view, &shared, &all, &own[m]);
            golden_look(&g, &alone, 1, &own[m]);
            assert_int_equal(method->score(states[m], &a, &view, &g.arena, &err), ALFA_OK);
            assert_int_equal(method->score(states[m], &b, &alone, &g.arena, &err), ALFA_OK);
            assert_true(fabs(a.score - b.score) <= most);
            assert_int_equal(a.side, b.side);
            for (int i = 0; i < a.side * a.side; i++)
                assert_true(fabs(a.map[i] - b.map[i]) <= most);
        }
        method->free(states[m]);
    }
    golden_close(&g);
}

static void test_shared_pass(void **state)
{
    (void)state;
    check_shared_pass(1);
    check_shared_pass(2);
}

static void test_too_many_layers(void **state)
{
    struct alfa__feature_request all = {.values = false}, one = {.layer_count = 1};
    struct alfa_error err;
    (void)state;
    for (int i = 1; i <= ALFA__MAX_TAPS; i++) {
        one.layers[0] = (struct alfa__layer){false, i};
        assert_int_equal(alfa__request_join(&all, &one, &err), ALFA_OK);
        assert_int_equal(alfa__request_join(&all, &one, &err), ALFA_OK); /* once is enough */
    }
    one.layers[0] = (struct alfa__layer){true, 0};
    assert_int_equal(alfa__request_join(&all, &one, &err), ALFA_ERROR_LIMIT);
}

static void test_smooth(void **state)
{
    static const struct {
        const char *name;
        double sigma;
    } cases[] = {{"smooth/4", 4}, {"smooth/1.5", 1.5}};
    struct golden g;
    struct alfa_error err;
    float map[9 * 23];
    (void)state;
    open_model(&g, "openclip-quickgelu", true);
    for (size_t c = 0; c < 2; c++) {
        const struct alfa__tensor *in = alfa__tensors_find(&g.expected, "smooth/in");
        alfa__tensor_read(in, 0, in->count, map);
        assert_int_equal(alfa__smooth(map, 23, 9, cases[c].sigma, &g.arena, &err), ALFA_OK);
        for (size_t i = 0; i < in->count; i++)
            check(&g, cases[c].name, i, (double)map[i], 1e-6);
    }
    golden_close(&g);
}

static void test_find(void **state)
{
    (void)state;
    assert_ptr_equal(alfa__method_find("alfa"), alfa__methods[0]);
    assert_null(alfa__method_find("ALFA"));
    assert_null(alfa__method_find(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zero_shot),
        cmocka_unit_test(test_patches),
        cmocka_unit_test(test_patches_inside),
        cmocka_unit_test(test_few_shot),
        cmocka_unit_test(test_mutual),
        cmocka_unit_test(test_shared_pass),
        cmocka_unit_test(test_too_many_layers),
        cmocka_unit_test(test_smooth),
        cmocka_unit_test(test_find),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
