/* What explains a judgement: the prompts that spoke for the image, with their contextual score (Eq. 4), and
 * what the image and each of its regions look like to the model, to be compared with descriptors (paper 5.4).
 */
#ifndef ALFA_DETECT_EXPLANATION_H
#define ALFA_DETECT_EXPLANATION_H

#include "detect/judge.h"
#include "image/resize.h"

/* Zero-initialise. */
struct alfa__explanation {
    struct alfa_prompt_score *prompts; /* the kept ones, the highest score first */
    int prompt_count;
    struct alfa_similarity *similarities[2]; /* one a prompt of a side */
    int similarity_count[2];
    float *rows; /* (1 + region_count) x dim, unit length: f(x), then one a region */
    int dim, region_count;
};

/* What it is made from; all lent. */
struct alfa__evidence {
    const struct alfa__features *features;
    const struct alfa__judgement *judgement;
    const struct alfa_prompts *prompts;
    double k;             /* of Eq. 4 */
    struct alfa__box box; /* the part of the image that the features show */
    const struct alfa_region *regions;
    int region_count;
};

enum alfa_status alfa__explanation_make(struct alfa__explanation *out, const struct alfa__evidence *evidence,
                                        struct alfa_error *err);
void alfa__explanation_free(struct alfa__explanation *explanation);

/* Mean of the embeddings of the windows that lie under a region, brought to length 1, into out (dim). A
 * window lies under it when at least half of its area is inside the region's bounding box; when none does,
 * the window whose centre is nearest to the region's centroid stands for all. sum: room for dim. */
void alfa__explanation_region(float *out, double *sum, const struct alfa__features *features,
                              const struct alfa__box *box, const struct alfa_region *region);

#endif
