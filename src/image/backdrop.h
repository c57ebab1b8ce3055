/* The plain background of a picture as a smooth surface: what the picture would show without its object. */
#ifndef ALFA_IMAGE_BACKDROP_H
#define ALFA_IMAGE_BACKDROP_H

#include "image/image.h"

#define ALFA__BACKDROP_TERMS 6 /* 1, x, y, x^2, y^2, xy */

/* Levels 0..255 of each channel as a polynomial of x and y, which run from -1 to 1 over the picture. */
struct alfa__backdrop {
    double terms[3][ALFA__BACKDROP_TERMS];
    double noise; /* typical distance of the background's pixels from it, in levels */
};

/* Fitted to the pixels where mask is not 0 (height x width bytes), three times, each time without those that
 * lie far from the last fit. Fails with ALFA_ERROR_INPUT when fewer than 50 pixels are left. */
enum alfa_status alfa__backdrop_fit(struct alfa__backdrop *out, const struct alfa_image *image,
                                    const unsigned char *mask, struct alfa_error *err);

/* Its three levels at a place; x and y from -1 to 1. */
void alfa__backdrop_levels(double levels[3], const struct alfa__backdrop *backdrop, double x, double y);

/* How far each pixel is from it: the largest difference of a channel, in levels; height x width floats. */
void alfa__backdrop_distances(float *out, const struct alfa__backdrop *backdrop,
                              const struct alfa_image *image);

#endif
