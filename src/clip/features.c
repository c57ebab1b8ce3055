#include "clip/features.h"
#include "base/clock.h"
#include "image/tensor.h"

#include <omp.h>
#include <string.h>

/* Leaves only the windows that count, in place. */
static enum alfa_status choose_windows(struct alfa__windows *w, const unsigned char *inside, int grid,
                                       struct alfa__arena *arena, struct alfa_error *err)
{
    const size_t length = (size_t)w->length;
    int *places = alfa__arena_array(arena, (size_t)w->count, sizeof *places);
    if (!places)
        return alfa__fail_memory(err, (size_t)w->count * sizeof *places);
    w->count = alfa__inside_windows(places, inside, grid, w->scale);
    w->places = places;
    for (int i = 0; i < w->count; i++) {
        memmove(w->index + (size_t)i * length, w->index + (size_t)places[i] * length,
                length * sizeof *w->index);
        alfa__inside_tokens(w->index + (size_t)i * length, inside, w->length);
    }
    return ALFA_OK;
}

/* The whole image without the patches outside. */
static void choose_tokens(struct alfa__windows *whole, const unsigned char *inside)
{
    int length = 1; /* the class token stays */
    for (int i = 1; i < whole->length; i++)
        if (inside[i - 1])
            whole->index[length++] = i;
    whole->length = length;
}

#define PART_ROWS 256 /* tokens of windows that go through the tower together, about */

/* Encodes windows begin to end - 1 of a scale. */
static enum alfa_status encode_part(const struct alfa__image_tower *tower, const struct alfa__tokens *tokens,
                                    const struct alfa__windows *w, int begin, int end,
                                    const struct alfa__taps *taps, struct alfa__arena *arena,
                                    struct alfa_error *err)
{
    const size_t dim = (size_t)tower->embed_dim, first = (size_t)begin, row = first * (size_t)w->length;
    return alfa__image_tower_encode(tower, tokens, w->index + row, end - begin, w->length,
                                    w->embeddings + first * dim, w->values ? w->values + row * dim : NULL,
                                    taps, arena, err);
}

/* Windows do not know of each other, so every thread takes some of them through the whole tower: no waiting
 * for each other at every layer, and what lies between layers stays in the cache. */
static enum alfa_status encode_parts(const struct alfa__image_tower *tower, const struct alfa__tokens *tokens,
                                     const struct alfa__windows *w, struct alfa_error *err)
{
    const int threads = omp_get_max_threads(), round = threads * PART_ROWS;
    const int parts = threads * ((w->count * w->length + round - 1) / round);
    enum alfa_status status = ALFA_OK;
#pragma omp parallel
    {
        struct alfa__arena arena = {0};
#pragma omp for schedule(dynamic, 1)
        for (int p = 0; p < parts; p++) {
            struct alfa_error problem;
            const int begin = (int)((long long)w->count * p / parts);
            const int end = (int)((long long)w->count * (p + 1) / parts);
            const enum alfa_status own =
                begin < end ? encode_part(tower, tokens, w, begin, end, NULL, &arena, &problem) : ALFA_OK;
#pragma omp critical(alfa_encode_parts)
            if (own != ALFA_OK && status == ALFA_OK) {
                status = own;
                if (err)
                    *err = problem;
            }
        }
        alfa__arena_free(&arena);
    }
    return status;
}

/* Encodes all windows of one scale; scale = grid is the whole image. */
static enum alfa_status encode(const struct alfa__image_tower *tower, const struct alfa__tokens *tokens,
                               int scale, const struct alfa__feature_request *request,
                               const struct alfa__taps *taps, struct alfa__windows *out,
                               struct alfa__arena *arena, struct alfa_error *err)
{
    const size_t dim = (size_t)tower->embed_dim;
    *out = (struct alfa__windows){
        .scale = scale, .count = alfa__window_count(tower->grid, scale), .length = scale * scale + 1};
    const size_t count = (size_t)out->count, rows = count * (size_t)out->length;
    out->index = alfa__arena_array(arena, rows, sizeof *out->index);
    out->embeddings = alfa__arena_array(arena, count * dim, sizeof *out->embeddings);
    out->values = request->values ? alfa__arena_array(arena, rows * dim, sizeof *out->values) : NULL;
    if (!out->index || !out->embeddings || (request->values && !out->values))
        return alfa__fail_memory(err, rows * dim * sizeof *out->values);
    alfa__window_index(tower->grid, scale, out->index);
    if (request->inside && scale < tower->grid)
        ALFA__TRY(choose_windows(out, request->inside, tower->grid, arena, err));
    else if (request->inside)
        choose_tokens(out, request->inside);
    ALFA__TRY(scale < tower->grid ? encode_parts(tower, tokens, out, err)
                                  : encode_part(tower, tokens, out, 0, out->count, taps, arena, err));
    alfa__normalise_rows(out->embeddings, out->count, tower->embed_dim);
    return ALFA_OK;
}

static bool asks_for(const struct alfa__feature_request *request, int scale)
{
    for (int i = 0; i < ALFA_MAX_SCALES && request->scales[i]; i++)
        if (request->scales[i] == scale)
            return true;
    return false;
}

/* Has the tokens after the last block kept for scale 1: T x D floats; *out is NULL when it is not wanted. */
static enum alfa_status tap_patches(float **out, struct alfa__taps *taps,
                                    const struct alfa__image_tower *tower,
                                    const struct alfa__feature_request *request, struct alfa__arena *arena,
                                    struct alfa_error *err)
{
    const size_t numbers = ((size_t)tower->grid * (size_t)tower->grid + 1) * (size_t)tower->transformer.width;
    *out = NULL;
    if (!asks_for(request, 1))
        return ALFA_OK;
    *out = alfa__arena_array(arena, numbers, sizeof **out);
    if (!*out)
        return alfa__fail_memory(err, numbers * sizeof **out);
    taps->taps[taps->count++] = (struct alfa__tap){tower->transformer.layers, *out};
    return ALFA_OK;
}

/* Scale 1 from the kept tokens of tap_patches(), of which dropped patches are absent. */
static enum alfa_status project_patches(const struct alfa__image_tower *tower, const float *tokens,
                                        const struct alfa__feature_request *request,
                                        struct alfa__windows *out, struct alfa__arena *arena,
                                        struct alfa_error *err)
{
    const int patches = alfa__window_count(tower->grid, 1);
    *out = (struct alfa__windows){.scale = 1, .count = patches, .length = 2};
    out->index = alfa__arena_array(arena, 2 * (size_t)patches, sizeof *out->index);
    out->embeddings = alfa__arena_array(arena, (size_t)patches * (size_t)tower->embed_dim, sizeof(float));
    if (!out->index || !out->embeddings)
        return alfa__fail_memory(err, (size_t)patches * (size_t)tower->embed_dim * sizeof(float));
    alfa__window_index(tower->grid, 1, out->index);
    if (request->inside)
        ALFA__TRY(choose_windows(out, request->inside, tower->grid, arena, err));
    ALFA__TRY(alfa__image_tower_project(tower, tokens + tower->transformer.width, out->count, out->embeddings,
                                        arena, err));
    alfa__normalise_rows(out->embeddings, out->count, tower->embed_dim);
    return ALFA_OK;
}

/* Rows of the tokens that were kept to their places among all tokens; 0 where one was dropped. */
static void spread(float *rows, const struct alfa__windows *whole, int tokens, int dim)
{
    const size_t size = (size_t)dim * sizeof *rows;
    int from = whole->length - 1;
    for (int t = tokens - 1; rows && t >= 0; t--) {
        float *row = rows + (size_t)t * (size_t)dim;
        if (from >= 0 && whole->index[from] == t)
            memmove(row, rows + (size_t)from-- * (size_t)dim, size);
        else
            memset(row, 0, size);
    }
}

/* Leaves the cells of a layer that touch the patches inside. Those of a block are left already: the others
 * were dropped. */
static enum alfa_status choose_cells(struct alfa__dense *dense, const struct alfa__layer *layer,
                                     const unsigned char *inside, int grid, struct alfa__arena *arena,
                                     struct alfa_error *err)
{
    const int cells = dense->side * dense->side;
    dense->count = cells;
    if (!inside)
        return ALFA_OK;
    int *places = alfa__arena_array(arena, (size_t)cells, sizeof *places);
    if (!places)
        return alfa__fail_memory(err, (size_t)cells * sizeof *places);
    dense->count = alfa__inside_cells(places, inside, grid, dense->side);
    dense->places = places;
    for (int i = 0; layer->stem && i < dense->count; i++)
        memmove(dense->rows + (size_t)i * (size_t)dense->dim,
                dense->rows + (size_t)places[i] * (size_t)dense->dim,
                (size_t)dense->dim * sizeof *dense->rows);
    return ALFA_OK;
}

enum alfa_status alfa__features_from_pixels(const struct alfa_model *model, struct alfa__features *out,
                                            const float *pixels, const struct alfa__feature_request *request,
                                            struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__image_tower *tower;
    struct alfa__tokens tokens;
    struct alfa__windows whole;
    struct alfa__dense_plan plan;
    float *patches;
    const double start = alfa__clock();
    *out = (struct alfa__features){
        .grid = model->info.grid, .dim = model->info.embed_dim, .inside = request->inside};
    alfa__model_enter(model);
    ALFA__TRY(alfa__model_image_tower(model, &tower, err));
    ALFA__TRY(
        alfa__dense_prepare(&plan, out->layers, tower, request->layers, request->layer_count, arena, err));
    if (request->value_path) {
        const size_t numbers = ((size_t)out->grid * (size_t)out->grid + 1) * (size_t)out->dim;
        out->value_path = plan.taps.value_path = alfa__arena_array(arena, numbers, sizeof *out->value_path);
        if (!out->value_path)
            return alfa__fail_memory(err, numbers * sizeof *out->value_path);
    }
    ALFA__TRY(tap_patches(&patches, &plan.taps, tower, request, arena, err));
    ALFA__TRY(alfa__image_tower_tokens(tower, &tokens, pixels, plan.maps, plan.map_count, arena, err));
    ALFA__TRY(encode(tower, &tokens, tower->grid, request, &plan.taps, &whole, arena, err));
    ALFA__TRY(alfa__dense_finish(&plan, out->layers, tower, arena, err));
    for (int i = 0; i < request->layer_count; i++)
        ALFA__TRY(choose_cells(&out->layers[i], &request->layers[i], request->inside, out->grid, arena, err));
    if (request->inside) {
        spread(whole.values, &whole, out->grid * out->grid + 1, out->dim);
        spread(out->value_path, &whole, out->grid * out->grid + 1, out->dim);
    }
    out->image = whole.embeddings;
    out->values = whole.values;
    const double seen = alfa__clock();
    for (int i = 0; i < ALFA_MAX_SCALES && request->scales[i]; i++) {
        struct alfa__windows *windows = &out->windows[out->scale_count++];
        if (request->scales[i] > tower->grid)
            return alfa__fail(err, ALFA_ERROR_USAGE, "scales",
                              "%d is larger than the model's grid of %d patches", request->scales[i],
                              tower->grid);
        ALFA__TRY(request->scales[i] == 1
                      ? project_patches(tower, patches, request, windows, arena, err)
                      : encode(tower, &tokens, request->scales[i], request, NULL, windows, arena, err));
    }
    out->times.image = seen - start;
    out->times.windows = alfa__clock() - seen;
    return ALFA_OK;
}

enum alfa_status alfa__features_run(const struct alfa_model *model, struct alfa__features *out,
                                    const struct alfa_image *image, enum alfa_resize resize,
                                    const struct alfa__feature_request *request, struct alfa__arena *arena,
                                    struct alfa_error *err)
{
    const int side = model->info.image_size;
    float *pixels = alfa__arena_array(arena, 3 * (size_t)side * (size_t)side, sizeof *pixels);
    if (!pixels)
        return alfa__fail_memory(err, 3 * (size_t)side * (size_t)side * sizeof *pixels);
    alfa__model_enter(model);
    const double start = alfa__clock();
    ALFA__TRY(
        alfa__image_preprocess(pixels, image, side, resize, model->config.mean, model->config.std, err));
    const double resized = alfa__clock();
    ALFA__TRY(alfa__features_from_pixels(model, out, pixels, request, arena, err));
    out->times.resize = resized - start;
    return ALFA_OK;
}

enum alfa_status alfa_model_embed_image(const struct alfa_model *model, float *out,
                                        const struct alfa_image *image, enum alfa_resize resize,
                                        struct alfa_error *err)
{
    const struct alfa__feature_request whole_only = {.values = false};
    struct alfa__arena arena = {0};
    struct alfa__features features;
    enum alfa_status status = alfa__features_run(model, &features, image, resize, &whole_only, &arena, err);
    if (status == ALFA_OK)
        memcpy(out, features.image, (size_t)features.dim * sizeof *out);
    alfa__arena_free(&arena);
    return status;
}
