#include "dataset/part.h"
#include "base/files.h"
#include "base/strings.h"
#include "dataset/deal.h"
#include "dataset/mask.h"
#include "dataset/words.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ opening */

static void count(struct alfa__part *part)
{
    part->good = part->bad = part->other = 0;
    for (size_t i = 0; i < part->folder.folders.count; i++) {
        const char *name = part->folder.folders.items[i];
        if (alfa__name_is_truth(name))
            continue;
        part->good += alfa__name_is_good(name);
        part->bad += alfa__name_is_bad(name);
        part->other += !alfa__name_is_good(name) && !alfa__name_is_bad(name);
    }
}

static void add_truths(struct alfa__part *part, struct alfa__dataset *set)
{
    for (size_t i = 0; i < part->folder.folders.count; i++)
        if (alfa__name_is_truth(part->folder.folders.items[i]))
            alfa__dataset_truth(&part->truths, set, part->folder.path, part->folder.folders.items[i]);
}

/* The one folder that says nothing but that images are in it; NULL when kinds or images lie beside it. */
static const char *inner_images(const struct alfa__part *part)
{
    const char *found = NULL;
    if (part->good || part->bad || part->folder.images.count)
        return NULL;
    for (size_t i = 0; i < part->folder.folders.count; i++)
        if (alfa__name_is_images(part->folder.folders.items[i]))
            found = part->folder.folders.items[i];
    return found;
}

enum alfa_status alfa__part_open(struct alfa__part *out, struct alfa__dataset *set, const char *parent,
                                 const char *name, struct alfa_error *err)
{
    *out = (struct alfa__part){.good = 0};
    ALFA__TRY(alfa__dataset_folder(&out->folder, set, parent, name, err));
    add_truths(out, set);
    count(out);
    const char *images = inner_images(out);
    if (!images)
        return ALFA_OK;
    alfa__dataset_beside(set, &out->folder, images, ALFA__EXPECT_TRUTHS);
    struct alfa__folder inner;
    enum alfa_status status = alfa__dataset_folder(&inner, set, out->folder.path, images, err);
    if (status != ALFA_OK) {
        alfa__part_free(out);
        return status;
    }
    alfa__folder_free(&out->folder);
    out->folder = inner;
    add_truths(out, set);
    count(out);
    return ALFA_OK;
}

void alfa__part_free(struct alfa__part *part)
{
    alfa__folder_free(&part->folder);
    alfa__names_free(&part->truths);
}

static void join(struct alfa__part *part, const struct alfa__names *truths)
{
    for (size_t i = 0; truths && i < truths->count; i++)
        alfa__names_add(&part->truths, truths->items[i]);
}

/* ------------------------------------------------------------------ kinds in folders */

static enum alfa_status judge_kind(struct alfa__dataset *set, struct alfa__class *class,
                                   struct alfa__part *part, const char *kind, struct alfa_error *err)
{
    struct alfa__tree tree;
    const bool good = alfa__name_is_good(kind) || (part->normal && strcmp(part->normal, kind) == 0);
    char *path = alfa__format("%s/%s", part->folder.path, kind);
    if (!path)
        return alfa__fail_memory(err, strlen(kind));
    enum alfa_status status = alfa__tree_read(&tree, set, path, err);
    struct alfa__names masks = {0};
    for (size_t i = 0; i < tree.count && status == ALFA_OK; i++) {
        const char *mask = tree.items[i].mask;
        alfa__class_add(class, tree.items[i].image, good ? NULL : mask, kind, !good);
        if (good && mask)
            alfa__names_add(&masks, mask + strlen(path) + 1);
    }
    alfa__masks_of_good(set, path, &masks);
    class->failed = class->failed || masks.failed;
    alfa__names_free(&masks);
    if (status == ALFA_OK && tree.count == 0)
        alfa__notices_add(&set->notices, path, "holds no images");
    if (status == ALFA_OK && !good)
        join(part, &tree.truths);
    if (status == ALFA_OK)
        alfa__tree_free(&tree);
    free(path);
    return status;
}

static bool any_mask(const struct alfa__class *class, size_t first)
{
    for (size_t i = first; i < class->count; i++)
        if (class->items[i].mask)
            return true;
    return false;
}

enum alfa_status alfa__part_judge(struct alfa__dataset *set, struct alfa__class *class,
                                  struct alfa__part *part, enum alfa__kinds kinds,
                                  const struct alfa__names *truths, struct alfa_error *err)
{
    const struct alfa__added added = {class, class->count, part->folder.path};
    struct alfa__names odd = {0};
    enum alfa_status status = ALFA_OK;
    join(part, truths);
    for (size_t i = 0; i < part->folder.folders.count && status == ALFA_OK; i++) {
        const char *kind = part->folder.folders.items[i];
        if (alfa__name_is_truth(kind))
            continue;
        if (kinds == ALFA__KINDS_ALL || alfa__name_is_good(kind) || alfa__name_is_bad(kind))
            status = judge_kind(set, class, part, kind, err);
        else
            alfa__names_add(&odd, kind);
    }
    alfa__notices_add_names(&set->notices, part->folder.path,
                            "has folders that are neither good nor bad, left out", &odd);
    alfa__dataset_leave(set, &part->folder, ALFA__EXPECT_FOLDERS);
    class->failed = class->failed || odd.failed || part->truths.failed;
    alfa__names_free(&odd);
    if (status == ALFA_OK)
        status = alfa__masks_deal(set, &added, &part->truths, err);
    if (status == ALFA_OK && (part->truths.count || any_mask(class, added.first)))
        alfa__masks_missing(set, &added);
    return status;
}

/* ------------------------------------------------------------------ masks that decide */

bool alfa__part_is_flat(const struct alfa__part *part)
{
    size_t pairs = 0;
    if (part->good || part->bad)
        return false;
    if (alfa__named_is_class(&part->folder))
        return true;
    free(alfa__tree_pairs(&part->folder, &pairs));
    return pairs > 0 || (part->truths.count > 0 && (part->folder.images.count > 0 || part->other > 0));
}

/* Whether a mask marks anything. One that cannot be read is said. */
static bool marks(struct alfa__dataset *set, const char *path)
{
    struct alfa__mask mask;
    struct alfa_error why;
    if (alfa__mask_load(&mask, path, &why) != ALFA_OK) {
        alfa__notices_add(&set->notices, why.source, "%s", why.message);
        return true; /* as an anomalous image that has no mask which can be used */
    }
    if (mask.least)
        alfa__notices_add(&set->notices, path,
                          "has values from %d to %d and none that is 0: taken for anomalous", mask.least,
                          mask.most);
    const bool marked = mask.anomalous > 0;
    alfa__mask_free(&mask);
    return marked;
}

/* Turns items of unknown kind, anomalous until now, into what their names or their masks say. */
static void settle(struct alfa__dataset *set, struct alfa__class *class, size_t first, bool named)
{
    for (size_t i = first; i < class->count; i++) {
        struct alfa__item *item = &class->items[i];
        item->anomalous = named ? !alfa__named_is_good(item->image) : item->mask && marks(set, item->mask);
        char *kind = alfa__strdup(item->anomalous ? "anomaly" : "good");
        class->failed = class->failed || !kind;
        free(item->kind);
        item->kind = kind;
        if (!item->anomalous) {
            free(item->mask);
            item->mask = NULL;
        }
    }
}

/* Moves the normal items from first on to those that are learnt from; the others go. */
static void turn_to_normals(struct alfa__dataset *set, struct alfa__class *class, size_t first,
                            const char *path)
{
    size_t left = 0;
    for (size_t i = first; i < class->count; i++) {
        struct alfa__item *item = &class->items[i];
        if (item->anomalous)
            left++;
        else
            alfa__names_add(&class->normals, item->image);
        free(item->image);
        free(item->mask);
        free(item->kind);
    }
    class->count = first;
    if (left)
        alfa__notices_add(&set->notices, path, "has %zu anomalous image%s to learn from, left out", left,
                          left == 1 ? "" : "s");
}

enum alfa_status alfa__part_decide(struct alfa__dataset *set, struct alfa__class *class,
                                   struct alfa__part *part, bool learn, const struct alfa__names *truths,
                                   struct alfa_error *err)
{
    const struct alfa__added added = {class, class->count, part->folder.path};
    const bool named = alfa__named_is_class(&part->folder);
    struct alfa__tree tree;
    join(part, truths);
    ALFA__TRY(alfa__tree_read(&tree, set, part->folder.path, err));
    for (size_t i = 0; i < tree.count; i++)
        alfa__class_add(class, tree.items[i].image, tree.items[i].mask, "", true);
    for (size_t i = 0; i < tree.truths.count; i++) {
        bool known = false;
        for (size_t j = 0; j < part->truths.count; j++)
            known = known || strcmp(part->truths.items[j], tree.truths.items[i]) == 0;
        if (!known)
            alfa__names_add(&part->truths, tree.truths.items[i]);
    }
    alfa__tree_free(&tree);
    class->failed = class->failed || part->truths.failed;
    enum alfa_status status = alfa__masks_deal(set, &added, &part->truths, err);
    if (status == ALFA_OK)
        settle(set, class, added.first, named);
    if (status == ALFA_OK && named && any_mask(class, added.first))
        alfa__masks_missing(set, &added);
    if (status == ALFA_OK && learn)
        turn_to_normals(set, class, added.first, part->folder.path);
    return status;
}

/* ------------------------------------------------------------------ to learn from */

static enum alfa_status learn_folder(struct alfa__dataset *set, struct alfa__class *class, const char *parent,
                                     const char *name, struct alfa_error *err)
{
    struct alfa__tree tree;
    char *path = name ? alfa__format("%s/%s", parent, name) : alfa__strdup(parent);
    if (!path)
        return alfa__fail_memory(err, strlen(parent));
    enum alfa_status status = alfa__tree_read(&tree, set, path, err);
    free(path);
    ALFA__TRY(status);
    for (size_t i = 0; i < tree.count; i++)
        alfa__class_add_normal(class, tree.items[i].image);
    alfa__tree_free(&tree);
    return ALFA_OK;
}

static enum alfa_status learn_good(struct alfa__dataset *set, struct alfa__class *class,
                                   struct alfa__part *part, struct alfa_error *err)
{
    struct alfa__names odd = {0};
    enum alfa_status status = ALFA_OK;
    for (size_t i = 0; i < part->folder.folders.count && status == ALFA_OK; i++) {
        const char *name = part->folder.folders.items[i];
        if (alfa__name_is_good(name))
            status = learn_folder(set, class, part->folder.path, name, err);
        else if (!alfa__name_is_truth(name))
            alfa__names_add(&odd, name);
    }
    alfa__notices_add_names(&set->notices, part->folder.path, "has folders that are not good, left out",
                            &odd);
    alfa__dataset_leave(set, &part->folder, ALFA__EXPECT_FOLDERS);
    class->failed = class->failed || odd.failed;
    alfa__names_free(&odd);
    return status;
}

enum alfa_status alfa__part_learn(struct alfa__dataset *set, struct alfa__class *class,
                                  struct alfa__part *part, const struct alfa__names *truths,
                                  struct alfa_error *err)
{
    if (part->good || part->bad)
        return learn_good(set, class, part, err);
    if (alfa__part_is_flat(part))
        return alfa__part_decide(set, class, part, true, truths, err);
    const size_t before = class->normals.count;
    ALFA__TRY(learn_folder(set, class, part->folder.path, NULL, err));
    if (class->normals.count > before)
        alfa__notices_add(&set->notices, part->folder.path,
                          "has no folder good: all its images are taken for normal ones to learn from");
    return ALFA_OK;
}
