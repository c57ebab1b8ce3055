/* Which mask belongs to which photograph, when masks lie in folders of their own. */
#ifndef ALFA_DATASET_DEAL_H
#define ALFA_DATASET_DEAL_H

#include "dataset/layouts.h"

/* The items of a class from first on; base is the folder that their kinds lie in. Lent. */
struct alfa__added {
    struct alfa__class *class;
    size_t first;
    const char *base;
};

/* Gives those items that are anomalous and have no mask one from the folders truths, and reports what is left
 * on either side. Of base/dent/000.png "dent/000" is looked for, then "000"; a mask of bad/000 may also lie
 * in a folder that says so in another word.
 *
 * Rules, the first that fits decides, and each is tried on all images before the next one, so that
 * a_b_mask.png goes to a_b.png and not to a.png: a name with a word for masks behind or before it (000_mask,
 * gt_000), the same name, a folder of masks with that name (MVTec LOCO), and the name followed by '_', '-',
 * '.' or a space and anything, which is reported. What is left on both sides is paired by the numbers in the
 * names, where no other has them, which is reported too. */
enum alfa_status alfa__masks_deal(struct alfa__dataset *set, const struct alfa__added *added,
                                  const struct alfa__names *truths, struct alfa_error *err);

/* A notice for masks of good images, paths below folder, that mark something all the same: nobody looks at
 * them. Of those that mark nothing none. */
void alfa__masks_of_good(struct alfa__dataset *set, const char *folder, const struct alfa__names *masks);

/* A notice for the anomalous ones that have none. */
void alfa__masks_missing(struct alfa__dataset *set, const struct alfa__added *added);

#endif
