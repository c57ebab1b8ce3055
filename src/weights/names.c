#include "weights/names.h"

#include <stdio.h>
#include <string.h>

struct pair {
    const char *open_clip, *hugging_face;
    bool transposed;
};

/* Beginnings. What follows (a block's number and leaf, or ".weight") is kept or looked up below. */
static const struct pair beginnings[] = {
    {"visual.class_embedding", "vision_model.embeddings.class_embedding", false},
    {"visual.positional_embedding", "vision_model.embeddings.position_embedding.weight", false},
    {"visual.conv1", "vision_model.embeddings.patch_embedding", false},
    {"visual.ln_pre", "vision_model.pre_layrnorm", false}, /* sic */
    {"visual.ln_post", "vision_model.post_layernorm", false},
    {"visual.proj", "visual_projection.weight", true},
    {"visual.transformer.resblocks", "vision_model.encoder.layers", false},
    {"token_embedding", "text_model.embeddings.token_embedding", false},
    {"positional_embedding", "text_model.embeddings.position_embedding.weight", false},
    {"transformer.resblocks", "text_model.encoder.layers", false},
    {"ln_final", "text_model.final_layer_norm", false},
    {"text_projection", "text_projection.weight", true},
};

/* Leaves of a block. */
static const struct pair leaves[] = {
    {"ln_1", "layer_norm1", false},
    {"ln_2", "layer_norm2", false},
    {"attn.out_proj", "self_attn.out_proj", false},
    {"mlp.c_fc", "mlp.fc1", false},
    {"mlp.c_proj", "mlp.fc2", false},
    {"attn.q", "self_attn.q_proj", false},
    {"attn.k", "self_attn.k_proj", false},
    {"attn.v", "self_attn.v_proj", false},
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* The entry that name begins with, followed by '.' or the end. */
static const struct pair *look_up(const struct pair *table, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(table[i].open_clip);
        if (strncmp(name, table[i].open_clip, size) == 0 && (name[size] == '.' || name[size] == 0))
            return &table[i];
    }
    return NULL;
}

bool alfa__name_hugging_face(char *out, size_t size, const char *name, bool *transposed)
{
    const struct pair *begin = look_up(beginnings, COUNT(beginnings), name), *leaf;
    int block;
    if (!begin)
        return false;
    const char *rest = name + strlen(begin->open_clip);
    *transposed = begin->transposed;
    if (!strstr(begin->open_clip, "resblocks")) {
        snprintf(out, size, "%s%s", begin->hugging_face, rest);
        return true;
    }
    const char *dot = strchr(rest + 1, '.');
    if (sscanf(rest, ".%d.", &block) != 1 || !dot || !(leaf = look_up(leaves, COUNT(leaves), dot + 1)))
        return false;
    snprintf(out, size, "%s.%d.%s%s", begin->hugging_face, block, leaf->hugging_face,
             dot + 1 + strlen(leaf->open_clip));
    return true;
}
