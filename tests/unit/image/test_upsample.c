/* Bilinear enlarging against the formula of torch's interpolate and against values that torch printed. */
#include "image/upsample.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* F.interpolate(torch.tensor([[[[0., 1.], [2., 3.]]]]), size=(4, 4), mode="bilinear") */
static void two_by_two_as_torch_prints_it(void **state)
{
    (void)state;
    static const float in[4] = {0, 1, 2, 3};
    static const float expected[16] = {0,    0.25f, 0.75f, 1,    0.5f, 0.75f, 1.25f, 1.5f,
                                       1.5f, 1.75f, 2.25f, 2.5f, 2,    2.25f, 2.75f, 3};
    float out[16];
    alfa__upsample_bilinear(out, 4, 4, (struct alfa__grid){in, 2, 2});
    for (int i = 0; i < 16; i++)
        assert_float_equal(out[i], expected[i], 1e-6);
}

static double plain(const float *in, int width, int height, double x, double y)
{
    x = fmin(fmax(x, 0), width - 1);
    y = fmin(fmax(y, 0), height - 1);
    int x0 = (int)x, y0 = (int)y, x1 = x0 + (x0 < width - 1), y1 = y0 + (y0 < height - 1);
    double a = x - x0, b = y - y0;
    return (1 - b) * ((1 - a) * in[y0 * width + x0] + a * in[y0 * width + x1]) +
           b * ((1 - a) * in[y1 * width + x0] + a * in[y1 * width + x1]);
}

static void check(int in_width, int in_height, int width, int height)
{
    float *in = malloc((size_t)in_width * in_height * sizeof *in),
          *out = malloc((size_t)width * height * sizeof *out);
    uint32_t random = 3;
    for (int i = 0; i < in_width * in_height; i++) {
        random = random * 1664525 + 1013904223;
        in[i] = (float)(random >> 8) / (1 << 24);
    }
    alfa__upsample_bilinear(out, width, height, (struct alfa__grid){in, in_width, in_height});
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            double across = (double)in_width / width, down = (double)in_height / height;
            double expected =
                plain(in, in_width, in_height, (x + 0.5) * across - 0.5, (y + 0.5) * down - 0.5);
            assert_float_equal(out[y * width + x], expected, 1e-6);
        }
    free(in);
    free(out);
}

static void any_size_follows_the_formula(void **state)
{
    (void)state;
    check(15, 15, 240, 240);
    check(15, 15, 15, 15);
    check(7, 3, 101, 50);
    check(1, 1, 9, 4);
    check(20, 10, 7, 3);
}

static void a_row_may_start_anywhere(void **state)
{
    (void)state;
    static const float in[6] = {0, 1, 2, 10, 11, 12};
    float out[5];
    alfa__upsample_row(out, 5, -1, 1, 0.5, (struct alfa__grid){in, 3, 2});
    static const float expected[5] = {5, 5, 6, 7, 7}; /* outside the nearest cell holds */
    for (int i = 0; i < 5; i++)
        assert_float_equal(out[i], expected[i], 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_by_two_as_torch_prints_it),
        cmocka_unit_test(any_size_follows_the_formula),
        cmocka_unit_test(a_row_may_start_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
