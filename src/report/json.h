/* JSON lines: one object a file. */
#ifndef ALFA_REPORT_JSON_H
#define ALFA_REPORT_JSON_H

#include "report/record.h"

/* Appends the record as one line with its line feed. Strings are valid UTF-8 whatever the path's bytes are;
 * numbers have 9 significant digits and a point in every locale. Out of memory: out->failed is set. */
void alfa__json_line(struct alfa__string *out, const struct alfa__record *record);

#endif
