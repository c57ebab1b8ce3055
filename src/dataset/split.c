/* Folders of images to learn from and to judge: train/good, test/<kind>, ground_truth/<kind> of MVTec AD and
 * what is like it. */
#include "base/files.h"
#include "base/strings.h"
#include "dataset/part.h"
#include "dataset/words.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The first folder that a function likes; one that is called exactly as wanted comes first. */
static const char *find(const struct alfa__folder *top, const char *wanted, bool (*likes)(const char *))
{
    const char *found = NULL;
    for (size_t i = top->folders.count; i-- > 0;)
        if (strcasecmp(top->folders.items[i], wanted) == 0)
            return top->folders.items[i];
        else if (likes(top->folders.items[i]))
            found = top->folders.items[i];
    return found;
}

/* What is judged: the test folder, without one the validation folder. */
static const char *find_test(const struct alfa__folder *top)
{
    const char *test = find(top, "test", alfa__name_is_test);
    return test ? test : find(top, "validation", alfa__name_is_validation);
}

bool alfa__split_is_class(const struct alfa__folder *top)
{
    const char *train = find(top, "train", alfa__name_is_train);
    return find(top, "test", alfa__name_is_test) || (train && find_test(top)) ||
           (train && !alfa__sorted_is_class(top));
}

static enum alfa_status read_train(struct alfa__dataset *set, struct alfa__class *class,
                                   const struct alfa__folder *top, const char *name,
                                   const struct alfa__names *truths, struct alfa_error *err)
{
    struct alfa__part part;
    ALFA__TRY(alfa__part_open(&part, set, top->path, name, err));
    enum alfa_status status = alfa__dataset_check_signs(&part.folder, err);
    if (status == ALFA_OK)
        status = alfa__part_learn(set, class, &part, truths, err);
    alfa__part_free(&part);
    return status;
}

/* Where no kind to judge says good: the only one that is learnt from (train/0 beside test/0 and test/1).
 * Freed with free(); NULL: none. */
static char *only_normal(const struct alfa__folder *top, const char *train, const struct alfa__part *test)
{
    struct alfa__folder folder = {0};
    char *path =
        train && !test->good && test->bad + test->other > 1 ? alfa__format("%s/%s", top->path, train) : NULL;
    char *found = NULL;
    if (path && alfa__folder_read(&folder, path, NULL) == ALFA_OK && folder.folders.count == 1 &&
        folder.images.count == 0 && alfa__names_have(&test->folder.folders, folder.folders.items[0]))
        found = alfa__strdup(folder.folders.items[0]);
    alfa__folder_free(&folder);
    free(path);
    return found;
}

static void note_kinds(struct alfa__dataset *set, const struct alfa__part *test)
{
    if (test->normal)
        alfa__notices_add(&set->notices, test->folder.path,
                          "has no folder good: %s is, since nothing else is learnt from", test->normal);
    else if (!test->good)
        alfa__notices_add(&set->notices, test->folder.path,
                          "has no folder good: every image to judge is anomalous");
}

static enum alfa_status read_test(struct alfa__dataset *set, struct alfa__class *class,
                                  const struct alfa__folder *top, const char *train, const char *name,
                                  const struct alfa__names *truths, struct alfa_error *err)
{
    struct alfa__part part;
    ALFA__TRY(alfa__part_open(&part, set, top->path, name, err));
    enum alfa_status status = ALFA_OK;
    char *normal = only_normal(top, train, &part);
    const size_t first = class->count;
    const bool flat = alfa__part_is_flat(&part) ||
                      (part.folder.folders.count == 0 && truths->count && part.folder.images.count);
    if (!normal && !part.good)
        status = alfa__dataset_check_signs(&part.folder, err);
    if (status == ALFA_OK && flat) {
        status = alfa__part_decide(set, class, &part, false, truths, err);
    } else if (status == ALFA_OK) {
        part.normal = normal;
        note_kinds(set, &part);
        status = alfa__part_judge(set, class, &part, ALFA__KINDS_ALL, truths, err);
    }
    bool masks = truths->count > 0 || part.truths.count > 0;
    for (size_t i = first; i < class->count; i++)
        masks = masks || class->items[i].mask;
    if (status == ALFA_OK && !masks)
        alfa__notices_add(&set->notices, top->path, "has no folder ground_truth: no masks, no pixel metrics");
    alfa__part_free(&part);
    free(normal);
    return status;
}

/* Notices for what a class folder holds beside what was read. */
static void report(struct alfa__dataset *set, const struct alfa__class *class, const struct alfa__folder *top,
                   const char *train, const char *test)
{
    struct alfa__names odd = {0}, secret = {0};
    for (size_t i = 0; i < top->folders.count; i++) {
        const char *name = top->folders.items[i];
        if (!alfa__name_is_truth(name) && (!train || strcmp(name, train) != 0) &&
            (!test || strcmp(name, test) != 0))
            alfa__names_add(strcasestr(name, "private") ? &secret : &odd, name);
    }
    alfa__notices_add_names(&set->notices, top->path, "has images whose truth is not public, left out",
                            &secret);
    alfa__notices_add_names(&set->notices, top->path, "has folders that are not judged, nor learnt from",
                            &odd);
    alfa__dataset_leave(set, top, ALFA__EXPECT_FOLDERS);
    if (class->normals.count == 0)
        alfa__notices_add(&set->notices, top->path,
                          "has no normal images in a folder train: nothing to learn from");
    set->notices.failed = set->notices.failed || odd.failed || secret.failed;
    alfa__names_free(&odd);
    alfa__names_free(&secret);
}

/* The folders of masks for a part of that name: T, or T/name where masks are parted as the images are. */
static bool find_truths(struct alfa__names *out, struct alfa__dataset *set, const struct alfa__folder *top,
                        const char *name)
{
    for (size_t i = 0; i < top->folders.count; i++) {
        const char *truth = top->folders.items[i];
        if (!alfa__name_is_truth(truth))
            continue;
        char *inner = alfa__format("%s/%s/%s", top->path, truth, name);
        char *parted = inner && alfa__folder_exists(inner) ? alfa__format("%s/%s", truth, name) : NULL;
        alfa__dataset_truth(out, set, top->path, parted ? parted : truth);
        out->failed = out->failed || !inner;
        free(inner);
        free(parted);
    }
    return !out->failed;
}

enum alfa_status alfa__split_read(struct alfa__dataset *set, struct alfa__class *class,
                                  const struct alfa__folder *top, struct alfa_error *err)
{
    const char *train = find(top, "train", alfa__name_is_train), *test = find_test(top);
    struct alfa__names of_train = {0}, of_test = {0};
    enum alfa_status status = ALFA_OK;
    class->failed = class->failed || (train && !find_truths(&of_train, set, top, train)) ||
                    (test && !find_truths(&of_test, set, top, test));
    if (train)
        status = read_train(set, class, top, train, &of_train, err);
    if (status == ALFA_OK && test)
        status = read_test(set, class, top, train, test, &of_test, err);
    if (status == ALFA_OK)
        report(set, class, top, train, test);
    alfa__names_free(&of_train);
    alfa__names_free(&of_test);
    return status;
}
