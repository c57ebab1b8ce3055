/* Layer norm, attention and conversion against plain loops in double, on odd sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nn/layers.h"

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
        alfa__layer_norm(x, gain, bias, 1e-5, rows, width, y, ALFA__F32);
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

/* out of one query of one head, in double. */
static void plain_attention(const struct alfa__attention *a, int sequence, int query, int head, double *out)
{
    const int start = a->starts[sequence], length = a->starts[sequence + 1] - start, width = a->head_width;
    const int n = a->causal ? query + 1 : length, row = a->first_only ? sequence : start + query;
    double scores[512], sum = 0, largest = -1e30;
    for (int j = 0; j < n; j++) {
        scores[j] = 0;
        for (int d = 0; d < width; d++)
            scores[j] += (double)a->q[row * a->q_stride + head * width + d] *
                         a->k[(start + j) * a->kv_stride + head * width + d] / sqrt(width);
        largest = fmax(largest, scores[j]);
    }
    for (int j = 0; j < n; j++)
        sum += scores[j] = exp(scores[j] - largest);
    for (int d = 0; d < width; d++) {
        out[d] = 0;
        for (int j = 0; j < n; j++)
            out[d] += scores[j] / sum * a->v[(start + j) * a->kv_stride + head * width + d];
    }
}

static void check_attention(const int *lengths, int count, int heads, int head_width, bool first_only,
                            bool causal)
{
    struct alfa__arena arena = {0};
    int starts[8] = {0};
    for (int s = 0; s < count; s++)
        starts[s + 1] = starts[s] + lengths[s];
    const int rows = starts[count], width = heads * head_width, queries = first_only ? count : rows;
    float *qkv = random_floats((size_t)rows * 3 * width, 9),
          *out = calloc((size_t)queries * width, sizeof *out);
    const struct alfa__attention a = {qkv,    qkv + width, qkv + 2 * width, 3 * width,  3 * width,
                                      starts, count,       heads,           head_width, first_only,
                                      causal, out,         ALFA__F32};
    assert_int_equal(alfa__attention_run(&a, &arena, &err), ALFA_OK);
    for (int s = 0; s < count; s++)
        for (int i = 0; i < (first_only ? 1 : lengths[s]); i++)
            for (int h = 0; h < heads; h++) {
                double expected[64];
                plain_attention(&a, s, i, h, expected);
                const float *got = out + (size_t)(first_only ? s : starts[s] + i) * width + h * head_width;
                for (int d = 0; d < head_width; d++)
                    assert_true(fabs(got[d] - expected[d]) < 1e-5);
            }
    free(qkv), free(out);
    alfa__arena_free(&arena);
}

static void test_attention(void **state)
{
    (void)state;
    check_attention((int[]){5, 5, 5}, 3, 2, 64, false, false);
    check_attention((int[]){1, 10, 3, 17}, 4, 3, 32, false, true);
    check_attention((int[]){10, 10}, 2, 1, 7, true, false);
    check_attention((int[]){226}, 1, 2, 64, false, false); /* long: through oneDNN */
    check_attention((int[]){60, 60}, 2, 2, 16, false, false);
    check_attention((int[]){60}, 1, 2, 16, false, true); /* long and causal: plain */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_layer_norm),
                                       cmocka_unit_test(test_bf16_rounding),
                                       cmocka_unit_test(test_attention)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
