/* Numbers are compared exactly as they were computed once: a prompt that stands on both sides has D = 0 and
 * vanishes from both. */
#include "score/contextual.h"
#include "score/vectors.h"

#include <math.h>
#include <string.h>

/* Eq. 2 and 3: d = <f(x), g(t)>. */
void alfa__contextual_cosines(double *out, const float *image, const float *prompts, int count, int dim)
{
    for (int i = 0; i < count; i++)
        out[i] = alfa__cosine_ff(image, prompts + (size_t)i * (size_t)dim, dim);
}

struct alfa__interval alfa__contextual_interval(const double *cosines, int count)
{
    struct alfa__interval interval = {cosines[0], cosines[0]};
    for (int i = 1; i < count; i++) {
        interval.low = cosines[i] < interval.low ? cosines[i] : interval.low;
        interval.high = cosines[i] > interval.high ? cosines[i] : interval.high;
    }
    return interval;
}

/* From a point to an interval: 0 inside. */
static double distance(double point, struct alfa__interval interval)
{
    if (point < interval.low)
        return interval.low - point;
    return point > interval.high ? point - interval.high : 0;
}

/* Eq. 4: S_c = D / (D + e^-kD), D = | d(x, I+) - d(x, I-) |. */
double alfa__contextual_score(double cosine, struct alfa__interval normal, struct alfa__interval abnormal,
                              double k)
{
    double d = fabs(distance(cosine, normal) - distance(cosine, abnormal));
    return d / (d + exp(-k * d));
}

static void set_weights(struct alfa__selection *selection, int side, int count, double weight)
{
    for (int i = 0; i < count; i++)
        selection->weights[side][i] = weight;
    selection->kept[side] = count;
}

/* S_c of one side's prompts. */
static void score_side(struct alfa__selection *selection, int side, double k, const double *cosines,
                       int count, const struct alfa__interval intervals[2])
{
    selection->kept[side] = 0;
    for (int i = 0; i < count; i++) {
        double score =
            alfa__contextual_score(cosines[i], intervals[ALFA_NORMAL], intervals[ALFA_ABNORMAL], k);
        selection->weights[side][i] = score;
        selection->kept[side] += score > 0;
    }
}

/* 1 instead of any S_c > 0. */
static void level_side(struct alfa__selection *selection, int side, int count)
{
    for (int i = 0; i < count; i++)
        if (selection->weights[side][i] > 0)
            selection->weights[side][i] = 1;
}

/* Algorithm 1: what scores above 0 stays; when nothing is left on a side, all stay. */
void alfa__contextual_select(struct alfa__selection *selection, enum alfa_contextual how, double k,
                             const double *const cosines[2], const int counts[2])
{
    struct alfa__interval intervals[2];
    for (int side = 0; side < 2; side++)
        intervals[side] = alfa__contextual_interval(cosines[side], counts[side]);
    for (int side = 0; side < 2; side++)
        score_side(selection, side, k, cosines[side], counts[side], intervals);
    for (int side = 0; side < 2 && how == ALFA_CONTEXTUAL_FILTER; side++)
        level_side(selection, side, counts[side]);
    bool empty = !selection->kept[0] || !selection->kept[1];
    selection->fallback = empty && how != ALFA_CONTEXTUAL_OFF;
    for (int side = 0; side < 2 && (empty || how == ALFA_CONTEXTUAL_OFF); side++)
        set_weights(selection, side, counts[side], 1);
}

static void add_scaled(double *out, const float *row, double factor, int dim)
{
    for (int i = 0; i < dim; i++)
        out[i] += factor * (double)row[i];
}

/* F_TG, one side of it: sum of w g(t) / |g(t)|, of length 1. */
void alfa__prototype(double *out, const float *embeddings, const double *weights, int count, int dim)
{
    memset(out, 0, (size_t)dim * sizeof *out);
    for (int i = 0; i < count; i++) {
        const float *row = embeddings + (size_t)i * (size_t)dim;
        double weight = weights ? weights[i] : 1;
        if (weight > 0)
            add_scaled(out, row, weight * alfa__inverse_length(row, dim), dim);
    }
    alfa__normalise(out, dim);
}

/* WinCLIP: the mean of g(t), of length 1. */
void alfa__prototype_of_raw(double *out, const float *embeddings, int count, int dim)
{
    memset(out, 0, (size_t)dim * sizeof *out);
    for (int i = 0; i < count; i++)
        add_scaled(out, embeddings + (size_t)i * (size_t)dim, 1, dim);
    alfa__normalise(out, dim);
}
