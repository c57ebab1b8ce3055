/* Comma-separated values (RFC 4180): the columns of the JSON lines, and error at the end. Lines end with CR
 * LF; a field that holds a comma, a quote or a line break is quoted. */
#ifndef ALFA_REPORT_CSV_H
#define ALFA_REPORT_CSV_H

#include "report/record.h"

void alfa__csv_header(struct alfa__string *out);

/* A failed file has its path and its error, and empty fields between. Out of memory: out->failed is set. */
void alfa__csv_line(struct alfa__string *out, const struct alfa__record *record);

/* The same with a row for each region, the strongest first: the columns from region_x on are that region's.
 * Without a region one row, as above. */
void alfa__csv_regions(struct alfa__string *out, const struct alfa__record *record);

/* The row of an object of JSON lines, with the region of that index in the columns from region_x on. NULL:
 * out of memory. */
void alfa__csv_object(struct alfa__string *out, const json_t *line, int region);

#endif
