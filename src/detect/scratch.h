/* Scratch memory for calls that go on at once: the first takes the detector's arena, the others take spare
 * ones, which stay for the next. */
#ifndef ALFA_DETECT_SCRATCH_H
#define ALFA_DETECT_SCRATCH_H

#include "base/arena.h"
#include "base/status.h"

#include <pthread.h>

struct alfa__spare {
    struct alfa__arena arena;
    struct alfa__spare *next;
};

struct alfa__scratch {
    pthread_mutex_t turn;       /* of compared methods, which judge one image at a time */
    pthread_mutex_t lock;       /* of what follows, and of the detector's arena and settings */
    bool lent;                  /* the detector's arena is in use, */
    struct alfa__spare *spares; /* and these are not */
};

struct alfa__scratch *alfa__scratch_new(void);          /* NULL: out of memory */
void alfa__scratch_free(struct alfa__scratch *scratch); /* may be NULL */

/* own is the detector's arena; *out is what a call works with, to be given back with the same spare. */
enum alfa_status alfa__scratch_borrow(struct alfa__arena *out, struct alfa__spare **spare,
                                      struct alfa__scratch *scratch, const struct alfa__arena *own,
                                      struct alfa_error *err);
void alfa__scratch_return(struct alfa__scratch *scratch, struct alfa__arena *own, struct alfa__spare *spare,
                          const struct alfa__arena *arena);

#endif
