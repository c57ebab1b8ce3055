/* Errors: how a function says what went wrong. The public side is in alfa.h. */
#ifndef ALFA_BASE_STATUS_H
#define ALFA_BASE_STATUS_H

#include "alfa.h"

/* Fills err (when not NULL) and returns code, so that a failing function ends with
 *     return alfa__fail(err, ALFA_ERROR_INPUT, path, "is empty: not an image");
 * source may be NULL. Long texts are cut; what is not plain (base/plain.h) in a message becomes '?'. */
enum alfa_status alfa__fail(struct alfa_error *err, enum alfa_status code, const char *source,
                            const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same for a failed allocation of size bytes; 0: it is not known how many. */
enum alfa_status alfa__fail_memory(struct alfa_error *err, size_t size);

/* Returns the first status that is not ALFA_OK from the enclosing function. Only where nothing is owned yet.
 */
#define ALFA__TRY(call)                         \
    do {                                        \
        enum alfa_status alfa__status = (call); \
        if (alfa__status != ALFA_OK)            \
            return alfa__status;                \
    } while (0)

#endif
