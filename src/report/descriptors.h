/* Descriptors: short phrases that say what may be wrong with a class ("cracks or chips on the surface"), and
 * how similar an image or a part of it is to each (paper 5.4). */
#ifndef ALFA_REPORT_DESCRIPTORS_H
#define ALFA_REPORT_DESCRIPTORS_H

#include "report/record.h"

enum { ALFA__DESCRIPTORS_MAX = 256 };

struct alfa__descriptors;

/* Reads a file, one descriptor a line; empty lines and lines that start with '#' are skipped. */
enum alfa_status alfa__descriptors_open(struct alfa__descriptors **out, const char *path, const char *noun,
                                        const struct alfa_model *model, struct alfa_error *err);

/* How many there are, at most ALFA__DESCRIPTORS_MAX. */
int alfa__descriptors_count(const struct alfa__descriptors *descriptors);
/* How many were longer than the model's context and lost their end. */
int alfa__descriptors_truncated(const struct alfa__descriptors *descriptors);

/* Compares the image of a result and each of its regions with all of them: 1 + regions likenesses, freed with
 * free(); their texts are lent by the descriptors. The result must come from alfa_detector_explain(). Fails
 * with ALFA_ERROR_MODEL when a similarity is not a number. */
enum alfa_status alfa__descriptors_compare(struct alfa__likeness **out,
                                           const struct alfa__descriptors *descriptors,
                                           const struct alfa_result *result, double temperature,
                                           struct alfa_error *err);

void alfa__descriptors_free(struct alfa__descriptors *descriptors);

#endif
