#include "weights/vocabulary.h"
#include "base/files.h"
#include "base/json.h"
#include "base/strings.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FILE ((size_t)64 << 20)
#define FIRST_MERGE 512

#define bad(...) alfa__fail(err, ALFA_ERROR_MODEL, path, __VA_ARGS__)

/* The two symbols of a merge, written "a b" or ["a", "b"]. */
static bool read_merge(const json_t *merge, char **line)
{
    const char *text = json_string_value(merge), *left = json_string_value(json_array_get(merge, 0)),
               *right = json_string_value(json_array_get(merge, 1));
    const bool good = text ? strchr(text, ' ') && !strchr(text, '\n')
                           : left && right && !strpbrk(left, " \n") && !strpbrk(right, " \n");
    *line = !good ? NULL : text ? alfa__strdup(text) : alfa__format("%s %s", left, right);
    return *line != NULL;
}

/* Whether the vocabulary gives the merged symbol this id. */
static bool has_id(const json_t *vocabulary, char *line, json_int_t id)
{
    char *space = strchr(line, ' ');
    memmove(space, space + 1, strlen(space));
    return json_integer_value(json_object_get(vocabulary, line)) == id;
}

static enum alfa_status write_merges(struct alfa__string *out, const json_t *model, int wanted,
                                     const char *path, struct alfa_error *err)
{
    const json_t *merges = json_object_get(model, "merges"), *vocabulary = json_object_get(model, "vocab");
    const char *type = json_string_value(json_object_get(model, "type"));
    if (type && strcmp(type, "BPE") != 0)
        return bad("has a tokenizer of the type %.40s: CLIP's is BPE", type);
    if (json_array_size(merges) < (size_t)wanted)
        return bad("has %zu merges, the model needs %d; take the file that belongs to the model",
                   json_array_size(merges), wanted);
    alfa__string_append(out, "#version: 0.2\n");
    for (int i = 0; i < wanted; i++) {
        char *line;
        if (!read_merge(json_array_get(merges, (size_t)i), &line))
            return bad("merge %d is not two symbols", i);
        alfa__string_appendf(out, "%s\n", line);
        const bool good = has_id(vocabulary, line, FIRST_MERGE + i);
        free(line);
        if (!good)
            return bad("gives merge %d another id than %d: not CLIP's vocabulary", i, FIRST_MERGE + i);
    }
    return alfa__string_ok(out) ? ALFA_OK : alfa__fail_memory(err, out->size);
}

static enum alfa_status read_json_merges(char **text, size_t *size, const char *path, int wanted,
                                         struct alfa_error *err)
{
    struct alfa__string out = {0};
    json_error_t reason;
    char *bytes;
    size_t length;
    ALFA__TRY(alfa__file_read(&bytes, &length, path, MAX_FILE, err));
    json_t *root;
    /* a merge and its symbol: a list of two texts, and an id */
    enum alfa_status status =
        alfa__json_read(&root, bytes, length, ALFA__JSON_VALUES + 4 * (size_t)wanted, 0, &reason);
    free(bytes);
    if (status == ALFA_OK)
        status = write_merges(&out, json_object_get(root, "model"), wanted, path, err);
    else
        status = status == ALFA_ERROR_MEMORY
                     ? alfa__fail_memory(err, length)
                     : bad("cannot be read as JSON (line %d: %.200s)", reason.line, reason.text);
    json_decref(root);
    if (status != ALFA_OK) {
        alfa__string_free(&out);
        return status;
    }
    *text = out.text;
    *size = out.size;
    return ALFA_OK;
}

enum alfa_status alfa__merges_find(char **path, char **text, size_t *size, const char *folder,
                                   const struct alfa__config *config, struct alfa_error *err)
{
    const int wanted = config->vocab_size - FIRST_MERGE - 2;
    enum alfa_status status = ALFA_OK;
    *text = NULL;
    *size = 0;
    *path = alfa__format("%s/merges.txt", folder);
    if (*path && alfa__file_exists(*path)) {
        status = alfa__file_read(text, size, *path, MAX_FILE, err);
    } else {
        free(*path);
        *path = alfa__format("%s/tokenizer.json", folder);
        if (*path && alfa__file_exists(*path))
            status = read_json_merges(text, size, *path, wanted, err);
    }
    if (!*path)
        return alfa__fail_memory(err, strlen(folder));
    if (status != ALFA_OK) {
        free(*path);
        *path = NULL;
        return alfa__blame(status, ALFA_ERROR_MODEL, err);
    }
    return status;
}
