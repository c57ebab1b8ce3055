/* A smaller memory that still covers everything: greedy k-centre (the coreset of PatchCore). Each step keeps
 * the row that is farthest from all rows kept so far, so every forgotten row has a kept one nearby, at most
 * twice as far as with the best possible choice. */
#ifndef ALFA_BANK_CORESET_H
#define ALFA_BANK_CORESET_H

#include "bank/memory.h"

/* Shrinks a memory to at most budget rows in this way. */
enum alfa_status alfa__coreset_reduce(struct alfa__memory *memory, int budget, struct alfa__arena *arena,
                                      struct alfa_error *err);

/* Rows of which several choices are made: with the cosines of all pairs, a choice costs next to nothing. */
struct alfa__coreset {
    const float *rows; /* count x dim, lent */
    int count, dim;
    float *cosines; /* count x count; NULL: too many, each choice computes what it needs */
};
#define ALFA__CORESET_MAX_PAIRED 6144 /* rows; their cosines take 150 MB */

/* Computes the cosines, by matrix products. Freed with alfa__coreset_free(), on failure as well. */
enum alfa_status alfa__coreset_open(struct alfa__coreset *out, const float *rows, int count, int dim,
                                    struct alfa__arena *arena, struct alfa_error *err);
void alfa__coreset_free(struct alfa__coreset *coreset);

/* Which of them may be picked. */
struct alfa__choice {
    const struct alfa__coreset *coreset;
    const int *indices; /* count of them; NULL: all */
    int count;
};

/* Picks at most budget of them: first the row farthest from the mean of all, then always the one farthest
 * from those picked; of equals the one with the lowest index. It stops early when every row left is a copy of
 * a picked one (ALFA__MEMORY_ROUNDING). out: budget indices in the order of picking, so that a part of the
 * list is the answer for a smaller budget; *picked gets how many. With budget >= count all are kept in their
 * order. The set of rows does not depend on their order unless two are equally far; without cosines the same
 * rows give the same answer on every processor and number of threads, with them sums may be rounded otherwise
 * on another processor. Cost without them: count * budget * dim multiplications. Fails with ALFA_ERROR_USAGE
 * for a budget below 1. */
enum alfa_status alfa__coreset_pick(int *out, int *picked, const struct alfa__choice *among, int budget,
                                    struct alfa__arena *arena, struct alfa_error *err);

#endif
