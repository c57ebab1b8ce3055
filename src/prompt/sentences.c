#include "prompt/sentences.h"
#include "base/hash.h"
#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

static bool has(const struct alfa__sentences *sentences, const char *text, uint64_t hash)
{
    for (int i = 0; i < sentences->count; i++)
        if (sentences->hashes[i] == hash && strcmp(sentences->texts[i], text) == 0)
            return true;
    return false;
}

static bool reserve(struct alfa__sentences *sentences)
{
    if (sentences->count < sentences->capacity)
        return true;
    int capacity = sentences->capacity ? 2 * sentences->capacity : 128;
    char **texts = realloc(sentences->texts, (size_t)capacity * sizeof *texts);
    if (texts)
        sentences->texts = texts;
    uint64_t *hashes = realloc(sentences->hashes, (size_t)capacity * sizeof *hashes);
    if (hashes)
        sentences->hashes = hashes;
    if (texts && hashes)
        sentences->capacity = capacity;
    return texts && hashes;
}

enum alfa_status alfa__sentences_add(struct alfa__sentences *sentences, const char *text,
                                     struct alfa_error *err)
{
    uint64_t hash = alfa__hash_text(ALFA__HASH_START, text);
    if (has(sentences, text, hash))
        return ALFA_OK;
    char *copy = reserve(sentences) ? alfa__strdup(text) : NULL;
    if (!copy)
        return alfa__fail_memory(err, strlen(text) + 1);
    sentences->texts[sentences->count] = copy;
    sentences->hashes[sentences->count++] = hash;
    return ALFA_OK;
}

void alfa__sentences_free(struct alfa__sentences *sentences)
{
    for (int i = 0; i < sentences->count; i++)
        free(sentences->texts[i]);
    free(sentences->texts);
    free(sentences->hashes);
    *sentences = (struct alfa__sentences){0};
}
