/* A detector that works by one of the compared methods (method.h) rather than by ALFA or WinCLIP: one pass
 * over the whole image, the method's verdict, a result made of it.
 *
 * One scale for all. Probabilities stay as they are. A distance x becomes x / (x + level), so that 0.5 means
 * as strange as normal images are at most: level is the mean over the normal images of a bank of their own
 * largest distance, each judged as if it were new, or the median over the images that judge each other. A
 * cell's share of a whole is handled likewise; its level is that of equal shares. Order stays, so no ranking
 * changes. */
#ifndef ALFA_METHODS_COMPARED_H
#define ALFA_METHODS_COMPARED_H

#include "bank/data.h"
#include "detect/pipeline.h"

#define ALFA__COMPARED_MAX_BATCH 1000 /* images that judge each other */

/* What a number on a method's own scale must be to be shown as 0.5. */
struct alfa__levels {
    bool known; /* false: numbers stay as they are */
    double score, map;
};

/* An image that was shown (alfa_detector_show). */
struct alfa__shown {
    char sum[33]; /* of its pixels */
    struct alfa_times times;
    double seconds;
};

struct alfa__compared {
    void *state;
    struct alfa__feature_request request;
    struct alfa__levels levels;

    struct alfa__shown *shown;      /* by methods that judge images by each other: */
    struct alfa__verdict *verdicts; /* one an image shown, in arena; NULL until they are asked for */
    struct alfa__arena arena;
    int count;
    double seconds; /* that the verdicts took */
};

/* x / (x + level), or x itself. */
double alfa__compared_scale(double x, bool known, double level);

/* The largest of them, at least 0. */
double alfa__compared_peak(const float *map, size_t pixels);

/* The verdict's map on its method's own scale, enlarged to side x side pixels and smoothed as the method
 * wants. */
enum alfa_status alfa__compared_map(float *out, int side, const struct alfa__method *method,
                                    const struct alfa__verdict *verdict, struct alfa__arena *arena,
                                    struct alfa_error *err);

/* Banks of such detectors (compared_bank.c) hold what the method looked at, for it to learn from it anew when
 * the bank is used: for every normal image, and for slightly changed copies of the first ones, a row of the
 * part "image", f(x), and the rows of one layer. A row x of the layer is kept as (x, 1) brought to length 1,
 * as memories want it; so the length of x is not lost. */

/* Begins a new bank with the part "image"; that of the layer follows it. Fails with ALFA_ERROR_USAGE when the
 * method does not learn or an option has no meaning for it. */
enum alfa_status alfa__compared_begin(struct alfa_bank *bank, const struct alfa_detector *d,
                                      struct alfa_error *err);

/* Keeps a pass over a picture. */
enum alfa_status alfa__compared_add(struct alfa_bank *bank, struct alfa__reference *reference,
                                    struct alfa_detector *d, const struct alfa__showing *showing,
                                    struct alfa_error *err);

/* Finds levels and thresholds. Every reference is judged by what the method learns from the others, or, of
 * more than ten, from nine of ten groups; of one alone its copies are judged. */
enum alfa_status alfa__compared_finish(struct alfa_bank *bank, struct alfa_error *err);

/* Lets a method that was just opened learn from all references. */
enum alfa_status alfa__compared_learn(void *state, const struct alfa__method *method,
                                      const struct alfa_bank *bank, struct alfa_error *err);

/* The levels that were found. */
struct alfa__levels alfa__compared_levels(const struct alfa_bank *bank);

/* Whether an image's features are of the kind that the bank holds. */
bool alfa__compared_fits(const struct alfa_bank *bank, const struct alfa__features *features);

#endif
