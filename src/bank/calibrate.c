#include "bank/calibrate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const rule_names[] = {
#define RULE_NAME(name, text) text,
    ALFA__RULE_LIST(RULE_NAME)
#undef RULE_NAME
};
#define PI 3.14159265358979323846
#define SMALLEST_ODDS 1e-6 /* scores of 0 and 1 have no log-odds */
#define RULE_COUNT ((int)(sizeof rule_names / sizeof *rule_names))

const char *alfa__rule_name(enum alfa__rule rule)
{
    return rule_names[rule];
}

bool alfa__rule_from_name(enum alfa__rule *out, const char *name)
{
    for (int i = 0; i < RULE_COUNT; i++)
        if (strcmp(name, rule_names[i]) == 0) {
            *out = (enum alfa__rule)i;
            return true;
        }
    return false;
}

/* ------------------------------------------------------------------ threshold */

/* ceil((n + 1) (1 - alpha)) = n + 1 - floor((n + 1) alpha); the nudge lets 100 * 0.01 be 1. */
static int conformal_rank(int count, double rate)
{
    return count + 1 - (int)floor((count + 1) * rate + 1e-9);
}

/* P(-t < T < t), the finite series of Abramowitz and Stegun 26.7.3 and 26.7.4 with theta = atan(t /
 * sqrt(nu)). */
static double student_between(double t, int degrees)
{
    const double theta = atan(t / sqrt(degrees)), cosine = cos(theta), square = cosine * cosine;
    const bool odd = degrees % 2;
    double term = odd ? cosine : 1, sum = degrees > 1 ? term : 0;
    for (int k = odd ? 3 : 2; k < degrees; k += 2) {
        term *= square * (k - 1) / k;
        sum += term;
    }
    sum *= sin(theta);
    return odd ? 2 / PI * (theta + sum) : sum;
}

double alfa__student_quantile(int degrees, double probability)
{
    const double between = fabs(2 * probability - 1);
    double low = 0, high = 1;
    while (student_between(high, degrees) < between && high < 1e12)
        high *= 2;
    for (int i = 0; i < 100; i++) {
        const double middle = 0.5 * (low + high);
        *(student_between(middle, degrees) < between ? &low : &high) = middle;
    }
    return probability < 0.5 ? -low : low;
}

static double log_odds(double score)
{
    const double inside = fmin(fmax(score, SMALLEST_ODDS), 1 - SMALLEST_ODDS);
    return log(inside / (1 - inside));
}

static double from_log_odds(double z)
{
    return 1 / (1 + exp(-z));
}

double alfa__score_of_whole(double score, int judging, int learned)
{
    return from_log_odds(log_odds(score) - ALFA__FALL * log((double)learned / judging));
}

static double mean_log_odds(const double *scores, int count)
{
    double mean = 0;
    for (int i = 0; i < count; i++)
        mean += log_odds(scores[i]) / count;
    return mean;
}

static double prediction_limit(const double *scores, int count, double rate)
{
    const int degrees = ALFA__PRIOR_DEGREES + count - 1;
    const double mean = mean_log_odds(scores, count);
    double squares = ALFA__PRIOR_DEGREES * ALFA__PRIOR_SPREAD * ALFA__PRIOR_SPREAD;
    for (int i = 0; i < count; i++)
        squares += (log_odds(scores[i]) - mean) * (log_odds(scores[i]) - mean);
    const double deviation = sqrt(squares / degrees * (1 + 1.0 / count));
    return from_log_odds(mean + alfa__student_quantile(degrees, 1 - rate) * deviation);
}

static double copies_limit(const double *scores, int count, double rate)
{
    const double deviations = alfa__student_quantile(ALFA__PRIOR_DEGREES, 1 - rate);
    return from_log_odds(mean_log_odds(scores, count) + ALFA__COPIES_SHIFT +
                         deviations * ALFA__COPIES_SPREAD);
}

static enum alfa_status check_scores(const double *scores, int count, struct alfa_error *err)
{
    if (count < 1 || count > ALFA__MAX_SCORES)
        return alfa__fail(err, ALFA_ERROR_USAGE, "scores", "a threshold needs 1 to %d of them, not %d",
                          ALFA__MAX_SCORES, count);
    for (int i = 0; i < count; i++)
        if (!isfinite(scores[i]))
            return alfa__fail(err, ALFA_ERROR_USAGE, "scores", "score %d is not a finite number", i);
    return ALFA_OK;
}

enum alfa_status alfa__threshold_find(struct alfa__threshold *out, const double *sorted, int count,
                                      bool copies, double rate, struct alfa_error *err)
{
    if (!(rate > 0 && rate < 1))
        return alfa__fail(err, ALFA_ERROR_USAGE, "false-alarm rate", "%g is not between 0 and 1", rate);
    ALFA__TRY(check_scores(sorted, count, err));
    const int rank = conformal_rank(count, rate);
    *out = (struct alfa__threshold){.rate = rate, .count = count};
    if (copies) {
        out->rule = ALFA__RULE_COPIES;
        out->value = fmax(copies_limit(sorted, count, rate), sorted[count - 1]);
    } else if (count >= ALFA__LEAST_COUNTED && rank >= 1 && rank <= count) {
        out->rule = ALFA__RULE_CONFORMAL;
        out->rank = rank;
        out->value = sorted[rank - 1];
    } else {
        out->rule = ALFA__RULE_PREDICTED;
        out->value = prediction_limit(sorted, count, rate);
        if (count >= ALFA__LEAST_COUNTED)
            out->value = fmax(out->value, sorted[count - 1]);
    }
    return ALFA_OK;
}

void alfa__threshold_withdraw(struct alfa__threshold *threshold)
{
    threshold->rule = ALFA__RULE_ALONE;
    threshold->value = NAN;
}

/* ------------------------------------------------------------------ what is promised */

/* P(B <= k) for B binomial with n draws of probability p, k < n p at most a few thousand. */
static double binomial_below(int n, int k, double p)
{
    double sum = 0, term = n * log1p(-p);
    for (int i = 0; i <= k; i++) {
        sum += exp(term);
        term += log((double)(n - i) / (i + 1)) + log(p) - log1p(-p);
    }
    return sum;
}

/* The rate above the rank-th smallest of count scores is Beta(count + 1 - rank, rank): it is below x as often
 * as more than count - rank of count uniform numbers are. */
static double counted_bound(int count, int rank)
{
    double low = 0, high = 1;
    for (int i = 0; i < 60; i++) {
        const double middle = 0.5 * (low + high);
        *(1 - binomial_below(count, count - rank, middle) < ALFA__CONFIDENCE ? &low : &high) = middle;
    }
    return high;
}

/* For a normal law the limit lies X deviations above the true mean, whatever the product:
 * X = t sqrt(1 + 1/n) sqrt(chi^2 / degrees) + e / sqrt(n), e normal. Its law is taken as normal too. */
static double predicted_bound(int count, double rate)
{
    static const double above = 1.2815515655446004; /* of the normal law, ALFA__CONFIDENCE */
    const int degrees = ALFA__PRIOR_DEGREES + count - 1;
    const double t = alfa__student_quantile(degrees, 1 - rate) * sqrt(1 + 1.0 / count);
    const double middle = t * (1 - 0.25 / degrees);
    const double deviation = sqrt(t * t / (2.0 * degrees) + 1.0 / count);
    return 0.5 * erfc((middle - above * deviation) / sqrt(2));
}

double alfa__threshold_bound(const struct alfa__threshold *threshold)
{
    if (threshold->rule == ALFA__RULE_CONFORMAL)
        return counted_bound(threshold->count, threshold->rank);
    return threshold->rule == ALFA__RULE_PREDICTED ? predicted_bound(threshold->count, threshold->rate) : NAN;
}

/* How many scores are enough for a rate to be counted off. */
static int count_needed(double rate)
{
    const int needed = (int)ceil(1 / rate - 1 - 1e-9);
    return needed > ALFA__LEAST_COUNTED ? needed : ALFA__LEAST_COUNTED;
}

void alfa__threshold_sentence(char *out, size_t size, const struct alfa__threshold *threshold)
{
    const double percent = threshold->rate * 100, bound = 100 * alfa__threshold_bound(threshold);
    const int count = threshold->count;
    switch (threshold->rule) {
    case ALFA__RULE_NONE:
        snprintf(out, size, "the threshold was not calibrated");
        break;
    case ALFA__RULE_CONFORMAL:
        snprintf(out, size,
                 "%d images support a false-alarm rate of %g %%: the threshold is number %d of %d "
                 "leave-one-out scores, and the rate less than %.2g %% with a confidence of %.0f %%",
                 count, percent, threshold->rank, count, bound, 100 * ALFA__CONFIDENCE);
        break;
    case ALFA__RULE_PREDICTED:
        snprintf(out, size,
                 "%d image%s too few to count out a false-alarm rate of %g %% (%d are enough): %g %% is "
                 "expected on average over products, and less than %.2g %% with a confidence of %.0f %%%s",
                 count, count == 1 ? " is" : "s are", percent, count_needed(threshold->rate), percent, bound,
                 100 * ALFA__CONFIDENCE, count == 2 ? "; two find only plain damage: add images" : "");
        break;
    case ALFA__RULE_FOUND:
    case ALFA__RULE_F1:
    case ALFA__RULE_GIVEN:
        snprintf(out, size, "the threshold was chosen");
        break;
    case ALFA__RULE_COPIES:
        snprintf(out, size, "the threshold is an experience with slightly changed copies of one image");
        break;
    case ALFA__RULE_ALONE:
        snprintf(out, size,
                 "1 image ranks others and gives p-values, and supports no threshold: add a second normal "
                 "image, or give one with --threshold");
        break;
    }
}

double alfa__p_value(const double *sorted, int count, double score)
{
    int below = 0;
    while (below < count && sorted[below] < score)
        below++;
    return (1.0 + (count - below)) / (count + 1.0);
}

/* ------------------------------------------------------------------ calibration */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

enum alfa_status alfa__calibration_set(struct alfa__calibration *calibration, const double *scores, int count,
                                       bool copies, double rate, struct alfa_error *err)
{
    struct alfa__threshold threshold;
    ALFA__TRY(check_scores(scores, count, err));
    double *sorted = malloc((size_t)count * sizeof *sorted);
    if (!sorted)
        return alfa__fail_memory(err, (size_t)count * sizeof *sorted);
    memcpy(sorted, scores, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, ascending);
    enum alfa_status status = alfa__threshold_find(&threshold, sorted, count, copies, rate, err);
    if (status != ALFA_OK) {
        free(sorted);
        return status;
    }
    free(calibration->scores);
    *calibration = (struct alfa__calibration){threshold, sorted};
    return ALFA_OK;
}

void alfa__calibration_free(struct alfa__calibration *calibration)
{
    free(calibration->scores);
    *calibration = (struct alfa__calibration){0};
}
