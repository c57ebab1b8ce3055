/* A block whose products are all of bytes, as only wide towers have them, computes nearly what it did before.
 */
#include "unit/fixture.h"

#include "clip/model.h"
#include "score/vectors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1, SEQUENCES = 3, ROWS = 30 };

static struct alfa_error err;

/* What the block adds to x. */
static void run(float *added, const struct alfa__transformer *t, const float *x)
{
    static const int starts[] = {0, 5, 15, ROWS};
    const struct alfa__sequences sequences = {.starts = starts, .count = SEQUENCES, .rows = ROWS};
    struct alfa__arena arena = {0};
    const int numbers = ROWS * t->width;
    memcpy(added, x, (size_t)numbers * sizeof *x);
    assert_int_equal(alfa__transformer_block(t, BLOCK, added, &sequences, &arena, &err), ALFA_OK);
    for (int i = 0; i < numbers; i++)
        added[i] -= x[i];
    alfa__arena_free(&arena);
}

static void check(enum alfa_precision precision, bool with_out)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    struct alfa_model *model;
    const struct alfa__image_tower *tower;
    const struct alfa__quantising what = {BLOCK, true, with_out};
    options.precision = precision;
    assert_int_equal(alfa_model_open(&model, "tests/data/models/openclip-gelu", &options, &err), ALFA_OK);
    assert_int_equal(alfa__model_image_tower(model, &tower, &err), ALFA_OK);
    const struct alfa__transformer *t = &tower->transformer;
    assert_true(BLOCK < t->layers - 1);
    const size_t numbers = (size_t)ROWS * (size_t)t->width;
    float *x = malloc(numbers * sizeof *x), *before = malloc(numbers * sizeof *x),
          *after = malloc(numbers * sizeof *x);
    uint32_t state = 7;
    for (size_t i = 0; i < numbers; i++)
        x[i] = (float)((state = state * 1664525u + 1013904223u) >> 8) / 8388608.0f - 1.0f;
    run(before, t, x);
    assert_int_equal(alfa__transformer_watch(t, &what, &err), ALFA_OK);
    run(after, t, x);
    assert_memory_equal(before, after, numbers * sizeof *x);
    assert_int_equal(
        alfa__transformer_quantise(t, &what, &model->weights, "visual.transformer.resblocks", &err), ALFA_OK);
    run(after, t, x);
    double worst = 1;
    for (int r = 0; r < ROWS; r++)
        worst = fmin(worst, alfa__cosine_ff(before + r * t->width, after + r * t->width, t->width));
    print_message("%s, out %d: %.6f\n", precision == ALFA_PRECISION_F32 ? "f32" : "bf16", with_out, worst);
    assert_true(worst > 0.999 && worst < 0.9999999);
    free(x), free(before), free(after);
    alfa_model_free(model);
}

static void test_block(void **state)
{
    (void)state;
    check(ALFA_PRECISION_F32, false);
    check(ALFA_PRECISION_F32, true);
    if (alfa__has_bf16())
        check(ALFA_PRECISION_BF16, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_block)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
