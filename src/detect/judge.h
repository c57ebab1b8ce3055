/* From what is known about an image (clip/features.h) and the embeddings of the prompts to scores and maps:
 * the order of the paper's equations on one page. */
#ifndef ALFA_DETECT_JUDGE_H
#define ALFA_DETECT_JUDGE_H

#include "clip/features.h"

/* Embedded prompts of both sides (enum alfa_side): count x dim floats, raw as the text tower gives them. */
struct alfa__prompt_embeddings {
    float *rows[2];
    int counts[2], dim;
};

struct alfa__judgement {
    double global; /* S_G, Eq. 10 */
    double local;  /* max of S~_L */
    double score;  /* S, Eq. 12 or the mean of the map's top; S_G for WinCLIP */
    int kept[2];   /* prompts that the contextual score kept */
    bool fallback;
    double *cosines[2],
        *weights[2];    /* d(t) and what the contextual score makes of it, one a prompt; NULL for WinCLIP */
    double *prototypes; /* F_TG: 2 x dim, normal first */
    double *windows;    /* S~_L: grid x grid */
    double *map; /* the pixel map before upsampling: grid x grid; both are 0 for patches that do not count */
};

/* Whether the image's score from words is the mean of the top of their map. The options are settled. */
bool alfa__judge_reads_top(const struct alfa_detector_options *options);

/* tau of a judgement that a memory joins, or of words alone: these are judged at 4/7 of the temperature where
 * the image's score is the map's top and the model has a stem (docs/method.md, Temperature). The options are
 * settled. */
double alfa__judge_temperature(const struct alfa_detector_options *options, bool stem, bool joined);

/* The feature request that a judgement with these options needs. */
struct alfa__feature_request alfa__judge_request(const struct alfa_detector_options *options);

/* Arrays of out lie in the arena. */
enum alfa_status alfa__judge(struct alfa__judgement *out, const struct alfa__features *features,
                             const struct alfa__prompt_embeddings *prompts,
                             const struct alfa_detector_options *options, struct alfa__arena *arena,
                             struct alfa_error *err);

#endif
