#include "dataset/listing.h"
#include "base/files.h"
#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

bool alfa__path_is_inside(const char *path)
{
    if (*path == 0 || *path == '/')
        return false;
    for (const char *part = path; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == 0))
            return false;
    }
    return true;
}

char *alfa__listing_find(const char *root, const char *path)
{
    char *full = NULL;
    for (int turn = 0; turn < 2 && path; turn++) {
        char *below = alfa__strdup(path);
        for (char *c = below; turn && c && (c = strchr(c, '\\'));)
            *c = '/';
        free(full);
        full = below && alfa__path_is_inside(below) ? alfa__format("%s/%s", root, below) : NULL;
        free(below);
        if (full && alfa__file_exists(full))
            return full;
    }
    free(full);
    return NULL;
}

void alfa__listing_add(struct alfa__listing *listing, const struct alfa__listed *line)
{
    const char *image = line->image;
    const bool anomalous = line->anomalous, learn = line->learn;
    char *found = alfa__listing_find(listing->root, image);
    char *marked = anomalous ? alfa__listing_find(listing->root, line->mask) : NULL;
    struct alfa__class *class = NULL;
    if (!found)
        alfa__names_add(&listing->no_images, image);
    else if (learn && anomalous)
        alfa__names_add(&listing->odd, image);
    else
        class = alfa__dataset_class(listing->set, line->class_name);
    if (found && !class && !(learn && anomalous))
        listing->odd.failed = true;
    if (class && learn)
        alfa__class_add_normal(class, found);
    else if (class)
        alfa__class_add(class, found, marked, line->kind, anomalous);
    if (class && !learn && anomalous && !marked)
        alfa__names_add(&listing->no_masks, image);
    free(found);
    free(marked);
}

void alfa__listing_end(struct alfa__listing *listing)
{
    struct alfa__notices *notices = &listing->set->notices;
    alfa__notices_add_names(notices, listing->path, "names images that are missing, left out",
                            &listing->no_images);
    alfa__notices_add_names(notices, listing->path, "has no mask, or a missing one, for", &listing->no_masks);
    alfa__notices_add_names(notices, listing->path, "has anomalous images to learn from, left out",
                            &listing->odd);
    notices->failed =
        notices->failed || listing->no_images.failed || listing->no_masks.failed || listing->odd.failed;
    alfa__names_free(&listing->no_images);
    alfa__names_free(&listing->no_masks);
    alfa__names_free(&listing->odd);
}
