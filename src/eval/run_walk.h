/* The walk over one class: what is to be done, and what of it is done (run_class.c). Numbers come out of it
 * in run_measure.c, pictures in run_panels.c. */
#ifndef ALFA_EVAL_RUN_WALK_H
#define ALFA_EVAL_RUN_WALK_H

#include "dataset/mask.h"
#include "eval/run_class.h"
#include "methods/share.h"

/* A method with so many normal images of a seed, on its way through the class. */
struct alfa__unit {
    const struct alfa__entrant *entrant;
    int shots, seed;
    int learns; /* normal images */
    char key[17];
    void *state;
    struct alfa__feature_request request;
    bool dropped;   /* it failed; the failure has been said */
    bool known;     /* its result is there, only its maps are wanted for the panels */
    double *scores; /* one an item */
    const struct alfa__calibration *calibration; /* of the state; NULL: it has no thresholds */
    float *maps;                                 /* items x side^2; NULL without map */
    int side, fallbacks;
    double kept, seconds;
    int *order; /* of the normal images for this seed */
};

/* The class while it is walked over. */
struct alfa__walk {
    struct alfa__eval_run *run;
    const struct alfa__class *class;
    char *prompts;     /* file of sentences; NULL: none */
    uint64_t contents; /* of the class (eval/contents.h) */
    struct alfa__unit *units;
    int count, failed;
    uint64_t panels;          /* their key; 0: they are there, or not wanted */
    bool *judged;             /* one an item */
    int (*sizes)[2];          /* one an item: width and height that its pixels are compared at */
    struct alfa__mask *masks; /* one an item, pixels NULL: none */
    struct alfa__arena arena;
};

/* Fills in prompts, units and panels: the units whose results are not there, and those that panels need which
 * are not there. Too few normal images: no units. */
enum alfa_status alfa__walk_plan(struct alfa__walk *w, struct alfa_error *err);
void alfa__walk_free(struct alfa__walk *w);

/* Asks whether the run shall stop; says that one more step is done. */
bool alfa__walk_stopped(const struct alfa__walk *w);
void alfa__walk_step(struct alfa__walk *w);

/* The unit goes no further, and the outcome says why; the others do. */
void alfa__unit_drop(struct alfa__walk *w, struct alfa__unit *unit, const struct alfa_error *err);

/* Measures a unit and keeps its result; with failed images only until the end of this run. */
enum alfa_status alfa__unit_conclude(struct alfa__walk *w, struct alfa__unit *unit, struct alfa_error *err);

/* The map of item i at the model's size, as the method's authors smooth it, into map. */
enum alfa_status alfa__unit_map(float *map, struct alfa__walk *w, const struct alfa__unit *unit, size_t i,
                                struct alfa_error *err);

/* Draws the panels of the first seed of everything. */
enum alfa_status alfa__walk_draw(struct alfa__walk *w, struct alfa_error *err);

#endif
