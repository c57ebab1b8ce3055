#include "eval/dataset.h"
#include "base/files.h"
#include "base/strings.h"
#include "eval/layouts.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define UNDERSTOOD                                                                                    \
    "train/good and test/<defect> (MVTec AD: one class, or a folder of classes), split_csv/1cls.csv " \
    "(VisA), or "                                                                                     \
    "folders good and bad"

static const char *const good_names[] = {"good", "normal", "ok", NULL};
static const char *const bad_names[] = {"bad",       "anomaly", "anomalous", "abnormal", "defect",
                                        "defective", "ng",      "nok",       NULL};

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcasecmp(name, *names) == 0)
            return true;
    return false;
}

bool alfa__name_is_good(const char *name)
{
    return is_one_of(name, good_names);
}

bool alfa__name_is_bad(const char *name)
{
    return is_one_of(name, bad_names);
}

const char *alfa__layout_name(enum alfa__dataset_layout layout)
{
    static const char *const names[] = {"MVTec AD", "VisA", "good and bad folders"};
    return names[layout];
}

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

void alfa__class_add(struct alfa__class *class, const char *folder, const char *name, const char *kind,
                     bool anomalous)
{
    void *items = class->items;
    bool room = grow(&items, class->count, &class->room, sizeof *class->items);
    class->items = items;
    struct alfa__item item = {alfa__format("%s/%s", folder, name), NULL, alfa__strdup(kind), anomalous};
    if (!room || !item.image || !item.kind) {
        class->failed = true;
        free(item.image);
        free(item.kind);
        return;
    }
    class->items[class->count++] = item;
}

void alfa__class_add_normal(struct alfa__class *class, const char *folder, const char *name)
{
    char *path = alfa__format("%s/%s", folder, name);
    if (path)
        alfa__names_add(&class->normals, path);
    else
        class->failed = true;
    free(path);
}

/* ------------------------------------------------------------------ folders */

enum alfa_status alfa__dataset_folder(struct alfa__folder *out, struct alfa__dataset *set, const char *parent,
                                      const char *name, struct alfa_error *err)
{
    struct alfa_error why;
    *out = (struct alfa__folder){0};
    char *path = alfa__format("%s/%s", parent, name);
    if (!path)
        return alfa__fail_memory(err, strlen(parent) + strlen(name));
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

void alfa__dataset_leave(struct alfa__dataset *set, const struct alfa__folder *folder, int expected)
{
    const struct alfa__names none = {0};
    bool images = expected & ALFA__EXPECT_IMAGES, folders = expected & ALFA__EXPECT_FOLDERS;
    alfa__notices_add_names(&set->notices, folder->path, "has entries that cannot be looked at",
                            &folder->broken);
    alfa__notices_add_names(&set->notices, folder->path, "has files that are no images, left out",
                            &folder->others);
    alfa__notices_add_names(&set->notices, folder->path, "has images that belong elsewhere, left out",
                            images ? &none : &folder->images);
    alfa__notices_add_names(&set->notices, folder->path, "has folders that belong elsewhere, left out",
                            folders ? &none : &folder->folders);
}

/* ------------------------------------------------------------------ which layout */

/* One folder of a folder of classes. The first class decides which layout they have. */
static enum alfa_status read_child(struct alfa__dataset *set, const struct alfa__folder *child,
                                   const char *name, struct alfa__names *odd, struct alfa_error *err)
{
    bool mvtec = alfa__mvtec_is_class(child), plain = !mvtec && alfa__plain_is_class(child);
    if (set->count == 0)
        set->layout = plain ? ALFA__LAYOUT_PLAIN : ALFA__LAYOUT_MVTEC;
    if (mvtec && set->layout == ALFA__LAYOUT_MVTEC)
        return alfa__mvtec_read(set, child, name, err);
    if (plain && set->layout == ALFA__LAYOUT_PLAIN)
        return alfa__plain_read(set, child, name, err);
    alfa__names_add(odd, name);
    return ALFA_OK;
}

/* A folder of classes. *found tells whether there is any. */
static enum alfa_status read_classes(struct alfa__dataset *set, const struct alfa__folder *top, bool *found,
                                     struct alfa_error *err)
{
    enum alfa_status status = ALFA_OK;
    struct alfa__names odd = {0};
    for (size_t i = 0; status == ALFA_OK && i < top->folders.count; i++) {
        struct alfa__folder child;
        status = alfa__dataset_folder(&child, set, top->path, top->folders.items[i], err);
        if (status == ALFA_OK)
            status = read_child(set, &child, top->folders.items[i], &odd, err);
        alfa__folder_free(&child);
    }
    *found = set->count > 0;
    if (*found) {
        alfa__notices_add_names(&set->notices, top->path, "has folders that are no classes, left out", &odd);
        alfa__dataset_leave(set, top, ALFA__EXPECT_FOLDERS);
    }
    set->notices.failed = set->notices.failed || odd.failed;
    alfa__names_free(&odd);
    return status;
}

static enum alfa_status refuse(const struct alfa__folder *top, struct alfa_error *err)
{
    bool good = false, bad = false;
    for (size_t i = 0; i < top->folders.count; i++) {
        good = good || alfa__name_is_good(top->folders.items[i]);
        bad = bad || alfa__name_is_bad(top->folders.items[i]);
    }
    if (alfa__names_have(&top->folders, "Data"))
        return alfa__fail(err, ALFA_ERROR_INPUT, top->path,
                          "looks like one class of VisA: give the folder above it, which holds split_csv");
    if (good != bad)
        return alfa__fail(err, ALFA_ERROR_INPUT, top->path, "has a folder of %s images but none of %s ones",
                          good ? "good" : "bad", good ? "bad" : "good");
    return alfa__fail(err, ALFA_ERROR_INPUT, top->path,
                      "has no layout that is understood: expected " UNDERSTOOD);
}

static enum alfa_status read_one_class(struct alfa__dataset *set, const struct alfa__folder *top,
                                       struct alfa_error *err)
{
    char *real = realpath(top->path, NULL);
    const char *name = alfa__path_name(real ? real : top->path);
    bool mvtec = alfa__mvtec_is_class(top);
    set->layout = mvtec ? ALFA__LAYOUT_MVTEC : ALFA__LAYOUT_PLAIN;
    enum alfa_status status =
        mvtec ? alfa__mvtec_read(set, top, name, err) : alfa__plain_read(set, top, name, err);
    free(real);
    return status;
}

/* The folder that VisA's own script makes holds one folder for each of its splits. */
static enum alfa_status read_visa_converted(struct alfa__dataset *set, const struct alfa__folder *top,
                                            bool *found, struct alfa_error *err)
{
    struct alfa__folder inner;
    ALFA__TRY(alfa__dataset_folder(&inner, set, top->path, "1cls", err));
    enum alfa_status status = read_classes(set, &inner, found, err);
    if (status == ALFA_OK && *found)
        alfa__notices_add(&set->notices, top->path, "is VisA as converted: only its folder 1cls is read");
    alfa__folder_free(&inner);
    return status;
}

static enum alfa_status read_layout(struct alfa__dataset *set, const struct alfa__folder *top,
                                    struct alfa_error *err)
{
    bool found = false;
    if (alfa__names_have(&top->folders, "split_csv")) {
        set->layout = ALFA__LAYOUT_VISA;
        return alfa__visa_read(set, top, err);
    }
    if (alfa__mvtec_is_class(top) || alfa__plain_is_class(top))
        return read_one_class(set, top, err);
    ALFA__TRY(read_classes(set, top, &found, err));
    if (!found && alfa__names_have(&top->folders, "1cls"))
        ALFA__TRY(read_visa_converted(set, top, &found, err));
    return found ? ALFA_OK : refuse(top, err);
}

/* ------------------------------------------------------------------ opening */

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

/* Sorts, counts, leaves out classes without images. */
static enum alfa_status finish(struct alfa__dataset *set, const char *folder, struct alfa_error *err)
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
        set->classes[kept++] = *class;
    }
    set->count = kept;
    if (failed || set->notices.failed)
        return alfa__fail(err, ALFA_ERROR_MEMORY, folder, "has more files than memory holds");
    if (kept == 0)
        return alfa__fail(err, ALFA_ERROR_INPUT, folder, "holds no images to judge");
    qsort(set->classes, kept, sizeof *set->classes, compare_classes);
    return ALFA_OK;
}

static enum alfa_status open_folder(struct alfa__dataset *set, const char *folder, const char *nouns_path,
                                    struct alfa_error *err)
{
    struct alfa__folder top;
    ALFA__TRY(alfa__folder_read(&top, folder, err));
    enum alfa_status status = read_layout(set, &top, err);
    if (status == ALFA_OK)
        status = finish(set, folder, err);
    if (status == ALFA_OK && nouns_path)
        status = alfa__nouns_read(set, nouns_path, err);
    alfa__folder_free(&top);
    return status;
}

enum alfa_status alfa__dataset_open(struct alfa__dataset **out, const char *folder, const char *nouns_path,
                                    struct alfa_error *err)
{
    char *path = alfa__strdup(folder);
    *out = calloc(1, sizeof **out);
    if (!path || !*out) {
        free(path);
        free(*out);
        *out = NULL;
        return alfa__fail_memory(err, sizeof **out);
    }
    for (size_t end = strlen(path); end > 1 && path[end - 1] == '/'; end--)
        path[end - 1] = 0;
    enum alfa_status status = open_folder(*out, path, nouns_path, err);
    free(path);
    if (status != ALFA_OK) {
        alfa__dataset_free(*out);
        *out = NULL;
    }
    return status;
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
