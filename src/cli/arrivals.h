/* Pictures as they appear in folders and the folders below: whole ones, each once, in the order in which they
 * came.
 *
 * The system tells when a file was closed or moved to a place (inotify); such a file is whole unless it is
 * empty. Where nobody tells (a network share, what was there before, a storm of more events than are kept),
 * the folders are looked at, and a file is whole when two looks find the same size and time of change, and
 * nobody has told of a writer that has not closed it. A folder that is removed is waited for, and another one
 * that comes in its place (a disk that is mounted, a link) is looked into. */
#ifndef ALFA_CLI_ARRIVALS_H
#define ALFA_CLI_ARRIVALS_H

#include <stdbool.h>

#include "alfa.h"

struct alfa__arrivals;

struct alfa__arrivals_options {
    char **folders;
    int count;
    const char *const *skip; /* folders that are not looked into, up to a NULL */
    double poll;             /* seconds between looks; 0: the system tells */
    int most; /* paths that wait at once; what is more is found by a look when these are done */
    bool (*known)(void *context, const char *path); /* pictures that a look passes over */
    void *context;
};

struct alfa__arrival {
    char *path;        /* a folder that was given and what is below it; freed by the caller */
    const char *below; /* of path, behind the folder */
    int folder;        /* which one */
};

/* The first look is the first call of next(). Fails with ALFA_ERROR_USAGE when a folder is none, with
 * ALFA_ERROR_MEMORY. */
enum alfa_status alfa__arrivals_open(struct alfa__arrivals **out,
                                     const struct alfa__arrivals_options *options, struct alfa_error *err);

/* From now on next() returns when this handle can be read from; -1: none. */
void alfa__arrivals_set_bell(struct alfa__arrivals *arrivals, int handle);

/* Waits up to so many seconds, or until a signal or the bell comes. False when no picture came. */
bool alfa__arrivals_next(struct alfa__arrival *out, struct alfa__arrivals *arrivals, double seconds);

/* The next one, if one is known of: without waiting, and without a look. */
bool alfa__arrivals_more(struct alfa__arrival *out, struct alfa__arrivals *arrivals);

/* The picture that came last, out of its turn; false when none waits. */
bool alfa__arrivals_newest(struct alfa__arrival *out, struct alfa__arrivals *arrivals);

/* Pictures that wait, of those that are known of. */
int alfa__arrivals_waiting(const struct alfa__arrivals *arrivals);

void alfa__arrivals_free(struct alfa__arrivals *arrivals);

#endif
