/* The handle of a bank: new, what it says of itself, file, use. Filling it is learn.c's, finishing
 * finish.c's. */
#include "detect/bank.h"
#include "bank/file.h"
#include "bank/place.h"
#include "base/options.h"
#include "base/strings.h"
#include "base/threads.h"
#include "detect/carried.h"
#include "detect/settings.h"
#include "detect/terms.h"
#include "detect/windows.h"
#include "image/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ what it says */

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

/* Not ALFA's of a model with a stem: normal windows hardly differ there beside the stem's rows, and what else
 * windows see the words say (docs/method.md, Few-shot). The paper's fusion is WinCLIP+'s and keeps them. */
static bool remembers_windows(const struct alfa_bank *bank, const struct alfa_detector *d)
{
    return !d->model->config.stem.present || d->options.method == ALFA_METHOD_WINCLIP ||
           bank->fusion.kind == ALFA_FUSION_PAPER;
}

static enum alfa_turned settle_turned(const struct alfa_bank *bank, const struct alfa_detector *d,
                                      const struct alfa_bank_options *options)
{
    if (options->turned != ALFA_TURNED_AUTO)
        return options->turned;
    const bool stem_alone = d->method->pipeline->windows && !remembers_windows(bank, d) &&
                            (!options->layers || strcmp(options->layers, alfa__layer_default(d->model)) == 0);
    return stem_alone && options->place == 0 && !d->options.align ? ALFA_TURNED_AUTO : ALFA_TURNED_NEVER;
}

enum alfa_status alfa__windows_begin(struct alfa_bank *bank, const struct alfa_detector *d,
                                     struct alfa_error *err)
{
    struct alfa__memory *part;
    if (!remembers_windows(bank, d))
        return ALFA_OK;
    for (int i = 0; i < ALFA_MAX_SCALES && d->options.scales[i]; i++) {
        char name[16];
        if (d->options.scales[i] == 1)
            continue; /* patches are remembered by layer */
        snprintf(name, sizeof name, "window%d", d->options.scales[i]);
        ALFA__TRY(alfa__bank_add_part(&bank->store, &part, name, d->options.scales[i],
                                      d->model->info.embed_dim, err));
    }
    return ALFA_OK;
}

static enum alfa_status add_parts(struct alfa_bank *bank, const struct alfa_detector *d,
                                  struct alfa_error *err)
{
    struct alfa__memory *part;
    char *names = alfa__strdup(bank->layer_names), *save = NULL;
    enum alfa_status status = names ? ALFA_OK : alfa__fail_memory(err, strlen(bank->layer_names));
    if (status == ALFA_OK)
        status = d->method->pipeline->begin(bank, d, err);
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
    failed |= json_object_set_new(options, "turned", json_boolean(alfa__bank_turns(bank)));
    if (bank->turned == ALFA_TURNED_AUTO)
        failed |= json_object_set_new(options, "turned_auto", json_true());
    failed |= json_object_set_new(options, "budget", json_integer(bank->budget));
    failed |= json_object_set_new(options, "rate", json_real(bank->rate));
    failed |= json_object_set_new(options, "fusion", json_string(alfa__fusion_name(bank->fusion.kind)));
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
    if ((unsigned)options->fusion > ALFA_FUSION_TOP)
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
    if ((unsigned)options->turned > ALFA_TURNED_NEVER)
        return alfa__fail(err, ALFA_ERROR_USAGE, "turned", "is none of enum alfa_turned");
    if (options->place > 0 && options->turned == ALFA_TURNED_ALWAYS)
        return alfa__fail(err, ALFA_ERROR_USAGE, "place",
                          "and turned exclude each other: in a turned image everything is elsewhere");
    if (options->budget < 0 || options->budget > 1000000)
        return alfa__fail(err, ALFA_ERROR_USAGE, "budget", "must be 0 to 1000000");
    return ALFA_OK;
}

static struct alfa_bank *begin(void)
{
    struct alfa_bank *bank = calloc(1, sizeof *bank);
    if (bank && pthread_mutex_init(&bank->lock, NULL) != 0)
        free(bank), bank = NULL;
    return bank;
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
    struct alfa_bank *bank = begin();
    if (!bank)
        return alfa__fail_memory(err, sizeof *bank);
    bank->layer_names = alfa__strdup(options->layers ? options->layers : alfa__layer_default(d->model));
    bank->grid = d->model->info.grid;
    bank->tiles = d->options.tiles;
    bank->budget = options->budget;
    bank->keep_all = options->keep_all;
    bank->rate = options->false_alarm_rate;
    bank->method = d->method;
    bank->fusion = (struct alfa__fusion){
        .winclip = d->options.method == ALFA_METHOD_WINCLIP,
        .top = alfa__judge_reads_top(&d->options),
        .kind = alfa__fusion_settle(options->fusion, &d->options, d->model->config.stem.present),
        .weight = options->memory_weight,
        .map_weight = options->map_weight};
    bank->turned = settle_turned(bank, d, options);
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
    pthread_mutex_destroy(&bank->lock);
    free(bank);
}

/* ------------------------------------------------------------------ threshold */

enum alfa_status alfa_bank_choose(struct alfa_bank *bank, enum alfa_choice choice, double wanted,
                                  struct alfa_error *err)
{
    ALFA__NEED(bank, "bank", err);
    ALFA__TRY(alfa__choice_apply(bank, choice, wanted, err));
    ALFA__TRY(alfa__choice_write(bank, err));
    return alfa__bank_inform(bank, err);
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
    enum alfa_fusion kind = ALFA_FUSION_TOP;
    while (kind > ALFA_FUSION_AUTO && fusion && strcmp(fusion, alfa__fusion_name(kind)) != 0)
        kind--;
    if (!layers || !fusion || kind == ALFA_FUSION_AUTO || !alfa__terms_read(&options, json))
        return false;
    bank->tiles = options.tiles;
    bank->budget = (int)json_integer_value(json_object_get(json, "budget"));
    const bool turns = json_is_true(json_object_get(json, "turned"));
    bank->turned = json_is_true(json_object_get(json, "turned_auto")) ? ALFA_TURNED_AUTO
                   : turns                                            ? ALFA_TURNED_ALWAYS
                                                                      : ALFA_TURNED_NEVER;
    bank->store.as_they_lie = !turns;
    bank->keep_all = json_is_true(json_object_get(json, "keep_all"));
    bank->rate = json_number_value(json_object_get(json, "rate"));
    bank->fusion = (struct alfa__fusion){
        .winclip = options.method == ALFA_METHOD_WINCLIP,
        .top = alfa__judge_reads_top(&options),
        .kind = kind,
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
    struct alfa_bank *bank = begin();
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

enum alfa_status alfa__windows_use_bank(struct alfa_detector *d, const struct alfa_bank *bank,
                                        struct alfa_error *err)
{
    struct alfa__layer layers[ALFA__MAX_TAPS];
    int count = 0;
    if (bank)
        ALFA__TRY(alfa__terms_layers(layers, &count, bank, d->model, err));
    memcpy(d->layers, layers, (size_t)count * sizeof *layers);
    d->layer_count = count;
    d->bank = bank;
    return ALFA_OK;
}

enum alfa_status alfa_detector_use_bank(struct alfa_detector *d, const struct alfa_bank *bank,
                                        struct alfa_error *err)
{
    ALFA__NEED(d, "detector", err);
    if (bank && (!bank->finished || bank->store.image.threshold.count == 0))
        return alfa__fail(err, ALFA_ERROR_USAGE, "bank", "is not finished: call alfa_bank_finish() first");
    if (bank)
        ALFA__TRY(alfa__terms_check(bank, d, err));
    const struct alfa__team team = alfa__team_enter(d->model->threads);
    enum alfa_status status = d->method->pipeline->use_bank(d, bank, err);
    alfa__team_leave(team);
    if (status == ALFA_OK)
        alfa__detector_settings_drop(d);
    return status;
}

enum alfa_status alfa_bank_prompts(struct alfa_prompts **out, const struct alfa_bank *bank,
                                   struct alfa_error *err)
{
    ALFA__NEED_OUT(out, err);
    ALFA__NEED(bank, "bank", err);
    return alfa__carried_prompts(out, &bank->store, err);
}
