/* The image's score from its map alone: a defect is a place, so the most abnormal places speak for the image.
 */
#ifndef ALFA_SCORE_TOP_H
#define ALFA_SCORE_TOP_H

#include "base/arena.h"
#include "base/status.h"

/* The mean of the largest 1 % of the map [grid x grid], enlarged bilinearly to 16 x 16 places a patch (the
 * saved map of a model with patches of 16 pixels). Only places of patches inside count (clip/inside.h; NULL:
 * all); at least one does. */
enum alfa_status alfa__top_score(double *out, const double *map, const unsigned char *inside, int grid,
                                 struct alfa__arena *arena, struct alfa_error *err);

#endif
