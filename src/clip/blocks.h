/* The blocks that both towers of CLIP are made of, as they lie in memory: read from the weights, or from what
 * an earlier start has packed, and quantised. How they run: transformer.h. */
#ifndef ALFA_CLIP_BLOCKS_H
#define ALFA_CLIP_BLOCKS_H

#include "nn/layers.h"
#include "weights/weights.h"

struct alfa__block {
    float *ln_1_gain, *ln_1_bias, *ln_2_gain, *ln_2_bias; /* width each */
    struct alfa__linear *qkv;                             /* width -> 3 width; NULL in a split block */
    struct alfa__linear *q, *kv;   /* width -> width, width -> 2 width; NULL otherwise */
    struct alfa__linear *out_proj; /* width -> width */
    struct alfa__linear *c_fc;     /* width -> mlp */
    struct alfa__linear *c_proj;   /* mlp -> width */
};

struct alfa__transformer {
    int width, layers, heads, mlp;
    double epsilon;
    enum alfa__type type;     /* of what goes into a linear layer */
    enum alfa__type qkv_type; /* of q, k and v */
    enum alfa__activation activation;
    int row_step; /* rows of padding fill up to a multiple of this (alfa__row_step()) */
    struct alfa__block *blocks;
};

/* Where the blocks come from. prefix: "visual.transformer.resblocks" or "transformer.resblocks". With
 * split_last the last block's q and kv are apart for alfa__transformer_last(). */
struct alfa__transformer_source {
    const struct alfa__weights *weights;
    const struct alfa__config *config;
    const struct alfa__tower_config *tower;
    const char *prefix;
    bool split_last;
    enum alfa__type type;
};

/* Zero-initialise out; freed with alfa__transformer_free(), also after a failed load. */
enum alfa_status alfa__transformer_load(struct alfa__transformer *out,
                                        const struct alfa__transformer_source *source,
                                        struct alfa_error *err);
void alfa__transformer_free(struct alfa__transformer *transformer);

/* What of a block is quantised: the MLP, with_qkv also the q, k, v (not of a split one) and with_out the
 * product after attention. Once it is loaded: watch it, run it on typical tokens, then read its weights once
 * more, with the same prefix. Before the transformer is shared by threads. */
struct alfa__quantising {
    int block;
    bool with_qkv, with_out;
};
enum alfa_status alfa__transformer_watch(const struct alfa__transformer *transformer,
                                         const struct alfa__quantising *what, struct alfa_error *err);
enum alfa_status alfa__transformer_quantise(const struct alfa__transformer *transformer,
                                            const struct alfa__quantising *what,
                                            const struct alfa__weights *weights, const char *prefix,
                                            struct alfa_error *err);

/* ---- what towers have beside blocks */

/* One linear layer, its tensors by name; bias NULL: none. */
struct alfa__linear_source {
    const char *name, *bias;
    int outputs, inputs;
    enum alfa__type type;
};

/* *out is NULL, or that same layer, which then is quantised. */
enum alfa_status alfa__linear_load(struct alfa__linear **out, const struct alfa__weights *weights,
                                   const struct alfa__linear_source *source, struct alfa_error *err);

/* One vector of count floats read by name. */
enum alfa_status alfa__vector_load(float **out, const struct alfa__weights *weights, const char *name,
                                   int count, struct alfa_error *err);

#endif
