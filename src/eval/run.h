/* Comparing methods on data sets: every class, method, number of normal images and seed; one pass over an
 * image serves all methods. What is finished is kept and not done again.
 *
 * Rules, so that numbers can be compared: images are made square as the options say (detector.resize), masks
 * with them; maps and masks are
 * compared at the model's image size, maps enlarged bilinearly, masks by the nearest pixel, or (original) at
 * each photograph's own size, to which the map of the model's size is enlarged bilinearly; pixels of all
 * images of a class are pooled, normal images included, anomalous images without a mask left out; the normal
 * images of a seed depend on the seed and on file names alone, and those of a smaller number are among those
 * of a larger one. */
#ifndef ALFA_EVAL_RUN_H
#define ALFA_EVAL_RUN_H

#include "dataset/dataset.h"
#include "eval/cache.h"
#include "eval/shots.h"

enum alfa__ablation {
    ALFA__ABLATION_NONE,
    ALFA__ABLATION_COMPONENTS, /* Table 2: templates, sentences, contextual score, aligner */
    ALFA__ABLATION_SCALES,     /* Table 6: windows 2, 2-3, 2-3-4, and patches (1) */
    ALFA__ABLATION_PROMPTS,    /* Table 3: whose prompts */
    ALFA__ABLATION_SCORE       /* Table 6: S_G, max S~_L, both */
};

struct alfa__eval_options {
    const struct alfa_model *model;
    char **folders; /* of data sets */
    int folder_count;
    struct alfa__own_folders own; /* a class of its own when normal or abnormal is given */
    const char *nouns;            /* file that overrides nouns; may be NULL */
    const char *methods;          /* names with commas; NULL: all */
    enum alfa__ablation ablation;
    const char *templates; /* a prompt file instead of ALFA's 72 templates; NULL: those */
    const char *domain;    /* of the templates; NULL: industrial */
    int shots[ALFA__EVAL_MAX_SHOTS];
    int shot_count, seeds;
    struct alfa_detector_options detector;
    struct alfa_bank_options bank; /* of ALFA and WinCLIP with normal images; layers of the others, too */
    int timed;                     /* images of each class that every entrant is timed on, alone */
    int bits;                      /* of 16, of files that do not say it (struct alfa_image_options); 0: 16 */
    bool original;                 /* pixel metrics at each photograph's own size instead of the model's */
    const char *out;               /* folder for tables and results; NULL: none are written */
    const char *features;     /* folder for what the model saw (eval/store.h); NULL: out/features, if out */
    long long features_limit; /* bytes that it may hold; 0: nothing is kept */
    /* Prompt file of a class, freed with free(); NULL: the templates alone. */
    char *(*prompts)(void *context, const char *class_name, const char *noun);
    /* Lets others look at images, whose names are lent, as a look says (eval/look.h), and put what they see
     * into the folder of features; what they do not is looked at here. Not without that folder. NULL: nobody.
     */
    enum alfa_status (*look)(void *context, const char *look, const char *const *images, size_t count,
                             struct alfa_error *err);
    void (*note)(void *context, const char *source, const char *text); /* what is odd about the data sets,
                                       before the work begins; NULL: it is among the outcome's notices */
    void (*progress)(void *context, int done, int total); /* steps: images, and measurements that are quick */
    bool (*stop)(void *context);                          /* asked between images */
    void *context;
};

/* How a run ended. Free with alfa__eval_outcome_free(). */
struct alfa__eval_outcome {
    char *markdown;                /* the tables; NULL after a failure */
    char *lines;                   /* the results as JSON, one a line; NULL after a failure */
    struct alfa__notices notices;  /* what is odd about the data sets */
    struct alfa__notices failures; /* what could not be judged or compared */
    int made, reused;              /* results */
    bool stopped;
};

/* Checks options, reads the data sets, runs what is not there yet, writes out/report.md, out/results.csv and
 * out/results.json; out/results.jsonl grows on the way, and what the model sees of the images is kept. Images
 * that fail are in outcome->failures and everything else goes on. Fails when nothing can be done: wrong
 * options, no data set, an output that cannot be written. */
enum alfa_status alfa__eval_run(struct alfa__eval_outcome *outcome, const struct alfa__eval_options *options,
                                struct alfa_error *err);
void alfa__eval_outcome_free(struct alfa__eval_outcome *outcome);

#endif
