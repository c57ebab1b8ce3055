/* Turns at judging, first come first served. When few wait, one piece of work is done at a time with all
 * processors, so that it is soon done; when there is enough to keep at least half of the processors busy, so
 * many are done at once as there are processors, one thread each, which wastes nothing on sharing.
 *
 * OpenMP keeps a team of threads for each thread that calls it, and as soon as all teams together have more
 * members than there are processors, its barriers sleep instead of waiting awake. So there is one thread with
 * a team, to which work for all processors is handed over; what is done with one thread is done by the caller
 * itself. */
#ifndef ALFA_SERVE_DESK_H
#define ALFA_SERVE_DESK_H

#include "alfa.h"

struct alfa__desk;

/* threads: processors that may be used, at least 1. */
enum alfa_status alfa__desk_open(struct alfa__desk **out, int threads, struct alfa_error *err);
/* Nobody may come any more. */
void alfa__desk_close(struct alfa__desk *desk);

/* Waits for its turn, and until work(context) has been done. alone: nothing else may be done meanwhile, and
 * it gets all processors. Which threads do it never changes what comes out of it. */
void alfa__desk_do(struct alfa__desk *desk, bool alone, void (*work)(void *), void *context);

/* How many wait for their turn. */
int alfa__desk_waiting(struct alfa__desk *desk);

#endif
