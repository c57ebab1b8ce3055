/* PatchCore (Roth et al., "Towards Total Recall in Industrial Anomaly Detection", CVPR 2022): patches of
 * normal images, each averaged with its neighbours, shrunk to a greedy k-centre coreset M; an image's patch
 * is as strange as it is far from the nearest of them, and the image as strange as its strangest patch:
 *
 *     map_p = min over m in M of | x_p - m |,    S = max map_p
 *
 * Changed because the backbone is CLIP's: the features are one layer of the image tower (tokens of a block,
 * or the stem's own patch features, which are made in the same way), brought to length 1 since tokens differ
 * in length, and not reduced to 1024 numbers. The mean over 3 x 3 cells counts only cells that exist. The
 * coreset starts at the row farthest from the mean instead of a random one and compares whole vectors, not
 * random projections. No re-weighting of the image score, as in the authors' code. The map is smoothed with
 * sigma 4. */
#include "bank/coreset.h"
#include "methods/methods.h"
#include "methods/share.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct state {
    struct alfa__layer layer; /* first */
    bool average;             /* the features are not averaged yet */
    double share;
    struct alfa__memory memory;
};

static void close(void *pointer)
{
    struct state *s = pointer;
    if (s)
        alfa__memory_free(&s->memory);
    free(s);
}

static enum alfa_status open(void **out, const struct alfa__method_setup *setup, struct alfa_error *err)
{
    ALFA__TRY(alfa__layer_state_open(out, sizeof(struct state), setup, err));
    if (!(setup->coreset > 0 && setup->coreset <= 1))
        return alfa__fail(err, ALFA_ERROR_USAGE, "coreset", "must be above 0 and at most 1");
    struct state *s = *out;
    s->average = !s->layer.stem || s->layer.index != 0;
    s->share = setup->coreset;
    return ALFA_OK;
}

/* Rows of cells averaged over the 3 x 3 around each, in the arena; the rows themselves when that was done
 * already. */
static const float *locally_aware(const struct state *s, const struct alfa__dense *dense,
                                  struct alfa__arena *arena)
{
    if (!s->average)
        return dense->rows;
    const int side = dense->side;
    const size_t dim = (size_t)dense->dim;
    float *out = alfa__arena_array(arena, (size_t)(side * side) * dim, sizeof *out);
    for (int p = 0; p < side * side && out; p++) {
        const int top = p / side - (p / side > 0), left = p % side - (p % side > 0);
        const int bottom = p / side + (p / side < side - 1), right = p % side + (p % side < side - 1);
        const float weight = 1 / (float)((bottom - top + 1) * (right - left + 1));
        float *row = memset(out + (size_t)p * dim, 0, dim * sizeof *row);
        for (int y = top; y <= bottom; y++)
            for (int x = left; x <= right; x++)
                for (size_t i = 0; i < dim; i++)
                    row[i] += weight * dense->rows[(size_t)(y * side + x) * dim + i];
    }
    return out;
}

static enum alfa_status remember(struct state *s, const struct alfa__dense *dense, int image,
                                 struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__mark mark = alfa__arena_mark(arena);
    const float *rows = locally_aware(s, dense, arena);
    if (!rows)
        return alfa__fail_memory(err, (size_t)dense->dim * sizeof *rows);
    enum alfa_status status =
        alfa__memory_add(&s->memory, rows, dense->side * dense->side, (struct alfa__origin){image, 0}, err);
    alfa__arena_reset(arena, mark);
    return status;
}

static enum alfa_status learn(void *pointer, const struct alfa__reference_image *references, int count,
                              struct alfa_error *err)
{
    struct state *s = pointer;
    struct alfa__arena arena = {0};
    enum alfa_status status =
        alfa__memory_init(&s->memory, "patch", 0, references->features->layers[0].dim, err);
    for (int i = 0; i < count && status == ALFA_OK; i++)
        status = remember(s, &references[i].features->layers[0], i, &arena, err);
    if (status == ALFA_OK)
        status = alfa__coreset_reduce(&s->memory, (int)ceil(s->share * s->memory.rows), &arena, err);
    alfa__arena_free(&arena);
    return status;
}

static enum alfa_status score(void *pointer, struct alfa__verdict *out, const struct alfa__features *features,
                              struct alfa__arena *arena, struct alfa_error *err)
{
    struct state *s = pointer;
    const struct alfa__dense *dense = &features->layers[0];
    const float *rows = locally_aware(s, dense, arena);
    *out = (struct alfa__verdict){.side = 0};
    if (!rows || !alfa__verdict_map(out, dense->side, arena))
        return alfa__fail_memory(err, (size_t)dense->dim * sizeof *rows);
    const int cells = dense->side * dense->side;
    ALFA__TRY(alfa__memory_associate(&s->memory, out->map, NULL,
                                     (struct alfa__queries){rows, cells, ALFA__NO_IMAGE}, arena, err));
    for (int i = 0; i < cells; i++)
        out->map[i] = 2 * sqrt(out->map[i]); /* |a - b|^2 = 2 (1 - cos) */
    out->score = alfa__largest(out->map, cells);
    return ALFA_OK;
}

const struct alfa__method alfa__method_patchcore = {.kind = ALFA_METHOD_PATCHCORE,
                                                    .pipeline = &alfa__pipeline_verdict,
                                                    .name = "patchcore",
                                                    .title = "PatchCore",
                                                    .paper = "Roth et al. 2022",
                                                    .few_shot = true,
                                                    .sigma = 4,
                                                    .open = open,
                                                    .request = alfa__layer_state_request,
                                                    .learn = learn,
                                                    .score = score,
                                                    .free = close};
