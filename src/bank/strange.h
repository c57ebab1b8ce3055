/* Which of a few pictures does not belong: a robust rule on numbers that say how strange each is to the
 * others. It must stand one bad picture among five and a tenth of more, so middle and spread are medians. */
#ifndef ALFA_BANK_STRANGE_H
#define ALFA_BANK_STRANGE_H

#include <stdbool.h>

/* With fewer nobody can say which one is the odd one. */
#define ALFA__STRANGE_LEAST 4

/* How often pictures that all belong, with the spread below, have one called strange, if nothing asks for
 * another rate. */
#define ALFA__STRANGE_RATE 0.01

/* The spread of such numbers that is expected before any is seen. That of the middle ones: pictures at the
 * edge are what is looked for, and so it is less than ALFA__PRIOR_SPREAD. */
#define ALFA__STRANGE_SPREAD 0.15

/* numbers: count of them, on a scale on which those of pictures that belong are normal with a spread like
 * ALFA__STRANGE_SPREAD (log-odds, or logarithms of distances). strange[i] is set where
 *
 *     x_i > median + t(nu + n - 1, 1 - rate / n) sqrt(v (1 + 1/n)),
 *     v = (nu s0^2 + n (1.4826 MAD)^2) / (nu + n)
 *
 * with MAD the median of |x - median|: the prediction limit of calibrate.h at the rate of one picture, with
 * robust estimates. Nothing is set when that is more than a fifth of them (they are of two kinds then, and
 * which is the right one nobody can say), or for fewer than ALFA__STRANGE_LEAST. Returns how many, or -1 when
 * out of memory. */
int alfa__strange_find(bool *strange, const double *numbers, int count, double rate);

/* The median; sorts the numbers. count at least 1. */
double alfa__median(double *numbers, int count);

#endif
