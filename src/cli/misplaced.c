#include "cli/misplaced.h"

#include <stdio.h>
#include <string.h>

#include "base/strings.h"
#include "cli/talk.h"
#include "dataset/layouts.h"
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

/* How many lie in folders that are called so, and the first name. */
static int count(char found[LONGEST], const struct alfa__inputs *inputs, judge_name *is_so)
{
    const size_t shared = shared_size(inputs);
    char name[LONGEST];
    int out = 0;
    for (int i = 0; i < inputs->count; i++)
        if (!inputs->items[i].error && lies_in(name, inputs->items[i].path, shared, is_so) && out++ == 0)
            memcpy(found, name, sizeof name);
    return out;
}

static bool is_no_normal(const char *name)
{
    return alfa__name_is_truth(name) || alfa__name_is_bad(name);
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
    else
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
}
