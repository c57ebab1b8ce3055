/* A picture of scores: how many good and bad images have which, and where the threshold is. */
#ifndef ALFA_REPORT_HISTOGRAM_H
#define ALFA_REPORT_HISTOGRAM_H

#include "base/status.h"

/* What is drawn; all scores in [0, 1]. */
struct alfa__histogram {
    const double *good, *bad;
    int good_count, bad_count;
    double threshold; /* NAN: none */
};

/* Writes a PNG of 720 x 400 pixels: good images in blue from the line up, bad ones in orange from the line
 * down, bins over the range of all scores, the threshold as a line with its number. */
enum alfa_status alfa__histogram_write(const struct alfa__histogram *histogram, const char *path,
                                       struct alfa_error *err);

#endif
