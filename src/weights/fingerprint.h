/* The name of a model's content: 16 hexadecimal digits over every byte of its configuration and weights
 * (XXH3, 64 bits). Banks, the cache of text embeddings and results carry it: models that differ anywhere have
 * different ones.
 *
 * Reading gigabytes only to name a model takes seconds. What the bytes of a file gave is therefore kept in
 * the cache folder ("fingerprints"), beside the file's size, device, inode and times of change, and holds as
 * long as these are the same. A file that changed in the last two seconds is not kept: a clock may tick too
 * slowly to show one more change. Without a cache, or where it cannot be written, the bytes are read every
 * time. */
#ifndef ALFA_WEIGHTS_FINGERPRINT_H
#define ALFA_WEIGHTS_FINGERPRINT_H

#include "weights/tensors.h"

#define ALFA__FINGERPRINT 17 /* digits and a zero */

/* All that a model is made of; lent. */
struct alfa__makings {
    const struct alfa__tensors *tensors;
    const char *folder;        /* of the model */
    const char *const *beside; /* names of the small files in it that change what the model computes, up to a
                                  NULL; those that are missing do not count */
    bool quick_gelu;           /* nobody said so there, but it is */
};

/* cache: the cache folder or NULL. Fails when a small file cannot be read. */
enum alfa_status alfa__fingerprint(char out[ALFA__FINGERPRINT], const struct alfa__makings *model,
                                   const char *cache, struct alfa_error *err);

#endif
