/* The whole image and its windows through the tower: what features.h offers, for a request whose windows are
 * tokens and not pixels (masked.h). */
#ifndef ALFA_CLIP_ENCODE_H
#define ALFA_CLIP_ENCODE_H

#include "clip/features.h"

/* As alfa__features_from_pixels(). */
enum alfa_status alfa__features_encode(const struct alfa_model *model, struct alfa__features *out,
                                       const float *pixels, const struct alfa__feature_request *request,
                                       struct alfa__arena *arena, struct alfa_error *err);

#endif
