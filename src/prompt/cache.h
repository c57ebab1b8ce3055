/* Text embeddings kept on disk (SQLite, one file in a folder), so that the second run with a model and a
 * class skips the text tower.
 *
 * A cache is never needed: every function takes NULL for a cache and then finds and keeps nothing. What is
 * read is checked against a checksum; a damaged file is thrown away and started anew. Several processes and
 * threads may use the same folder and the same handle at once; a writer that waits longer than two seconds
 * for another gives up, which only means that its embeddings are not kept. */
#ifndef ALFA_PROMPT_CACHE_H
#define ALFA_PROMPT_CACHE_H

#include "base/status.h"

#include <stdint.h>

struct alfa__cache;

/* Name of the file in the folder. */
#define ALFA__CACHE_FILE "text-embeddings.sqlite"

/* Opens or makes the cache in a folder, which is made when missing. On failure *out is NULL and the status
 * (ALFA_ERROR_OUTPUT, ALFA_ERROR_MEMORY) says why; the caller may ignore it. Freed with alfa__cache_close().
 */
enum alfa_status alfa__cache_open(struct alfa__cache **out, const char *folder, struct alfa_error *err);
void alfa__cache_close(struct alfa__cache *cache);

/* What an embedding depends on besides the text. */
struct alfa__cache_key {
    const char *fingerprint; /* of the model */
    const char *precision;   /* "f32", "bf16" or "int8" */
    int dim;                 /* length of an embedding */
    uint64_t rounding; /* of oneDNN on this processor (alfa__linear_packing()): a folder may be shared by
                          machines */
};

/* Looks up count texts. Row i of out (count x dim, caller's) is filled and found[i] set where the cache has
 * text i; other rows are left as they are. Returns how many were found. */
int alfa__cache_get(struct alfa__cache *cache, float *out, bool *found, const struct alfa__cache_key *key,
                    const char *const *texts, int count);

/* Keeps embeddings (count x dim) of count texts in one transaction; skip[i] (skip may be NULL) leaves text i
 * out. Returns whether they were kept. */
bool alfa__cache_put(struct alfa__cache *cache, const struct alfa__cache_key *key, const char *const *texts,
                     const float *embeddings, const bool *skip, int count);

#endif
