/* A threshold that means something: from scores of normal images to the score above which an image is called
 * an anomaly, for a wanted rate of false alarms (split conformal prediction).
 *
 * The promise holds for scores that were made as the scores of new images will be: of normal images that the
 * memory does not know, or with an image's own rows left out. One score an image; several of one image
 * (turned, brightened) depend on each other and count for less than the numbers here claim.
 *
 * The pixel threshold is made by the same functions from the largest value of each normal image's map. So its
 * rate is that of normal images with any pixel marked, which is what an inspector has to look at; a quantile
 * of all pixels would promise a rate of pixels and mark a few in every image. */
#ifndef ALFA_BANK_CALIBRATE_H
#define ALFA_BANK_CALIBRATE_H

#include "base/status.h"

#define ALFA__MAX_SCORES 100000        /* of one calibration */
#define ALFA__THRESHOLD_MARGIN 0.05    /* above the largest score when the scores have no spread */
#define ALFA__THRESHOLD_NO_SPREAD 1e-6 /* largest minus smallest score that counts as none */

/* How a threshold was found. One line a rule: name in files, name as it is written there. */
#define ALFA__RULE_LIST(X)                                                                      \
    X(ALFA__RULE_NONE, "none")           /* not calibrated */                                   \
    X(ALFA__RULE_CONFORMAL, "conformal") /* order statistic; the rate is promised */            \
    X(ALFA__RULE_SPREAD, "spread")       /* mean + 3 sd; nothing is promised */                 \
    X(ALFA__RULE_LARGEST, "largest")     /* the largest score, where mean + 3 sd is below it */ \
    X(ALFA__RULE_MARGIN, "margin")       /* one score or equal scores: the largest + ALFA__THRESHOLD_MARGIN */

enum alfa__rule {
#define ALFA__RULE_ENUM(name, text) name,
    ALFA__RULE_LIST(ALFA__RULE_ENUM)
#undef ALFA__RULE_ENUM
};

struct alfa__threshold {
    enum alfa__rule rule;
    double value; /* a score above it is an anomaly; may be more than 1, then none ever is */
    double rate;  /* of false alarms, as wanted */
    int count;    /* scores it was made from */
    int rank;     /* CONFORMAL: value is the rank-th smallest of them; 0 otherwise */
};

/* For count scores in ascending order and a rate alpha in (0, 1): the k-th smallest with
 * k = ceil((count + 1) (1 - alpha)). With k > count no score can stand for the rate; then mean + 3 sd (sd
 * with count - 1), or the largest score when that is higher; without spread the largest + margin. Fails with
 * ALFA_ERROR_USAGE for a rate out of range, no or too many scores, or one that is not finite. */
enum alfa_status alfa__threshold_find(struct alfa__threshold *out, const double *sorted, int count,
                                      double rate, struct alfa_error *err);

/* One sentence for people, cut to size bytes: "4 images cannot support a false-alarm rate of 1 %; the
 * threshold is mean + 3 sd of leave-one-out scores". scores says what they are: "leave-one-out scores". */
void alfa__threshold_sentence(char *out, size_t size, const struct alfa__threshold *threshold,
                              const char *scores);

/* "conformal"; and back, false for an unknown name. */
const char *alfa__rule_name(enum alfa__rule rule);
bool alfa__rule_from_name(enum alfa__rule *out, const char *name);

/* The share of normal images that look at least as abnormal: (1 + #{calibration score >= score}) / (count +
 * 1). For a normal image it is at most alpha with a probability of at most alpha. 1 when count is 0. */
double alfa__p_value(const double *sorted, int count, double score);

/* Scores with the threshold that was made of them. Zero-initialise: not calibrated. */
struct alfa__calibration {
    struct alfa__threshold threshold;
    double *scores; /* threshold.count, ascending */
};

/* Copies and sorts the scores and finds the threshold. Replaces what was there; on failure that stays. */
enum alfa_status alfa__calibration_set(struct alfa__calibration *calibration, const double *scores, int count,
                                       double rate, struct alfa_error *err);
void alfa__calibration_free(struct alfa__calibration *calibration);

#endif
