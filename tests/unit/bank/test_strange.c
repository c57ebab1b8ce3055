/* The rule that names strange pictures: what it finds, and how often it finds what is not there. */
#include "bank/calibrate.h"
#include "bank/strange.h"
#include "unit/bank/support.h"

#include <math.h>

static double normal(uint64_t *seed)
{
    const double radius = sqrt(-2 * log(next_uniform(seed)));
    return radius * cos(6.283185307179586 * next_uniform(seed));
}

static void test_median(void **state)
{
    (void)state;
    double odd[3] = {3, 1, 2}, even[4] = {4, 1, 3, 2}, one[1] = {7};
    assert_true(alfa__median(odd, 3) == 2 && alfa__median(even, 4) == 2.5 && alfa__median(one, 1) == 7);
}

static void test_one_far_away(void **state)
{
    (void)state;
    bool strange[6];
    const double five[5] = {0.1, -0.1, 1.5, 0, 0.05}, three[3] = {0, 0.1, 9};
    const double low[5] = {0.1, -0.1, -1.5, 0, 0.05}; /* nobody is too normal */
    const double two[6] = {0.1, -0.1, 1.5, 1.6, 0.05, 0};
    assert_int_equal(alfa__strange_find(strange, five, 5, ALFA__STRANGE_RATE), 1);
    assert_true(strange[2] && !strange[0] && !strange[1] && !strange[3] && !strange[4]);
    assert_int_equal(alfa__strange_find(strange, three, 3, ALFA__STRANGE_RATE), 0);
    assert_int_equal(alfa__strange_find(strange, low, 5, ALFA__STRANGE_RATE), 0);
    assert_int_equal(alfa__strange_find(strange, two, 6, ALFA__STRANGE_RATE), 0); /* two kinds */
    assert_false(strange[2]);
}

/* A tenth of bad ones cannot hide each other, however far away they are. */
static void test_a_tenth(void **state)
{
    (void)state;
    uint64_t seed = 5;
    for (int n = 20; n <= 100; n += 10) {
        double numbers[100];
        bool strange[100];
        for (int i = 0; i < n; i++)
            numbers[i] = ALFA__STRANGE_SPREAD * normal(&seed) + (i < n / 10 ? 2 + 8.0 * (i & 1) : 0);
        assert_true(alfa__strange_find(strange, numbers, n, ALFA__STRANGE_RATE) >= n / 10);
        for (int i = 0; i < n / 10; i++)
            assert_true(strange[i]);
    }
}

/* Pictures that all belong, with spreads as the prior says: seldom is one called strange. */
static void test_false_names(void **state)
{
    (void)state;
    static const int counts[] = {4, 6, 10, 30, 100};
    uint64_t seed = 99;
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        int learned = 0, draws = 4000;
        for (int draw = 0; draw < draws; draw++) {
            double numbers[100], squares = 0;
            bool strange[100];
            for (int i = 0; i < ALFA__PRIOR_DEGREES; i++)
                squares += pow(normal(&seed), 2);
            const double spread = ALFA__STRANGE_SPREAD * sqrt(ALFA__PRIOR_DEGREES / squares);
            for (int i = 0; i < counts[k]; i++)
                numbers[i] = 3 + spread * normal(&seed);
            learned += alfa__strange_find(strange, numbers, counts[k], ALFA__STRANGE_RATE) > 0;
        }
        if (learned > 0.03 * draws)
            fail_msg("%d pictures: %d of %d times one is called strange", counts[k], learned, draws);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_median),
        cmocka_unit_test(test_one_far_away),
        cmocka_unit_test(test_a_tenth),
        cmocka_unit_test(test_false_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
