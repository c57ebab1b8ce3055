/* Pictures of 8-bit luma and colour differences (Y'CbCr, which cameras and decoders call YUV) made RGB, and
 * RGB laid into them. One description for planes, for values that alternate, and for all that lies between:
 * I420, NV12, YUY2 and their like differ in numbers alone. */
#ifndef ALFA_IMAGE_YUV_H
#define ALFA_IMAGE_YUV_H

#include "alfa.h"

/* Where the values of Y, U (Cb) or V (Cr) lie. */
struct alfa__plane {
    unsigned char *first; /* the uppermost row's; lent, and written to by what draws alone */
    size_t stride;        /* bytes from a row to the next */
    size_t step;          /* bytes from a value to the next in a row */
};

struct alfa__yuv {
    int width, height; /* pixels */
    int across, down;  /* pixels that share U and V: 1, 2 or 4, at the right and lower edge fewer */
    struct alfa__plane planes[3]; /* Y, U, V */
    double red, blue; /* what they count in luma: K_R and K_B of the standard; green has the rest */
    bool full;        /* values are 0 to 255, not 16 to 235 (Y) and 240 (U, V) */
};

/* ITU-R BT.601, for .red and .blue. */
#define ALFA__BT601_RED 0.299
#define ALFA__BT601_BLUE 0.114

/* How many values of U or V there are for so many pixels, by of which share one. */
int alfa__yuv_shared(int pixels, int by);

/* height x width x 3 bytes; a value of U and V counts for all pixels that share it (ITU-T H.273, 8.3, solved
 * for R, G and B). */
void alfa__yuv_to_rgb(unsigned char *rgb, const struct alfa__yuv *picture);

/* The same as an image of its own, checked for its size. */
ALFA_CHECK enum alfa_status alfa__yuv_image(struct alfa_image **out, const struct alfa__yuv *picture,
                                            struct alfa_error *err);

/* The other way: height x width x 3 bytes into a picture; pixels that share U and V get those of their mean.
 */
void alfa__yuv_from_rgb(const struct alfa__yuv *picture, const unsigned char *rgb);

/* White pixels in one row. */
void alfa__yuv_whiten(const struct alfa__yuv *picture, int x, int y, int width);

#endif
