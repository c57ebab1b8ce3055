/* What a model is: its shape and what happens to pixels, as a config beside the weights says it. */
#ifndef ALFA_WEIGHTS_CONFIG_H
#define ALFA_WEIGHTS_CONFIG_H

#include "base/status.h"

enum alfa__layout { ALFA__OPEN_CLIP, ALFA__HUGGING_FACE };

struct alfa__tower_config {
    int width, layers, heads, mlp; /* mlp: numbers in the hidden layer of a block */
};

#define ALFA__MAX_NEAREST 4
#define ALFA__MOST_NEAREST 16

/* A feature that the convolutional stem gives a patch: the maps of one stride, pooled over the patch. */
#define ALFA__MAX_FEATURES 8
struct alfa__stem_feature {
    int stride;
    bool max; /* maximum instead of mean */
};

/* present is false when the image tower begins with CLIP's own patch embedding. */
struct alfa__stem_config {
    bool present, same_padding;
    int blocks; /* inverted bottlenecks of EfficientNet-Lite0 that are used, in order */
    int feature_count;
    struct alfa__stem_feature features[ALFA__MAX_FEATURES];
    float clamp; /* standardised features are cut at +-clamp */
    int nearest_count;
    int nearest[ALFA__MAX_NEAREST]; /* the k of clip/context.h, each 1 to ALFA__MOST_NEAREST; none: no context
                                     */
};

struct alfa__config {
    enum alfa__layout layout;
    bool quick_gelu;
    int embed_dim;
    int image_size, patch_size;
    struct alfa__tower_config vision, text;
    int context_length, vocab_size;
    double epsilon; /* of every layer norm */
    float mean[3], std[3];
    bool squash; /* the whole image becomes the square, where others crop it (ALFA_RESIZE_CROP) */
    struct alfa__stem_config stem;
};

/* Reads open_clip_config.json, or Hugging Face's config.json and what belongs to it in the same folder
 * (processor_config.json or preprocessor_config.json); what the file holds tells which of them it is. Fails
 * with ALFA_ERROR_MODEL on a missing or malformed file, an architecture that is not a CLIP ViT with
 * class-token pooling, members that this program would have to ignore, and numbers that are impossible or
 * beyond the limits of docs/limits.md. */
enum alfa_status alfa__config_read(struct alfa__config *out, const char *path, struct alfa_error *err);

/* Whether the numbers fit each other; path is for messages. */
enum alfa_status alfa__config_check(const struct alfa__config *config, const char *path,
                                    struct alfa_error *err);

#endif
