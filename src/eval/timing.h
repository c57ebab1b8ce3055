/* How long a method takes for an image: from the decoded photograph to score and map, alone, as a user of the
 * method waits for it. Beside others it would share their pass over the image. */
#ifndef ALFA_EVAL_TIMING_H
#define ALFA_EVAL_TIMING_H

#include "alfa.h"

struct alfa__unit;
struct alfa__walk;

/* Mean and deviation in seconds. */
struct alfa__timing {
    double mean, deviation;
    int count;
};

/* Over the first images of the class, as many as the options say; one before them warms up. Images that
 * cannot be read are passed over. A method that judges images together has no time of its own: count 0, as
 * without the option and for seeds behind the first. */
enum alfa_status alfa__unit_time(struct alfa__timing *out, const struct alfa__walk *w,
                                 const struct alfa__unit *unit, struct alfa_error *err);

#endif
