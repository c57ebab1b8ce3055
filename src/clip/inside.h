/* Patches that count: with a region of interest (detect/roi.h) only those inside are looked at. A set of them
 * is grid x grid bytes, 0 outside and inside the stride of the windows, 1 or 2; NULL means all with stride 1.
 *
 * A window counts when all its patches are inside. With stride 2 only every second one does, in both
 * directions, and the first and last of a row or column: at odd places for windows of even sides, at even
 * places for those of odd ones, so that sides together tell neighbouring patches apart. A patch inside that
 * no such window covers is lonely: for it all windows that cover it count, with the tokens of their patches
 * inside only. */
#ifndef ALFA_CLIP_INSIDE_H
#define ALFA_CLIP_INSIDE_H

#include <stdbool.h>

#define ALFA__MAX_WINDOW 16 /* patches of the largest window: 4 x 4 */

/* Makes patches inside, all of grid x grid where there were none (given NULL), have a stride; into out, which
 * may be given. */
void alfa__inside_stride(unsigned char *out, const unsigned char *given, int grid, int stride);

/* Whether window number w (row-major, stride 1) of scale x scale patches lies inside. */
bool alfa__inside_window(const unsigned char *inside, int grid, int scale, int w);

/* Whether a patch is lonely. */
bool alfa__inside_lonely(const unsigned char *inside, int grid, int scale, int patch);

/* Whether window w counts for a patch that it covers; lonely is the patch's alfa__inside_lonely(). */
static inline bool alfa__inside_counts(const unsigned char *inside, int grid, int scale, int w, bool lonely)
{
    return !inside || lonely || alfa__inside_window(inside, grid, scale, w);
}

/* The windows that count for any patch, ascending, into places; returns how many. */
int alfa__inside_windows(int *places, const unsigned char *inside, int grid, int scale);

/* The cells of a side x side grid over the same picture that share area with a patch inside, likewise. */
int alfa__inside_cells(int *places, const unsigned char *inside, int grid, int side);

/* Replaces the tokens of patches outside in a window's index (class token first, scale * scale patches after
 * it; patch p is token p + 1) by those inside, one after the other. At least one must be inside. */
void alfa__inside_tokens(int *index, const unsigned char *inside, int length);

#endif
