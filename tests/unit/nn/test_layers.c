/* Layer norm, attention and conversion against plain loops in double, on odd sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nn/attention.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct alfa_error err;

static float *random_floats(size_t count, unsigned seed)
{
    float *out = malloc((count + 1) * sizeof *out);
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        out[i] = (float)(seed >> 8) / 16777216.0f * 4 - 2;
    }
    return out;
}

static void test_layer_norm(void **state)
{
    static const int widths[] = {1, 2, 7, 16, 33, 192, 897};
    (void)state;
    for (size_t k = 0; k < sizeof widths / sizeof *widths; k++) {
        const int width = widths[k], rows = 5;
        float *x = random_floats((size_t)rows * width, 1), *gain = random_floats((size_t)width, 2);
        float *bias = random_floats((size_t)width, 3), *y = malloc((size_t)rows * width * sizeof *y);
        alfa__layer_norm(x, (struct alfa__norm){gain, bias, 1e-5}, rows, width, y, ALFA__F32);
        for (int r = 0; r < rows; r++) {
            double mean = 0, variance = 0;
            for (int i = 0; i < width; i++)
                mean += x[r * width + i] / (double)width;
            for (int i = 0; i < width; i++)
                variance += (x[r * width + i] - mean) * (x[r * width + i] - mean) / width;
            for (int i = 0; i < width; i++)
                assert_true(fabs((x[r * width + i] - mean) / sqrt(variance + 1e-5) * gain[i] + bias[i] -
                                 y[r * width + i]) < 2e-5);
        }
        free(x), free(gain), free(bias), free(y);
    }
}

static void test_bf16_rounding(void **state)
{
    static const struct {
        float value;
        uint16_t bits;
    } cases[] = {{0.0f, 0},
                 {1.0f, 0x3f80},
                 {-2.5f, 0xc020},
                 {1.00390625f, 0x3f80},
                 {1.01171875f, 0x3f82},
                 {1.0039063f + 1e-6f, 0x3f81},
                 {3.0e38f, 0x7f62}};
    uint16_t out;
    float nan = NAN;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        alfa__convert(&cases[i].value, 1, &out, ALFA__BF16);
        assert_int_equal(out, cases[i].bits);
    }
    alfa__convert(&nan, 1, &out, ALFA__BF16);
    assert_true((out & 0x7f80) == 0x7f80 && (out & 0x7f)); /* still not a number */
}

static float widen(uint16_t value)
{
    const uint32_t bits = (uint32_t)value << 16;
    float out;
    memcpy(&out, &bits, sizeof out);
    return out;
}

static double activate(double x, enum alfa__activation activation)
{
    return activation == ALFA__GELU         ? 0.5 * x * erfc(-x / sqrt(2))
           : activation == ALFA__QUICK_GELU ? x / (1 + exp(-1.702 * x))
                                            : x;
}

/* Rows in both types; bf16 is f32 inside, rounded once at the end. */
static void test_activate(void **state)
{
    (void)state;
    for (int width = 1; width < 70; width += 3)
        for (int kind = ALFA__IDENTITY; kind <= ALFA__QUICK_GELU; kind++) {
            const size_t count = 5 * (size_t)width;
            float *x = random_floats(count, 9), *y = malloc(count * sizeof *y);
            uint16_t *half = malloc((count + 1) * sizeof *half);
            for (size_t i = 0; i < count; i++)
                x[i] *= i % 3 == 0 ? 1 : i % 3 == 1 ? 4 : 100;
            alfa__convert(x, count, half, ALFA__BF16);
            half[count] = 77;
            for (size_t i = 0; i < count; i++)
                x[i] = y[i] = widen(half[i]);
            alfa__activate(y, 5, width, ALFA__F32, (enum alfa__activation)kind);
            alfa__activate(half, 5, width, ALFA__BF16, (enum alfa__activation)kind);
            for (size_t i = 0; i < count; i++) {
                const double expected = activate(x[i], (enum alfa__activation)kind);
                assert_true(fabs(y[i] - expected) < 5e-7 * (1 + fabs(x[i])));
                assert_true(fabs(widen(half[i]) - y[i]) <= fabs(y[i]) / 256);
            }
            assert_int_equal(half[count], 77);
            free(x), free(y), free(half);
        }
}

/* out of the query at a place of sequence s, one head, in double; a is f32. */
static void plain_attention(const struct alfa__attention *a, int s, int place, int head, double *out)
{
    const int start = a->starts[s], length = a->starts[s + 1] - start, width = a->head_width;
    const int n = a->causal ? place + 1 : length, column = head * width;
#define ROW(j) (size_t)(a->index ? a->index[start + (j)] : start + (j))
    const float *q = (const float *)a->q + (a->one_query ? (size_t)s : ROW(place)) * a->q_stride + column;
    const float *k = (const float *)a->k + column, *v = (const float *)a->v + column;
    double scores[512], sum = 0, largest = -1e30;
    for (int j = 0; j < n; j++) {
        scores[j] = 0;
        for (int d = 0; d < width; d++)
            scores[j] += (double)q[d] * k[ROW(j) * a->kv_stride + d] / sqrt(width);
        largest = fmax(largest, scores[j]);
    }
    for (int j = 0; j < n; j++)
        sum += scores[j] = exp(scores[j] - largest);
    for (int d = 0; d < width; d++) {
        out[d] = 0;
        for (int j = 0; j < n; j++)
            out[d] += scores[j] / sum * v[ROW(j) * a->kv_stride + d];
    }
#undef ROW
}

/* Lets a, whose q, k and v lie side by side in rows of 3 width numbers, read numbers. */
static void place_qkv(struct alfa__attention *a, const void *numbers, enum alfa__type type)
{
    const size_t size = (size_t)(a->heads * a->head_width) * alfa__type_size(type);
    a->type = a->out_type = type;
    a->q = numbers;
    a->k = (const unsigned char *)numbers + size;
    a->v = (const unsigned char *)numbers + 2 * size;
    a->q_stride = a->kv_stride = 3 * a->heads * a->head_width;
}

/* Compares every query that a, which is f32, has; got: queries x width. */
static void compare_queries(const struct alfa__attention *a, const float *got, double relative)
{
    const int width = a->heads * a->head_width, *fresh = a->fresh ? a->fresh : a->starts;
    for (int s = 0; s < a->sequences; s++) {
        const int length = a->starts[s + 1] - a->starts[s],
                  asked = a->one_query ? 1 : fresh[s + 1] - fresh[s];
        for (int i = 0; i < asked; i++)
            for (int h = 0; h < a->heads; h++) {
                double expected[128];
                plain_attention(a, s, length - asked + i, h, expected);
                const float *row =
                    got + (size_t)(a->one_query ? s : fresh[s] + i) * width + h * a->head_width;
                for (int d = 0; d < a->head_width; d++)
                    assert_true(fabs(row[d] - expected[d]) < 1e-5 + relative * fabs(expected[d]));
            }
    }
}

/* a with random numbers in f32, then in bf16: f32 inside, rounded once at the end or not at all. */
static void compare_attention(struct alfa__attention *a, int rows)
{
    struct alfa__arena arena = {0};
    const int width = a->heads * a->head_width, *fresh = a->fresh ? a->fresh : a->starts;
    const size_t numbers = (size_t)rows * 3 * width,
                 outputs = (size_t)(a->one_query ? a->sequences : fresh[a->sequences]) * width;
    float *qkv = random_floats(numbers, 9), *out = calloc(outputs, sizeof *out);
    float *apart = calloc(outputs, sizeof *apart);
    uint16_t *rounded = malloc(numbers * sizeof *rounded), *half = calloc(outputs, sizeof *half);
    place_qkv(a, qkv, ALFA__F32);
    a->out = out;
    assert_int_equal(alfa__attention_run(a, &arena, &err), ALFA_OK);
    compare_queries(a, out, 0);
    memset(out, 0, outputs * sizeof *out);
    assert_int_equal(alfa__attention_run_by(alfa__attend_narrow, a, &arena, &err), ALFA_OK);
    compare_queries(a, out, 0);

    alfa__convert(qkv, numbers, rounded, ALFA__BF16);
    place_qkv(a, rounded, ALFA__BF16);
    a->out = half;
    assert_int_equal(alfa__attention_run(a, &arena, &err), ALFA_OK);
    a->out = apart;
    a->out_type = ALFA__F32;
    assert_int_equal(alfa__attention_run(a, &arena, &err), ALFA_OK);
    for (size_t i = 0; i < numbers; i++)
        qkv[i] = widen(rounded[i]);
    for (size_t i = 0; i < outputs; i++)
        out[i] = widen(half[i]);
    place_qkv(a, qkv, ALFA__F32);
    compare_queries(a, out, 1.0 / 256);
    compare_queries(a, apart, 0);
    free(out), free(qkv), free(rounded), free(half), free(apart);
    alfa__arena_free(&arena);
}

/* Sequences of their own. */
static void check_attention(const int *lengths, int count, int heads, int head_width, bool one_query,
                            bool causal)
{
    int starts[8] = {0};
    for (int s = 0; s < count; s++)
        starts[s + 1] = starts[s] + lengths[s];
    struct alfa__attention a = {.starts = starts,
                                .sequences = count,
                                .heads = heads,
                                .head_width = head_width,
                                .one_query = one_query,
                                .causal = causal};
    compare_attention(&a, starts[count]);
}

static void test_attention(void **state)
{
    (void)state;
    check_attention((int[]){5, 5, 5}, 3, 2, 64, false, false);
    check_attention((int[]){1, 10, 3, 17}, 4, 3, 32, false, true);
    check_attention((int[]){10, 10}, 2, 1, 7, true, false);
    check_attention((int[]){16, 33, 6}, 3, 2, 80, false, false);
    check_attention((int[]){226}, 1, 2, 64, false, false);              /* a whole image */
    check_attention((int[]){5, 70, 1, 64, 63}, 5, 2, 16, false, false); /* long ones among short ones */
    check_attention((int[]){80}, 1, 2, 16, false, true);                /* long and causal */
}

/* Windows that take their tokens from one image, short and long. */
static void test_attention_index(void **state)
{
    enum { WHOLE = 71 };
    int index[10 + WHOLE] = {0, 5, 6, 0, 6, 7, 0, 7, 8, 9};
    const int starts[] = {0, 3, 6, 10, 10 + WHOLE};
    (void)state;
    for (int i = 0; i < WHOLE; i++)
        index[10 + i] = WHOLE - 1 - i;
    struct alfa__attention a = {
        .starts = starts, .index = index, .sequences = 4, .heads = 2, .head_width = 12};
    compare_attention(&a, WHOLE);
}

/* Three sentences that begin alike: 0 1 2 3, 0 1 4 5 6, 0 7. */
static void test_attention_fresh(void **state)
{
    const int index[] = {0, 1, 2, 3, 0, 1, 4, 5, 6, 0, 7}, starts[] = {0, 4, 9, 11}, fresh[] = {0, 4, 7, 8};
    (void)state;
    struct alfa__attention a = {.starts = starts,
                                .index = index,
                                .fresh = fresh,
                                .sequences = 3,
                                .heads = 3,
                                .head_width = 20,
                                .causal = true};
    compare_attention(&a, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layer_norm),      cmocka_unit_test(test_bf16_rounding),
        cmocka_unit_test(test_activate),        cmocka_unit_test(test_attention),
        cmocka_unit_test(test_attention_index), cmocka_unit_test(test_attention_fresh)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
