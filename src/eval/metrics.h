/* How well scores separate anomalous from normal, as the anomaly field counts it.
 *
 * Images: one score and one label each. Pixels: the maps and masks of all test images of one class, normal
 * images included, pooled. A number that the data cannot give is undefined: with one class missing there is
 * nothing to compare, so all of a ranking is undefined then (never 0, 0.5 or 1). Scores may have any scale
 * and sign; only their order counts, except for pro_200.
 *
 * Everything is exact: scores are sorted, no histogram is made. Definitions are those of scikit-learn and of
 * the MVTec AD evaluation code; where papers differ, both numbers are given. */
#ifndef ALFA_EVAL_METRICS_H
#define ALFA_EVAL_METRICS_H

#include "base/status.h"

struct alfa__metric {
    bool defined;
    double value; /* NaN when not defined */
};

struct alfa__metric alfa__metric_of(double value);
struct alfa__metric alfa__metric_undefined(void);

/* What the order of the scores says. */
struct alfa__ranking {
    struct alfa__metric auroc;             /* area under ROC (Mann-Whitney, ties count 1/2) */
    struct alfa__metric average_precision; /* AP: sum of precision x step in recall */
    struct alfa__metric aupr;   /* trapezoids under precision over recall from (0, 1), as WinCLIP's authors */
    struct alfa__metric f1_max; /* best F1 over all distinct scores t, score >= t is anomalous */
    struct alfa__metric threshold; /* the highest t that reaches f1_max */
};

/* ------------------------------------------------------------------ images */

/* count scores and labels (true: anomalous). Fails with ALFA_ERROR_INPUT when a score is not finite. */
enum alfa_status alfa__metrics_rank(struct alfa__ranking *out, const double *scores, const bool *labels,
                                    size_t count, struct alfa_error *err);

/* ------------------------------------------------------------------ pixels */

/* Collects the pixels of one class, image by image. One thread at a time.
 *
 * Memory: 4 bytes a normal and 8 bytes an anomalous pixel, sorted in place: a full MVTec class at its
 * original size (110 images of 1 megapixel, a tenth of it anomalous) takes 0.5 GB, all of it anomalous 0.9
 * GB. While an image is added, 5 more bytes for each of its pixels. At most 2^32 - 1 pixels. */
struct alfa__pixels;

#define ALFA__PRO_LIMIT 0.3 /* PRO is integrated up to this false positive rate */
#define ALFA__PRO_STEPS 200

struct alfa__pixel_metrics {
    struct alfa__ranking ranking; /* of the pooled pixels */

    /* Per-region overlap: for every threshold the covered part of a region (8-connected component of a mask),
     * averaged over the regions of all images, over the share of all normal pixels that are above it. Area up
     * to a share of 0.3, interpolated there, divided by 0.3. Undefined without regions or without normal
     * pixels. */
    struct alfa__metric pro;

    /* The number that many repositories publish as PRO (cal_pro_score, from cflow-ad): thresholds
     * min + i (max - min) / 200 for i < 200, score > threshold, only points with a share below 0.3, their
     * shares stretched to 0..1, trapezoids. Differs from pro by points; undefined too when all kept shares
     * are equal. */
    struct alfa__metric pro_200;

    size_t regions;
    size_t normal, anomalous; /* pixels */
};

enum alfa_status alfa__pixels_new(struct alfa__pixels **out, struct alfa_error *err);

/* map and mask are height x width; a mask byte other than 0 is anomalous; mask NULL: all normal. Images may
 * differ in size. Fails with ALFA_ERROR_INPUT (empty, a score that is not finite), ALFA_ERROR_LIMIT (too many
 * pixels) or ALFA_ERROR_MEMORY; pixels are then as they were. */
enum alfa_status alfa__pixels_add(struct alfa__pixels *pixels, const float *map, const unsigned char *mask,
                                  int width, int height, struct alfa_error *err);

/* The numbers of what was added so far; more may be added afterwards. */
void alfa__pixels_measure(struct alfa__pixel_metrics *out, struct alfa__pixels *pixels);

void alfa__pixels_free(struct alfa__pixels *pixels);

#endif
