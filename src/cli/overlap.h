/* What a set of prompts looks like to a model: how near its two sides are, and which sentences stand apart.
 */
#ifndef ALFA_CLI_OVERLAP_H
#define ALFA_CLI_OVERLAP_H

#include "alfa.h"

#define ALFA__MOST_OUTLIERS 5

struct alfa__outlier {
    int index; /* of the prompt */
    double own,
        other; /* cosine to the mean of the other sentences of its side, and to the other side's mean */
};

struct alfa__overlap {
    int tokens[2][2]; /* by side: fewest, most; start and end included */
    double mean_tokens[2];
    int truncated;        /* longer than the context */
    double within[2];     /* mean cosine of two sentences of a side; 1 when there is only one */
    double across;        /* mean cosine of a normal and an abnormal sentence */
    double means;         /* cosine of the two sides' means */
    double crossed;       /* share of sentences whose nearest sentence is on the other side */
    int misplaced[2];     /* sentences nearer to the other side's mean than to their own */
    int outlier_count[2]; /* more than two standard deviations farther from their side than the mean is */
    struct alfa__outlier outliers[2][ALFA__MOST_OUTLIERS]; /* the farthest first */
};

enum alfa_status alfa__overlap_measure(struct alfa__overlap *out, const struct alfa_model *model,
                                       const struct alfa_prompts *prompts, struct alfa_error *err);

#endif
