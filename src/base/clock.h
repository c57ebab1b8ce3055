/* Time that only goes forward, for measuring how long something took; the date, and whether it can be
 * trusted. */
#ifndef ALFA_BASE_CLOCK_H
#define ALFA_BASE_CLOCK_H

#include <stdbool.h>

/* Seconds since some moment that does not change while the program runs. */
double alfa__clock(void);

/* Now in UTC, "2026-01-31T12:00:00Z". */
void alfa__clock_utc(char out[32]);

/* Whether the machine's calendar can be trusted: one that is moved by more than an hour cannot for a day, or
 * until it is moved back. Zero-initialise. */
struct alfa__calendar {
    double gap, moved_gap, moved_at; /* seconds of the calendar beyond those of alfa__clock() */
    bool is_known, is_moved;
};
bool alfa__calendar_holds(struct alfa__calendar *calendar, double date, double clock); /* both in seconds */

#endif
