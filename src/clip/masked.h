/* The paper's windows: x masked. All of the image is encoded once a window, with 0 - the model's mean colour
 * - for the pixels outside, so that attention sees as many tokens as ever. Some hundred times the work of
 * dropping the other tokens; a reference to compare that with. */
#ifndef ALFA_CLIP_MASKED_H
#define ALFA_CLIP_MASKED_H

#include "clip/features.h"

/* As alfa__features_from_pixels(), for a request without a region of interest. */
enum alfa_status alfa__features_masked(const struct alfa_model *model, struct alfa__features *out,
                                       const float *pixels, const struct alfa__feature_request *request,
                                       struct alfa__arena *arena, struct alfa_error *err);

#endif
