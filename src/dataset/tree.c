/* A mask beside its image has a suffix or a prefix that says so, or the image's own name as a PNG or BMP
 * where the image is a JPEG. The second holds only where it holds for every PNG (BMP) of the folder, so that
 * folders of mixed formats stay what they are. */
#include "dataset/tree.h"
#include "base/strings.h"
#include "dataset/words.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { DEEPEST = 16, IS_OTHER = -3, IS_MASK = -2, NO_MASK = -1 };

/* The folders above, to notice links that lead back. */
struct level {
    const struct level *above;
    dev_t device;
    ino_t number;
    int depth;
};

/* ------------------------------------------------------------------ masks beside their images */

static bool has_end(const char *name, const char *const *ends)
{
    const char *dot = strrchr(name, '.');
    for (; dot && *ends; ends++)
        if (strcasecmp(dot + 1, *ends) == 0)
            return true;
    return false;
}

static bool is_jpeg(const char *name)
{
    static const char *const ends[] = {"jpg", "jpeg", "jpe", "jfif", NULL};
    return has_end(name, ends);
}

static bool is_clean(const char *name)
{
    static const char *const ends[] = {"png", "bmp", NULL};
    return has_end(name, ends);
}

/* The first image whose stem has these bytes and that is another one than not; of JPEGs only when jpeg. */
static int find_stem(const struct alfa__names *names, const char *stem, size_t size, size_t not, bool jpeg)
{
    char *text = alfa__format("%.*s.", (int)size, stem);
    int found = NO_MASK;
    for (size_t i = text ? alfa__names_find(names, text) : names->count;
         i < names->count && found < 0 && strncmp(names->items[i], text, size + 1) == 0; i++)
        if (i != not &&alfa__name_stem(names->items[i]) == size && (!jpeg || is_jpeg(names->items[i])))
            found = (int)i;
    free(text);
    return found;
}

/* The image that a mask is called after, with a word for masks behind or before its name. */
static int find_image(const struct alfa__names *names, size_t mask)
{
    const char *name = names->items[mask];
    const int stem = (int)alfa__name_stem(name), suffix = alfa__mask_suffix(name, stem);
    const int prefix = suffix ? 0 : alfa__mask_prefix(name);
    return suffix || (prefix && prefix < stem)
               ? find_stem(names, name + prefix, (size_t)(stem - suffix - prefix), mask, false)
               : NO_MASK;
}

/* Gives the masks that are called so, and tells how many clean images there are, and how many have a JPEG. */
static size_t pair_words(int *out, const struct alfa__names *names, size_t *clean, size_t *twins)
{
    size_t pairs = 0;
    *clean = *twins = 0;
    for (size_t i = 0; i < names->count; i++) {
        const char *name = names->items[i];
        const int image = find_image(names, i);
        if (image >= 0) {
            pairs += out[image] == NO_MASK;
            out[image] = out[image] == NO_MASK ? (int)i : out[image];
            out[i] = IS_MASK;
        } else if (is_clean(name)) {
            ++*clean;
            *twins += find_stem(names, name, alfa__name_stem(name), i, true) >= 0;
        }
    }
    return pairs;
}

/* Where several measurements of a thing lie together, as 00_rgb.png, 00_depth.png and 00_mask.png or
 * Eyecandies' 00_image_0.png: bytes of a name before the word for the photograph; 0: it has none. */
static size_t photo_prefix(const char *name)
{
    const size_t size = alfa__name_stem(name);
    for (size_t i = 1; i + 1 < size; i++) {
        char word[16] = "";
        for (size_t k = i + 1; k < size && g_ascii_isalpha(name[k]) && k - i - 1 < sizeof word - 1; k++)
            word[k - i - 1] = g_ascii_tolower(name[k]);
        if (strchr("_-. ", name[i]) && alfa__among(" image img rgb color colour ", word))
            return i + 1;
    }
    return 0;
}

/* The same of another measurement. */
static size_t measurement_prefix(const char *name)
{
    const size_t size = alfa__name_stem(name);
    size_t start = size;
    char word[16] = "";
    while (start > 0 && g_ascii_isalpha(name[start - 1]))
        start--;
    for (size_t k = start; k < size && k - start < sizeof word - 1; k++)
        word[k - start] = g_ascii_tolower(name[k]);
    return start > 1 && strchr("_-. ", name[start - 1]) &&
                   alfa__among(" depth normals xyz disparity height ", word)
               ? start
               : 0;
}

/* Gives the photographs that begin with the same bytes a mask, or none; whether there are some. */
static bool give_photos(int *out, size_t *pairs, const struct alfa__names *names, size_t one, size_t prefix,
                        int mask)
{
    char *text = prefix ? alfa__format("%.*s", (int)prefix, names->items[one]) : NULL;
    bool found = false;
    for (size_t i = text ? alfa__names_find(names, text) : names->count;
         i < names->count && strncmp(names->items[i], text, prefix) == 0; i++) {
        if (i == one || photo_prefix(names->items[i]) != prefix)
            continue;
        found = true;
        if (mask != NO_MASK && out[i] == NO_MASK) {
            out[i] = mask;
            ++*pairs;
        }
    }
    free(text);
    return found;
}

static void pair_measurements(int *out, size_t *pairs, const struct alfa__names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        const char *name = names->items[i];
        const int stem = (int)alfa__name_stem(name), suffix = alfa__mask_suffix(name, stem);
        const size_t before = suffix ? (size_t)(stem - suffix) + 1 : 0;
        if (out[i] != NO_MASK)
            continue;
        if (give_photos(out, pairs, names, i, before, (int)i))
            out[i] = IS_MASK;
        else if (give_photos(out, pairs, names, i, measurement_prefix(name), NO_MASK))
            out[i] = IS_OTHER;
    }
}

static bool says_mask(const char *name, bool whole)
{
    char *stem = alfa__format("%.*s", (int)alfa__name_stem(name), name);
    const bool mask = stem && (whole ? alfa__name_is_truth(stem) && !strpbrk(stem, "0123456789")
                                     : alfa__name_is_truth(stem) || alfa__mask_prefix(name));
    free(stem);
    return mask;
}

/* A folder a thing: image.png and mask.png; img.png, label.png and label_viz.png of labelme. */
static void pair_alone(int *out, size_t *pairs, const struct alfa__names *names)
{
    size_t masks = 0;
    int photo = NO_MASK, mask = NO_MASK;
    for (size_t i = 0; i < names->count; i++) {
        if (out[i] != NO_MASK)
            return;
        mask = mask < 0 && says_mask(names->items[i], true) ? (int)i : mask;
        if (says_mask(names->items[i], false))
            masks++;
        else
            photo = (int)i;
    }
    if (mask < 0 || photo < 0 || masks + 1 != names->count)
        return;
    for (size_t i = 0; i < names->count; i++)
        out[i] = (int)i == photo ? mask : IS_MASK;
    ++*pairs;
}

int *alfa__tree_pairs(const struct alfa__folder *folder, size_t *pairs)
{
    const struct alfa__names *names = &folder->images;
    int *out = malloc((names->count + 1) * sizeof *out);
    size_t clean, twins;
    *pairs = 0;
    for (size_t i = 0; i < names->count && out; i++)
        out[i] = NO_MASK;
    if (!out)
        return NULL;
    *pairs = pair_words(out, names, &clean, &twins);
    pair_measurements(out, pairs, names);
    pair_alone(out, pairs, names);
    for (size_t i = 0; i < names->count && clean && twins == clean; i++) {
        const char *name = names->items[i];
        const int image = is_clean(name) ? find_stem(names, name, alfa__name_stem(name), i, true) : NO_MASK;
        if (image < 0 || out[i] != NO_MASK || out[image] != NO_MASK)
            continue;
        out[image] = (int)i;
        out[i] = IS_MASK;
        ++*pairs;
    }
    return out;
}

/* ------------------------------------------------------------------ the walk */

static void add(struct alfa__tree *tree, const char *folder, const char *image, const char *mask)
{
    if (tree->count == tree->room) {
        const size_t room = tree->room ? 2 * tree->room : 16;
        struct alfa__picture *larger = realloc(tree->items, room * sizeof *larger);
        tree->failed = tree->failed || !larger;
        if (!larger)
            return;
        tree->items = larger;
        tree->room = room;
    }
    struct alfa__picture *item = &tree->items[tree->count++];
    item->image = alfa__format("%s/%s", folder, image);
    item->mask = mask ? alfa__format("%s/%s", folder, mask) : NULL;
    tree->masked += mask != NULL;
    tree->failed = tree->failed || !item->image || (mask && !item->mask);
}

static bool leads_back(const struct level *here)
{
    for (const struct level *up = here->above; up; up = up->above)
        if (up->device == here->device && up->number == here->number)
            return true;
    return false;
}

static enum alfa_status walk(struct alfa__tree *tree, struct alfa__dataset *set, const char *parent,
                             const char *name, const struct level *above, struct alfa_error *err);

/* Where photographs lie in a folder rgb, those beside it hold other measurements: xyz, depth, normals. */
static bool has_colours(const struct alfa__folder *folder)
{
    for (size_t i = 0; i < folder->folders.count; i++)
        if (strcasecmp(folder->folders.items[i], "rgb") == 0)
            return true;
    return false;
}

static enum alfa_status walk_below(struct alfa__tree *tree, struct alfa__dataset *set,
                                   const struct alfa__folder *folder, const struct level *here,
                                   struct alfa_error *err)
{
    const bool colours = has_colours(folder);
    struct alfa__names beside = {0};
    enum alfa_status status = ALFA_OK;
    for (size_t i = 0; i < folder->folders.count && status == ALFA_OK; i++) {
        const char *name = folder->folders.items[i];
        char *path = alfa__name_is_truth(name) ? alfa__format("%s/%s", folder->path, name) : NULL;
        if (path)
            alfa__names_add(&tree->truths, path);
        else if (colours && strcasecmp(name, "rgb") != 0)
            alfa__names_add(&beside, name);
        else
            status = walk(tree, set, folder->path, name, here, err);
        free(path);
    }
    alfa__notices_add_names(&set->notices, folder->path, "has other measurements beside rgb, left out",
                            &beside);
    tree->failed = tree->failed || beside.failed;
    alfa__names_free(&beside);
    return status;
}

/* Masks whose image has another one. */
static void note_spare(struct alfa__dataset *set, const struct alfa__folder *folder, const int *masks)
{
    const size_t count = folder->images.count;
    bool *given = calloc(count + 1, sizeof *given);
    struct alfa__names spare = {0};
    for (size_t i = 0; i < count && given; i++)
        if (masks[i] >= 0)
            given[masks[i]] = true;
    for (size_t i = 0; i < count && given; i++)
        if (masks[i] == IS_MASK && !given[i])
            alfa__names_add(&spare, folder->images.items[i]);
    alfa__notices_add_names(&set->notices, folder->path,
                            "has masks of images that have another one, left out", &spare);
    set->notices.failed = set->notices.failed || !given || spare.failed;
    alfa__names_free(&spare);
    free(given);
}

static void note_measurements(struct alfa__dataset *set, const struct alfa__folder *folder, const int *masks)
{
    struct alfa__names others = {0};
    for (size_t i = 0; i < folder->images.count; i++)
        if (masks[i] == IS_OTHER)
            alfa__names_add(&others, folder->images.items[i]);
    alfa__notices_add_names(&set->notices, folder->path,
                            "has other measurements beside photographs, left out", &others);
    set->notices.failed = set->notices.failed || others.failed;
    alfa__names_free(&others);
}

static enum alfa_status walk_folder(struct alfa__tree *tree, struct alfa__dataset *set,
                                    const struct alfa__folder *folder, const struct level *here,
                                    struct alfa_error *err)
{
    size_t pairs;
    int *masks = alfa__tree_pairs(folder, &pairs);
    tree->failed = tree->failed || !masks;
    for (size_t i = 0; i < folder->images.count && masks; i++)
        if (masks[i] >= NO_MASK)
            add(tree, folder->path, folder->images.items[i],
                masks[i] >= 0 ? folder->images.items[masks[i]] : NULL);
    if (masks)
        note_spare(set, folder, masks);
    if (masks)
        note_measurements(set, folder, masks);
    free(masks);
    const enum alfa_status status = walk_below(tree, set, folder, here, err);
    alfa__dataset_leave(set, folder, ALFA__EXPECT_IMAGES | ALFA__EXPECT_FOLDERS);
    return status;
}

static enum alfa_status walk(struct alfa__tree *tree, struct alfa__dataset *set, const char *parent,
                             const char *name, const struct level *above, struct alfa_error *err)
{
    struct alfa__folder folder;
    struct stat info = {0};
    ALFA__TRY(alfa__dataset_folder(&folder, set, parent, name, err));
    struct level here = {above, 0, 0, above ? above->depth + 1 : 0};
    enum alfa_status status = ALFA_OK;
    if (stat(folder.path, &info) == 0) {
        here.device = info.st_dev;
        here.number = info.st_ino;
    }
    if (here.depth >= DEEPEST)
        alfa__notices_add(&set->notices, folder.path, "is more than %d folders deep, left out", DEEPEST);
    else if (!leads_back(&here))
        status = walk_folder(tree, set, &folder, &here, err);
    alfa__folder_free(&folder);
    return status;
}

enum alfa_status alfa__tree_read(struct alfa__tree *tree, struct alfa__dataset *set, const char *path,
                                 struct alfa_error *err)
{
    *tree = (struct alfa__tree){0};
    enum alfa_status status = walk(tree, set, path, NULL, NULL, err);
    tree->failed = tree->failed || tree->truths.failed;
    if (status == ALFA_OK && tree->failed)
        status = alfa__fail(err, ALFA_ERROR_MEMORY, path, "has more files than memory holds");
    if (status != ALFA_OK)
        alfa__tree_free(tree);
    return status;
}

void alfa__tree_free(struct alfa__tree *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        free(tree->items[i].image);
        free(tree->items[i].mask);
    }
    free(tree->items);
    alfa__names_free(&tree->truths);
    *tree = (struct alfa__tree){0};
}
