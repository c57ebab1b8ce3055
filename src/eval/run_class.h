/* One class of a data set: everything that is not there yet, in one walk over its images. */
#ifndef ALFA_EVAL_RUN_CLASS_H
#define ALFA_EVAL_RUN_CLASS_H

#include "dataset/dataset.h"
#include "eval/cache.h"
#include "eval/run_entrants.h"
#include "eval/store.h"

/* A run as the class sees it. */
struct alfa__eval_run {
    const struct alfa__eval_options *options;
    const struct alfa__entrants *entrants;
    struct alfa__eval_results *results;
    struct alfa__eval_outcome *outcome;
    const char *cache; /* path of results.jsonl; NULL: none */
    int number;        /* of the run in its folder (eval/place.h); 0: no folder */
    char id[17];
    struct alfa__store store;
    int done, total; /* steps */
    int wanted;      /* results, those from before included */
};

/* Steps that the class still needs, 0 when all its results and panels are there; how many results are
 * missing. */
enum alfa_status alfa__eval_class_steps(int *steps, int *missing, const struct alfa__eval_run *run,
                                        const struct alfa__class *class, struct alfa_error *err);

/* Adds the results that were not there, and draws the panels. Images and methods that fail go to the
 * outcome's failures. Fails when memory is short or the cache cannot be written. When the run is stopped the
 * class adds nothing. */
enum alfa_status alfa__eval_class(struct alfa__eval_run *run, const struct alfa__class *class,
                                  struct alfa_error *err);

/* The order in which a seed takes the normal images: indices of class->normals, freed with free(); NULL when
 * out of memory. It depends on the seed and on file names alone. */
int *alfa__eval_order(const struct alfa__class *class, int seed);

#endif
