/* Scores as a drawing in a page: how many images have which, and where the threshold is. */
#ifndef ALFA_REPORT_HTML_HISTOGRAM_H
#define ALFA_REPORT_HTML_HISTOGRAM_H

#include "base/strings.h"
#include "report/bins.h"

/* count scores, at least 1; bad ones are drawn on top of the others, in the colour of anomalies. threshold
 * NAN: none, and colours mean nothing then unless some are bad. */
void alfa__html_histogram(struct alfa__string *out, const struct alfa__score *scores, size_t count,
                          double threshold, const char *caption);

#endif
