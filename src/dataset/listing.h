/* Images as a table of a data set names them. */
#ifndef ALFA_DATASET_LISTING_H
#define ALFA_DATASET_LISTING_H

#include "dataset/layouts.h"

/* Values of a table in JSON; an image has up to ten. */
#define ALFA__LISTING_VALUES ((size_t)1 << 21)

/* A table while it is read. Zero-initialise; root and path are lent. */
struct alfa__listing {
    struct alfa__dataset *set;
    const char *root;                            /* folder that its paths begin in */
    const char *path;                            /* of the table */
    struct alfa__names no_images, no_masks, odd; /* to be reported */
};

/* One line of it. */
struct alfa__listed {
    const char *class_name, *image;
    const char *mask; /* may be NULL or "" */
    const char *kind;
    bool anomalous;
    bool learn; /* an image to learn from */
};

/* Images that are not there, and paths that leave root, are remembered. */
void alfa__listing_add(struct alfa__listing *listing, const struct alfa__listed *line);

/* Adds the notices, and frees. */
void alfa__listing_end(struct alfa__listing *listing);

/* root/path when that is a file, also where path was written on Windows; NULL otherwise. Freed with free().
 */
char *alfa__listing_find(const char *root, const char *path);

/* A path that stays below the folder it begins in. */
bool alfa__path_is_inside(const char *path);

#endif
