/* From what references offer to a memory of a wanted size. */
#ifndef ALFA_BANK_BUILD_H
#define ALFA_BANK_BUILD_H

#include "bank/coreset.h"
#include "bank/data.h"

/* A reference offers at most its share of a memory of budget rows, OVERSAMPLING times over, when there are
 * count of them, and never fewer than ALFA__LEAST_OFFER: what is chosen among offers is as good as what is
 * chosen among all rows within a constant factor (composable coresets), and the choice takes a time that does
 * not grow with the pictures' rows. 0: as many as it has (budget 0). */
#define ALFA__OVERSAMPLING 4
#define ALFA__LEAST_OFFER 32
int alfa__offer_limit(int budget, int count);

/* Puts the references into the order of their roles and digests. */
void alfa__bank_sort(struct alfa__bank_data *bank);

/* A memory, like the bank's part number part, of all rows that the references with used[i] offer. Freed with
 * alfa__memory_free(), on failure as well. */
enum alfa_status alfa__bank_gather(struct alfa__memory *out, const struct alfa__bank_data *bank, int part,
                                   const bool *used, struct alfa_error *err);

/* The same, for several memories to be chosen from. */
struct alfa__pool {
    struct alfa__memory all; /* the origin's image is the reference */
    struct alfa__coreset coreset;
};

/* Freed with alfa__pool_free(), on failure as well. */
enum alfa_status alfa__pool_open(struct alfa__pool *out, const struct alfa__bank_data *bank, int part,
                                 const bool *used, struct alfa__arena *arena, struct alfa_error *err);
void alfa__pool_free(struct alfa__pool *pool);

/* A memory of the rows of the references with used[i], shrunk to the budget (0: all of them). Freed with
 * alfa__memory_free(), on failure as well. */
enum alfa_status alfa__pool_build(struct alfa__memory *out, const struct alfa__pool *pool, const bool *used,
                                  int budget, struct alfa__arena *arena, struct alfa_error *err);

#endif
