/* Good and bad above, train and test in them: good/{train,test} beside bad/test. */
#include "base/files.h"
#include "base/strings.h"
#include "dataset/deal.h"
#include "dataset/tree.h"
#include "dataset/words.h"

#include <stdlib.h>

/* What a folder of kinds holds: parts that say nothing further, or one that does and so is a class. */
enum parts { NONE, PARTS, CLASS };

static bool is_part(const char *name)
{
    return alfa__name_is_train(name) || alfa__name_is_test(name) || alfa__name_is_validation(name);
}

static enum parts parts_of(const struct alfa__folder *top, const char *name)
{
    struct alfa__folder kind = {0};
    char *path = alfa__format("%s/%s", top->path, name);
    enum parts found = NONE;
    if (path && alfa__folder_read(&kind, path, NULL) == ALFA_OK)
        for (size_t i = 0; i < kind.folders.count && found != CLASS; i++) {
            struct alfa__folder part = {0};
            char *inner =
                is_part(kind.folders.items[i]) ? alfa__format("%s/%s", path, kind.folders.items[i]) : NULL;
            if (inner && alfa__folder_read(&part, inner, NULL) == ALFA_OK)
                found = alfa__sorted_is_part(&part) ? CLASS : PARTS;
            alfa__folder_free(&part);
            free(inner);
        }
    alfa__folder_free(&kind);
    free(path);
    return found;
}

bool alfa__crossed_is_class(const struct alfa__folder *top)
{
    bool good = false, bad = false, parts = false;
    for (size_t i = 0; i < top->folders.count; i++) {
        const char *name = top->folders.items[i];
        const bool is_good = alfa__name_is_good(name), is_bad = alfa__name_is_bad(name);
        const enum parts found = is_good || is_bad ? parts_of(top, name) : NONE;
        if (found == CLASS)
            return false;
        good = good || is_good;
        bad = bad || is_bad;
        parts = parts || found == PARTS;
    }
    return good && bad && parts;
}

/* ------------------------------------------------------------------ reading */

/* What all folders are read into. */
struct crossed {
    struct alfa__dataset *set;
    struct alfa__class *class;
    struct alfa__names truths;
};

/* The images of a kind, or of a part of one. */
static enum alfa_status add(struct crossed *c, const char *path, const char *kind, bool learn,
                            struct alfa_error *err)
{
    struct alfa__tree tree;
    const bool good = alfa__name_is_good(kind);
    ALFA__TRY(alfa__tree_read(&tree, c->set, path, err));
    for (size_t i = 0; i < tree.count; i++)
        if (learn)
            alfa__class_add_normal(c->class, tree.items[i].image);
        else
            alfa__class_add(c->class, tree.items[i].image, good ? NULL : tree.items[i].mask, kind, !good);
    for (size_t i = 0; i < tree.truths.count && !good; i++)
        alfa__names_add(&c->truths, tree.truths.items[i]);
    if (tree.count == 0)
        alfa__notices_add(&c->set->notices, path, "holds no images");
    alfa__tree_free(&tree);
    return ALFA_OK;
}

static bool has_test(const struct alfa__folder *folder)
{
    for (size_t i = 0; i < folder->folders.count; i++)
        if (alfa__name_is_test(folder->folders.items[i]))
            return true;
    return false;
}

/* One folder in that of a kind, which has parts. */
static enum alfa_status add_part(struct crossed *c, const struct alfa__folder *folder, const char *name,
                                 const char *kind, struct alfa__names *odd, struct alfa_error *err)
{
    const bool good = alfa__name_is_good(kind), learn = alfa__name_is_train(name);
    const bool judged = alfa__name_is_test(name) || (alfa__name_is_validation(name) && !has_test(folder));
    if (alfa__name_is_truth(name)) {
        alfa__dataset_truth(&c->truths, c->set, folder->path, name);
        return ALFA_OK;
    }
    if (!judged && !(learn && good)) {
        alfa__names_add(odd, name);
        return ALFA_OK;
    }
    char *path = alfa__format("%s/%s", folder->path, name);
    enum alfa_status status =
        path ? add(c, path, kind, learn, err) : alfa__fail_memory(err, sizeof *c->class);
    free(path);
    return status;
}

static enum alfa_status add_kind(struct crossed *c, const struct alfa__folder *top, const char *kind,
                                 struct alfa_error *err)
{
    struct alfa__folder folder;
    struct alfa__names odd = {0};
    ALFA__TRY(alfa__dataset_folder(&folder, c->set, top->path, kind, err));
    enum alfa_status status = ALFA_OK;
    if (parts_of(top, kind) == NONE)
        status = add(c, folder.path, kind, false, err);
    else {
        for (size_t i = 0; i < folder.folders.count && status == ALFA_OK; i++)
            status = add_part(c, &folder, folder.folders.items[i], kind, &odd, err);
        alfa__notices_add_names(&c->set->notices, folder.path,
                                "has folders that are not judged, nor learnt from", &odd);
        alfa__dataset_leave(c->set, &folder, ALFA__EXPECT_FOLDERS);
    }
    c->class->failed = c->class->failed || odd.failed;
    alfa__names_free(&odd);
    alfa__folder_free(&folder);
    return status;
}

static enum alfa_status deal(struct crossed *c, const struct alfa__added *added, struct alfa_error *err)
{
    bool masks = c->truths.count > 0;
    ALFA__TRY(alfa__masks_deal(c->set, added, &c->truths, err));
    for (size_t i = added->first; i < c->class->count; i++)
        masks = masks || c->class->items[i].mask;
    if (masks)
        alfa__masks_missing(c->set, added);
    return ALFA_OK;
}

enum alfa_status alfa__crossed_read(struct alfa__dataset *set, struct alfa__class *class,
                                    const struct alfa__folder *top, struct alfa_error *err)
{
    struct crossed c = {.set = set, .class = class};
    const struct alfa__added added = {class, class->count, top->path};
    struct alfa__names odd = {0};
    enum alfa_status status = ALFA_OK;
    for (size_t i = 0; i < top->folders.count && status == ALFA_OK; i++) {
        const char *name = top->folders.items[i];
        if (alfa__name_is_good(name) || alfa__name_is_bad(name))
            status = add_kind(&c, top, name, err);
        else if (alfa__name_is_truth(name))
            alfa__dataset_truth(&c.truths, set, top->path, name);
        else
            alfa__names_add(&odd, name);
    }
    if (status == ALFA_OK)
        status = deal(&c, &added, err);
    alfa__notices_add_names(&set->notices, top->path, "has folders that are neither good nor bad, left out",
                            &odd);
    alfa__dataset_leave(set, top, ALFA__EXPECT_FOLDERS);
    if (class->normals.count == 0)
        alfa__notices_add(&set->notices, top->path,
                          "has no normal images in a folder train: nothing to learn from");
    class->failed = class->failed || odd.failed || c.truths.failed;
    alfa__names_free(&odd);
    alfa__names_free(&c.truths);
    return status;
}
