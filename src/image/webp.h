/* Decoding WebP, by libwebp: libvips' own reader hands it to the pool (pull.h). */
#ifndef ALFA_IMAGE_WEBP_H
#define ALFA_IMAGE_WEBP_H

#include <stddef.h>
#include <vips/vips.h>

/* A picture in memory with the header of another, which libvips read of these bytes: size, 3 or 4 bands,
 * profile and orientation. page: of an animation, from 0. Free with g_object_unref(); NULL: libvips' error
 * text says why. */
VipsImage *alfa__webp_picture(VipsImage *header, const unsigned char *bytes, size_t size, int page);

#endif
