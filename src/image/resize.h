/* Resizing exactly as PIL does (bicubic, 8 bits), since the numbers of the field were made with it.
 *
 * A resize is described by a view: the size that the whole image would get, and where in that picture the
 * wanted rectangle begins. Only the wanted rectangle is computed, so that a 65,500 x 1 image costs nothing
 * extra. */
#ifndef ALFA_IMAGE_RESIZE_H
#define ALFA_IMAGE_RESIZE_H

#include "image/image.h"

struct alfa__view {
    int width, height; /* of the whole resized picture */
    int x, y;          /* upper left corner of the rectangle in it */
};

/* A rectangle of an image in its own pixels, and fractions of them. */
struct alfa__box {
    double x, y, width, height;
};

/* How an image that is no square becomes one. */
enum alfa__fit {
    ALFA__FIT_SQUASH,   /* all of it */
    ALFA__FIT_CROP,     /* torchvision's Resize(side) and CenterCrop(side): half a pixel goes to the even
                           neighbour */
    ALFA__FIT_CROP_DOWN /* transformers' center_crop: half a pixel goes down */
};

/* How a width x height image comes into a square of side pixels. */
struct alfa__view alfa__resize_view(int width, int height, int side, enum alfa__fit fit);

/* The part of the image that this square shows. */
struct alfa__box alfa__resize_box(int width, int height, int side, enum alfa__fit fit);

/* The rectangle of width x height pixels at (view->x, view->y) of the image resized to view->width x
 * view->height, into out (height x width x 3 bytes). The rectangle must lie inside the view. */
enum alfa_status alfa__resize_rgb(unsigned char *out, int width, int height, const struct alfa_image *image,
                                  const struct alfa__view *view, struct alfa_error *err);

enum alfa__resize_filter {
    ALFA__RESIZE_BICUBIC, /* what models were trained with */
    ALFA__RESIZE_HAMMING  /* half the work, for pictures that are looked at */
};

/* The image with its longest side at most so many pixels; never enlarged. */
enum alfa_status alfa__resize_fit(struct alfa_image **out, const struct alfa_image *image, int longest,
                                  enum alfa__resize_filter filter, struct alfa_error *err);

#endif
