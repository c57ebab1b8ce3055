/* The detector's insides, shared by what judges (detector.c) and what learns (learn.c). */
#ifndef ALFA_DETECT_DETECTOR_H
#define ALFA_DETECT_DETECTOR_H

#include "base/watch.h"
#include "detect/recall.h"
#include "detect/roi.h"
#include "detect/scratch.h"

struct alfa_detector {
    const struct alfa_model *model;
    struct alfa_prompts *prompts; /* held */
    struct alfa_detector_options options;
    struct alfa__watch watch;
    struct alfa__prompt_embeddings embeddings;
    struct alfa__arena arena;
    int truncated;
    bool explains;                             /* results keep what alfa_detector_explain() says */
    const struct alfa_bank *bank;              /* NULL: zero-shot */
    struct alfa__layer layers[ALFA__MAX_TAPS]; /* that the bank asks for */
    int layer_count;
    struct alfa__roi roi;
    char *settings;                    /* alfa__detector_settings(); NULL: not asked for yet */
    struct alfa_times times;           /* of the passes over the current image */
    const struct alfa__method *method; /* that judges (method.h) */
    struct alfa__compared *compared;   /* of a compared method (methods/compared.h) */
    struct alfa__scratch *scratch;     /* beside arena, for calls at once */
};

struct alfa_bank {
    struct alfa__bank_data store;
    pthread_mutex_t lock; /* of the store's list of references while alfa_bank_look() may ask for one */
    struct alfa_bank_info info;
    struct alfa_picture *pictures; /* one a reference, while it is finished */
    char *layer_names, sentence[400];
    struct alfa__layer layers[ALFA__MAX_TAPS];
    int layer_count, grid, budget, tiles; /* tiles a side; ALFA_TILES_AUTO until the first image decides */
    int threads;                          /* of the model of the detector that added last, */
    struct alfa__watch watch;             /* and whom it tells */
    enum alfa_turned turned;              /* settled: AUTO only where finishing decides */
    bool keep_all;
    bool fixtured; /* its images show parts that always lie alike (fixture.h) */
    double rate;
    struct alfa__fusion fusion;
    double known_limit; /* what looks like a known defect shares more with it than this (known.h) */
    bool known_joins;   /* and raises the score */
    bool finished;      /* since the last reference was added */
    bool begun;         /* it had images when one was added last: what alfa_bank_look() asks, on any thread */
    bool alone;         /* its scores are of copies of one image, which stand for no rate */
    enum alfa_choice choice;
    double wanted;                     /* by the choice; of RATE it is rate */
    const struct alfa__method *method; /* of the detector that added last; NULL: none did */
    const struct alfa_model *model;    /* of the compared method that added last; NULL: none */
};

/* Whether images are, or may be, remembered turned as well. */
static inline bool alfa__bank_turns(const struct alfa_bank *bank)
{
    return bank->turned != ALFA_TURNED_NEVER && !bank->store.as_they_lie;
}

/* A copy of the detector with scratch memory of its own, for a call beside others: a call changes scratch
 * memory and times, and nothing else. */
struct alfa__loan {
    struct alfa_detector own;
    struct alfa__spare *spare;
    struct alfa__mark mark;
};

/* detector.c */
enum alfa_status alfa__detector_lend(struct alfa__loan *out, struct alfa_detector *d, struct alfa_error *err);
void alfa__detector_return(struct alfa__loan *loan, struct alfa_detector *d);

/* Puts what suits a model, with or without a convolutional stem, in the place of what is AUTO. */
void alfa__detector_settle(struct alfa_detector_options *options, bool stem);

#endif
