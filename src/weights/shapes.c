#include "weights/shapes.h"
#include "weights/config_json.h"

#include <stdio.h>

#define MAX_LAYERS 256
#define MAX_NUMBER (1 << 20)

/* One axis of the tensor with this open_clip name; 0 when there is none of that rank. */
static int axis(const struct alfa__weights *weights, const char *name, int rank, int which)
{
    const struct alfa__tensor *tensor = alfa__weights_tensor(weights, name);
    return tensor && tensor->rank == rank && tensor->shape[which] <= MAX_NUMBER ? (int)tensor->shape[which]
                                                                                : 0;
}

/* Projections are stored inputs x outputs by open_clip, the other way round by Hugging Face. */
static int projection(const struct alfa__weights *weights, const char *name)
{
    return axis(weights, name, 2, weights->hugging_face ? 0 : 1);
}

static int head_width(int width)
{
    return width == 1280 ? 80 : width == 1408 ? 88 : width == 1664 ? 104 : 64;
}

static int square_root(int number)
{
    int root = 0;
    while ((root + 1) * (root + 1) <= number && root < 1024)
        root++;
    return root * root == number ? root : 0;
}

/* Blocks that follow each other from 0 on, and the numbers in the hidden layer of the first. */
static void count_blocks(const struct alfa__weights *weights, struct alfa__tower_config *out,
                         const char *prefix)
{
    char name[64];
    for (out->layers = 0; out->layers < MAX_LAYERS; out->layers++) {
        snprintf(name, sizeof name, "%s.%d.ln_1.weight", prefix, out->layers);
        if (!alfa__weights_tensor(weights, name))
            break;
    }
    snprintf(name, sizeof name, "%s.0.mlp.c_fc.weight", prefix);
    out->mlp = axis(weights, name, 2, 0);
}

enum alfa_status alfa__shapes_config(struct alfa__config *out, const struct alfa__weights *weights,
                                     struct alfa_error *err)
{
    const int positions = axis(weights, "visual.positional_embedding", 2, 0);
    const int patch = axis(weights, "visual.conv1.weight", 4, 2);
    const int grid = square_root(positions - 1);
    *out = (struct alfa__config){.layout = weights->hugging_face ? ALFA__HUGGING_FACE : ALFA__OPEN_CLIP,
                                 .epsilon = 1e-5};
    out->embed_dim = projection(weights, "text_projection");
    out->patch_size = patch;
    out->image_size = patch <= 4096 ? grid * patch : 0;
    out->vision.width = axis(weights, "visual.conv1.weight", 4, 0);
    out->text.width = axis(weights, "ln_final.weight", 1, 0);
    out->vision.heads = out->vision.width / head_width(out->vision.width);
    out->text.heads = out->text.width / 64;
    out->context_length = axis(weights, "positional_embedding", 2, 0);
    out->vocab_size = axis(weights, "token_embedding.weight", 2, 0);
    count_blocks(weights, &out->vision, "visual.transformer.resblocks");
    count_blocks(weights, &out->text, "transformer.resblocks");
    for (int i = 0; i < 3; i++) {
        out->mean[i] = alfa__clip_mean[i];
        out->std[i] = alfa__clip_std[i];
    }
    const bool good = out->embed_dim && patch && patch <= 256 && out->image_size && out->image_size <= 4096 &&
                      out->vision.heads && out->text.heads && out->context_length &&
                      out->context_length <= 1024 && out->vocab_size && out->vision.mlp && out->text.mlp &&
                      out->vision.width <= 8192 && out->text.width <= 8192;
    if (!good)
        return alfa__fail(err, ALFA_ERROR_MODEL, weights->path,
                          "has no config beside it, and its tensors are not those of a plain CLIP ViT: put "
                          "open_clip_config.json or config.json beside it");
    return alfa__config_check(out, weights->path, err);
}
