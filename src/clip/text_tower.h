/* g(t): the text tower of CLIP.
 *
 *     ids -> token embedding + positions -> causal blocks -> ln_final -> row of the first end token ->
 * text_projection
 *
 * Attention is causal and the result is read at the end token, so what stands after it cannot matter: a
 * prompt of 14 tokens costs 14 rows, not 77. What prompts begin with in common costs its rows once. */
#ifndef ALFA_CLIP_TEXT_TOWER_H
#define ALFA_CLIP_TEXT_TOWER_H

#include "clip/transformer.h"

struct alfa__text_tower {
    int context_length, vocab_size, embed_dim;
    double epsilon;
    const struct alfa__tensor *token_embedding; /* vocab x width, in the file */
    float *positions;                           /* context x width */
    float *ln_final_gain, *ln_final_bias;       /* width */
    struct alfa__linear *projection;            /* width -> d, no bias */
    struct alfa__transformer transformer;
};

/* Keeps a pointer into weights. Zero-initialise out; freed with alfa__text_tower_free(), also after a failed
 * load. */
enum alfa_status alfa__text_tower_load(struct alfa__text_tower *out, const struct alfa__weights *weights,
                                       const struct alfa__config *config, enum alfa__type type,
                                       struct alfa_error *err);
void alfa__text_tower_free(struct alfa__text_tower *tower);

/* ids: count x context_length, of which lengths[i] are used, the last of them the end token. */
struct alfa__texts {
    const int *ids, *lengths;
    int count;
};

/* out: count x d, raw. */
enum alfa_status alfa__text_tower_encode(const struct alfa__text_tower *tower,
                                         const struct alfa__texts *texts, float *out,
                                         struct alfa__arena *arena, struct alfa_error *err);

#endif
