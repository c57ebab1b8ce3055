#include "detect/settings.h"
#include "detect/pipeline.h"
#include "detect/terms.h"
#include "prompt/set.h"

#include <stdlib.h>

static int set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value);
}

/* The terms of a bank hold what was asked for; here stands what acts. */
static int tell_readings(json_t *object, const struct alfa_detector *d)
{
    const struct alfa_detector_options *o = &d->options;
    const bool stem = d->model->config.stem.present;
    int failed = set(object, "temperature", json_real(alfa__judge_temperature(o, stem, d->bank != NULL)));
    if (d->bank)
        failed |= set(object, "tiles", json_integer(d->bank->tiles));
    if (o->method == ALFA_METHOD_WINCLIP) {
        failed |= set(object, "contextual", json_string("off"));
        failed |= set(object, "image_score", json_string("S_G"));
    }
    if (o->method == ALFA_METHOD_WINCLIP || o->aligner_strength == 0)
        failed |= set(object, "aligner", json_string("none"));
    return failed;
}

static int tell_memory(json_t *object, const struct alfa_bank *bank)
{
    const struct alfa__fusion *fusion = &bank->fusion;
    const bool plus = fusion->winclip && fusion->kind == ALFA_FUSION_PAPER;
    int failed = set(object, "fusion", json_string(plus ? "winclip+" : alfa__fusion_name(fusion->kind)));
    if (fusion->kind == ALFA_FUSION_ODDS)
        failed |= set(object, "memory_weight", json_real(fusion->weight));
    if (fusion->kind != ALFA_FUSION_PAPER)
        failed |= set(object, "map_weight", json_real(fusion->map_weight));
    failed |= set(object, "layers", json_string(bank->layer_names));
    failed |= set(object, "bank_budget", json_integer(bank->budget));
    if (bank->store.place > 0)
        failed |= set(object, "place", json_real(bank->store.place));
    if (bank->known_joins)
        failed |= set(object, "known_defects", json_true());
    return failed | set(object, "turned", json_boolean(alfa__bank_turns(bank)));
}

/* What no method behind WinCLIP has. */
static int forget_readings(json_t *object, const struct alfa_detector *d)
{
    static const char *const readings[] = {"contextual",       "k",           "mask",   "aligner",
                                           "aligner_strength", "image_score", "scales", "stride",
                                           "prompts",          "roi",         "tiles",  "align"};
    int failed = 0;
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++)
        failed |= json_object_del(object, readings[i]);
    if (d->options.method != ALFA_METHOD_CLIP_AC && d->options.method != ALFA_METHOD_MASKCLIP)
        failed |= json_object_del(object, "temperature");
    return failed;
}

static json_t *describe(const struct alfa_detector *d)
{
    const struct alfa_model_info *model = &d->model->info;
    json_t *object = alfa__terms_describe(d);
    int failed = set(object, "version", json_string(alfa_version()));
    failed |= set(object, "model", json_string(model->name));
    failed |= set(object, "fingerprint", json_string(model->fingerprint));
    failed |= set(object, "precision", json_string(model->precision));
    if (!d->method->pipeline->windows) {
        failed |= forget_readings(object, d);
        failed |= d->bank ? set(object, "layers", json_string(d->bank->layer_names)) : 0;
    } else {
        failed |= set(object, "sentences", json_string(alfa__prompts_source(d->prompts)));
        failed |= set(object, "digest", json_incref(json_object_get(object, "prompts")));
        failed |= json_object_del(object, "prompts");
        failed |= set(object, "align", json_boolean(d->options.align));
        failed |= tell_readings(object, d);
        failed |= d->bank ? tell_memory(object, d->bank) : 0;
    }
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

const char *alfa__detector_settings(struct alfa_detector *d)
{
    if (d->settings)
        return d->settings;
    json_t *object = describe(d);
    d->settings = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(object);
    return d->settings;
}

void alfa__detector_settings_drop(struct alfa_detector *d)
{
    free(d->settings);
    d->settings = NULL;
}
