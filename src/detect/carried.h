/* What a bank carries besides its memory, so that judging needs nothing else: the sentences and the masks
 * that it was learned with. They stand in its options:
 *
 *     "sentences": [[normal...], [abnormal...]]           none for methods that learn without any
 *     "masks": [null or {"width", "height", "runs"}, ...]  as struct alfa__roi has them; runs: lengths of
 * what counts not, counts, counts not... row by row */
#ifndef ALFA_DETECT_CARRIED_H
#define ALFA_DETECT_CARRIED_H

#include "detect/detector.h"

/* Adds the detector's to the options of a bank that begins. */
enum alfa_status alfa__carried_put(json_t *options, const struct alfa_detector *d, struct alfa_error *err);

/* The prompts, freed with alfa_prompts_free(); the masks, freed with alfa__roi_free(). Both fail with
 * ALFA_ERROR_INPUT when the options hold something else. */
enum alfa_status alfa__carried_prompts(struct alfa_prompts **out, const struct alfa__bank_data *bank,
                                       struct alfa_error *err);
enum alfa_status alfa__carried_roi(struct alfa__roi *out, const struct alfa__bank_data *bank,
                                   struct alfa_error *err);

#endif
