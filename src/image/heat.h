/* Heat maps: scores as colours over the photograph.
 *
 * The scale is fixed: with the same place threshold a score has the same colour on every image, so that two
 * pictures can be compared. Up to the threshold the photograph stays untouched; there the colour begins with
 * yellow, and from there through orange to red at 1 it covers more and more. So what is coloured is what is
 * marked as a region. */
#ifndef ALFA_IMAGE_HEAT_H
#define ALFA_IMAGE_HEAT_H

#include "image/resize.h"

/* A map of scores 0..1 and the part of the photograph that it covers (alfa__resize_box). */
struct alfa__heat {
    const float *map; /* height x width */
    int width, height;
    struct alfa__box box;
    double threshold; /* a place above it is coloured; 0 or NAN: 0.5 */
};

struct alfa__colour {
    unsigned char rgb[3];
    unsigned char opacity; /* 0: the photograph alone, 255: the colour alone */
};

/* The colour of a score for a place threshold (as in struct alfa__heat); a score outside 0..1 has the nearest
 * end's, NaN that of 0. */
struct alfa__colour alfa__heat_colour(double score, double threshold);

/* The photograph with its map, photo->height x photo->width x 3 bytes into out. What the map does not cover
 * is dimmed. */
void alfa__heat_overlay(unsigned char *out, const struct alfa_image *photo, const struct alfa__heat *heat);

/* The same as an image of its own with a legend below: decision (none when the threshold is NAN), score and
 * the scale with 0, the place threshold and 1. The photograph keeps its resolution at the upper left; a very
 * narrow one gets a margin at the right, where the legend needs it. */
enum alfa_status alfa__heat_picture(struct alfa_image **out, const struct alfa_image *photo,
                                    const struct alfa__heat *heat, double score, double threshold,
                                    struct alfa_error *err);

#endif
