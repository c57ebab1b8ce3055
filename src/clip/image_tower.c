#include "clip/image_tower.h"

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
    enum alfa_status status =
        weight ? alfa__linear_new(&t->patch, weight, NULL, (int)width, (int)(3 * side * side), type, err)
               : ALFA_OK;
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
    ALFA__TRY(load_patch(t, weights, config, type, err));
    ALFA__TRY(alfa__vector_load(&t->class_embedding, weights, "visual.class_embedding", width, err));
    ALFA__TRY(alfa__weights_read(weights, &t->positions, "visual.positional_embedding", 2,
                                 (size_t[]){tokens, (size_t)width}, err));
    ALFA__TRY(alfa__vector_load(&t->ln_pre_gain, weights, "visual.ln_pre.weight", width, err));
    ALFA__TRY(alfa__vector_load(&t->ln_pre_bias, weights, "visual.ln_pre.bias", width, err));
    ALFA__TRY(alfa__transformer_load(&t->transformer, weights, config, &config->vision,
                                     "visual.transformer.resblocks", true, type, err));
    ALFA__TRY(alfa__vector_load(&t->ln_post_gain, weights, "visual.ln_post.weight", width, err));
    ALFA__TRY(alfa__vector_load(&t->ln_post_bias, weights, "visual.ln_post.bias", width, err));
    return alfa__linear_load(&t->proj, weights, "visual.proj", NULL, config->embed_dim, width, type, err);
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
                                          const float *pixels, const struct alfa__stem_map *maps, int count,
                                          struct alfa__arena *arena, struct alfa_error *err)
{
    const int width = t->transformer.width, rows = t->grid * t->grid + 1;
    const size_t numbers = (size_t)rows * (size_t)width;
    out->x = alfa__arena_array(arena, numbers, sizeof *out->x);
    out->qkv = t->transformer.layers > 1
                   ? alfa__arena_array(arena, 3 * numbers, alfa__type_size(t->transformer.qkv_type))
                   : NULL;
    if (!out->x || (t->transformer.layers > 1 && !out->qkv))
        return alfa__fail_memory(err, 4 * numbers * sizeof *out->x);
    struct alfa__mark mark = alfa__arena_mark(arena);
    memcpy(out->x, t->class_embedding, (size_t)width * sizeof *out->x);
    enum alfa_status status =
        t->stem ? alfa__stem_run(t->stem, pixels, NULL, out->x + width, maps, count, arena, err)
                : embed_patches(t, pixels, out->x + width, arena, err);
    alfa__arena_reset(arena, mark);
    if (status != ALFA_OK)
        return status;
    alfa__add_rows(out->x, t->positions, rows, width);
    alfa__layer_norm(out->x, t->ln_pre_gain, t->ln_pre_bias, t->epsilon, rows, width, out->x, ALFA__F32);
    return out->qkv ? alfa__transformer_qkv(&t->transformer, 0, out->x, rows, ALFA__SHARED_PART, out->qkv,
                                            arena, err)
                    : ALFA_OK;
}

enum alfa_status alfa__image_tower_project(const struct alfa__image_tower *t, const float *x, int rows,
                                           int part, float *out, struct alfa__arena *arena,
                                           struct alfa_error *err)
{
    const int width = t->transformer.width;
    void *normed =
        alfa__arena_array(arena, (size_t)rows * (size_t)width, alfa__type_size(t->transformer.type));
    if (!normed)
        return alfa__fail_memory(err, (size_t)rows * (size_t)width);
    alfa__layer_norm(x, t->ln_post_gain, t->ln_post_bias, t->epsilon, rows, width, normed,
                     t->transformer.type);
    const struct alfa__linear_call call = {.x = normed, .y = out, .rows = rows, .part = part};
    return alfa__linear_run(t->proj, &call, arena, err);
}

/* Copies the tokens after a block to the taps that ask for it. */
static void keep_tokens(const struct alfa__taps *taps, int block, const float *x, size_t numbers)
{
    for (int i = 0; taps && i < taps->count; i++)
        if (taps->taps[i].block == block)
            memcpy(taps->taps[i].out, x, numbers * sizeof *x);
}

/* The tokens after the last block, for the taps that ask for it. x is not needed any more. */
static enum alfa_status keep_last(const struct alfa__image_tower *t, const struct alfa__taps *taps, float *x,
                                  const struct alfa__sequences *sequences, struct alfa__arena *arena,
                                  struct alfa_error *err)
{
    const int layers = t->transformer.layers;
    bool wanted = false;
    for (int i = 0; taps && i < taps->count; i++)
        wanted = wanted || taps->taps[i].block == layers;
    if (!wanted)
        return ALFA_OK;
    ALFA__TRY(alfa__transformer_last_all(&t->transformer, x, sequences, arena, err));
    keep_tokens(taps, layers, x, (size_t)sequences->rows * (size_t)t->transformer.width);
    return ALFA_OK;
}

/* One more block of the second path; x: what enters the block. Nothing without a path. */
static enum alfa_status step_value_path(const struct alfa__image_tower *t, int block, const float *x,
                                        float *path, const struct alfa__sequences *sequences,
                                        struct alfa__arena *arena, struct alfa_error *err)
{
    return path ? alfa__transformer_value_attention(&t->transformer, block, x, sequences, path, arena, err)
                : ALFA_OK;
}

/* All blocks but the last, in place on x; the first takes its q, k, v from those of the whole image. */
static enum alfa_status run_blocks(const struct alfa__image_tower *t, const struct alfa__tokens *tokens,
                                   const int *index, float *x, const struct alfa__sequences *sequences,
                                   const struct alfa__taps *taps, float *path, struct alfa__arena *arena,
                                   struct alfa_error *err)
{
    struct alfa__sequences shared = *sequences;
    shared.index = index;
    for (int block = 0; block < t->transformer.layers - 1; block++) {
        ALFA__TRY(step_value_path(t, block, x, path, sequences, arena, err));
        ALFA__TRY(alfa__transformer_block(&t->transformer, block, x, block ? NULL : tokens->qkv,
                                          block ? sequences : &shared, false, arena, err));
        keep_tokens(taps, block + 1, x, (size_t)sequences->rows * (size_t)t->transformer.width);
    }
    return ALFA_OK;
}

enum alfa_status alfa__image_tower_encode(const struct alfa__image_tower *t,
                                          const struct alfa__tokens *tokens, const struct alfa__views *views,
                                          int begin, int end, const struct alfa__taps *taps,
                                          struct alfa__arena *arena, struct alfa_error *err)
{
    const int place = views->starts[begin], rows = views->starts[end] - place, count = end - begin;
    const int width = t->transformer.width, part = views->part, *index = views->index + place;
    const size_t numbers = (size_t)rows * (size_t)width;
    float *embeddings = views->embeddings + (size_t)begin * (size_t)t->embed_dim;
    float *values = views->values ? views->values + (size_t)place * (size_t)t->embed_dim : NULL;
    struct alfa__mark mark = alfa__arena_mark(arena);
    int *starts = alfa__arena_array(arena, (size_t)count + 1, sizeof *starts);
    float *x = alfa__arena_array(arena, numbers, sizeof *x);
    float *first = alfa__arena_array(arena, (size_t)count * (size_t)width, sizeof *first);
    float *mapped = values ? alfa__arena_array(arena, numbers, sizeof *mapped) : NULL;
    const bool two_paths = taps && taps->value_path;
    float *path = two_paths ? alfa__arena_array(arena, numbers, sizeof *path) : NULL;
    if (!starts || !x || !first || (values && !mapped) || (two_paths && !path))
        return alfa__fail_memory(err, numbers * sizeof *x);
    for (int s = 0; s <= count; s++)
        starts[s] = views->starts[begin + s] - place;
    const struct alfa__sequences sequences = {.starts = starts, .count = count, .rows = rows, .part = part};
    alfa__gather(tokens->x, index, rows, width, x);
    if (path)
        memcpy(path, x, numbers * sizeof *x);
    enum alfa_status status = run_blocks(t, tokens, index, x, &sequences, taps, path, arena, err);
    if (status == ALFA_OK)
        status = step_value_path(t, t->transformer.layers - 1, x, path, &sequences, arena, err);
    if (status == ALFA_OK)
        status = alfa__transformer_last(&t->transformer, x, &sequences, starts, first, mapped, arena, err);
    if (status == ALFA_OK)
        status = alfa__image_tower_project(t, first, count, part, embeddings, arena, err);
    if (status == ALFA_OK && values)
        status = alfa__image_tower_project(t, mapped, rows, part, values, arena, err);
    if (status == ALFA_OK && path)
        status = alfa__image_tower_project(t, path, rows, part, taps->value_path, arena, err);
    if (status == ALFA_OK)
        status = keep_last(t, taps, x, &sequences, arena, err);
    alfa__arena_reset(arena, mark);
    return status;
}
