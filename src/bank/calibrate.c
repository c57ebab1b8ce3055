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

static double mean_and_deviations(const double *scores, int count, double deviations)
{
    double mean = 0, square = 0;
    for (int i = 0; i < count; i++)
        mean += scores[i] / count;
    for (int i = 0; i < count; i++)
        square += (scores[i] - mean) * (scores[i] - mean);
    return mean + deviations * sqrt(square / (count - 1));
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
                                      double rate, struct alfa_error *err)
{
    if (!(rate > 0 && rate < 1))
        return alfa__fail(err, ALFA_ERROR_USAGE, "false-alarm rate", "%g is not between 0 and 1", rate);
    ALFA__TRY(check_scores(sorted, count, err));
    const double largest = sorted[count - 1];
    *out = (struct alfa__threshold){.rate = rate, .count = count};
    int rank = conformal_rank(count, rate);
    if (rank >= 1 && rank <= count) {
        out->rule = ALFA__RULE_CONFORMAL;
        out->rank = rank;
        out->value = sorted[rank - 1];
    } else if (largest - sorted[0] < ALFA__THRESHOLD_NO_SPREAD) {
        out->rule = ALFA__RULE_MARGIN;
        out->value = largest + ALFA__THRESHOLD_MARGIN;
    } else {
        double spread = mean_and_deviations(sorted, count, 3);
        out->rule = spread >= largest ? ALFA__RULE_SPREAD : ALFA__RULE_LARGEST;
        out->value = fmax(spread, largest);
    }
    return ALFA_OK;
}

void alfa__threshold_sentence(char *out, size_t size, const struct alfa__threshold *threshold,
                              const char *scores)
{
    char how[160], margin[32];
    const char *images = threshold->count == 1 ? "image" : "images";
    if (threshold->rule == ALFA__RULE_NONE) {
        snprintf(out, size, "the threshold was not calibrated");
        return;
    }
    if (threshold->rule == ALFA__RULE_CONFORMAL) {
        snprintf(out, size, "%d %s support a false-alarm rate of %g %%; the threshold is number %d of %d %s",
                 threshold->count, images, threshold->rate * 100, threshold->rank, threshold->count, scores);
        return;
    }
    snprintf(margin, sizeof margin, " + %g", ALFA__THRESHOLD_MARGIN);
    snprintf(how, sizeof how,
             threshold->rule == ALFA__RULE_SPREAD ? "mean + 3 sd of %s%s" : "the largest of %s%s", scores,
             threshold->rule == ALFA__RULE_MARGIN ? margin : "");
    snprintf(out, size, "%d %s cannot support a false-alarm rate of %g %%; the threshold is %s",
             threshold->count, images, threshold->rate * 100, how);
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
                                       double rate, struct alfa_error *err)
{
    struct alfa__threshold threshold;
    ALFA__TRY(check_scores(scores, count, err));
    double *sorted = malloc((size_t)count * sizeof *sorted);
    if (!sorted)
        return alfa__fail_memory(err, (size_t)count * sizeof *sorted);
    memcpy(sorted, scores, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, ascending);
    enum alfa_status status = alfa__threshold_find(&threshold, sorted, count, rate, err);
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
