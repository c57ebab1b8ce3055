/* Thresholds against numbers by hand, against every permutation, and on simulated draws. */
#include "bank/calibrate.h"
#include "unit/bank/support.h"

#include <math.h>

static struct alfa__threshold find(const double *sorted, int count, double rate)
{
    struct alfa__threshold threshold;
    check(alfa__threshold_find(&threshold, sorted, count, false, rate, &err));
    return threshold;
}

static void count_up(double *out, int count)
{
    for (int i = 0; i < count; i++)
        out[i] = (i + 1) / 1000.0;
}

/* ------------------------------------------------------------------ rules */

static void test_order_statistic(void **state)
{
    (void)state;
    static const struct {
        int count;
        double rate;
        int rank;
    } cases[] = {{99, 0.01, 99}, {100, 0.01, 100}, {199, 0.01, 198}, {999, 0.01, 990}, {998, 0.01, 990},
                 {19, 0.05, 19}, {39, 0.05, 38},   {29, 0.1, 27},    {19, 0.5, 10},    {23, 0.5, 12},
                 {24, 0.2, 20},  {19, 0.9, 2},     {20, 1.0 / 3, 14}};
    double scores[999];
    count_up(scores, 999);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct alfa__threshold threshold = find(scores, cases[i].count, cases[i].rate);
        assert_int_equal(threshold.rule, ALFA__RULE_CONFORMAL);
        assert_int_equal(threshold.rank, cases[i].rank);
        assert_int_equal(threshold.count, cases[i].count);
        assert_true(threshold.value == scores[cases[i].rank - 1] && threshold.rate == cases[i].rate);
    }
}

/* The smallest count that supports a rate is 1 / rate - 1. */
static void test_where_support_ends(void **state)
{
    (void)state;
    double scores[999];
    count_up(scores, 999);
    for (int n = 2; n < ALFA__LEAST_COUNTED; n++)
        assert_int_equal(find(scores, n, 0.4).rule, ALFA__RULE_PREDICTED);
    for (int n = ALFA__LEAST_COUNTED; n <= 999; n++) {
        assert_int_equal(find(scores, n, 1.0 / (n + 1)).rule, ALFA__RULE_CONFORMAL);
        assert_int_not_equal(find(scores, n, 0.9999 / (n + 1)).rule, ALFA__RULE_CONFORMAL);
    }
}

/* A smaller rate never has a lower threshold. */
static void test_monotone(void **state)
{
    (void)state;
    uint64_t seed = 8;
    for (int n = 2; n <= 60; n++) {
        double scores[60], last = 1;
        for (int i = 0; i < n; i++)
            scores[i] = 0.5 + 0.2 * next_uniform(&seed) * next_uniform(&seed);
        for (int i = 1; i < n; i++)
            scores[i] = scores[i] > scores[i - 1] ? scores[i] : scores[i - 1];
        for (int k = 1; k <= 80; k++) {
            const double value = find(scores, n, 0.005 * k).value;
            assert_true(value <= last);
            last = value;
        }
    }
}

/* Quantiles of Student's law from R 4.2 (qt). */
static void test_student(void **state)
{
    (void)state;
    static const struct {
        int degrees;
        double probability, quantile;
    } cases[] = {
        {1, 0.99, 31.82051595}, {2, 0.975, 4.30265273},  {3, 0.99, 4.54070286}, {4, 0.95, 2.13184679},
        {9, 0.99, 2.82143793},  {30, 0.995, 2.74999565}, {5, 0.5, 0},           {7, 0.05, -1.89457861}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(fabs(alfa__student_quantile(cases[i].degrees, cases[i].probability) - cases[i].quantile) <
                    1e-7);
    assert_true(fabs(alfa__student_quantile(99999, 0.99) - 2.3263479) < 1e-4); /* the normal law */
}

static double log_odds(double score)
{
    return log(score / (1 - score));
}

/* Three scores by hand: two degrees of freedom of their own beside those of the prior. */
static void test_predicted(void **state)
{
    (void)state;
    const double three[3] = {0.4, 0.5, 0.6}, one[1] = {0.5}, far = log_odds(0.6);
    struct alfa__threshold threshold = find(three, 3, 0.01);
    const double prior = ALFA__PRIOR_DEGREES * ALFA__PRIOR_SPREAD * ALFA__PRIOR_SPREAD;
    const double deviation = sqrt((prior + 2 * far * far) / (ALFA__PRIOR_DEGREES + 2) * 4 / 3);
    const double limit = alfa__student_quantile(ALFA__PRIOR_DEGREES + 2, 0.99) * deviation;
    assert_int_equal(threshold.rule, ALFA__RULE_PREDICTED);
    assert_int_equal(threshold.rank, 0);
    assert_true(fabs(log_odds(threshold.value) - limit) < 1e-9);
    const double alone = alfa__student_quantile(ALFA__PRIOR_DEGREES, 0.99) * ALFA__PRIOR_SPREAD * sqrt(2);
    assert_true(fabs(log_odds(find(one, 1, 0.01).value) - alone) < 1e-9);
}

/* Equal scores, 0 and 1 among them, still leave a threshold that images can reach. */
static void test_no_spread(void **state)
{
    (void)state;
    const double levels[] = {0, 0.3, 0.5, 0.9};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        for (int n = 1; n <= 3; n++) {
            const double scores[3] = {levels[i], levels[i], levels[i]};
            struct alfa__threshold threshold = find(scores, n, 0.01);
            assert_int_equal(threshold.rule, ALFA__RULE_PREDICTED);
            assert_true(threshold.value > levels[i] && threshold.value < 1);
        }
}

/* Copies of one image never stand for a rate, and ask for more room than as many images would. */
static void test_copies(void **state)
{
    (void)state;
    const double scores[4] = {0.4, 0.45, 0.5, 0.55};
    for (int percent = 1; percent < 100; percent += 14) {
        struct alfa__threshold copies;
        check(alfa__threshold_find(&copies, scores, 4, true, percent / 100.0, &err));
        assert_int_equal(copies.rule, ALFA__RULE_COPIES);
        assert_int_equal(copies.rank, 0);
        assert_true(copies.value >= 0.55 && copies.value < 1);
        if (percent == 1)
            assert_true(copies.value > find(scores, 4, 0.01).value);
    }
}

static void test_refusals(void **state)
{
    (void)state;
    struct alfa__threshold out;
    const double scores[2] = {0.1, 0.2}, bad[2] = {0.1, NAN}, rates[] = {0, 1, -0.1, 1.5, NAN};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        assert_int_equal(alfa__threshold_find(&out, scores, 2, false, rates[i], NULL), ALFA_ERROR_USAGE);
    assert_int_equal(alfa__threshold_find(&out, scores, 0, false, 0.01, NULL), ALFA_ERROR_USAGE);
    assert_int_equal(alfa__threshold_find(&out, scores, ALFA__MAX_SCORES + 1, false, 0.01, NULL),
                     ALFA_ERROR_USAGE);
    assert_int_equal(alfa__threshold_find(&out, bad, 2, false, 0.01, NULL), ALFA_ERROR_USAGE);
}

/* ------------------------------------------------------------------ the promise */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of n + 1 different scores each is new once: exactly floor((n + 1) rate) of them are called. */
static void test_every_permutation(void **state)
{
    (void)state;
    uint64_t seed = 77;
    for (int total = ALFA__LEAST_COUNTED + 1; total <= 150; total += 7)
        for (int percent = 1; percent <= 50; percent += 7) {
            double all[150], rest[150];
            int called = 0, promised = total * percent / 100;
            for (int i = 0; i < total; i++)
                all[i] = next_uniform(&seed);
            for (int i = 0; i < total; i++) {
                memcpy(rest, all, sizeof rest);
                rest[i] = rest[total - 1];
                qsort(rest, (size_t)total - 1, sizeof *rest, ascending);
                called += all[i] > find(rest, total - 1, percent / 100.0).value;
            }
            if (promised > 0)
                assert_int_equal(called, promised);
        }
}

/* 1,000 draws of calibration scores and a new normal image; the count of false alarms is binomial. The scores
 * are skewed, so that a normal law would not do. */
static void simulate(int count, double rate, uint64_t seed)
{
    double scores[200], expected = floor((count + 1) * rate + 1e-9) / (count + 1);
    int called = 0, small_p = 0;
    for (int draw = 0; draw < 1000; draw++) {
        for (int i = 0; i < count; i++)
            scores[i] = -log(next_uniform(&seed));
        qsort(scores, (size_t)count, sizeof *scores, ascending);
        double score = -log(next_uniform(&seed));
        bool alarm = score > find(scores, count, rate).value;
        called += alarm;
        small_p += alfa__p_value(scores, count, score) <= rate + 1e-12;
        assert_true(alarm == (alfa__p_value(scores, count, score) <= rate + 1e-12));
    }
    double error = 4 * sqrt(1000 * expected * (1 - expected));
    assert_true(fabs(called - 1000 * expected) < error);
    assert_int_equal(called, small_p);
}

static void test_simulation(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        simulate(99, 0.01, seed * 11);
        simulate(150, 0.01, seed * 12);
        simulate(19, 0.05, seed * 13);
        simulate(100, 0.05, seed * 14);
        simulate(30, 0.1, seed * 15);
        simulate(200, 0.2, seed * 16);
    }
}

/* Distance to the nearest of some random points of a torus of DIMENSIONS, over which all points are alike. */
#define DIMENSIONS 5

static double nearest(double (*points)[DIMENSIONS], int from, int to, const double *point)
{
    double least = HUGE_VAL;
    for (int i = from; i < to; i++) {
        double square = 0;
        for (int d = 0; d < DIMENSIONS && points[i] != point; d++) {
            const double apart = fabs(points[i][d] - point[d]);
            square += pow(fmin(apart, 1 - apart), 2);
        }
        least = points[i] != point ? fmin(least, sqrt(square)) : least;
    }
    return least;
}

/* A memory that grows: in 1 / ALFA__FALL dimensions nearest points come closer as ALFA__FALL says. Scores of
 * points that are left out lie above those of new ones; as the whole memory would give them they do not. */
static void test_scores_of_the_whole(void **state)
{
    (void)state;
    uint64_t seed = 19;
    assert_true(fabs(DIMENSIONS * ALFA__FALL - 1) < 1e-9);
    for (int count = 2; count <= 16; count *= 2) {
        double raw = 0, whole = 0;
        const int draws = 4000;
        for (int draw = 0; draw < draws; draw++) {
            double points[17][DIMENSIONS], distances[16], level = 0;
            for (int i = 0; i <= count; i++)
                for (int d = 0; d < DIMENSIONS; d++)
                    points[i][d] = next_uniform(&seed);
            for (int i = 0; i < count; i++) {
                distances[i] = nearest(points, 0, count, points[i]);
                level += distances[i] / count;
            }
            const double far = nearest(points, 0, count, points[count]);
            const double new_one = log(far / level);
            for (int i = 0; i < count; i++) {
                const double score = distances[i] / (distances[i] + level);
                raw += (log(score / (1 - score)) - new_one) / count / draws;
                const double other = alfa__score_of_whole(score, count - 1, count);
                whole += (log(other / (1 - other)) - new_one) / count / draws;
            }
        }
        assert_true(raw > 0.8 * ALFA__FALL / count);
        assert_true(fabs(whole) < 0.25 * raw + 0.01);
    }
    assert_true(fabs(alfa__score_of_whole(0.7, 3, 3) - 0.7) < 1e-12);
    assert_true(alfa__score_of_whole(1, 1, 2) <= 1 && alfa__score_of_whole(0, 1, 2) >= 0);
}

static double normal(uint64_t *seed)
{
    const double radius = sqrt(-2 * log(next_uniform(seed)));
    return radius * cos(6.283185307179586 * next_uniform(seed));
}

/* The share of a normal law that lies above. */
static double above(double deviations)
{
    return 0.5 * erfc(deviations / sqrt(2));
}

/* Products whose log-odds are normal with a spread from the prior: the limit is exceeded at the wanted rate.
 * With a fixed share of the prior's spread the rate is lower, with more than it higher, but it falls as
 * images are added. *below gets the share of products whose own rate
 * is below the bound. */
static double share_above_limit(int count, double rate, double spread, uint64_t seed, double *below)
{
    const int draws = 20000;
    double scores[32], called = 0;
    int within = 0;
    for (int draw = 0; draw < draws; draw++) {
        double squares = 0, deviation = spread, middle = normal(&seed);
        for (int i = 0; i < ALFA__PRIOR_DEGREES; i++)
            squares += pow(normal(&seed), 2);
        if (spread == 0)
            deviation = ALFA__PRIOR_SPREAD * sqrt(ALFA__PRIOR_DEGREES / squares);
        for (int i = 0; i < count; i++)
            scores[i] = 1 / (1 + exp(-middle - deviation * normal(&seed)));
        qsort(scores, (size_t)count, sizeof *scores, ascending);
        const struct alfa__threshold threshold = find(scores, count, rate);
        const double own = above((log_odds(threshold.value) - middle) / deviation);
        called += own;
        within += own < alfa__threshold_bound(&threshold);
    }
    *below = (double)within / draws;
    return called / draws;
}

static void test_prediction_rate(void **state)
{
    (void)state;
    static const int counts[] = {1, 2, 4, 10, 18};
    static const double rates[] = {0.01, 0.05, 0.2};
    double below;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (size_t k = 0; k < sizeof rates / sizeof *rates; k++) {
            const double share = share_above_limit(counts[i], rates[k], 0, 21 + i, &below);
            if (fabs(share - rates[k]) > 0.04 * rates[k] || fabs(below - ALFA__CONFIDENCE) > 0.02)
                fail_msg("%d images, rate %g: %g are called, %g of the products below the bound", counts[i],
                         rates[k], share, below);
            assert_true(share_above_limit(counts[i], rates[k], 0.5 * ALFA__PRIOR_SPREAD, 31 + i, &below) <
                        rates[k]);
        }
    assert_true(share_above_limit(2, 0.05, 3 * ALFA__PRIOR_SPREAD, 41, &below) >
                share_above_limit(18, 0.05, 3 * ALFA__PRIOR_SPREAD, 42, &below));
}

/* Uniform scores, whose rate above a threshold is known: counted off, it is below the bound as often as said,
 * at the wanted rate on average. */
static void test_counted_bound(void **state)
{
    (void)state;
    static const int counts[] = {19, 30, 99, 200};
    uint64_t seed = 3;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        double scores[200], rate = 0;
        int below = 0, draws = 4000;
        for (int draw = 0; draw < draws; draw++) {
            for (int k = 0; k < counts[i]; k++)
                scores[k] = next_uniform(&seed);
            qsort(scores, (size_t)counts[i], sizeof *scores, ascending);
            const struct alfa__threshold threshold = find(scores, counts[i], 0.05);
            below += 1 - threshold.value < alfa__threshold_bound(&threshold);
            rate += (1 - threshold.value) / draws;
        }
        assert_true(rate < 0.0525);
        assert_true(fabs((double)below / draws - ALFA__CONFIDENCE) < 0.02);
    }
    const struct alfa__threshold given = {.rule = ALFA__RULE_GIVEN};
    assert_true(isnan(alfa__threshold_bound(&given)));
}

static void test_p_value(void **state)
{
    (void)state;
    const double scores[4] = {0.1, 0.2, 0.2, 0.3};
    assert_true(alfa__p_value(scores, 4, 0.05) == 1);
    assert_true(alfa__p_value(scores, 4, 0.1) == 1);
    assert_true(alfa__p_value(scores, 4, 0.15) == 0.8);
    assert_true(alfa__p_value(scores, 4, 0.2) == 0.8);
    assert_true(alfa__p_value(scores, 4, 0.25) == 0.4);
    assert_true(alfa__p_value(scores, 4, 0.3) == 0.4);
    assert_true(alfa__p_value(scores, 4, 0.31) == 0.2);
    assert_true(alfa__p_value(NULL, 0, 0.5) == 1);
}

/* ------------------------------------------------------------------ words, calibration */

static void expect_sentence(const double *scores, int count, double rate, const char *expected)
{
    char text[256];
    struct alfa__threshold threshold = find(scores, count, rate);
    alfa__threshold_sentence(text, sizeof text, &threshold);
    assert_string_equal(text, expected);
}

static void test_sentences(void **state)
{
    (void)state;
    const double four[4] = {0.1, 0.2, 0.2, 0.3};
    double many[99];
    char text[256], cut[8];
    const struct alfa__threshold none = {0};
    count_up(many, 99);
    expect_sentence(four, 4, 0.01,
                    "4 images are too few to count out a false-alarm rate of 1 % (99 are enough): 1 % is "
                    "expected on average over products, and less than 2.7 % with a confidence of 90 %");
    expect_sentence(four, 4, 0.05,
                    "4 images are too few to count out a false-alarm rate of 5 % (19 are enough): 5 % is "
                    "expected on average over products, and less than 13 % with a confidence of 90 %");
    expect_sentence(
        many, 99, 0.02,
        "99 images support a false-alarm rate of 2 %: the threshold is number 98 of 99 leave-one-out scores, "
        "and the rate less than 3.9 % with a confidence of 90 %");
    struct alfa__threshold alone = find(four, 4, 0.05);
    alfa__threshold_withdraw(&alone);
    assert_true(isnan(alone.value) && alone.rule == ALFA__RULE_ALONE);
    alfa__threshold_sentence(text, sizeof text, &alone);
    assert_non_null(strstr(text, "add a second normal image"));
    alfa__threshold_sentence(text, sizeof text, &none);
    assert_string_equal(text, "the threshold was not calibrated");
    alfa__threshold_sentence(cut, sizeof cut, &none);
    assert_string_equal(cut, "the thr");
}

static void test_names(void **state)
{
    (void)state;
    enum alfa__rule rule = ALFA__RULE_NONE;
    for (int i = ALFA__RULE_NONE; i <= ALFA__RULE_ALONE; i++) {
        assert_true(alfa__rule_from_name(&rule, alfa__rule_name((enum alfa__rule)i)));
        assert_int_equal(rule, i);
    }
    assert_false(alfa__rule_from_name(&rule, "guess"));
}

static void test_calibration(void **state)
{
    (void)state;
    struct alfa__calibration calibration = {0};
    const double scores[4] = {0.3, 0.1, 0.2, 0.25}, sorted[4] = {0.1, 0.2, 0.25, 0.3}, bad[1] = {INFINITY};
    check(alfa__calibration_set(&calibration, scores, 4, false, 0.2, &err));
    assert_memory_equal(calibration.scores, sorted, sizeof sorted);
    assert_int_equal(calibration.threshold.count, 4);
    const double value = calibration.threshold.value;
    assert_true(value == find(sorted, 4, 0.2).value);
    assert_int_equal(alfa__calibration_set(&calibration, bad, 1, false, 0.2, NULL), ALFA_ERROR_USAGE);
    assert_int_equal(alfa__calibration_set(&calibration, scores, 4, false, 2, NULL), ALFA_ERROR_USAGE);
    assert_memory_equal(calibration.scores, sorted, sizeof sorted);
    assert_true(calibration.threshold.value == value);
    check(alfa__calibration_set(&calibration, scores, 2, false, 0.4, &err));
    assert_int_equal(calibration.threshold.count, 2);
    assert_true(calibration.threshold.value == find(sorted + 1, 2, 0.4).value ||
                calibration.scores[1] == 0.3);
    alfa__calibration_free(&calibration);
    assert_null(calibration.scores);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_statistic),
        cmocka_unit_test(test_where_support_ends),
        cmocka_unit_test(test_monotone),
        cmocka_unit_test(test_student),
        cmocka_unit_test(test_predicted),
        cmocka_unit_test(test_no_spread),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_every_permutation),
        cmocka_unit_test(test_simulation),
        cmocka_unit_test(test_scores_of_the_whole),
        cmocka_unit_test(test_prediction_rate),
        cmocka_unit_test(test_counted_bound),
        cmocka_unit_test(test_p_value),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_calibration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
