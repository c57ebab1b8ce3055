/* A picture of a part that lies anyhow, brought to one pose: the object found (image/object.h), turned so
 * that its longer axis lies level with the longer tail to the right, cut out square, before a background of
 * one colour. */
#ifndef ALFA_IMAGE_ALIGN_H
#define ALFA_IMAGE_ALIGN_H

#include "image/resize.h"
#include "image/upsample.h"

#define ALFA__ALIGN_SIDE 512 /* pixels of the aligned picture at most */

/* Levels that the background has in the aligned picture at most. A brighter one is brought there, and what
 * lies before it in the same ratio, as less light would: so a lamp's brightness, slope and colour do not
 * count. A darker one stays as it is in the middle, since it does not say how much light there is. */
#define ALFA__ALIGN_GROUND 160

/* Where the aligned picture lies in the original: its pixel (u, v) shows the place
 * x + scale (cos a (u - side / 2) - sin a (v - side / 2)), y + scale (sin a (u - side / 2) + cos a (v - side
 * / 2)). */
struct alfa__alignment {
    double x, y, cosine, sine, scale;
    double angle;      /* radians */
    int side;          /* pixels */
    int width, height; /* of the original, pixels */
};

/* Caller frees *out. Fails as alfa__object_find() does when there is no single object. */
enum alfa_status alfa__align(struct alfa_image **out, struct alfa__alignment *alignment,
                             const struct alfa_image *image, struct alfa_error *err);

/* A map over all of the aligned picture, a square, turned back: width x height values over all of the
 * original; 0 where the aligned picture does not reach. */
void alfa__align_back(float *out, int width, int height, const struct alfa__alignment *alignment,
                      struct alfa__grid map);

/* The smallest box of the aligned picture, in its pixels, that holds a box of the original. */
struct alfa__box alfa__align_box(const struct alfa__alignment *alignment, struct alfa__box box);

#endif
