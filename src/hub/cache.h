/* The hub's cache on disk, in the layout of its own client, so that each finds what the other downloaded:
 *     CACHE/models--ORG--REPO/blobs/ETAG                 a file's bytes under their hash
 *     CACHE/models--ORG--REPO/blobs/ETAG.incomplete      the beginning of them
 *     CACHE/models--ORG--REPO/snapshots/COMMIT/FILE      a link to the blob, or the file where links cannot
 * be CACHE/models--ORG--REPO/refs/REV                   the commit that a branch or tag was
 *     CACHE/.locks/models--ORG--REPO/ETAG.lock           flock()ed by who fetches the blob
 * Paths that come back are allocated; free() them. NULL means that there was no memory, unless said. */
#ifndef ALFA_HUB_CACHE_H
#define ALFA_HUB_CACHE_H

#include "base/digest.h"
#include "hub/hub.h"

/* CACHE/models--ORG--REPO. */
char *alfa__cache_folder(const char *cache, const struct alfa__repository *repository);
char *alfa__cache_blob(const char *cache, const struct alfa__repository *repository, const char *etag);
/* The folder of a commit. */
char *alfa__cache_snapshot(const char *cache, const struct alfa__repository *repository, const char *commit);

/* The commit that the repository's revision was when it was downloaded; false when that is not known. A
 * revision that is a commit is its own answer. */
bool alfa__cache_commit(char commit[41], const char *cache, const struct alfa__repository *repository);

/* The snapshot of the repository's revision when the whole model is in it; NULL when it is not. */
char *alfa__cache_model(const char *cache, const struct alfa__repository *repository);

/* The hash in the name of the blob that a file of a snapshot links to; false when it is no such link. */
bool alfa__cache_etag(char etag[ALFA__DIGEST_TEXT], const char *file);

/* Notes that the repository's revision is this commit. */
enum alfa_status alfa__cache_set_commit(const char *cache, const struct alfa__repository *repository,
                                        const char *commit, struct alfa_error *err);

/* Lets a snapshot's file be the blob: a link, or the blob itself where there are no links (or copies). */
enum alfa_status alfa__cache_link(const char *file, const char *blob, bool copies, struct alfa_error *err);

/* Takes the lock of a blob; waits while another program holds it, and says so. *lock is for
 * alfa__cache_unlock(), -1 on file systems without locks. Fails when it was stopped meanwhile. */
enum alfa_status alfa__cache_lock(int *lock, const struct alfa__hub_options *options,
                                  const struct alfa__repository *repository, const char *etag,
                                  struct alfa_error *err);
void alfa__cache_unlock(int lock);

#endif
