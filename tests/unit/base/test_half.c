/* All 65,536 halves there and back, and rounding against the definition. */
#include "base/half.h"
#include "unit/bank/support.h"

#include <math.h>
#include <stdlib.h>

static double value_of(unsigned half)
{
    int exponent = (int)(half >> 10 & 31u);
    double fraction = half & 1023u;
    double size = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
    return half & 0x8000u ? -size : size;
}

static void test_every_half(void **state)
{
    (void)state;
    for (unsigned half = 0; half < 65536; half++) {
        float number = alfa__half_unpack((uint16_t)half);
        if ((half >> 10 & 31u) == 31) {
            assert_true(half & 1023u ? isnan(number) : isinf(number));
            assert_int_equal(signbit(number) != 0, half >> 15);
            continue;
        }
        assert_true((double)number == value_of(half));
        assert_int_equal(alfa__half_pack(number), half);
    }
}

/* Between two neighbours the nearer one wins, in the middle the even one. */
static void test_rounding(void **state)
{
    (void)state;
    for (unsigned half = 0; half < 0x7BFF; half++) {
        double low = value_of(half), high = value_of(half + 1), middle = (low + high) / 2;
        assert_int_equal(alfa__half_pack((float)middle), half + (half & 1u));
        assert_int_equal(alfa__half_pack(-(float)middle), 0x8000u | (half + (half & 1u)));
        assert_int_equal(alfa__half_pack(nextafterf((float)middle, 0)), half);
        assert_int_equal(alfa__half_pack(nextafterf((float)middle, INFINITY)), half + 1);
    }
}

static void test_ends(void **state)
{
    (void)state;
    assert_int_equal(alfa__half_pack(65504.0f), 0x7BFF);
    assert_int_equal(alfa__half_pack(65519.0f), 0x7BFF);
    assert_int_equal(alfa__half_pack(65520.0f), 0x7C00);
    assert_int_equal(alfa__half_pack(-1e30f), 0xFC00);
    assert_int_equal(alfa__half_pack(INFINITY), 0x7C00);
    assert_true(isnan(alfa__half_unpack(alfa__half_pack(NAN))));
    assert_int_equal(alfa__half_pack(1e-30f), 0);
    assert_int_equal(alfa__half_pack(-0.0f), 0x8000);
}

/* Many at a time are as one by one: all halves, and numbers in all binades around them. */
static void test_many(void **state)
{
    enum { COUNT = 65536 };
    uint16_t *halves = malloc(COUNT * sizeof *halves);
    float *numbers = malloc(COUNT * sizeof *numbers);
    uint32_t random = 7;
    (void)state;
    for (int i = 0; i < COUNT; i++)
        halves[i] = (uint16_t)i;
    alfa__halves_unpack(numbers, halves, COUNT);
    for (int i = 0; i < COUNT; i++) {
        const float one = alfa__half_unpack((uint16_t)i);
        assert_memory_equal(&numbers[i], &one, sizeof one);
    }
    for (int i = 0; i < COUNT; i++) {
        random = random * 1664525 + 1013904223;
        numbers[i] = ldexpf((float)(int32_t)random, -31 - 30 + i % 50);
    }
    numbers[3] = NAN;
    numbers[4] = -INFINITY;
    alfa__halves_pack(halves, numbers, COUNT);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(halves[i], alfa__half_pack(numbers[i]));
    free(halves);
    free(numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_half),
        cmocka_unit_test(test_rounding),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
