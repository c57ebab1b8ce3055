#include "bank/place.h"
#include "bank/memory.h"

#include <math.h>
#include <string.h>

void alfa__place_put(float *out, const float *row, int dim, double x, double y, double weight)
{
    if (!alfa__unit_row(out, row, dim))
        memcpy(out, row,
               (size_t)dim * sizeof *out); /* who keeps or asks with it says that it is not finite */
    out[dim] = (float)(weight * cos(x));
    out[dim + 1] = (float)(weight * sin(x));
    out[dim + 2] = (float)(weight * cos(y));
    out[dim + 3] = (float)(weight * sin(y));
}

double alfa__place_stretch(double weight)
{
    return 1 + 2 * weight * weight;
}
