/* One thread that does errands in the order in which they are given, so that whoever gives them can go on
 * answering a broker meanwhile. */
#ifndef ALFA_CLI_HAND_H
#define ALFA_CLI_HAND_H

#include "alfa.h"

struct alfa__hand;

/* The first member of whatever an errand is. */
struct alfa__errand {
    struct alfa__errand *next;
};

/* work() is called by the thread. */
enum alfa_status alfa__hand_open(struct alfa__hand **out,
                                 void (*work)(void *context, struct alfa__errand *errand), void *context,
                                 struct alfa_error *err);
/* Waits for the errand in work; what waits is lost, so take it back first. */
void alfa__hand_close(struct alfa__hand *hand);

void alfa__hand_give(struct alfa__hand *hand, struct alfa__errand *errand);
/* The next one that is done, or NULL. */
struct alfa__errand *alfa__hand_take(struct alfa__hand *hand);
/* One that has not begun, or NULL. */
struct alfa__errand *alfa__hand_take_back(struct alfa__hand *hand);
/* Readable when something is done. */
int alfa__hand_wake(const struct alfa__hand *hand);

#endif
