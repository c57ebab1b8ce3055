/* What the methods have in common: sharing one pass over an image, prototypes of texts, layers, smoothing. */
#ifndef ALFA_METHODS_SHARE_H
#define ALFA_METHODS_SHARE_H

#include "detect/method.h"
#include "prompt/sentences.h"

/* Adds what one needs to all. Fails with ALFA_ERROR_LIMIT when these are too many scales or layers for one
 * pass. */
enum alfa_status alfa__request_join(struct alfa__feature_request *all,
                                    const struct alfa__feature_request *one, struct alfa_error *err);

/* The features of a pass for all as if only one had been asked for; one must have been joined to all. Lends.
 */
void alfa__features_view(struct alfa__features *out, const struct alfa__features *features,
                         const struct alfa__feature_request *all, const struct alfa__feature_request *one);

/* Two unit vectors, normal first, in one block of 2 x dim doubles: the mean of the unit-length embeddings of
 * each side's sentences, brought to length 1. Freed with free(). */
enum alfa_status alfa__text_prototypes(double **out, const struct alfa_model *model,
                                       const struct alfa__sentences sides[2], struct alfa_error *err);

/* The same with sides given as lists of texts. */
enum alfa_status alfa__text_prototype(double *out, const struct alfa_model *model, const char *const *texts,
                                      int count, struct alfa_error *err);

/* Whether a noun is one of the surfaces of MVTec AD (carpet, wood...) rather than a thing. */
bool alfa__is_surface(const char *noun);

/* For methods that look at one layer, which stands first in their state: a zeroed state of size bytes with
 * the layer that the setup names, or the one that suits the model. *out is NULL or to be freed after a
 * failure, as method->open() says. A list of layers fails with ALFA_ERROR_USAGE. */
enum alfa_status alfa__layer_state_open(void **out, size_t size, const struct alfa__method_setup *setup,
                                        struct alfa_error *err);

/* method->request() of such a state. */
void alfa__layer_state_request(const void *state, struct alfa__feature_request *out);

/* A map of side x side cells in the arena for a verdict; NULL when out of memory. */
double *alfa__verdict_map(struct alfa__verdict *out, int side, struct alfa__arena *arena);

/* Largest of count numbers. */
double alfa__largest(const double *numbers, int count);

/* Unit rows of a layer's features (rows of zeros stay), count x dim in the arena; NULL when out of memory. */
float *alfa__unit_rows(const float *rows, int count, int dim, struct alfa__arena *arena);

#endif
