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

/* The same for a call of the system that failed with number (errno) while a file was read: what is wrong with
 * the file (missing, not allowed, a folder) is ALFA_ERROR_INPUT; what is not its fault (too many files are
 * open, the disk gives an error) is ALFA_ERROR_RUNTIME or ALFA_ERROR_MEMORY. what: "cannot be opened". */
enum alfa_status alfa__fail_reading(struct alfa_error *err, const char *source, const char *what, int number);

/* A bad input that is a part of something becomes an error of the whole: INPUT and LIMIT turn into code, in
 * err too; failures of the system stay what they are. */
enum alfa_status alfa__blame(enum alfa_status status, enum alfa_status code, struct alfa_error *err);

/* For public functions, first of all: fails when a pointer is NULL that must not be. The second also clears
 * what the pointer points to: the result. */
#define ALFA__NEED(pointer, name, err)                                          \
    do {                                                                        \
        if (!(pointer))                                                         \
            return alfa__fail(err, ALFA_ERROR_USAGE, name, "must not be NULL"); \
    } while (0)
#define ALFA__NEED_OUT(out, err)     \
    do {                             \
        ALFA__NEED(out, "out", err); \
        *(out) = NULL;               \
    } while (0)

/* Returns the first status that is not ALFA_OK from the enclosing function. Only where nothing is owned yet.
 */
#define ALFA__TRY(call)                         \
    do {                                        \
        enum alfa_status alfa__status = (call); \
        if (alfa__status != ALFA_OK)            \
            return alfa__status;                \
    } while (0)

#endif
