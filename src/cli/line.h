/* The pictures that came and wait for their turn, in the order in which they came. When there are enough of
 * them to keep at least half of the processors busy, they are looked at ahead (ahead.h), each by one thread;
 * else whoever takes one looks at it with all processors. What was found is the same. */
#ifndef ALFA_CLI_LINE_H
#define ALFA_CLI_LINE_H

#include "cli/arrivals.h"
#include "cli/judging.h"

struct alfa__line;

struct alfa__comer {
    struct alfa__arrival arrival;
    struct alfa__input input; /* name is left to who takes it; freed with the comer */
    struct alfa__origin seen; /* the file when it was given to be looked at */
    long long number;
    bool given; /* looked at ahead, and not taken */
    bool over;  /* it had its turn out of turn */
};

/* Whether a file was judged as it is, and is not to be looked at. */
typedef bool alfa__line_known(void *context, const struct alfa__origin *file);

/* threads: processors that may be used. All that is given is lent. */
struct alfa__line *alfa__line_new(struct alfa__arrivals *arrivals, int threads, alfa__line_known *known,
                                  void *context);
void alfa__line_free(struct alfa__line *line); /* may be NULL; waits for the pictures that are looked at */

/* With what is looked at from now on. Whatever was looked at ahead is looked at again. */
void alfa__line_use(struct alfa__line *line, const struct alfa__kit *kit,
                    const struct alfa__outputs *outputs);
/* The kit and outputs are not used any more, until alfa__line_use(). */
void alfa__line_halt(struct alfa__line *line);

/* Whose turn it is, waited for at most so many seconds; NULL: nobody's. Stays in front until it leaves. */
struct alfa__comer *alfa__line_first(struct alfa__line *line, double seconds);
/* The one that came last, out of its turn, which is over for it then; NULL: nobody waits. */
struct alfa__comer *alfa__line_last(struct alfa__line *line);
void alfa__line_leave(struct alfa__line *line, struct alfa__comer *comer);

/* Looks at the picture; file is what it is now: what was found ahead counts only if it is still the same.
 * out->status is ALFA_ERROR_STOPPED when a signal came before anything was found. */
void alfa__line_look(struct alfa__found *out, struct alfa__line *line, struct alfa__comer *comer,
                     const struct alfa__origin *file);

/* Those that wait. */
int alfa__line_waiting(const struct alfa__line *line);

#endif
