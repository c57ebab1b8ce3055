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

#define ALFA__MAX_SCORES 100000 /* of one calibration */

/* What is known of a product's normal images before any is seen: their log-odds spread like SPREAD, and that
 * is worth DEGREES observations of it. Measured on products that no figure is quoted for (docs/method.md). */
#define ALFA__PRIOR_SPREAD 0.22
#define ALFA__PRIOR_DEGREES 8

/* Of the rate that is promised on average it is also said what it stays below this often. */
#define ALFA__CONFIDENCE 0.9

/* How the distance to the nearest of what k images hold falls with k, as k^-ALFA__FALL: a memory without an
 * image is smaller than the one that will judge, and everything is farther from it. Measured likewise. */
#define ALFA__FALL 0.2

/* By how much a new image lies above slightly changed copies of the only one that is known, and how that
 * differs from product to product. */
#define ALFA__COPIES_SHIFT 0.75
#define ALFA__COPIES_SPREAD 0.35

/* How a threshold was found. One line a rule: name in files, name as it is written there. */
#define ALFA__RULE_LIST(X)                                                                              \
    X(ALFA__RULE_NONE, "none")           /* not calibrated */                                           \
    X(ALFA__RULE_CONFORMAL, "conformal") /* order statistic; the rate is promised */                    \
    X(ALFA__RULE_PREDICTED, "predicted") /* prediction limit; the rate is promised under assumptions */ \
    X(ALFA__RULE_COPIES, "copies")       /* from changed copies of one image: an experience */          \
    X(ALFA__RULE_ALONE, "alone")         /* one image: scores, and no threshold */                      \
    X(ALFA__RULE_FOUND, "found")         /* chosen with known bad images (tradeoff.h), */               \
    X(ALFA__RULE_F1, "f1")               /* likewise */                                                 \
    X(ALFA__RULE_GIVEN, "given")         /* a number that somebody chose */

enum alfa__rule {
#define ALFA__RULE_ENUM(name, text) name,
    ALFA__RULE_LIST(ALFA__RULE_ENUM)
#undef ALFA__RULE_ENUM
};

struct alfa__threshold {
    enum alfa__rule rule;
    double value; /* a score above it is an anomaly; NAN: there is none (ALONE) */
    double rate;  /* of false alarms, as wanted */
    int count;    /* scores it was made from */
    int rank;     /* CONFORMAL: value is the rank-th smallest of them; 0 otherwise */
};

/* Fewer scores are too coarse to be counted off: one step of them is a twentieth of all normal images. */
#define ALFA__LEAST_COUNTED 19

/* What a score from a memory of so many images (judging) would have been with the whole one (learned): its
 * log-odds less ALFA__FALL log(learned / judging). For scores whose odds are those of a distance
 * (ALFA_FUSION_ODDS). */
double alfa__score_of_whole(double score, int judging, int learned);

/* For count scores in ascending order and a rate alpha in (0, 1): with ALFA__LEAST_COUNTED of them or more
 * the k-th smallest with k = ceil((count + 1) (1 - alpha)). With fewer, or with k > count, no score can stand
 * for the rate; then the upper prediction limit of a normal law on the log-odds z = log(s / (1 - s)),
 *
 *     mean + t(nu + n - 1, 1 - alpha) sqrt(v (1 + 1/n)),   v = (nu s0^2 + sum (z - mean)^2) / (nu + n - 1)
 *
 * for n = count, s0 = ALFA__PRIOR_SPREAD, nu = ALFA__PRIOR_DEGREES (the variance of a few scores is held by
 * what is known of other products). But with k > count at least the largest, so that a smaller rate never
 * has a lower threshold than one that is counted off. Scores of changed copies of one image (copies) stand
 * for no rate: mean + ALFA__COPIES_SHIFT + t(nu, 1 - alpha) ALFA__COPIES_SPREAD, or the largest. Fails with
 * ALFA_ERROR_USAGE for a rate out of range, no or too many scores, or one that is not finite. */
enum alfa_status alfa__threshold_find(struct alfa__threshold *out, const double *sorted, int count,
                                      bool copies, double rate, struct alfa_error *err);

/* What is left when the scores are of copies and a rate was asked for: no value, and the rule ALONE. */
void alfa__threshold_withdraw(struct alfa__threshold *threshold);

/* The number that a variable of Student's law with so many degrees of freedom (at least 1) stays below with
 * this probability, in (0, 1). */
double alfa__student_quantile(int degrees, double probability);

/* The false-alarm rate that the true one of a product is below with ALFA__CONFIDENCE, under the assumptions
 * of the rule: of CONFORMAL none but that scores are exchangeable (the rate is Beta-distributed), of
 * PREDICTED those of its law. NAN: the rule says nothing about it. */
double alfa__threshold_bound(const struct alfa__threshold *threshold);

/* One sentence for people, cut to size bytes: "4 images are too few to count out a false-alarm rate of 5 %
 * (19 are enough): 5 % is expected on average over products, and less than 13 % with a confidence of 90 %".
 */
void alfa__threshold_sentence(char *out, size_t size, const struct alfa__threshold *threshold);

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
                                       bool copies, double rate, struct alfa_error *err);
void alfa__calibration_free(struct alfa__calibration *calibration);

#endif
