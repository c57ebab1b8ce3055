#include "clip/dense.h"

#include <stdio.h>
#include <string.h>

const char *alfa__layer_default(const struct alfa_model *model)
{
    return model->config.stem.present ? "stem" : "post";
}

enum alfa_status alfa__layer_find(const struct alfa_model *model, struct alfa__layer *out, const char *name,
                                  struct alfa_error *err)
{
    const int layers = model->info.vision_layers;
    const bool stem = model->config.stem.present;
    int index = layers, used = 0;
    if (strcmp(name, "post") == 0)
        *out = (struct alfa__layer){false, 0};
    else if (strcmp(name, "last") == 0)
        *out = (struct alfa__layer){false, layers};
    else if (sscanf(name, "block%d%n", &index, &used) == 1 && !name[used] && index >= 1 && index <= layers)
        *out = (struct alfa__layer){false, index};
    else if (stem && strcmp(name, "stem") == 0)
        *out = (struct alfa__layer){true, 0};
    else if (stem && sscanf(name, "stem%d%n", &index, &used) == 1 && !name[used] &&
             (index == 4 || index == 8 || index == 16))
        *out = (struct alfa__layer){true, index};
    else
        return alfa__fail(err, ALFA_ERROR_USAGE, name,
                          "is no layer of this model: it has post, last, block1 to block%d%s", layers,
                          stem ? ", stem, stem4, stem8 and stem16" : "");
    return ALFA_OK;
}

/* Room for side x side vectors, and one more in front for the class token. */
static float *new_rows(struct alfa__arena *arena, int side, int dim)
{
    return alfa__arena_array(arena, ((size_t)side * (size_t)side + 1) * (size_t)dim, sizeof(float));
}

/* A map of the stem to keep; NULL when the stem has none of this stride or memory is short. */
static float *keep_map(struct alfa__dense_plan *plan, int stride)
{
    const struct alfa__image_tower *tower = plan->tower;
    const int channels = tower->stem ? alfa__stem_channels(tower->stem, stride) : 0;
    float *room = channels ? new_rows(plan->arena, tower->image_size / stride, channels) : NULL;
    if (room)
        plan->maps[plan->map_count++] = (struct alfa__stem_map){stride, room};
    return room;
}

static enum alfa_status plan_layer(struct alfa__dense_plan *plan, struct alfa__dense *out, int which,
                                   const struct alfa__layer *layer, struct alfa_error *err)
{
    const struct alfa__image_tower *tower = plan->tower;
    if (!layer->stem) {
        *out = (struct alfa__dense){.side = tower->grid, .dim = tower->transformer.width};
        float *room = new_rows(plan->arena, out->side, out->dim);
        if (room)
            plan->taps.taps[plan->taps.count++] =
                (struct alfa__tap){layer->index ? layer->index : tower->transformer.layers, room};
        if (!layer->index)
            plan->post = room;
        out->rows = room ? room + out->dim : NULL; /* behind the class token */
    } else if (layer->index) {
        *out = (struct alfa__dense){.side = tower->image_size / layer->index,
                                    .dim = alfa__stem_channels(tower->stem, layer->index),
                                    .rows = keep_map(plan, layer->index)};
    } else if (alfa__stem_has_patches(tower->stem)) {
        *out = (struct alfa__dense){.side = tower->image_size / 8,
                                    .dim = alfa__stem_channels(tower->stem, 8) +
                                           alfa__stem_channels(tower->stem, 16)};
        plan->fine = keep_map(plan, 8);
        plan->coarse = keep_map(plan, 16);
        plan->patches = which;
        out->rows = plan->fine && plan->coarse ? new_rows(plan->arena, out->side, out->dim) : NULL;
    }
    return out->rows ? ALFA_OK
                     : alfa__fail(err, ALFA_ERROR_RUNTIME, NULL,
                                  "no room for the features of a layer, or no such layer");
}

enum alfa_status alfa__dense_prepare(struct alfa__dense_plan *plan, struct alfa__dense *out,
                                     const struct alfa__layer *layers, int count, struct alfa_error *err)
{
    for (int i = 0; i < count; i++) {
        out[i] = (struct alfa__dense){0};
        ALFA__TRY(plan_layer(plan, &out[i], i, &layers[i], err));
    }
    return ALFA_OK;
}

enum alfa_status alfa__dense_finish(const struct alfa__dense_plan *plan, struct alfa__dense *out,
                                    struct alfa_error *err)
{
    const struct alfa__image_tower *tower = plan->tower;
    if (plan->post)
        alfa__layer_norm(plan->post,
                         (struct alfa__norm){tower->ln_post_gain, tower->ln_post_bias, tower->epsilon},
                         tower->grid * tower->grid + 1, tower->transformer.width, plan->post, ALFA__F32);
    if (!plan->fine)
        return ALFA_OK;
    return alfa__stem_patches(tower->stem, plan->fine, plan->coarse, out[plan->patches].rows, plan->arena,
                              err);
}
