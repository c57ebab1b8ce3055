#include "detect/tiles.h"
#include "image/upsample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* n sizes less n - 1 overlaps of a quarter fill the length. */
static int size_of(int length, int n)
{
    return (int)ceil(length / (1 + 0.75 * (n - 1)));
}

static bool are_large_enough(int width, int height, int n)
{
    const int shorter = width < height ? width : height;
    return size_of(shorter, n) >= ALFA__TILE_MIN_SIDE && shorter >= 2 * n;
}

int alfa__tiles_auto(int width, int height, int image_size)
{
    long n = lround((double)(width > height ? width : height) / (2.0 * image_size));
    n = n > 6 ? 6 : n;
    while (n >= 2 && !are_large_enough(width, height, (int)n)) /* a strip of a line camera */
        n--;
    return n < 2 ? 0 : (int)n;
}

/* Starts of n tiles along a length, evenly spread, each *size long. */
static void place(int starts[ALFA_MAX_TILES], int *size, int length, int n)
{
    *size = size_of(length, n);
    for (int i = 0; i < n; i++)
        starts[i] = (int)lround((double)i * (length - *size) / (n - 1));
}

enum alfa_status alfa__tiles_plan(struct alfa__tiling *out, struct alfa__box box, int n,
                                  struct alfa_error *err)
{
    *out = (struct alfa__tiling){.x = (int)floor(box.x + 0.5),
                                 .y = (int)floor(box.y + 0.5),
                                 .width = (int)floor(box.width + 0.5),
                                 .height = (int)floor(box.height + 0.5)};
    if (n < 2)
        return ALFA_OK;
    out->n = n;
    place(out->left, &out->tile_width, out->width, n);
    place(out->top, &out->tile_height, out->height, n);
    if (!are_large_enough(out->width, out->height, n))
        return alfa__fail(
            err, ALFA_ERROR_INPUT, NULL,
            "%d x %d tiles of an image of %d x %d pixels would be smaller than %d pixels: use fewer tiles", n,
            n, out->width, out->height, ALFA__TILE_MIN_SIDE);
    return ALFA_OK;
}

struct alfa__box alfa__tiles_box(const struct alfa__tiling *t, int i)
{
    return (struct alfa__box){t->x + t->left[i % t->n], t->y + t->top[i / t->n], t->tile_width,
                              t->tile_height};
}

/* How much tile i of an axis counts at a place: 1 in its middle, falling to 0 over what it shares with a
 * neighbour; 0 beside it. Places at the edge of the picture have no neighbour. */
static double weight(const int *starts, int size, int n, int i, double at)
{
    const double from = at - starts[i], to = starts[i] + size - at;
    double w = from >= 0 && to >= 0 ? 1 : 0;
    if (w > 0 && i > 0 && starts[i - 1] + size > starts[i])
        w = fmin(w, (from + 0.5) / (starts[i - 1] + size - starts[i] + 1));
    if (w > 0 && i + 1 < n && starts[i] + size > starts[i + 1])
        w = fmin(w, (to + 0.5) / (starts[i] + size - starts[i + 1] + 1));
    return w;
}

/* A map of side x side values that tiles are added to. */
struct merge {
    float *out, *sum; /* values and their weights */
    int side;
    float *row, *across; /* room for a row of a tile, and for the weights of its columns */
};

/* Adds one tile's map, weighted. */
static void add_tile(const struct merge *m, const struct alfa__tiling *t, int i, struct alfa__grid map)
{
    const int side = m->side;
    const double step_x = (double)t->width / side, step_y = (double)t->height / side;
    const double cells_x = (double)map.width / t->tile_width, cells_y = (double)map.height / t->tile_height;
    const int left = t->left[i % t->n], top = t->top[i / t->n];
    for (int x = 0; x < side; x++)
        m->across[x] = (float)weight(t->left, t->tile_width, t->n, i % t->n, (x + 0.5) * step_x);
    for (int y = 0; y < side; y++) {
        const double at = (y + 0.5) * step_y;
        const float down = (float)weight(t->top, t->tile_height, t->n, i / t->n, at);
        if (down <= 0)
            continue;
        alfa__upsample_row(m->row, side, (0.5 * step_x - left) * cells_x - 0.5, step_x * cells_x,
                           (at - top) * cells_y - 0.5, map);
        for (int x = 0; x < side; x++) {
            m->out[(size_t)y * (size_t)side + (size_t)x] += down * m->across[x] * m->row[x];
            m->sum[(size_t)y * (size_t)side + (size_t)x] += down * m->across[x];
        }
    }
}

enum alfa_status alfa__tiles_merge(float *out, int side, const struct alfa__tiling *t,
                                   const float *const *grids, int grid, struct alfa_error *err)
{
    const size_t pixels = (size_t)side * (size_t)side;
    float *sum = calloc(pixels + 2 * (size_t)side, sizeof *sum);
    if (!sum)
        return alfa__fail_memory(err, pixels * sizeof *sum);
    memset(out, 0, pixels * sizeof *out);
    const struct merge merge = {out, sum, side, sum + pixels, sum + pixels + side};
    for (int i = 0; i < t->n * t->n; i++)
        if (grids[i])
            add_tile(&merge, t, i, (struct alfa__grid){grids[i], grid, grid});
    for (size_t p = 0; p < pixels; p++)
        out[p] = sum[p] > 0 ? out[p] / sum[p] : 0;
    free(sum);
    return ALFA_OK;
}
