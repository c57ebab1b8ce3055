/* How many good and bad images have which score: what a histogram draws, whatever with. */
#ifndef ALFA_REPORT_BINS_H
#define ALFA_REPORT_BINS_H

#include <stdbool.h>
#include <stddef.h>

enum { ALFA__BINS = 50 };

/* One image. */
struct alfa__score {
    double score;
    bool bad;
};

struct alfa__bins {
    double low, high; /* all scores and the threshold are within; in twentieths */
    int good[ALFA__BINS], bad[ALFA__BINS];
    int good_count, bad_count;
};

/* count scores; threshold NAN: none. */
void alfa__bins_make(struct alfa__bins *out, const struct alfa__score *scores, size_t count,
                     double threshold);

/* Where a score lies, from 0 at the low end to 1 at the high one. */
double alfa__bins_place(const struct alfa__bins *bins, double score);

#endif
