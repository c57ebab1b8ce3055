/* Methods whose state is a pair of text prototypes and a temperature. */
#ifndef ALFA_METHODS_PAIR_H
#define ALFA_METHODS_PAIR_H

#include "methods/share.h"

struct alfa__pair {
    double *prototypes; /* 2 x dim, normal first */
    double temperature;
};

/* Takes the sentences over; filled is how filling them ended. */
enum alfa_status alfa__pair_open(void **out, struct alfa__sentences sides[2], enum alfa_status filled,
                                 double temperature, const struct alfa_model *model, struct alfa_error *err);
void alfa__pair_free(void *pair);

/* Eq. 1 for every patch: rows, of the features, is grid^2 x dim, raw. */
enum alfa_status alfa__pair_map(const struct alfa__pair *pair, struct alfa__verdict *out,
                                const struct alfa__features *features, const float *rows,
                                struct alfa__arena *arena, struct alfa_error *err);

#endif
