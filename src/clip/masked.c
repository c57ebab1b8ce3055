#include "clip/masked.h"
#include "base/clock.h"
#include "base/watch.h"
#include "clip/encode.h"

#include <string.h>

/* An image whose windows are looked at one by one. */
struct scene {
    const struct alfa_model *model;
    const float *pixels;
    bool values; /* value tokens as well */
    struct alfa__arena *arena;
    struct alfa_error *err;
};

/* The pixels of window w of a scale, 0 around it. */
static void cut_out(const struct scene *s, int scale, int w, float *out)
{
    const int grid = s->model->info.grid, across = grid - scale + 1;
    const size_t side = (size_t)s->model->info.image_size, patch = side / (size_t)grid;
    const size_t size = (size_t)scale * patch, left = (size_t)(w % across) * patch;
    const size_t top = (size_t)(w / across) * patch;
    memset(out, 0, 3 * side * side * sizeof *out);
    for (size_t c = 0; c < 3; c++)
        for (size_t row = top; row < top + size; row++) {
            const size_t at = (c * side + row) * side + left;
            memcpy(out + at, s->pixels + at, size * sizeof *out);
        }
}

static enum alfa_status new_windows(const struct scene *s, struct alfa__windows *out, int scale)
{
    const int grid = s->model->info.grid;
    *out = (struct alfa__windows){
        .scale = scale, .count = alfa__window_count(grid, scale), .length = scale * scale + 1};
    const size_t count = (size_t)out->count, tokens = count * (size_t)out->length;
    const size_t dim = (size_t)s->model->info.embed_dim;
    out->index = alfa__arena_array(s->arena, tokens, sizeof *out->index);
    out->embeddings = alfa__arena_array(s->arena, count * dim, sizeof *out->embeddings);
    out->values = s->values ? alfa__arena_array(s->arena, tokens * dim, sizeof *out->values) : NULL;
    if (!out->index || !out->embeddings || (s->values && !out->values))
        return alfa__fail_memory(s->err, tokens * dim * sizeof *out->values);
    alfa__window_index(grid, scale, out->index);
    return ALFA_OK;
}

/* Embedding and value tokens of window w from a pass over the image without the rest. */
static enum alfa_status look_at(const struct scene *s, struct alfa__windows *windows, int w)
{
    const struct alfa__feature_request request = {.values = s->values};
    const size_t dim = (size_t)s->model->info.embed_dim, side = (size_t)s->model->info.image_size;
    struct alfa__features seen;
    float *masked = alfa__arena_array(s->arena, 3 * side * side, sizeof *masked);
    if (!masked)
        return alfa__fail_memory(s->err, 3 * side * side * sizeof *masked);
    cut_out(s, windows->scale, w, masked);
    ALFA__TRY(alfa__features_encode(s->model, &seen, masked, &request, s->arena, s->err));
    memcpy(windows->embeddings + (size_t)w * dim, seen.image, dim * sizeof *seen.image);
    for (int t = 0; t < windows->length && windows->values; t++) {
        const int place = w * windows->length + t;
        memcpy(windows->values + (size_t)place * dim, seen.values + (size_t)windows->index[place] * dim,
               dim * sizeof *seen.values);
    }
    return ALFA_OK;
}

static enum alfa_status mask_scale(const struct scene *s, struct alfa__windows *out, int scale)
{
    ALFA__TRY(new_windows(s, out, scale));
    for (int w = 0; w < out->count; w++) {
        const struct alfa__mark mark = alfa__arena_mark(s->arena);
        ALFA__TRY(alfa__watch_tell("windows", w, out->count, s->err));
        ALFA__TRY(look_at(s, out, w));
        alfa__arena_reset(s->arena, mark);
    }
    return ALFA_OK;
}

enum alfa_status alfa__features_masked(const struct alfa_model *model, struct alfa__features *out,
                                       const float *pixels, const struct alfa__feature_request *request,
                                       struct alfa__arena *arena, struct alfa_error *err)
{
    const struct scene scene = {model, pixels, request->values, arena, err};
    struct alfa__feature_request whole = *request;
    struct alfa__windows patches = {0};
    whole.pixels = false;
    memset(whole.scales, 0, sizeof whole.scales);
    for (int i = 0; i < ALFA_MAX_SCALES; i++) {
        if (request->scales[i] > model->info.grid)
            return alfa__fail(err, ALFA_ERROR_USAGE, "scales",
                              "%d is larger than the model's grid of %d patches", request->scales[i],
                              model->info.grid);
        whole.scales[0] = request->scales[i] == 1 ? 1 : whole.scales[0];
    }
    ALFA__TRY(alfa__features_encode(model, out, pixels, &whole, arena, err));
    const double start = alfa__clock();
    if (out->scale_count)
        patches = out->windows[0];
    out->scale_count = 0;
    for (int i = 0; i < ALFA_MAX_SCALES && request->scales[i]; i++, out->scale_count++)
        if (request->scales[i] == 1)
            out->windows[i] = patches;
        else
            ALFA__TRY(mask_scale(&scene, &out->windows[i], request->scales[i]));
    out->times.windows += alfa__clock() - start;
    return ALFA_OK;
}
