#include "clip/features.h"
#include "image/tensor.h"

#include <stdio.h>
#include <string.h>

enum alfa_status alfa__layer_find(const struct alfa_model *model, struct alfa__layer *out, const char *name,
                                  struct alfa_error *err)
{
    const int layers = model->info.vision_layers;
    int index, used = 0;
    *out = (struct alfa__layer){false, layers};
    if (strcmp(name, "last") == 0)
        return ALFA_OK;
    if (sscanf(name, "block%d%n", &index, &used) == 1 && !name[used] && index >= 1 && index <= layers) {
        *out = (struct alfa__layer){false, index};
        return ALFA_OK;
    }
    if (sscanf(name, "stem%d%n", &index, &used) == 1 && !name[used] && model->config.stem.present &&
        (index == 4 || index == 8 || index == 16)) {
        *out = (struct alfa__layer){true, index};
        return ALFA_OK;
    }
    return alfa__fail(err, ALFA_ERROR_USAGE, name, "is no layer of this model: last, block1 to block%d%s", layers,
                      model->config.stem.present ? ", stem4, stem8 or stem16" : "");
}

/* Room for the requested layers, as taps of the blocks and maps of the stem. */
static enum alfa_status plan_layers(const struct alfa__image_tower *tower, struct alfa__features *out,
                                    const struct alfa__feature_request *request, struct alfa__taps *taps,
                                    struct alfa__stem_map *maps, int *map_count, struct alfa__arena *arena,
                                    struct alfa_error *err)
{
    *map_count = taps->count = 0;
    for (int i = 0; i < request->layer_count; i++) {
        const struct alfa__layer *layer = &request->layers[i];
        struct alfa__dense *dense = &out->layers[i];
        dense->side = layer->stem ? tower->image_size / layer->index : tower->grid;
        dense->dim = layer->stem ? alfa__stem_channels(tower->stem, layer->index) : tower->transformer.width;
        if (dense->dim == 0)
            return alfa__fail(err, ALFA_ERROR_USAGE, NULL, "the model's stem has no map of stride %d", layer->index);
        const size_t rows = (size_t)dense->side * (size_t)dense->side + 1; /* one more for the class token */
        float *room = alfa__arena_array(arena, rows * (size_t)dense->dim, sizeof *room);
        if (!room)
            return alfa__fail_memory(err, rows * (size_t)dense->dim * sizeof *room);
        dense->rows = layer->stem ? room : room + dense->dim;
        if (layer->stem)
            maps[(*map_count)++] = (struct alfa__stem_map){layer->index, room};
        else
            taps->taps[taps->count++] = (struct alfa__tap){layer->index, room};
    }
    return ALFA_OK;
}

/* Encodes all windows of one scale; scale = grid is the whole image. */
static enum alfa_status encode(const struct alfa__image_tower *tower, const struct alfa__tokens *tokens, int scale,
                               bool values, const struct alfa__taps *taps, struct alfa__windows *out,
                               struct alfa__arena *arena, struct alfa_error *err)
{
    const size_t dim = (size_t)tower->embed_dim;
    *out = (struct alfa__windows){.scale = scale, .count = alfa__window_count(tower->grid, scale), .length = scale * scale + 1};
    const size_t count = (size_t)out->count, rows = count * (size_t)out->length;
    out->index = alfa__arena_array(arena, rows, sizeof *out->index);
    out->embeddings = alfa__arena_array(arena, count * dim, sizeof *out->embeddings);
    out->values = values ? alfa__arena_array(arena, rows * dim, sizeof *out->values) : NULL;
    if (!out->index || !out->embeddings || (values && !out->values))
        return alfa__fail_memory(err, rows * dim * sizeof *out->values);
    alfa__window_index(tower->grid, scale, out->index);
    ALFA__TRY(alfa__image_tower_encode(tower, tokens, out->index, out->count, out->length, out->embeddings, out->values,
                                       taps, arena, err));
    alfa__normalise_rows(out->embeddings, out->count, tower->embed_dim);
    return ALFA_OK;
}

enum alfa_status alfa__features_from_pixels(const struct alfa_model *model, struct alfa__features *out,
                                            const float *pixels, const struct alfa__feature_request *request,
                                            struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__image_tower *tower;
    struct alfa__tokens tokens;
    struct alfa__windows whole;
    struct alfa__stem_map maps[ALFA__MAX_TAPS];
    struct alfa__taps taps;
    int map_count;
    *out = (struct alfa__features){.grid = model->info.grid, .dim = model->info.embed_dim};
    alfa__model_enter(model);
    ALFA__TRY(alfa__model_image_tower(model, &tower, err));
    ALFA__TRY(plan_layers(tower, out, request, &taps, maps, &map_count, arena, err));
    ALFA__TRY(alfa__image_tower_tokens(tower, &tokens, pixels, maps, map_count, arena, err));
    ALFA__TRY(encode(tower, &tokens, tower->grid, request->values, &taps, &whole, arena, err));
    out->image = whole.embeddings;
    out->values = whole.values;
    for (int i = 0; i < ALFA_MAX_SCALES && request->scales[i]; i++) {
        if (request->scales[i] > tower->grid)
            return alfa__fail(err, ALFA_ERROR_USAGE, "scales", "%d is larger than the model's grid of %d patches",
                              request->scales[i], tower->grid);
        ALFA__TRY(encode(tower, &tokens, request->scales[i], request->values, NULL,
                         &out->windows[out->scale_count++], arena, err));
    }
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
    ALFA__TRY(alfa__image_preprocess(pixels, image, side, resize, model->config.mean, model->config.std, err));
    return alfa__features_from_pixels(model, out, pixels, request, arena, err);
}

enum alfa_status alfa_model_embed_image(const struct alfa_model *model, float *out, const struct alfa_image *image,
                                        enum alfa_resize resize, struct alfa_error *err)
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
