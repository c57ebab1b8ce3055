/* The pixels of a libvips pipeline, computed on a thread of their own, a few rows at a time.
 *
 * libvips' own sinks (vips_image_write_to_memory(), vips_image_copy_memory(), the savers) hand everything to
 * a pool whose threads end when they were idle for 15 seconds; versions before 8.15.5 may give work to one
 * that is just ending, and then write to memory that was freed
 * (https://github.com/libvips/libvips/pull/4137). A line whose takt is 15 seconds meets that moment again and
 * again, so nothing here uses the pool. */
#ifndef ALFA_IMAGE_PULL_H
#define ALFA_IMAGE_PULL_H

#include <stdbool.h>
#include <vips/vips.h>

/* Asked before every few rows, on that thread; true ends the work. */
typedef bool alfa__pull_stop(void *context);

/* Rows of 8-bit RGB, freed with free(), of an image that is that or RGBA, which is laid on white unless it is
 * transparent all over. NULL:
 * stopped, or libvips' error text says why. */
unsigned char *alfa__pull_rgb(VipsImage *image, alfa__pull_stop *stop, void *context);

/* A picture in memory with the same header and samples, for what needs every pixel at hand; one that is in
 * memory already is only taken once more. Free with g_object_unref(); NULL as above. */
VipsImage *alfa__pull_picture(VipsImage *image, alfa__pull_stop *stop, void *context);

#endif
