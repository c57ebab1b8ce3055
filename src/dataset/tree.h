/* Every photograph below a folder, however deep: dates, lots and serial numbers may lie between. */
#ifndef ALFA_DATASET_TREE_H
#define ALFA_DATASET_TREE_H

#include "dataset/layouts.h"

struct alfa__picture {
    char *image;
    char *mask; /* that lies beside it: 10301_GT.png, or 0001.png of 0001.jpg; NULL: none */
};

/* Zero-initialise. Paths begin with the folder's, and are in the order of names. */
struct alfa__tree {
    struct alfa__picture *items;
    size_t count, room, masked;
    struct alfa__names truths; /* folders of masks that were met; they are not searched */
    bool failed;               /* memory ran out */
};

/* Links that lead back are not followed. What is no image, and what cannot be looked at, becomes a notice. */
enum alfa_status alfa__tree_read(struct alfa__tree *tree, struct alfa__dataset *set, const char *path,
                                 struct alfa_error *err);
void alfa__tree_free(struct alfa__tree *tree);

/* For each of a folder's images the index of the one that is its mask, -1: none, or -2 when it is a mask
 * itself; freed with free(); NULL when out of memory. *pairs gets how many have one. */
int *alfa__tree_pairs(const struct alfa__folder *folder, size_t *pairs);

#endif
