/* What an image and its regions look most like, as parts of a card of the HTML report: numbers on the heat
 * map and, under the same numbers, lists of descriptors with bars. */
#ifndef ALFA_REPORT_LIKENESS_H
#define ALFA_REPORT_LIKENESS_H

#include "report/record.h"

/* A number for each region at its place on a picture of the whole image; "" without regions. Freed with
 * free(); NULL when there is not enough memory. */
char *alfa__likeness_marks(const struct alfa__record *record);

/* Lists that can be folded: for the image and for each region its descriptors, each with a bar for the
 * similarity and one for the share. They are open when the image is an anomaly. "" when the record has no
 * likenesses. As above. */
char *alfa__likeness_lists(const struct alfa__record *record);

#endif
