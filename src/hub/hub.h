/* What talking to a model hub needs: where it is, who asks, where downloads lie, whom to tell.
 *
 * The hub is Hugging Face's, or whatever speaks like it at another endpoint. Its conventions, which all of
 * src/hub/ follows as the hub's own client does:
 *     ENDPOINT/api/models/ORG/REPO/revision/REV   JSON: the commit that REV is, and the names of its files
 *     ENDPOINT/ORG/REPO/resolve/COMMIT/FILE       the bytes of a file, or a redirect to where they lie
 * The answer of the second names the file's hash: X-Linked-Etag (SHA-256) for large files, ETag (git's own
 * SHA-1) for small ones. A download lies in the cache under its hash; cache.h says how.
 *
 * Nothing here reads the environment: that is the program's part. */
#ifndef ALFA_HUB_HUB_H
#define ALFA_HUB_HUB_H

#include "base/status.h"

#define ALFA__HUB_ENDPOINT "https://huggingface.co"

/* What is being fetched, for a progress bar. */
struct alfa__hub_progress {
    const char *file;
    int number, count;     /* file number (from 1) of how many */
    long long begin;       /* bytes of all files that were there before */
    long long done, total; /* bytes of all files */
    bool checking;         /* the file's hash is being computed; nothing is fetched */
};

struct alfa__hub_options {
    const char *endpoint; /* without a slash at its end */
    const char *token;    /* NULL: nobody */
    const char *cache;    /* the folder that holds models--ORG--REPO; need not be there yet */
    const char
        *trusted;   /* file or folder of certificates to trust instead of the system's; NULL: the system's */
    bool offline;   /* ask nobody: what is not in the cache is not there */
    bool copies;    /* a cache without symbolic links */
    double timeout; /* seconds without a byte after which a connection counts as dead */
    double pause;   /* seconds before the first retry of what failed; doubles each time */
    /* All may be NULL. note gets a sentence without a full stop. */
    void (*progress)(void *context, const struct alfa__hub_progress *progress);
    void (*note)(void *context, const char *text);
    bool (*stop)(void *context);
    void *context;
};

/* A model on the hub. */
struct alfa__repository {
    char name[200];     /* "ORG/REPO" */
    char revision[128]; /* branch, tag or commit; "main" when nothing was said */
};

/* Reads "ORG/REPO" or "ORG/REPO@REV". Fails with ALFA_ERROR_USAGE on what the hub would not take, and on
 * everything that could lead out of the cache's folder. */
enum alfa_status alfa__repository_read(struct alfa__repository *out, const char *text,
                                       struct alfa_error *err);

/* Whether a file of a repository may be written below a folder: relative, without "..", "\\", control
 * characters or empty parts. */
bool alfa__hub_is_safe_name(const char *name);

/* 40 hexadecimal digits in lower case, as git names a commit. */
bool alfa__hub_is_commit(const char *text);

#endif
