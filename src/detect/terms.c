#include "detect/terms.h"
#include "detect/pipeline.h"
#include "image/align.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const contextual_names[] = {"filter", "weighted", "off"};
static const char *const aligner_names[] = {"auto", "r4", "r3", "none", "procrustes"};
static const char *const image_score_names[] = {"auto", "eq12", "top"};
static const char *const resize_names[] = {"squash", "crop"};
static const char *const mask_names[] = {"tokens", "pixels"};

/* The sentences of both sides in a few digits: other sentences, other scores. "" for methods that learn
 * without any. */
static void digest_prompts(char out[17], const struct alfa_prompts *prompts)
{
    out[0] = 0;
    if (!prompts)
        return;
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < alfa_prompts_count(prompts, (enum alfa_side)side); i++) {
            const char *text = alfa_prompts_get(prompts, (enum alfa_side)side, i);
            g_checksum_update(sum, (const guchar *)text, (gssize)strlen(text) + 1);
        }
    snprintf(out, 17, "%.16s", g_checksum_get_string(sum));
    g_checksum_free(sum);
}

json_t *alfa__terms_describe(const struct alfa_detector *d)
{
    const struct alfa_detector_options *o = &d->options;
    char sentences[17], roi[17];
    digest_prompts(sentences, d->method->pipeline->windows ? d->prompts : NULL);
    alfa__roi_digest(roi, &d->roi);
    json_t *scales = json_array();
    for (int i = 0; i < ALFA_MAX_SCALES && o->scales[i]; i++)
        if (json_array_append_new(scales, json_integer(o->scales[i])) != 0) {
            json_decref(scales);
            return NULL;
        }
    return json_pack("{s:s, s:s, s:f, s:s, s:f, s:s, s:s, s:f, s:s, s:o, s:I, s:s, s:s, s:i, s:o}", "method",
                     alfa_method_info(o->method)->name, "contextual", contextual_names[o->contextual], "k",
                     o->contextual_k, "aligner", aligner_names[o->aligner], "aligner_strength",
                     o->aligner_strength, "mask", mask_names[o->window_mask], "image_score",
                     image_score_names[o->image_score], "temperature", o->temperature, "resize",
                     resize_names[o->resize], "scales", scales, "stride", (json_int_t)o->window_stride,
                     "prompts", sentences, "roi", roi, "tiles", o->tiles, "align",
                     o->align ? json_integer(ALFA__ALIGN_GROUND) : json_false());
}

static int index_of(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count && name; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

bool alfa__terms_read(struct alfa_detector_options *out, const json_t *json)
{
    const json_t *scales = json_object_get(json, "scales");
    const char *name = json_string_value(json_object_get(json, "method"));
    enum alfa_method method = ALFA_METHOD_ALFA;
    const bool known = alfa_method_find(&method, name, NULL) == ALFA_OK;
    int contextual = index_of(contextual_names, 3, json_string_value(json_object_get(json, "contextual")));
    int aligner = index_of(aligner_names, 5, json_string_value(json_object_get(json, "aligner")));
    int image_score = index_of(image_score_names, 3, json_string_value(json_object_get(json, "image_score")));
    int resize = index_of(resize_names, 2, json_string_value(json_object_get(json, "resize")));
    const json_t *k = json_object_get(json, "k"), *stride = json_object_get(json, "stride"),
                 *mask = json_object_get(json, "mask"), *align = json_object_get(json, "align");
    int window_mask = mask ? index_of(mask_names, 2, json_string_value(mask)) : ALFA_WINDOW_TOKENS;
    const bool aligns = json_integer_value(align) == ALFA__ALIGN_GROUND;
    if (json_is_true(align) || (json_is_integer(align) && !aligns))
        return false; /* with a background of another brightness */
    if (window_mask < 0 || !known || contextual < 0 || aligner < 0 || image_score < 0 || resize < 0 ||
        json_array_size(scales) > ALFA_MAX_SCALES)
        return false;
    *out = (struct alfa_detector_options)ALFA_DETECTOR_OPTIONS_INIT;
    out->method = method;
    out->contextual = (enum alfa_contextual)contextual;
    out->aligner = (enum alfa_aligner)aligner;
    out->image_score = (enum alfa_image_score)image_score;
    out->resize = (enum alfa_resize)resize;
    out->window_mask = (enum alfa_window_mask)window_mask;
    if (k)
        out->contextual_k = json_number_value(k);
    if (stride)
        out->window_stride = json_integer_value(stride);
    out->aligner_strength = json_number_value(json_object_get(json, "aligner_strength"));
    out->temperature = json_number_value(json_object_get(json, "temperature"));
    out->align = aligns;
    out->tiles = (int)json_integer_value(json_object_get(json, "tiles"));
    for (size_t i = 0; i < ALFA_MAX_SCALES; i++)
        out->scales[i] = (int)json_integer_value(json_array_get(scales, i));
    return true;
}

/* ------------------------------------------------------------------ fit of bank and detector */

enum alfa_status alfa__terms_layers(struct alfa__layer layers[ALFA__MAX_TAPS], int *count,
                                    const struct alfa_bank *bank, const struct alfa_model *model,
                                    struct alfa_error *err)
{
    *count = 0;
    for (int p = 0; p < bank->store.part_count; p++)
        if (bank->store.parts[p].window == 0) {
            if (*count == ALFA__MAX_TAPS)
                return alfa__fail(err, ALFA_ERROR_INPUT, "bank", "has more than %d layers", ALFA__MAX_TAPS);
            ALFA__TRY(alfa__layer_find(model, &layers[(*count)++], bank->store.parts[p].name, err));
        }
    return ALFA_OK;
}

/* "filter", "1.0", "[2, 3]": what a bank or a detector says of an option, for a message. */
static void put_value(char *out, size_t size, const json_t *value)
{
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6)) : NULL;
    snprintf(out, size, "%s", text ? text : "unknown");
    free(text);
}

/* Banks that do not say these were learned when there was no choice. */
static bool goes_unsaid(const char *key, const json_t *value)
{
    return (strcmp(key, "k") == 0 && json_number_value(value) == 1) ||
           (strcmp(key, "stride") == 0 && json_integer_value(value) == 1) ||
           (strcmp(key, "mask") == 0 && strcmp(json_string_value(value), "tokens") == 0);
}

enum alfa_status alfa__terms_check(const struct alfa_bank *bank, const struct alfa_detector *d,
                                   struct alfa_error *err)
{
    const char *key;
    json_t *value, *own = alfa__terms_describe(d);
    char theirs[64], ours[64];
    if (!own)
        return alfa__fail_memory(err, 0);
    enum alfa_status status =
        alfa__bank_check(&bank->store, "bank", d->model->info.name, d->model->info.fingerprint,
                         alfa_prompts_class(d->prompts), err);
    json_object_foreach(own, key, value)
    {
        const json_t *learned = json_object_get(bank->store.options, key);
        const bool free_tiles = strcmp(key, "tiles") == 0 && (d->options.tiles == ALFA_TILES_AUTO);
        if (status != ALFA_OK || json_equal(value, learned) || free_tiles ||
            (!learned && goes_unsaid(key, value)))
            continue;
        if (strcmp(key, "roi") == 0) {
            status = alfa__fail(err, ALFA_ERROR_USAGE, "bank",
                                "was learned %s: use the same masks, or learn it again",
                                json_string_length(learned) ? "with another region of interest"
                                                            : "without a region of interest");
            continue;
        }
        if (strcmp(key, "prompts") == 0) {
            status = alfa__fail(err, ALFA_ERROR_USAGE, "bank",
                                "was learned with other sentences: use the same prompts, or learn it again");
            continue;
        }
        put_value(theirs, sizeof theirs, learned);
        put_value(ours, sizeof ours, value);
        status =
            alfa__fail(err, ALFA_ERROR_USAGE, "bank", "was learned with %s %s, not %s", key, theirs, ours);
    }
    json_decref(own);
    return status;
}
