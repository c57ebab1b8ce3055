/* Who is compared: methods, or the rows of an ablation, each a method with settings of its own. */
#ifndef ALFA_EVAL_RUN_ENTRANTS_H
#define ALFA_EVAL_RUN_ENTRANTS_H

#include "detect/method.h"
#include "eval/run.h"

#define ALFA__MAX_ENTRANTS 32

struct alfa__entrant {
    char label[48]; /* in files: "patchcore", "components:template+aligner" */
    char title[64]; /* in tables */
    const struct alfa__method *method;
    struct alfa__method_setup setup; /* without what depends on the class */
    bool templates, sentences;       /* ALFA's templates and the sentences of a prompt file are used */
    bool learns;                     /* takes part with normal images, if the method can */
};

struct alfa__entrants {
    struct alfa__entrant items[ALFA__MAX_ENTRANTS];
    int count;
};

/* Fails with ALFA_ERROR_USAGE for a method that does not exist or is named twice. */
enum alfa_status alfa__entrants_make(struct alfa__entrants *out, const struct alfa__eval_options *options,
                                     struct alfa_error *err);

/* Whether it takes part with so many normal images. */
bool alfa__entrant_takes(const struct alfa__entrant *entrant, int shots);

#endif
