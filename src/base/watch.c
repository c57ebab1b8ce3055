#include "base/watch.h"

static _Thread_local const struct alfa__watch *current;

const struct alfa__watch *alfa__watch_set(const struct alfa__watch *watch)
{
    const struct alfa__watch *before = current;
    current = watch;
    return before;
}

enum alfa_status alfa__watch_tell(const char *part, int done, int total, struct alfa_error *err)
{
    if (!current || !current->progress || current->progress(current->context, part, done, total))
        return ALFA_OK;
    return alfa__fail(err, ALFA_ERROR_STOPPED, NULL, "stopped by the progress function after %d of %d %s",
                      done, total, part);
}
