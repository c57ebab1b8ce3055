/* Rectangles drawn on a picture: a thin light line with a dark one around it, so that it shows on any colour.
 */
#ifndef ALFA_IMAGE_BOXES_H
#define ALFA_IMAGE_BOXES_H

#include "image/resize.h"

/* Outlines of boxes in pixels of the picture, drawn into its first width x height pixels; lines that would
 * lie outside are drawn at the edge. The picture may be larger than that (a legend below). */
void alfa__boxes_draw(struct alfa_image *picture, int width, int height, const struct alfa__box *boxes,
                      int count);

/* The numbers 1, 2... of the boxes beside their upper left corners, light on dark: above the box, inside
 * where there is no room above. On a picture that is too small for them nothing is drawn. */
void alfa__boxes_number(struct alfa_image *picture, int width, int height, const struct alfa__box *boxes,
                        int count);

#endif
