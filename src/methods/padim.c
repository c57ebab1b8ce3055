/* PaDiM (Defard et al., "PaDiM: a Patch Distribution Modeling Framework for Anomaly Detection and
 * Localization", ICPR workshops 2021): a Gaussian for each position of the map, and how far a patch is from
 * its own,
 *
 *     map_p = sqrt((x_p - mu_p)^T Sigma_p^-1 (x_p - mu_p)),    S = max map_p
 *
 * Changed because the backbone is CLIP's: the features are one layer of the image tower instead of three
 * stages of a ResNet, and of its dimensions evenly spaced ones are kept instead of random ones. Changed
 * because there are few normal images: N images say little about a D x D covariance, so with S_p the sample
 * covariance at p (N - 1 in the denominator) and P the mean of all S_p,
 *
 *     Sigma_p = (1 - l) S_p + l P + 0.01 trace(P) / D I,    l = D / (D + N - 1),
 *
 * the mean under an inverse-Wishart prior worth D images. With one image nothing varies; then P is the
 * covariance of its patches over all positions. The map is smoothed with sigma 4. */
#include "methods/methods.h"
#include "methods/share.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct state {
    struct alfa__layer layer; /* first */
    int wanted, dim, side;    /* D */
    double *means;            /* side^2 x D */
    float *factors; /* side^2, or one, lower Cholesky factors, row after row: D (D + 1) / 2 numbers each */
    bool one_factor;
};

static void close(void *pointer)
{
    struct state *s = pointer;
    if (s) {
        free(s->means);
        free(s->factors);
    }
    free(s);
}

static enum alfa_status open(void **out, const struct alfa__method_setup *setup, struct alfa_error *err)
{
    ALFA__TRY(alfa__layer_state_open(out, sizeof(struct state), setup, err));
    if (setup->dimensions < 1)
        return alfa__fail(err, ALFA_ERROR_USAGE, "dimensions", "must be 1 or more");
    ((struct state *)*out)->wanted = setup->dimensions;
    return ALFA_OK;
}

/* x_p: D evenly spaced numbers of a row. */
static void pick(double *out, const struct state *s, const struct alfa__dense *dense, int position)
{
    const float *row = dense->rows + (size_t)position * (size_t)dense->dim;
    for (int i = 0; i < s->dim; i++)
        out[i] = (double)row[(long long)i * dense->dim / s->dim];
}

/* sum (D x D, lower half) += weight (x - mean) (x - mean)^T. */
static void add_square(double *sum, const double *x, const double *mean, double weight, int dim)
{
    for (int i = 0; i < dim; i++) {
        const double left = weight * (x[i] - mean[i]);
        for (int j = 0; j <= i; j++)
            sum[i * dim + j] += left * (x[j] - mean[j]);
    }
}

/* S_p of the references. x: room for D. */
static void covariance(double *out, const struct state *s, const struct alfa__reference_image *references,
                       int count, int position, double *x)
{
    memset(out, 0, (size_t)s->dim * (size_t)s->dim * sizeof *out);
    for (int n = 0; n < count && count > 1; n++) {
        pick(x, s, &references[n].features->layers[0], position);
        add_square(out, x, s->means + (size_t)position * (size_t)s->dim, 1.0 / (count - 1), s->dim);
    }
}

/* The covariance of one image's patches around their mean over all positions. mean: room for D. */
static void spread(double *out, const struct state *s, double *mean)
{
    const int cells = s->side * s->side, dim = s->dim;
    memset(out, 0, (size_t)dim * (size_t)dim * sizeof *out);
    memset(mean, 0, (size_t)dim * sizeof *mean);
    for (int p = 0; p < cells; p++)
        for (int i = 0; i < dim; i++)
            mean[i] += s->means[(size_t)p * (size_t)dim + (size_t)i] / cells;
    for (int p = 0; p < cells; p++)
        add_square(out, s->means + (size_t)p * (size_t)dim, mean, 1.0 / cells, dim);
}

/* a = L L^T in place, lower half. Sigma has the ridge on its diagonal, so only zero features fail; they
 * get 1. */
static void cholesky(double *a, int dim)
{
    for (int j = 0; j < dim; j++) {
        double *row = a + (size_t)j * (size_t)dim, pivot = row[j];
        for (int k = 0; k < j; k++)
            pivot -= row[k] * row[k];
        row[j] = pivot > 0 ? sqrt(pivot) : 1;
        for (int i = j + 1; i < dim; i++) {
            double *other = a + (size_t)i * (size_t)dim, sum = other[j];
            for (int k = 0; k < j; k++)
                sum -= other[k] * row[k];
            other[j] = sum / row[j];
        }
    }
}

static void fit_means(struct state *s, const struct alfa__reference_image *references, int count, double *x)
{
    for (int p = 0; p < s->side * s->side; p++) {
        double *mean = s->means + (size_t)p * (size_t)s->dim;
        memset(mean, 0, (size_t)s->dim * sizeof *mean);
        for (int n = 0; n < count; n++) {
            pick(x, s, &references[n].features->layers[0], p);
            for (int i = 0; i < s->dim; i++)
                mean[i] += x[i] / count;
        }
    }
}

static size_t packed(int dim)
{
    return (size_t)dim * ((size_t)dim + 1) / 2;
}

/* P: the mean of all S_p, or the spread of one image. scratch: room for D x D; x: for D. */
static void pool(double *pooled, const struct state *s, const struct alfa__reference_image *references,
                 int count, double *scratch, double *x)
{
    const int cells = s->side * s->side;
    const size_t square = (size_t)s->dim * (size_t)s->dim;
    if (s->one_factor) {
        spread(pooled, s, x);
        return;
    }
    memset(pooled, 0, square * sizeof *pooled);
    for (int p = 0; p < cells; p++) {
        covariance(scratch, s, references, count, p, x);
        for (size_t i = 0; i < square; i++)
            pooled[i] += scratch[i] / cells;
    }
}

/* Sigma_p and its factor for every position, or for all at once. scratch: room for D x D; x: for D. */
static void fit_covariances(struct state *s, const struct alfa__reference_image *references, int count,
                            const double *pooled, double *scratch, double *x)
{
    const int dim = s->dim, positions = s->one_factor ? 1 : s->side * s->side;
    const double keep = (double)(count - 1) / (dim + count - 1); /* 1 - l */
    double trace = 0;
    for (int i = 0; i < dim; i++)
        trace += pooled[i * dim + i];
    for (int p = 0; p < positions; p++) {
        float *factor = s->factors + (size_t)p * packed(dim);
        covariance(scratch, s, references, count, p, x);
        for (int i = 0; i < dim * dim; i++)
            scratch[i] = keep * scratch[i] + (1 - keep) * pooled[i];
        for (int i = 0; i < dim; i++)
            scratch[i * dim + i] += 0.01 * trace / dim;
        cholesky(scratch, dim);
        for (int i = 0; i < dim; i++)
            for (int j = 0; j <= i; j++)
                *factor++ = (float)scratch[i * dim + j];
    }
}

static enum alfa_status learn(void *pointer, const struct alfa__reference_image *references, int count,
                              struct alfa_error *err)
{
    struct state *s = pointer;
    const struct alfa__dense *dense = &references->features->layers[0];
    s->dim = s->wanted < dense->dim ? s->wanted : dense->dim;
    s->side = dense->side;
    s->one_factor = count == 1;
    const size_t dim = (size_t)s->dim, cells = (size_t)(s->side * s->side);
    s->means = malloc(cells * dim * sizeof *s->means);
    s->factors = malloc((s->one_factor ? 1 : cells) * packed(s->dim) * sizeof *s->factors);
    double *scratch = malloc((2 * dim + 1) * dim * sizeof *scratch), *x = scratch + 2 * dim * dim;
    if (s->means && s->factors && scratch) {
        fit_means(s, references, count, x);
        pool(scratch, s, references, count, scratch + dim * dim, x);
        fit_covariances(s, references, count, scratch, scratch + dim * dim, x);
    }
    enum alfa_status status = s->means && s->factors && scratch
                                  ? ALFA_OK
                                  : alfa__fail_memory(err, cells * dim * dim * sizeof *scratch);
    free(scratch);
    return status;
}

/* | L^-1 x | with a packed factor; x is used up. */
static double mahalanobis(const float *factor, double *x, int dim)
{
    double square = 0;
    for (int i = 0; i < dim; i++) {
        for (int k = 0; k < i; k++)
            x[i] -= (double)*factor++ * x[k];
        x[i] /= (double)*factor++;
        square += x[i] * x[i];
    }
    return sqrt(square);
}

static enum alfa_status score(void *pointer, struct alfa__verdict *out, const struct alfa__features *features,
                              struct alfa__arena *arena, struct alfa_error *err)
{
    struct state *s = pointer;
    const int cells = s->side * s->side, dim = s->dim;
    double *x = alfa__arena_array(arena, (size_t)dim, sizeof *x);
    *out = (struct alfa__verdict){.side = 0};
    if (!x || !alfa__verdict_map(out, s->side, arena))
        return alfa__fail_memory(err, (size_t)(cells + dim) * sizeof *x);
    for (int p = 0; p < cells; p++) {
        pick(x, s, &features->layers[0], p);
        for (int i = 0; i < dim; i++)
            x[i] -= s->means[(size_t)p * (size_t)dim + (size_t)i];
        out->map[p] = mahalanobis(s->factors + (s->one_factor ? 0 : (size_t)p * packed(dim)), x, dim);
    }
    out->score = alfa__largest(out->map, cells);
    return ALFA_OK;
}

const struct alfa__method alfa__method_padim = {.kind = ALFA_METHOD_PADIM,
                                                .pipeline = &alfa__pipeline_verdict,
                                                .name = "padim",
                                                .title = "PaDiM",
                                                .paper = "Defard et al. 2021",
                                                .few_shot = true,
                                                .sigma = 4,
                                                .open = open,
                                                .request = alfa__layer_state_request,
                                                .learn = learn,
                                                .score = score,
                                                .free = close};
