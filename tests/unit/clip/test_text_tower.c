/* Prompts share the tokens that they begin with: an embedding must not depend on the company or the order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clip/model.h"

#include <stdio.h>
#include <stdlib.h>

static struct alfa_error err;

static struct alfa_model *open_model(void)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    struct alfa_model *model;
    options.precision = ALFA_PRECISION_F32;
    assert_int_equal(alfa_model_open(&model, "tests/data/models/openclip-gelu", &options, &err), ALFA_OK);
    return model;
}

/* Each text's row among the others against the row it has alone. */
static void compare_with_alone(const struct alfa_model *model, const char *const *texts, int count)
{
    const int dim = model->info.embed_dim;
    float *together = calloc((size_t)count * (size_t)dim, sizeof *together);
    float *alone = calloc((size_t)dim, sizeof *alone);
    assert_int_equal(alfa__model_embed_raw(model, together, texts, count, NULL, &err), ALFA_OK);
    for (int t = 0; t < count; t++) {
        assert_int_equal(alfa__model_embed_raw(model, alone, &texts[t], 1, NULL, &err), ALFA_OK);
        assert_memory_equal(alone, together + (size_t)t * (size_t)dim, (size_t)dim * sizeof *alone);
    }
    free(together);
    free(alone);
}

static void test_shared_beginnings(void **state)
{
    static const char *const texts[] = {"a photo of a broken bottle",
                                        "a photo of a bottle",
                                        "zebra",
                                        "a photo of a bottle", /* twice */
                                        "a photo of a bottle at night",
                                        "a photo of the bottle",
                                        "",
                                        "a",
                                        "a blurry photo of a bottle",
                                        "another photo of a bottle"};
    (void)state;
    struct alfa_model *model = open_model();
    compare_with_alone(model, texts, sizeof texts / sizeof *texts);
    alfa_model_free(model);
}

/* More tokens than go through the blocks together. */
static void test_many(void **state)
{
    enum { COUNT = 150 };
    char lines[COUNT][64];
    const char *texts[COUNT];
    (void)state;
    for (int i = 0; i < COUNT; i++) {
        snprintf(lines[i], sizeof lines[i], "a photo of %d bottles and %d cans", i * 7919 % 1000, i);
        texts[i] = lines[i];
    }
    struct alfa_model *model = open_model();
    compare_with_alone(model, texts, COUNT);
    alfa_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_shared_beginnings), cmocka_unit_test(test_many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
