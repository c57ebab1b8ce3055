/* An error of our own in the library's form. */
#ifndef ALFA_GST_FAIL_H
#define ALFA_GST_FAIL_H

#include <alfa.h>
#include <glib.h>

/* Fills err and returns code. */
static inline enum alfa_status G_GNUC_PRINTF(4, 5)
    alfa__fail(struct alfa_error *err, enum alfa_status code, const char *source, const char *format, ...)
{
    va_list list;
    err->code = code;
    g_strlcpy(err->source, source, sizeof err->source);
    va_start(list, format);
    g_vsnprintf(err->message, sizeof err->message, format, list);
    va_end(list);
    return code;
}

#endif
