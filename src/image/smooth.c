#include "image/smooth.h"

#include <math.h>

/* Position i of a line of count pixels, mirrored at its ends. */
static int mirrored(int i, int count)
{
    const int period = 2 * count;
    i = (i % period + period) % period;
    return i < count ? i : period - 1 - i;
}

/* count pixels, step apart; line: room for count + 2 radius. */
static void smooth_line(float *pixels, int count, int step, const double *weights, int radius, double *line)
{
    for (int i = -radius; i < count + radius; i++)
        line[i + radius] = (double)pixels[(size_t)mirrored(i, count) * (size_t)step];
    for (int i = 0; i < count; i++) {
        const double *at = line + i + radius;
        double sum = weights[0] * at[0];
        for (int k = 1; k <= radius; k++)
            sum += weights[k] * (at[k] + at[-k]);
        pixels[(size_t)i * (size_t)step] = (float)sum;
    }
}

enum alfa_status alfa__smooth(float *map, int width, int height, double sigma, struct alfa__arena *arena,
                              struct alfa_error *err)
{
    const int radius = (int)(4 * sigma + 0.5), longest = width > height ? width : height;
    struct alfa__mark mark = alfa__arena_mark(arena);
    double *weights = alfa__arena_array(arena, (size_t)radius + 1, sizeof *weights), total = 0;
    double *line = alfa__arena_array(arena, (size_t)(longest + 2 * radius), sizeof *line);
    if (!weights || !line)
        return alfa__fail_memory(err, (size_t)longest * sizeof *line);
    for (int k = 0; k <= radius; k++) {
        weights[k] = exp(-0.5 * k * k / (sigma * sigma));
        total += k ? 2 * weights[k] : weights[k];
    }
    for (int k = 0; k <= radius; k++)
        weights[k] /= total;
    for (int y = 0; y < height; y++)
        smooth_line(map + (size_t)y * (size_t)width, width, 1, weights, radius, line);
    for (int x = 0; x < width; x++)
        smooth_line(map + x, height, width, weights, radius, line);
    alfa__arena_reset(arena, mark);
    return ALFA_OK;
}
