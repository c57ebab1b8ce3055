/* Enlarging a map of scores: bilinear, as torch's interpolate(mode="bilinear", align_corners=False). */
#ifndef ALFA_IMAGE_UPSAMPLE_H
#define ALFA_IMAGE_UPSAMPLE_H

/* height x width scores, lent. */
struct alfa__grid {
    const float *values;
    int width, height;
};

/* in to out (height x width). */
void alfa__upsample_bilinear(float *out, int width, int height, struct alfa__grid in);

/* One row of it: values at (x + i * step, y) for i < width. Positions are in cells of in, 0 is the middle of
 * the first cell; what lies outside takes the nearest cell's value. */
void alfa__upsample_row(float *out, int width, double x, double step, double y, struct alfa__grid in);

#endif
