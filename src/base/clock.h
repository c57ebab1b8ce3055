/* Time that only goes forward, for measuring how long something took. */
#ifndef ALFA_BASE_CLOCK_H
#define ALFA_BASE_CLOCK_H

/* Seconds since some moment that does not change while the program runs. */
double alfa__clock(void);

#endif
