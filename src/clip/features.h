/* Everything the judging methods need to know about one image, computed once: the embedding of the whole, of
 * every window of every scale, and the value tokens of the last block that the aligner works on. It lies in
 * the caller's arena. */
#ifndef ALFA_CLIP_FEATURES_H
#define ALFA_CLIP_FEATURES_H

#include "clip/dense.h"
#include "clip/inside.h"

/* What to compute. */
struct alfa__feature_request {
    int scales[ALFA_MAX_SCALES]; /* window sides, or 1 (struct alfa__windows); 0 ends the list */
    bool values;                 /* the value tokens as well */
    bool pixels;       /* windows are the whole image with 0 for the pixels outside, not fewer tokens */
    bool value_path;   /* the tokens of the second path (image_tower.h) as well */
    bool whole_unused; /* nobody needs f(x): when there are no scales and all layers are the stem's, the
                          blocks do not run and image is NULL */
    struct alfa__layer layers[ALFA__MAX_TAPS];
    int layer_count;
    const unsigned char *inside; /* patches that count (inside.h): tokens of others are dropped; NULL: all */
};

/* Scale 1 is no window: its embeddings are the patch tokens of the pass over the whole image, in the joint
 * space. */
struct alfa__windows {
    int scale;         /* k */
    int count, length; /* windows; tokens in each: k * k + 1 */
    const int *places; /* which of the (G - k + 1)^2 windows they are; NULL: all in order */
    int *index;        /* count x length: rows of the full pass's tokens */
    float *embeddings; /* f_I,ij: count x d, unit length */
    float *values; /* count x length x d in the joint space, raw; NULL when not asked for and for scale 1 */
};

struct alfa__features {
    int grid, dim;               /* G, d */
    const unsigned char *inside; /* as requested */
    float *image;                /* f(x): d, unit length */
    float
        *values; /* (G * G + 1) x d in the joint space, raw, 0 for dropped tokens; NULL when not asked for */
    float *value_path; /* the same for the second path */
    struct alfa__windows windows[ALFA_MAX_SCALES];
    int scale_count;
    struct alfa__dense layers[ALFA__MAX_TAPS]; /* as requested */
    struct alfa_times times;                   /* that it took; no score yet */
};

/* A scale larger than the grid fails with ALFA_ERROR_USAGE. */
enum alfa_status alfa__features_run(const struct alfa_model *model, struct alfa__features *out,
                                    const struct alfa_image *image, enum alfa_resize resize,
                                    const struct alfa__feature_request *request, struct alfa__arena *arena,
                                    struct alfa_error *err);

/* Copies all that from has, so that the arena it lies in can be used again; out lies in arena. */
enum alfa_status alfa__features_keep(struct alfa__features *out, const struct alfa__features *from,
                                     struct alfa__arena *arena, struct alfa_error *err);

/* The same from pixels, 3 x image_size x image_size, normalised. */
enum alfa_status alfa__features_from_pixels(const struct alfa_model *model, struct alfa__features *out,
                                            const float *pixels, const struct alfa__feature_request *request,
                                            struct alfa__arena *arena, struct alfa_error *err);

#endif
