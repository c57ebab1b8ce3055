/* In the place of SQLite in a build without it: no cache, which every caller can do without. */
#include "prompt/cache.h"

enum alfa_status alfa__cache_open(struct alfa__cache **out, const char *folder, struct alfa_error *err)
{
    *out = NULL;
    return alfa__fail(err, ALFA_ERROR_OUTPUT, folder, "is not used: this libalfa was built without SQLite");
}

void alfa__cache_close(struct alfa__cache *cache)
{
    (void)cache;
}

int alfa__cache_get(struct alfa__cache *cache, float *out, bool *found, const struct alfa__cache_key *key,
                    const char *const *texts, int count)
{
    (void)cache, (void)out, (void)found, (void)key, (void)texts, (void)count;
    return 0;
}

bool alfa__cache_put(struct alfa__cache *cache, const struct alfa__cache_key *key, const char *const *texts,
                     const float *embeddings, const bool *skip, int count)
{
    (void)cache, (void)key, (void)texts, (void)embeddings, (void)skip, (void)count;
    return false;
}
