/* One thread that does what others hand over, one after the other. OpenMP keeps a team of threads for each
 * thread that calls it, and as soon as all teams together have more members than there are processors, its
 * barriers sleep instead of waiting awake: with several judging threads two processors were hardly faster
 * than one. */
#ifndef ALFA_SERVE_DESK_H
#define ALFA_SERVE_DESK_H

#include "alfa.h"

struct alfa__desk;

enum alfa_status alfa__desk_open(struct alfa__desk **out, struct alfa_error *err);
/* Nobody may hand anything over any more. */
void alfa__desk_close(struct alfa__desk *desk);

/* Waits until work(context) has been done there. */
void alfa__desk_do(struct alfa__desk *desk, void (*work)(void *), void *context);

#endif
