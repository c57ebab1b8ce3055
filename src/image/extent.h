/* Pictures that are written one behind another, as ffmpeg's image2pipe and cat do: where one ends. */
#ifndef ALFA_IMAGE_EXTENT_H
#define ALFA_IMAGE_EXTENT_H

#include "image/image.h"

/* Whether the bytes begin as a picture does, of a kind that is read or of one that is refused by name. */
bool alfa__image_begins(const unsigned char *bytes, size_t size);

/* How many bytes the picture takes that the bytes begin with; 0 when that cannot be told: it is damaged, or
 * its kind has no end of its own (PBM, PGM and PPM as text). Nothing is decoded. What a JPEG says to belong
 * to it (gain maps, the second eye, smaller copies) is part of it, and one that is cut off ends where the
 * next begins. */
size_t alfa__image_extent(const unsigned char *bytes, size_t size);

/* Those of single formats, asked by alfa__image_extent(). */
size_t alfa__tiff_extent(const unsigned char *bytes, size_t size);
size_t alfa__pnm_extent(const unsigned char *bytes, size_t size);

/* The next picture in the bytes from *at on: its first byte and its size, and *at behind it. False at the
 * end; then *left says how many bytes are there that begin no picture and no filling (zeros, white space),
 * which were given to the picture before them, as they belong to it in a file. */
bool alfa__image_next(const unsigned char **picture, size_t *length, size_t *at, size_t *left,
                      const unsigned char *bytes, size_t size);

#endif
