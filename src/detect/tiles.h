/* Tiles: n x n overlapping parts of a picture, each judged as a picture of its own, so that small defects in
 * large photographs have as many pixels as the model can take. Neighbours share a quarter of a side. */
#ifndef ALFA_DETECT_TILES_H
#define ALFA_DETECT_TILES_H

#include "image/resize.h"

#define ALFA__TILE_MIN_SIDE 8 /* pixels */

struct alfa__tiling {
    int n;                   /* tiles a side; 0: none */
    int x, y, width, height; /* the part of the image that they cover, pixels */
    int tile_width, tile_height;
    int left[ALFA_MAX_TILES], top[ALFA_MAX_TILES]; /* of each column and row, from x and y */
};

/* Tiles a side for a picture: its longer side in steps of about twice the model's, at most 6 and no more than
 * there is room for; 0: no tiles are needed. */
int alfa__tiles_auto(int width, int height, int image_size);

/* n x n tiles over a box of an image; n of 0 or 1 is no tiling. Fails with ALFA_ERROR_INPUT when they would
 * be too small. */
enum alfa_status alfa__tiles_plan(struct alfa__tiling *out, struct alfa__box box, int n,
                                  struct alfa_error *err);

/* Tile number i, row by row, as pixels of the image. */
struct alfa__box alfa__tiles_box(const struct alfa__tiling *tiling, int i);

/* One map of the tiles' maps: side x side, over all that the tiling covers. Where tiles overlap, each counts
 * less towards its edge, so that no seam is seen and equal maps stay equal. grids: n * n maps of grid x grid;
 * a NULL one is left out, and what no other covers becomes 0. */
enum alfa_status alfa__tiles_merge(float *out, int side, const struct alfa__tiling *tiling,
                                   const float *const *grids, int grid, struct alfa_error *err);

#endif
