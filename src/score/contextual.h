/* Which prompts speak for an image: the contextual score (ALFA, Eq. 2-4) and the prototypes made of the
 * prompts that it keeps (F_TG of section 3.3). Pure functions on the caller's arrays.
 *
 * Pairs [2] are in the order of enum alfa_side. Embeddings need not have length 1: wherever one enters, it is
 * divided by its length. */
#ifndef ALFA_SCORE_CONTEXTUAL_H
#define ALFA_SCORE_CONTEXTUAL_H

#include "alfa.h"

/* Eq. 2 for the normal and Eq. 3 for the abnormal prompts: d(t) = <f(x), g(t)> for count of them. image: dim;
 * prompts: count x dim; out: count. */
void alfa__contextual_cosines(double *out, const float *image, const float *prompts, int count, int dim);

/* The interval [min d, max d] of one side that Eq. 4 measures distances to; count > 0. */
struct alfa__interval {
    double low, high;
};
struct alfa__interval alfa__contextual_interval(const double *cosines, int count);

/* Eq. 4: S_c = D / (D + exp(-k D)), D = | dist(d, I+) - dist(d, I-) |. 0 only for D = 0. */
#define ALFA__CONTEXTUAL_K 1.0
double alfa__contextual_score(double cosine, struct alfa__interval normal, struct alfa__interval abnormal,
                              double k);

/* What the contextual score makes of the prompts of an image. */
struct alfa__selection {
    double *weights[2]; /* one a prompt, in arrays of the caller; 0: the prompt does not count */
    int kept[2];        /* how many weights are not 0 */
    bool fallback;      /* one side kept nothing, so both sides use all prompts */
};

/* Fills *selection from the cosines of both sides. Weights: with FILTER 1 where S_c > 0 (Algorithm 1), with
 * WEIGHTED S_c, with OFF 1. When S_c is 0 for a whole side (one interval lies in the other), all weights of
 * both sides are 1 and fallback is set, as a prototype of one side alone would tilt the score. */
void alfa__contextual_select(struct alfa__selection *selection, enum alfa_contextual how, double k,
                             const double *const cosines[2], const int counts[2]);

/* Mean of the unit-length embeddings, weighted when weights is not NULL, brought to length 1. embeddings:
 * count x dim; out: dim. Zero when all weights are. */
void alfa__prototype(double *out, const float *embeddings, const double *weights, int count, int dim);

/* WinCLIP's reading: mean of the embeddings as they come, brought to length 1. */
void alfa__prototype_of_raw(double *out, const float *embeddings, int count, int dim);

#endif
