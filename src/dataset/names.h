/* Lists of names, and what lies in a folder. A failed allocation is remembered in the list: add freely, look
 * at failed once. */
#ifndef ALFA_DATASET_NAMES_H
#define ALFA_DATASET_NAMES_H

#include "base/status.h"

/* Zero-initialise. */
struct alfa__names {
    char **items;
    size_t count, room;
    bool failed;
};

void alfa__names_add(struct alfa__names *names, const char *text); /* copies */
void alfa__names_sort(struct alfa__names *names);                  /* by bytes, the same everywhere */
void alfa__names_free(struct alfa__names *names);

/* Of sorted names: the index of the first that is not before text; whether text is one of them. */
size_t alfa__names_find(const struct alfa__names *names, const char *text);
bool alfa__names_have(const struct alfa__names *names, const char *text);

/* Whether a name says that it is drawn of one of the images, which are sorted: 000_heatmap.png of 000.jpg. */
bool alfa__names_draws(const struct alfa__names *images, const char *name);

/* What lies in a folder, each list sorted. Symbolic links are followed; names that are hidden
 * (base/strings.h) belong to nobody. */
struct alfa__folder {
    char *path;
    struct alfa__names folders;
    struct alfa__names images; /* regular files with the extension of an image */
    struct alfa__names others; /* whatever else, and what is drawn beside images */
    struct alfa__names broken; /* what cannot be looked at: dangling links, no permission */
};

/* Fails with ALFA_ERROR_INPUT when path is missing, no folder or unreadable, with ALFA_ERROR_MEMORY. */
enum alfa_status alfa__folder_read(struct alfa__folder *out, const char *path, struct alfa_error *err);
void alfa__folder_free(struct alfa__folder *folder);

/* Whether there is an image in a folder, at any depth that is usual. */
bool alfa__folder_has_images(const char *path);

/* Bytes of a file name before its last dot. */
size_t alfa__name_stem(const char *name);

#endif
