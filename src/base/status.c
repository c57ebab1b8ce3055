#include "base/status.h"
#include "base/plain.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *alfa_status_text(enum alfa_status code)
{
    switch (code) {
#define ALFA_STATUS_CASE(name, text) \
    case name:                       \
        return text;
        ALFA_STATUS_LIST(ALFA_STATUS_CASE)
#undef ALFA_STATUS_CASE
    }
    return "unknown status";
}

const char *alfa_version(void)
{
    return ALFA_VERSION;
}

void alfa_free(void *memory)
{
    free(memory);
}

int alfa_version_number(void)
{
    return ALFA_VERSION_NUMBER;
}

enum alfa_status alfa__fail(struct alfa_error *err, enum alfa_status code, const char *source,
                            const char *format, ...)
{
    if (err) {
        va_list args;
        err->code = code;
        snprintf(err->source, sizeof err->source, "%s", source ? source : "");
        va_start(args, format);
        vsnprintf(err->message, sizeof err->message, format, args);
        va_end(args);
        alfa__plain(err->message); /* one line, whatever it quotes */
    }
    return code;
}

enum alfa_status alfa__fail_memory(struct alfa_error *err, size_t size)
{
    if (size == 0)
        return alfa__fail(err, ALFA_ERROR_MEMORY, NULL, "there is not enough memory");
    return alfa__fail(err, ALFA_ERROR_MEMORY, NULL, "cannot allocate %zu bytes", size);
}

enum alfa_status alfa__fail_reading(struct alfa_error *err, const char *source, const char *what, int number)
{
    static const int faults[] = {ENOENT,       ENOTDIR, EACCES, EPERM,  EISDIR,   ELOOP,
                                 ENAMETOOLONG, ENXIO,   ENODEV, EINVAL, EOVERFLOW};
    enum alfa_status code = number == ENOMEM ? ALFA_ERROR_MEMORY : ALFA_ERROR_RUNTIME;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (number == faults[i])
            code = ALFA_ERROR_INPUT;
    return alfa__fail(err, code, source, "%s: %s", what, strerror(number));
}

enum alfa_status alfa__blame(enum alfa_status status, enum alfa_status code, struct alfa_error *err)
{
    if (status != ALFA_ERROR_INPUT && status != ALFA_ERROR_LIMIT)
        return status;
    if (err)
        err->code = code;
    return code;
}
