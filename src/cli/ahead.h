/* Looking ahead: pictures are read, judged and drawn by several threads while those before them are written,
 * and come out in the order in which they were given. The same answers for any number of threads.
 *
 *     alfa__ahead_start(&ahead, &kit, outputs, threads);
 *     for each picture i, in order:
 *         while (alfa__ahead_has_room(ahead))
 *             alfa__ahead_give(ahead, the next one that is to be looked at, ...)
 *         if (alfa__ahead_take(&found, ahead, i)) ... write it, alfa__found_free(&found)
 *         else                                    ... judge it here
 *     alfa__ahead_stop(ahead);
 *
 * So many pictures are looked at as there are threads. Bounded: a few finished ones wait (encoded), and of
 * large pictures fewer are in memory at once. Begins with one at a time and grows, since it is not known how
 * large pictures are before one was read. */
#ifndef ALFA_CLI_AHEAD_H
#define ALFA_CLI_AHEAD_H

#include "cli/judging.h"

struct alfa__ahead;

/* Bytes that all pictures in work may take, where more than one is. */
#define ALFA__AHEAD_ROOM (256LL << 20)

/* Whether pictures are better looked at by one thread each than one after the other by all. seconds: that one
 * picture took all of them. Detectors of methods without windows look at one picture at a time. */
bool alfa__ahead_pays(const struct alfa__kit *kit, int threads, double seconds);

/* threads: how many pictures at most; seconds: that one picture took all of them. NULL when there is nothing
 * to gain, when a signal would have to wait too long for pictures of one thread each, or when the system
 * makes no more threads. All that is given is lent. */
struct alfa__ahead *alfa__ahead_start(const struct alfa__kit *kit, const struct alfa__outputs *outputs,
                                      int threads, double seconds);

/* Whether another picture can be given; ahead may be NULL. */
bool alfa__ahead_has_room(const struct alfa__ahead *ahead);

/* number: larger than that of the one before. threads: to look at this one with, which belong to no other:
 * more than one where there are fewer pictures than threads. The input is lent until it was taken or passed
 * over. */
void alfa__ahead_give(struct alfa__ahead *ahead, const struct alfa__input *input, long long number,
                      int threads);

/* Waits for the picture with that number, not before that of the last call; false: it was not given. Those
 * before it are dropped. ahead may be NULL. A signal ends the wait: *out then says ALFA_ERROR_STOPPED. */
bool alfa__ahead_take(struct alfa__found *out, struct alfa__ahead *ahead, long long number);

/* Waits for the pictures that are looked at; what nobody took is dropped. ahead may be NULL. */
void alfa__ahead_stop(struct alfa__ahead *ahead);

#endif
