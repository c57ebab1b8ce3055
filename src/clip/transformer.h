/* The pre-norm transformer that both towers of CLIP are made of:
 *
 *     x += out_proj(attention(qkv(ln_1 x)))
 *     x += c_proj(gelu(c_fc(ln_2 x)))
 *
 * Rows of many sequences lie one after the other, so that every linear layer is one product over all of them.
 */
#ifndef ALFA_CLIP_TRANSFORMER_H
#define ALFA_CLIP_TRANSFORMER_H

#include "clip/blocks.h"

/* Sequences of tokens. Sequence s has the positions starts[s] .. starts[s + 1] - 1; the token at a position
 * is row index[position], or the position itself when index is NULL. With fresh, sequences share what they
 * have in common: only the last fresh[s + 1] - fresh[s] tokens of sequence s are its own, rows fresh[s] ..
 * fresh[s + 1] - 1, and index says where those before them are. rows may be larger than the number of tokens:
 * rows of padding, which are computed and mean nothing. causal: a token sees itself and what stands before
 * it. Products take at most part rows at once (0: all), so that part says how many rows are beside a row,
 * whatever the number of threads (nn/linear.h). */
struct alfa__sequences {
    const int *starts, *index, *fresh;
    int count, rows, part;
    bool causal;
};

/* The part for what all threads work on together, one image or one batch of sentences. */
#define ALFA__SHARED_PART 64

/* qkv(ln_1 x) of the first block: rows x 3 width numbers of qkv_type into qkv. Of sequences rows and part
 * count. */
enum alfa_status alfa__transformer_qkv(const struct alfa__transformer *transformer, const float *x,
                                       const struct alfa__sequences *sequences, void *qkv,
                                       struct alfa__arena *arena, struct alfa_error *err);

/* One whole block in place on x, rows x width. */
enum alfa_status alfa__transformer_block(const struct alfa__transformer *transformer, int block, float *x,
                                         const struct alfa__sequences *sequences, struct alfa__arena *arena,
                                         struct alfa_error *err);

/* The first block, its q, k and v known: what alfa__transformer_qkv() gives, of which index says the row of
 * each position. */
enum alfa_status alfa__transformer_first(const struct alfa__transformer *transformer, float *x,
                                         const void *qkv, const struct alfa__sequences *sequences,
                                         struct alfa__arena *arena, struct alfa_error *err);

/* The last block for one token of each sequence only, row chosen[s] of x, which sees the whole sequence: out
 * is count x width. values, when not NULL, gets W_o v + b_o of every row (rows x width), what the aligner and
 * dense methods need. */
struct alfa__chosen {
    const int *rows;
    float *out, *values;
};
enum alfa_status alfa__transformer_last(const struct alfa__transformer *transformer, const float *x,
                                        const struct alfa__sequences *sequences,
                                        const struct alfa__chosen *chosen, struct alfa__arena *arena,
                                        struct alfa_error *err);

/* The last block for all tokens, as alfa__transformer_block() would run it: in place on x, rows x width. */
enum alfa_status alfa__transformer_last_all(const struct alfa__transformer *transformer, float *x,
                                            const struct alfa__sequences *sequences,
                                            struct alfa__arena *arena, struct alfa_error *err);

/* y += W_o softmax(v v^T / sqrt(head width)) v + b_o of a block, v from ln_1 x: attention of values to values
 * (AnoVL). x and y: rows x width, apart from each other. */
struct alfa__values {
    int block;
    const float *x;
    float *y;
};
enum alfa_status alfa__transformer_value_attention(const struct alfa__transformer *transformer,
                                                   const struct alfa__values *values,
                                                   const struct alfa__sequences *sequences,
                                                   struct alfa__arena *arena, struct alfa_error *err);

#endif
