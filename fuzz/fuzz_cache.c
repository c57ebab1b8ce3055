/* The cache of text embeddings: a damaged SQLite file is thrown away, and what is put can be got. */
#include "fuzz.h"
#include "prompt/cache.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DIM 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const texts[] = {"A normal image of nut", "b"};
    static const float rows[2 * DIM] = {0.5f, 0.5f, 0.5f, 0.5f, 1};
    const struct alfa__cache_key key = {"0123456789abcdef", "f32", DIM, 0};
    struct alfa__cache *cache;
    struct alfa_error err;
    char folder[256];
    float got[2 * DIM];
    bool found[2] = {false, false};
    unlink(fuzz_path("cache/" ALFA__CACHE_FILE "-wal"));
    unlink(fuzz_path("cache/" ALFA__CACHE_FILE "-shm"));
    unlink(fuzz_path("cache/" ALFA__CACHE_FILE "-journal"));
    fuzz_file("cache/" ALFA__CACHE_FILE, data, size);
    snprintf(folder, sizeof folder, "%s", fuzz_path("cache"));
    enum alfa_status status = alfa__cache_open(&cache, folder, &err);
    fuzz_holds_status(status, &err);
    (void)alfa__cache_get(cache, got, found, &key, texts, 2);
    if (alfa__cache_put(cache, &key, texts, rows, NULL, 2)) {
        found[0] = found[1] = false;
        (void)alfa__cache_get(cache, got, found, &key, texts, 2);
    }
    alfa__cache_close(cache);
    return 0;
}
