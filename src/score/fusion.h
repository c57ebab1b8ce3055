/* From embeddings and prototypes to scores, from window scores to a map, and the image's score (ALFA, Eq.
 * 10-12; WinCLIP's harmonic aggregation). Everything is double; scores are abnormal probabilities, 0..1. */
#ifndef ALFA_SCORE_FUSION_H
#define ALFA_SCORE_FUSION_H

/* Eq. 1: exp(a / tau) / (exp(n / tau) + exp(a / tau)) for the cosines n to the normal and a to the abnormal
 * side. */
double alfa__abnormal_probability(double normal, double abnormal, double temperature);

/* Eq. 10 with f(x) and F_TG, Eq. 11 with a window's f_I,ij and F_TL,ij. prototypes: 2 x dim, normal first. */
double alfa__score(const float *embedding, const double *prototypes, int dim, double temperature);

/* One scale's map [grid x grid] from the scores of its (grid - side + 1)^2 windows of side x side patches,
 * stride 1, row-major: the harmonic mean of the scores of the windows that cover a patch. */
void alfa__harmonic_scale(double *map, const double *scores, int grid, int side);

/* The same where only the patches inside count (clip/inside.h): 0 outside, and scores of windows that do not
 * count are not read. */
void alfa__harmonic_scale_inside(double *map, const double *scores, const unsigned char *inside, int grid,
                                 int side);

/* S~_L: the harmonic mean of count maps, patch by patch. */
void alfa__harmonic_maps(double *out, const double *const *maps, int count, int patches);

/* The pixel map M0 before upsampling: the same with the image's S_G as one more map,
 * (count + 1) / (sum of 1 / s_k + 1 / S_G). */
void alfa__harmonic_with_global(double *out, const double *const *maps, int count, int patches,
                                double global);

/* max of S~_L. */
double alfa__local_score(const double *map, int patches);

/* Eq. 12: S = 1/2 (S_G + max S~_L). */
double alfa__image_score(double global, double local);

#endif
