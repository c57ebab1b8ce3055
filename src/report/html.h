/* A report for people: report.html and its pictures, in a folder that can be copied or mailed and needs no
 * network.
 *
 *     struct alfa__html *html;
 *     alfa__html_new(&html, "out", &err);
 *     alfa__html_begin(html, key, "bank bottle.bank, 5 normal images", &err);
 *     for each file: alfa__html_add(html, &record, image, &heat, &err);
 *     alfa__html_describe(html, "complete: 12 images", &err);
 *     alfa__html_write(html, &err);
 *     alfa__html_free(html);
 *
 * Photographs and heat maps are written as small JPEG files into report_files/ while files are added, and a
 * line of its journal (journal.h) for each file; in memory stays the card of each, about 2 KB. What earlier
 * reports in the folder say stays in it: a file that is judged again replaces its card, and a file that is
 * called like another one, of another day's folder, does not get its heat map. One thread at a time.
 */
#ifndef ALFA_REPORT_HTML_H
#define ALFA_REPORT_HTML_H

#include "image/heat.h"
#include "report/record.h"

struct alfa__html;

/* Makes folder and folder/report_files when they are missing, and reads what is there. Fails as
 * alfa__journal_open() does. */
enum alfa_status alfa__html_new(struct alfa__html **out, const char *folder, struct alfa_error *err);

/* How the files that follow are judged: key stands for all that a judgement depends on (up to 16 bytes), with
 * says it for the head of the page: bank, thresholds, version. Both are copied. */
enum alfa_status alfa__html_begin(struct alfa__html *html, const char *key, const char *with,
                                  struct alfa_error *err);

/* Whether a file was judged with this key as it is, and did not fail. */
bool alfa__html_knows(const struct alfa__html *html, const struct alfa__origin *origin);

/* What the pictures of a file may be called in the folder: as wanted, or with a number behind it when those
 * of another file are called so. NULL when there is not enough memory; freed with free(). */
char *alfa__html_name(const struct alfa__html *html, const struct alfa__origin *origin, const char *wanted);

/* A line for the head of the page: whether this run is complete. Copied; the last one counts. */
enum alfa_status alfa__html_describe(struct alfa__html *html, const char *about, struct alfa_error *err);

enum { ALFA__HTML_THUMBNAIL = 480 }; /* pixels of the longer side */

/* The small pictures of a file as they will lie in the folder. Zero-initialise; freed with
 * alfa__html_drawn_free(). */
struct alfa__html_jpeg {
    unsigned char *bytes; /* NULL: none */
    size_t size;
};
struct alfa__html_drawn {
    struct alfa__html_jpeg photo, map;
    int width, height;
};

/* Draws them: most of the work of a report, which any number of threads may do at once. heat as below; photo
 * may be a smaller copy of what was judged, with ALFA__HTML_THUMBNAIL at least. *out is empty after a
 * failure. */
enum alfa_status alfa__html_draw(struct alfa__html_drawn *out, const struct alfa__record *record,
                                 const struct alfa_image *photo, const struct alfa__heat *heat,
                                 struct alfa_error *err);
void alfa__html_drawn_free(struct alfa__html_drawn *drawn);

/* Adds a file whose pictures were drawn; none of a file that failed. Strings are copied. */
enum alfa_status alfa__html_add_drawn(struct alfa__html *html, const struct alfa__record *record,
                                      const struct alfa__html_drawn *drawn, struct alfa_error *err);

/* The two together. photo and heat are NULL for a file that failed, heat alone for a method without map.
 * Strings are copied. */
enum alfa_status alfa__html_add(struct alfa__html *html, const struct alfa__record *record,
                                const struct alfa_image *photo, const struct alfa__heat *heat,
                                struct alfa_error *err);

/* Writes folder/report.html: sorted by score, the highest first; failed files at the end. */
enum alfa_status alfa__html_write(const struct alfa__html *html, struct alfa_error *err);

void alfa__html_free(struct alfa__html *html);

#endif
