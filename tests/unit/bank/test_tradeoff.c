/* Thresholds that are chosen with known images, and intervals for what was counted on them. */
#include "bank/tradeoff.h"
#include "unit/bank/support.h"

#include <math.h>

static const double good[] = {0.1, 0.2, 0.3, 0.5}, bad[] = {0.25, 0.4, 0.6, 0.7, 0.7};
static const struct alfa__known known = {good, bad, 4, 5};

static void test_count(void **state)
{
    (void)state;
    assert_int_equal(alfa__count_above(good, 4, 0), 4);
    assert_int_equal(alfa__count_above(good, 4, 0.2), 2); /* the threshold itself is not above it */
    assert_int_equal(alfa__count_above(good, 4, 0.5), 0);
    assert_int_equal(alfa__count_above(NULL, 0, 0.5), 0);
}

/* Values by an independent program in double precision. */
static void test_wilson(void **state)
{
    static const struct {
        int count, of;
        double low, high;
    } cases[] = {{0, 10, 0, 0.2775328},
                 {1, 39, 0.0045407, 0.1318099},
                 {37, 49, 0.6191368, 0.8539765},
                 {5, 5, 0.5655175, 1},
                 {0, 0, 0, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double low, high;
        alfa__wilson(&low, &high, cases[i].count, cases[i].of);
        assert_true(fabs(low - cases[i].low) < 1e-6 && fabs(high - cases[i].high) < 1e-6);
    }
}

/* The interval holds the true share about as often as it says. */
static void test_coverage(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int n = 10; n <= 160; n *= 4)
        for (int percent = 2; percent <= 50; percent += 16) {
            int covered = 0;
            for (int draw = 0; draw < 4000; draw++) {
                int count = 0;
                double low, high;
                for (int i = 0; i < n; i++)
                    count += next_uniform(&seed) * 100 < percent;
                alfa__wilson(&low, &high, count, n);
                covered += low <= percent / 100.0 && percent / 100.0 <= high;
            }
            assert_true(covered > 0.9 * 4000);
        }
}

static void test_found(void **state)
{
    (void)state;
    double threshold;
    check(alfa__threshold_finding(&threshold, &known, 1, &err));
    assert_true(fabs(threshold - 0.225) < 1e-12); /* half way from 0.25 to 0.2 */
    check(alfa__threshold_finding(&threshold, &known, 0.8, &err));
    assert_true(fabs(threshold - 0.35) < 1e-12);
    check(alfa__threshold_finding(&threshold, &known, 0.01, &err));
    assert_true(fabs(threshold - 0.65) < 1e-12);
    const struct alfa__known lone = {NULL, bad, 0, 1}, none = {good, NULL, 4, 0};
    check(alfa__threshold_finding(&threshold, &lone, 0.95, &err));
    assert_true(threshold < 0.25 && threshold > 0);
    assert_int_equal(alfa__threshold_finding(&threshold, &none, 0.95, &err), ALFA_ERROR_USAGE);
    assert_int_equal(alfa__threshold_finding(&threshold, &known, 1.5, &err), ALFA_ERROR_USAGE);
    assert_int_equal(alfa__threshold_finding(&threshold, &known, 0, &err), ALFA_ERROR_USAGE);
}

/* No other threshold has a larger F1. */
static void test_f1(void **state)
{
    (void)state;
    uint64_t seed = 11;
    double threshold, scores[2][20];
    check(alfa__threshold_f1(&threshold, &known, &err));
    assert_true(fabs(threshold - 0.225) < 1e-12 && fabs(alfa__f1(&known, threshold) - 10.0 / 12) < 1e-12);
    for (int draw = 0; draw < 200; draw++) {
        const struct alfa__known random = {scores[0], scores[1], 20, 20};
        for (int side = 0; side < 2; side++)
            for (int i = 0; i < 20; i++)
                scores[side][i] = (i + next_uniform(&seed)) / 20 * (side ? 1 : 0.8);
        check(alfa__threshold_f1(&threshold, &random, &err));
        for (int i = 0; i <= 1000; i++)
            assert_true(alfa__f1(&random, i / 1000.0) <= alfa__f1(&random, threshold));
    }
    const struct alfa__known none = {good, NULL, 4, 0};
    assert_int_equal(alfa__threshold_f1(&threshold, &none, &err), ALFA_ERROR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_count), cmocka_unit_test(test_wilson), cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_found), cmocka_unit_test(test_f1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
