/* What attention.c is made of: one head of one sequence, for vectors of different lengths. */
#ifndef ALFA_NN_ATTENTION_H
#define ALFA_NN_ATTENTION_H

#include "nn/layers.h"

#define ALFA__MOST_LANES 16 /* numbers in the longest vectors */

/* All queries of a head of sequence s. scratch: floats, of no matter which value. */
typedef void alfa__attend(const struct alfa__attention *attention, int s, int head, float *scratch);

alfa__attend alfa__attend_narrow; /* vectors of 8, for every processor */
#ifdef ALFA__DISPATCH
alfa__attend alfa__attend_wide; /* vectors of 16, for processors that have them */
#endif

/* alfa__attention_run() by one of these. */
enum alfa_status alfa__attention_run_by(alfa__attend *attend, const struct alfa__attention *attention,
                                        struct alfa__arena *arena, struct alfa_error *err);

#endif
