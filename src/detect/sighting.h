/* What a bank that is being filled keeps for its calibration. */
#ifndef ALFA_DETECT_SIGHTING_H
#define ALFA_DETECT_SIGHTING_H

#include "detect/look.h"

/* What is kept of a look (look.h) at a reference, or at a changed copy of one, for its judgement at the end.
 * The looks at one picture follow each other, the whole first. */
struct alfa__sighting {
    int image;                         /* number of the reference */
    bool whole;                        /* rather than a tile */
    unsigned char *inside;             /* patches that count; NULL: all */
    float *rows[ALFA__BANK_MAX_PARTS]; /* a copy's own rows; NULL for a reference, whose rows are in the
                                          memory: */
    int starts[ALFA__BANK_MAX_PARTS], counts[ALFA__BANK_MAX_PARTS], sides[ALFA__BANK_MAX_PARTS];
    double global, words;        /* S_G and S of the judgement from words */
    double *windows, *map, *few; /* S~_L, pixel map, M_few at the end; grid x grid each, one block */
};

/* A new one at the end of the bank's list, for the reference that is being added, with the judgement from
 * words; NULL when out of memory. */
struct alfa__sighting *alfa__sighting_new(struct alfa_bank *bank, const struct alfa__look *look, bool whole);

/* Keeps the rows of a changed copy, which is judged later. */
enum alfa_status alfa__sighting_keep_rows(struct alfa__sighting *sighting, const struct alfa_bank *bank,
                                          const struct alfa__features *features, struct alfa_error *err);

/* Forgets the last sightings until count are left. */
void alfa__sightings_cut(struct alfa_bank *bank, int count);

#endif
