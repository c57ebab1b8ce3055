/* A bank's references judged as if they were new: each by a memory of the same size that was built without
 * it. Of up to five references each is left out alone, of more a fifth at a time, and those that show the
 * same part (repeats.h) together. (Passing over its rows in a
 * memory that was chosen with them would leave holes where they were: everything looks stranger then than it
 * will be.) */
#ifndef ALFA_DETECT_TRIAL_H
#define ALFA_DETECT_TRIAL_H

#include "detect/bank.h"

/* A memory: one part a kind, and who is in it. */
struct alfa__store {
    struct alfa__memory parts[ALFA__BANK_MAX_PARTS];
    bool *used; /* one a reference */
};

struct alfa__trial {
    struct alfa_bank *bank;
    int normals;                  /* references, the first ones */
    bool *used;                   /* one a reference: it belongs to the memory */
    int *fold;                    /* one a reference: the fold that it is left out in, -1: in none */
    struct alfa__store *memories; /* one a fold, of all that are not in it; the last was the bank's own */
    int folds;
    double **few;    /* one a reference: M_few of each of its passes, one behind the other, */
    double **shares; /* and what they share with known defects (known.h); NULL: there are none */
    struct alfa__arena arena;
};

/* A trial of the bank's references; none is used yet. Freed with alfa__trial_free(), on failure as well. */
enum alfa_status alfa__trial_open(struct alfa__trial *out, struct alfa_bank *bank, struct alfa_error *err);
void alfa__trial_free(struct alfa__trial *t);

/* All memories of the references that are used; that of all becomes the bank's own. Then M_few of every
 * reference: of one in the memory by that which lacks its fold, of those that it does not know, and of the
 * copies of one that is alone, by the bank's own. What an earlier run found is forgotten. */
enum alfa_status alfa__trial_run(struct alfa__trial *t, struct alfa_error *err);

/* What a reference is judged by: its passes, or those of its copies while it is alone. */
const struct alfa__kept_passes *alfa__trial_passes(const struct alfa__reference *reference);

/* Chooses the bank's known defects, and judges every reference by them as if it were new: a normal one by
 * defects that were chosen without its fold, a bad one by those of the others. The bank's known_limit is then
 * the largest share of a normal one. Nothing is chosen, and shares stay NULL, when no reference is known to
 * be bad or only one normal image is learned. */
enum alfa_status alfa__known_choose(struct alfa__trial *t, struct alfa_error *err);

/* Whether the references' scores tell those that are known to be bad from normal ones that were judged as if
 * they were new clearly better than the scores before did: the AUROC is larger by more than 1.645 standard
 * errors of the difference (DeLong, DeLong and Clarke-Pearson, 1988). Never of fewer than three bad ones. */
enum alfa_status alfa__known_helps(bool *out, const struct alfa__trial *t, const double *before,
                                   struct alfa_error *err);

#endif
