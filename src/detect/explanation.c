#include "detect/explanation.h"

#include "score/contextual.h"
#include "score/vectors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ prompts */

/* The highest score first; of equals the normal ones, then by their words. */
static int compare(const void *a, const void *b)
{
    const struct alfa_prompt_score *p = a, *q = b;
    if (p->score != q->score)
        return p->score > q->score ? -1 : 1;
    return p->side != q->side ? (int)p->side - (int)q->side : strcmp(p->text, q->text);
}

static enum alfa_status score_prompts(struct alfa__explanation *out, const struct alfa__evidence *evidence,
                                      struct alfa_error *err)
{
    const struct alfa__judgement *judgement = evidence->judgement;
    const size_t kept = (size_t)judgement->kept[0] + (size_t)judgement->kept[1];
    struct alfa__interval intervals[2];
    if (!judgement->cosines[0]) /* WinCLIP has no contextual score */
        return ALFA_OK;
    out->prompts = malloc(kept * sizeof *out->prompts);
    if (!out->prompts)
        return alfa__fail_memory(err, kept * sizeof *out->prompts);
    for (int side = 0; side < 2; side++)
        intervals[side] = alfa__contextual_interval(
            judgement->cosines[side], alfa_prompts_count(evidence->prompts, (enum alfa_side)side));
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < alfa_prompts_count(evidence->prompts, (enum alfa_side)side); i++)
            if (judgement->weights[side][i] != 0)
                out->prompts[out->prompt_count++] = (struct alfa_prompt_score){
                    (enum alfa_side)side, alfa_prompts_get(evidence->prompts, (enum alfa_side)side, i),
                    alfa__contextual_score(judgement->cosines[side][i], intervals[ALFA_NORMAL],
                                           intervals[ALFA_ABNORMAL], evidence->k)};
    qsort(out->prompts, (size_t)out->prompt_count, sizeof *out->prompts, compare);
    return ALFA_OK;
}

static enum alfa_status copy_similarities(struct alfa__explanation *out,
                                          const struct alfa__evidence *evidence, struct alfa_error *err)
{
    const struct alfa__judgement *judgement = evidence->judgement;
    for (int side = 0; side < 2 && judgement->cosines[0]; side++) {
        const int count = alfa_prompts_count(evidence->prompts, (enum alfa_side)side);
        struct alfa_similarity *list = malloc((size_t)count * sizeof *list);
        if (!list)
            return alfa__fail_memory(err, (size_t)count * sizeof *list);
        for (int i = 0; i < count; i++)
            list[i] = (struct alfa_similarity){judgement->cosines[side][i], judgement->weights[side][i]};
        out->similarities[side] = list;
        out->similarity_count[side] = count;
    }
    return ALFA_OK;
}

/* ------------------------------------------------------------------ regions */

/* What window number w shows, in pixels of the image. */
static struct alfa__box window_box(const struct alfa__features *features, const struct alfa__windows *windows,
                                   int w, const struct alfa__box *box)
{
    const int across = features->grid - windows->scale + 1;
    const double width = box->width / features->grid, height = box->height / features->grid;
    return (struct alfa__box){box->x + w % across * width, box->y + w / across * height,
                              windows->scale * width, windows->scale * height};
}

static double shared(double start, double length, double other_start, double other_length)
{
    return fmax(fmin(start + length, other_start + other_length) - fmax(start, other_start), 0);
}

static bool lies_under(const struct alfa__box *window, const struct alfa_region *region)
{
    const double area = shared(window->x, window->width, region->x, region->width) *
                        shared(window->y, window->height, region->y, region->height);
    return 2 * area >= window->width * window->height * (1 - 1e-9);
}

/* Squared distance of a window's centre from the region's. */
static double distance(const struct alfa__box *window, const struct alfa_region *region)
{
    const double x = window->x + window->width / 2 - region->center_x,
                 y = window->y + window->height / 2 - region->center_y;
    return x * x + y * y;
}

static void add_row(double *sum, const float *row, int dim)
{
    for (int k = 0; k < dim; k++)
        sum[k] += row[k];
}

void alfa__explanation_region(float *out, double *sum, const struct alfa__features *features,
                              const struct alfa__box *box, const struct alfa_region *region)
{
    const int dim = features->dim;
    const float *nearest = NULL;
    double least = INFINITY;
    int count = 0;
    memset(sum, 0, (size_t)dim * sizeof *sum);
    for (int s = 0; s < features->scale_count; s++) {
        const int *places = features->windows[s].places; /* with a region of interest */
        for (int w = 0; w < features->windows[s].count; w++) {
            const struct alfa__box window =
                window_box(features, &features->windows[s], places ? places[w] : w, box);
            const float *row = features->windows[s].embeddings + (size_t)w * (size_t)dim;
            if (lies_under(&window, region))
                add_row(sum, row, dim), count++;
            else if (distance(&window, region) < least)
                least = distance(&window, region), nearest = row;
        }
    }
    if (count == 0 && nearest)
        add_row(sum, nearest, dim);
    (void)alfa__normalise(sum, dim); /* windows that cancel out stay as they are: near nothing */
    for (int k = 0; k < dim; k++)
        out[k] = (float)sum[k];
}

static enum alfa_status embed_regions(struct alfa__explanation *out, const struct alfa__evidence *evidence,
                                      struct alfa_error *err)
{
    const size_t dim = (size_t)evidence->features->dim, rows = 1 + (size_t)evidence->region_count;
    double *sum = malloc(dim * sizeof *sum);
    out->rows = calloc(rows * dim, sizeof *out->rows);
    if (!sum || !out->rows) {
        free(sum);
        return alfa__fail_memory(err, rows * dim * sizeof *out->rows);
    }
    out->dim = evidence->features->dim;
    out->region_count = evidence->region_count;
    memcpy(out->rows, evidence->features->image, dim * sizeof *out->rows);
    for (int i = 0; i < evidence->region_count; i++)
        alfa__explanation_region(out->rows + (1 + (size_t)i) * dim, sum, evidence->features, &evidence->box,
                                 &evidence->regions[i]);
    free(sum);
    return ALFA_OK;
}

/* ------------------------------------------------------------------ both */

enum alfa_status alfa__explanation_make(struct alfa__explanation *out, const struct alfa__evidence *evidence,
                                        struct alfa_error *err)
{
    enum alfa_status status = score_prompts(out, evidence, err);
    if (status == ALFA_OK)
        status = copy_similarities(out, evidence, err);
    if (status == ALFA_OK)
        status = embed_regions(out, evidence, err);
    if (status != ALFA_OK)
        alfa__explanation_free(out);
    return status;
}

void alfa__explanation_free(struct alfa__explanation *explanation)
{
    free(explanation->prompts);
    free(explanation->similarities[0]);
    free(explanation->similarities[1]);
    free(explanation->rows);
    *explanation = (struct alfa__explanation){0};
}
