#include "bank/map.h"
#include "clip/inside.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* map[p] = n_p / sum of 1 / a_w over the n_p windows w that cover p. In IEEE arithmetic 1 / 0 is infinity and
 * n_p / infinity is 0, which is what the mean should be. sums: grid x grid of scratch. */
static void harmonic(double *map, double *sums, struct alfa__ground ground, const double *distances,
                     int window)
{
    const int grid = ground.grid;
    const unsigned char *inside = ground.inside;
    const int windows = grid - window + 1, patches = grid * grid;
    memset(map, 0, (size_t)patches * sizeof *map);
    memset(sums, 0, (size_t)patches * sizeof *sums);
    for (int w = 0; w < windows * windows; w++)
        for (int i = 0; i < window * window; i++) {
            int patch = (w / windows + i / window) * grid + w % windows + i % window;
            bool lonely = alfa__inside_lonely(inside, grid, window, patch);
            if (!alfa__inside_counts(inside, grid, window, w, lonely))
                continue;
            sums[patch] += 1 / distances[w];
            map[patch] += 1;
        }
    for (int p = 0; p < patches; p++)
        map[p] = !inside || inside[p] ? map[p] / sums[p] : 0;
}

/* Length of the part of [cell, cell + 1) of a grid of side cells that lies in cell out of a grid of grid
 * cells over the same width, as a fraction of the latter. */
static double overlap(int cell, int side, int out, int grid)
{
    double left = fmax((double)cell * grid, (double)out * side);
    double right = fmin((double)(cell + 1) * grid, (double)(out + 1) * side);
    return fmax(right - left, 0) / side;
}

static double average(const double *distances, int side, int grid, int y, int x)
{
    double sum = 0;
    int last_y = ((y + 1) * side - 1) / grid, last_x = ((x + 1) * side - 1) / grid;
    for (int i = y * side / grid; i <= last_y; i++)
        for (int j = x * side / grid; j <= last_x; j++)
            sum += distances[i * side + j] * overlap(i, side, y, grid) * overlap(j, side, x, grid);
    return sum;
}

static void resample(double *map, int grid, const double *distances, int side)
{
    if (side == grid) {
        memcpy(map, distances, (size_t)(grid * grid) * sizeof *map);
        return;
    }
    for (int y = 0; y < grid; y++)
        for (int x = 0; x < grid; x++)
            map[y * grid + x] = average(distances, side, grid, y, x);
}

enum alfa_status alfa__bank_map(double *map, struct alfa__ground ground,
                                const struct alfa__part_distances *parts, int count,
                                struct alfa__arena *arena, struct alfa_error *err)
{
    const int grid = ground.grid;
    assert(count > 0 && grid > 0);
    const size_t patches = (size_t)grid * (size_t)grid;
    struct alfa__mark mark = alfa__arena_mark(arena);
    double *part = alfa__arena_array(arena, 2 * patches, sizeof *part);
    if (!part)
        return alfa__fail_memory(err, 2 * patches * sizeof *part);
    memset(map, 0, patches * sizeof *map);
    for (int k = 0; k < count; k++) {
        assert(parts[k].window <= grid && (parts[k].window > 0 || parts[k].side > 0));
        if (parts[k].window > 0)
            harmonic(part, part + patches, ground, parts[k].distances, parts[k].window);
        else
            resample(part, grid, parts[k].distances, parts[k].side);
        for (size_t p = 0; p < patches; p++)
            map[p] += part[p];
    }
    for (size_t p = 0; p < patches; p++)
        map[p] = !ground.inside || ground.inside[p] ? map[p] / count : 0;
    alfa__arena_reset(arena, mark);
    return ALFA_OK;
}
