/* The terms on which a bank was learned: all that scores depend on besides the pictures. They stand in the
 * bank's file, and a detector that works on other terms is refused. */
#ifndef ALFA_DETECT_TERMS_H
#define ALFA_DETECT_TERMS_H

#include "detect/detector.h"

/* A detector's terms besides model and class, a new reference. */
json_t *alfa__terms_describe(const struct alfa_detector *d);

/* The detector options that a bank was made with; false when the file says something else. */
bool alfa__terms_read(struct alfa_detector_options *out, const json_t *json);

/* The layers of a bank in terms of the detector's model. Fails when it has no such layer. */
enum alfa_status alfa__terms_layers(struct alfa__layer layers[ALFA__MAX_TAPS], int *count,
                                    const struct alfa_bank *bank, const struct alfa_model *model,
                                    struct alfa_error *err);

/* Model, class and all options that scores depend on must be those that the bank was learned with. */
enum alfa_status alfa__terms_check(const struct alfa_bank *bank, const struct alfa_detector *d,
                                   struct alfa_error *err);

#endif
