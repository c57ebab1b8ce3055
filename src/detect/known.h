/* Known defects at judging (bank/defects.h). With a(x) the distance of a place from the nearest normal row
 * and b(x) that from the nearest row of a known defect,
 *
 *     L(x) = max(0, (a - b) / (a + b))
 *
 * is 0 where a place is at least as near to something normal, and 1 for the defect itself. The largest L
 * names the defect that a picture looks like; where leave-one-out showed that it helps (known_learn.c), L
 * also joins score and maps: S becomes 1 - (1 - S)(1 - L). */
#ifndef ALFA_DETECT_KNOWN_H
#define ALFA_DETECT_KNOWN_H

#include "detect/recall.h"

struct alfa__resemblance {
    double *map;  /* L, grid x grid in the arena: of a patch the largest that lies on it */
    double share; /* the largest L, */
    int image;    /* and the reference whose defect it is; ALFA__NO_IMAGE when it is 0 */
};

/* The query knows its distances from the normal rows. Defects of the reference except are passed over. */
enum alfa_status alfa__known_compare(struct alfa__resemblance *out, const struct alfa__memory *defects,
                                     const struct alfa__query *query, int grid, int except,
                                     struct alfa__arena *arena, struct alfa_error *err);

/* Lets L of all patches into a judgement that the memory has joined. */
void alfa__known_join(struct alfa__judgement *judgement, const double *shares, int patches);

#endif
