/* What a patch is among the others of its image: numbers that the built-in model's stem adds to the features
 * of every patch, so that a window, which sees no other patch, still knows whether its own are like the rest.
 *
 * The image's mean feature; then for every stride of the stem and for all together (g), and for every k of a
 * list, the rarity of the patch
 *
 *     r_gk(p) = log2(0.05 + mean of the k smallest of |x_p - x_q| / sqrt(n_g) over the patches q that do not
 *               touch p),     and     r_gk(p) - median of r_gk over the image.
 *
 * Repeated marks (holes of a sieve, letters, chips of chocolate) have near neighbours, a single defect has
 * none. */
#ifndef ALFA_CLIP_CONTEXT_H
#define ALFA_CLIP_CONTEXT_H

#include "base/arena.h"
#include "base/status.h"
#include "weights/config.h"

struct alfa__context {
    int group_count, groups[ALFA__MAX_FEATURES]; /* features of each stride, in their order */
    int nearest_count, nearest[ALFA__MAX_NEAREST];
};

/* Features with those that are added; as they are when the list of k is empty. */
int alfa__context_features(const struct alfa__context *context);

/* x: grid^2 x features; out: grid^2 x alfa__context_features(), x first in every row. grid is 6 or
 * more, so that there are patches enough that do not touch. */
enum alfa_status alfa__context_append(const struct alfa__context *context, int grid, const float *x,
                                      float *out, struct alfa__arena *arena, struct alfa_error *err);

#endif
