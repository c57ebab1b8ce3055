/* Good and bad photographs in one folder. Their own names say which are which (good_1.png, bad_1.png), or
 * masks do: beside them (0001.png and 0001_GT.png), or in a folder of masks beside the images or in them. */
#include "base/strings.h"
#include "dataset/part.h"
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

bool alfa__flat_is_class(const struct alfa__folder *top)
{
    size_t pairs = 0;
    bool truths = false, images = top->images.count > 0;
    free(alfa__tree_pairs(top, &pairs));
    for (size_t i = 0; i < top->folders.count; i++) {
        char *path = alfa__name_is_truth(top->folders.items[i])
                         ? alfa__format("%s/%s", top->path, top->folders.items[i])
                         : NULL;
        truths = truths || (path && alfa__folder_has_images(path));
        free(path);
        images = images || alfa__name_is_images(top->folders.items[i]);
    }
    return pairs > 0 || (truths && images);
}

enum alfa_status alfa__flat_read(struct alfa__dataset *set, struct alfa__class *class,
                                 const struct alfa__folder *top, struct alfa_error *err)
{
    struct alfa__part part;
    ALFA__TRY(alfa__part_open(&part, set, top->path, NULL, err));
    enum alfa_status status = alfa__part_decide(set, class, &part, false, NULL, err);
    alfa__part_free(&part);
    alfa__notices_add(&set->notices, top->path,
                      "has no folder train: all is judged, nothing is there to learn from");
    return status;
}
