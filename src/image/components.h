/* Regions of a binary mask: 8-connected components (pixels that touch with a side or a corner), numbered in
 * the order in which their first pixel comes up row by row. */
#ifndef ALFA_IMAGE_COMPONENTS_H
#define ALFA_IMAGE_COMPONENTS_H

#include "base/status.h"

struct alfa__component {
    int x, y, width, height; /* bounding box in pixels */
    int area;                /* pixels */
};

/* Freed with alfa__components_free(). */
struct alfa__components {
    int width, height;
    int *labels; /* height x width: 0 background, n: items[n - 1] */
    struct alfa__component *items;
    int count;
};

/* mask is height x width, other than 0 is foreground. A mask without foreground has count 0. Sizes up to the
 * limits of images (image/image.h); 5 bytes a pixel. Fails with ALFA_ERROR_INPUT (a side below 1),
 * ALFA_ERROR_LIMIT or ALFA_ERROR_MEMORY; *out is empty then. */
enum alfa_status alfa__components_find(struct alfa__components *out, const unsigned char *mask, int width,
                                       int height, struct alfa_error *err);
void alfa__components_free(struct alfa__components *components);

/* 1 where a score of the map is above the threshold (as a decision is made, alfa.h), 0 elsewhere and for NaN;
 * count bytes into out. */
void alfa__map_threshold(unsigned char *out, const float *map, size_t count, double threshold);

#endif
