#include "clip/encode.h"
#include "base/clock.h"
#include "clip/parts.h"

#include "base/parallel.h"
#include <string.h>

/* An image on its way; all of it lies in the arena. */
struct scene {
    const struct alfa__image_tower *tower;
    const struct alfa__feature_request *request;
    struct alfa__features *out;
    struct alfa__tokens tokens;
    struct alfa__views whole, windows; /* the second of all scales, one after the other */
    struct alfa__dense_plan plan;
    float *patches; /* T x D: the tokens after the last block, for scale 1; NULL: not wanted */
    struct alfa__arena *arena;
    struct alfa_error *err;
};

static enum alfa_status no_room(const struct scene *s, size_t numbers)
{
    return alfa__fail_memory(s->err, numbers * sizeof(float));
}

/* ------------------------------------------------------------------ views */

/* Leaves only the windows that count, in place. */
static enum alfa_status choose_windows(const struct scene *s, struct alfa__windows *w)
{
    const size_t length = (size_t)w->length;
    const unsigned char *inside = s->request->inside;
    int *places = alfa__arena_array(s->arena, (size_t)w->count, sizeof *places);
    if (!places)
        return no_room(s, (size_t)w->count);
    w->count = alfa__inside_windows(places, inside, s->out->grid, w->scale);
    w->places = places;
    for (int i = 0; i < w->count; i++) {
        memmove(w->index + (size_t)i * length, w->index + (size_t)places[i] * length,
                length * sizeof *w->index);
        alfa__inside_tokens(w->index + (size_t)i * length, inside, w->length);
    }
    return ALFA_OK;
}

/* Room for so many views, and the tokens at so many places in them. */
static enum alfa_status views_new(const struct scene *s, struct alfa__views *views, size_t most,
                                  size_t places)
{
    const bool values = s->request->values;
    const size_t dim = (size_t)s->out->dim, numbers = places * dim;
    *views = (struct alfa__views){
        .starts = alfa__arena_array(s->arena, most + 1, sizeof *views->starts),
        .index = alfa__arena_array(s->arena, places, sizeof *views->index),
        .embeddings = alfa__arena_array(s->arena, most * dim, sizeof *views->embeddings),
        .values = values ? alfa__arena_array(s->arena, numbers, sizeof *views->values) : NULL};
    if (!views->starts || !views->index || !views->embeddings || (values && !views->values))
        return no_room(s, numbers);
    views->starts[0] = 0;
    return ALFA_OK;
}

/* The whole image as the only view, without the patches outside. */
static enum alfa_status view_whole(struct scene *s)
{
    const int tokens = s->out->grid * s->out->grid + 1;
    const unsigned char *inside = s->request->inside;
    ALFA__TRY(views_new(s, &s->whole, 1, (size_t)tokens));
    int length = 0;
    for (int i = 0; i < tokens; i++)
        if (i == 0 || !inside || inside[i - 1])
            s->whole.index[length++] = i;
    s->whole.starts[s->whole.count = 1] = length;
    s->whole.part = ALFA__SHARED_PART;
    return ALFA_OK;
}

/* Adds the windows of a scale, which become windows->index, embeddings and values. */
static enum alfa_status view_scale(struct scene *s, struct alfa__windows *windows, int scale)
{
    struct alfa__views *views = &s->windows;
    const size_t place = (size_t)views->starts[views->count], dim = (size_t)s->out->dim;
    *windows = (struct alfa__windows){.scale = scale,
                                      .count = alfa__window_count(s->out->grid, scale),
                                      .length = scale * scale + 1,
                                      .index = views->index + place,
                                      .embeddings = views->embeddings + (size_t)views->count * dim,
                                      .values = views->values ? views->values + place * dim : NULL};
    alfa__window_index(s->out->grid, scale, windows->index);
    if (s->request->inside)
        ALFA__TRY(choose_windows(s, windows));
    for (int i = 0; i < windows->count; i++, views->count++)
        views->starts[views->count + 1] = views->starts[views->count] + windows->length;
    return ALFA_OK;
}

/* The windows of all scales but 1, which has none. */
static enum alfa_status view_windows(struct scene *s)
{
    const int *scales = s->request->scales, grid = s->out->grid;
    size_t count = 0, places = 0;
    for (int i = 0; i < ALFA_MAX_SCALES && scales[i]; i++) {
        if (scales[i] > grid)
            return alfa__fail(s->err, ALFA_ERROR_USAGE, "scales",
                              "%d is larger than the model's grid of %d patches", scales[i], grid);
        const size_t own = scales[i] > 1 ? (size_t)alfa__window_count(grid, scales[i]) : 0;
        count += own;
        places += own * (size_t)(scales[i] * scales[i] + 1);
    }
    ALFA__TRY(views_new(s, &s->windows, count, places));
    for (int i = 0; i < ALFA_MAX_SCALES && scales[i]; i++)
        if (scales[i] > 1)
            ALFA__TRY(view_scale(s, &s->out->windows[i], scales[i]));
    return ALFA_OK;
}

/* ------------------------------------------------------------------ encoding them */

#define WHOLE_COST 1.15 /* a token of the whole image, whose attention is wider, beside one of a window */

/* Parts in the order in which threads take them (parts.h). */
struct work {
    const struct scene *scene;
    struct alfa__image_part *parts;
    int count;
};

/* Whether the whole image goes beside the windows, as the first part, or before them with all threads at work
 * on it: its numbers are the same either way. Beside it must not be what the others wait for. */
static bool goes_beside(const struct scene *s, int threads)
{
    const double windows = s->windows.starts[s->windows.count], whole = WHOLE_COST * s->whole.starts[1];
    return threads * whole <= windows + whole;
}

static enum alfa_status encode_part(const struct work *w, int p, struct alfa__arena *arena,
                                    struct alfa_error *err)
{
    const struct scene *s = w->scene;
    const struct alfa__image_part *part = &w->parts[p];
    const struct alfa__view_range whole = {&s->whole, 0, 1, &s->plan.taps},
                                  windows = {&s->windows, part->begin, part->end, NULL};
    return alfa__image_tower_encode(s->tower, &s->tokens, part->begin < 0 ? &whole : &windows, arena, err);
}

/* The parts from first on, each by one thread. spent: processor seconds of the whole image and of windows. */
static enum alfa_status encode_parts(const struct work *w, int first, double spent[2])
{
    const int threads = omp_get_max_threads();
    enum alfa_status status = ALFA_OK;
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
                    if (w->scene->err)
                        *w->scene->err = problem;
                }
            }
        }
        alfa__arena_free(&own);
    }
    omp_set_num_threads(threads);
    return status;
}

/* Encodes the whole image and all windows. *image: the seconds that were the whole image's; where it was done
 * beside windows, its share of them. */
static enum alfa_status encode_all(const struct scene *s, double *image)
{
    const double start = alfa__clock();
    const int first = goes_beside(s, omp_get_max_threads()) ? 0 : 1;
    struct work w = {.scene = s,
                     .parts = alfa__arena_array(s->arena, (size_t)s->windows.count + 1, sizeof *w.parts)};
    if (!w.parts)
        return no_room(s, (size_t)s->windows.count + 1);
    w.count = alfa__parts_cut(w.parts, s->out->windows);
    enum alfa_status status = first == 0 ? ALFA_OK : encode_part(&w, 0, s->arena, s->err);
    const double middle = alfa__clock();
    double spent[2] = {0};
    if (status == ALFA_OK && first < w.count)
        status = encode_parts(&w, first, spent);
    *image = first == 0 ? (alfa__clock() - start) * spent[0] / (spent[0] + spent[1]) : middle - start;
    return status;
}

/* ------------------------------------------------------------------ what is kept on the way */

static bool asks_for(const struct alfa__feature_request *request, int scale)
{
    for (int i = 0; i < ALFA_MAX_SCALES && request->scales[i]; i++)
        if (request->scales[i] == scale)
            return true;
    return false;
}

/* Has the tokens after the last block kept for scale 1. */
static enum alfa_status tap_patches(struct scene *s)
{
    const struct alfa__transformer *t = &s->tower->transformer;
    struct alfa__taps *taps = &s->plan.taps;
    const size_t numbers = ((size_t)s->tower->grid * (size_t)s->tower->grid + 1) * (size_t)t->width;
    if (!asks_for(s->request, 1))
        return ALFA_OK;
    s->patches = alfa__arena_array(s->arena, numbers, sizeof *s->patches);
    if (!s->patches)
        return no_room(s, numbers);
    taps->taps[taps->count++] = (struct alfa__tap){t->layers, s->patches};
    return ALFA_OK;
}

/* Has everything kept that is asked for beside embeddings and value tokens. */
static enum alfa_status prepare(struct scene *s)
{
    s->plan = (struct alfa__dense_plan){.tower = s->tower, .arena = s->arena};
    ALFA__TRY(
        alfa__dense_prepare(&s->plan, s->out->layers, s->request->layers, s->request->layer_count, s->err));
    if (s->request->value_path) {
        const size_t numbers = ((size_t)s->out->grid * (size_t)s->out->grid + 1) * (size_t)s->out->dim;
        s->out->value_path = s->plan.taps.value_path =
            alfa__arena_array(s->arena, numbers, sizeof *s->out->value_path);
        if (!s->out->value_path)
            return no_room(s, numbers);
    }
    return tap_patches(s);
}

/* Scale 1 from the kept tokens of tap_patches(), of which dropped patches are absent. */
static enum alfa_status project_patches(const struct scene *s, struct alfa__windows *out)
{
    const int patches = alfa__window_count(s->tower->grid, 1), dim = s->tower->embed_dim;
    *out = (struct alfa__windows){.scale = 1, .count = patches, .length = 2};
    out->index = alfa__arena_array(s->arena, 2 * (size_t)patches, sizeof *out->index);
    out->embeddings = alfa__arena_array(s->arena, (size_t)patches * (size_t)dim, sizeof(float));
    if (!out->index || !out->embeddings)
        return no_room(s, (size_t)patches * (size_t)dim);
    alfa__window_index(s->tower->grid, 1, out->index);
    if (s->request->inside)
        ALFA__TRY(choose_windows(s, out));
    const struct alfa__joint joint = {s->patches + s->tower->transformer.width, out->count, ALFA__SHARED_PART,
                                      out->embeddings};
    ALFA__TRY(alfa__image_tower_project(s->tower, &joint, s->arena, s->err));
    alfa__normalise_rows(out->embeddings, out->count, dim);
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
static enum alfa_status choose_cells(const struct scene *s, int which)
{
    struct alfa__dense *dense = &s->out->layers[which];
    const int cells = dense->side * dense->side;
    const size_t dim = (size_t)dense->dim;
    dense->count = cells;
    if (!s->request->inside)
        return ALFA_OK;
    int *places = alfa__arena_array(s->arena, (size_t)cells, sizeof *places);
    if (!places)
        return no_room(s, (size_t)cells);
    dense->count = alfa__inside_cells(places, s->request->inside, s->out->grid, dense->side);
    dense->places = places;
    for (int i = 0; s->request->layers[which].stem && i < dense->count; i++)
        memmove(dense->rows + (size_t)i * dim, dense->rows + (size_t)places[i] * dim,
                dim * sizeof *dense->rows);
    return ALFA_OK;
}

static enum alfa_status finish_layers(const struct scene *s)
{
    ALFA__TRY(alfa__dense_finish(&s->plan, s->out->layers, s->err));
    for (int i = 0; i < s->request->layer_count; i++)
        ALFA__TRY(choose_cells(s, i));
    return ALFA_OK;
}

/* What was kept, brought to its places. */
static enum alfa_status finish(const struct scene *s)
{
    struct alfa__features *out = s->out;
    const int *scales = s->request->scales, tokens = out->grid * out->grid + 1;
    alfa__normalise_rows(s->whole.embeddings, s->whole.count, out->dim);
    alfa__normalise_rows(s->windows.embeddings, s->windows.count, out->dim);
    out->image = s->whole.embeddings;
    out->values = s->whole.values;
    if (s->request->inside) {
        spread(out->values, &s->whole, tokens, out->dim);
        spread(out->value_path, &s->whole, tokens, out->dim);
    }
    ALFA__TRY(finish_layers(s));
    for (; out->scale_count < ALFA_MAX_SCALES && scales[out->scale_count]; out->scale_count++)
        if (scales[out->scale_count] == 1)
            ALFA__TRY(project_patches(s, &out->windows[out->scale_count]));
    return ALFA_OK;
}

/* Whether what is asked for lies before the blocks. */
static bool ends_with_stem(const struct alfa__feature_request *request)
{
    bool ends = request->whole_unused && request->layer_count && !request->scales[0] && !request->values &&
                !request->value_path;
    for (int i = 0; i < request->layer_count && ends; i++)
        ends = request->layers[i].stem;
    return ends;
}

static enum alfa_status encode_stem(const struct scene *s, const float *pixels)
{
    const struct alfa__stem_maps maps = {s->plan.maps, s->plan.map_count};
    ALFA__TRY(
        alfa__stem_run(s->tower->stem, pixels, &(struct alfa__stem_out){.kept = &maps}, s->arena, s->err));
    return finish_layers(s);
}

enum alfa_status alfa__features_encode(const struct alfa_model *model, struct alfa__features *out,
                                       const float *pixels, const struct alfa__feature_request *request,
                                       struct alfa__arena *arena, struct alfa_error *err)
{
    struct scene s = {.request = request, .out = out, .arena = arena, .err = err};
    const double start = alfa__clock();
    *out = (struct alfa__features){
        .grid = model->info.grid, .dim = model->info.embed_dim, .inside = request->inside};
    ALFA__TRY(alfa__model_image_tower(model, &s.tower, err));
    ALFA__TRY(prepare(&s));
    if (ends_with_stem(request)) {
        enum alfa_status status = encode_stem(&s, pixels);
        out->times.image = alfa__clock() - start;
        return status;
    }
    ALFA__TRY(view_whole(&s));
    ALFA__TRY(view_windows(&s));
    const struct alfa__stem_maps maps = {s.plan.maps, s.plan.map_count};
    ALFA__TRY(alfa__image_tower_tokens(s.tower, &s.tokens, pixels, &maps, arena, err));
    const double shown = alfa__clock();
    ALFA__TRY(encode_all(&s, &out->times.image));
    ALFA__TRY(finish(&s));
    out->times.image += shown - start;
    out->times.windows = alfa__clock() - start - out->times.image;
    return ALFA_OK;
}
