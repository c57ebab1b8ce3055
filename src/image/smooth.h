/* Smoothing a map. */
#ifndef ALFA_IMAGE_SMOOTH_H
#define ALFA_IMAGE_SMOOTH_H

#include "base/arena.h"
#include "base/status.h"

/* Gaussian smoothing of a height x width map in place, as scipy.ndimage.gaussian_filter: weights to 4 sigma,
 * the map mirrored at its edges (the edge pixel twice). */
enum alfa_status alfa__smooth(float *map, int width, int height, double sigma, struct alfa__arena *arena,
                              struct alfa_error *err);

#endif
