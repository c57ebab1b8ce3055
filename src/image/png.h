/* PNG in memory. */
#ifndef ALFA_IMAGE_PNG_H
#define ALFA_IMAGE_PNG_H

#include "base/status.h"
#include "image/raster.h"

#include <stdbool.h>
#include <stddef.h>

/* 3 bands of RGB or 4 of RGBA as a file; *out is freed with free(). Fails with ALFA_ERROR_MEMORY alone. A
 * side is at least 1, the compressed picture below 2 GB. */
enum alfa_status alfa__png_encode(unsigned char **out, size_t *size, const struct alfa__raster *pixels,
                                  struct alfa_error *err);

/* Whether a check sum of a file's pixels (IDAT) is not theirs: libspng, by which some libvips read PNG, does
 * not look at the last one. What is missing at the end is for the reader to find. */
bool alfa__png_is_changed(const unsigned char *bytes, size_t size);

#endif
