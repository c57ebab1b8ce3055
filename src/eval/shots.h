/* Numbers of normal images to learn from. */
#ifndef ALFA_EVAL_SHOTS_H
#define ALFA_EVAL_SHOTS_H

#include "base/status.h"

#include <stddef.h>

#define ALFA__EVAL_MAX_SHOTS 16 /* different numbers of normal images */
#define ALFA__EVAL_MAX_SEEDS 100
#define ALFA__EVAL_MOST_SHOTS 1000   /* normal images to learn from; or ALFA__EVAL_ALL_SHOTS */
#define ALFA__EVAL_ALL_SHOTS 1000000 /* in the place of a number: all that a class has */

/* How many of normals images a number of shots stands for, and how many choices of them there are; -1: a
 * class has not so many. */
int alfa__eval_shots_of(int shots, size_t normals);
int alfa__eval_seeds_of(int shots, int seeds);
/* "4" or "all" into out, which is returned. */
const char *alfa__eval_shots_text(char out[16], int shots);

/* "0,1,4,all" into shots; *count gets how many. Fails with ALFA_ERROR_USAGE. */
enum alfa_status alfa__eval_read_shots(int shots[ALFA__EVAL_MAX_SHOTS], int *count, const char *text,
                                       struct alfa_error *err);

#endif
