#include "image/upsample.h"

#include "base/vector.h"

#include <stddef.h>

/* Two neighbours and how far the position is from the first, 0..1. */
struct between {
    int low, high;
    float part;
};

static struct between locate(double at, int size)
{
    if (at <= 0)
        return (struct between){0, 0, 0};
    if (at >= size - 1)
        return (struct between){size - 1, size - 1, 0};
    int low = (int)at;
    return (struct between){low, low + 1, (float)(at - low)};
}

/* locate() for all columns, without branches so that it is vectorised. */
ALFA__VECTORISED
void alfa__upsample_row(float *out, int width, double x, double step, double y, struct alfa__grid in)
{
    const struct between row = locate(y, in.height);
    const float *upper = in.values + (size_t)row.low * in.width,
                *lower = in.values + (size_t)row.high * in.width;
    const double last = in.width - 1;
#pragma omp simd
    for (int i = 0; i < width; i++) {
        const double position = x + i * step, above = position > 0 ? position : 0;
        const double at = above < last ? above : last;
        const int low = (int)at, high = low + (low < in.width - 1);
        const float part = (float)(at - low);
        const float top = upper[low] + part * (upper[high] - upper[low]);
        const float bottom = lower[low] + part * (lower[high] - lower[low]);
        out[i] = top + row.part * (bottom - top);
    }
}

void alfa__upsample_bilinear(float *out, int width, int height, struct alfa__grid in)
{
    double across = (double)in.width / width, down = (double)in.height / height;
#pragma omp parallel for schedule(static)
    for (int y = 0; y < height; y++)
        alfa__upsample_row(out + (size_t)y * width, width, 0.5 * across - 0.5, across, (y + 0.5) * down - 0.5,
                           in);
}
