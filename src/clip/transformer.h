/* The pre-norm transformer that both towers of CLIP are made of:
 *
 *     x += out_proj(attention(qkv(ln_1 x)))
 *     x += c_proj(gelu(c_fc(ln_2 x)))
 *
 * Rows of many sequences lie one after the other, so that every linear layer is one product over all of them.
 */
#ifndef ALFA_CLIP_TRANSFORMER_H
#define ALFA_CLIP_TRANSFORMER_H

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
    struct alfa__block *blocks;
};

/* Sequences of tokens. Sequence s has the positions starts[s] .. starts[s + 1] - 1; the token at a position
 * is row index[position], or the position itself when index is NULL. With fresh, sequences share what they
 * have in common: only the last fresh[s + 1] - fresh[s] tokens of sequence s are its own, rows fresh[s] ..
 * fresh[s + 1] - 1, and index says where those before them are. rows may be larger than the number of tokens:
 * rows of padding, which are computed and mean nothing. Products take at most part rows at once (0: all), so
 * that part says how many rows are beside a row, whatever the number of threads (nn/linear.h). */
struct alfa__sequences {
    const int *starts, *index, *fresh;
    int count, rows, part;
};

/* The part for what all threads work on together, one image or one batch of sentences. */
#define ALFA__SHARED_PART 64

/* prefix: "visual.transformer.resblocks" or "transformer.resblocks". With split_last the last block's q and
 * kv are apart for alfa__transformer_last(). Zero-initialise out; freed with alfa__transformer_free(), also
 * after a failed load. */
enum alfa_status alfa__transformer_load(struct alfa__transformer *out, const struct alfa__weights *weights,
                                        const struct alfa__config *config,
                                        const struct alfa__tower_config *tower, const char *prefix,
                                        bool split_last, enum alfa__type type, struct alfa_error *err);
void alfa__transformer_free(struct alfa__transformer *transformer);

/* Quantising the MLP, with_qkv also the q, k, v of a block (not a split one) and with_out the product after
 * attention, after it was loaded: watch it, run it on typical tokens, then read its weights once more, with
 * the same prefix. Before the transformer is shared by threads. */
enum alfa_status alfa__transformer_watch(const struct alfa__transformer *transformer, int block,
                                         bool with_qkv, bool with_out, struct alfa_error *err);
enum alfa_status alfa__transformer_quantise(const struct alfa__transformer *transformer, int block,
                                            bool with_qkv, bool with_out, const struct alfa__weights *weights,
                                            const char *prefix, struct alfa_error *err);

/* qkv(ln_1 x) of a block: rows x 3 width numbers of qkv_type into qkv, part rows at once. */
enum alfa_status alfa__transformer_qkv(const struct alfa__transformer *transformer, int block, const float *x,
                                       int rows, int part, void *qkv, struct alfa__arena *arena,
                                       struct alfa_error *err);

/* One whole block in place on x, rows x width. qkv: what alfa__transformer_qkv() gives, index then saying
 * which of its rows a position has; or NULL to compute it here. */
enum alfa_status alfa__transformer_block(const struct alfa__transformer *transformer, int block, float *x,
                                         const void *qkv, const struct alfa__sequences *sequences,
                                         bool causal, struct alfa__arena *arena, struct alfa_error *err);

/* The last block for one token of each sequence only, row chosen[s] of x, which sees the whole sequence: out
 * is count x width. values, when not NULL, gets W_o v + b_o of every row (rows x width), what the aligner and
 * dense methods need. */
enum alfa_status alfa__transformer_last(const struct alfa__transformer *transformer, const float *x,
                                        const struct alfa__sequences *sequences, const int *chosen,
                                        float *out, float *values, struct alfa__arena *arena,
                                        struct alfa_error *err);

/* The last block for all tokens, as alfa__transformer_block() would run it: in place on x, rows x width. */
enum alfa_status alfa__transformer_last_all(const struct alfa__transformer *transformer, float *x,
                                            const struct alfa__sequences *sequences,
                                            struct alfa__arena *arena, struct alfa_error *err);

/* y += W_o softmax(v v^T / sqrt(head width)) v + b_o of a block, v from ln_1 x: attention of values to values
 * (AnoVL). x and y: rows x width, apart from each other. */
enum alfa_status alfa__transformer_value_attention(const struct alfa__transformer *transformer, int block,
                                                   const float *x, const struct alfa__sequences *sequences,
                                                   float *y, struct alfa__arena *arena,
                                                   struct alfa_error *err);

/* One linear layer of a tower read by name: outputs x inputs, bias from bias_name unless that is NULL. *out
 * is NULL, or that same layer, which then is quantised. */
enum alfa_status alfa__linear_load(struct alfa__linear **out, const struct alfa__weights *weights,
                                   const char *name, const char *bias_name, int outputs, int inputs,
                                   enum alfa__type type, struct alfa_error *err);

/* One vector of count floats read by name. */
enum alfa_status alfa__vector_load(float **out, const struct alfa__weights *weights, const char *name,
                                   int count, struct alfa_error *err);

#endif
