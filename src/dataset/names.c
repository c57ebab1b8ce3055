#include "dataset/names.h"
#include "base/strings.h"
#include "dataset/words.h"
#include "image/image.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void alfa__names_add(struct alfa__names *names, const char *text)
{
    char *copy = alfa__strdup(text);
    if (copy && names->count == names->room) {
        size_t room = names->room ? 2 * names->room : 16;
        char **larger = realloc(names->items, room * sizeof *larger);
        if (larger) {
            names->items = larger;
            names->room = room;
        }
    }
    if (!copy || names->count == names->room) {
        names->failed = true;
        free(copy);
        return;
    }
    names->items[names->count++] = copy;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void alfa__names_sort(struct alfa__names *names)
{
    if (names->count)
        qsort(names->items, names->count, sizeof *names->items, compare);
}

void alfa__names_free(struct alfa__names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
    *names = (struct alfa__names){0};
}

size_t alfa__names_find(const struct alfa__names *names, const char *text)
{
    size_t low = 0, high = names->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(names->items[middle], text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool alfa__names_have(const struct alfa__names *names, const char *text)
{
    size_t at = alfa__names_find(names, text);
    return at < names->count && strcmp(names->items[at], text) == 0;
}

size_t alfa__name_stem(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? (size_t)(dot - name) : strlen(name);
}

bool alfa__names_draws(const struct alfa__names *images, const char *name)
{
    const int stem = (int)alfa__name_stem(name), suffix = alfa__drawing_suffix(name, stem);
    char *begin = suffix ? alfa__format("%.*s.", stem - suffix, name) : NULL;
    const size_t at = begin ? alfa__names_find(images, begin) : images->count;
    const bool out = at < images->count && strncmp(images->items[at], begin, strlen(begin)) == 0;
    free(begin);
    return out;
}

/* ------------------------------------------------------------------ folders */

static bool is_image(const char *path, const char *name)
{
    char *whole = alfa__format("%s/%s", path, name);
    const bool image = whole && alfa__image_named(whole);
    free(whole);
    return image;
}

static void add_entry(struct alfa__folder *folder, DIR *handle, const char *path, const char *name)
{
    struct stat info;
    if (fstatat(dirfd(handle), name, &info, 0) != 0)
        alfa__names_add(&folder->broken, name);
    else if (S_ISDIR(info.st_mode))
        alfa__names_add(&folder->folders, name);
    else if (S_ISREG(info.st_mode) && is_image(path, name))
        alfa__names_add(&folder->images, name);
    else
        alfa__names_add(&folder->others, name);
}

static void set_drawings_apart(struct alfa__folder *folder)
{
    struct alfa__names images = {0};
    for (size_t i = 0; i < folder->images.count; i++) {
        const char *name = folder->images.items[i];
        alfa__names_add(alfa__names_draws(&folder->images, name) ? &folder->others : &images, name);
    }
    images.failed = images.failed || folder->images.failed;
    alfa__names_free(&folder->images);
    folder->images = images;
}

enum alfa_status alfa__folder_read(struct alfa__folder *out, const char *path, struct alfa_error *err)
{
    *out = (struct alfa__folder){0};
    DIR *handle = opendir(path);
    if (!handle)
        return alfa__fail_reading(err, path, "cannot be searched", errno);
    for (struct dirent *entry; (entry = readdir(handle));)
        if (!alfa__name_is_hidden(entry->d_name))
            add_entry(out, handle, path, entry->d_name);
    closedir(handle);
    alfa__names_sort(&out->images);
    set_drawings_apart(out);
    struct alfa__names *const lists[] = {&out->folders, &out->images, &out->others, &out->broken};
    bool failed = !(out->path = alfa__strdup(path));
    for (int i = 0; i < 4; i++) {
        alfa__names_sort(lists[i]);
        failed = failed || lists[i]->failed;
    }
    if (!failed)
        return ALFA_OK;
    alfa__folder_free(out);
    return alfa__fail(err, ALFA_ERROR_MEMORY, path, "has more files than memory holds");
}

void alfa__folder_free(struct alfa__folder *folder)
{
    free(folder->path);
    alfa__names_free(&folder->folders);
    alfa__names_free(&folder->images);
    alfa__names_free(&folder->others);
    alfa__names_free(&folder->broken);
    *folder = (struct alfa__folder){0};
}

static bool has_images(const char *path, int depth)
{
    struct alfa__folder folder;
    if (alfa__folder_read(&folder, path, NULL) != ALFA_OK)
        return false;
    bool found = folder.images.count > 0;
    for (size_t i = 0; i < folder.folders.count && !found && depth < 4; i++) {
        char *below = alfa__format("%s/%s", path, folder.folders.items[i]);
        found = below && has_images(below, depth + 1);
        free(below);
    }
    alfa__folder_free(&folder);
    return found;
}

bool alfa__folder_has_images(const char *path)
{
    return has_images(path, 0);
}
