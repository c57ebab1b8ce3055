/* How an image is cut into parts, each of which one thread takes through the whole tower: windows do not know
 * of each other, nor of the whole, so no thread waits for another at a layer, and what lies between layers
 * stays in the cache.
 *
 * The cut depends on the scale and on how many of its windows there are, neither on threads nor on what else
 * is asked for, so that no number of the answer does (nn/linear.h). */
#ifndef ALFA_CLIP_PARTS_H
#define ALFA_CLIP_PARTS_H

#include "clip/features.h"

/* Views that go through the tower together, of the views of all scales; begin = -1: the whole image. */
struct alfa__image_part {
    int begin, end;
};

/* Windows of length tokens that make a part, a large one or a small one: about 240 or 160 rows of a product,
 * and of all that are about as many those that least exceed a multiple of 16 rows. */
int alfa__part_windows(int length, bool large);

/* The whole image and then all windows, in the order in which threads take them. out: room for as many as
 * there are windows, and one. How many parts there are. */
int alfa__parts_cut(struct alfa__image_part *out, const struct alfa__windows windows[ALFA_MAX_SCALES]);

#endif
