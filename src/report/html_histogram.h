/* Scores as a drawing in a page: how many images have which, and where the threshold is. */
#ifndef ALFA_REPORT_HTML_HISTOGRAM_H
#define ALFA_REPORT_HTML_HISTOGRAM_H

#include "base/strings.h"

/* One image. */
struct alfa__score {
    double score;
    bool bad; /* drawn on top of the others, in the colour of anomalies */
};

/* count scores, at least 1; threshold NAN: none, and colours mean nothing then unless some are bad. */
void alfa__html_histogram(struct alfa__string *out, const struct alfa__score *scores, size_t count,
                          double threshold, const char *caption);

#endif
