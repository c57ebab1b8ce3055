/* A progress bar on standard error:
 *     [=======>            ] 12/120  3.4 images/s  32 s left
 * It is drawn only on a terminal, only once the work has lasted a second, and never with --quiet. Whoever
 * prints hides it first (talk.c does); the next step draws it again. One bar at a time. */
#ifndef ALFA_CLI_PROGRESS_H
#define ALFA_CLI_PROGRESS_H

/* total things of which unit is the plural ("images"). */
void alfa__progress_start(int total, const char *unit);
/* total bytes, begin of which were there before: 412 MB/833 MB  34 MB/s  12 s left */
void alfa__progress_start_bytes(long long total, long long begin);
/* done things are finished. */
void alfa__progress_step(long long done);
/* Says what is going on while nothing can be counted yet ("opening the model"); same rules but at once. */
void alfa__progress_say(const char *what);
void alfa__progress_hide(void);
void alfa__progress_stop(void);

#endif
