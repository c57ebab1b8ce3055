/* The region of interest: masks over the picture that say which places count. One names the places to look
 * at, another those to pass over; a place counts when both allow it. A mask has any size and is laid over the
 * whole picture. */
#ifndef ALFA_DETECT_ROI_H
#define ALFA_DETECT_ROI_H

#include "image/resize.h"
#include "image/turn.h"

struct alfa__roi {
    struct {
        int width, height;
        unsigned char *good; /* height x width: whether a place counts; NULL: no mask */
    } masks[2];
};

/* A place counts where the mask is light (128 or more); with invert where it is dark. mask NULL takes that
 * mask away. Fails with ALFA_ERROR_INPUT when no place is left. */
enum alfa_status alfa__roi_set(struct alfa__roi *roi, const struct alfa_image *mask, bool invert,
                               struct alfa_error *err);
void alfa__roi_free(struct alfa__roi *roi);
bool alfa__roi_active(const struct alfa__roi *roi);

/* The masks in a few digits; "" when there is none. */
void alfa__roi_digest(char out[17], const struct alfa__roi *roi);

/* The picture, or part of one, over which a grid lies: a box of a width x height picture (in its pose, and
 * the masks turn with it). */
struct alfa__frame {
    struct alfa__box box;
    int width, height;
    struct alfa__pose pose;
};

/* inside: grid x grid, 1 for patches of which at least half counts. Returns how many. */
int alfa__roi_patches(unsigned char *inside, const struct alfa__roi *roi, const struct alfa__frame *frame,
                      int grid);

/* Sets what does not count to 0 in a side x side map. */
void alfa__roi_clear(float *map, const struct alfa__roi *roi, const struct alfa__frame *frame, int side);

/* Fills patches outside from their neighbours, so that enlarging the grid does not darken the edge of the
 * region. */
void alfa__roi_extend(float *values, const unsigned char *inside, int grid);

#endif
