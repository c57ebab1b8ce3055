/* From an image to what a model eats: normalised floats, one plane a channel. */
#ifndef ALFA_IMAGE_TENSOR_H
#define ALFA_IMAGE_TENSOR_H

#include "image/resize.h"

/* (x / 255 - mean) / std of each channel, side x side x 3 bytes into 3 x side x side floats. */
void alfa__tensor_from_rgb(float *out, const unsigned char *rgb, int side, const float mean[3],
                           const float std[3]);

/* The image resized to side x side (image/resize.h) and normalised, into 3 x side x side floats. */
enum alfa_status alfa__image_preprocess(float *out, const struct alfa_image *image, int side,
                                        enum alfa__fit fit, const float mean[3], const float std[3],
                                        struct alfa_error *err);

#endif
