/* Dot products and lengths of embeddings. Sums are double and have a fixed order, so equal vectors give equal
 * numbers on every processor. */
#ifndef ALFA_SCORE_VECTORS_H
#define ALFA_SCORE_VECTORS_H

#include <stdbool.h>

double alfa__dot_ff(const float *a, const float *b, int dim);
double alfa__dot_fd(const float *a, const double *b, int dim);
double alfa__dot_dd(const double *a, const double *b, int dim);

/* 1 / |a|, 0 for the zero vector (and for one so small that the quotient is not finite). */
double alfa__inverse_length(const float *a, int dim);

/* Brings a to length 1. Returns false and leaves it alone when that is impossible. */
bool alfa__normalise(double *a, int dim);

/* <a, b> = a.b / (|a| |b|), 0 when one of them is zero. */
double alfa__cosine_ff(const float *a, const float *b, int dim);
double alfa__cosine_fd(const float *a, const double *b, int dim);

#endif
