#include "weights/fingerprint.h"
#include "base/strings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

#define MAX_SIDE_FILE ((size_t)64 << 20)
#define MAX_RECORD ((size_t)1 << 20)
#define SETTLED 2 /* seconds without a change after which a result is kept */

static enum alfa_status no_hash(struct alfa_error *err)
{
    return alfa__fail_memory(err, sizeof(XXH64_hash_t));
}

/* ------------------------------------------------------------------ the tensors */

/* Name, type, shape and bytes of every tensor. What is between them in a file is none of the model's. */
static enum alfa_status hash_tensors(XXH64_hash_t *out, const struct alfa__tensors *tensors,
                                     struct alfa_error *err)
{
    XXH3_state_t *state = XXH3_createState();
    if (!state)
        return no_hash(err);
    XXH3_64bits_reset(state);
    for (size_t i = 0; i < tensors->count; i++) {
        const struct alfa__tensor *tensor = &tensors->list[i];
        const int32_t kind[] = {(int32_t)tensor->dtype, tensor->rank, tensor->strided};
        XXH3_64bits_update(state, tensor->name, strlen(tensor->name) + 1);
        XXH3_64bits_update(state, kind, sizeof kind);
        XXH3_64bits_update(state, tensor->shape, sizeof tensor->shape);
        if (tensor->strided)
            XXH3_64bits_update(state, tensor->stride, sizeof tensor->stride);
        XXH3_64bits_update(state, tensor->bytes, tensor->size);
        alfa__tensor_drop(tensor);
    }
    *out = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    return ALFA_OK;
}

/* What the files are known by as long as nobody changes them. */
static void stamp(struct alfa__string *out, const struct alfa__tensors *tensors)
{
    alfa__string_append(out, "alfa-digest-1");
    for (size_t i = 0; i < tensors->map_count; i++) {
        const struct alfa__map *map = &tensors->maps[i];
        alfa__string_appendf(out, " size %zu device %llu inode %llu modified %lld.%09ld changed %lld.%09ld",
                             map->size, (unsigned long long)map->device, (unsigned long long)map->inode,
                             (long long)map->modified.tv_sec, map->modified.tv_nsec,
                             (long long)map->changed.tv_sec, map->changed.tv_nsec);
    }
}

/* Whether nothing has changed for so long that one more change would show in the times. */
static bool is_settled(const struct alfa__tensors *tensors)
{
    const time_t latest = time(NULL) - SETTLED;
    for (size_t i = 0; i < tensors->map_count; i++)
        if (tensors->maps[i].changed.tv_sec >= latest || tensors->maps[i].modified.tv_sec >= latest)
            return false;
    return true;
}

/* A line: the stamp, the digest, and a hash of both. */
static char *record_of(const char *key, XXH64_hash_t digest)
{
    char *body = alfa__format("%s digest %016" PRIx64, key, (uint64_t)digest);
    char *line =
        body ? alfa__format("%s %016" PRIx64 "\n", body, (uint64_t)XXH3_64bits(body, strlen(body))) : NULL;
    free(body);
    return line;
}

/* The digest of a record, if it is the whole record of that stamp. */
static bool recall(XXH64_hash_t *out, const char *record, const char *key)
{
    char *text = NULL, *wanted = NULL;
    size_t size;
    uint64_t digest;
    const size_t length = strlen(key);
    bool good = alfa__file_read(&text, &size, record, MAX_RECORD, NULL) == ALFA_OK && size > length &&
                strncmp(text, key, length) == 0 && sscanf(text + length, " digest %16" SCNx64, &digest) == 1;
    if (good)
        wanted = record_of(key, digest);
    good = good && wanted && strcmp(text, wanted) == 0;
    if (good)
        *out = digest;
    free(text);
    free(wanted);
    return good;
}

/* Where the record is; NULL when there is no place. It belongs to the first file, not to a version of it, so
 * that the folder does not grow with every change. */
static char *place_of(const struct alfa__tensors *tensors, const char *cache)
{
    const uint64_t number[] = {tensors->maps->device, tensors->maps->inode};
    char *folder = cache ? alfa__format("%s/fingerprints", cache) : NULL, *place = NULL;
    if (folder && alfa__folder_make(folder, NULL) == ALFA_OK)
        place = alfa__format("%s/%016" PRIx64, folder, (uint64_t)XXH3_64bits(number, sizeof number));
    free(folder);
    return place;
}

/* Of the tensors: from the record, or by reading all of them, and then kept. That it cannot be kept is no
 * failure. */
static enum alfa_status digest_of(XXH64_hash_t *out, const struct alfa__tensors *tensors, const char *cache,
                                  struct alfa_error *err)
{
    struct alfa__string key = {0};
    char *record = tensors->map_count ? place_of(tensors, cache) : NULL, *line = NULL;
    enum alfa_status status = ALFA_OK;
    stamp(&key, tensors);
    if (!alfa__string_ok(&key))
        status = alfa__fail_memory(err, key.size);
    else if (!record || !recall(out, record, key.text)) {
        status = hash_tensors(out, tensors, err);
        if (status == ALFA_OK && record && is_settled(tensors))
            line = record_of(key.text, *out);
        if (line)
            (void)alfa__file_write(record, line, strlen(line), NULL);
    }
    alfa__string_free(&key);
    free(record);
    free(line);
    return status;
}

/* ------------------------------------------------------------------ the whole */

/* Name, size and bytes of a file that may be missing. */
static enum alfa_status add_beside(XXH3_state_t *state, const char *folder, const char *name,
                                   struct alfa_error *err)
{
    char *path = alfa__format("%s/%s", folder, name), *text = NULL;
    size_t size = 0;
    enum alfa_status status = path ? ALFA_OK : alfa__fail_memory(err, strlen(folder) + strlen(name));
    if (path && alfa__file_exists(path))
        status = alfa__file_read(&text, &size, path, MAX_SIDE_FILE, err);
    if (text) {
        const uint64_t length = size;
        XXH3_64bits_update(state, name, strlen(name) + 1);
        XXH3_64bits_update(state, &length, sizeof length);
        XXH3_64bits_update(state, text, size);
    }
    free(text);
    free(path);
    return status;
}

enum alfa_status alfa__fingerprint(char out[ALFA__FINGERPRINT], const struct alfa__makings *model,
                                   const char *cache, struct alfa_error *err)
{
    XXH64_hash_t digest;
    ALFA__TRY(digest_of(&digest, model->tensors, cache, err));
    XXH3_state_t *state = XXH3_createState();
    if (!state)
        return no_hash(err);
    XXH3_64bits_reset(state);
    enum alfa_status status = ALFA_OK;
    for (const char *const *name = model->beside; *name && status == ALFA_OK; name++)
        status = add_beside(state, model->folder, *name, err);
    if (model->quick_gelu)
        XXH3_64bits_update(state, "quick_gelu", sizeof "quick_gelu");
    XXH3_64bits_update(state, &digest, sizeof digest);
    if (status == ALFA_OK)
        snprintf(out, ALFA__FINGERPRINT, "%016" PRIx64, (uint64_t)XXH3_64bits_digest(state));
    XXH3_freeState(state);
    return status;
}
