/* Looking ahead: the pictures of a list are read, judged and drawn by several threads while those before them
 * are written, and come out in the order of the list. The same answers for any number of threads.
 *
 *     alfa__ahead_start(&ahead, &kit, outputs, &inputs, may_be_looked_at, context);
 *     for each input i, in order:
 *         if (alfa__ahead_take(&found, ahead, i)) ... write it, alfa__found_free(&found)
 *         else                                    ... judge it here
 *     alfa__ahead_stop(ahead);
 *
 * So many pictures are looked at as there are threads, one thread each; the last ones, of which there are
 * fewer than threads, have several each. Bounded: a few finished ones wait (encoded), and of large pictures
 * fewer are in memory at once. Begins with one at a time and grows, since it is not known how large pictures
 * are before one was read. */
#ifndef ALFA_CLI_AHEAD_H
#define ALFA_CLI_AHEAD_H

#include "cli/judging.h"

struct alfa__ahead;

/* Whether input i is a file to be looked at ahead; asked on the thread of the caller, when its turn comes. */
typedef bool alfa__ahead_suits(void *context, int i);

/* first: the input to begin with; threads: how many at most. NULL when there is nothing to gain or the system
 * makes no more threads. All that is given is lent. */
struct alfa__ahead *alfa__ahead_start(const struct alfa__kit *kit, const struct alfa__outputs *outputs,
                                      const struct alfa__inputs *inputs, int first, int threads,
                                      alfa__ahead_suits *suits, void *context);

/* Waits for input i, not before that of the last call; false: it is not looked at. ahead may be NULL. A
 * signal ends the wait: *out then says ALFA_ERROR_STOPPED. */
bool alfa__ahead_take(struct alfa__found *out, struct alfa__ahead *ahead, int i);

/* Waits for the pictures that are looked at; what nobody took is dropped. */
void alfa__ahead_stop(struct alfa__ahead *ahead);

#endif
