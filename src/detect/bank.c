/* The handle of a bank: new, what it says of itself, file, use. Filling it is learn.c's, finishing
 * calibrate.c's. */
#include "detect/bank.h"
#include "bank/file.h"
#include "bank/place.h"
#include "base/options.h"
#include "base/strings.h"
#include "base/threads.h"
#include "detect/carried.h"
#include "detect/compared.h"
#include "detect/settings.h"
#include "detect/terms.h"
#include "image/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const fusion_names[] = {"auto", "paper", "odds"};

/* ------------------------------------------------------------------ what it says */

static const char *text_of(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text ? text : "";
}

static enum alfa_status list_pictures(struct alfa_bank *bank, struct alfa_error *err)
{
    const size_t count = (size_t)bank->store.reference_count;
    struct alfa_picture *list = realloc(bank->pictures, (count + 1) * sizeof *list);
    if (!list)
        return alfa__fail_memory(err, count * sizeof *list);
    bank->pictures = list;
    for (size_t i = 0; i < count; i++) {
        const struct alfa__reference *r = &bank->store.references[i];
        list[i] = (struct alfa_picture){.name = r->name,
                                        .kind = r->kind,
                                        .jpeg = r->thumbnail,
                                        .jpeg_size = r->thumbnail_size,
                                        .width = r->width,
                                        .height = r->height,
                                        .role = (enum alfa_role)r->role,
                                        .strange = r->strange,
                                        .score = r->score,
                                        .peak = r->peak};
    }
    return ALFA_OK;
}

enum alfa_status alfa__bank_inform(struct alfa_bank *bank, struct alfa_error *err)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    const struct alfa__threshold *image = &bank->store.image.threshold;
    (void)alfa__terms_read(&options, bank->store.options);
    if (bank->finished && bank->choice != ALFA_CHOICE_RATE)
        alfa__choice_sentence(bank->sentence, sizeof bank->sentence, bank);
    else
        alfa__threshold_sentence(bank->sentence, sizeof bank->sentence, image);
    bank->info = (struct alfa_bank_info){
        .model = bank->store.model,
        .fingerprint = bank->store.fingerprint,
        .class_name = bank->store.noun,
        .layers = bank->layer_names,
        .scales = {options.scales[0], options.scales[1], options.scales[2], options.scales[3]},
        .resize = options.resize,
        .method = options.method,
        .references = alfa__bank_count(&bank->store, ALFA__ROLE_NORMAL),
        .known_good = alfa__bank_count(&bank->store, ALFA__ROLE_GOOD),
        .known_bad = alfa__bank_count(&bank->store, ALFA__ROLE_BAD),
        .keep_all = bank->keep_all,
        .model_hint = text_of(bank->store.options, "model_hint"),
        .bits = (int)json_integer_value(json_object_get(bank->store.options, "bits")),
        .threshold = image->value,
        .pixel_threshold = bank->store.pixel.threshold.value,
        .false_alarm_rate = bank->rate,
        .calibration = bank->sentence,
        .turned = bank->turned,
        .place = bank->store.place,
        .fixtured = bank->fixtured,
        .known_joins = bank->known_joins,
        .budget = bank->budget,
        .tiles = bank->tiles,
        .roi = json_string_length(json_object_get(bank->store.options, "roi")) > 0};
    for (int p = 0; p < bank->store.part_count; p++)
        bank->info.vectors += bank->store.parts[p].rows;
    for (int r = 0; r < bank->store.reference_count; r++)
        bank->info.strange += bank->store.references[r].strange;
    return bank->finished ? list_pictures(bank, err) : ALFA_OK;
}

const struct alfa_bank_info *alfa_bank_info(const struct alfa_bank *bank)
{
    return bank ? &bank->info : NULL;
}

const char *alfa_bank_reference(const struct alfa_bank *bank, int index, const unsigned char **jpeg,
                                size_t *size)
{
    static const struct alfa__reference none = {0};
    const bool there = bank && index >= 0 && index < bank->info.references;
    const struct alfa__reference *reference = there ? &bank->store.references[index] : &none;
    if (jpeg)
        *jpeg = reference->thumbnail;
    if (size)
        *size = reference->thumbnail_size;
    return reference->name;
}

const struct alfa_picture *alfa_bank_picture(const struct alfa_bank *bank, int index)
{
    return bank && bank->finished && index >= 0 && index < bank->store.reference_count
               ? &bank->pictures[index]
               : NULL;
}

const char *alfa_bank_find(const struct alfa_bank *bank, const struct alfa_image *image)
{
    char digest[ALFA__BANK_DIGEST];
    if (!bank || !image)
        return NULL;
    alfa__image_digest(digest, image);
    const struct alfa__reference *reference = alfa__bank_find(&bank->store, digest);
    return reference ? reference->name : NULL;
}

enum alfa_status alfa_bank_detector_options(struct alfa_detector_options *out, const struct alfa_bank *bank,
                                            struct alfa_error *err)
{
    struct alfa_detector_options options;
    ALFA__NEED(out, "out", err);
    ALFA__NEED(bank, "bank", err);
    if (!alfa__terms_read(&options, bank->store.options))
        return alfa__fail(err, ALFA_ERROR_INPUT, "bank", "does not say how it was learned: learn it again");
    return alfa__options_give(out, &options, sizeof options, "ALFA_DETECTOR_OPTIONS_INIT", err);
}

/* ------------------------------------------------------------------ new */

static enum alfa_status add_parts(struct alfa_bank *bank, const struct alfa_detector *d,
                                  struct alfa_error *err)
{
    struct alfa__memory *part;
    char *names = alfa__strdup(bank->layer_names), *save = NULL;
    enum alfa_status status = names ? ALFA_OK : alfa__fail_memory(err, strlen(bank->layer_names));
    if (d->compared && status == ALFA_OK)
        status = alfa__compared_begin(bank, d, err);
    for (int i = 0; i < ALFA_MAX_SCALES && d->options.scales[i] && !d->compared && status == ALFA_OK; i++) {
        char name[16];
        if (d->options.scales[i] == 1)
            continue; /* patches are remembered by layer */
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

static enum alfa_status new_store(struct alfa_bank *bank, const struct alfa_detector *d, const char *hint,
                                  int bits, double place, struct alfa_error *err)
{
    json_t *options = alfa__terms_describe(d);
    int failed = json_object_set_new(options, "layers", json_string(bank->layer_names));
    failed |= json_object_set_new(options, "turned", json_boolean(bank->turned));
    failed |= json_object_set_new(options, "budget", json_integer(bank->budget));
    failed |= json_object_set_new(options, "rate", json_real(bank->rate));
    failed |= json_object_set_new(options, "fusion", json_string(fusion_names[bank->fusion.kind]));
    failed |= json_object_set_new(options, "memory_weight", json_real(bank->fusion.weight));
    failed |= json_object_set_new(options, "map_weight", json_real(bank->fusion.map_weight));
    failed |= json_object_set_new(options, "keep_all", json_boolean(bank->keep_all));
    if (bits)
        failed |= json_object_set_new(options, "bits", json_integer(bits));
    if (place > 0)
        failed |= json_object_set_new(options, "place", json_real(place));
    json_t *text = hint ? json_string(hint) : NULL;
    if (hint && !text) /* memory may be short for a moment; of what is not UTF-8 there is no text at all */
        text = json_string(hint);
    if (text)
        failed |= json_object_set_new(options, "model_hint", text);
    enum alfa_status status =
        failed ? alfa__fail_memory(err, 0)
               : alfa__bank_init(&bank->store, d->model->info.name, d->model->info.fingerprint,
                                 alfa_prompts_class(d->prompts), options, err);
    if (status == ALFA_OK)
        status = alfa__carried_put(options, d, err);
    json_decref(options);
    bank->store.grid = bank->grid;
    bank->store.place = place;
    return status == ALFA_OK ? add_parts(bank, d, err) : status;
}

static enum alfa_status check_options(const struct alfa_bank_options *options, struct alfa_error *err)
{
    if ((unsigned)options->fusion > ALFA_FUSION_ODDS)
        return alfa__fail(err, ALFA_ERROR_USAGE, "fusion", "is none of enum alfa_fusion");
    if (!(options->false_alarm_rate >= 1e-6 && options->false_alarm_rate <= 0.5))
        return alfa__fail(err, ALFA_ERROR_USAGE, "false-alarm rate", "must be 0.000001 to 0.5");
    if (!(options->memory_weight >= 0 && options->memory_weight <= 1))
        return alfa__fail(err, ALFA_ERROR_USAGE, "memory weight", "must be 0 to 1");
    if (!(options->map_weight >= 0 && options->map_weight <= 1))
        return alfa__fail(err, ALFA_ERROR_USAGE, "map weight", "must be 0 to 1");
    if (options->bits && (options->bits < 8 || options->bits > 16))
        return alfa__fail(err, ALFA_ERROR_USAGE, "bits", "is %d, not 8 to 16", options->bits);
    if (!(options->place >= 0 && options->place <= ALFA__PLACE_MAX_WEIGHT))
        return alfa__fail(err, ALFA_ERROR_USAGE, "place", "must be 0 to %g", ALFA__PLACE_MAX_WEIGHT);
    if (options->place > 0 && options->turned)
        return alfa__fail(err, ALFA_ERROR_USAGE, "place",
                          "and turned exclude each other: in a turned image everything is elsewhere");
    if (options->budget < 0 || options->budget > 1000000)
        return alfa__fail(err, ALFA_ERROR_USAGE, "budget", "must be 0 to 1000000");
    return ALFA_OK;
}

enum alfa_status alfa_bank_new(struct alfa_bank **out, const struct alfa_detector *d,
                               const struct alfa_bank_options *given, struct alfa_error *err)
{
    struct alfa_bank_options own = ALFA_BANK_OPTIONS_INIT;
    ALFA__NEED_OUT(out, err);
    ALFA__NEED(d, "detector", err);
    ALFA__TRY(alfa__options_take(&own, sizeof own, given, "ALFA_BANK_OPTIONS_INIT", err));
    ALFA__TRY(check_options(&own, err));
    const struct alfa_bank_options *options = &own;
    struct alfa_bank *bank = calloc(1, sizeof *bank);
    if (!bank)
        return alfa__fail_memory(err, sizeof *bank);
    bank->layer_names = alfa__strdup(options->layers ? options->layers : alfa__layer_default(d->model));
    bank->grid = d->model->info.grid;
    bank->tiles = d->options.tiles;
    bank->budget = options->budget;
    bank->turned = options->turned;
    bank->keep_all = options->keep_all;
    bank->rate = options->false_alarm_rate;
    bank->fusion = (struct alfa__fusion){.winclip = d->options.method == ALFA_METHOD_WINCLIP,
                                         .kind = options->fusion,
                                         .weight = options->memory_weight,
                                         .map_weight = options->map_weight};
    if (options->fusion == ALFA_FUSION_AUTO)
        bank->fusion.kind = d->model->config.stem.present ? ALFA_FUSION_ODDS : ALFA_FUSION_PAPER;
    enum alfa_status status =
        bank->layer_names ? new_store(bank, d, options->model_hint, options->bits, options->place, err)
                          : alfa__fail_memory(err, 32);
    if (status == ALFA_OK)
        status = alfa__choice_write(bank, err);
    if (status == ALFA_OK)
        status = alfa__bank_inform(bank, err);
    if (status == ALFA_OK)
        *out = bank;
    else
        alfa_bank_free(bank);
    return status;
}

void alfa_bank_free(struct alfa_bank *bank)
{
    if (!bank)
        return;
    alfa__bank_free(&bank->store);
    free(bank->layer_names);
    free(bank->pictures);
    free(bank);
}

/* ------------------------------------------------------------------ file */

enum alfa_status alfa_bank_save(const struct alfa_bank *bank, const char *path, struct alfa_error *err)
{
    ALFA__NEED(bank, "bank", err);
    ALFA__NEED(path, "path", err);
    if (!bank->finished)
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
    const char *fusion = json_string_value(json_object_get(json, "fusion"));
    const json_t *map_weight = json_object_get(json, "map_weight"); /* older files have one for both */
    int kind = ALFA_FUSION_ODDS;
    while (kind > ALFA_FUSION_AUTO && fusion && strcmp(fusion, fusion_names[kind]) != 0)
        kind--;
    if (!layers || !fusion || kind == ALFA_FUSION_AUTO || !alfa__terms_read(&options, json))
        return false;
    bank->tiles = options.tiles;
    bank->budget = (int)json_integer_value(json_object_get(json, "budget"));
    bank->turned = json_is_true(json_object_get(json, "turned"));
    bank->keep_all = json_is_true(json_object_get(json, "keep_all"));
    bank->rate = json_number_value(json_object_get(json, "rate"));
    bank->fusion = (struct alfa__fusion){
        .winclip = options.method == ALFA_METHOD_WINCLIP,
        .kind = (enum alfa_fusion)kind,
        .weight = json_number_value(json_object_get(json, "memory_weight")),
        .map_weight = json_number_value(map_weight ? map_weight : json_object_get(json, "memory_weight")),
        .level = json_number_value(json_object_get(json, "level"))};
    bank->store.place = json_number_value(json_object_get(json, "place"));
    if (!(bank->store.place >= 0 && bank->store.place <= ALFA__PLACE_MAX_WEIGHT))
        return false;
    bank->known_limit = json_number_value(json_object_get(json, "known_limit"));
    bank->known_joins = json_is_true(json_object_get(json, "known_joins"));
    if (!(bank->known_limit >= 0) || (bank->known_joins && bank->store.defects.rows == 0))
        return false;
    bank->layer_names = alfa__strdup(layers);
    bank->finished = true;
    return alfa__choice_read(bank);
}

enum alfa_status alfa_bank_load(struct alfa_bank **out, const char *path, struct alfa_error *err)
{
    ALFA__NEED_OUT(out, err);
    ALFA__NEED(path, "path", err);
    struct alfa_bank *bank = calloc(1, sizeof *bank);
    if (!bank)
        return alfa__fail_memory(err, sizeof *bank);
    enum alfa_status status = alfa__bank_read(&bank->store, path, err);
    if (status == ALFA_OK && !read_settings(bank))
        status =
            alfa__fail(err, ALFA_ERROR_INPUT, path, "was made by another version of alfa: learn it again");
    if (status == ALFA_OK && !bank->layer_names)
        status = alfa__fail_memory(err, 32);
    if (status == ALFA_OK)
        status = alfa__bank_inform(bank, err);
    if (status == ALFA_OK)
        *out = bank;
    else
        alfa_bank_free(bank);
    return status;
}

/* ------------------------------------------------------------------ use */

/* The method learns from the bank's images, or begins anew. */
static enum alfa_status use_compared(struct alfa_detector *d, const struct alfa_bank *bank,
                                     struct alfa_error *err)
{
    const struct alfa__team team = alfa__team_enter(d->model->threads);
    enum alfa_status status = alfa__compared_use_bank(d, bank, err);
    alfa__team_leave(team);
    return status;
}

enum alfa_status alfa_detector_use_bank(struct alfa_detector *d, const struct alfa_bank *bank,
                                        struct alfa_error *err)
{
    struct alfa__layer layers[ALFA__MAX_TAPS];
    int count = 0;
    ALFA__NEED(d, "detector", err);
    if (bank && (!bank->finished || bank->store.image.threshold.count == 0))
        return alfa__fail(err, ALFA_ERROR_USAGE, "bank", "is not finished: call alfa_bank_finish() first");
    if (bank)
        ALFA__TRY(alfa__terms_check(bank, d, err));
    if (d->compared)
        return use_compared(d, bank, err);
    if (bank)
        ALFA__TRY(alfa__terms_layers(layers, &count, bank, d->model, err));
    memcpy(d->layers, layers, (size_t)count * sizeof *layers);
    d->layer_count = count;
    d->bank = bank;
    alfa__detector_settings_drop(d);
    return ALFA_OK;
}

enum alfa_status alfa_bank_prompts(struct alfa_prompts **out, const struct alfa_bank *bank,
                                   struct alfa_error *err)
{
    ALFA__NEED_OUT(out, err);
    ALFA__NEED(bank, "bank", err);
    return alfa__carried_prompts(out, &bank->store, err);
}

/* The bank's options, with what the caller may say. */
static enum alfa_status settle_options(struct alfa_detector_options *out, const struct alfa_bank *bank,
                                       const struct alfa_detector_options *given, struct alfa_error *err)
{
    struct alfa_detector_options own = ALFA_DETECTOR_OPTIONS_INIT;
    ALFA__TRY(alfa__options_take(&own, sizeof own, given, "ALFA_DETECTOR_OPTIONS_INIT", err));
    *out = (struct alfa_detector_options)ALFA_DETECTOR_OPTIONS_INIT;
    ALFA__TRY(alfa_bank_detector_options(out, bank, err));
    out->threshold = own.threshold;
    out->min_area = own.min_area;
    out->progress = own.progress;
    out->context = own.context;
    return ALFA_OK;
}

static enum alfa_status follow_bank(struct alfa_detector *d, const struct alfa_bank *bank,
                                    struct alfa_error *err)
{
    if (!d->compared)
        ALFA__TRY(alfa__carried_roi(&d->roi, &bank->store, err));
    return alfa_detector_use_bank(d, bank, err);
}

enum alfa_status alfa_detector_open_bank(struct alfa_detector **out, const struct alfa_model *model,
                                         const struct alfa_bank *bank,
                                         const struct alfa_detector_options *given, struct alfa_error *err)
{
    struct alfa_detector_options options;
    struct alfa_prompts *prompts;
    ALFA__NEED_OUT(out, err);
    ALFA__NEED(model, "model", err);
    ALFA__NEED(bank, "bank", err);
    ALFA__TRY(settle_options(&options, bank, given, err));
    ALFA__TRY(alfa__bank_check(&bank->store, "bank", model->info.name, model->info.fingerprint, NULL, err));
    ALFA__TRY(alfa_bank_prompts(&prompts, bank, err));
    enum alfa_status status = alfa_detector_open(out, model, prompts, &options, err);
    if (status != ALFA_OK) {
        alfa_prompts_free(prompts);
        return status;
    }
    (*out)->own_prompts = prompts;
    status = follow_bank(*out, bank, err);
    if (status != ALFA_OK) {
        alfa_detector_free(*out);
        *out = NULL;
    }
    return status;
}
