#include "eval/look.h"

#include "base/hash.h"
#include "base/strings.h"
#include "eval/store.h"
#include "nn/linear.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_LIST = 256, LARGEST_SCALE = 4 };

/* Of everything besides the image that the numbers depend on and the look does not name. */
static uint64_t kind_of(const struct alfa_model *model)
{
    const uint64_t version = alfa__hash_text(ALFA__HASH_START, alfa_version());
    const uint64_t named = alfa__hash_text(version ^ alfa__linear_packing(), model->info.fingerprint);
    return alfa__hash_text(named, model->info.precision);
}

/* ------------------------------------------------------------------ writing */

static void append_layer(struct alfa__string *out, const struct alfa__layer *layer)
{
    const char *name = layer->stem ? "stem" : layer->index ? "block" : "post";
    alfa__string_append(out, name);
    if (layer->index)
        alfa__string_appendf(out, "%d", layer->index);
}

char *alfa__look_write(const struct alfa__store *store, const struct alfa__feature_request *request)
{
    struct alfa__string out = {0};
    alfa__string_appendf(
        &out, "%016" PRIx64 " resize=%d bits=%d pixels=%d values=%d path=%d scales=", kind_of(store->model),
        (int)store->resize, store->bits, request->pixels, request->values, request->value_path);
    for (int i = 0; i < ALFA_MAX_SCALES && request->scales[i]; i++)
        alfa__string_appendf(&out, "%d,", request->scales[i]);
    alfa__string_append(&out, "; layers=");
    for (int i = 0; i < request->layer_count; i++) {
        append_layer(&out, &request->layers[i]);
        alfa__string_append(&out, ",");
    }
    alfa__string_append(&out, ";");
    if (alfa__string_ok(&out))
        return out.text;
    alfa__string_free(&out);
    return NULL;
}

/* ------------------------------------------------------------------ reading */

static bool is_switch(int value)
{
    return value == 0 || value == 1;
}

static bool read_scales(struct alfa__feature_request *out, char *list)
{
    char *rest;
    int count = 0;
    for (const char *word = strtok_r(list, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
        const int scale = atoi(word);
        if (count == ALFA_MAX_SCALES || scale < 1 || scale > LARGEST_SCALE)
            return false;
        out->scales[count++] = scale;
    }
    return true;
}

static bool read_layers(struct alfa__feature_request *out, const struct alfa_model *model, char *list)
{
    char *rest;
    for (const char *word = strtok_r(list, ",", &rest); word; word = strtok_r(NULL, ",", &rest))
        if (out->layer_count == ALFA__MAX_TAPS ||
            alfa__layer_find(model, &out->layers[out->layer_count++], word, NULL) != ALFA_OK)
            return false;
    return true;
}

/* Each list is read with the semicolon behind it, so that none is empty. */
static enum alfa_status read_look(struct alfa__store *store, struct alfa__feature_request *request,
                                  const char *text, struct alfa_error *err)
{
    const struct alfa_model *model = store->model;
    char scales[LONGEST_LIST], layers[LONGEST_LIST];
    uint64_t kind;
    int resize, bits, pixels, values, path, end = 0;
    const int count = sscanf(text,
                             "%16" SCNx64 " resize=%d bits=%d pixels=%d values=%d path=%d scales=%255[0-9,;] "
                             "layers=%255[a-z0-9,;]%n",
                             &kind, &resize, &bits, &pixels, &values, &path, scales, layers, &end);
    if (count != 8 || text[end] || resize < 0 || resize > ALFA_RESIZE_CROP || bits < 0 || bits > 16 ||
        !is_switch(pixels) || !is_switch(values) || !is_switch(path))
        return alfa__fail(err, ALFA_ERROR_INPUT, "look", "is none that this version of alfa understands");
    if (kind != kind_of(model))
        return alfa__fail(err, ALFA_ERROR_MODEL, "look",
                          "is of another model or precision (here %s, %s), version of alfa or kind of "
                          "processor: numbers would differ",
                          model->info.name, model->info.precision);
    scales[strcspn(scales, ";")] = layers[strcspn(layers, ";")] = 0;
    store->resize = (enum alfa_resize)resize;
    store->bits = bits;
    *request = (struct alfa__feature_request){.pixels = pixels, .values = values, .value_path = path};
    return read_scales(request, scales) && read_layers(request, model, layers)
               ? ALFA_OK
               : alfa__fail(err, ALFA_ERROR_INPUT, "look", "asks for windows or layers that are not there");
}

enum alfa_status alfa__look_run(const char *look, const struct alfa_model *model, const char *folder,
                                const char *image, struct alfa_error *err)
{
    struct alfa__store store = {
        .model = model, .folder = folder, .limit = LLONG_MAX}; /* whoever asks looks after the room */
    struct alfa__feature_request request;
    struct alfa__seen seen;
    struct alfa__arena arena = {0};
    ALFA__TRY(read_look(&store, &request, look, err));
    enum alfa_status status = alfa__store_features(&store, &seen, image, &request, &arena, err);
    alfa__arena_free(&arena);
    return status == ALFA_OK && store.refused > 0
               ? alfa__fail(err, ALFA_ERROR_OUTPUT, folder, "cannot be written")
               : status;
}
