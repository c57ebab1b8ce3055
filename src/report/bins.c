#include "report/bins.h"

#include <math.h>
#include <string.h>

void alfa__bins_make(struct alfa__bins *out, const struct alfa__score *scores, size_t count, double threshold)
{
    double low = isnan(threshold) ? INFINITY : threshold, high = isnan(threshold) ? -INFINITY : threshold;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < count; i++) {
        low = fmin(low, scores[i].score);
        high = fmax(high, scores[i].score);
    }
    if (!(low <= high)) { /* nothing at all */
        low = 0;
        high = 1;
    }
    out->low = fmax(0, floor(20 * low) / 20);
    out->high = fmax(out->low + 0.05, ceil(20 * high) / 20);
    for (size_t i = 0; i < count; i++) {
        const double place = alfa__bins_place(out, scores[i].score) * ALFA__BINS;
        const int bin = !(place > 0) ? 0 : place >= ALFA__BINS ? ALFA__BINS - 1 : (int)place;
        ++(scores[i].bad ? out->bad : out->good)[bin];
        ++*(scores[i].bad ? &out->bad_count : &out->good_count);
    }
}

double alfa__bins_place(const struct alfa__bins *bins, double score)
{
    return (score - bins->low) / (bins->high - bins->low);
}
