/* Texts, addresses and numbers of the HTML report. */
#ifndef ALFA_REPORT_HTML_TEXT_H
#define ALFA_REPORT_HTML_TEXT_H

#include "base/strings.h"

/* Appends size bytes of valid UTF-8 with the special characters of HTML as entities. */
void alfa__html_bytes(struct alfa__string *out, const char *text, size_t size);
void alfa__html_text(struct alfa__string *out, const char *text);

/* Appends a relative path as a URL. */
void alfa__html_url(struct alfa__string *out, const char *path);

/* Appends bytes as the base64 of a "data:" address. */
void alfa__html_base64(struct alfa__string *out, const unsigned char *bytes, size_t size);

/* Appends a number in thousandths, without the locale's decimal point, and its unit. */
void alfa__html_number(struct alfa__string *out, double value, const char *unit);

#endif
