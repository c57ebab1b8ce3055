#include "clip/image_tower.h"
#include "nn/rows.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ loading */

static enum alfa_status load_patch(struct alfa__image_tower *t, const struct alfa__weights *weights,
                                   const struct alfa__config *config, enum alfa__type type,
                                   struct alfa_error *err)
{
    const size_t side = (size_t)config->patch_size, width = (size_t)config->vision.width;
    float *weight;
    if (config->stem.present)
        return alfa__stem_load(&t->stem, weights, config, type, err);
    ALFA__TRY(alfa__weights_read(weights, &weight, "visual.conv1.weight", 4, (size_t[]){width, 3, side, side},
                                 err));
    const struct alfa__affine affine = {weight, NULL, (int)width, (int)(3 * side * side), type};
    enum alfa_status status = weight ? alfa__linear_new(&t->patch, &affine, err) : ALFA_OK;
    free(weight);
    return status;
}

enum alfa_status alfa__image_tower_load(struct alfa__image_tower *t, const struct alfa__weights *weights,
                                        const struct alfa__config *config, enum alfa__type type,
                                        struct alfa_error *err)
{
    const int width = config->vision.width;
    *t = (struct alfa__image_tower){.image_size = config->image_size,
                                    .patch_size = config->patch_size,
                                    .grid = config->image_size / config->patch_size,
                                    .embed_dim = config->embed_dim,
                                    .epsilon = config->epsilon};
    const size_t tokens = (size_t)t->grid * (size_t)t->grid + 1;
    const struct alfa__transformer_source blocks = {
        weights, config, &config->vision, "visual.transformer.resblocks", true, type};
    const struct alfa__linear_source proj = {"visual.proj", NULL, config->embed_dim, width, type};
    ALFA__TRY(load_patch(t, weights, config, type, err));
    ALFA__TRY(alfa__vector_load(&t->class_embedding, weights, "visual.class_embedding", width, err));
    ALFA__TRY(alfa__weights_read(weights, &t->positions, "visual.positional_embedding", 2,
                                 (size_t[]){tokens, (size_t)width}, err));
    ALFA__TRY(alfa__vector_load(&t->ln_pre_gain, weights, "visual.ln_pre.weight", width, err));
    ALFA__TRY(alfa__vector_load(&t->ln_pre_bias, weights, "visual.ln_pre.bias", width, err));
    ALFA__TRY(alfa__transformer_load(&t->transformer, &blocks, err));
    ALFA__TRY(alfa__vector_load(&t->ln_post_gain, weights, "visual.ln_post.weight", width, err));
    ALFA__TRY(alfa__vector_load(&t->ln_post_bias, weights, "visual.ln_post.bias", width, err));
    return alfa__linear_load(&t->proj, weights, &proj, err);
}

void alfa__image_tower_free(struct alfa__image_tower *t)
{
    float *vectors[] = {t->class_embedding, t->positions,    t->ln_pre_gain,
                        t->ln_pre_bias,     t->ln_post_gain, t->ln_post_bias};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        free(vectors[i]);
    alfa__linear_free(t->patch);
    alfa__linear_free(t->proj);
    alfa__stem_free(t->stem);
    alfa__transformer_free(&t->transformer);
    *t = (struct alfa__image_tower){0};
}

/* ------------------------------------------------------------------ windows */

int alfa__window_count(int grid, int scale)
{
    return scale > grid ? 0 : (grid - scale + 1) * (grid - scale + 1);
}

void alfa__window_index(int grid, int scale, int *index)
{
    for (int top = 0; top + scale <= grid; top++)
        for (int left = 0; left + scale <= grid; left++) {
            *index++ = 0; /* class token */
            for (int y = top; y < top + scale; y++)
                for (int x = left; x < left + scale; x++)
                    *index++ = 1 + y * grid + x;
        }
}

/* ------------------------------------------------------------------ running */

/* CLIP's patch embedding as a product: each patch as a row of 3 x patch x patch numbers. */
static enum alfa_status embed_patches(const struct alfa__image_tower *t, const float *pixels, float *tokens,
                                      struct alfa__arena *arena, struct alfa_error *err)
{
    const int grid = t->grid, side = t->patch_size, rows = grid * grid, length = 3 * side * side;
    float *patches = alfa__arena_array(arena, (size_t)rows * (size_t)length, sizeof *patches);
    void *typed =
        alfa__arena_array(arena, (size_t)rows * (size_t)length, alfa__type_size(t->transformer.type));
    if (!patches || !typed)
        return alfa__fail_memory(err, (size_t)rows * (size_t)length * sizeof *patches);
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < 3; c++)
            for (int y = 0; y < side; y++)
                memcpy(patches + ((size_t)(r * 3 + c) * (size_t)side + (size_t)y) * (size_t)side,
                       pixels +
                           ((size_t)c * (size_t)t->image_size + (size_t)(r / grid * side + y)) *
                               (size_t)t->image_size +
                           (size_t)(r % grid * side),
                       (size_t)side * sizeof *patches);
    alfa__convert(patches, (size_t)rows * (size_t)length, typed, t->transformer.type);
    const struct alfa__linear_call call = {.x = typed, .y = tokens, .rows = rows, .part = ALFA__SHARED_PART};
    return alfa__linear_run(t->patch, &call, arena, err);
}

enum alfa_status alfa__image_tower_tokens(const struct alfa__image_tower *t, struct alfa__tokens *out,
                                          const float *pixels, const struct alfa__stem_maps *maps,
                                          struct alfa__arena *arena, struct alfa_error *err)
{
    const int width = t->transformer.width, used = t->grid * t->grid + 1;
    const int rows = alfa__rows_up(used, t->transformer.row_step);
    const size_t numbers = (size_t)rows * (size_t)width;
    const struct alfa__sequences all = {.rows = rows, .part = ALFA__SHARED_PART};
    out->x = alfa__arena_array(arena, numbers, sizeof *out->x);
    out->qkv = t->transformer.layers > 1
                   ? alfa__arena_array(arena, 3 * numbers, alfa__type_size(t->transformer.qkv_type))
                   : NULL;
    if (!out->x || (t->transformer.layers > 1 && !out->qkv))
        return alfa__fail_memory(err, 4 * numbers * sizeof *out->x);
    struct alfa__mark mark = alfa__arena_mark(arena);
    memcpy(out->x, t->class_embedding, (size_t)width * sizeof *out->x);
    const struct alfa__stem_out stem = {.tokens = out->x + width, .kept = maps};
    enum alfa_status status = t->stem ? alfa__stem_run(t->stem, pixels, &stem, arena, err)
                                      : embed_patches(t, pixels, stem.tokens, arena, err);
    alfa__arena_reset(arena, mark);
    if (status != ALFA_OK)
        return status;
    alfa__add_rows(out->x, t->positions, used, width);
    memset(out->x + (size_t)used * (size_t)width, 0, (size_t)(rows - used) * (size_t)width * sizeof *out->x);
    alfa__layer_norm(out->x, (struct alfa__norm){t->ln_pre_gain, t->ln_pre_bias, t->epsilon}, rows, width,
                     out->x, ALFA__F32);
    return out->qkv ? alfa__transformer_qkv(&t->transformer, out->x, &all, out->qkv, arena, err) : ALFA_OK;
}

enum alfa_status alfa__image_tower_project(const struct alfa__image_tower *t, const struct alfa__joint *joint,
                                           struct alfa__arena *arena, struct alfa_error *err)
{
    const int width = t->transformer.width;
    const enum alfa__type type = t->transformer.type;
    void *normed = alfa__arena_array(arena, (size_t)joint->rows * (size_t)width, alfa__type_size(type));
    if (!normed)
        return alfa__fail_memory(err, (size_t)joint->rows * (size_t)width);
    alfa__layer_norm(joint->x, (struct alfa__norm){t->ln_post_gain, t->ln_post_bias, t->epsilon}, joint->rows,
                     width, normed, type);
    const struct alfa__linear_call call = {
        .x = normed, .y = joint->out, .rows = joint->rows, .part = joint->part};
    return alfa__linear_run(t->proj, &call, arena, err);
}

/* Views on their way through the blocks; lies in the arena. */
struct pass {
    const struct alfa__image_tower *t;
    const struct alfa__taps *taps; /* or NULL */
    struct alfa__sequences sequences;
    float *x;      /* rows x D: the residual stream */
    float *path;   /* the same of the second path, or NULL */
    float *mapped; /* the same of the values, or NULL */
    struct alfa__arena *arena;
    struct alfa_error *err;
};

/* Copies the tokens after a block to the taps that ask for it. */
static void keep_tokens(const struct pass *p, int block)
{
    const size_t numbers = (size_t)p->sequences.starts[p->sequences.count] * (size_t)p->t->transformer.width;
    for (int i = 0; p->taps && i < p->taps->count; i++)
        if (p->taps->taps[i].block == block)
            memcpy(p->taps->taps[i].out, p->x, numbers * sizeof *p->x);
}

/* The tokens after the last block, for the taps that ask for it. x is not needed any more. */
static enum alfa_status keep_last(const struct pass *p)
{
    const int layers = p->t->transformer.layers;
    bool wanted = false;
    for (int i = 0; p->taps && i < p->taps->count; i++)
        wanted = wanted || p->taps->taps[i].block == layers;
    if (!wanted)
        return ALFA_OK;
    ALFA__TRY(alfa__transformer_last_all(&p->t->transformer, p->x, &p->sequences, p->arena, p->err));
    keep_tokens(p, layers);
    return ALFA_OK;
}

/* One more block of the second path, from what enters the block. Nothing without a path. */
static enum alfa_status step_value_path(const struct pass *p, int block)
{
    const struct alfa__values values = {block, p->x, p->path};
    return p->path ? alfa__transformer_value_attention(&p->t->transformer, &values, &p->sequences, p->arena,
                                                       p->err)
                   : ALFA_OK;
}

/* All blocks but the last, in place on x; the first takes its q, k, v from those of the whole image, qkv, of
 * which index says the rows. */
static enum alfa_status run_blocks(const struct pass *p, const void *qkv, const int *index)
{
    const struct alfa__transformer *t = &p->t->transformer;
    struct alfa__sequences shared = p->sequences;
    shared.index = index;
    for (int block = 0; block < t->layers - 1; block++) {
        ALFA__TRY(step_value_path(p, block));
        ALFA__TRY(block ? alfa__transformer_block(t, block, p->x, &p->sequences, p->arena, p->err)
                        : alfa__transformer_first(t, p->x, qkv, &shared, p->arena, p->err));
        keep_tokens(p, block + 1);
    }
    return step_value_path(p, t->layers - 1);
}

/* Room for a pass over views, and their tokens, as the first block gets them. */
static enum alfa_status pass_new(struct pass *p, const struct alfa__tokens *tokens,
                                 const struct alfa__view_range *shown)
{
    const struct alfa__views *views = shown->views;
    const int place = views->starts[shown->begin], used = views->starts[shown->end] - place;
    const int width = p->t->transformer.width, rows = alfa__rows_up(used, p->t->transformer.row_step);
    const int count = shown->end - shown->begin;
    const size_t numbers = (size_t)rows * (size_t)width, first = (size_t)used * (size_t)width;
    const bool two_paths = p->taps && p->taps->value_path;
    int *starts = alfa__arena_array(p->arena, (size_t)count + 1, sizeof *starts);
    p->x = alfa__arena_array(p->arena, numbers, sizeof *p->x);
    p->mapped = views->values ? alfa__arena_array(p->arena, numbers, sizeof *p->mapped) : NULL;
    p->path = two_paths ? alfa__arena_array(p->arena, numbers, sizeof *p->path) : NULL;
    if (!starts || !p->x || (views->values && !p->mapped) || (two_paths && !p->path))
        return alfa__fail_memory(p->err, numbers * sizeof *p->x);
    for (int s = 0; s <= count; s++)
        starts[s] = views->starts[shown->begin + s] - place;
    p->sequences =
        (struct alfa__sequences){.starts = starts, .count = count, .rows = rows, .part = views->part};
    alfa__gather(tokens->x, views->index + place, used, width, p->x);
    memset(p->x + first, 0, (numbers - first) * sizeof *p->x);
    if (p->path)
        memcpy(p->path, p->x, numbers * sizeof *p->x);
    return ALFA_OK;
}

static enum alfa_status project(const struct pass *p, const float *x, int rows, float *out)
{
    const struct alfa__joint joint = {x, rows, p->sequences.part, out};
    return alfa__image_tower_project(p->t, &joint, p->arena, p->err);
}

/* The last block, and what is asked for of it in the joint space. */
static enum alfa_status finish(const struct pass *p, const struct alfa__view_range *shown)
{
    const struct alfa__views *views = shown->views;
    const int count = p->sequences.count, used = p->sequences.starts[count];
    const size_t dim = (size_t)p->t->embed_dim, place = (size_t)views->starts[shown->begin];
    const size_t numbers = (size_t)count * (size_t)p->t->transformer.width;
    float *first = alfa__arena_array(p->arena, numbers, sizeof *first);
    if (!first)
        return alfa__fail_memory(p->err, numbers * sizeof *first);
    const struct alfa__chosen chosen = {p->sequences.starts, first, p->mapped};
    ALFA__TRY(alfa__transformer_last(&p->t->transformer, p->x, &p->sequences, &chosen, p->arena, p->err));
    ALFA__TRY(project(p, first, count, views->embeddings + (size_t)shown->begin * dim));
    if (p->mapped)
        ALFA__TRY(project(p, p->mapped, used, views->values + place * dim));
    if (p->path)
        ALFA__TRY(project(p, p->path, used, p->taps->value_path));
    return keep_last(p);
}

enum alfa_status alfa__image_tower_encode(const struct alfa__image_tower *t,
                                          const struct alfa__tokens *tokens,
                                          const struct alfa__view_range *shown, struct alfa__arena *arena,
                                          struct alfa_error *err)
{
    struct pass pass = {.t = t, .taps = shown->taps, .arena = arena, .err = err};
    const struct alfa__mark mark = alfa__arena_mark(arena);
    enum alfa_status status = pass_new(&pass, tokens, shown);
    if (status == ALFA_OK)
        status = run_blocks(&pass, tokens->qkv, shown->views->index + shown->views->starts[shown->begin]);
    if (status == ALFA_OK)
        status = finish(&pass, shown);
    alfa__arena_reset(arena, mark);
    return status;
}
