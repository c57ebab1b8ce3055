/* Results that are finished: one for each class, method, number of normal images and seed. They are kept as
 * JSON, one object a line, in a file that only grows, so that a run that was killed goes on where it was. */
#ifndef ALFA_EVAL_CACHE_H
#define ALFA_EVAL_CACHE_H

#include "dataset/names.h"
#include "eval/metrics.h"
#include "eval/timing.h"

/* name, as in files; title, as in tables. */
#define ALFA__EVAL_METRIC_LIST(X)                      \
    X(ALFA__EVAL_IMAGE_AUROC, "image_auroc", "AUROC")  \
    X(ALFA__EVAL_IMAGE_AP, "image_ap", "AP")           \
    X(ALFA__EVAL_IMAGE_AUPR, "image_aupr", "AUPR")     \
    X(ALFA__EVAL_IMAGE_F1, "image_f1_max", "F1-max")   \
    X(ALFA__EVAL_PIXEL_AUROC, "pixel_auroc", "pAUROC") \
    X(ALFA__EVAL_PRO, "pro", "PRO")                    \
    X(ALFA__EVAL_PRO_200, "pro_200", "PRO-200")        \
    X(ALFA__EVAL_PIXEL_F1, "pixel_f1_max", "pF1-max")

enum alfa__eval_metric {
#define ALFA__EVAL_METRIC_ENUM(id, name, title) id,
    ALFA__EVAL_METRIC_LIST(ALFA__EVAL_METRIC_ENUM)
#undef ALFA__EVAL_METRIC_ENUM
        ALFA__EVAL_METRICS
};

const char *alfa__eval_metric_name(enum alfa__eval_metric metric);
const char *alfa__eval_metric_title(enum alfa__eval_metric metric);

/* Puts what images, or pixels, measure in its places. */
void alfa__eval_put_images(struct alfa__metric values[ALFA__EVAL_METRICS],
                           const struct alfa__ranking *images);
void alfa__eval_put_pixels(struct alfa__metric values[ALFA__EVAL_METRICS],
                           const struct alfa__pixel_metrics *pixels);

/* What a threshold from the normal images alone decides (bank/calibrate.h), for each wanted rate of false
 * alarms. */
#define ALFA__EVAL_RATES 6
extern const double alfa__eval_rates[ALFA__EVAL_RATES];

struct alfa__eval_decision {
    int found, alarms; /* anomalous and normal images above the threshold */
};

struct alfa__eval_result {
    char *class_name;
    char *method; /* label: of a method, or of a row of an ablation */
    int shots, seed;
    char key[17]; /* of everything that the numbers depend on, in hex digits */
    struct alfa__metric values[ALFA__EVAL_METRICS];
    bool decides; /* there are thresholds, */
    struct alfa__eval_decision decisions[ALFA__EVAL_RATES];
    bool current;                  /* it is of the run at hand; not in files */
    int normal, anomalous, masked; /* images that were judged; anomalous ones with a mask */
    int failed;                    /* images that could not be judged */
    double kept;     /* ALFA: share of the prompts that the contextual score kept, mean over the images */
    double fallback; /* ALFA: share of the images for which one side kept nothing */
    double seconds;  /* for an image, without the pass that methods share */
    struct alfa__timing timing;    /* of the method alone (count 0: it was not timed) */
    struct alfa__names references; /* file names of the normal images it learnt from */
};

/* Zero-initialise. */
struct alfa__eval_results {
    struct alfa__eval_result *items;
    size_t count, room;
};

/* Takes over what result owns; also when that fails. One with the same key is replaced. */
enum alfa_status alfa__eval_results_add(struct alfa__eval_results *results, struct alfa__eval_result *result,
                                        struct alfa_error *err);
void alfa__eval_results_free(struct alfa__eval_results *results);

/* Of the run at hand; NULL when there is none. */
const struct alfa__eval_result *alfa__eval_results_find(const struct alfa__eval_results *results,
                                                        const char *class_name, const char *method, int shots,
                                                        int seed);

/* Whether there is one with that key, which is of the run at hand then. */
bool alfa__eval_results_take(struct alfa__eval_results *results, const char *class_name, const char *method,
                             int shots, int seed, const char *key);

/* Reads what a file holds; a missing file holds nothing. Lines that are cut off or not results are passed
 * over: *spoilt gets how many. Of equal results the last counts. */
enum alfa_status alfa__eval_cache_load(struct alfa__eval_results *out, int *spoilt, const char *path,
                                       struct alfa_error *err);

/* Adds a line at the end of the file, and the end of a line that was cut off before it. */
enum alfa_status alfa__eval_cache_append(const char *path, const struct alfa__eval_result *result,
                                         struct alfa_error *err);

/* The result as a JSON object on one line, freed with free(); NULL when out of memory. */
char *alfa__eval_result_json(const struct alfa__eval_result *result);

#endif
