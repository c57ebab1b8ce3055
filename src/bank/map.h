/* From the distances of one image's windows and patches to its few-shot map M_few. */
#ifndef ALFA_BANK_MAP_H
#define ALFA_BANK_MAP_H

#include "base/arena.h"
#include "base/status.h"

/* The distances of one part (alfa__memory_associate()), row-major. */
struct alfa__part_distances {
    const double *distances;
    int window; /* k: (grid - k + 1)^2 windows of k x k patches, stride 1; 0: side x side patches */
    int side;   /* only without window */
};

/* The patches of an image. */
struct alfa__ground {
    int grid;                    /* grid x grid of them; at least 1 */
    const unsigned char *inside; /* those that count (clip/inside.h); NULL: all */
};

/* M_few = mean over count parts of their maps (WinCLIP+: (A_2 + A_3 + A_patch) / 3). map: grid x grid, in [0,
 * 1]. A window scale becomes a map by the harmonic mean of the windows that cover a patch, where a distance
 * of 0 makes exactly 0. Patches of another grid (a stem's) are averaged by area to the model's grid; where
 * they are coarser, each is spread over its area. The map is 0 for patches that do not count, and distances
 * of windows that do not may be anything. count at least 1, windows no larger than the grid. */
enum alfa_status alfa__bank_map(double *map, struct alfa__ground ground,
                                const struct alfa__part_distances *parts, int count,
                                struct alfa__arena *arena, struct alfa_error *err);

#endif
