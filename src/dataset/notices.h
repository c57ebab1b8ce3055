/* What is odd about the input but stops nothing: one line each, for a person. */
#ifndef ALFA_DATASET_NOTICES_H
#define ALFA_DATASET_NOTICES_H

#include "dataset/names.h"

struct alfa__notice {
    char *source;     /* file or folder it is about */
    char *text;       /* continues the source: "has no masks" */
    const char *kind; /* the format of its text: those of one kind say the same of several files */
};

/* Zero-initialise. */
struct alfa__notices {
    struct alfa__notice *items;
    size_t count, room;
    bool failed; /* an allocation failed; the list is incomplete */
};

void alfa__notices_add(struct alfa__notices *notices, const char *source, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* One notice for all names: "<what>: a, b, c and 4 more"; none when there are no names. */
void alfa__notices_add_names(struct alfa__notices *notices, const char *source, const char *what,
                             const struct alfa__names *names);

/* Of each kind that occurs more than most times from index first on the first one stays, with how many more
 * there were. */
void alfa__notices_fold(struct alfa__notices *notices, size_t first, size_t most);

/* Appends what from has to out; from is empty then. */
void alfa__notices_move(struct alfa__notices *out, struct alfa__notices *from);

void alfa__notices_free(struct alfa__notices *notices);

#endif
