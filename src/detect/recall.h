/* The few-shot half of a judgement: how far an image's windows and patches are from all remembered normal ones (WinCLIP+,
 * paper 5.5), and how that joins the judgement from words. */
#ifndef ALFA_DETECT_RECALL_H
#define ALFA_DETECT_RECALL_H

#include "bank/bank.h"
#include "detect/judge.h"

/* Rows of one kind that an image asks the memory about; lent. */
struct alfa__query {
    const float *rows;
    int count;
};

/* The rows of an image for every part of the bank, in the bank's order: a part with a window takes the embeddings of that
 * scale, the others take the layers one after the other. */
void alfa__recall_queries(struct alfa__query queries[ALFA__BANK_MAX_PARTS], const struct alfa__bank *bank,
                          const struct alfa__features *features);

/* M_few, grid x grid in the arena: mean over the parts of their distance maps. Rows of the image except are passed over. */
enum alfa_status alfa__recall(double **map, const struct alfa__bank *bank,
                              const struct alfa__query queries[ALFA__BANK_MAX_PARTS], int grid, int except,
                              struct alfa__arena *arena, struct alfa_error *err);

/* Lets M_few into the judgement: S~_L becomes (S~_L + M_few) / 2, the pixel map likewise, and Eq. 12 takes the new maximum.
 * WinCLIP+: S = (S_G + max M_few) / 2. Returns max M_few. */
double alfa__judge_with_memory(struct alfa__judgement *judgement, const double *few, int patches, bool winclip);

#endif
