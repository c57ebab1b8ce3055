/* A picture of scores: how many good and bad images have which, and where the threshold is. */
#ifndef ALFA_REPORT_HISTOGRAM_H
#define ALFA_REPORT_HISTOGRAM_H

#include "base/status.h"
#include "report/bins.h"

/* Writes a PNG of 720 x 400 pixels of count scores in [0, 1]: good images in blue from the line up, bad ones
 * in orange from the line down, the threshold (NAN: none) as a line with its number. */
enum alfa_status alfa__histogram_write(const struct alfa__score *scores, size_t count, double threshold,
                                       const char *path, struct alfa_error *err);

#endif
