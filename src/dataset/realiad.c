/* Real-IAD: a JSON for each class says which image is learnt from, which is judged, and where its mask is.
 *
 *     {"meta": {"normal_class": "OK", "prefix": "audiojack/"},
 *      "train": [{"category": "audiojack", "anomaly_class": "OK", "image_path": "OK/S0001/...jpg",
 * "mask_path": null}, ...], "test": [...]}
 *
 * The JSONs lie in a folder of their own (realiad_jsons, and another of that name in it), or beside the
 * images; the images in realiad_1024 and its like. Data sets with other splits have further folders of JSONs:
 * the first one counts. */
#include "base/files.h"
#include "base/json.h"
#include "base/strings.h"
#include "dataset/listing.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LIMIT ((size_t)256 << 20)

struct search {
    struct alfa__dataset *set;
    const struct alfa__folder *top;
    const char *above;              /* the folder that holds top */
    char *name;                     /* of top */
    struct alfa__names seen, twice; /* classes that were read; JSONs that name one again */
    struct alfa__names broken, far; /* files that are no JSON; JSONs whose images are not here */
};

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* Whether the first image of the JSON lies below folder/prefix. */
static bool begins_here(const json_t *json, const char *folder, const char *prefix)
{
    const json_t *row = json_array_get(json_object_get(json, "test"), 0);
    const char *image = text_of(row, "image_path");
    char *root = alfa__format("%s/%s", folder, prefix), *path = root ? alfa__listing_find(root, image) : NULL;
    const bool there = path;
    free(path);
    free(root);
    return there;
}

/* The folder that the JSON's paths begin in: prefix below top, below a folder in it, or below the one above
 * it; NULL: none. Freed with free(). */
static char *find_root(const struct search *search, const json_t *json)
{
    const char *prefix = text_of(json_object_get(json, "meta"), "prefix");
    const struct alfa__names *folders = &search->top->folders;
    if (*prefix && !alfa__path_is_inside(prefix))
        return NULL;
    if (begins_here(json, search->top->path, prefix))
        return alfa__format("%s/%s", search->top->path, prefix);
    for (size_t i = 0; i < folders->count; i++) {
        char *folder = alfa__format("%s/%s", search->top->path, folders->items[i]);
        char *root =
            folder && begins_here(json, folder, prefix) ? alfa__format("%s/%s", folder, prefix) : NULL;
        free(folder);
        if (root)
            return root;
    }
    if (begins_here(json, search->top->path, "")) /* top is the class itself */
        return alfa__strdup(search->top->path);
    return NULL;
}

static void read_rows(struct alfa__listing *listing, const json_t *json, const char *part,
                      const char *class_name)
{
    const char *normal = text_of(json_object_get(json, "meta"), "normal_class");
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(json, part), i, row)
    {
        const char *kind = text_of(row, "anomaly_class");
        const struct alfa__listed line = {.class_name = class_name,
                                          .image = text_of(row, "image_path"),
                                          .mask = text_of(row, "mask_path"),
                                          .kind = kind,
                                          .anomalous = strcasecmp(kind, *normal ? normal : "OK") != 0,
                                          .learn = strcmp(part, "train") == 0};
        alfa__listing_add(listing, &line);
    }
}

static bool is_realiad(const json_t *json)
{
    const json_t *test = json_object_get(json, "test");
    return json_is_object(json_object_get(json, "meta")) && json_is_array(test) &&
           json_is_string(json_object_get(json_array_get(test, 0), "image_path"));
}

/* A JSON whose images are there becomes a class, called as its "category" is. */
static void read_class(struct search *search, const char *path, const json_t *json)
{
    const char *name = text_of(json_array_get(json_object_get(json, "test"), 0), "category");
    const bool ours = is_realiad(json) && *name && !strchr(name, '/');
    char *root = ours ? find_root(search, json) : NULL;
    if (ours && !root)
        alfa__names_add(&search->far, path);
    for (size_t i = 0; i < search->seen.count && root; i++)
        if (strcmp(search->seen.items[i], name) == 0) {
            alfa__names_add(&search->twice, path);
            free(root);
            root = NULL;
        }
    if (root) {
        struct alfa__listing listing = {.set = search->set, .root = root, .path = path};
        size_t end = strlen(root);
        while (end > 1 && root[end - 1] == '/')
            root[--end] = 0;
        alfa__names_add(&search->seen, name);
        read_rows(&listing, json, "train", name);
        read_rows(&listing, json, "test", name);
        alfa__listing_end(&listing);
    }
    free(root);
}

static enum alfa_status read_json(struct search *search, const char *path, struct alfa_error *err)
{
    char *text;
    size_t size;
    json_t *json = NULL;
    ALFA__TRY(alfa__file_read(&text, &size, path, LIMIT, err));
    enum alfa_status status = alfa__json_read(&json, text, size, ALFA__LISTING_VALUES, 0, NULL);
    if (status == ALFA_ERROR_MEMORY)
        status = alfa__fail_memory(err, size);
    else if (status != ALFA_OK) { /* a table that was cut would say another split than the folders do */
        alfa__names_add(&search->broken, path);
        status = ALFA_OK;
    }
    read_class(search, path, json);
    json_decref(json);
    free(text);
    return status;
}

static bool has_end(const char *name, const char *end)
{
    const size_t size = strlen(name), last = strlen(end);
    return size > last && strcasecmp(name + size - last, end) == 0;
}

/* The JSONs of a folder, then those in folders of it that are called after JSON. one: only that of a class.
 */
static enum alfa_status search_folder(struct search *search, const char *path, const char *one, int depth,
                                      struct alfa_error *err)
{
    struct alfa__folder folder;
    if (alfa__folder_read(&folder, path, NULL) != ALFA_OK)
        return ALFA_OK;
    enum alfa_status status = ALFA_OK;
    for (size_t i = 0; i < folder.others.count && status == ALFA_OK; i++) {
        const char *name = folder.others.items[i];
        char *below = has_end(name, ".json") ? alfa__format("%s/%s", path, name) : NULL;
        if (below && (!one || (strncmp(name, one, strlen(one)) == 0 && name[strlen(one)] == '.')))
            status = read_json(search, below, err);
        free(below);
    }
    for (size_t i = 0; i < folder.folders.count && status == ALFA_OK && depth < 2; i++) {
        char *below = strcasestr(folder.folders.items[i], "json")
                          ? alfa__format("%s/%s", path, folder.folders.items[i])
                          : NULL;
        if (below)
            status = search_folder(search, below, one, depth + 1, err);
        free(below);
    }
    alfa__folder_free(&folder);
    return status;
}

/* Near top; without luck near the folder above it, and the one above that, for what is called as top is, or
 * as folders in it are. */
static enum alfa_status search_all(struct search *search, struct alfa_error *err)
{
    ALFA__TRY(search_folder(search, search->top->path, NULL, 0, err));
    for (int up = 1; up <= 2 && !search->seen.count; up++) {
        char *above = alfa__format("%s/..%s", search->top->path, up == 2 ? "/.." : "");
        enum alfa_status status = above ? search_folder(search, above, search->name, 0, err) : ALFA_OK;
        for (size_t i = 0; status == ALFA_OK && above && up == 1 && i < search->top->folders.count; i++)
            status = search_folder(search, above, search->top->folders.items[i], 0, err);
        free(above);
        ALFA__TRY(status);
    }
    return ALFA_OK;
}

enum alfa_status alfa__realiad_read(struct alfa__dataset *set, const struct alfa__folder *top, bool *found,
                                    struct alfa_error *err)
{
    char *real = realpath(top->path, NULL);
    struct search search = {
        .set = set, .top = top, .name = alfa__strdup(alfa__path_name(real ? real : top->path))};
    enum alfa_status status = search.name ? search_all(&search, err) : alfa__fail_memory(err, 1);
    *found = search.seen.count > 0;
    if (*found)
        set->layout = "Real-IAD";
    alfa__notices_add_names(&set->notices, top->path, "has further JSONs of classes that were read, left out",
                            &search.twice);
    alfa__notices_add_names(&set->notices, top->path, "has damaged JSONs, passed over", &search.broken);
    alfa__notices_add_names(&set->notices, top->path,
                            "has JSONs of Real-IAD whose images are not here, passed over", &search.far);
    set->notices.failed = set->notices.failed || search.seen.failed || search.twice.failed ||
                          search.broken.failed || search.far.failed;
    alfa__names_free(&search.seen);
    alfa__names_free(&search.twice);
    alfa__names_free(&search.broken);
    alfa__names_free(&search.far);
    free(search.name);
    free(real);
    return status;
}
