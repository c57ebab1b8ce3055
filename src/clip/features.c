#include "clip/features.h"
#include "base/clock.h"
#include "base/threads.h"
#include "clip/encode.h"
#include "clip/masked.h"
#include "image/tensor.h"

#include <string.h>

enum alfa_status alfa__features_from_pixels(const struct alfa_model *model, struct alfa__features *out,
                                            const float *pixels, const struct alfa__feature_request *request,
                                            struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__team team = alfa__team_enter(model->threads);
    enum alfa_status status = request->pixels
                                  ? alfa__features_masked(model, out, pixels, request, arena, err)
                                  : alfa__features_encode(model, out, pixels, request, arena, err);
    alfa__team_leave(team);
    return status;
}

enum alfa_status alfa__features_run(const struct alfa_model *model, struct alfa__features *out,
                                    const struct alfa_image *image, enum alfa_resize resize,
                                    const struct alfa__feature_request *request, struct alfa__arena *arena,
                                    struct alfa_error *err)
{
    const int side = model->info.image_size;
    const struct alfa__channels channels = {model->config.mean, model->config.std};
    float *pixels = alfa__arena_array(arena, 3 * (size_t)side * (size_t)side, sizeof *pixels);
    if (!pixels)
        return alfa__fail_memory(err, 3 * (size_t)side * (size_t)side * sizeof *pixels);
    const struct alfa__team team = alfa__team_enter(model->threads);
    const double start = alfa__clock();
    enum alfa_status status =
        alfa__image_preprocess(pixels, image, side, alfa__model_fit(model, resize), &channels, err);
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
