#include "base/clock.h"

#include <math.h>
#include <time.h>

double alfa__clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void alfa__clock_utc(char out[32])
{
    const time_t now = time(NULL);
    struct tm parts;
    if (!gmtime_r(&now, &parts) || !strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &parts))
        out[0] = 0;
}

enum { HOUR = 3600, DAY = 24 * HOUR };

bool alfa__calendar_holds(struct alfa__calendar *c, double date, double clock)
{
    const double gap = date - clock;
    if (!c->is_known || fabs(gap - c->gap) <= HOUR) {
        c->gap = c->is_known ? c->gap : gap;
        c->is_known = true;
        c->is_moved = false;
        return true;
    }
    if (!c->is_moved || fabs(gap - c->moved_gap) > HOUR) {
        c->is_moved = true;
        c->moved_gap = gap;
        c->moved_at = clock;
    }
    if (clock - c->moved_at < DAY)
        return false;
    c->gap = gap;
    c->is_moved = false;
    return true;
}
