#include "hub/choose.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/strings.h"

struct listing {
    const char *const *names;
    int count;
};

static const char *find(const struct listing *list, const char *name)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->names[i], name) == 0)
            return list->names[i];
    return NULL;
}

/* true when name is there. */
static bool add(struct alfa__choice *out, const struct listing *list, const char *name)
{
    const char *found = find(list, name);
    if (found && out->count < ALFA__MOST_CHOSEN)
        out->names[out->count++] = found;
    return found;
}

/* How many parts "stem-00001-of-00004.extension" belongs to; 0 when name is no part of these weights. */
static int count_parts(const char *name, const char *stem, const char *extension)
{
    int number = 0, parts = 0, end = 0;
    const size_t size = strlen(stem);
    if (strncmp(name, stem, size) != 0 || sscanf(name + size, "-%5d-of-%5d.%n", &number, &parts, &end) != 2 ||
        end != 16 || strcmp(name + size + end, extension) != 0)
        return 0;
    return parts;
}

/* All parts of an index; false when one is missing, whose name is then in missing. */
static bool add_parts(struct alfa__choice *out, const struct listing *list, const char *stem,
                      const char *extension, char *missing, size_t size)
{
    int parts = 0;
    for (int i = 0; i < list->count && !parts; i++)
        parts = count_parts(list->names[i], stem, extension);
    snprintf(missing, size, "%s-00001-of-?????.%s", stem, extension);
    if (parts < 1 || parts > ALFA__MOST_CHOSEN - 8)
        return false;
    for (int i = 1; i <= parts; i++) {
        snprintf(missing, size, "%s-%05d-of-%05d.%s", stem, i, parts, extension);
        if (!add(out, list, missing))
            return false;
    }
    return true;
}

/* ALFA_OK with nothing added when the weights are not there at all. */
static enum alfa_status add_weights(struct alfa__choice *out, const struct listing *list, const char *stem,
                                    const char *extension, const char *source, struct alfa_error *err)
{
    char name[128], missing[128];
    snprintf(name, sizeof name, "%s.%s", stem, extension);
    if (add(out, list, name))
        return ALFA_OK;
    snprintf(name, sizeof name, "%s.%s.index.json", stem, extension);
    if (!add(out, list, name) || add_parts(out, list, stem, extension, missing, sizeof missing))
        return ALFA_OK;
    return alfa__fail(err, ALFA_ERROR_MODEL, source, "lacks %s, which %s names", missing, name);
}

static const struct way {
    const char *config, *stem, *extension;
    const char *beside[2]; /* wanted where they are there */
} ways[] = {
    {"open_clip_config.json", "open_clip_model", "safetensors", {NULL}},
    {"open_clip_config.json", "open_clip_pytorch_model", "bin", {NULL}},
    {"config.json", "model", "safetensors", {"preprocessor_config.json", "processor_config.json"}},
    {"config.json", "pytorch_model", "bin", {"preprocessor_config.json", "processor_config.json"}},
};

enum alfa_status alfa__choose_files(struct alfa__choice *out, const char *const *names, int count,
                                    const char *source, struct alfa_error *err)
{
    const struct listing list = {names, count};
    bool config = false;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        const struct way *way = &ways[i];
        *out = (struct alfa__choice){.open_clip = i < 2};
        if (!add(out, &list, way->config))
            continue;
        config = true;
        ALFA__TRY(add_weights(out, &list, way->stem, way->extension, source, err));
        if (out->count == 1)
            continue;
        for (int k = 0; k < 2 && way->beside[k]; k++)
            add(out, &list, way->beside[k]);
        return ALFA_OK;
    }
    if (config)
        return alfa__fail(err, ALFA_ERROR_MODEL, source,
                          "has a config and no weights in a format that alfa reads: neither .safetensors nor "
                          "PyTorch's .bin");
    return alfa__fail(err, ALFA_ERROR_MODEL, source,
                      "is not a CLIP model: it has neither open_clip_config.json nor config.json");
}

/* ------------------------------------------------------------------ a folder */

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Without what is no file, such as a link to nowhere. */
static const char **list_files(const char *folder, struct dirent **entries, int *count)
{
    const char **names = calloc((size_t)*count + 1, sizeof *names);
    int files = 0;
    for (int i = 0; names && i < *count; i++) {
        char *path = alfa__format("%s/%s", folder, entries[i]->d_name);
        if (path && alfa__file_exists(path))
            names[files++] = entries[i]->d_name;
        free(path);
    }
    *count = files;
    return names;
}

/* Lets the choice have its names for itself. */
static enum alfa_status own_names(struct alfa__choice *choice, struct alfa_error *err)
{
    size_t size = 0;
    for (int i = 0; i < choice->count; i++)
        size += strlen(choice->names[i]) + 1;
    char *place = choice->owned = malloc(size + 1);
    if (!place)
        return alfa__fail_memory(err, size);
    for (int i = 0; i < choice->count; i++) {
        const size_t length = strlen(choice->names[i]) + 1;
        choice->names[i] = memcpy(place, choice->names[i], length);
        place += length;
    }
    return ALFA_OK;
}

void alfa__choice_free(struct alfa__choice *choice)
{
    free(choice->owned);
    *choice = (struct alfa__choice){.count = 0};
}

enum alfa_status alfa__choose_in_folder(struct alfa__choice *out, const char *folder, struct alfa_error *err)
{
    struct dirent **entries;
    const int all = scandir(folder, &entries, is_shown, NULL);
    int count = all;
    *out = (struct alfa__choice){.count = 0};
    if (all < 0)
        return alfa__fail(err, ALFA_ERROR_MODEL, folder, "is not a folder");
    const char **names = list_files(folder, entries, &count);
    enum alfa_status status = names ? alfa__choose_files(out, names, count, folder, err)
                                    : alfa__fail_memory(err, (size_t)all * sizeof *names);
    if (status == ALFA_OK)
        status = own_names(out, err);
    for (int i = 0; i < all; i++)
        free(entries[i]);
    free(entries);
    free(names);
    return status;
}
