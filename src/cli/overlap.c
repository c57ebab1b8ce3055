/* All in double on rows of length 1. With s the sum of n rows, |s|^2 = n + sum of the cosines of all pairs,
 * so means over pairs need no pairs; only "crossed" does. */
#include "cli/overlap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "cli/talk.h"

struct work {
    int counts[2], dim;
    float *rows; /* normal ones first */
    double *sums[2];
};

static double dot(const double *a, const float *b, int dim)
{
    double sum = 0;
    for (int i = 0; i < dim; i++)
        sum += a[i] * b[i];
    return sum;
}

static double length(const double *a, int dim)
{
    double sum = 0;
    for (int i = 0; i < dim; i++)
        sum += a[i] * a[i];
    return sqrt(sum);
}

static const float *row(const struct work *work, int side, int index)
{
    return work->rows + ((size_t)(side ? work->counts[0] : 0) + (size_t)index) * (size_t)work->dim;
}

static enum alfa_status count_tokens(struct alfa__overlap *out, const struct alfa_model *model,
                                     const struct alfa_prompts *prompts, struct alfa_error *err)
{
    enum alfa_status status = ALFA_OK;
    int *ids = alfa__must(calloc((size_t)alfa_model_info(model)->context_length, sizeof *ids));
    for (int side = 0; side < 2; side++) {
        int count = alfa_prompts_count(prompts, side);
        for (int i = 0; i < count && status == ALFA_OK; i++) {
            int tokens = 0;
            bool cut = false;
            status = alfa_model_tokenize(ids, &tokens, &cut, model, alfa_prompts_get(prompts, side, i), err);
            out->tokens[side][0] = i && out->tokens[side][0] < tokens ? out->tokens[side][0] : tokens;
            out->tokens[side][1] = out->tokens[side][1] > tokens ? out->tokens[side][1] : tokens;
            out->mean_tokens[side] += (double)tokens / count;
            out->truncated += cut;
        }
    }
    free(ids);
    return status;
}

static enum alfa_status embed(struct work *work, const struct alfa_model *model,
                              const struct alfa_prompts *prompts, struct alfa_error *err)
{
    int total = work->counts[0] + work->counts[1];
    const char **texts = alfa__must(malloc((size_t)total * sizeof *texts));
    for (int i = 0; i < total; i++)
        texts[i] = i < work->counts[0] ? alfa_prompts_get(prompts, ALFA_NORMAL, i)
                                       : alfa_prompts_get(prompts, ALFA_ABNORMAL, i - work->counts[0]);
    work->rows = alfa__must(malloc((size_t)total * (size_t)work->dim * sizeof *work->rows));
    enum alfa_status status = alfa_model_embed_texts(work->rows, NULL, model, texts, total, err);
    free(texts);
    for (size_t i = 0; status == ALFA_OK && i < (size_t)total * (size_t)work->dim; i++)
        if (!isfinite(work->rows[i]))
            status = alfa__fail(err, ALFA_ERROR_MODEL, alfa_model_info(model)->name,
                                "gives embeddings that are not numbers; its weights are damaged");
    return status;
}

static void add_up(struct work *work)
{
    for (int side = 0; side < 2; side++) {
        work->sums[side] = alfa__must(calloc((size_t)work->dim, sizeof(double)));
        for (int i = 0; i < work->counts[side]; i++)
            for (int k = 0; k < work->dim; k++)
                work->sums[side][k] += row(work, side, i)[k];
    }
}

static void measure_sides(struct alfa__overlap *out, const struct work *work)
{
    double lengths[2], product = 0;
    for (int side = 0; side < 2; side++) {
        double n = work->counts[side];
        lengths[side] = length(work->sums[side], work->dim);
        out->within[side] = n > 1 ? (lengths[side] * lengths[side] - n) / (n * (n - 1)) : 1;
    }
    for (int k = 0; k < work->dim; k++)
        product += work->sums[0][k] * work->sums[1][k];
    out->across = product / work->counts[0] / work->counts[1];
    out->means = lengths[0] > 0 && lengths[1] > 0 ? product / lengths[0] / lengths[1] : 0;
}

/* Cosine of a row to the mean of its side without it, and to the mean of the other side. */
static struct alfa__outlier place(const struct work *work, int side, int index)
{
    const double *own = work->sums[side], *other = work->sums[!side];
    const float *x = row(work, side, index);
    double along = dot(own, x, work->dim), size = length(own, work->dim);
    double rest = sqrt(fmax(size * size - 2 * along + 1, 0)); /* |s - x| */
    struct alfa__outlier out = {index, 1, 0};
    if (work->counts[side] > 1 && rest > 1e-9)
        out.own = (along - 1) / rest;
    if (length(other, work->dim) > 1e-9)
        out.other = dot(other, x, work->dim) / length(other, work->dim);
    return out;
}

static int compare(const void *a, const void *b)
{
    double x = ((const struct alfa__outlier *)a)->own, y = ((const struct alfa__outlier *)b)->own;
    return (x > y) - (x < y);
}

static void find_outliers(struct alfa__overlap *out, const struct work *work, int side)
{
    int count = work->counts[side];
    struct alfa__outlier *places = alfa__must(malloc((size_t)count * sizeof *places));
    double mean = 0, variance = 0;
    for (int i = 0; i < count; i++) {
        places[i] = place(work, side, i);
        mean += places[i].own / count;
        out->misplaced[side] += places[i].other > places[i].own;
    }
    for (int i = 0; i < count; i++)
        variance += (places[i].own - mean) * (places[i].own - mean) / count;
    qsort(places, (size_t)count, sizeof *places, compare);
    for (int i = 0; i < count && places[i].own < mean - 2 * sqrt(variance) - 1e-9; i++) {
        if (i < ALFA__MOST_OUTLIERS)
            out->outliers[side][i] = places[i];
        out->outlier_count[side]++;
    }
    free(places);
}

/* Whether the nearest other row of row number i is on the other side. */
static bool is_crossed(const struct work *work, int i)
{
    int total = work->counts[0] + work->counts[1], nearest = i;
    double best = -2;
    const float *x = row(work, 0, i);
    for (int j = 0; j < total; j++) {
        const float *y = row(work, 0, j);
        double cosine = 0;
        for (int k = 0; k < work->dim; k++)
            cosine += (double)x[k] * y[k];
        if (j != i && cosine > best) {
            best = cosine;
            nearest = j;
        }
    }
    return (nearest < work->counts[0]) != (i < work->counts[0]);
}

enum alfa_status alfa__overlap_measure(struct alfa__overlap *out, const struct alfa_model *model,
                                       const struct alfa_prompts *prompts, struct alfa_error *err)
{
    struct work work = {.dim = alfa_model_info(model)->embed_dim};
    int total = 0;
    *out = (struct alfa__overlap){0};
    for (int side = 0; side < 2; side++)
        total += work.counts[side] = alfa_prompts_count(prompts, side);
    ALFA__TRY(count_tokens(out, model, prompts, err));
    enum alfa_status status = embed(&work, model, prompts, err);
    if (status == ALFA_OK) {
        add_up(&work);
        measure_sides(out, &work);
        for (int side = 0; side < 2; side++)
            find_outliers(out, &work, side);
        for (int i = 0; i < total; i++)
            out->crossed += (double)is_crossed(&work, i) / total;
    }
    free(work.rows);
    free(work.sums[0]);
    free(work.sums[1]);
    return status;
}
