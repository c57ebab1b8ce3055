/* Layers that multiply bytes against whole numbers and against the layer they stand for, on odd sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nn/layers.h"
#include "nn/quantised.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct alfa_error err;

static float *random_floats(size_t count, unsigned seed)
{
    float *out = calloc(count + 1, sizeof *out);
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        out[i] = (float)(seed >> 8) / 8388608.0f - 1;
    }
    return out;
}

static double activate(double x, enum alfa__activation activation)
{
    return activation == ALFA__GELU         ? 0.5 * x * erfc(-x / sqrt(2))
           : activation == ALFA__QUICK_GELU ? x / (1 + exp(-1.702 * x))
                                            : x;
}

/* The least and the largest number keep to half a step, 0 stays 0, and nothing leaves 0 .. levels. */
static void check_row(int count, int levels, float least, float largest)
{
    float *x = random_floats((size_t)count, (unsigned)count);
    uint8_t *q = malloc((size_t)count + 1);
    q[count] = 77;
    for (int i = 0; i < count; i++)
        x[i] = i == 0 ? least : i == 1 ? largest : i % 5 == 0 ? 0 : x[i] < 0 ? -x[i] * least : x[i] * largest;
    struct alfa__byte_scale row = alfa__quantise_row(x, count, levels, q);
    assert_in_range(row.zero, 0, levels);
    for (int i = 0; i < count; i++) {
        assert_in_range(q[i], 0, levels);
        assert_true(fabs((double)row.scale * (q[i] - row.zero) - x[i]) <=
                    0.5001 * row.scale + 1e-6 * fabs(x[i]));
        assert_true(x[i] != 0 || q[i] == row.zero);
    }
    assert_int_equal(q[count], 77);
    free(x), free(q);
}

static void test_rows(void **state)
{
    static const int counts[] = {1, 2, 7, 15, 16, 17, 63, 65, 129, 1000};
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (int levels = 127; levels <= 255; levels += 128) {
            check_row(counts[i], levels, -1.0f, 1.0f);
            check_row(counts[i], levels, -0.17f, 9.0f);
            check_row(counts[i], levels, -3e4f, 2.0f);
            check_row(counts[i], levels, 1e-4f, 2e-4f);
            check_row(counts[i], levels, -5.0f, -4.0f);
            check_row(counts[i], levels, 0.0f, 0.0f);
        }
}

/* y as whole numbers give it: the rows quantised here, the weights too, sums in 64 bits. */
static double expected(const float *x, const float *w, float b, int inputs)
{
    uint8_t *q = malloc((size_t)inputs);
    const struct alfa__byte_scale row = alfa__quantise_row(x, inputs, alfa__byte_levels(), q);
    float top = 0;
    long long sum = 0;
    for (int i = 0; i < inputs; i++)
        top = fabsf(w[i]) > top ? fabsf(w[i]) : top;
    const float step = top / 127;
    for (int i = 0; i < inputs; i++)
        sum += (long long)rintf(w[i] / step) * (q[i] - row.zero);
    free(q);
    return (double)row.scale * step * (double)sum + b;
}

static void check_layer(int rows, int inputs, int outputs, enum alfa__activation activation, bool add)
{
    struct alfa__arena arena = {0};
    struct alfa__quantised *layer;
    float *w = random_floats((size_t)outputs * inputs, 1), *b = random_floats((size_t)outputs, 2);
    float *x = random_floats((size_t)rows * inputs, 3), *y = random_floats((size_t)rows * outputs, 4);
    float *before = malloc((size_t)rows * outputs * sizeof *before);
    memcpy(before, y, (size_t)rows * outputs * sizeof *y);
    for (int i = 0; rows && i < inputs; i++)
        x[i] = i % 2 ? 1.0f : -1.0f, w[i] = x[i]; /* the largest sums there are */
    assert_int_equal(
        alfa__quantised_new(&layer, &(struct alfa__affine){w, b, outputs, inputs, ALFA__F32}, NULL, &err),
        ALFA_OK);
    const struct alfa__linear_call call = {
        .x = x, .y = y, .rows = rows, .activation = activation, .add = add};
    assert_int_equal(alfa__quantised_run(layer, &call, &arena, &err), ALFA_OK);
    for (int r = 0; r < rows; r++)
        for (int o = 0; o < outputs; o++) {
            double sum = expected(x + r * inputs, w + o * inputs, b[o], inputs);
            sum = activate(sum + (add ? before[r * outputs + o] : 0), activation);
            assert_true(fabs(y[r * outputs + o] - sum) < 1e-6 * (2 + fabs(sum)));
        }
    alfa__quantised_free(layer);
    alfa__arena_free(&arena);
    free(w), free(b), free(x), free(y), free(before);
}

static void test_layer(void **state)
{
    (void)state;
    check_layer(1, 1, 1, ALFA__IDENTITY, false);
    check_layer(3, 17, 5, ALFA__GELU, false);
    check_layer(65, 33, 70, ALFA__QUICK_GELU, false);
    check_layer(7, 64, 129, ALFA__IDENTITY, true);
    check_layer(301, 131, 45, ALFA__IDENTITY, false);
    check_layer(0, 8, 8, ALFA__IDENTITY, false);
}

/* Rows do not depend on those that run with them. */
static void test_rows_apart(void **state)
{
    struct alfa__arena arena = {0};
    struct alfa__quantised *layer;
    float *w = random_floats(48 * 40, 1), *x = random_floats(600 * 40, 2),
          *all = malloc(600 * 48 * sizeof *all), y[48];
    (void)state;
    assert_int_equal(
        alfa__quantised_new(&layer, &(struct alfa__affine){w, NULL, 48, 40, ALFA__F32}, NULL, &err), ALFA_OK);
    struct alfa__linear_call call = {.x = x, .y = all, .rows = 600};
    assert_int_equal(alfa__quantised_run(layer, &call, &arena, &err), ALFA_OK);
    for (int r = 0; r < 600; r += 37) {
        call = (struct alfa__linear_call){.x = x + r * 40, .y = y, .rows = 1};
        assert_int_equal(alfa__quantised_run(layer, &call, &arena, &err), ALFA_OK);
        assert_memory_equal(y, all + r * 48, sizeof y);
    }
    alfa__quantised_free(layer);
    alfa__arena_free(&arena);
    free(w), free(x), free(all);
}

/* Two layers at once give what one after the other gives, to the bit, with outliers of the second too. */
static void test_two(void **state)
{
    enum { ROWS = 301, INPUTS = 40, MIDDLE = 96, OUTPUTS = 33 };
    struct alfa__arena arena = {0};
    struct alfa__quantised *first, *second;
    float *w = random_floats(MIDDLE * INPUTS, 1), *v = random_floats(OUTPUTS * MIDDLE, 2),
          *x = random_floats(ROWS * INPUTS, 3);
    float *hidden = random_floats(ROWS * MIDDLE, 4), *y = random_floats(ROWS * OUTPUTS, 5),
          *z = random_floats(ROWS * OUTPUTS, 5);
    float largest[MIDDLE];
    (void)state;
    for (int i = 0; i < MIDDLE; i++)
        largest[i] = i == 7 || i == 90 ? 100.0f : 1.0f;
    assert_int_equal(
        alfa__quantised_new(&first, &(struct alfa__affine){w, NULL, MIDDLE, INPUTS, ALFA__F32}, NULL, &err),
        ALFA_OK);
    assert_int_equal(alfa__quantised_new(&second, &(struct alfa__affine){v, NULL, OUTPUTS, MIDDLE, ALFA__F32},
                                         largest, &err),
                     ALFA_OK);
    const struct alfa__linear_call one = {.x = x, .y = hidden, .rows = ROWS, .activation = ALFA__GELU},
                                   two = {.x = hidden, .y = y, .rows = ROWS, .add = true},
                                   both = {.x = x, .y = z, .rows = ROWS, .add = true};
    assert_int_equal(alfa__quantised_run(first, &one, &arena, &err), ALFA_OK);
    assert_int_equal(alfa__quantised_run(second, &two, &arena, &err), ALFA_OK);
    assert_int_equal(alfa__quantised_run_two(first, ALFA__GELU, second, &both, &arena, &err), ALFA_OK);
    assert_memory_equal(y, z, ROWS * OUTPUTS * sizeof *y);
    alfa__quantised_free(first);
    alfa__quantised_free(second);
    alfa__arena_free(&arena);
    free(w), free(v), free(x), free(hidden), free(y), free(z);
}

/* Relative error of a layer of 96 inputs, of which number 5 and 70 are 100 times as large as the rest. */
static double error_with_outliers(bool watched)
{
    enum { ROWS = 20, INPUTS = 96, OUTPUTS = 33 };
    struct alfa__arena arena = {0};
    struct alfa__linear *layer;
    float *w = random_floats(OUTPUTS * INPUTS, 1), *x = random_floats(ROWS * INPUTS, 2);
    float y[ROWS * OUTPUTS], exact[ROWS * OUTPUTS];
    double error = 0, size = 0;
    for (int r = 0; r < ROWS; r++)
        x[r * INPUTS + 5] *= 100, x[r * INPUTS + 70] *= -100;
    for (int o = 0; o < OUTPUTS; o++)
        w[o * INPUTS + 5] /= 100, w[o * INPUTS + 70] /= 100;
    const struct alfa__linear_call reference = {.x = x, .y = exact, .rows = ROWS},
                                   call = {.x = x, .y = y, .rows = ROWS};
    assert_int_equal(
        alfa__linear_new(&layer, &(struct alfa__affine){w, NULL, OUTPUTS, INPUTS, ALFA__F32}, &err), ALFA_OK);
    if (watched)
        assert_int_equal(alfa__linear_watch(layer, &err), ALFA_OK);
    assert_int_equal(alfa__linear_run(layer, &reference, &arena, &err), ALFA_OK);
    assert_int_equal(alfa__linear_quantise(layer, w, NULL, &err), ALFA_OK);
    assert_int_equal(alfa__linear_run(layer, &call, &arena, &err), ALFA_OK);
    for (int i = 0; i < ROWS * OUTPUTS; i++) {
        error += (y[i] - exact[i]) * (y[i] - exact[i]);
        size += exact[i] * exact[i];
    }
    alfa__linear_free(layer);
    alfa__arena_free(&arena);
    free(w), free(x);
    return sqrt(error / size);
}

static void test_outliers(void **state)
{
    (void)state;
    const double bound = alfa__byte_levels() == 255 ? 0.01 : 0.02;
    assert_true(error_with_outliers(true) < bound);
    assert_true(error_with_outliers(false) > 10 * bound);
}

/* The largest inputs that stand out are found, equal ones are not, and never more than a 32nd. */
static void test_which(void **state)
{
    float largest[96], *w = random_floats(4 * 96, 1);
    struct alfa__quantised *layer;
    const int *which;
    (void)state;
    for (int i = 0; i < 96; i++)
        largest[i] = 1 + 0.02f * (float)i;
    assert_int_equal(
        alfa__quantised_new(&layer, &(struct alfa__affine){w, NULL, 4, 96, ALFA__F32}, largest, &err),
        ALFA_OK);
    assert_int_equal(alfa__quantised_outliers(layer, &which), 0);
    alfa__quantised_free(layer);
    largest[3] = 30, largest[90] = 20, largest[50] = 9;
    assert_int_equal(
        alfa__quantised_new(&layer, &(struct alfa__affine){w, NULL, 4, 96, ALFA__F32}, largest, &err),
        ALFA_OK);
    assert_int_equal(alfa__quantised_outliers(layer, &which), 3);
    assert_int_equal(which[0], 3);
    assert_int_equal(which[1], 50);
    assert_int_equal(which[2], 90);
    alfa__quantised_free(layer);
    largest[7] = 40;
    assert_int_equal(
        alfa__quantised_new(&layer, &(struct alfa__affine){w, NULL, 4, 96, ALFA__F32}, largest, &err),
        ALFA_OK);
    assert_int_equal(alfa__quantised_outliers(layer, &which), 3);
    assert_int_equal(which[1], 7);
    alfa__quantised_free(layer);
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows),       cmocka_unit_test(test_layer),
                                       cmocka_unit_test(test_rows_apart), cmocka_unit_test(test_two),
                                       cmocka_unit_test(test_outliers),   cmocka_unit_test(test_which)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
