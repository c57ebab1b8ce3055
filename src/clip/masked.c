#include "clip/masked.h"
#include "base/clock.h"
#include "base/watch.h"

#include <string.h>

/* The pixels of a window of k x k patches, whose first is patch; 0 around it. */
static void cut_out(float *out, const float *pixels, int side, int patch_size, int k, int x, int y)
{
    const size_t plane = (size_t)side * (size_t)side;
    memset(out, 0, 3 * plane * sizeof *out);
    for (size_t c = 0; c < 3; c++)
        for (int row = y * patch_size; row < (y + k) * patch_size; row++) {
            const size_t at = c * plane + (size_t)row * (size_t)side + (size_t)(x * patch_size);
            memcpy(out + at, pixels + at, (size_t)(k * patch_size) * sizeof *out);
        }
}

static enum alfa_status new_windows(struct alfa__windows *out, int scale, int grid, int dim, bool values,
                                    struct alfa__arena *arena, struct alfa_error *err)
{
    *out = (struct alfa__windows){
        .scale = scale, .count = alfa__window_count(grid, scale), .length = scale * scale + 1};
    const size_t count = (size_t)out->count, tokens = count * (size_t)out->length;
    out->index = alfa__arena_array(arena, tokens, sizeof *out->index);
    out->embeddings = alfa__arena_array(arena, count * (size_t)dim, sizeof *out->embeddings);
    out->values = values ? alfa__arena_array(arena, tokens * (size_t)dim, sizeof *out->values) : NULL;
    if (!out->index || !out->embeddings || (values && !out->values))
        return alfa__fail_memory(err, tokens * (size_t)dim * sizeof *out->values);
    alfa__window_index(grid, scale, out->index);
    return ALFA_OK;
}

/* Embedding and value tokens of window w from a pass over the image without the rest. */
static enum alfa_status look_at(struct alfa__windows *windows, int w, const struct alfa_model *model,
                                const float *pixels, struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa_model_info *info = &model->info;
    const struct alfa__feature_request request = {.values = windows->values != NULL};
    const size_t dim = (size_t)info->embed_dim, side = (size_t)info->image_size;
    const int across = info->grid - windows->scale + 1;
    struct alfa__features seen;
    float *masked = alfa__arena_array(arena, 3 * side * side, sizeof *masked);
    if (!masked)
        return alfa__fail_memory(err, 3 * side * side * sizeof *masked);
    cut_out(masked, pixels, info->image_size, info->image_size / info->grid, windows->scale, w % across,
            w / across);
    ALFA__TRY(alfa__features_from_pixels(model, &seen, masked, &request, arena, err));
    memcpy(windows->embeddings + (size_t)w * dim, seen.image, dim * sizeof *seen.image);
    for (int t = 0; t < windows->length && windows->values; t++) {
        const int place = w * windows->length + t;
        memcpy(windows->values + (size_t)place * dim, seen.values + (size_t)windows->index[place] * dim,
               dim * sizeof *seen.values);
    }
    return ALFA_OK;
}

static enum alfa_status mask_scale(struct alfa__windows *out, int scale, const struct alfa_model *model,
                                   const float *pixels, bool values, struct alfa__arena *arena,
                                   struct alfa_error *err)
{
    ALFA__TRY(new_windows(out, scale, model->info.grid, model->info.embed_dim, values, arena, err));
    for (int w = 0; w < out->count; w++) {
        const struct alfa__mark mark = alfa__arena_mark(arena);
        ALFA__TRY(alfa__watch_tell("windows", w, out->count, err));
        ALFA__TRY(look_at(out, w, model, pixels, arena, err));
        alfa__arena_reset(arena, mark);
    }
    return ALFA_OK;
}

enum alfa_status alfa__features_masked(const struct alfa_model *model, struct alfa__features *out,
                                       const float *pixels, const struct alfa__feature_request *request,
                                       struct alfa__arena *arena, struct alfa_error *err)
{
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
    ALFA__TRY(alfa__features_from_pixels(model, out, pixels, &whole, arena, err));
    const double start = alfa__clock();
    if (out->scale_count)
        patches = out->windows[0];
    out->scale_count = 0;
    for (int i = 0; i < ALFA_MAX_SCALES && request->scales[i]; i++, out->scale_count++)
        if (request->scales[i] == 1)
            out->windows[i] = patches;
        else
            ALFA__TRY(
                mask_scale(&out->windows[i], request->scales[i], model, pixels, request->values, arena, err));
    out->times.windows += alfa__clock() - start;
    return ALFA_OK;
}
