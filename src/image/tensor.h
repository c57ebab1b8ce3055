/* From an image to what a model eats: normalised floats, one plane a channel. */
#ifndef ALFA_IMAGE_TENSOR_H
#define ALFA_IMAGE_TENSOR_H

#include "image/resize.h"

/* How the three channels lay, as shares of 255, in the images that a model was trained on; borrowed. */
struct alfa__channels {
    const float *mean, *std;
};

/* (x / 255 - mean) / std of each channel, side x side x 3 bytes into 3 x side x side floats. */
void alfa__tensor_from_rgb(float *out, const unsigned char *rgb, int side,
                           const struct alfa__channels *channels);

/* The image resized to side x side (image/resize.h) and normalised, into 3 x side x side floats. */
enum alfa_status alfa__image_preprocess(float *out, const struct alfa_image *image, int side,
                                        enum alfa__fit fit, const struct alfa__channels *channels,
                                        struct alfa_error *err);

#endif
