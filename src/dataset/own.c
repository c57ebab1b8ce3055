/* Folders of one class as the caller names them: for every layout that nobody has thought of. */
#include "base/files.h"
#include "base/strings.h"
#include "dataset/deal.h"
#include "dataset/tree.h"

#include <stdlib.h>
#include <string.h>

static char *trimmed(const char *path)
{
    char *out = alfa__strdup(path);
    for (size_t end = out ? strlen(out) : 0; end > 1 && out[end - 1] == '/'; end--)
        out[end - 1] = 0;
    return out;
}

/* "a/b" -> "a", "b" -> "" */
static char *parent_of(const char *path)
{
    const char *name = alfa__path_name(path);
    return name - path > 1 ? alfa__format("%.*s", (int)(name - path) - 1, path) : alfa__strdup("");
}

/* Every image of a folder; one without any is an error. */
static enum alfa_status read(struct alfa__tree *tree, struct alfa__dataset *set, const char *path,
                             struct alfa_error *err)
{
    struct alfa__folder folder;
    *tree = (struct alfa__tree){0};
    ALFA__TRY(alfa__folder_read(&folder, path, err)); /* that it can be searched is no notice here */
    alfa__folder_free(&folder);
    ALFA__TRY(alfa__tree_read(tree, set, path, err));
    if (tree->count)
        return ALFA_OK;
    alfa__tree_free(tree);
    return alfa__fail(err, ALFA_ERROR_INPUT, path, "holds no images");
}

static enum alfa_status judge(struct alfa__dataset *set, struct alfa__class *class, const char *path,
                              const char *masks, bool anomalous, struct alfa_error *err)
{
    const size_t first = class->count;
    struct alfa__tree tree;
    struct alfa__names truths = {0};
    char *base = trimmed(path);
    if (!base)
        return alfa__fail_memory(err, strlen(path));
    enum alfa_status status = read(&tree, set, base, err);
    for (size_t i = 0; i < tree.count && status == ALFA_OK; i++)
        alfa__class_add(class, tree.items[i].image, anomalous && !masks ? tree.items[i].mask : NULL,
                        anomalous ? "anomaly" : "good", anomalous);
    if (status == ALFA_OK && anomalous && masks) {
        char *truth = trimmed(masks), *above = parent_of(base); /* masks may lie below their kind's name */
        if (truth)
            alfa__names_add(&truths, truth);
        class->failed = class->failed || !truth || !above || truths.failed;
        if (above)
            status = alfa__masks_deal(set, &(struct alfa__added){class, first, above}, &truths, err);
        free(truth);
        free(above);
        if (status == ALFA_OK)
            alfa__masks_missing(set, &(struct alfa__added){class, first, base});
    }
    alfa__tree_free(&tree);
    alfa__names_free(&truths);
    free(base);
    return status;
}

static enum alfa_status learn(struct alfa__dataset *set, struct alfa__class *class, const char *path,
                              struct alfa_error *err)
{
    struct alfa__tree tree;
    char *base = trimmed(path);
    if (!base)
        return alfa__fail_memory(err, strlen(path));
    enum alfa_status status = read(&tree, set, base, err);
    for (size_t i = 0; i < tree.count && status == ALFA_OK; i++)
        alfa__class_add_normal(class, tree.items[i].image);
    alfa__tree_free(&tree);
    free(base);
    return status;
}

/* "parts/gear/ok" -> "gear"; freed with free(). */
static char *name_above(const char *path)
{
    char *real = realpath(path, NULL), *slash = real ? strrchr(real, '/') : NULL;
    if (slash && slash > real)
        *slash = 0;
    char *name = alfa__strdup(real && *alfa__path_name(real) ? alfa__path_name(real) : "part");
    free(real);
    return name;
}

/* Whether path is the folder or lies in it. */
static bool lies_in(const char *path, const char *folder)
{
    char *inner = realpath(path, NULL), *outer = realpath(folder, NULL);
    const bool inside = inner && outer && (strcmp(inner, outer) == 0 || alfa__path_behind(inner, outer));
    free(inner);
    free(outer);
    return inside;
}

/* An image that is learned from is not judged, and one that is judged is good or bad. */
static enum alfa_status check_apart(const struct alfa__own_folders *own, struct alfa_error *err)
{
    const char *const folders[] = {own->learn, own->normal, own->abnormal};
    enum { COUNT = sizeof folders / sizeof *folders };
    for (int i = 0; i < COUNT * COUNT; i++) {
        const char *inner = folders[i / COUNT], *outer = folders[i % COUNT];
        if (i / COUNT != i % COUNT && inner && outer && lies_in(inner, outer))
            return alfa__fail(err, ALFA_ERROR_USAGE, inner,
                              "%s %s, and an image is either learned from, good or bad: name folders apart",
                              lies_in(outer, inner) ? "is the same folder as" : "lies in", outer);
    }
    return ALFA_OK;
}

static enum alfa_status fill(struct alfa__dataset *set, const struct alfa__own_folders *own,
                             struct alfa_error *err)
{
    const char *any = own->normal ? own->normal : own->abnormal;
    ALFA__TRY(check_apart(own, err));
    if (own->masks && !alfa__folder_exists(own->masks))
        return alfa__fail(err, ALFA_ERROR_INPUT, own->masks, "is no folder of masks");
    char *name = own->noun ? alfa__strdup(own->noun) : name_above(any);
    struct alfa__class *class = name ? alfa__dataset_class(set, name) : NULL;
    free(name);
    if (!class)
        return alfa__fail_memory(err, sizeof *class);
    if (own->learn)
        ALFA__TRY(learn(set, class, own->learn, err));
    if (own->normal)
        ALFA__TRY(judge(set, class, own->normal, NULL, false, err));
    if (own->abnormal)
        ALFA__TRY(judge(set, class, own->abnormal, own->masks, true, err));
    return alfa__dataset_finish(set, any, err);
}

enum alfa_status alfa__dataset_own(struct alfa__dataset **out, const struct alfa__own_folders *own,
                                   struct alfa__notices *notices, struct alfa_error *err)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return alfa__fail_memory(err, sizeof **out);
    (*out)->layout = "folders as named";
    enum alfa_status status = fill(*out, own, err);
    alfa__notices_move(notices, &(*out)->notices);
    if (status != ALFA_OK) {
        alfa__dataset_free(*out);
        *out = NULL;
    }
    return status;
}
