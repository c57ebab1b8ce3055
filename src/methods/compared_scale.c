#include "image/smooth.h"
#include "image/upsample.h"
#include "methods/compared.h"

double alfa__compared_peak(const float *map, size_t pixels)
{
    float largest = 0;
    for (size_t p = 0; p < pixels; p++)
        largest = map[p] > largest ? map[p] : largest;
    return (double)largest;
}

double alfa__compared_scale(double x, bool known, double level)
{
    if (!known)
        return x;
    return x > 0 ? x / (x + level) : 0;
}

enum alfa_status alfa__compared_map(float *out, int side, const struct alfa__method *method,
                                    const struct alfa__verdict *verdict, struct alfa__arena *arena,
                                    struct alfa_error *err)
{
    const size_t cells = (size_t)verdict->side * (size_t)verdict->side;
    const struct alfa__mark mark = alfa__arena_mark(arena);
    float *grid = alfa__arena_array(arena, cells, sizeof *grid);
    if (!grid)
        return alfa__fail_memory(err, cells * sizeof *grid);
    for (size_t i = 0; i < cells; i++)
        grid[i] = (float)verdict->map[i];
    alfa__upsample_bilinear(out, side, side, (struct alfa__grid){grid, verdict->side, verdict->side});
    alfa__arena_reset(arena, mark);
    return method->sigma > 0 ? alfa__smooth(out, side, side, method->sigma, arena, err) : ALFA_OK;
}
