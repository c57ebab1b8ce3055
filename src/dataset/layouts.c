/* Which layout a folder has: tables first, then one class, then a folder of classes, then what lies in the
 * one folder inside. */
#include "dataset/layouts.h"
#include "base/files.h"
#include "base/strings.h"
#include "dataset/words.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define UNDERSTOOD \
    "train, test and ground_truth (MVTec AD), folders good and bad, or split_csv/1cls.csv (VisA)"

enum {
    DEEPEST = 4, /* folders with nothing but one folder in them, as archives make them */
    MOST = 5     /* notices of a kind, such as one for each of 160 classes */
};

static const struct alfa__layout layouts[] = {
    {"train and test folders (MVTec AD and its like)", alfa__split_is_class, alfa__split_read},
    {"good and bad folders with train and test in them", alfa__crossed_is_class, alfa__crossed_read},
    {"good and bad folders", alfa__sorted_is_class, alfa__sorted_read},
    {"images whose names say good or bad", alfa__named_is_class, alfa__flat_read},
    {"images whose masks decide", alfa__flat_is_class, alfa__flat_read},
};

const struct alfa__layout *alfa__layout_of(const struct alfa__folder *top)
{
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (layouts[i].is_class(top))
            return &layouts[i];
    return NULL;
}

/* ------------------------------------------------------------------ one class */

static enum alfa_status read_class(struct alfa__dataset *set, const struct alfa__layout *layout,
                                   const struct alfa__folder *top, const char *name, struct alfa_error *err)
{
    struct alfa__class *class = alfa__dataset_class(set, name);
    if (!class)
        return alfa__fail_memory(err, sizeof *class);
    set->layout = layout->name;
    return layout->read(set, class, top, err);
}

/* Called as the folder is, whatever path leads to it. */
static enum alfa_status read_one_class(struct alfa__dataset *set, const struct alfa__layout *layout,
                                       const struct alfa__folder *top, struct alfa_error *err)
{
    char *real = realpath(top->path, NULL);
    enum alfa_status status = read_class(set, layout, top, alfa__path_name(real ? real : top->path), err);
    free(real);
    return status;
}

/* The folder itself, or the one folder inside, as archives make them: out is read and freed by the caller. */
static enum alfa_status unwrap(struct alfa__folder *out, struct alfa__dataset *set, const char *parent,
                               const char *name, struct alfa_error *err)
{
    ALFA__TRY(alfa__dataset_folder(out, set, parent, name, err));
    for (int depth = 0; depth < DEEPEST && !alfa__layout_of(out); depth++) {
        struct alfa__folder inner;
        if (out->folders.count != 1 || out->images.count || alfa__sorted_is_part(out))
            break;
        ALFA__TRY(alfa__dataset_folder(&inner, set, out->path, out->folders.items[0], err));
        alfa__folder_free(out);
        *out = inner;
    }
    return ALFA_OK;
}

/* ------------------------------------------------------------------ a folder of classes */

static bool same_but_for_numbers(const char *a, const char *b)
{
    for (;; a++, b++) {
        a += strspn(a, "0123456789");
        b += strspn(b, "0123456789");
        if (*a != *b || !*a)
            return *a == *b;
    }
}

/* The layout of the folders when they are days, or numbered pieces whose masks decide (KolektorSDD): parts of
 * one class, then; else NULL. A day on which all was good has none of its own. */
static enum alfa_status find_parts(const struct alfa__layout **out, struct alfa__dataset *set,
                                   const struct alfa__folder *top, struct alfa_error *err)
{
    const struct alfa__names *names = &top->folders;
    const struct alfa__layout *layout = NULL;
    bool days = names->count > 1, pieces = days;
    *out = NULL;
    for (size_t i = 0; i < names->count; i++) {
        days = days && alfa__name_is_date(names->items[i]);
        pieces = pieces && same_but_for_numbers(names->items[0], names->items[i]);
    }
    for (size_t i = 0; i < names->count && (days || pieces) && !layout; i++) {
        struct alfa__folder folder;
        ALFA__TRY(unwrap(&folder, set, top->path, names->items[i], err));
        layout = alfa__layout_of(&folder);
        alfa__folder_free(&folder);
    }
    if (layout && ((days && layout->read == alfa__sorted_read) || layout->read == alfa__flat_read))
        *out = layout;
    return ALFA_OK;
}

/* One folder of a folder of classes, the class called so. The first class decides which layout they have;
 * parts: that of all folders, which are one class. */
static enum alfa_status read_child(struct alfa__dataset *set, const struct alfa__layout **first,
                                   const struct alfa__layout *parts, const struct alfa__folder *child,
                                   const char *name, struct alfa__names *odd, struct alfa_error *err)
{
    const struct alfa__layout *layout = child->path ? alfa__layout_of(child) : NULL;
    if (!layout && parts && parts->read == alfa__sorted_read && child->path && alfa__sorted_is_part(child))
        layout = parts;
    if (!*first)
        *first = layout;
    if (layout && layout == *first)
        return read_class(set, layout, child, name, err);
    alfa__names_add(odd, parts ? alfa__path_name(child->path ? child->path : name) : name);
    return ALFA_OK;
}

/* A class is called as its folder in top is; where that is the only one, as the folder that it was found in.
 */
static const char *called(const struct alfa__folder *top, const struct alfa__folder *child, const char *name)
{
    return top->folders.count == 1 && child->path ? alfa__path_name(child->path) : name;
}

/* The first folder, path or one near below, in which classes lie; freed with free(), NULL: none is found
 * among so many folders as are left. */
static char *find_near(const char *path, int depth, int *left)
{
    struct alfa__folder folder = {0};
    char *found = NULL;
    if (depth > 2 || alfa__folder_read(&folder, path, NULL) != ALFA_OK)
        return NULL;
    for (size_t i = 0; i < folder.folders.count && !found && (*left)-- > 0; i++) {
        struct alfa__folder inner = {0};
        char *below = alfa__format("%s/%s", path, folder.folders.items[i]);
        if (below && alfa__folder_read(&inner, below, NULL) == ALFA_OK && alfa__layout_of(&inner) &&
            alfa__folder_has_images(below))
            found = alfa__strdup(path);
        else if (below)
            found = find_near(below, depth + 1, left);
        alfa__folder_free(&inner);
        free(below);
    }
    alfa__folder_free(&folder);
    return found;
}

static char *find_classes(const char *path)
{
    int left = 1000;
    return find_near(path, 0, &left);
}

/* Folders that are no classes, and those that hold some. */
static void note_odd(struct alfa__dataset *set, const struct alfa__folder *top,
                     const struct alfa__names *names)
{
    struct alfa__names odd = {0}, sets = {0};
    for (size_t i = 0; i < names->count; i++) {
        char *path = alfa__format("%s/%s", top->path, names->items[i]);
        char *classes = path ? find_classes(path) : NULL;
        alfa__names_add(classes ? &sets : &odd, names->items[i]);
        free(classes);
        free(path);
    }
    alfa__notices_add_names(&set->notices, top->path, "has folders that are no classes, left out", &odd);
    alfa__notices_add_names(&set->notices, top->path,
                            "has folders that hold classes, left out here and to be named on their own",
                            &sets);
    set->notices.failed = set->notices.failed || odd.failed || sets.failed;
    alfa__names_free(&odd);
    alfa__names_free(&sets);
}

/* *found tells whether there is any class. parts: all folders are one class, called as top is. */
static enum alfa_status read_classes(struct alfa__dataset *set, const struct alfa__folder *top, bool *found,
                                     struct alfa_error *err)
{
    const struct alfa__layout *first = NULL, *parts;
    struct alfa__names odd = {0};
    ALFA__TRY(find_parts(&parts, set, top, err));
    char *real = realpath(top->path, NULL);
    const char *together = alfa__path_name(real ? real : top->path);
    enum alfa_status status = ALFA_OK;
    for (size_t i = 0; status == ALFA_OK && i < top->folders.count; i++) {
        const char *name = top->folders.items[i];
        struct alfa__folder child;
        status = unwrap(&child, set, top->path, name, err);
        if (status == ALFA_OK)
            status = read_child(set, &first, parts, &child, parts ? together : called(top, &child, name),
                                &odd, err);
        alfa__folder_free(&child);
    }
    *found = set->count > 0;
    if (*found) {
        if (parts)
            alfa__notices_add(&set->notices, top->path,
                              "has a folder for each day or piece: they are one class");
        note_odd(set, top, &odd);
        alfa__dataset_leave(set, top, ALFA__EXPECT_FOLDERS);
    }
    set->notices.failed = set->notices.failed || odd.failed;
    alfa__names_free(&odd);
    free(real);
    return status;
}

/* The folder that VisA's own script makes holds one folder for each of its splits. */
static enum alfa_status read_visa_converted(struct alfa__dataset *set, const struct alfa__folder *top,
                                            bool *found, struct alfa_error *err)
{
    struct alfa__folder inner;
    ALFA__TRY(alfa__dataset_folder(&inner, set, top->path, "1cls", err));
    enum alfa_status status = read_classes(set, &inner, found, err);
    if (status == ALFA_OK && *found)
        alfa__notices_add(&set->notices, top->path, "is VisA as converted: only its folder 1cls is read");
    alfa__folder_free(&inner);
    return status;
}

/* ------------------------------------------------------------------ tables */

/* "sets/visa/candle" -> "sets/visa"; freed with free(). */
static char *parent_of(const char *path)
{
    const char *name = alfa__path_name(path);
    if (name == path || strcmp(name, "..") == 0 || strcmp(name, ".") == 0)
        return alfa__format("%s/..", path);
    return alfa__format("%.*s", name - path > 1 ? (int)(name - path) - 1 : 1, path);
}

/* VisA's table, in the folder or, for one class of it, in the folder above. */
static enum alfa_status read_visa(struct alfa__dataset *set, const struct alfa__folder *top, bool *found,
                                  struct alfa_error *err)
{
    enum alfa_status status = ALFA_OK;
    *found = alfa__names_have(&top->folders, "split_csv");
    if (*found) {
        set->layout = "VisA";
        return alfa__visa_read(set, top->path, NULL, err);
    }
    char *real = alfa__names_have(&top->folders, "Data") ? realpath(top->path, NULL) : NULL;
    char *root = real ? parent_of(top->path) : NULL;
    char *table = root ? alfa__format("%s/split_csv/1cls.csv", root) : NULL;
    *found = table && alfa__file_exists(table);
    if (*found) {
        set->layout = "VisA";
        status = alfa__visa_read(set, root, alfa__path_name(real), err);
        *found = status != ALFA_OK || set->count > 0;
    }
    free(table);
    free(root);
    free(real);
    return status;
}

static enum alfa_status read_tables(struct alfa__dataset *set, const struct alfa__folder *top, bool *found,
                                    struct alfa_error *err)
{
    ALFA__TRY(read_visa(set, top, found, err));
    if (!*found)
        ALFA__TRY(alfa__realiad_read(set, top, found, err));
    if (!*found)
        ALFA__TRY(alfa__meta_read(set, top, found, err));
    return ALFA_OK;
}

/* ------------------------------------------------------------------ the whole */

enum alfa_status alfa__dataset_check_signs(const struct alfa__folder *folder, struct alfa_error *err)
{
    const char *first = NULL;
    for (size_t i = 0; i < folder->folders.count; i++) {
        const char *name = folder->folders.items[i];
        if (alfa__name_is_sign(name) && first)
            return alfa__fail(err, ALFA_ERROR_INPUT, folder->path,
                              "has folders %.80s and %.80s, and either may be the good one: say it with "
                              "--normal-dir and --abnormal-dir",
                              first, name);
        first = alfa__name_is_sign(name) ? name : first;
    }
    return ALFA_OK;
}

static enum alfa_status refuse_deep(const struct alfa__folder *top, struct alfa_error *err)
{
    char *classes = find_classes(top->path);
    const enum alfa_status status =
        classes ? alfa__fail(err, ALFA_ERROR_INPUT, top->path,
                             "has classes deeper down, as in %.200s: name such a folder, or several", classes)
                : ALFA_OK;
    free(classes);
    return status;
}

static enum alfa_status refuse(struct alfa__dataset *set, const struct alfa__folder *top,
                               struct alfa_error *err)
{
    struct alfa__names masks = {0};
    bool good = false, bad = false;
    char found[256];
    for (size_t i = 0; i < top->folders.count; i++) {
        good = good || alfa__name_is_good(top->folders.items[i]);
        bad = bad || alfa__name_is_bad(top->folders.items[i]);
    }
    alfa__survey(found, sizeof found, top->path);
    for (size_t i = 0; i < top->folders.count; i++)
        if (alfa__name_is_truth(top->folders.items[i]))
            alfa__dataset_truth(&masks, set, top->path, top->folders.items[i]); /* for its notice */
    alfa__names_free(&masks);
    ALFA__TRY(alfa__dataset_check_signs(top, err));
    ALFA__TRY(refuse_deep(top, err));
    if (alfa__named_odd(top))
        return alfa__fail(err, ALFA_ERROR_INPUT, top->path,
                          "has images whose names say good and bad, and others that say neither, such as "
                          "%.80s: put them into folders good and bad",
                          alfa__named_odd(top));
    if (good != bad)
        return alfa__fail(
            err, ALFA_ERROR_INPUT, top->path,
            "has a folder of %s images but none of %s ones; %s; known words: good, normal, ok, bad, "
            "anomaly, defect, ng, ko; others: --normal-dir and --abnormal-dir",
            good ? "good" : "bad", good ? "bad" : "good", found);
    return alfa__fail(err, ALFA_ERROR_INPUT, top->path,
                      "has no layout that is understood: expected " UNDERSTOOD "; %s; --normal-dir and "
                      "--abnormal-dir name folders of any layout",
                      found);
}

static enum alfa_status read_layout(struct alfa__dataset *set, const struct alfa__folder *top, bool *found,
                                    struct alfa_error *err)
{
    ALFA__TRY(read_tables(set, top, found, err));
    if (*found)
        return ALFA_OK;
    const struct alfa__layout *layout = alfa__layout_of(top);
    *found = layout;
    if (layout)
        return read_one_class(set, layout, top, err);
    if (alfa__names_have(&top->folders, "1cls"))
        ALFA__TRY(read_visa_converted(set, top, found, err));
    return *found ? ALFA_OK : read_classes(set, top, found, err);
}

/* The folder, or the one folder inside, and so on. */
static enum alfa_status read_wrapped(struct alfa__dataset *set, const struct alfa__folder *top, int depth,
                                     bool *found, struct alfa_error *err)
{
    struct alfa__folder inner;
    ALFA__TRY(read_layout(set, top, found, err));
    if (*found || depth == DEEPEST || top->folders.count != 1 || top->images.count)
        return ALFA_OK;
    ALFA__TRY(alfa__dataset_folder(&inner, set, top->path, top->folders.items[0], err));
    enum alfa_status status = inner.path ? read_wrapped(set, &inner, depth + 1, found, err) : ALFA_OK;
    alfa__folder_free(&inner);
    return status;
}

static enum alfa_status open_folder(struct alfa__dataset *set, const char *folder, const char *nouns_path,
                                    struct alfa_error *err)
{
    struct alfa__folder top;
    bool found = false;
    if (alfa__file_exists(folder))
        return alfa__fail(err, ALFA_ERROR_INPUT, folder,
                          "is a file: give a folder, and unpack an archive first");
    ALFA__TRY(alfa__folder_read(&top, folder, err));
    enum alfa_status status = read_wrapped(set, &top, 0, &found, err);
    if (status == ALFA_OK && !found)
        status = refuse(set, &top, err);
    if (status == ALFA_OK)
        status = alfa__dataset_finish(set, folder, err);
    if (status == ALFA_OK && nouns_path)
        status = alfa__nouns_read(set, nouns_path, err);
    alfa__folder_free(&top);
    return status;
}

enum alfa_status alfa__dataset_open(struct alfa__dataset **out, const char *folder, const char *nouns_path,
                                    struct alfa__notices *notices, struct alfa_error *err)
{
    char *path = alfa__strdup(folder);
    *out = calloc(1, sizeof **out);
    if (!path || !*out) {
        free(path);
        free(*out);
        *out = NULL;
        return alfa__fail_memory(err, sizeof **out);
    }
    for (size_t end = strlen(path); end > 1 && path[end - 1] == '/'; end--)
        path[end - 1] = 0;
    enum alfa_status status = open_folder(*out, path, nouns_path, err);
    free(path);
    alfa__notices_fold(&(*out)->notices, 0, MOST);
    alfa__notices_move(notices, &(*out)->notices);
    if (status != ALFA_OK) {
        alfa__dataset_free(*out);
        *out = NULL;
    }
    return status;
}
