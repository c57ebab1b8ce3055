/* A part of a class: the folder that kinds of images lie in, or images of all kinds, and the masks near it.
 */
#ifndef ALFA_DATASET_PART_H
#define ALFA_DATASET_PART_H

#include "dataset/tree.h"

/* Zero-initialise. Behind a folder Images (rgb, imgs) the kinds lie in that. */
struct alfa__part {
    struct alfa__folder folder;
    struct alfa__names truths; /* paths of folders of masks in it, and beside Images */
    int good, bad, other;      /* folders in it, by their names; those of masks do not count */
    const char *normal;        /* lent: one that is good though its name does not say so; NULL: none */
};
enum alfa_status alfa__part_open(struct alfa__part *out, struct alfa__dataset *set, const char *parent,
                                 const char *name, struct alfa_error *err);
void alfa__part_free(struct alfa__part *part);

/* Which of a part's folders are kinds of images. */
enum alfa__kinds {
    ALFA__KINDS_KNOWN, /* those whose names say good or bad; others are reported */
    ALFA__KINDS_ALL    /* all: what is not good is a kind of anomaly */
};

/* Its images as items, with the masks beside them and from truths, which are joined with the part's own. */
enum alfa_status alfa__part_judge(struct alfa__dataset *set, struct alfa__class *class,
                                  struct alfa__part *part, enum alfa__kinds kinds,
                                  const struct alfa__names *truths, struct alfa_error *err);

/* Whether names or masks decide which of a part's images are normal: no folder says good or bad, and every
 * image does in its name, or there are masks beside them or in a folder of masks. */
bool alfa__part_is_flat(const struct alfa__part *part);

/* The same for such a part: an image whose name says good is normal, or, where names do not decide, one
 * without mask or with one that is black. learn: the normal
 * ones are learnt from and the others left out. */
enum alfa_status alfa__part_decide(struct alfa__dataset *set, struct alfa__class *class,
                                   struct alfa__part *part, bool learn, const struct alfa__names *truths,
                                   struct alfa_error *err);

/* Normal images to learn from: of the folders that say good, otherwise of a flat part's those without a
 * marked mask, otherwise, when no folder says bad, all of them. */
enum alfa_status alfa__part_learn(struct alfa__dataset *set, struct alfa__class *class,
                                  struct alfa__part *part, const struct alfa__names *truths,
                                  struct alfa_error *err);

#endif
