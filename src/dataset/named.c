/* Whether photographs say by their own names that they are good or bad (good_1.png, bad_1.png). */
#include "base/strings.h"
#include "dataset/layouts.h"
#include "dataset/tree.h"
#include "dataset/words.h"

#include <stdlib.h>

/* Bits of what a photograph's name says. */
enum { GOOD = 1, BAD = 2, NOTHING = 4 };

static int said_by(const char *name)
{
    char *stem = alfa__format("%.*s", (int)alfa__name_stem(name), name);
    const int said = !stem                      ? NOTHING
                     : alfa__name_is_good(stem) ? GOOD
                     : alfa__name_is_bad(stem)  ? BAD
                                                : NOTHING;
    free(stem);
    return said;
}

bool alfa__named_is_good(const char *path)
{
    return said_by(alfa__path_name(path)) == GOOD;
}

bool alfa__named_is_bad(const char *path)
{
    return said_by(alfa__path_name(path)) == BAD;
}

/* What all the photographs of a folder say, and the first that says nothing. */
static int said_in(const struct alfa__folder *top, const char **odd)
{
    size_t pairs;
    int said = 0, *masks = alfa__tree_pairs(top, &pairs);
    *odd = NULL;
    for (size_t i = 0; i < top->images.count && masks; i++) {
        const int one = masks[i] >= -1 ? said_by(top->images.items[i]) : 0;
        said |= one;
        if (one == NOTHING && !*odd)
            *odd = top->images.items[i];
    }
    free(masks);
    return said;
}

bool alfa__named_is_class(const struct alfa__folder *top)
{
    const char *odd;
    for (size_t i = 0; i < top->folders.count; i++)
        if (!alfa__name_is_truth(top->folders.items[i]))
            return false;
    return said_in(top, &odd) == (GOOD | BAD);
}

const char *alfa__named_odd(const struct alfa__folder *top)
{
    const char *odd;
    return said_in(top, &odd) == (GOOD | BAD | NOTHING) ? odd : NULL;
}
