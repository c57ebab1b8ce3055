#include "bank/tradeoff.h"

#include <math.h>

#define TWO_SIDED_95 1.959963984540054 /* quantile of the normal law */

int alfa__count_above(const double *sorted, int count, double threshold)
{
    int above = 0;
    while (above < count && sorted[count - 1 - above] > threshold)
        above++;
    return above;
}

void alfa__wilson(double *low, double *high, int count, int of)
{
    const double z = TWO_SIDED_95, n = of, share = of ? count / n : 0;
    const double middle = of ? (share + z * z / (2 * n)) / (1 + z * z / n) : 0.5;
    const double half = of ? z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) : 0.5;
    *low = count == 0 ? 0 : fmax(middle - half, 0);
    *high = count == of ? 1 : fmin(middle + half, 1);
}

double alfa__f1(const struct alfa__known *known, double threshold)
{
    const int found = alfa__count_above(known->bad, known->bad_count, threshold);
    const int alarms = alfa__count_above(known->good, known->good_count, threshold);
    return known->bad_count ? 2.0 * found / (found + alarms + known->bad_count) : 0;
}

/* The largest score below this one, of both kinds; what is half as large when there is none. */
static double next_below(const struct alfa__known *known, double score)
{
    double next = -INFINITY;
    for (int i = 0; i < known->good_count && known->good[i] < score; i++)
        next = known->good[i];
    for (int i = 0; i < known->bad_count && known->bad[i] < score; i++)
        next = fmax(next, known->bad[i]);
    return isfinite(next) ? next : 0.5 * score;
}

/* Just below a score, so that it is called. */
static double below(const struct alfa__known *known, double score)
{
    return 0.5 * (score + next_below(known, score));
}

enum alfa_status alfa__threshold_finding(double *out, const struct alfa__known *known, double share,
                                         struct alfa_error *err)
{
    if (known->bad_count == 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, "found", "needs images that are known to be bad");
    if (!(share > 0 && share <= 1))
        return alfa__fail(err, ALFA_ERROR_USAGE, "found", "%g is not a share above 0 and at most 1", share);
    const int wanted = (int)ceil(share * known->bad_count - 1e-9);
    *out = below(known, known->bad[known->bad_count - wanted]);
    return ALFA_OK;
}

enum alfa_status alfa__threshold_f1(double *out, const struct alfa__known *known, struct alfa_error *err)
{
    double best = -1;
    if (known->bad_count == 0 || known->good_count == 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, "f1",
                          "needs images that are known to be good and others that are known to be bad");
    for (int i = known->bad_count - 1; i >= 0; i--) { /* below a bad one: elsewhere it only loses */
        const double threshold = below(known, known->bad[i]), f1 = alfa__f1(known, threshold);
        if (f1 > best) {
            best = f1;
            *out = threshold;
        }
    }
    return ALFA_OK;
}
