/* How long a method takes for an image: from the decoded photograph to score and map, alone, as a user of the
 * method waits for it. Beside others it would share their pass over the image. */
#ifndef ALFA_EVAL_TIMING_H
#define ALFA_EVAL_TIMING_H

#include "detect/method.h"

/* Mean and deviation in seconds, over the images whose paths are given; one before them warms up. */
struct alfa__timing {
    double mean, deviation;
    int count;
};

/* state is open and has learned; request is its own. Images that cannot be read are passed over. */
enum alfa_status alfa__eval_time(struct alfa__timing *out, const struct alfa__method *method, void *state,
                                 const struct alfa__feature_request *request, const struct alfa_model *model,
                                 enum alfa_resize resize, int bits, const char *const *paths, int count,
                                 struct alfa_error *err);

#endif
