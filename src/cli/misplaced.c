#include "cli/misplaced.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "cli/talk.h"
#include "dataset/layouts.h"
#include "dataset/tree.h"
#include "dataset/words.h"

enum { LONGEST = 64 };
typedef bool judge_name(const char *name);

/* Whether a folder between the first bytes of a path and its file name is called so; it is written out. */
static bool lies_in(char name[LONGEST], const char *path, size_t shared, judge_name *is_so)
{
    for (const char *start = path + shared, *end; (end = strchr(start, '/')); start = end + 1) {
        snprintf(name, LONGEST, "%.*s", (int)(end - start), start);
        if (is_so(name))
            return true;
    }
    return false;
}

/* Bytes of the folders that all images have in common. */
static size_t shared_size(const struct alfa__inputs *inputs)
{
    const char *first = inputs->count ? inputs->items[0].path : "";
    size_t shared = (size_t)(alfa__path_name(first) - first);
    for (int i = 0; i < inputs->count; i++)
        for (size_t k = 0; k < shared; k++)
            if (inputs->items[i].path[k] != first[k])
                shared = k;
    while (shared && first[shared - 1] != '/')
        shared--;
    return shared;
}

/* How many lie in folders that are called so, behind the bytes that all paths begin with, and the first name.
 */
static int count_behind(char found[LONGEST], const struct alfa__inputs *inputs, size_t shared,
                        judge_name *is_so)
{
    char name[LONGEST];
    int out = 0;
    for (int i = 0; i < inputs->count; i++)
        if (!inputs->items[i].error && lies_in(name, inputs->items[i].path, shared, is_so) && out++ == 0)
            memcpy(found, name, sizeof name);
    return out;
}

static int count(char found[LONGEST], const struct alfa__inputs *inputs, judge_name *is_so)
{
    return count_behind(found, inputs, shared_size(inputs), is_so);
}

/* Names of the images from one on that lie in its folder. */
static int list_folder(struct alfa__names *out, const struct alfa__inputs *inputs, int one)
{
    const char *first = inputs->items[one].path;
    const size_t size = (size_t)(alfa__path_name(first) - first);
    int end = one;
    for (; end < inputs->count; end++) {
        const char *path = inputs->items[end].path, *name = alfa__path_name(path);
        if ((size_t)(name - path) != size || strncmp(path, first, size) != 0)
            break;
        if (!inputs->items[end].error)
            alfa__names_add(out, name);
    }
    alfa__names_sort(out);
    return end;
}

/* Images that are called as what belongs to others beside them: how many, and the first. */
struct called {
    int count;
    char first[LONGEST];
};

static void add_called(struct called *called, const char *name)
{
    if (called->count++ == 0)
        snprintf(called->first, sizeof called->first, "%s", name);
}

static void find_called(struct called *masks, struct called *drawings, const struct alfa__inputs *inputs)
{
    masks->count = drawings->count = 0;
    for (int i = 0; i < inputs->count;) {
        struct alfa__folder folder = {0};
        size_t pairs;
        i = list_folder(&folder.images, inputs, i);
        int *paired = alfa__tree_pairs(&folder, &pairs);
        for (size_t k = 0; k < folder.images.count; k++) {
            const char *name = folder.images.items[k];
            const bool says = alfa__mask_suffix(name, (int)alfa__name_stem(name)) || alfa__mask_prefix(name);
            if (paired && paired[k] < -1 && says)
                add_called(masks, name);
            if (alfa__names_draws(&folder.images, name))
                add_called(drawings, name);
        }
        free(paired);
        alfa__names_free(&folder.images);
    }
}

/* as: what becomes of them. */
static bool note_masks(const char *source, const struct alfa__inputs *inputs, const char *as)
{
    static const char text[] =
        "%d of %d images are called as %s of others beside them (%s): they %s; name the pictures alone";
    struct called masks, drawings;
    find_called(&masks, &drawings, inputs);
    if (masks.count)
        alfa__talk_note(source, text, masks.count, inputs->good, "masks", masks.first, as);
    if (drawings.count)
        alfa__talk_note(source, text, drawings.count, inputs->good, "heat maps", drawings.first, as);
    return masks.count || drawings.count;
}

static bool is_no_normal(const char *name)
{
    return alfa__name_is_truth(name) || alfa__name_is_bad(name);
}

static bool is_no_bad(const char *name)
{
    return alfa__name_is_truth(name) || alfa__name_is_good(name);
}

/* How many say in their own names that they are bad, where others say that they are good; and the first. */
static int count_named(char found[LONGEST], const struct alfa__inputs *inputs)
{
    int good = 0, bad = 0;
    for (int i = 0; i < inputs->count; i++) {
        const char *path = inputs->items[i].path;
        good += alfa__named_is_good(path);
        if (!inputs->items[i].error && alfa__named_is_bad(path) && bad++ == 0)
            snprintf(found, LONGEST, "%s", alfa__path_name(path));
    }
    return good ? bad : 0;
}

static void note_tests(const struct alfa__inputs *inputs)
{
    char found[LONGEST], of_train[LONGEST];
    const int tests =
        count(of_train, inputs, alfa__name_is_train) ? count(found, inputs, alfa__name_is_test) : 0;
    if (tests)
        alfa__talk_note(NULL,
                        "%d of %d images lie in a folder %s beside %s: they are learned as normal; name the "
                        "folder of the normal ones alone",
                        tests, inputs->good, found, of_train);
}

static void note_learned(const struct alfa__inputs *inputs)
{
    char found[LONGEST], named[LONGEST];
    const int wrong = count(found, inputs, is_no_normal), called = count_named(named, inputs);
    if (wrong)
        alfa__talk_note(NULL,
                        "%d of %d images lie in folders that are called after masks or defects (%s): they "
                        "are learned as normal; name the folder of the normal ones alone",
                        wrong, inputs->good, found);
    else if (called)
        alfa__talk_note(NULL,
                        "%d of %d images have names that say bad (%s), and others say good: they are learned "
                        "as normal; put the normal ones into a folder of their own",
                        called, inputs->good, named);
    else if (!note_masks(NULL, inputs, "are learned as normal"))
        note_tests(inputs);
}

void alfa__misplaced_note(const struct alfa__inputs *inputs, bool learned)
{
    char found[LONGEST];
    if (learned) {
        note_learned(inputs);
        return;
    }
    const int masks = count(found, inputs, alfa__name_is_truth);
    if (masks)
        alfa__talk_note(NULL,
                        "%d of %d images lie in folders that are called after masks (%s): they are judged as "
                        "pictures; name the folders of the pictures alone",
                        masks, inputs->good, found);
    else
        note_masks(NULL, inputs, "are judged as pictures");
}

void alfa__misplaced_note_known(const struct alfa__inputs *inputs, const char *folder, bool bad)
{
    char found[LONGEST];
    const size_t size = strlen(folder);
    for (int i = 0; i < inputs->count; i++)
        if (strncmp(inputs->items[i].path, folder, size) != 0)
            return; /* a pattern */
    const int wrong = count_behind(found, inputs, size, bad ? is_no_bad : is_no_normal);
    if (wrong)
        alfa__talk_note(
            folder,
            "%d of %d images lie in folders that are called after masks or %s (%s): they count as "
            "%s; name the folder of the %s ones alone",
            wrong, inputs->good, bad ? "good ones" : "defects", found, bad ? "bad" : "normal",
            bad ? "bad" : "normal");
    else
        note_masks(folder, inputs, bad ? "count as bad" : "count as normal");
}
