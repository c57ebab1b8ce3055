#include "dataset/deal.h"
#include "base/strings.h"
#include "dataset/mask.h"
#include "dataset/words.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum rule { MASK_WORD, SAME_NAME, FOLDER, ODD_SUFFIX, RULES };
enum { DEEPEST = 8 };

/* What a mask is looked for by: its path below the folder of masks, or a part of that. */
struct key {
    char *text;
    size_t stem; /* bytes of text without the extension */
    size_t mask; /* index */
    bool bad;    /* it lies below a word for bad, which text leaves out */
};

/* The masks of one folder, while they are dealt out. */
struct masks {
    struct alfa__dataset *set;
    const char *path;
    struct alfa__names files; /* below path */
    bool *used;
    bool *good;       /* it is of a good image */
    bool *spare;      /* it is of an image that has one from elsewhere */
    bool *doubtful;   /* several images might have it */
    struct key *keys; /* sorted by text */
    size_t count;
    struct alfa__names stems;                 /* file names of anomalous images, sorted */
    struct alfa__names odd, numbered, shared; /* to be reported */
    bool several;                             /* an image had more than one */
    bool failed;
};

/* ------------------------------------------------------------------ which masks there are */

static enum alfa_status list_files(struct masks *masks, const char *below, int depth, struct alfa_error *err)
{
    struct alfa__folder folder;
    ALFA__TRY(alfa__dataset_folder(&folder, masks->set, masks->path, *below ? below : NULL, err));
    const char *slash = *below ? "/" : "";
    enum alfa_status status = ALFA_OK;
    for (size_t i = 0; i < folder.images.count; i++) {
        char *name = alfa__format("%s%s%s", below, slash, folder.images.items[i]);
        if (name)
            alfa__names_add(&masks->files, name);
        masks->failed = masks->failed || !name;
        free(name);
    }
    for (size_t i = 0; i < folder.folders.count && status == ALFA_OK && depth < DEEPEST; i++) {
        char *name = alfa__format("%s%s%s", below, slash, folder.folders.items[i]);
        status = name ? list_files(masks, name, depth + 1, err) : alfa__fail_memory(err, strlen(below));
        free(name);
    }
    alfa__dataset_leave(masks->set, &folder, ALFA__EXPECT_IMAGES | ALFA__EXPECT_FOLDERS);
    alfa__folder_free(&folder);
    return status;
}

static size_t stem_size(const char *path)
{
    const char *name = alfa__path_name(path);
    return (size_t)(name - path) + alfa__name_stem(name);
}

/* Takes text. */
static void add_key(struct masks *masks, char *text, size_t mask, bool bad)
{
    masks->failed = masks->failed || !text;
    if (text)
        masks->keys[masks->count++] = (struct key){text, stem_size(text), mask, bad};
}

/* "bad/mask_000.png" is found as "bad/000_mask.png". */
static char *turn_around(const char *path)
{
    const char *name = alfa__path_name(path);
    const int prefix = alfa__mask_prefix(name);
    const size_t stem = alfa__name_stem(name);
    if (!prefix || stem <= (size_t)prefix)
        return alfa__strdup(path);
    return alfa__format("%.*s%.*s_mask%s", (int)(name - path), path, (int)(stem - (size_t)prefix),
                        name + prefix, name + stem);
}

/* Without folders that say nothing but that masks, or images, lie in them: "bad/mask/000.png" is found as
 * "bad/000.png". NULL when there are none, or memory is short. */
static char *skip_words(const char *path)
{
    struct alfa__string out = {0};
    bool skipped = false;
    for (const char *slash; (slash = strchr(path, '/')); path = slash + 1) {
        char *name = alfa__format("%.*s", (int)(slash - path), path);
        const bool says = name && !alfa__name_is_truth(name) && !alfa__name_is_images(name);
        if (says)
            alfa__string_appendf(&out, "%s/", name);
        skipped = skipped || !says;
        free(name);
    }
    alfa__string_append(&out, path);
    char *text = skipped && alfa__string_ok(&out) ? turn_around(out.text) : NULL;
    alfa__string_free(&out);
    return text;
}

static int compare_keys(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    const int order = strcmp(x->text, y->text);
    return order ? order : (x->mask > y->mask) - (x->mask < y->mask);
}

static void make_keys(struct masks *masks)
{
    masks->keys = calloc(3 * masks->files.count + 1, sizeof *masks->keys);
    masks->used = calloc(masks->files.count + 1, sizeof *masks->used);
    masks->good = calloc(masks->files.count + 1, sizeof *masks->good);
    masks->spare = calloc(masks->files.count + 1, sizeof *masks->spare);
    masks->doubtful = calloc(masks->files.count + 1, sizeof *masks->doubtful);
    masks->failed =
        masks->failed || !masks->keys || !masks->used || !masks->good || !masks->spare || !masks->doubtful;
    for (size_t i = 0; i < masks->files.count && !masks->failed; i++) {
        const char *path = masks->files.items[i], *slash = strchr(path, '/');
        char *plain = skip_words(path);
        add_key(masks, turn_around(path), i, false);
        if (plain)
            add_key(masks, plain, i, false);
        char *kind = slash ? alfa__format("%.*s", (int)(slash - path), path) : NULL;
        if (kind && alfa__name_is_bad(kind))
            add_key(masks, turn_around(slash + 1), i, true);
        free(kind);
    }
    if (masks->count)
        qsort(masks->keys, masks->count, sizeof *masks->keys, compare_keys);
}

/* ------------------------------------------------------------------ which one fits */

static bool fits(enum rule rule, const struct key *key, size_t size)
{
    const char *rest = key->text + size;
    const size_t left = key->stem > size ? key->stem - size : 0;
    switch (rule) {
    case MASK_WORD:
        return left && !memchr(rest, '/', left) && alfa__mask_suffix(key->text, (int)key->stem) == (int)left;
    case SAME_NAME:
        return key->stem == size;
    case FOLDER:
        return *rest == '/';
    default:
        return left && strchr("_-. ", *rest) && !memchr(rest, '/', left);
    }
}

/* The key for an image's stem, NULL when none fits. Keys are sorted and begin with the stem. bad: whether one
 * that was bad will do. */
static const struct key *find_key(const struct masks *masks, enum rule rule, const char *stem, size_t size,
                                  bool unused, bool bad)
{
    size_t low = 0, high = masks->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strncmp(masks->keys[middle].text, stem, size) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < masks->count && strncmp(masks->keys[low].text, stem, size) == 0; low++)
        if (fits(rule, &masks->keys[low], size) && !(unused && masks->used[masks->keys[low].mask]) &&
            (bad || !masks->keys[low].bad))
            return &masks->keys[low];
    return NULL;
}

/* A folder's masks are all used by its image; of: what it is of, NULL: it counts. */
static void use(struct masks *masks, enum rule rule, const struct key *key, size_t size, bool *of)
{
    for (const struct key *k = key; k < masks->keys + masks->count; k++) {
        if (k > key && (rule != FOLDER || strncmp(k->text, key->text, size + 1) != 0))
            break;
        if (of)
            of[k->mask] = !masks->used[k->mask];
        masks->used[k->mask] = true;
    }
    masks->several = masks->several || (!of && rule == FOLDER);
}

/* Of masks with odd suffixes all that nobody else has, 000_0.png and 000_1.png: their union counts. They are
 * used then, and written as 000*, which must not mean others. Freed with free(); NULL when there is one. */
static char *join(struct masks *masks, const struct key *key, size_t size)
{
    const char *name = masks->files.items[key->mask];
    const size_t folder = (size_t)(alfa__path_name(name) - name);
    const size_t stem = size - (size_t)(alfa__path_name(key->text) - key->text);
    const struct key *end = masks->keys + masks->count, *first = key, *k;
    int count = 0;
    while (first > masks->keys && strncmp(first[-1].text, key->text, size) == 0)
        first--;
    for (k = first; k < end && strncmp(k->text, key->text, size) == 0; k++) {
        const bool other = k != key && masks->used[k->mask];
        if (fits(ODD_SUFFIX, k, size) && (other || strncmp(masks->files.items[k->mask], name, folder + stem)))
            return NULL;
        count += fits(ODD_SUFFIX, k, size);
    }
    if (count < 2)
        return NULL;
    while (k-- > first)
        masks->used[k->mask] = masks->used[k->mask] || fits(ODD_SUFFIX, k, size);
    masks->several = true;
    return alfa__format("%s/%.*s*", masks->path, (int)(folder + stem), name);
}

static void give(struct masks *masks, struct alfa__class *class, struct alfa__item *item, enum rule rule,
                 const struct key *key, size_t size)
{
    const char *name = masks->files.items[key->mask];
    if (masks->used[key->mask])
        alfa__names_add(&masks->shared, name);
    if (rule == ODD_SUFFIX)
        alfa__names_add(&masks->odd, name);
    use(masks, rule, key, size, NULL);
    const size_t folder = (size_t)(alfa__path_name(name) - name);
    if (rule == ODD_SUFFIX)
        item->mask = join(masks, key, size);
    if (!item->mask)
        item->mask = rule == FOLDER ? alfa__format("%s/%.*s", masks->path, (int)folder - 1, name)
                                    : alfa__format("%s/%s", masks->path, name);
    class->failed = class->failed || !item->mask;
}

/* An item's path below base ("": all of it), without its extension. */
static char *stem_of(const struct alfa__item *item, const char *base)
{
    const size_t size = strlen(base);
    const char *path = alfa__path_name(item->image);
    if (strncmp(item->image, base, size) == 0 && (size == 0 || item->image[size] == '/'))
        path = item->image + size + strspn(item->image + size, "/");
    char *stem = alfa__strdup(path);
    if (stem)
        stem[stem_size(stem)] = 0;
    return stem;
}

/* What an item may be called among the masks: its whole stem, without its kind, without the folders between,
 * and its name alone; the latter ones only find masks that nobody else has. */
enum form { WHOLE, WITHOUT_KIND, WITHOUT_FOLDERS, NAME, FORMS };

static char *shape(enum form form, const char *stem)
{
    const char *slash = strchr(stem, '/'), *name = alfa__path_name(stem);
    switch (form) {
    case WHOLE:
        return alfa__strdup(stem);
    case WITHOUT_KIND:
        return alfa__strdup(slash ? slash + 1 : stem);
    case WITHOUT_FOLDERS:
        return alfa__format("%.*s%s", slash ? (int)(slash - stem) + 1 : 0, stem, name);
    default:
        return alfa__strdup(name);
    }
}

static void list_stems(struct masks *masks, const struct alfa__added *added)
{
    for (size_t i = added->first; i < added->class->count; i++) {
        const char *name = alfa__path_name(added->class->items[i].image);
        char *stem =
            added->class->items[i].anomalous ? alfa__format("%.*s", (int)alfa__name_stem(name), name) : NULL;
        if (stem)
            alfa__names_add(&masks->stems, stem);
        free(stem);
    }
    alfa__names_sort(&masks->stems);
}

/* Whether another image that waits for a mask would be looked for by the same text. */
static bool has_rival(const struct masks *masks, const struct alfa__added *added, size_t item, enum form form,
                      const char *text)
{
    const struct alfa__class *class = added->class;
    const char *name = alfa__path_name(text);
    const size_t at = alfa__names_find(&masks->stems, name);
    if (at + 1 >= masks->stems.count || strcmp(masks->stems.items[at + 1], name) != 0)
        return false; /* nearly always: no other one is called so */
    for (size_t i = added->first; i < class->count; i++) {
        char *stem = i != item && class->items[i].anomalous && !class->items[i].mask
                         ? stem_of(&class->items[i], added->base)
                         : NULL;
        char *shaped = stem ? shape(form, stem) : NULL;
        const bool rival = shaped && strcmp(shaped, text) == 0;
        free(stem);
        free(shaped);
        if (rival)
            return true;
    }
    return false;
}

/* The rounds of dealing: masks for the anomalous images; those that belong to normal ones are known to have
 * an owner, no more, and so are further ones of images that have one from elsewhere. */
enum round { ANOMALOUS, NORMAL, SERVED, ROUNDS };

static bool takes_part(const struct masks *masks, const struct alfa__item *item, enum round round)
{
    if (round == SERVED)
        return item->mask && !alfa__path_behind(item->mask, masks->path);
    return !item->mask && item->anomalous == (round == ANOMALOUS);
}

static void deal(struct masks *masks, const struct alfa__added *added, enum rule rule, enum form form,
                 enum round round)
{
    struct alfa__class *class = added->class;
    for (size_t i = added->first; i < class->count; i++) {
        struct alfa__item *item = &class->items[i];
        if (!takes_part(masks, item, round))
            continue;
        char *stem = stem_of(item, added->base), *text = stem ? shape(form, stem) : NULL;
        const bool unused = rule == ODD_SUFFIX || form != WHOLE || round == SERVED;
        const struct key *key =
            text ? find_key(masks, rule, text, strlen(text), unused, round != NORMAL) : NULL;
        if (key && round != ANOMALOUS && !masks->doubtful[key->mask])
            use(masks, rule, key, strlen(text), round == NORMAL ? masks->good : masks->spare);
        else if (key && round == ANOMALOUS && form != WHOLE && has_rival(masks, added, i, form, text))
            masks->doubtful[key->mask] = true;
        else if (key && round == ANOMALOUS)
            give(masks, class, item, rule, key, strlen(text));
        class->failed = class->failed || !text;
        free(stem);
        free(text);
    }
}

/* ------------------------------------------------------------------ numbers in names */

/* An image that waits, or a mask that is left. */
struct numbered {
    size_t index;
    size_t folder; /* bytes of name up to the last slash, with it */
    char *name;    /* owned: path below the folder of kinds, or of masks */
    char *numbers; /* owned: those in its file's name, without zeros ahead: "1.20" of img_001_20 */
};

/* size: bytes of path without the extension. */
static struct numbered number(const char *path, size_t size, size_t index)
{
    struct alfa__string out = {0};
    struct numbered n = {index, (size_t)(alfa__path_name(path) - path), alfa__strdup(path), NULL};
    for (const char *p = path + n.folder; p < path + size;) {
        if (*p < '0' || *p > '9') {
            p++;
            continue;
        }
        p += strspn(p, "0");
        const size_t digits = strspn(p, "0123456789");
        alfa__string_appendf(&out, ".%.*s", (int)digits, p);
        p += digits;
    }
    n.numbers = alfa__string_ok(&out) ? out.text : NULL;
    return n;
}

static bool fit_by_number(const struct numbered *image, const struct numbered *mask)
{
    return image->numbers && mask->numbers && strcmp(image->numbers, mask->numbers) == 0 &&
           (mask->folder == 0 ||
            (mask->folder == image->folder && strncmp(mask->name, image->name, mask->folder) == 0));
}

/* The only one of a list that fits; count: none, or several do. */
static size_t only_fit(const struct numbered *one, bool is_mask, const struct numbered *list, size_t count)
{
    size_t found = count;
    for (size_t i = 0; i < count; i++)
        if (is_mask ? fit_by_number(&list[i], one) : fit_by_number(one, &list[i])) {
            if (found < count)
                return count;
            found = i;
        }
    return found;
}

static void free_numbered(struct numbered *list, size_t count)
{
    for (size_t i = 0; i < count && list; i++) {
        free(list[i].name);
        free(list[i].numbers);
    }
    free(list);
}

/* Images and masks that are left and have the same numbers in their names, img_001.png and mask_1.png in
 * folders that are called alike, when nothing else has. */
static void pair_numbers(struct masks *masks, const struct alfa__added *added)
{
    struct alfa__class *class = added->class;
    struct numbered *images = calloc(class->count + 1, sizeof *images),
                    *left = calloc(masks->files.count + 1, sizeof *left);
    size_t image_count = 0, left_count = 0;
    for (size_t i = added->first; i < class->count && images; i++)
        if (class->items[i].anomalous && !class->items[i].mask) {
            char *stem = stem_of(&class->items[i], added->base);
            if (stem)
                images[image_count++] = number(stem, strlen(stem), i);
            free(stem);
        }
    for (size_t i = 0; i < masks->files.count && left; i++)
        if (!masks->used[i])
            left[left_count++] = number(masks->files.items[i], stem_size(masks->files.items[i]), i);
    for (size_t i = 0; i < image_count && left; i++) {
        const size_t k = only_fit(&images[i], false, left, left_count);
        if (k == left_count || only_fit(&left[k], true, images, image_count) != i)
            continue;
        class->items[images[i].index].mask = alfa__format("%s/%s", masks->path, left[k].name);
        masks->used[left[k].index] = true;
        alfa__names_add(&masks->numbered, left[k].name);
    }
    masks->failed = masks->failed || !images || !left;
    free_numbered(images, image_count);
    free_numbered(left, left_count);
}

/* ------------------------------------------------------------------ what is left */

void alfa__masks_of_good(struct alfa__dataset *set, const char *folder, const struct alfa__names *masks)
{
    struct alfa__names marked = {0};
    for (size_t i = 0; i < masks->count; i++) {
        struct alfa__mask mask = {0};
        struct alfa_error why;
        char *path = alfa__format("%s/%s", folder, masks->items[i]);
        marked.failed = marked.failed || !path;
        if (path && alfa__mask_load(&mask, path, &why) != ALFA_OK)
            alfa__notices_add(&set->notices, why.source, "%s", why.message);
        else if (mask.anomalous)
            alfa__names_add(&marked, masks->items[i]);
        alfa__mask_free(&mask);
        free(path);
    }
    alfa__notices_add_names(
        &set->notices, folder,
        "has masks of good images that mark something: these images count as normal all over", &marked);
    set->notices.failed = set->notices.failed || marked.failed;
    alfa__names_free(&marked);
}

/* Those of the masks that a list says; of: NULL: those that nobody has. */
static struct alfa__names listed(struct masks *masks, const bool *of)
{
    struct alfa__names out = {0};
    for (size_t i = 0; i < masks->files.count; i++)
        if (of ? of[i] : !masks->used[i] && !masks->good[i])
            alfa__names_add(&out, masks->files.items[i]);
    masks->failed = masks->failed || out.failed;
    return out;
}

static void report_listed(struct masks *masks, const char *what, const bool *of)
{
    struct alfa__names names = listed(masks, of);
    alfa__notices_add_names(&masks->set->notices, masks->path, what, &names);
    alfa__names_free(&names);
}

static void report_good(struct masks *masks)
{
    struct alfa__names good = listed(masks, masks->good);
    alfa__masks_of_good(masks->set, masks->path, &good);
    alfa__names_free(&good);
}

static void report(struct masks *masks)
{
    struct alfa__notices *notices = &masks->set->notices;
    for (size_t i = 0; i < masks->files.count; i++) {
        const char *path = masks->files.items[i], *slash = strchr(path, '/');
        char *kind = slash ? alfa__format("%.*s", (int)(slash - path), path) : NULL;
        masks->good[i] = masks->good[i] || (!masks->used[i] && kind && alfa__name_is_good(kind));
        masks->doubtful[i] = masks->doubtful[i] && !masks->used[i] && !masks->good[i];
        masks->used[i] = masks->used[i] || masks->doubtful[i];
        free(kind);
    }
    report_good(masks);
    report_listed(masks, "has masks that belong to no image, left out", NULL);
    report_listed(masks, "has masks that might belong to several images, left out", masks->doubtful);
    report_listed(masks, "has masks of images that have another one, left out", masks->spare);
    alfa__notices_add_names(notices, masks->path, "has masks with an odd suffix, taken by their beginning",
                            &masks->odd);
    alfa__notices_add_names(notices, masks->path, "has masks with another name, taken by their number",
                            &masks->numbered);
    alfa__notices_add_names(notices, masks->path, "has masks that several images share", &masks->shared);
    if (masks->several)
        alfa__notices_add(
            notices, masks->path,
            "has several masks an image: their union counts, whatever their values; PRO is not the "
            "sPRO of MVTec LOCO, which knows where a defect may be marked");
}

static void free_masks(struct masks *masks)
{
    for (size_t i = 0; i < masks->count; i++)
        free(masks->keys[i].text);
    free(masks->keys);
    free(masks->used);
    free(masks->good);
    free(masks->spare);
    free(masks->doubtful);
    alfa__names_free(&masks->files);
    alfa__names_free(&masks->stems);
    alfa__names_free(&masks->odd);
    alfa__names_free(&masks->numbered);
    alfa__names_free(&masks->shared);
}

static enum alfa_status deal_folder(struct alfa__dataset *set, const struct alfa__added *added,
                                    const char *path, struct alfa_error *err)
{
    struct alfa__class *class = added->class;
    struct masks masks = {.set = set, .path = path};
    enum alfa_status status = list_files(&masks, "", 0, err);
    if (status == ALFA_OK)
        make_keys(&masks);
    list_stems(&masks, added);
    for (int step = 0; step < ROUNDS * RULES * FORMS && status == ALFA_OK && !masks.failed; step++) {
        const int group = step / (2 * RULES) % 2; /* whole names of all rules, then parts of names */
        deal(&masks, added, (enum rule)(step / 2 % RULES), (enum form)(2 * group + step % 2),
             (enum round)(step / (RULES * FORMS)));
    }
    if (status == ALFA_OK && !masks.failed)
        pair_numbers(&masks, added);
    if (status == ALFA_OK && !masks.failed)
        report(&masks);
    class->failed = class->failed || masks.failed || masks.files.failed || masks.stems.failed ||
                    masks.odd.failed || masks.numbered.failed || masks.shared.failed;
    free_masks(&masks);
    return status;
}

/* "test/bent/000.png" is said as "bent/000.png". */
void alfa__masks_missing(struct alfa__dataset *set, const struct alfa__added *added)
{
    struct alfa__class *class = added->class;
    struct alfa__names missing = {0};
    const char *base = added->base;
    const size_t size = strlen(base);
    for (size_t i = added->first; i < class->count; i++) {
        const struct alfa__item *item = &class->items[i];
        if (item->anomalous && !item->mask)
            alfa__names_add(&missing,
                            strncmp(item->image, base, size) == 0 ? item->image + size + 1 : item->image);
    }
    alfa__notices_add_names(&set->notices, base, "has anomalous images without a mask", &missing);
    class->failed = class->failed || missing.failed;
    alfa__names_free(&missing);
}

enum alfa_status alfa__masks_deal(struct alfa__dataset *set, const struct alfa__added *added,
                                  const struct alfa__names *truths, struct alfa_error *err)
{
    for (size_t i = 0; i < truths->count; i++)
        ALFA__TRY(deal_folder(set, added, truths->items[i], err));
    return ALFA_OK;
}
