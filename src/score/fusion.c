#include "score/fusion.h"
#include "clip/inside.h"
#include "score/vectors.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>

/* A score of 0 makes a harmonic mean 0, not a division by zero. */
static double inverse(double score)
{
    return 1 / fmax(score, 1e-12);
}

/* Eq. 1 with temperature: e^(a/tau) / (e^(n/tau) + e^(a/tau)). */
double alfa__abnormal_probability(double normal, double abnormal, double temperature)
{
    return 1 / (1 + exp((normal - abnormal) / temperature));
}

/* Eq. 10 with F_TG, Eq. 11 with F_TL,ij. */
double alfa__score(const float *embedding, const double *prototypes, int dim, double temperature)
{
    return alfa__abnormal_probability(alfa__cosine_fd(embedding, prototypes, dim),
                                      alfa__cosine_fd(embedding, prototypes + dim, dim), temperature);
}

/* How many windows of a side cover the patches at one coordinate, and the first of them. */
static int covering(int *first, int at, int grid, int side)
{
    int last = at < grid - side ? at : grid - side;
    *first = at < side ? 0 : at - side + 1;
    return last - *first + 1;
}

/* n_p / sum of 1 / S_L(w) over the n_p windows w that cover the patch. */
static double harmonic_patch(const double *scores, const unsigned char *inside, int x, int y, int grid,
                             int side)
{
    int left, top, windows = grid - side + 1;
    int across = covering(&left, x, grid, side), down = covering(&top, y, grid, side);
    const bool lonely = alfa__inside_lonely(inside, grid, side, y * grid + x);
    double sum = 0;
    int count = 0;
    for (int i = top; i < top + down; i++)
        for (int j = left; j < left + across; j++)
            if (alfa__inside_counts(inside, grid, side, i * windows + j, lonely)) {
                sum += inverse(scores[i * windows + j]);
                count++;
            }
    return count / sum;
}

void alfa__harmonic_scale(double *map, const double *scores, int grid, int side)
{
    alfa__harmonic_scale_inside(map, scores, NULL, grid, side);
}

void alfa__harmonic_scale_inside(double *map, const double *scores, const unsigned char *inside, int grid,
                                 int side)
{
    assert(side > 0 && side <= grid);
    for (int y = 0; y < grid; y++)
        for (int x = 0; x < grid; x++) {
            const int patch = y * grid + x;
            map[patch] = !inside || inside[patch] ? harmonic_patch(scores, inside, x, y, grid, side) : 0;
        }
}

static double inverse_sum(const double *const *maps, int count, int patch)
{
    double sum = 0;
    for (int k = 0; k < count; k++)
        sum += inverse(maps[k][patch]);
    return sum;
}

void alfa__harmonic_maps(double *out, const double *const *maps, int count, int patches)
{
    for (int i = 0; i < patches; i++)
        out[i] = count / inverse_sum(maps, count, i);
}

void alfa__harmonic_with_global(double *out, const double *const *maps, int count, int patches, double global)
{
    for (int i = 0; i < patches; i++)
        out[i] = (count + 1) / (inverse_sum(maps, count, i) + inverse(global));
}

double alfa__local_score(const double *map, int patches)
{
    double highest = map[0];
    for (int i = 1; i < patches; i++)
        highest = fmax(highest, map[i]);
    return highest;
}

/* Eq. 12 */
double alfa__image_score(double global, double local)
{
    return 0.5 * (global + local);
}
