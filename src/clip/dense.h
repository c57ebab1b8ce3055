/* Dense features: one vector a patch, from the layers of the image tower that carry patch detail better than
 * the embedding does. The memory of normal images is made of them. */
#ifndef ALFA_CLIP_DENSE_H
#define ALFA_CLIP_DENSE_H

#include "clip/model.h"

/* The tokens after a block (index: its number, 1 is the first) or after the last block and ln_post (index 0),
 * as open_clip gives them and WinCLIP's public code remembers them; a map of the stem (index: its stride), or
 * the stem's locally aware patch features (index 0). */
struct alfa__layer {
    bool stem;
    int index;
};

/* "post", "last", "block2", "stem", "stem8": the layer of a model by name. Fails with ALFA_ERROR_USAGE,
 * naming those that exist. */
enum alfa_status alfa__layer_find(const struct alfa_model *model, struct alfa__layer *out, const char *name,
                                  struct alfa_error *err);

/* The layer that serves this model best: "stem" with a stem, "post" (WinCLIP+) without. */
const char *alfa__layer_default(const struct alfa_model *model);

/* The features of a layer: side x side cells of dim numbers, raw. Of a block's tokens, the class token stands
 * in the dim numbers before rows. */
struct alfa__dense {
    int side, dim;
    float *rows;
    int count;         /* rows: side * side, or those that touch the region of interest, */
    const int *places; /* which are these cells; NULL: all in order */
};

/* Side and dim of a layer; side 0 when the tower has no such layer. */
struct alfa__dense alfa__dense_shape(const struct alfa__image_tower *tower, const struct alfa__layer *layer);

/* What a pass over the image must keep so that the layers can be made of it. Begins with a tower and an
 * arena, and zeros. */
struct alfa__dense_plan {
    const struct alfa__image_tower *tower;
    struct alfa__arena *arena; /* that everything lies in */
    struct alfa__taps taps;
    struct alfa__stem_map maps[2 * ALFA__MAX_TAPS];
    int map_count;
    const float *fine, *coarse; /* inputs of the stem's patch features; NULL when they are not wanted */
    int patches;                /* which of the layers they are */
    float *post;                /* tokens that ln_post is still to come for; NULL: none */
};

/* Finds room for count layers (at most ALFA__MAX_TAPS) and plans what to keep. */
enum alfa_status alfa__dense_prepare(struct alfa__dense_plan *plan, struct alfa__dense *out,
                                     const struct alfa__layer *layers, int count, struct alfa_error *err);

/* After the pass: makes what is not simply kept. */
enum alfa_status alfa__dense_finish(const struct alfa__dense_plan *plan, struct alfa__dense *out,
                                    struct alfa_error *err);

#endif
