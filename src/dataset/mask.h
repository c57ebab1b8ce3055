/* Ground truth: which pixels of a photograph are anomalous. */
#ifndef ALFA_DATASET_MASK_H
#define ALFA_DATASET_MASK_H

#include "dataset/notices.h"

/* Freed with alfa__mask_free(). */
struct alfa__mask {
    int width, height;
    unsigned char *pixels; /* height x width, 0 or 1 */
    size_t anomalous;      /* pixels that are 1 */
    int least, most; /* values of a file without any black place, which therefore says nothing; else 0 */
};

/* Reads a mask at its own size; of a folder the union of the images in it, which have one size, and of
 * "x/000*" that of the images in x which are called so up to a '_', '-', '.' or space. Any value but 0 is
 * anomalous, since masks hold 255 (MVTec AD) or the number of a defect (VisA: 1..9, they look black); of a
 * colour mask any channel. A JPEG blurs its values: there 128 and more is anomalous. As photographs, masks
 * are 8 bits and lie on white: of 16-bit values those below 129 are 0, and what is transparent is anomalous;
 * alfa__mask_open() reports masks that come out empty or full.
 */
enum alfa_status alfa__mask_load(struct alfa__mask *out, const char *path, struct alfa_error *err);

/* The files that such a path stands for, freed with alfa__names_free(), also on failure. */
enum alfa_status alfa__mask_files(struct alfa__names *out, const char *path, struct alfa_error *err);

/* The mask at another size, by the nearest pixel to the middle of each new one (as PIL's NEAREST). Small
 * regions may vanish: count regions at the size of evaluation. */
enum alfa_status alfa__mask_resize(struct alfa__mask *out, const struct alfa__mask *mask, int width,
                                   int height, struct alfa_error *err);

/* What is wanted of a mask. */
struct alfa__mask_view {
    int image_width, image_height; /* of its photograph, pixels */
    bool crop;         /* only the square in the middle of both is there, as ALFA_RESIZE_CROP shows it */
    int width, height; /* that it gets */
};

/* The mask of a photograph of a defect, with a notice when it has another size than its photograph (it is
 * stretched over it), when it is empty or full, and when it loses all its regions or has more of them at its
 * new size. Of one that has several values and no black place nothing is known, and one that lies across its
 * photograph, width and height exchanged, marks other places: there are no pixels then. */
enum alfa_status alfa__mask_open(struct alfa__mask *out, const char *path, const struct alfa__mask_view *view,
                                 struct alfa__notices *notices, struct alfa_error *err);

/* Whether it marks more than half; a notice about a class when most of its masks, three or more, do, as
 * inverted ones. */
bool alfa__mask_is_large(const struct alfa__mask *mask);
void alfa__masks_doubt(struct alfa__notices *notices, const char *source, size_t large, size_t count);

void alfa__mask_free(struct alfa__mask *mask);

#endif
