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

/* A map of the stem to keep; NULL when memory is short. */
static float *keep_map(struct alfa__dense_plan *plan, int stride)
{
    const struct alfa__image_tower *tower = plan->tower;
    float *room = new_rows(plan->arena, tower->image_size / stride, alfa__stem_channels(tower->stem, stride));
    if (room)
        plan->maps[plan->map_count++] = (struct alfa__stem_map){stride, room};
    return room;
}

static struct alfa__dense stem_shape(const struct alfa__stem *stem, int image_size, int stride)
{
    const bool patches = stride == 0 && alfa__stem_has_patches(stem);
    const int channels = patches ? alfa__stem_channels(stem, 8) + alfa__stem_channels(stem, 16)
                                 : alfa__stem_channels(stem, stride);
    return channels ? (struct alfa__dense){.side = image_size / (patches ? 8 : stride), .dim = channels}
                    : (struct alfa__dense){0};
}

struct alfa__dense alfa__dense_shape(const struct alfa__image_tower *tower, const struct alfa__layer *layer)
{
    const struct alfa__dense none = {0};
    if (layer->stem)
        return tower->stem ? stem_shape(tower->stem, tower->image_size, layer->index) : none;
    return layer->index >= 0 && layer->index <= tower->transformer.layers
               ? (struct alfa__dense){.side = tower->grid, .dim = tower->transformer.width}
               : none;
}

static void plan_tokens(struct alfa__dense_plan *plan, struct alfa__dense *out, int index)
{
    float *room = new_rows(plan->arena, out->side, out->dim);
    if (room)
        plan->taps.taps[plan->taps.count++] =
            (struct alfa__tap){index ? index : plan->tower->transformer.layers, room};
    if (!index)
        plan->post = room;
    out->rows = room ? room + out->dim : NULL; /* behind the class token */
}

static void plan_patches(struct alfa__dense_plan *plan, struct alfa__dense *out, int which)
{
    plan->fine = keep_map(plan, 8);
    plan->coarse = keep_map(plan, 16);
    plan->patches = which;
    out->rows = plan->fine && plan->coarse ? new_rows(plan->arena, out->side, out->dim) : NULL;
}

static enum alfa_status plan_layer(struct alfa__dense_plan *plan, struct alfa__dense *out, int which,
                                   const struct alfa__layer *layer, struct alfa_error *err)
{
    *out = alfa__dense_shape(plan->tower, layer);
    if (!out->side)
        return alfa__fail(err, ALFA_ERROR_USAGE, NULL, "the model has no such layer");
    if (!layer->stem)
        plan_tokens(plan, out, layer->index);
    else if (layer->index)
        out->rows = keep_map(plan, layer->index);
    else
        plan_patches(plan, out, which);
    return out->rows ? ALFA_OK
                     : alfa__fail(err, ALFA_ERROR_MEMORY, NULL, "no room for the features of a layer");
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
