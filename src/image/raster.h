/* Samples of a picture, whatever they mean. */
#ifndef ALFA_IMAGE_RASTER_H
#define ALFA_IMAGE_RASTER_H

/* height x width x bands bytes, rows without padding; borrowed. */
struct alfa__raster {
    const unsigned char *samples;
    int bands, width, height;
};

#endif
