/* Where and how big: the connected places of a map that lie above a threshold, in pixels of the image. */
#ifndef ALFA_DETECT_REGIONS_H
#define ALFA_DETECT_REGIONS_H

#include "image/resize.h"

/* What a map shows of an image: side x side values over a box of a width x height image. */
struct alfa__canvas {
    const float *map;
    int side;
    struct alfa__box box;
    int width, height;
};

/* Regions (alfa.h) of the places above the threshold, the highest peak first; those smaller than min_area
 * pixels of the image are left out. *out is freed with free(). */
enum alfa_status alfa__regions_find(struct alfa_region **out, int *count, const struct alfa__canvas *canvas,
                                    double threshold, double min_area, struct alfa_error *err);

#endif
