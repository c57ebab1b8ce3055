/* SPADE (Cohen, Hoshen, "Sub-Image Anomaly Detection with Deep Pyramid Correspondences", 2020): the K normal
 * images most like the whole image, then for each patch the nearest patch of those images:
 *
 *     S = mean over the K nearest images of | f(x) - f(x_k) |,    map_p = min over their patches m of | y_p -
 * m |
 *
 * Changed because the backbone is CLIP's: f is CLIP's embedding, and the pyramid of three ResNet stages is
 * one layer of the image tower (the stem's joins two strides), rows brought to length 1. One nearest patch, K
 * = 50 or as many as there are, as in the paper. The map is smoothed with sigma 4. */
#include "bank/memory.h"
#include "methods/methods.h"
#include "methods/share.h"

#include <math.h>
#include <stdlib.h>

/* A normal image. */
struct known {
    float *embedding; /* f(x): dim */
    struct alfa__memory patches;
    double distance; /* of the image at hand */
};

struct state {
    struct alfa__layer layer; /* first */
    int neighbours, count;
    struct known *known;
};

static void close(void *pointer)
{
    struct state *s = pointer;
    for (int i = 0; s && i < s->count; i++) {
        free(s->known[i].embedding);
        alfa__memory_free(&s->known[i].patches);
    }
    if (s)
        free(s->known);
    free(s);
}

static enum alfa_status open(void **out, const struct alfa__method_setup *setup, struct alfa_error *err)
{
    ALFA__TRY(alfa__layer_state_open(out, sizeof(struct state), setup, err));
    if (setup->neighbours < 1)
        return alfa__fail(err, ALFA_ERROR_USAGE, "neighbours", "must be 1 or more");
    ((struct state *)*out)->neighbours = setup->neighbours;
    return ALFA_OK;
}

static enum alfa_status remember(struct known *known, const struct alfa__features *features,
                                 struct alfa_error *err)
{
    const struct alfa__dense *dense = &features->layers[0];
    known->embedding = malloc((size_t)features->dim * sizeof *known->embedding);
    if (!known->embedding)
        return alfa__fail_memory(err, (size_t)features->dim * sizeof *known->embedding);
    for (int i = 0; i < features->dim; i++)
        known->embedding[i] = features->image[i];
    ALFA__TRY(alfa__memory_init(&known->patches, "patch", 0, dense->dim, err));
    return alfa__memory_add(&known->patches, dense->rows, dense->side * dense->side,
                            (struct alfa__origin){0, 0}, err);
}

static enum alfa_status learn(void *pointer, const struct alfa__reference_image *references, int count,
                              struct alfa_error *err)
{
    struct state *s = pointer;
    s->known = calloc((size_t)count, sizeof *s->known);
    if (!s->known)
        return alfa__fail_memory(err, (size_t)count * sizeof *s->known);
    s->count = count;
    for (int i = 0; i < count; i++)
        ALFA__TRY(remember(&s->known[i], references[i].features, err));
    return ALFA_OK;
}

static double distance(const float *a, const float *b, int dim)
{
    double square = 0;
    for (int i = 0; i < dim; i++)
        square += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
    return sqrt(square);
}

static int nearer(const void *a, const void *b)
{
    const struct known *const *x = a, *const *y = b;
    if ((*x)->distance != (*y)->distance)
        return (*x)->distance < (*y)->distance ? -1 : 1;
    return *x < *y ? -1 : *x > *y; /* in the order of learning */
}

/* The known images by their distance to f(x); NULL when out of memory. */
static struct known **by_distance(const struct state *s, const struct alfa__features *features,
                                  struct alfa__arena *arena)
{
    struct known **order = alfa__arena_array(arena, (size_t)s->count, sizeof *order);
    for (int i = 0; i < s->count && order; i++) {
        order[i] = &s->known[i];
        order[i]->distance = distance(features->image, order[i]->embedding, features->dim);
    }
    if (order)
        qsort(order, (size_t)s->count, sizeof *order, nearer);
    return order;
}

static enum alfa_status score(void *pointer, struct alfa__verdict *out, const struct alfa__features *features,
                              struct alfa__arena *arena, struct alfa_error *err)
{
    struct state *s = pointer;
    const struct alfa__dense *dense = &features->layers[0];
    const int cells = dense->side * dense->side, count = s->neighbours < s->count ? s->neighbours : s->count;
    struct known **order = by_distance(s, features, arena);
    double *distances = alfa__arena_array(arena, (size_t)cells, sizeof *distances);
    *out = (struct alfa__verdict){.side = 0};
    if (!order || !distances || !alfa__verdict_map(out, dense->side, arena))
        return alfa__fail_memory(err, (size_t)cells * sizeof *distances);
    for (int k = 0; k < count; k++) {
        out->score += order[k]->distance / count;
        ALFA__TRY(alfa__memory_associate(&order[k]->patches, distances, NULL,
                                         (struct alfa__queries){dense->rows, cells, ALFA__NO_IMAGE}, arena,
                                         err));
        for (int i = 0; i < cells; i++)
            out->map[i] = k ? fmin(out->map[i], 2 * sqrt(distances[i])) : 2 * sqrt(distances[i]);
    }
    return ALFA_OK;
}

const struct alfa__method alfa__method_spade = {.kind = ALFA_METHOD_SPADE,
                                                .pipeline = &alfa__pipeline_verdict,
                                                .name = "spade",
                                                .title = "SPADE",
                                                .paper = "Cohen and Hoshen 2020",
                                                .few_shot = true,
                                                .sigma = 4,
                                                .open = open,
                                                .request = alfa__layer_state_request,
                                                .learn = learn,
                                                .score = score,
                                                .free = close};
