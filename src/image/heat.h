/* Heat maps: scores as colours over the photograph.
 *
 * The scale is fixed: a score has the same colour on every image, so that two pictures can be compared. Up to
 * 0.25 the photograph stays untouched, towards 0.5 it gets a blue tint, at 0.5 the colour changes to yellow,
 * and from there through orange to red the colour covers more and more. */
#ifndef ALFA_IMAGE_HEAT_H
#define ALFA_IMAGE_HEAT_H

#include "image/resize.h"

/* A map of scores 0..1 and the part of the photograph that it covers (alfa__resize_box). */
struct alfa__heat {
    const float *map; /* height x width */
    int width, height;
    struct alfa__box box;
};

struct alfa__colour {
    unsigned char rgb[3];
    unsigned char opacity; /* 0: the photograph alone, 255: the colour alone */
};

/* The colour of a score; outside 0..1 the nearest end's, for NaN that of 0. */
struct alfa__colour alfa__heat_colour(double score);

/* The photograph with its map, photo->height x photo->width x 3 bytes into out. What the map does not cover
 * is dimmed. */
void alfa__heat_overlay(unsigned char *out, const struct alfa_image *photo, const struct alfa__heat *heat);

/* The same as an image of its own with a legend below: decision (none when the threshold is NAN), score and
 * the scale with 0, 0.5 and 1. The photograph keeps its resolution at the upper left; a very narrow one gets
 * a margin at the right, where the legend needs it. */
enum alfa_status alfa__heat_picture(struct alfa_image **out, const struct alfa_image *photo,
                                    const struct alfa__heat *heat, double score, double threshold,
                                    struct alfa_error *err);

#endif
