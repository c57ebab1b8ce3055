/* The interface of the compared methods (src/methods): open for a model and a noun, learn from a few normal
 * images where the method does, score an image. ALFA is one of them.
 *
 * A method says what it needs to know about an image (clip/features.h). What several methods need is joined,
 * computed in one pass over the image, and each is shown its part of it (methods/share.h).
 *
 *     method = alfa__method_find("patchcore");
 *     method->open(&state, &setup, &err);
 *     method->request(state, &request);
 *     method->learn(state, references, count, &err);           few-shot methods
 *     for each image: method->score(state, &verdict, &features, &arena, &err);
 *     method->finish(state, verdicts, count, &arena, &err);    methods that judge images by each other
 *     method->free(state);
 *
 * Scores of different methods are not on one scale; more is more abnormal in all of them. */
#ifndef ALFA_DETECT_METHOD_H
#define ALFA_DETECT_METHOD_H

#include "bank/calibrate.h"
#include "clip/features.h"

/* Which of ALFA's scores stands for the image (Table 6 of the paper). */
enum alfa__image_score { ALFA__SCORE_BOTH, ALFA__SCORE_GLOBAL, ALFA__SCORE_LOCAL };

/* What a class is judged with. Strings and model are lent until the state is freed. */
struct alfa__method_setup {
    const struct alfa_model *model;
    const char *noun;
    const char *domain;     /* of those templates; NULL: industrial */
    const char *templates;  /* a prompt file instead of ALFA's 72 templates; NULL: the templates */
    const char *prompt_set; /* a prompt file beside them; NULL: none */
    const struct alfa_prompts *prompts;    /* ALFA's sentences instead of those two; NULL: made from them */
    struct alfa_detector_options detector; /* of ALFA and WinCLIP; temperature and resize of all */
    struct alfa_bank_options bank;         /* of ALFA and WinCLIP; layers of the others that learn */
    enum alfa__image_score image_score;    /* of ALFA */
    bool texture;   /* the noun is a surface (carpet, wood), not a thing: for AnoVL's wording */
    double coreset; /* share of the patches that PatchCore keeps, above 0 to 1 */
    int neighbours; /* images that SPADE compares with */
    int dimensions; /* that PaDiM keeps of a layer */
};
#define ALFA__METHOD_SETUP_INIT                                                                 \
    {                                                                                           \
        .detector = ALFA_DETECTOR_OPTIONS_INIT, .bank = ALFA_BANK_OPTIONS_INIT, .coreset = 0.1, \
        .neighbours = 50, .dimensions = 100                                                     \
    }

/* A normal image to learn from. */
struct alfa__reference_image {
    const struct alfa_image *image;
    const char *name;
    const struct alfa__features *features; /* as requested */
};

/* What a method says about an image. */
struct alfa__verdict {
    double score;
    int side;      /* cells of the map in each direction; 0: the method has no map */
    double *map;   /* side x side, in the arena */
    double kept;   /* share of the prompts that the contextual score kept; ALFA only */
    bool fallback; /* one side kept nothing */
    const struct alfa__calibration *calibration; /* scores of the normal images as if they were new, lent
                                                    until the state is freed; NULL: none */
};

struct alfa__pipeline;

struct alfa__method {
    enum alfa_method kind;
    const char *name;  /* "patchcore", as one types it */
    const char *title; /* "PatchCore", as tables say it */
    const char *paper;
    bool zero_shot;   /* judges without normal images */
    bool few_shot;    /* learns from normal images; without zero_shot it must */
    bool no_map;      /* its verdicts are scores alone */
    bool decides;     /* scores and maps are probabilities: 0.5 is between normal and abnormal */
    bool shares;      /* they are shares of a whole that all cells divide among them */
    bool from_images; /* it learns from the images themselves and needs no features of them */
    const struct alfa__pipeline *pipeline; /* of a detector that works by it (pipeline.h) */
    double sigma; /* its authors smooth the map with a Gaussian of so many pixels; 0: they do not */

    /* *state is freed with free(), also after a failure (it may be NULL then). */
    enum alfa_status (*open)(void **state, const struct alfa__method_setup *setup, struct alfa_error *err);
    void (*request)(const void *state, struct alfa__feature_request *out);
    /* Once, before the first score. NULL for methods that are not few_shot. */
    enum alfa_status (*learn)(void *state, const struct alfa__reference_image *references, int count,
                              struct alfa_error *err);
    enum alfa_status (*score)(void *state, struct alfa__verdict *out, const struct alfa__features *features,
                              struct alfa__arena *arena, struct alfa_error *err);
    /* NULL, or: score() has only looked and given no verdict; these are the verdicts of all images that it
     * was shown, in their order. */
    enum alfa_status (*finish)(void *state, struct alfa__verdict *out, int count, struct alfa__arena *arena,
                               struct alfa_error *err);
    void (*free)(void *state);
};

/* All of them, in the order of tables; the list ends with NULL. */
extern const struct alfa__method *const alfa__methods[];

/* The method called name, or NULL. */
const struct alfa__method *alfa__method_find(const char *name);

/* The same by number. */
const struct alfa__method *alfa__method_get(enum alfa_method kind);

#endif
