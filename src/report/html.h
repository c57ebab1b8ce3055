/* A report for people: report.html and its pictures, in a folder that can be copied or mailed and needs no
 * network.
 *
 *     struct alfa__html *html;
 *     alfa__html_new(&html, "out", &err);
 *     for each file: alfa__html_add(html, &record, image, &heat, &err);
 *     alfa__html_write(html, &err);
 *     alfa__html_free(html);
 *
 * Photographs and heat maps are written as small JPEG files into report_files/ while files are added; only a
 * few short strings a file stay in memory. One thread at a time. */
#ifndef ALFA_REPORT_HTML_H
#define ALFA_REPORT_HTML_H

#include "image/heat.h"
#include "report/record.h"

struct alfa__html;

/* Makes folder and folder/report_files when they are missing. */
enum alfa_status alfa__html_new(struct alfa__html **out, const char *folder, struct alfa_error *err);

/* A line for the head of the page: bank, thresholds, version. Copied; the last one counts. */
enum alfa_status alfa__html_describe(struct alfa__html *html, const char *about, struct alfa_error *err);

/* photo and heat are NULL for a file that failed, heat alone for a method without map. Strings are copied. */
enum alfa_status alfa__html_add(struct alfa__html *html, const struct alfa__record *record,
                                const struct alfa_image *photo, const struct alfa__heat *heat,
                                struct alfa_error *err);

/* Writes folder/report.html: sorted by score, the highest first; failed files at the end. */
enum alfa_status alfa__html_write(const struct alfa__html *html, struct alfa_error *err);

void alfa__html_free(struct alfa__html *html);

#endif
