/* MVTec AD: train/good, test/<kind>, ground_truth/<kind>.
 *
 * A mask belongs to an image of the same kind. Three rules, the first that fits decides: <stem>_mask, <stem>,
 * and <stem> followed by '_', '-', '.' or a space and anything, which is reported. Each rule is tried on all
 * images before the next one, so that a_b_mask.png goes to a_b.png and not to a.png. */
#include "base/files.h"
#include "base/strings.h"
#include "eval/layouts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool alfa__mvtec_is_class(const struct alfa__folder *top)
{
    return alfa__names_have(&top->folders, "test") ||
           (alfa__names_have(&top->folders, "train") && !alfa__plain_is_class(top));
}

/* ------------------------------------------------------------------ masks */

enum rule { MASK_SUFFIX, SAME_STEM, ODD_SUFFIX, RULES };

static bool fits(enum rule rule, const char *mask, const char *stem, size_t size)
{
    size_t mask_size = alfa__name_stem(mask);
    if (mask_size < size || strncmp(mask, stem, size) != 0)
        return false;
    if (rule == MASK_SUFFIX)
        return mask_size == size + 5 && strncasecmp(mask + size, "_mask", 5) == 0;
    if (rule == SAME_STEM)
        return mask_size == size;
    return mask_size > size && strchr("_-. ", mask[size]);
}

/* The masks of one kind, while they are dealt out. */
struct masks {
    struct alfa__folder folder;
    bool *used;
    struct alfa__names odd, shared, missing, orphans; /* to be reported */
};

/* The index of the mask for an image's stem, -1 when none fits. Masks are sorted and begin with the stem. */
static ptrdiff_t find_mask(const struct masks *masks, enum rule rule, const char *stem, size_t size)
{
    const struct alfa__names *names = &masks->folder.images;
    for (size_t i = alfa__names_find(names, stem); i < names->count; i++) {
        if (strncmp(names->items[i], stem, size) != 0)
            break;
        if (fits(rule, names->items[i], stem, size) && !(rule == ODD_SUFFIX && masks->used[i]))
            return (ptrdiff_t)i;
    }
    return -1;
}

static void give_mask(struct alfa__class *class, struct alfa__item *item, struct masks *masks, enum rule rule)
{
    char *stem = alfa__strdup(alfa__path_name(item->image));
    if (!stem) {
        class->failed = true;
        return;
    }
    stem[alfa__name_stem(stem)] = 0;
    ptrdiff_t at = find_mask(masks, rule, stem, strlen(stem));
    free(stem);
    if (at < 0)
        return;
    const char *name = masks->folder.images.items[at];
    if (masks->used[at])
        alfa__names_add(&masks->shared, name);
    if (rule == ODD_SUFFIX)
        alfa__names_add(&masks->odd, name);
    masks->used[at] = true;
    item->mask = alfa__format("%s/%s", masks->folder.path, name);
    class->failed = class->failed || !item->mask;
}

static void report_masks(struct alfa__dataset *set, struct alfa__class *class, size_t first,
                         struct masks *masks)
{
    const char *path = masks->folder.path;
    for (size_t i = first; i < class->count; i++)
        if (!class->items[i].mask)
            alfa__names_add(&masks->missing, alfa__path_name(class->items[i].image));
    for (size_t i = 0; i < masks->folder.images.count; i++)
        if (!masks->used[i])
            alfa__names_add(&masks->orphans, masks->folder.images.items[i]);
    alfa__notices_add_names(&set->notices, path, "has no mask for", &masks->missing);
    alfa__notices_add_names(&set->notices, path, "has masks that belong to no image, left out",
                            &masks->orphans);
    alfa__notices_add_names(&set->notices, path, "has masks with an odd suffix, taken by their beginning",
                            &masks->odd);
    alfa__notices_add_names(&set->notices, path, "has masks that several images share", &masks->shared);
    alfa__dataset_leave(set, &masks->folder, ALFA__EXPECT_IMAGES);
}

static void free_masks(struct masks *masks)
{
    alfa__folder_free(&masks->folder);
    alfa__names_free(&masks->odd);
    alfa__names_free(&masks->shared);
    alfa__names_free(&masks->missing);
    alfa__names_free(&masks->orphans);
    free(masks->used);
}

/* Masks for the class's items from first on. */
static enum alfa_status read_masks(struct alfa__dataset *set, struct alfa__class *class, size_t first,
                                   const char *truth, const char *kind, struct alfa_error *err)
{
    struct masks masks = {0};
    ALFA__TRY(alfa__dataset_folder(&masks.folder, set, truth, kind, err));
    masks.used = calloc(masks.folder.images.count + 1, sizeof *masks.used);
    for (int rule = 0; masks.used && rule < RULES; rule++)
        for (size_t i = first; i < class->count; i++)
            if (!class->items[i].mask)
                give_mask(class, &class->items[i], &masks, (enum rule)rule);
    if (masks.used)
        report_masks(set, class, first, &masks);
    class->failed = class->failed || !masks.used || masks.odd.failed || masks.shared.failed ||
                    masks.missing.failed || masks.orphans.failed;
    free_masks(&masks);
    return ALFA_OK;
}

/* ------------------------------------------------------------------ folders */

static enum alfa_status read_kind(struct alfa__dataset *set, struct alfa__class *class,
                                  const struct alfa__folder *test, const char *kind,
                                  const struct alfa__folder *truth, struct alfa_error *err)
{
    struct alfa__folder folder;
    size_t first = class->count;
    bool good = alfa__name_is_good(kind), masks = alfa__names_have(&truth->folders, kind);
    ALFA__TRY(alfa__dataset_folder(&folder, set, test->path, kind, err));
    for (size_t i = 0; i < folder.images.count; i++)
        alfa__class_add(class, folder.path, folder.images.items[i], kind, !good);
    if (folder.images.count == 0)
        alfa__notices_add(&set->notices, folder.path, "holds no images");
    else if (!good && truth->path && !masks)
        alfa__notices_add(&set->notices, folder.path, "has no masks: there is no %s/%s", truth->path, kind);
    alfa__dataset_leave(set, &folder, ALFA__EXPECT_IMAGES);
    alfa__folder_free(&folder);
    return masks && !good ? read_masks(set, class, first, truth->path, kind, err) : ALFA_OK;
}

static enum alfa_status read_test(struct alfa__dataset *set, struct alfa__class *class,
                                  const struct alfa__folder *top, const struct alfa__folder *truth,
                                  struct alfa_error *err)
{
    struct alfa__folder test;
    bool good = false;
    ALFA__TRY(alfa__dataset_folder(&test, set, top->path, "test", err));
    enum alfa_status status = ALFA_OK;
    for (size_t i = 0; status == ALFA_OK && i < test.folders.count; i++) {
        status = read_kind(set, class, &test, test.folders.items[i], truth, err);
        good = good || alfa__name_is_good(test.folders.items[i]);
    }
    if (!good)
        alfa__notices_add(&set->notices, test.path, "has no folder good: every image to judge is anomalous");
    for (size_t i = 0; truth->path && i < truth->folders.count; i++)
        if (alfa__name_is_good(truth->folders.items[i]) ||
            !alfa__names_have(&test.folders, truth->folders.items[i]))
            alfa__notices_add(&set->notices, truth->path, "has masks without defective images, left out: %s",
                              truth->folders.items[i]);
    alfa__dataset_leave(set, &test, ALFA__EXPECT_FOLDERS);
    alfa__folder_free(&test);
    return status;
}

static enum alfa_status read_train(struct alfa__dataset *set, struct alfa__class *class,
                                   const struct alfa__folder *top, struct alfa_error *err)
{
    struct alfa__folder train;
    ALFA__TRY(alfa__dataset_folder(&train, set, top->path, "train", err));
    enum alfa_status status = ALFA_OK;
    for (size_t i = 0; status == ALFA_OK && i < train.folders.count; i++) {
        struct alfa__folder folder;
        if (!alfa__name_is_good(train.folders.items[i])) {
            alfa__notices_add(&set->notices, train.path, "has a folder that is not good, left out: %s",
                              train.folders.items[i]);
            continue;
        }
        status = alfa__dataset_folder(&folder, set, train.path, train.folders.items[i], err);
        for (size_t j = 0; j < folder.images.count; j++)
            alfa__class_add_normal(class, folder.path, folder.images.items[j]);
        if (status == ALFA_OK)
            alfa__dataset_leave(set, &folder, ALFA__EXPECT_IMAGES);
        alfa__folder_free(&folder);
    }
    alfa__dataset_leave(set, &train, ALFA__EXPECT_FOLDERS);
    alfa__folder_free(&train);
    return status;
}

/* Notices for what a class folder holds beside its three folders. */
static void report_top(struct alfa__dataset *set, const struct alfa__class *class,
                       const struct alfa__folder *top)
{
    for (size_t i = 0; i < top->folders.count; i++) {
        const char *name = top->folders.items[i];
        if (strcmp(name, "train") != 0 && strcmp(name, "test") != 0 && strcmp(name, "ground_truth") != 0)
            alfa__notices_add(&set->notices, top->path, "has a folder that belongs elsewhere, left out: %s",
                              name);
    }
    alfa__dataset_leave(set, top, ALFA__EXPECT_FOLDERS);
    if (class->normals.count == 0)
        alfa__notices_add(&set->notices, top->path, "has no images in train/good: nothing to learn from");
}

enum alfa_status alfa__mvtec_read(struct alfa__dataset *set, const struct alfa__folder *top, const char *name,
                                  struct alfa_error *err)
{
    struct alfa__folder truth = {0};
    enum alfa_status status = ALFA_OK;
    struct alfa__class *class = alfa__dataset_class(set, name);
    if (!class)
        return alfa__fail_memory(err, sizeof *class);
    if (alfa__names_have(&top->folders, "train"))
        status = read_train(set, class, top, err);
    if (status == ALFA_OK && alfa__names_have(&top->folders, "ground_truth")) {
        status = alfa__dataset_folder(&truth, set, top->path, "ground_truth", err);
        if (status == ALFA_OK)
            alfa__dataset_leave(set, &truth, ALFA__EXPECT_FOLDERS);
    } else {
        alfa__notices_add(&set->notices, top->path, "has no folder ground_truth: no masks, no pixel metrics");
    }
    if (status == ALFA_OK && alfa__names_have(&top->folders, "test"))
        status = read_test(set, class, top, &truth, err);
    report_top(set, class, top);
    alfa__folder_free(&truth);
    return status;
}
