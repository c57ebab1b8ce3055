/* The convolutional stem of the built-in model: EfficientNet-Lite0 up to stride 16 in place of CLIP's patch
 * embedding.
 *
 * Blocks are inverted bottlenecks: 1x1 expand, ReLU6, k x k depthwise, ReLU6, 1x1 project, plus the input
 * where shapes allow; batch norms are folded into the convolutions. A patch's token is made from the maps of
 * several strides, pooled (mean or max) over the patch, standardised, cut at +-clamp, perhaps extended by
 * what the patch is among the others (clip/context.h), and mapped to the tower's width. */
#ifndef ALFA_CLIP_STEM_H
#define ALFA_CLIP_STEM_H

#include "nn/convolution.h"
#include "nn/layers.h"
#include "weights/weights.h"

struct alfa__stem;

/* Freed with alfa__stem_free(). NULL in *out when weights are only checked. */
enum alfa_status alfa__stem_load(struct alfa__stem **out, const struct alfa__weights *weights,
                                 const struct alfa__config *config, enum alfa__type type,
                                 struct alfa_error *err);
void alfa__stem_free(struct alfa__stem *stem);

/* A map to keep, of a stride that the stem has (image_size / stride cells a side), and where its cells go,
 * side x side x channels floats. */
struct alfa__stem_map {
    int stride;
    float *out;
};
struct alfa__stem_maps {
    const struct alfa__stem_map *maps;
    int count;
};

/* What comes of an image. features: patches x features before the map to tokens; tokens: patches x width;
 * each may be NULL (without tokens there are no features either). */
struct alfa__stem_out {
    float *features, *tokens;
    const struct alfa__stem_maps *kept;
};

/* pixels: 3 x image_size x image_size, normalised. */
enum alfa_status alfa__stem_run(const struct alfa__stem *stem, const float *pixels,
                                const struct alfa__stem_out *out, struct alfa__arena *arena,
                                struct alfa_error *err);

/* PatchCore's locally aware patch features (Roth et al. 2022) from the stem's maps of stride 8 and 16: both
 * standardised, averaged over 3 x 3 cells, the coarse one enlarged (bilinear), side by side. out: side^2 x
 * (channels of both), side = image_size / 8. Scratch comes from the arena. false when the stem does not have
 * what is needed. */
bool alfa__stem_has_patches(const struct alfa__stem *stem);
enum alfa_status alfa__stem_patches(const struct alfa__stem *stem, const float *fine, const float *coarse,
                                    float *out, struct alfa__arena *arena, struct alfa_error *err);

/* Channels of the last map of a stride; 0 when there is none. */
int alfa__stem_channels(const struct alfa__stem *stem, int stride);

/* Numbers a patch has before the map to the tower's width. */
int alfa__stem_features(const struct alfa__stem *stem);

#endif
