/* One walk over the distinct scores of a two-class set, from the highest to the lowest, that yields every
 * number which depends on the order of the scores only. Images and pixels share it.
 *
 * With t = a distinct score, everything >= t is called anomalous: tp of the anomalous, fp of the normal ones.
 *     recall = tp / P,  precision = tp / (tp + fp),  FPR = fp / N,  F1 = 2 tp / (P + tp + fp) */
#ifndef ALFA_EVAL_SWEEP_H
#define ALFA_EVAL_SWEEP_H

#include "eval/metrics.h"

#include <stdint.h>

struct alfa__sweep {
    uint64_t positives, negatives; /* P and N of the whole set; P + N < 2^32 keeps the area exact */
    uint64_t tp, fp;               /* so far */
    uint64_t area;                 /* twice the area under the ROC curve, in cells of the P x N grid */
    double precision, average_precision, aupr, f1_max, threshold;
};

void alfa__sweep_start(struct alfa__sweep *out, uint64_t positives, uint64_t negatives);

/* The next lower score, which positives + negatives members share (at least one). */
void alfa__sweep_step(struct alfa__sweep *sweep, double score, uint64_t positives, uint64_t negatives);

/* After the last step. Everything is undefined when one of the two classes is empty. */
struct alfa__ranking alfa__sweep_end(const struct alfa__sweep *sweep);

#endif
