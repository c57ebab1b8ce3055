/* meta.json, which several repositories write beside MVTec AD, VisA and others:
 *
 *     {"train": {"bottle": [{"img_path": "bottle/train/good/000.png", "mask_path": "", "specie_name": "good",
 *      "anomaly": 0}, ...]}, "test": {"bottle": [...]}} */
#include "base/files.h"
#include "base/json.h"
#include "base/strings.h"
#include "dataset/listing.h"
#include "dataset/words.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LIMIT ((size_t)256 << 20)

static const char *text_of(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));
    return text ? text : "";
}

/* 1, 1.0, true, "1", "true" or a word for bad, as the programs write it that make these files. */
static bool is_anomalous(const json_t *state)
{
    const char *text = json_string_value(state);
    return json_is_true(state) || json_number_value(state) != 0 ||
           (text && (strtod(text, NULL) != 0 || strcasecmp(text, "true") == 0 || alfa__name_is_bad(text)));
}

static void read_rows(struct alfa__listing *listing, const char *class_name, const json_t *rows, bool learn)
{
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)rows, i, row)
    {
        const bool anomalous = is_anomalous(json_object_get(row, "anomaly"));
        const char *kind = text_of(row, "specie_name");
        const struct alfa__listed line = {.class_name = class_name,
                                          .image = text_of(row, "img_path"),
                                          .mask = text_of(row, "mask_path"),
                                          .kind = *kind       ? kind
                                                  : anomalous ? "anomaly"
                                                              : "good",
                                          .anomalous = anomalous,
                                          .learn = learn};
        alfa__listing_add(listing, &line);
    }
}

static bool is_meta(const json_t *json)
{
    return json_is_object(json_object_get(json, "test")) &&
           (json_is_object(json_object_get(json, "train")) || !json_object_get(json, "train"));
}

enum alfa_status alfa__meta_read(struct alfa__dataset *set, const struct alfa__folder *top, bool *found,
                                 struct alfa_error *err)
{
    char *path = alfa__format("%s/meta.json", top->path), *text = NULL;
    size_t size;
    json_t *json = NULL, *rows;
    const char *name;
    *found = false;
    if (!path)
        return alfa__fail_memory(err, strlen(top->path));
    enum alfa_status status = ALFA_OK;
    if (alfa__file_exists(path))
        status = alfa__file_read(&text, &size, path, LIMIT, err);
    if (text && alfa__json_read(&json, text, size, ALFA__LISTING_VALUES, 0, NULL) == ALFA_ERROR_MEMORY)
        status = alfa__fail_memory(err, size);
    if (is_meta(json)) {
        struct alfa__listing listing = {.set = set, .root = top->path, .path = path};
        *found = true;
        set->layout = "meta.json";
        json_object_foreach(json_object_get(json, "train"), name, rows) read_rows(&listing, name, rows, true);
        json_object_foreach(json_object_get(json, "test"), name, rows) read_rows(&listing, name, rows, false);
        alfa__listing_end(&listing);
    }
    json_decref(json);
    free(text);
    free(path);
    return status;
}
