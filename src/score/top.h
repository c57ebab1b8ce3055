/* The image's score from its map alone: a defect is a place, so the most abnormal places speak for the image.
 */
#ifndef ALFA_SCORE_TOP_H
#define ALFA_SCORE_TOP_H

#include "base/arena.h"
#include "base/status.h"

#define ALFA__TOP_OF_WORDS 0.04  /* what words find strange is wider ... */
#define ALFA__TOP_OF_JOINED 0.01 /* ... than what is far from normal images (docs/method.md) */

/* What of a map is looked at. */
struct alfa__top {
    const unsigned char *inside; /* patches that count (clip/inside.h); NULL: all */
    int grid;
    double share; /* of all places that count, above 0 to 1 */
};

/* The mean of the largest share of the map [grid x grid], enlarged bilinearly to 16 x 16 places a patch (the
 * saved map of a model with patches of 16 pixels). At least one place counts. */
enum alfa_status alfa__top_score(double *out, const double *map, struct alfa__top top,
                                 struct alfa__arena *arena, struct alfa_error *err);

#endif
