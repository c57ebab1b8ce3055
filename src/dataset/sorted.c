/* Folders of good and bad images beside each other, with or without one of masks: good, bad, mask; ok and ko;
 * good and a folder for each kind of defect; VisA's Data/Images/{Normal,Anomaly} and Data/Masks/Anomaly. */
#include "base/files.h"
#include "base/strings.h"
#include "dataset/part.h"
#include "dataset/words.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* VisA's classes lie in Data. */
static const char *wrapper(const struct alfa__folder *top)
{
    for (size_t i = 0; i < top->folders.count; i++)
        if (strcasecmp(top->folders.items[i], "data") == 0)
            return top->folders.items[i];
    return NULL;
}

/* Whether a folder in top holds classes or parts of one: then its name says nothing about its images. */
static bool is_more(const struct alfa__folder *top, const char *name)
{
    struct alfa__folder folder = {0};
    char *path = alfa__format("%s/%s", top->path, name);
    bool more = false;
    if (path && alfa__folder_read(&folder, path, NULL) == ALFA_OK)
        for (size_t i = 0; i < folder.folders.count; i++)
            more = more || alfa__name_is_train(folder.folders.items[i]) ||
                   alfa__name_is_test(folder.folders.items[i]) || alfa__name_is_good(folder.folders.items[i]);
    alfa__folder_free(&folder);
    free(path);
    return more;
}

/* Folders of top by what they say; others are those that hold images without saying what. */
struct kinds {
    int good, bad, others;
};

static struct kinds count_kinds(const struct alfa__folder *top)
{
    struct kinds out = {0};
    for (size_t i = 0; i < top->folders.count; i++) {
        const char *name = top->folders.items[i];
        const bool good = alfa__name_is_good(name), bad = alfa__name_is_bad(name);
        char *path = alfa__format("%s/%s", top->path, name);
        if ((good || bad) && !is_more(top, name)) {
            out.good += good;
            out.bad += bad;
        } else if (!good && !bad && path && !alfa__name_is_truth(name) && !is_more(top, name)) {
            out.others += alfa__folder_has_images(path);
        }
        free(path);
    }
    return out;
}

/* The folder that kinds lie in: top, or Data or Images in it; freed by the caller. */
static bool find_kinds(struct alfa__folder *out, const struct alfa__folder *top)
{
    for (size_t i = 0; i < top->folders.count; i++) {
        const char *name = top->folders.items[i];
        char *path = alfa__name_is_images(name) || name == wrapper(top)
                         ? alfa__format("%s/%s", top->path, name)
                         : NULL;
        const bool found = path && alfa__folder_read(out, path, NULL) == ALFA_OK;
        free(path);
        if (found)
            return true;
    }
    return false;
}

static bool is_sorted(const struct alfa__folder *top, int depth)
{
    struct alfa__folder inner = {0};
    const struct kinds kinds = count_kinds(top);
    if (kinds.good && (kinds.bad || kinds.others))
        return true;
    const bool found = depth < 2 && find_kinds(&inner, top) && is_sorted(&inner, depth + 1);
    alfa__folder_free(&inner);
    return found;
}

bool alfa__sorted_is_class(const struct alfa__folder *top)
{
    return is_sorted(top, 0);
}

bool alfa__sorted_is_part(const struct alfa__folder *top)
{
    const struct kinds kinds = count_kinds(top);
    return kinds.good || kinds.bad;
}

enum alfa_status alfa__sorted_read(struct alfa__dataset *set, struct alfa__class *class,
                                   const struct alfa__folder *top, struct alfa_error *err)
{
    struct alfa__part part;
    const struct kinds direct = count_kinds(top);
    const bool first = class->count == 0; /* of the days of a class */
    const char *data = direct.good ? NULL : wrapper(top);
    ALFA__TRY(alfa__part_open(&part, set, top->path, data, err));
    const struct kinds kinds = count_kinds(&part.folder);
    const bool all = !kinds.bad && kinds.others;
    if (all)
        alfa__notices_add(
            &set->notices, part.folder.path,
            "has no folder that says bad: every folder beside the good one is taken for a defect");
    enum alfa_status status =
        alfa__part_judge(set, class, &part, all ? ALFA__KINDS_ALL : ALFA__KINDS_KNOWN, NULL, err);
    if (data)
        alfa__dataset_beside(set, top, data, ALFA__EXPECT_NOTHING);
    alfa__part_free(&part);
    if (first)
        alfa__notices_add(&set->notices, top->path,
                          "has no folder train: all is judged, nothing is there to learn from");
    return status;
}
