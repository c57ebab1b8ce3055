#include "report/html_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void alfa__html_bytes(struct alfa__string *out, const char *text, size_t size)
{
    static const char special[] = "&<>\"'";
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    for (size_t i = 0; i < size; i++) {
        const char *found = strchr(special, text[i]);
        if (found)
            alfa__string_append(out, entities[found - special]);
        else
            alfa__string_append_bytes(out, text + i, 1);
    }
}

void alfa__html_text(struct alfa__string *out, const char *text)
{
    alfa__html_bytes(out, text, strlen(text));
}

void alfa__html_url(struct alfa__string *out, const char *path)
{
    for (; *path; path++)
        if (strchr("/._-~", *path) || (*path >= '0' && *path <= '9') || (*path >= 'A' && *path <= 'Z') ||
            (*path >= 'a' && *path <= 'z'))
            alfa__string_append_bytes(out, path, 1);
        else
            alfa__string_appendf(out, "%%%02X", (unsigned char)*path);
}

void alfa__html_number(struct alfa__string *out, double value, const char *unit)
{
    long thousandths = isfinite(value) ? lround(fmin(fmax(value, -1e6), 1e6) * 1000) : 0;
    alfa__string_appendf(out, "%s%ld.%03ld%s", thousandths < 0 ? "-" : "", labs(thousandths) / 1000,
                         labs(thousandths) % 1000, unit);
}

void alfa__html_base64(struct alfa__string *out, const unsigned char *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        const size_t left = size - i;
        const unsigned group = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                               (left > 2 ? bytes[i + 2] : 0u);
        const char text[4] = {digits[group >> 18], digits[group >> 12 & 63],
                              left > 1 ? digits[group >> 6 & 63] : '=', left > 2 ? digits[group & 63] : '='};
        alfa__string_append_bytes(out, text, 4);
    }
}
