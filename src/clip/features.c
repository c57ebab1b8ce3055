#include "clip/features.h"
#include "base/clock.h"
#include "clip/masked.h"
#include "image/tensor.h"

#include "base/parallel.h"
#include "base/threads.h"
#include <math.h>
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

/* ------------------------------------------------------------------ views */

/* Room for the views of all scales, and of the tokens in them. */
static enum alfa_status views_new(struct alfa__views *views, int count, size_t places, int dim, bool values,
                                  struct alfa__arena *arena, struct alfa_error *err)
{
    const size_t most = (size_t)count, numbers = places * (size_t)dim;
    *views = (struct alfa__views){
        .starts = alfa__arena_array(arena, most + 1, sizeof *views->starts),
        .index = alfa__arena_array(arena, places, sizeof *views->index),
        .embeddings = alfa__arena_array(arena, most * (size_t)dim, sizeof *views->embeddings),
        .values = values ? alfa__arena_array(arena, numbers, sizeof *views->values) : NULL};
    if (!views->starts || !views->index || !views->embeddings || (values && !views->values))
        return alfa__fail_memory(err, numbers * sizeof *views->values);
    views->starts[0] = 0;
    return ALFA_OK;
}

/* The whole image as the only view, without the patches outside. */
static enum alfa_status view_whole(struct alfa__views *whole, int grid, int dim,
                                   const struct alfa__feature_request *request, struct alfa__arena *arena,
                                   struct alfa_error *err)
{
    const int tokens = grid * grid + 1;
    ALFA__TRY(views_new(whole, 1, (size_t)tokens, dim, request->values, arena, err));
    int length = 0;
    for (int i = 0; i < tokens; i++)
        if (i == 0 || !request->inside || request->inside[i - 1])
            whole->index[length++] = i;
    whole->starts[whole->count = 1] = length;
    return ALFA_OK;
}

/* Adds the windows of a scale, which become windows->index, embeddings and values. */
static enum alfa_status view_scale(struct alfa__views *views, struct alfa__windows *windows, int grid,
                                   int dim, int scale, const unsigned char *inside, struct alfa__arena *arena,
                                   struct alfa_error *err)
{
    const size_t place = (size_t)views->starts[views->count];
    *windows = (struct alfa__windows){.scale = scale,
                                      .count = alfa__window_count(grid, scale),
                                      .length = scale * scale + 1,
                                      .index = views->index + place,
                                      .embeddings = views->embeddings + (size_t)views->count * (size_t)dim,
                                      .values = views->values ? views->values + place * (size_t)dim : NULL};
    alfa__window_index(grid, scale, windows->index);
    if (inside)
        ALFA__TRY(choose_windows(windows, inside, grid, arena, err));
    for (int i = 0; i < windows->count; i++, views->count++)
        views->starts[views->count + 1] = views->starts[views->count] + windows->length;
    return ALFA_OK;
}

/* The windows of all scales but 1, which has none. */
static enum alfa_status view_windows(struct alfa__views *views, struct alfa__windows *windows, int grid,
                                     int dim, const struct alfa__feature_request *request,
                                     struct alfa__arena *arena, struct alfa_error *err)
{
    const int *scales = request->scales;
    size_t count = 0, places = 0;
    for (int i = 0; i < ALFA_MAX_SCALES && scales[i]; i++) {
        if (scales[i] > grid)
            return alfa__fail(err, ALFA_ERROR_USAGE, "scales",
                              "%d is larger than the model's grid of %d patches", scales[i], grid);
        const size_t own = scales[i] > 1 ? (size_t)alfa__window_count(grid, scales[i]) : 0;
        count += own;
        places += own * (size_t)(scales[i] * scales[i] + 1);
    }
    ALFA__TRY(views_new(views, (int)count, places, dim, request->values, arena, err));
    for (int i = 0; i < ALFA_MAX_SCALES && scales[i]; i++)
        if (scales[i] > 1)
            ALFA__TRY(view_scale(views, &windows[i], grid, dim, scales[i], request->inside, arena, err));
    return ALFA_OK;
}

/* ------------------------------------------------------------------ encoding them */

/* Windows do not know of each other, nor of the whole, so every thread takes some of them through the whole
 * tower: no waiting for each other at every layer, and what lies between layers stays in the cache. How they
 * are cut into parts depends on the scale and its stride alone, neither on threads nor on what else is asked
 * for, so that their numbers do not either (nn/linear.h). */
#define UNIT_ROWS 80 /* tokens, about; a part has two or three times as many, as suits oneDNN */
#define LARGE 3
#define SMALL 2
#define WHOLE_COST 1.15 /* a token of the whole image, whose attention is wider, beside one of a window */

/* Views that go through the tower together; begin = -1: the whole image. */
struct part {
    int begin, end;
};

struct work {
    const struct alfa__image_tower *tower;
    const struct alfa__tokens *tokens;
    const struct alfa__views *whole, *windows;
    const struct alfa__taps *taps; /* of the whole */
    const struct part *parts;      /* in the order in which threads take them */
    int count;
};

/* Whether the whole image goes beside the windows, as the first part, or before them with all threads at work
 * on it: its numbers are the same either way. Beside it must not be what the others wait for. */
static bool goes_beside(const struct work *w, int threads)
{
    const double windows = w->windows->starts[w->windows->count], whole = WHOLE_COST * w->whole->starts[1];
    return threads * whole <= windows + whole;
}

/* Adds the large parts or the small ones of the windows from begin on. Half of the tokens are in large parts,
 * which come first: with small ones at the end, threads end together whatever their number. The last part
 * takes what is left. */
static int cut_scale(struct part *parts, int count, int begin, const struct alfa__windows *windows,
                     bool large)
{
    if (windows->count == 0)
        return count;
    const int unit = windows->length < UNIT_ROWS ? UNIT_ROWS / windows->length : 1;
    const int units = windows->count / unit, larges = units / (2 * LARGE);
    const int smalls = (units - LARGE * larges) / SMALL, last = count + (smalls > 0 ? smalls : 1);
    int at = begin + (large ? 0 : larges * LARGE * unit);
    for (const int end = large ? count + larges : last; count < end; count++) {
        parts[count] = (struct part){at, at + (large ? LARGE : SMALL) * unit};
        at = parts[count].end;
    }
    if (!large)
        parts[count - 1].end = begin + windows->count;
    return count;
}

/* The list of parts: the whole image and the windows of all scales, which lie one scale after the other. */
static enum alfa_status cut(struct work *w, const struct alfa__windows windows[ALFA_MAX_SCALES],
                            struct alfa__arena *arena, struct alfa_error *err)
{
    const size_t most = (size_t)w->windows->count + 1;
    struct part *parts = alfa__arena_array(arena, most, sizeof *parts);
    if (!parts)
        return alfa__fail_memory(err, most * sizeof *parts);
    parts[w->count++] = (struct part){-1, -1};
    for (int large = 1; large >= 0; large--)
        for (int i = 0, begin = 0; i < ALFA_MAX_SCALES; begin += windows[i++].count)
            w->count = cut_scale(parts, w->count, begin, &windows[i], large);
    w->parts = parts;
    return ALFA_OK;
}

static enum alfa_status encode_part(const struct work *w, int p, struct alfa__arena *arena,
                                    struct alfa_error *err)
{
    const struct part *part = &w->parts[p];
    return part->begin < 0
               ? alfa__image_tower_encode(w->tower, w->tokens, w->whole, 0, 1, w->taps, arena, err)
               : alfa__image_tower_encode(w->tower, w->tokens, w->windows, part->begin, part->end, NULL,
                                          arena, err);
}

/* Encodes the whole image and all windows. *image: the seconds that were the whole image's; where it was done
 * beside windows, its share of them. */
static enum alfa_status encode_all(struct work *w, double *image, struct alfa__arena *arena,
                                   struct alfa_error *err)
{
    const double start = alfa__clock();
    const int threads = omp_get_max_threads(), first = goes_beside(w, threads) ? 0 : 1;
    enum alfa_status status = first == 0 ? ALFA_OK : encode_part(w, 0, arena, err);
    const double middle = alfa__clock();
    double spent[2] = {0};
    if (status != ALFA_OK || first == w->count) {
        *image = middle - start;
        return status;
    }
#pragma omp parallel
    {
        struct alfa__arena own = {0};
        omp_set_num_threads(1); /* of what this thread calls */
#pragma omp for schedule(dynamic, 1)
        for (int p = first; p < w->count; p++) {
            struct alfa_error problem;
            const double begin = alfa__clock();
            const enum alfa_status result = encode_part(w, p, &own, &problem);
#pragma omp critical(alfa_encode_all)
            {
                spent[p > 0] += alfa__clock() - begin;
                if (result != ALFA_OK && status == ALFA_OK) {
                    status = result;
                    if (err)
                        *err = problem;
                }
            }
        }
        alfa__arena_free(&own);
    }
    omp_set_num_threads(threads);
    *image = first == 0 ? (alfa__clock() - start) * spent[0] / (spent[0] + spent[1]) : middle - start;
    return status;
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
    ALFA__TRY(alfa__image_tower_project(tower, tokens + tower->transformer.width, out->count,
                                        ALFA__SHARED_PART, out->embeddings, arena, err));
    alfa__normalise_rows(out->embeddings, out->count, tower->embed_dim);
    return ALFA_OK;
}

/* Rows of the tokens that were kept to their places among all tokens; 0 where one was dropped. */
static void spread(float *rows, const struct alfa__views *whole, int tokens, int dim)
{
    const size_t size = (size_t)dim * sizeof *rows;
    int from = whole->starts[1] - 1;
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

/* Has everything kept that is asked for beside embeddings and value tokens; patches: for scale 1. */
static enum alfa_status prepare(struct alfa__dense_plan *plan, float **patches, struct alfa__features *out,
                                const struct alfa__image_tower *tower,
                                const struct alfa__feature_request *request, struct alfa__arena *arena,
                                struct alfa_error *err)
{
    ALFA__TRY(
        alfa__dense_prepare(plan, out->layers, tower, request->layers, request->layer_count, arena, err));
    if (request->value_path) {
        const size_t numbers = ((size_t)out->grid * (size_t)out->grid + 1) * (size_t)out->dim;
        out->value_path = plan->taps.value_path = alfa__arena_array(arena, numbers, sizeof *out->value_path);
        if (!out->value_path)
            return alfa__fail_memory(err, numbers * sizeof *out->value_path);
    }
    return tap_patches(patches, &plan->taps, tower, request, arena, err);
}

/* What was kept, brought to its places. */
static enum alfa_status finish(const struct alfa__dense_plan *plan, const float *patches,
                               struct alfa__features *out, const struct alfa__views *whole,
                               const struct alfa__image_tower *tower,
                               const struct alfa__feature_request *request, struct alfa__arena *arena,
                               struct alfa_error *err)
{
    out->image = whole->embeddings;
    out->values = whole->values;
    if (request->inside) {
        spread(out->values, whole, out->grid * out->grid + 1, out->dim);
        spread(out->value_path, whole, out->grid * out->grid + 1, out->dim);
    }
    ALFA__TRY(alfa__dense_finish(plan, out->layers, tower, arena, err));
    for (int i = 0; i < request->layer_count; i++)
        ALFA__TRY(choose_cells(&out->layers[i], &request->layers[i], request->inside, out->grid, arena, err));
    for (; out->scale_count < ALFA_MAX_SCALES && request->scales[out->scale_count]; out->scale_count++)
        if (request->scales[out->scale_count] == 1)
            ALFA__TRY(project_patches(tower, patches, request, &out->windows[out->scale_count], arena, err));
    return ALFA_OK;
}

static enum alfa_status from_pixels(struct alfa__features *out, const struct alfa_model *model,
                                    const float *pixels, const struct alfa__feature_request *request,
                                    struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__image_tower *tower;
    struct alfa__tokens tokens;
    struct alfa__views whole, windows;
    struct alfa__dense_plan plan;
    float *patches;
    const double start = alfa__clock();
    *out = (struct alfa__features){
        .grid = model->info.grid, .dim = model->info.embed_dim, .inside = request->inside};
    ALFA__TRY(alfa__model_image_tower(model, &tower, err));
    ALFA__TRY(prepare(&plan, &patches, out, tower, request, arena, err));
    ALFA__TRY(view_whole(&whole, out->grid, out->dim, request, arena, err));
    ALFA__TRY(view_windows(&windows, out->windows, out->grid, out->dim, request, arena, err));
    ALFA__TRY(alfa__image_tower_tokens(tower, &tokens, pixels, plan.maps, plan.map_count, arena, err));
    const double shown = alfa__clock();
    struct work work = {tower, &tokens, &whole, &windows, &plan.taps, NULL, 0};
    whole.part = ALFA__SHARED_PART;
    ALFA__TRY(cut(&work, out->windows, arena, err));
    ALFA__TRY(encode_all(&work, &out->times.image, arena, err));
    alfa__normalise_rows(whole.embeddings, whole.count, out->dim);
    alfa__normalise_rows(windows.embeddings, windows.count, out->dim);
    ALFA__TRY(finish(&plan, patches, out, &whole, tower, request, arena, err));
    out->times.image += shown - start;
    out->times.windows = alfa__clock() - start - out->times.image;
    return ALFA_OK;
}

enum alfa_status alfa__features_from_pixels(const struct alfa_model *model, struct alfa__features *out,
                                            const float *pixels, const struct alfa__feature_request *request,
                                            struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__team team = alfa__team_enter(model->threads);
    enum alfa_status status = request->pixels ? alfa__features_masked(model, out, pixels, request, arena, err)
                                              : from_pixels(out, model, pixels, request, arena, err);
    alfa__team_leave(team);
    return status;
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
    const struct alfa__team team = alfa__team_enter(model->threads);
    const double start = alfa__clock();
    enum alfa_status status = alfa__image_preprocess(pixels, image, side, alfa__model_fit(model, resize),
                                                     model->config.mean, model->config.std, err);
    const double resized = alfa__clock();
    if (status == ALFA_OK)
        status = alfa__features_from_pixels(model, out, pixels, request, arena, err);
    out->times.resize = resized - start;
    alfa__team_leave(team);
    return status;
}

enum alfa_status alfa_model_embed_image(float *out, const struct alfa_model *model,
                                        const struct alfa_image *image, enum alfa_resize resize,
                                        struct alfa_error *err)
{
    const struct alfa__feature_request whole_only = {.values = false};
    struct alfa__arena arena = {0};
    struct alfa__features features;
    ALFA__NEED(out, "out", err);
    ALFA__NEED(model, "model", err);
    ALFA__NEED(image, "image", err);
    if (resize != ALFA_RESIZE_SQUASH && resize != ALFA_RESIZE_CROP)
        return alfa__fail(err, ALFA_ERROR_USAGE, "resize", "is none of enum alfa_resize");
    enum alfa_status status = alfa__features_run(model, &features, image, resize, &whole_only, &arena, err);
    if (status == ALFA_OK)
        memcpy(out, features.image, (size_t)features.dim * sizeof *out);
    alfa__arena_free(&arena);
    return status;
}

/* A copy of count things of size bytes in the arena; NULL stays. False when out of memory. */
static bool keep(void *place, const void *from, size_t count, size_t size, struct alfa__arena *arena)
{
    void *copy = from ? alfa__arena_array(arena, count, size) : NULL;
    if (copy)
        memcpy(copy, from, count * size);
    memcpy(place, &copy, sizeof copy);
    return copy || !from;
}

enum alfa_status alfa__features_keep(struct alfa__features *out, const struct alfa__features *from,
                                     struct alfa__arena *arena, struct alfa_error *err)
{
    const size_t dim = (size_t)from->dim, patches = (size_t)from->grid * (size_t)from->grid;
    *out = *from;
    bool kept = keep(&out->image, from->image, dim, sizeof(float), arena) &&
                keep(&out->values, from->values, (patches + 1) * dim, sizeof(float), arena) &&
                keep(&out->value_path, from->value_path, (patches + 1) * dim, sizeof(float), arena) &&
                keep(&out->inside, from->inside, patches, 1, arena);
    for (int i = 0; i < from->scale_count && kept; i++) {
        const struct alfa__windows *w = &from->windows[i];
        const size_t count = (size_t)w->count, tokens = count * (size_t)w->length;
        kept = keep(&out->windows[i].places, w->places, count, sizeof *w->places, arena) &&
               keep(&out->windows[i].index, w->index, tokens, sizeof *w->index, arena) &&
               keep(&out->windows[i].embeddings, w->embeddings, count * dim, sizeof(float), arena) &&
               keep(&out->windows[i].values, w->values, tokens * dim, sizeof(float), arena);
    }
    for (int i = 0; i < ALFA__MAX_TAPS && kept; i++) {
        const struct alfa__dense *d = &from->layers[i];
        kept = keep(&out->layers[i].rows, d->rows, (size_t)d->count * (size_t)d->dim, sizeof(float), arena) &&
               keep(&out->layers[i].places, d->places, (size_t)d->count, sizeof *d->places, arena);
    }
    return kept ? ALFA_OK : alfa__fail_memory(err, (patches + 1) * dim * sizeof(float));
}
