/* Telling the caller how far a long call is, and asking whether it should go on. A public function sets whom
 * to tell for the thread and the time of the call; whatever loops below it tells, without knowing about it.
 *
 *     const struct alfa__watch *before = alfa__watch_set(&detector->watch);
 *     ... ALFA__TRY(alfa__watch_tell("tiles", i, n, err)); ...
 *     alfa__watch_set(before);
 */
#ifndef ALFA_BASE_WATCH_H
#define ALFA_BASE_WATCH_H

#include "base/status.h"

struct alfa__watch {
    bool (*progress)(void *context, const char *part, int done, int total); /* NULL: nobody is told */
    void *context;
};

/* Returns what was set before; NULL: nobody is told. */
const struct alfa__watch *alfa__watch_set(const struct alfa__watch *watch);

/* Done so many of total steps of a part. Fails with ALFA_ERROR_STOPPED when the caller wants an end. */
enum alfa_status alfa__watch_tell(const char *part, int done, int total, struct alfa_error *err);

#endif
