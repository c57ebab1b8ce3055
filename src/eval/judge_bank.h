/* Judging a bank that exists on the images of a data set: how well it ranks, and what its threshold and the
 * one with the largest F1 decide. */
#ifndef ALFA_EVAL_JUDGE_BANK_H
#define ALFA_EVAL_JUDGE_BANK_H

#include "base/strings.h"
#include "dataset/dataset.h"
#include "eval/metrics.h"

struct alfa__bank_trial {
    struct alfa_detector *detector; /* that judges with the bank */
    const struct alfa_bank *bank;
    int side; /* pixels a side at which maps and masks are compared */
    void (*progress)(void *context, int done, int total);
    bool (*stop)(void *context); /* asked between images */
    void *context;
};

/* What came of a class. Freed with alfa__bank_verdict_free(). */
struct alfa__bank_verdict {
    double *good, *bad; /* scores in ascending order */
    int good_count, bad_count, masked;
    struct alfa__ranking images;
    struct alfa__pixel_metrics pixels;    /* masked > 0 */
    struct alfa__notices failed, notices; /* images that could not be judged; masks that are odd */
    bool stopped;
};

/* The class of the data set that the bank is for: the one of its noun, or the only one. Fails with
 * ALFA_ERROR_INPUT and the names when it is none of several. */
enum alfa_status alfa__bank_class(const struct alfa__class **out, const struct alfa__dataset *dataset,
                                  const char *noun, struct alfa_error *err);

/* Judges all images of the class. Fails when memory is short, or when no image could be judged. */
enum alfa_status alfa__bank_judge(struct alfa__bank_verdict *out, const struct alfa__bank_trial *trial,
                                  const struct alfa__class *class, struct alfa_error *err);
void alfa__bank_verdict_free(struct alfa__bank_verdict *verdict);

/* Tables as Markdown. threshold: the bank's; NAN: it has none. */
void alfa__bank_markdown(struct alfa__string *out, const struct alfa__bank_verdict *verdict,
                         const char *class_name, double threshold);

/* The same as a JSON object on one line, keys as in results of 'alfa eval' (eval/cache.h) and thresholds.
 * NULL: no memory; freed with free(). */
char *alfa__bank_json(const struct alfa__bank_verdict *verdict, const char *class_name, const char *path,
                      double threshold);

#endif
