#include "dataset/dataset.h"
#include "base/files.h"
#include "base/strings.h"
#include "dataset/layouts.h"
#include "dataset/words.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ------------------------------------------------------------------ classes */

/* Room for one more; false when out of memory. */
static bool grow(void **items, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return true;
    size_t next = *room ? 2 * *room : 16;
    void *larger = realloc(*items, next * size);
    if (!larger)
        return false;
    *items = larger;
    *room = next;
    return true;
}

static void free_class(struct alfa__class *class)
{
    for (size_t i = 0; i < class->count; i++) {
        free(class->items[i].image);
        free(class->items[i].mask);
        free(class->items[i].kind);
    }
    free(class->items);
    alfa__names_free(&class->normals);
    free(class->name);
    free(class->noun);
}

struct alfa__class *alfa__dataset_class(struct alfa__dataset *set, const char *name)
{
    void *classes = set->classes;
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->classes[i].name, name) == 0)
            return &set->classes[i];
    bool room = grow(&classes, set->count, &set->room, sizeof *set->classes);
    set->classes = classes;
    struct alfa__class class = {.name = alfa__strdup(name), .noun = alfa__noun_for(name)};
    if (!room || !class.name || !class.noun) {
        free_class(&class);
        return NULL;
    }
    set->classes[set->count] = class;
    return &set->classes[set->count++];
}

void alfa__class_add(struct alfa__class *class, const char *image, const char *mask, const char *kind,
                     bool anomalous)
{
    void *items = class->items;
    bool room = grow(&items, class->count, &class->room, sizeof *class->items);
    class->items = items;
    struct alfa__item item = {alfa__strdup(image), mask ? alfa__strdup(mask) : NULL, alfa__strdup(kind),
                              anomalous};
    if (!room || !item.image || !item.kind || (mask && !item.mask)) {
        class->failed = true;
        free(item.image);
        free(item.mask);
        free(item.kind);
        return;
    }
    class->items[class->count++] = item;
}

void alfa__class_add_normal(struct alfa__class *class, const char *image)
{
    alfa__names_add(&class->normals, image);
}

/* ------------------------------------------------------------------ folders */

static bool is_noted(const struct alfa__notices *notices, const char *source)
{
    for (size_t i = 0; i < notices->count; i++)
        if (strcmp(notices->items[i].source, source) == 0)
            return true;
    return false;
}

/* Whether masks lie there as something else than images: of NumPy, of MATLAB, packed. */
static bool is_mask_file(const char *name)
{
    static const char *const ends[] = {".npy", ".npz", ".mat", ".h5", ".pkl", ".zip", ".gz", ".nii", ".exr"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof ends / sizeof *ends; i++)
        if (strcasecmp(dot, ends[i]) == 0)
            return true;
    return false;
}

/* The first such file, at any depth that is usual, below the folder; freed with free(), NULL: none. */
static char *find_mask_file(const char *path, int depth)
{
    struct alfa__folder folder;
    char *found = NULL;
    if (alfa__folder_read(&folder, path, NULL) != ALFA_OK)
        return NULL;
    for (size_t i = 0; i < folder.others.count && !found; i++)
        if (is_mask_file(folder.others.items[i]))
            found = alfa__strdup(folder.others.items[i]);
    for (size_t i = 0; i < folder.folders.count && !found && depth < 4; i++) {
        char *inner = alfa__format("%s/%s", path, folder.folders.items[i]);
        found = inner ? find_mask_file(inner, depth + 1) : NULL;
        free(inner);
    }
    alfa__folder_free(&folder);
    return found;
}

static void note_no_masks(struct alfa__dataset *set, const char *path)
{
    char *other = find_mask_file(path, 0);
    if (other)
        alfa__notices_add(&set->notices, path,
                          "holds no masks that are read, but %s and its like: save them as PNG", other);
    else
        alfa__notices_add(&set->notices, path,
                          "holds no masks: boxes and polygons (COCO, YOLO, VOC) are not read");
    free(other);
}

void alfa__dataset_truth(struct alfa__names *out, struct alfa__dataset *set, const char *parent,
                         const char *name)
{
    char *path = alfa__format("%s/%s", parent, name);
    out->failed = out->failed || !path;
    if (path && alfa__folder_has_images(path))
        alfa__names_add(out, path);
    else if (path && !is_noted(&set->notices, path))
        note_no_masks(set, path);
    free(path);
}

enum alfa_status alfa__dataset_folder(struct alfa__folder *out, struct alfa__dataset *set, const char *parent,
                                      const char *name, struct alfa_error *err)
{
    struct alfa_error why;
    *out = (struct alfa__folder){0};
    char *path = name ? alfa__format("%s/%s", parent, name) : alfa__strdup(parent);
    if (!path)
        return alfa__fail_memory(err, strlen(parent));
    enum alfa_status status = alfa__folder_read(out, path, &why);
    if (status == ALFA_ERROR_INPUT) {
        alfa__notices_add(&set->notices, path, "%s", why.message);
        out->path = path;
        return ALFA_OK;
    }
    if (status != ALFA_OK && err)
        *err = why;
    free(path);
    return status;
}

/* A notice for those of the names that nobody expects in a data set. */
static void leave_files(struct alfa__dataset *set, const struct alfa__folder *folder)
{
    struct alfa__names odd = {0};
    for (size_t i = 0; i < folder->others.count; i++)
        if (!alfa__name_is_expected(folder->others.items[i]))
            alfa__names_add(&odd, folder->others.items[i]);
    alfa__notices_add_names(&set->notices, folder->path, "has files that are no images, left out", &odd);
    set->notices.failed = set->notices.failed || odd.failed;
    alfa__names_free(&odd);
}

void alfa__dataset_leave(struct alfa__dataset *set, const struct alfa__folder *folder, int expected)
{
    const struct alfa__names none = {0};
    bool images = expected & ALFA__EXPECT_IMAGES, folders = expected & ALFA__EXPECT_FOLDERS;
    if (!folder->path)
        return;
    alfa__notices_add_names(&set->notices, folder->path, "has entries that cannot be looked at",
                            &folder->broken);
    leave_files(set, folder);
    alfa__notices_add_names(&set->notices, folder->path, "has images that belong elsewhere, left out",
                            images ? &none : &folder->images);
    alfa__notices_add_names(&set->notices, folder->path, "has folders that belong elsewhere, left out",
                            folders ? &none : &folder->folders);
}

void alfa__dataset_beside(struct alfa__dataset *set, const struct alfa__folder *folder, const char *entered,
                          int expected)
{
    struct alfa__names odd = {0};
    for (size_t i = 0; i < folder->folders.count; i++) {
        const char *name = folder->folders.items[i];
        if (strcmp(name, entered) != 0 && !((expected & ALFA__EXPECT_TRUTHS) && alfa__name_is_truth(name)))
            alfa__names_add(&odd, name);
    }
    alfa__dataset_leave(set, folder, expected | ALFA__EXPECT_FOLDERS);
    alfa__notices_add_names(&set->notices, folder->path, "has folders that belong elsewhere, left out", &odd);
    set->notices.failed = set->notices.failed || odd.failed;
    alfa__names_free(&odd);
}

/* ------------------------------------------------------------------ the end */

static enum alfa_status fail_empty(const char *folder, struct alfa_error *err)
{
    char found[320];
    alfa__survey(found, sizeof found, folder);
    return alfa__fail(
        err, ALFA_ERROR_INPUT, folder,
        "holds no images to judge; %s; --normal-dir and --abnormal-dir name folders of any layout", found);
}

static int compare_items(const void *a, const void *b)
{
    return strcmp(((const struct alfa__item *)a)->image, ((const struct alfa__item *)b)->image);
}

static int compare_classes(const void *a, const void *b)
{
    return strcmp(((const struct alfa__class *)a)->name, ((const struct alfa__class *)b)->name);
}

static void finish_class(struct alfa__class *class)
{
    alfa__names_sort(&class->normals);
    qsort(class->items, class->count, sizeof *class->items, compare_items);
    class->anomalous = class->masks = 0;
    for (size_t i = 0; i < class->count; i++) {
        class->anomalous += class->items[i].anomalous;
        class->masks += class->items[i].mask != NULL;
    }
}

enum alfa_status alfa__dataset_finish(struct alfa__dataset *set, const char *folder, struct alfa_error *err)
{
    size_t kept = 0;
    bool failed = set->notices.failed;
    for (size_t i = 0; i < set->count; i++) {
        struct alfa__class *class = &set->classes[i];
        failed = failed || class->failed || class->normals.failed;
        if (class->count == 0) {
            alfa__notices_add(&set->notices, folder, "has a class without images to judge, left out: %s",
                              class->name);
            free_class(class);
            continue;
        }
        finish_class(class);
        if (class->anomalous == 0)
            alfa__notices_add(&set->notices, folder, "has a class without anomalous images: %s", class->name);
        set->classes[kept++] = *class;
    }
    set->count = kept;
    if (failed || set->notices.failed)
        return alfa__fail(err, ALFA_ERROR_MEMORY, folder, "has more files than memory holds");
    if (kept == 0)
        return fail_empty(folder, err);
    qsort(set->classes, kept, sizeof *set->classes, compare_classes);
    return ALFA_OK;
}

void alfa__dataset_free(struct alfa__dataset *dataset)
{
    if (!dataset)
        return;
    for (size_t i = 0; i < dataset->count; i++)
        free_class(&dataset->classes[i]);
    free(dataset->classes);
    alfa__notices_free(&dataset->notices);
    free(dataset);
}
