/* Encoding JPEG, by libjpeg. */
#ifndef ALFA_IMAGE_JPEG_H
#define ALFA_IMAGE_JPEG_H

#include <stddef.h>

#include "base/status.h"
#include "image/raster.h"

/* A baseline JPEG of 3 bands (sRGB), freed with free(). quality 1..100; below 90 colours are kept at half the
 * size. Fails with ALFA_ERROR_MEMORY, or ALFA_ERROR_RUNTIME for more than 65,500 pixels a side. */
enum alfa_status alfa__jpeg_encode(unsigned char **out, size_t *size, const struct alfa__raster *rgb,
                                   int quality, struct alfa_error *err);

#endif
