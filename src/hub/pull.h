/* A model from the hub into the cache, or into a plain folder. */
#ifndef ALFA_HUB_PULL_H
#define ALFA_HUB_PULL_H

#include "hub/hub.h"

struct alfa__pull {
    const char *to; /* NULL: the cache. A folder: plain files there, with their hashes in SHA256SUMS */
    bool again;     /* compute the hash of what is there already, and fetch what is not right */
};

struct alfa__pulled {
    char *folder;    /* where the model lies; free() it */
    char commit[41]; /* which */
    int files;
    long long total;   /* bytes of them */
    long long fetched; /* bytes that came over the line */
    long long kept;    /* bytes of the file that failed which the next pull goes on from */
    bool unasked;      /* the hub was not asked, or did not answer: this is what was there before */
};

/* Asks the hub what the repository's revision is and fetches those files that make up the model and are not
 * there. Where the hub cannot be asked, a whole model that lies in the cache already is an answer, with a
 * note; for a folder it is copied and its copy checked. Fails with a sentence for what a user can do; what
 * was fetched until then (fetched, kept) is gone on with the next time. Several programs may pull the same
 * model at once. */
enum alfa_status alfa__hub_pull(struct alfa__pulled *out, const struct alfa__hub_options *options,
                                const struct alfa__repository *repository, const struct alfa__pull *pull,
                                struct alfa_error *err);

#endif
