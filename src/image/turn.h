/* Pictures turned by quarter turns and mirrored. */
#ifndef ALFA_IMAGE_TURN_H
#define ALFA_IMAGE_TURN_H

#include "image/image.h"

#include <stdbool.h>

/* Mirrored left to right first when flip is set, then so many quarter turns (0 to 3), clockwise. */
struct alfa__pose {
    int quarters;
    bool flip;
};

/* The picture in that pose. */
enum alfa_status alfa__image_turn(struct alfa_image **out, const struct alfa_image *image,
                                  struct alfa__pose pose, struct alfa_error *err);

/* A picture squashed to a square upright, and after a quarter turn. */
struct alfa__squares {
    struct alfa_image *upright, *quarter;
};

enum alfa_status alfa__squares_make(struct alfa__squares *out, const struct alfa_image *image, int side,
                                    struct alfa_error *err);
void alfa__squares_free(struct alfa__squares *squares);

/* The picture in that pose, squashed: the same bytes as if it had been turned first and squashed then. That
 * of one that is only mirrored or turned by 180 degrees is the squashed one mirrored and turned; a quarter
 * turn exchanges the two passes of resizing, between which is a rounding, so those are made of the turned
 * one. */
enum alfa_status alfa__squares_turn(struct alfa_image **out, const struct alfa__squares *squares,
                                    struct alfa__pose pose, struct alfa_error *err);

#endif
