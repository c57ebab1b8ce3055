#include "weights/shards.h"
#include "base/json.h"
#include "base/strings.h"
#include "weights/container.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MAX_INDEX ((size_t)16 << 20)

#define bad(...) alfa__fail(err, ALFA_ERROR_MODEL, path, __VA_ARGS__)

/* The files of an index, each once. */
struct shards {
    const char *names[ALFA__MAX_SHARDS];
    size_t counts[ALFA__MAX_SHARDS]; /* tensors that the index gives to each */
    size_t count;
};

/* Names are of files beside the index, and of no index again. */
static bool good_name(const char *name)
{
    const size_t size = strlen(name);
    return size > 0 && size < 200 && name[0] != '.' && !strpbrk(name, "/\\") &&
           (size < 5 || strcmp(name + size - 5, ".json") != 0);
}

static enum alfa_status add_name(struct shards *shards, const char *name, const char *path,
                                 struct alfa_error *err)
{
    for (size_t i = 0; i < shards->count; i++)
        if (strcmp(shards->names[i], name) == 0) {
            shards->counts[i]++;
            return ALFA_OK;
        }
    if (!good_name(name))
        return bad("names the file \"%.100s\": an index names files beside it", name);
    if (shards->count == ALFA__MAX_SHARDS)
        return bad("names more than %d files", ALFA__MAX_SHARDS);
    shards->names[shards->count] = name;
    shards->counts[shards->count++] = 1;
    return ALFA_OK;
}

static enum alfa_status list_files(struct shards *shards, const json_t *map, const char *path,
                                   struct alfa_error *err)
{
    const char *tensor;
    json_t *file;
    if (!json_is_object(map) || json_object_size(map) == 0)
        return bad("has no weight_map: it is not the index of a model's weights");
    if (json_object_size(map) > ALFA__MAX_TENSORS)
        return bad("has more than %u tensors", ALFA__MAX_TENSORS);
    json_object_foreach((json_t *)map, tensor, file)
    {
        if (!json_is_string(file))
            return bad("does not say in which file the tensor %.100s is", tensor);
        ALFA__TRY(add_name(shards, json_string_value(file), path, err));
    }
    return ALFA_OK;
}

/* The path of a file beside the index. */
static char *beside(const char *path, const char *name)
{
    return alfa__format("%.*s%s", (int)(alfa__path_name(path) - path), path, name);
}

static enum alfa_status check_present(const struct shards *shards, const char *path, struct alfa_error *err)
{
    const char *missing = NULL;
    size_t count = 0;
    for (size_t i = 0; i < shards->count; i++) {
        char *file = beside(path, shards->names[i]);
        if (!file)
            return alfa__fail_memory(err, strlen(path) + 256);
        if (!alfa__file_exists(file)) {
            missing = missing ? missing : shards->names[i];
            count++;
        }
        free(file);
    }
    return missing ? bad("%zu of the %zu files that it names %s missing, such as %.100s: download the whole "
                         "model",
                         count, shards->count, count == 1 ? "is" : "are", missing)
                   : ALFA_OK;
}

/* The file's tensors must be those of the index: as many, and each in its place. */
static enum alfa_status check_shard(const struct alfa__tensors *part, const json_t *map, const char *name,
                                    size_t count, const char *path, struct alfa_error *err)
{
    for (size_t i = 0; i < part->count; i++) {
        const char *file = json_string_value(json_object_get(map, part->list[i].name));
        if (!file || strcmp(file, name) != 0)
            return bad("does not say that the tensor %.100s is in %.100s: the files are not of one model",
                       part->list[i].name, name);
    }
    if (part->count != count)
        return bad("says that %.100s holds %zu tensors, and it holds %zu: the files are not of one model",
                   name, count, part->count);
    return ALFA_OK;
}

static enum alfa_status open_shard(struct alfa__tensors *out, const struct shards *shards, size_t i,
                                   const json_t *map, const char *path, struct alfa_error *err)
{
    struct alfa__tensors part = {0};
    char *file = beside(path, shards->names[i]);
    enum alfa_status status =
        file ? alfa__container_open(&part, file, err) : alfa__fail_memory(err, strlen(path) + 256);
    if (status == ALFA_OK)
        status = check_shard(&part, map, shards->names[i], shards->counts[i], path, err);
    if (status == ALFA_OK)
        status = alfa__tensors_join(out, &part, err);
    alfa__tensors_close(&part);
    free(file);
    return status;
}

static enum alfa_status open_all(struct alfa__tensors *out, const json_t *map, const char *path,
                                 struct alfa_error *err)
{
    struct shards shards = {.count = 0};
    ALFA__TRY(list_files(&shards, map, path, err));
    ALFA__TRY(check_present(&shards, path, err));
    for (size_t i = 0; i < shards.count; i++)
        ALFA__TRY(open_shard(out, &shards, i, map, path, err));
    return alfa__tensors_sort(out, path, err);
}

enum alfa_status alfa__shards_open(struct alfa__tensors *out, const char *path, struct alfa_error *err)
{
    char *text;
    size_t size;
    json_error_t reason;
    *out = (struct alfa__tensors){0};
    enum alfa_status status = alfa__file_read(&text, &size, path, MAX_INDEX, err);
    if (status != ALFA_OK)
        return alfa__blame(status, ALFA_ERROR_MODEL, err);
    json_t *root;
    status = alfa__json_read(&root, text, size, ALFA__JSON_VALUES, JSON_REJECT_DUPLICATES, &reason);
    free(text);
    if (status == ALFA_OK)
        status = open_all(out, json_object_get(root, "weight_map"), path, err);
    else if (status == ALFA_ERROR_MEMORY)
        status = alfa__fail_memory(err, size);
    else
        status = bad("cannot be read as JSON (line %d: %.200s)", reason.line, reason.text);
    json_decref(root);
    if (status != ALFA_OK)
        alfa__tensors_close(out);
    return status;
}
