/* What a threshold finds and what it costs, counted on images that are known to be good or bad. */
#ifndef ALFA_BANK_TRADEOFF_H
#define ALFA_BANK_TRADEOFF_H

#include "base/status.h"

/* Scores of known images, each in ascending order. */
struct alfa__known {
    const double *good, *bad;
    int good_count, bad_count;
};

/* How many of count ascending scores lie above a threshold. */
int alfa__count_above(const double *sorted, int count, double threshold);

/* Wilson's interval for a share of which count of so many were seen, with a confidence of 95 %: it lies in
 * [0, 1], is not empty for 0 of n, and covers the true share about as often as it says even for small n. of
 * 0: [0, 1]. */
void alfa__wilson(double *low, double *high, int count, int of);

/* 2 TP / (2 TP + FP + FN) of a threshold; 0 without bad images. */
double alfa__f1(const struct alfa__known *known, double threshold);

/* The highest threshold that at least a share of the bad ones lies above, half way down to the next score.
 * Fails with ALFA_ERROR_USAGE without bad ones or for a share outside (0, 1]. */
enum alfa_status alfa__threshold_finding(double *out, const struct alfa__known *known, double share,
                                         struct alfa_error *err);

/* The threshold with the largest F1 (of equals the highest), half way between two scores. Fails with
 * ALFA_ERROR_USAGE without good or without bad ones. */
enum alfa_status alfa__threshold_f1(double *out, const struct alfa__known *known, struct alfa_error *err);

#endif
