/* JSON lines: one object a file. */
#ifndef ALFA_REPORT_JSON_H
#define ALFA_REPORT_JSON_H

#include "report/record.h"

/* Appends the record as one line with its line feed. Strings are valid UTF-8 whatever the path's bytes are;
 * numbers have 9 significant digits and a point in every locale. Out of memory: out->failed is set. */
void alfa__json_line(struct alfa__string *out, const struct alfa__record *record);

/* Appends JSON text with its odd characters (base/plain.h) as \uXXXX: it means the same, and a terminal shows
 * it as it is. */
void alfa__json_plain(struct alfa__string *out, const char *json);

#endif
