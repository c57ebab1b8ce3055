/* What a result was made with, so that nobody has to remember it: version, model, every reading of the
 * method, the sentences, and how normal images take part. Nothing stands as "auto": it is what the model made
 * of it. */
#ifndef ALFA_DETECT_SETTINGS_H
#define ALFA_DETECT_SETTINGS_H

#include "detect/detector.h"

/* One JSON object as text, lent until the detector gets another bank or region of interest; NULL when there
 * is not enough memory. */
const char *alfa__detector_settings(struct alfa_detector *d);

/* What it says is no longer so. */
void alfa__detector_settings_drop(struct alfa_detector *d);

#endif
