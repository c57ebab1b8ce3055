/* Learning from normal images: fill a bank, shrink it, calibrate it, keep it in a file.
 *
 * Calibration judges every reference as if it were new: with its own rows passed over (leave one out). Of one
 * image alone nothing is left then, and of a few not much is known, so the first images are also judged as
 * slightly changed copies. */
#include "bank/coreset.h"
#include "bank/file.h"
#include "base/strings.h"
#include "detect/look.h"
#include "image/resize.h"
#include "image/write.h"
#include "score/fusion.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FEW_IMAGES 4 /* of which changed copies are judged as well */
#define COPIES 4
#define THUMBNAIL 160 /* pixels of the longer side */

/* What is kept of a look (look.h) at a reference, or at a changed copy of one, for its judgement at the end.
 * The looks at one picture follow each other, the whole first. */
struct alfa__sighting {
    int image;                         /* number of the reference */
    bool whole;                        /* rather than a tile */
    unsigned char *inside;             /* patches that count; NULL: all */
    float *rows[ALFA__BANK_MAX_PARTS]; /* a copy's own rows; NULL for a reference, whose rows are in the
                                          memory: */
    int starts[ALFA__BANK_MAX_PARTS], counts[ALFA__BANK_MAX_PARTS], sides[ALFA__BANK_MAX_PARTS];
    double global, words;        /* S_G and S of the judgement from words */
    double *windows, *map, *few; /* S~_L, pixel map, M_few at the end; grid x grid each, one block */
};

/* ------------------------------------------------------------------ options of a bank */

static const char *const method_names[] = {"alfa", "winclip"};
static const char *const contextual_names[] = {"filter", "weighted", "off"};
static const char *const aligner_names[] = {"r4", "r3", "none"};
static const char *const resize_names[] = {"squash", "crop"};
static const char *const fusion_names[] = {"auto", "paper", "odds"};

/* The sentences of both sides in a few digits: other sentences, other scores. */
static void digest_prompts(char out[17], const struct alfa_prompts *prompts)
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < alfa_prompts_count(prompts, (enum alfa_side)side); i++) {
            const char *text = alfa_prompts_get(prompts, (enum alfa_side)side, i);
            g_checksum_update(sum, (const guchar *)text, (gssize)strlen(text) + 1);
        }
    snprintf(out, 17, "%.16s", g_checksum_get_string(sum));
    g_checksum_free(sum);
}

/* All that the scores of a detector depend on besides model and class. */
static json_t *describe(const struct alfa_detector *d)
{
    const struct alfa_detector_options *o = &d->options;
    char sentences[17], roi[17];
    digest_prompts(sentences, d->prompts);
    alfa__roi_digest(roi, &d->roi);
    json_t *scales = json_array();
    for (int i = 0; i < ALFA_MAX_SCALES && o->scales[i]; i++)
        json_array_append_new(scales, json_integer(o->scales[i]));
    return json_pack("{s:s, s:s, s:s, s:f, s:f, s:s, s:o, s:s, s:s, s:i}", "method", method_names[o->method],
                     "contextual", contextual_names[o->contextual], "aligner", aligner_names[o->aligner],
                     "aligner_strength", o->aligner_strength, "temperature", o->temperature, "resize",
                     resize_names[o->resize], "scales", scales, "prompts", sentences, "roi", roi, "tiles",
                     o->tiles == 1 ? 0 : o->tiles);
}

static int index_of(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count && name; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

/* The detector options that a bank was made with; false when the file says something else. */
static bool read_options(struct alfa_detector_options *out, const json_t *json)
{
    const json_t *scales = json_object_get(json, "scales");
    int method = index_of(method_names, 2, json_string_value(json_object_get(json, "method")));
    int contextual = index_of(contextual_names, 3, json_string_value(json_object_get(json, "contextual")));
    int aligner = index_of(aligner_names, 3, json_string_value(json_object_get(json, "aligner")));
    int resize = index_of(resize_names, 2, json_string_value(json_object_get(json, "resize")));
    if (method < 0 || contextual < 0 || aligner < 0 || resize < 0 ||
        json_array_size(scales) > ALFA_MAX_SCALES)
        return false;
    *out = (struct alfa_detector_options)ALFA_DETECTOR_OPTIONS_INIT;
    out->method = (enum alfa_method)method;
    out->contextual = (enum alfa_contextual)contextual;
    out->aligner = (enum alfa_aligner)aligner;
    out->resize = (enum alfa_resize)resize;
    out->aligner_strength = json_number_value(json_object_get(json, "aligner_strength"));
    out->temperature = json_number_value(json_object_get(json, "temperature"));
    out->tiles = (int)json_integer_value(json_object_get(json, "tiles"));
    for (size_t i = 0; i < ALFA_MAX_SCALES; i++)
        out->scales[i] = (int)json_integer_value(json_array_get(scales, i));
    return true;
}

enum alfa_status alfa_bank_detector_options(const struct alfa_bank *bank, struct alfa_detector_options *out)
{
    return read_options(out, bank->store.options) ? ALFA_OK : ALFA_ERROR_INPUT;
}

/* ------------------------------------------------------------------ a new bank */

static enum alfa_status add_parts(struct alfa_bank *bank, const struct alfa_detector *d,
                                  struct alfa_error *err)
{
    struct alfa__memory *part;
    char *names = alfa__strdup(bank->layer_names), *save = NULL;
    enum alfa_status status = names ? ALFA_OK : alfa__fail_memory(err, strlen(bank->layer_names));
    for (int i = 0; i < ALFA_MAX_SCALES && d->options.scales[i] && status == ALFA_OK; i++) {
        char name[16];
        snprintf(name, sizeof name, "window%d", d->options.scales[i]);
        status = alfa__bank_add_part(&bank->store, &part, name, d->options.scales[i],
                                     d->model->info.embed_dim, err);
    }
    for (char *name = names ? strtok_r(names, ",", &save) : NULL; name && status == ALFA_OK;
         name = strtok_r(NULL, ",", &save)) {
        if (bank->layer_count == ALFA__MAX_TAPS)
            status = alfa__fail(err, ALFA_ERROR_USAGE, "layers", "has more than %d names", ALFA__MAX_TAPS);
        if (status == ALFA_OK)
            status = alfa__layer_find(d->model, &bank->layers[bank->layer_count++], name, err);
        if (status == ALFA_OK)
            status = alfa__bank_add_part(&bank->store, &part, name, 0, 1,
                                         err); /* its dim comes with the first rows */
    }
    free(names);
    return status;
}

static enum alfa_status new_store(struct alfa_bank *bank, const struct alfa_detector *d,
                                  struct alfa_error *err)
{
    json_t *options = describe(d);
    json_object_set_new(options, "layers", json_string(bank->layer_names));
    json_object_set_new(options, "turned", json_boolean(bank->turned));
    json_object_set_new(options, "budget", json_integer(bank->budget));
    json_object_set_new(options, "rate", json_real(bank->rate));
    json_object_set_new(options, "fusion", json_string(fusion_names[bank->fusion.kind]));
    json_object_set_new(options, "memory_weight", json_real(bank->fusion.weight));
    json_object_set_new(options, "pictures", json_array());
    enum alfa_status status = alfa__bank_init(&bank->store, d->model->info.name, d->model->info.fingerprint,
                                              alfa_prompts_class(d->prompts), options, err);
    json_decref(options);
    return status == ALFA_OK ? add_parts(bank, d, err) : status;
}

static void fill_info(struct alfa_bank *bank)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    const struct alfa__threshold *image = &bank->store.image.threshold;
    (void)read_options(&options, bank->store.options);
    struct alfa__threshold said = *image;
    if (bank->store.reference_count == 1)
        said.count = 1; /* its changed copies are no images */
    alfa__threshold_sentence(bank->sentence, sizeof bank->sentence, &said,
                             bank->store.reference_count == 1 ? "the scores of its slightly changed copies"
                                                              : "leave-one-out scores");
    bank->info =
        (struct alfa_bank_info){.model = bank->store.model,
                                .fingerprint = bank->store.fingerprint,
                                .class_name = bank->store.noun,
                                .layers = bank->layer_names,
                                .scales = {options.scales[0], options.scales[1], options.scales[2]},
                                .resize = options.resize,
                                .method = options.method,
                                .references = bank->store.reference_count,
                                .threshold = image->value,
                                .pixel_threshold = bank->store.pixel.threshold.value,
                                .false_alarm_rate = bank->rate,
                                .calibration = bank->sentence,
                                .turned = bank->turned,
                                .budget = bank->budget,
                                .tiles = bank->tiles,
                                .roi = json_string_length(json_object_get(bank->store.options, "roi")) > 0};
    for (int p = 0; p < bank->store.part_count; p++)
        bank->info.vectors += bank->store.parts[p].rows;
}

enum alfa_status alfa_bank_new(struct alfa_bank **out, const struct alfa_detector *d,
                               const struct alfa_bank_options *options, struct alfa_error *err)
{
    static const struct alfa_bank_options defaults = ALFA_BANK_OPTIONS_INIT;
    *out = NULL;
    options = options ? options : &defaults;
    if (options->size != sizeof *options)
        return alfa__fail(err, ALFA_ERROR_USAGE, NULL,
                          "bank options of another version: use ALFA_BANK_OPTIONS_INIT");
    if (!(options->false_alarm_rate > 0 && options->false_alarm_rate < 1))
        return alfa__fail(err, ALFA_ERROR_USAGE, "false-alarm rate", "must be between 0 and 1");
    if (!(options->memory_weight >= 0 && options->memory_weight <= 1))
        return alfa__fail(err, ALFA_ERROR_USAGE, "memory weight", "must be between 0 and 1");
    if (options->budget < 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, "budget", "must be 0 or more");
    struct alfa_bank *bank = calloc(1, sizeof *bank);
    if (!bank)
        return alfa__fail_memory(err, sizeof *bank);
    bank->layer_names = alfa__strdup(options->layers ? options->layers : alfa__layer_default(d->model));
    bank->grid = d->model->info.grid;
    bank->tiles = d->options.tiles == 1 ? 0 : d->options.tiles;
    bank->budget = options->budget;
    bank->turned = options->turned;
    bank->rate = options->false_alarm_rate;
    bank->fusion = (struct alfa__fusion){.winclip = d->options.method == ALFA_METHOD_WINCLIP,
                                         .kind = options->fusion,
                                         .weight = options->memory_weight};
    if (options->fusion == ALFA_FUSION_AUTO)
        bank->fusion.kind = d->model->config.stem.present ? ALFA_FUSION_ODDS : ALFA_FUSION_PAPER;
    enum alfa_status status = bank->layer_names ? new_store(bank, d, err) : alfa__fail_memory(err, 32);
    if (status == ALFA_OK) {
        fill_info(bank);
        *out = bank;
    } else {
        alfa_bank_free(bank);
    }
    return status;
}

static void free_sighting(struct alfa__sighting *sighting)
{
    for (int p = 0; p < ALFA__BANK_MAX_PARTS; p++)
        free(sighting->rows[p]);
    free(sighting->windows);
    free(sighting->inside);
}

static void free_sightings(struct alfa_bank *bank)
{
    for (int i = 0; i < bank->sighting_count; i++)
        free_sighting(&bank->sightings[i]);
    free(bank->sightings);
    bank->sightings = NULL;
    bank->sighting_count = 0;
}

void alfa_bank_free(struct alfa_bank *bank)
{
    if (!bank)
        return;
    free_sightings(bank);
    alfa__bank_free(&bank->store);
    free(bank->layer_names);
    free(bank);
}

const struct alfa_bank_info *alfa_bank_info(const struct alfa_bank *bank)
{
    return &bank->info;
}

const char *alfa_bank_reference(const struct alfa_bank *bank, int index, const unsigned char **jpeg,
                                size_t *size)
{
    const struct alfa__reference *reference = &bank->store.references[index];
    if (jpeg)
        *jpeg = reference->thumbnail;
    if (size)
        *size = reference->thumbnail_size;
    return reference->name;
}

/* ------------------------------------------------------------------ fit of bank and detector */

/* The layers of a bank in terms of the detector's model. */
static enum alfa_status resolve_layers(struct alfa__layer layers[ALFA__MAX_TAPS], int *count,
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

/* Model, class and all options that scores depend on must be those that the bank was learned with. */
static enum alfa_status check_fit(const struct alfa_bank *bank, const struct alfa_detector *d,
                                  struct alfa_error *err)
{
    const char *key;
    json_t *value, *own = describe(d);
    char theirs[64], ours[64];
    enum alfa_status status =
        alfa__bank_check(&bank->store, "bank", d->model->info.name, d->model->info.fingerprint,
                         alfa_prompts_class(d->prompts), err);
    json_object_foreach(own, key, value)
    {
        const json_t *learned = json_object_get(bank->store.options, key);
        const bool free_tiles = strcmp(key, "tiles") == 0 && (d->options.tiles == ALFA_TILES_AUTO);
        if (status != ALFA_OK || json_equal(value, learned) || free_tiles)
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

/* ------------------------------------------------------------------ changed pictures */

/* out[y, x] of a picture turned by quarter turns, and mirrored first when flip is set. */
static enum alfa_status turn(struct alfa_image **out, const struct alfa_image *image, struct alfa__pose pose,
                             struct alfa_error *err)
{
    const int quarters = pose.quarters, w = image->width, h = image->height, tw = quarters % 2 ? h : w,
              th = quarters % 2 ? w : h;
    ALFA__TRY(alfa__image_new(out, tw, th, NULL, err));
    for (int y = 0; y < th; y++)
        for (int x = 0; x < tw; x++) {
            int u = quarters == 0 ? x : quarters == 1 ? y : quarters == 2 ? w - 1 - x : w - 1 - y;
            int v = quarters == 0 ? y : quarters == 1 ? h - 1 - x : quarters == 2 ? h - 1 - y : x;
            u = pose.flip ? w - 1 - u : u;
            memcpy((*out)->rgb + 3 * ((size_t)y * (size_t)tw + (size_t)x),
                   image->rgb + 3 * ((size_t)v * (size_t)w + (size_t)u), 3);
        }
    return ALFA_OK;
}

/* A copy as the next photograph of the same thing might look: a little darker or brighter, a little shifted.
 */
static enum alfa_status change(struct alfa_image **out, const struct alfa_image *image, int which,
                               struct alfa_error *err)
{
    const int dx = image->width / 32, dy = image->height / 32, corner = which & 1;
    const int gain = which < 2 ? 244 : 268; /* of 256 */
    const unsigned char *first =
        image->rgb + 3 * ((size_t)(corner ? dy : 0) * (size_t)image->width + (size_t)(corner ? dx : 0));
    ALFA__TRY(alfa_image_from_rgb(out, first, image->width - dx, image->height - dy, (size_t)image->width * 3,
                                  err));
    const size_t size = (size_t)(*out)->width * (size_t)(*out)->height * 3;
    for (size_t i = 0; i < size; i++) {
        int value = (*out)->rgb[i] * gain >> 8;
        (*out)->rgb[i] = (unsigned char)(value > 255 ? 255 : value);
    }
    return ALFA_OK;
}

/* ------------------------------------------------------------------ adding an image */

/* S~_L and the pixel map, with room for M_few behind them. */
static double *copy_maps(const struct alfa__judgement *judgement, int patches)
{
    double *maps = malloc(3 * (size_t)patches * sizeof *maps);
    if (maps) {
        memcpy(maps, judgement->windows, (size_t)patches * sizeof *maps);
        memcpy(maps + patches, judgement->map, (size_t)patches * sizeof *maps);
    }
    return maps;
}

/* A new sighting at the end of the list, with the judgement from words; NULL when out of memory. */
static struct alfa__sighting *new_sighting(struct alfa_bank *bank, const struct alfa__look *look, bool whole)
{
    const size_t patches = (size_t)bank->grid * (size_t)bank->grid;
    const struct alfa__judgement *judgement = &look->judgement;
    struct alfa__sighting *list = realloc(bank->sightings, ((size_t)bank->sighting_count + 1) * sizeof *list);
    if (!list)
        return NULL;
    bank->sightings = list;
    struct alfa__sighting *s = &list[bank->sighting_count++];
    *s = (struct alfa__sighting){.image = bank->store.reference_count,
                                 .whole = whole,
                                 .global = judgement->global,
                                 .words = judgement->score,
                                 .windows = copy_maps(judgement, (int)patches)};
    s->inside = look->features.inside ? malloc(patches) : NULL;
    if (!s->windows || (look->features.inside && !s->inside))
        return NULL;
    if (s->inside)
        memcpy(s->inside, look->features.inside, patches);
    s->map = s->windows + patches;
    s->few = s->map + patches;
    return s;
}

/* Puts a look's rows into the memory; with a sighting also notes where they are. */
static enum alfa_status remember(struct alfa_bank *bank, const struct alfa__features *features,
                                 struct alfa__sighting *sighting, struct alfa_error *err)
{
    struct alfa__query queries[ALFA__BANK_MAX_PARTS];
    alfa__recall_queries(queries, &bank->store, features);
    for (int p = 0, layer = 0; p < bank->store.part_count; p++) {
        struct alfa__memory *part = &bank->store.parts[p];
        if (part->window == 0 && part->rows == 0)
            part->dim = features->layers[layer].dim;
        layer += part->window == 0;
        if (sighting) {
            sighting->starts[p] = part->rows;
            sighting->counts[p] = queries[p].count;
            sighting->sides[p] = queries[p].side;
        }
        ALFA__TRY(alfa__memory_add(part, queries[p].rows, queries[p].count,
                                   (struct alfa__origin){bank->store.reference_count, 0}, err));
    }
    return ALFA_OK;
}

/* Keeps the rows of a changed copy, which is judged later. */
static enum alfa_status keep_rows(const struct alfa_bank *bank, const struct alfa__features *features,
                                  struct alfa__sighting *sighting, struct alfa_error *err)
{
    struct alfa__query queries[ALFA__BANK_MAX_PARTS];
    alfa__recall_queries(queries, &bank->store, features);
    for (int p = 0; p < bank->store.part_count; p++) {
        const size_t size = (size_t)queries[p].count * (size_t)bank->store.parts[p].dim * sizeof(float);
        sighting->counts[p] = queries[p].count;
        sighting->sides[p] = queries[p].side;
        sighting->rows[p] = malloc(size);
        if (!sighting->rows[p])
            return alfa__fail_memory(err, size);
        memcpy(sighting->rows[p], queries[p].rows, size);
    }
    return ALFA_OK;
}

/* What a picture is shown for. */
enum purpose {
    REFERENCE, /* to remember it, and to judge it as if it were new */
    TURNED,    /* only to remember it */
    COPY       /* only to judge it */
};

static enum alfa_status add_look(struct alfa_bank *bank, const struct alfa__look *look, enum purpose purpose,
                                 bool whole, struct alfa_error *err)
{
    struct alfa__sighting *sighting = NULL;
    if (purpose != TURNED) {
        sighting = new_sighting(bank, look, whole);
        if (!sighting)
            return alfa__fail_memory(err, sizeof *sighting);
    }
    return purpose == COPY ? keep_rows(bank, &look->features, sighting, err)
                           : remember(bank, &look->features, sighting, err);
}

/* All looks at a picture, the whole and its tiles. */
static enum alfa_status add_picture(struct alfa_bank *bank, struct alfa_detector *d,
                                    const struct alfa_image *image, struct alfa__pose pose,
                                    enum purpose purpose, struct alfa_error *err)
{
    struct alfa__sight sight;
    ALFA__TRY(alfa__sight_plan(&sight, d, image, pose, bank->tiles, err));
    for (int i = 0; i < alfa__sight_looks(&sight); i++) {
        const struct alfa__mark mark = alfa__arena_mark(&d->arena);
        struct alfa__look look;
        ALFA__TRY(alfa__look_take(&look, d, &sight, i, bank->layers, bank->layer_count, err));
        if (!look.blank)
            ALFA__TRY(add_look(bank, &look, purpose, i == 0, err));
        alfa__arena_reset(&d->arena, mark);
    }
    return ALFA_OK;
}

/* The image's pixels as a short text, to notice the same picture twice. */
static void digest(char out[33], const struct alfa_image *image)
{
    gchar *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, image->rgb,
                                             (gsize)image->width * (gsize)image->height * 3);
    snprintf(out, 33, "%.32s", sum);
    g_free(sum);
}

static enum alfa_status refuse_twice(const struct alfa_bank *bank, const char *sum, const char *name,
                                     struct alfa_error *err)
{
    size_t i;
    const json_t *one;
    json_array_foreach(
        json_object_get(bank->store.options, "pictures"), i,
        one) if (strcmp(json_string_value(one) ? json_string_value(one) : "", sum) ==
                 0) return alfa__fail(err, ALFA_ERROR_INPUT, name,
                                      "is the same picture as %s: each normal image counts once",
                                      i < (size_t)bank->store.reference_count ? bank->store.references[i].name
                                                                              : "another one");
    return ALFA_OK;
}

/* A small JPEG of the reference, so that a bank can show what it was learned from. */
static enum alfa_status add_reference(struct alfa_bank *bank, const struct alfa_image *image,
                                      const char *name, struct alfa_error *err)
{
    const int longer = image->width > image->height ? image->width : image->height;
    const double scale = longer > THUMBNAIL ? (double)THUMBNAIL / longer : 1.0;
    const int width = image->width * scale < 1 ? 1 : (int)(image->width * scale);
    const int height = image->height * scale < 1 ? 1 : (int)(image->height * scale);
    const struct alfa__view view = {width, height, 0, 0};
    unsigned char *small = malloc((size_t)width * (size_t)height * 3), *jpeg = NULL;
    size_t size = 0;
    enum alfa_status status = small ? alfa__resize_rgb(small, width, height, image, &view, err)
                                    : alfa__fail_memory(err, (size_t)width * (size_t)height * 3);
    if (status == ALFA_OK)
        status = alfa__image_encode_jpeg(&jpeg, &size, small, width, height, 85, err);
    if (status == ALFA_OK)
        status = alfa__bank_add_reference(&bank->store, name, image->width, image->height, jpeg, size, err);
    free(small);
    free(jpeg);
    return status;
}

static enum alfa_status add_pictures(struct alfa_bank *bank, struct alfa_detector *d,
                                     const struct alfa_image *image, struct alfa_error *err)
{
    const struct alfa__pose upright = {0, false};
    enum alfa_status status = add_picture(bank, d, image, upright, REFERENCE, err);
    for (int i = 1; bank->turned && i < 8 && status == ALFA_OK; i++) {
        const struct alfa__pose pose = {i % 4, i >= 4};
        struct alfa_image *turned = NULL;
        status = turn(&turned, image, pose, err);
        if (status == ALFA_OK)
            status = add_picture(bank, d, turned, pose, TURNED, err);
        alfa_image_free(turned);
    }
    for (int i = 0; i < COPIES && bank->store.reference_count < FEW_IMAGES && status == ALFA_OK; i++) {
        struct alfa_image *copy = NULL;
        status = change(&copy, image, i, err);
        if (status == ALFA_OK)
            status = add_picture(bank, d, copy, upright, COPY, err);
        alfa_image_free(copy);
    }
    return status;
}

/* The first image says how many tiles there are when nobody else did. */
static void settle_tiles(struct alfa_bank *bank, const struct alfa_detector *d,
                         const struct alfa_image *image)
{
    if (bank->tiles != ALFA_TILES_AUTO)
        return;
    bank->tiles = alfa__tiles_auto(image->width, image->height, d->model->info.image_size);
    json_object_set_new(bank->store.options, "tiles", json_integer(bank->tiles));
}

/* Forgets what an image that could not be added left behind. */
static void take_back(struct alfa_bank *bank, const int rows[ALFA__BANK_MAX_PARTS], int sightings)
{
    for (int p = 0; p < bank->store.part_count; p++)
        bank->store.parts[p].rows = rows[p];
    for (; bank->sighting_count > sightings; bank->sighting_count--)
        free_sighting(&bank->sightings[bank->sighting_count - 1]);
}

enum alfa_status alfa_bank_add(struct alfa_bank *bank, struct alfa_detector *d,
                               const struct alfa_image *image, const char *name, struct alfa_error *err)
{
    const struct alfa__mark mark = alfa__arena_mark(&d->arena);
    const int sightings = bank->sighting_count;
    int rows[ALFA__BANK_MAX_PARTS];
    char sum[33];
    digest(sum, image);
    ALFA__TRY(refuse_twice(bank, sum, name, err));
    ALFA__TRY(check_fit(bank, d, err));
    ALFA__TRY(resolve_layers(bank->layers, &bank->layer_count, bank, d->model, err));
    bank->grid = d->model->info.grid;
    settle_tiles(bank, d, image);
    for (int p = 0; p < bank->store.part_count; p++)
        rows[p] = bank->store.parts[p].rows;
    enum alfa_status status = add_pictures(bank, d, image, err);
    if (status == ALFA_OK)
        status = add_reference(bank, image, name, err);
    if (status == ALFA_OK)
        json_array_append_new(json_object_get(bank->store.options, "pictures"), json_string(sum));
    else
        take_back(bank, rows, sightings);
    alfa__arena_reset(&d->arena, mark);
    return status;
}

/* ------------------------------------------------------------------ finishing */

/* A part of at most budget rows made of a larger one, which stays. */
static enum alfa_status shrink(struct alfa__memory *out, const struct alfa__memory *full, int budget,
                               struct alfa__arena *arena, struct alfa_error *err)
{
    int picked = full->rows, *rows = malloc(((size_t)full->rows + 1) * sizeof *rows);
    enum alfa_status status = rows ? ALFA_OK : alfa__fail_memory(err, (size_t)full->rows * sizeof *rows);
    if (status == ALFA_OK)
        status = alfa__coreset_pick(rows, &picked, full->vectors, full->rows, full->dim,
                                    budget ? budget : full->rows, arena, err);
    if (status == ALFA_OK)
        status = alfa__memory_init(out, full->name, full->window, full->dim, err);
    for (int i = 0; i < picked && status == ALFA_OK; i++)
        status = alfa__memory_add(out, full->vectors + (size_t)rows[i] * (size_t)full->dim, 1,
                                  full->origins[rows[i]], err);
    free(rows);
    return status;
}

/* Of the only reference nothing is left when its own rows are passed over; its changed copies must do. */
static bool counts(const struct alfa_bank *bank, const struct alfa__sighting *s)
{
    return bank->store.reference_count > 1 || s->rows[0];
}

/* What a sighting asks the memory. full: the parts before they were shrunk. */
static enum alfa_status ask_again(struct alfa__query queries[ALFA__BANK_MAX_PARTS],
                                  const struct alfa_bank *bank, const struct alfa__sighting *s,
                                  const struct alfa__memory *full, struct alfa__arena *arena,
                                  struct alfa_error *err)
{
    for (int p = 0; p < bank->store.part_count; p++) {
        const int side = s->sides[p], window = full[p].window;
        const float *rows =
            s->rows[p] ? s->rows[p] : full[p].vectors + (size_t)s->starts[p] * (size_t)full[p].dim;
        int *places =
            s->inside ? alfa__arena_array(arena, (size_t)side * (size_t)side, sizeof *places) : NULL;
        if (s->inside && !places)
            return alfa__fail_memory(err, (size_t)side * (size_t)side * sizeof *places);
        if (places && window)
            (void)alfa__inside_windows(places, s->inside, bank->grid, window);
        else if (places)
            (void)alfa__inside_cells(places, s->inside, bank->grid, side);
        queries[p] = (struct alfa__query){rows, s->counts[p], side, places};
    }
    return ALFA_OK;
}

/* a_0: the mean over the pictures of their largest distance. A bank that was loaded keeps its own. */
static void set_level(struct alfa_bank *bank)
{
    const int patches = bank->grid * bank->grid;
    double sum = 0, largest = 0;
    int count = 0;
    for (int i = 0; i < bank->sighting_count; i++) {
        const struct alfa__sighting *s = &bank->sightings[i];
        if (!counts(bank, s))
            continue;
        if (s->whole) {
            sum += largest;
            largest = 0;
            count++;
        }
        largest = fmax(largest, alfa__local_score(s->few, patches));
    }
    if (!json_object_get(bank->store.options, "level"))
        json_object_set_new(bank->store.options, "level", json_real(count ? (sum + largest) / count : 0));
    bank->fusion.level = json_number_value(json_object_get(bank->store.options, "level"));
}

/* M_few of every sighting that counts, as if it were new: rows of its own reference are passed over, unless
 * it is the only one. */
static enum alfa_status measure(struct alfa_bank *bank, const struct alfa__memory *full,
                                struct alfa__arena *arena, struct alfa_error *err)
{
    const size_t patches = (size_t)bank->grid * (size_t)bank->grid;
    const bool alone = bank->store.reference_count == 1;
    for (int i = 0; i < bank->sighting_count; i++) {
        struct alfa__sighting *s = &bank->sightings[i];
        const struct alfa__mark mark = alfa__arena_mark(arena);
        struct alfa__query queries[ALFA__BANK_MAX_PARTS];
        double *few;
        if (!counts(bank, s))
            continue;
        ALFA__TRY(ask_again(queries, bank, s, full, arena, err));
        ALFA__TRY(alfa__recall_inside(&few, &bank->store, queries, s->inside, bank->grid,
                                      alone ? ALFA__NO_IMAGE : s->image, arena, err));
        memcpy(s->few, few, patches * sizeof *few);
        alfa__arena_reset(arena, mark);
    }
    set_level(bank);
    return ALFA_OK;
}

/* Image score and largest map value of a sighting. Its maps are used up. */
static void judge_sighting(double *score, double *pixel, const struct alfa_bank *bank,
                           struct alfa__sighting *s)
{
    const int patches = bank->grid * bank->grid;
    struct alfa__judgement judgement = {
        .global = s->global, .score = s->words, .windows = s->windows, .map = s->map};
    (void)alfa__judge_with_memory(&judgement, s->few, patches, &bank->fusion);
    *score = judgement.score;
    *pixel = alfa__local_score(judgement.map, patches);
}

/* The scores that thresholds are made of: image scores and the largest values of their maps. */
struct scores {
    double *image, *pixel;
    int count;
};

/* What a loaded bank brought along. The copies of a single image count as the one image that they show. */
static void bring_along(struct scores *out, const struct alfa_bank *bank)
{
    const int count = bank->store.image.threshold.count;
    int before = bank->store.reference_count; /* references that the loaded bank had */
    for (int i = 0; i < bank->sighting_count; i++)
        before -= bank->sightings[i].whole && !bank->sightings[i].rows[0];
    const int first = before == 1 && count > 1 ? count - 1 : 0; /* they ascend */
    for (int i = first; i < count; i++) {
        out->image[out->count] = bank->store.image.scores[i];
        out->pixel[out->count++] = bank->store.pixel.scores[i];
    }
}

/* One score a reference, its largest over all looks at it and at its changed copies. Of one reference alone
 * each copy counts: better a spread of copies than none. */
static void gather(struct scores *out, struct alfa_bank *bank)
{
    const bool alone = bank->store.reference_count == 1;
    for (int i = 0; i < bank->sighting_count; i++) {
        struct alfa__sighting *s = &bank->sightings[i];
        double score, pixel;
        if (!counts(bank, s))
            continue;
        judge_sighting(&score, &pixel, bank, s);
        if (s->whole && (alone || !s->rows[0])) {
            out->image[out->count] = score;
            out->pixel[out->count++] = pixel;
        } else { /* a tile follows its whole, a copy its reference */
            out->image[out->count - 1] = fmax(out->image[out->count - 1], score);
            out->pixel[out->count - 1] = fmax(out->pixel[out->count - 1], pixel);
        }
    }
}

/* Copies of one image cannot stand for a rate, however large: there no order statistic is taken. */
static enum alfa_status set_threshold(struct alfa__calibration *out, const struct alfa_bank *bank,
                                      const double *scores, int count, struct alfa_error *err)
{
    const bool alone = bank->store.reference_count == 1;
    ALFA__TRY(alfa__calibration_set(out, scores, count, alone ? 0.5 / (count + 1) : bank->rate, err));
    out->threshold.rate = bank->rate;
    return ALFA_OK;
}

static enum alfa_status calibrate(struct alfa_bank *bank, struct alfa_error *err)
{
    const size_t room = (size_t)bank->store.image.threshold.count + (size_t)bank->sighting_count + 1;
    struct scores scores = {malloc(room * sizeof(double)), malloc(room * sizeof(double)), 0};
    enum alfa_status status =
        scores.image && scores.pixel ? ALFA_OK : alfa__fail_memory(err, room * sizeof(double));
    if (status == ALFA_OK) {
        bring_along(&scores, bank);
        gather(&scores, bank);
        status = set_threshold(&bank->store.image, bank, scores.image, scores.count, err);
    }
    if (status == ALFA_OK)
        status = set_threshold(&bank->store.pixel, bank, scores.pixel, scores.count, err);
    free(scores.image);
    free(scores.pixel);
    return status;
}

enum alfa_status alfa_bank_finish(struct alfa_bank *bank, struct alfa_error *err)
{
    struct alfa__memory full[ALFA__BANK_MAX_PARTS];
    struct alfa__arena arena = {0};
    enum alfa_status status = ALFA_OK;
    int done = 0;
    if (bank->store.reference_count == 0 || bank->sighting_count == 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, NULL, "a bank needs at least one normal image");
    for (; done < bank->store.part_count && status == ALFA_OK; done++) {
        full[done] = bank->store.parts[done];
        bank->store.parts[done] = (struct alfa__memory){.rows = 0};
        status = shrink(&bank->store.parts[done], &full[done], bank->budget, &arena, err);
    }
    if (status == ALFA_OK)
        status = measure(bank, full, &arena, err);
    if (status == ALFA_OK)
        status = calibrate(bank, err);
    for (int p = 0; p < done; p++)
        alfa__memory_free(&full[p]);
    alfa__arena_free(&arena);
    free_sightings(bank);
    if (status == ALFA_OK)
        fill_info(bank);
    return status;
}

/* ------------------------------------------------------------------ file */

enum alfa_status alfa_bank_save(const struct alfa_bank *bank, const char *path, struct alfa_error *err)
{
    if (bank->store.image.threshold.count == 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, path,
                          "the bank is not finished: call alfa_bank_finish() first");
    return alfa__bank_write(&bank->store, path, err);
}

/* What the file says of how the bank was filled; false when it is not what this version writes. */
static bool read_settings(struct alfa_bank *bank)
{
    const json_t *json = bank->store.options;
    struct alfa_detector_options options;
    const char *layers = json_string_value(json_object_get(json, "layers"));
    const int fusion = index_of(fusion_names, 3, json_string_value(json_object_get(json, "fusion")));
    if (!layers || fusion < ALFA_FUSION_PAPER || !read_options(&options, json))
        return false;
    bank->tiles = options.tiles;
    bank->budget = (int)json_integer_value(json_object_get(json, "budget"));
    bank->turned = json_is_true(json_object_get(json, "turned"));
    bank->rate = json_number_value(json_object_get(json, "rate"));
    bank->fusion = (struct alfa__fusion){.winclip = options.method == ALFA_METHOD_WINCLIP,
                                         .kind = (enum alfa_fusion)fusion,
                                         .weight = json_number_value(json_object_get(json, "memory_weight")),
                                         .level = json_number_value(json_object_get(json, "level"))};
    bank->layer_names = alfa__strdup(layers);
    return true;
}

enum alfa_status alfa_bank_load(struct alfa_bank **out, const char *path, struct alfa_error *err)
{
    *out = NULL;
    struct alfa_bank *bank = calloc(1, sizeof *bank);
    if (!bank)
        return alfa__fail_memory(err, sizeof *bank);
    enum alfa_status status = alfa__bank_read(&bank->store, path, err);
    if (status == ALFA_OK && !read_settings(bank))
        status =
            alfa__fail(err, ALFA_ERROR_INPUT, path, "was made by another version of alfa: learn it again");
    if (status == ALFA_OK && !bank->layer_names)
        status = alfa__fail_memory(err, 32);
    if (status != ALFA_OK) {
        alfa_bank_free(bank);
        return status;
    }
    fill_info(bank);
    *out = bank;
    return ALFA_OK;
}

/* ------------------------------------------------------------------ use */

enum alfa_status alfa_detector_use_bank(struct alfa_detector *d, const struct alfa_bank *bank,
                                        struct alfa_error *err)
{
    d->bank = NULL;
    d->layer_count = 0;
    if (!bank)
        return ALFA_OK;
    if (bank->store.image.threshold.count == 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, "bank", "is not finished: call alfa_bank_finish() first");
    ALFA__TRY(check_fit(bank, d, err));
    ALFA__TRY(resolve_layers(d->layers, &d->layer_count, bank, d->model, err));
    d->bank = bank;
    return ALFA_OK;
}
