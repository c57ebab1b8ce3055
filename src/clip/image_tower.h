/* f(x): the image tower of CLIP, and its windows.
 *
 *     pixels -> patch embedding (or stem) -> [class; patches] + positions -> ln_pre -> blocks -> class token
 * -> ln_post -> proj
 *
 * G is the grid (image_size / patch_size), T = G * G + 1 tokens, D the width, d the embedding's length.
 * A window is a k x k square of patches: the class token and the k * k patch tokens keep their original
 * positions, all others are dropped before the blocks (WinCLIP). All windows of a scale run as one batch. Up
 * to the first attention nothing has mixed, so ln_pre and the first block's q, k, v are computed once for the
 * image and shared. */
#ifndef ALFA_CLIP_IMAGE_TOWER_H
#define ALFA_CLIP_IMAGE_TOWER_H

#include "clip/stem.h"
#include "clip/transformer.h"

struct alfa__image_tower {
    int image_size, patch_size, grid, embed_dim;
    double epsilon;
    struct alfa__linear *patch;                                     /* 3 patch^2 -> D; NULL with a stem */
    struct alfa__stem *stem;                                        /* NULL without */
    float *class_embedding;                                         /* D */
    float *positions;                                               /* T x D */
    float *ln_pre_gain, *ln_pre_bias, *ln_post_gain, *ln_post_bias; /* D */
    struct alfa__linear *proj;                                      /* D -> d, no bias */
    struct alfa__transformer transformer;
};

/* Zero-initialise out; freed with alfa__image_tower_free(), also after a failed load. */
enum alfa_status alfa__image_tower_load(struct alfa__image_tower *out, const struct alfa__weights *weights,
                                        const struct alfa__config *config, enum alfa__type type,
                                        struct alfa_error *err);
void alfa__image_tower_free(struct alfa__image_tower *tower);

/* What all passes over one image share; lies in the arena, and may have rows of padding behind. */
struct alfa__tokens {
    float *x;  /* T x D, after ln_pre */
    void *qkv; /* T x 3 D of the first block, of qkv_type; NULL for a tower with one block */
};

/* pixels: 3 x image_size x image_size, normalised. maps: of the stem, to keep; NULL: none. */
enum alfa_status alfa__image_tower_tokens(const struct alfa__image_tower *tower, struct alfa__tokens *out,
                                          const float *pixels, const struct alfa__stem_maps *maps,
                                          struct alfa__arena *arena, struct alfa_error *err);

/* Tokens to keep on the way: after block number block (1 is the first, layers the last), rows x D floats into
 * out, as they run through the residual stream (before ln_post). */
struct alfa__tap {
    int block;
    float *out;
};
#define ALFA__MAX_TAPS 8
struct alfa__taps {
    struct alfa__tap taps[ALFA__MAX_TAPS + 1]; /* one a layer that is asked for, and the patches of scale 1 */
    int count;
    float *value_path; /* NULL, or room for rows x d: the tokens of a second path beside the blocks, in the
                          joint space. It starts as they do, and each block adds its attention of values to
                          values, no MLP (AnoVL). */
};

/* What the tower is shown of an image, the whole or windows, and what it makes of it. */
struct alfa__views {
    int count;
    int *starts;       /* count + 1: view s has the places starts[s] .. starts[s + 1] - 1 */
    int *index;        /* the row of the tokens at each place, the class token (0) first in a view */
    float *embeddings; /* count x d, raw (not normalised) */
    float *values; /* places x d: every token's value of the last block in the joint space, proj^T ln_post(W_o
                      v + b_o); or NULL */
    int part;      /* as in struct alfa__sequences */
};

/* Views begin .. end - 1 of them go through the blocks together. taps, which may be NULL, are for these. */
struct alfa__view_range {
    const struct alfa__views *views;
    int begin, end;
    const struct alfa__taps *taps;
};
enum alfa_status alfa__image_tower_encode(const struct alfa__image_tower *tower,
                                          const struct alfa__tokens *tokens,
                                          const struct alfa__view_range *shown, struct alfa__arena *arena,
                                          struct alfa_error *err);

/* Tokens after the last block, rows x D, into the joint space, proj^T ln_post(x), part rows at once. out:
 * rows x d, raw. */
struct alfa__joint {
    const float *x;
    int rows, part;
    float *out;
};
enum alfa_status alfa__image_tower_project(const struct alfa__image_tower *tower,
                                           const struct alfa__joint *joint, struct alfa__arena *arena,
                                           struct alfa_error *err);

/* Windows of scale k, stride 1, row-major: how many, and their tokens as index of
 * struct alfa__views, count x (k * k + 1). k = grid gives the full image as its only window. */
int alfa__window_count(int grid, int scale);
void alfa__window_index(int grid, int scale, int *index);

#endif
