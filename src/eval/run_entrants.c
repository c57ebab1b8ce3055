#include "eval/run_entrants.h"
#include "base/strings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool alfa__entrant_takes(const struct alfa__entrant *entrant, int shots)
{
    return shots ? entrant->learns && entrant->method->few_shot : entrant->method->zero_shot;
}

/* One more, with everything at the options' values; NULL when the list is full. */
static struct alfa__entrant *add(struct alfa__entrants *out, const struct alfa__eval_options *options,
                                 const char *method, const char *label, const char *title)
{
    static const struct alfa__method_setup defaults = ALFA__METHOD_SETUP_INIT;
    if (out->count == ALFA__MAX_ENTRANTS)
        return NULL;
    struct alfa__entrant *entrant = &out->items[out->count++];
    *entrant = (struct alfa__entrant){.method = alfa__method_find(method),
                                      .setup = defaults,
                                      .templates = true,
                                      .sentences = true,
                                      .learns = true};
    entrant->setup.model = options->model;
    entrant->setup.detector = options->detector;
    if (options->bank.size)
        entrant->setup.bank = options->bank;
    snprintf(entrant->label, sizeof entrant->label, "%s", label);
    snprintf(entrant->title, sizeof entrant->title, "%s", title);
    return entrant;
}

/* ------------------------------------------------------------------ methods */

static enum alfa_status fail_unknown(const char *name, struct alfa_error *err)
{
    char known[256] = "";
    for (const struct alfa__method *const *m = alfa__methods; *m; m++) {
        const size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", (*m)->name);
    }
    return alfa__fail(err, ALFA_ERROR_USAGE, "methods", "\"%s\" is not one of %s", name, known);
}

static enum alfa_status add_method(struct alfa__entrants *out, const struct alfa__eval_options *options,
                                   const char *name, struct alfa_error *err)
{
    const struct alfa__method *method = alfa__method_find(name);
    if (!method)
        return fail_unknown(name, err);
    for (int i = 0; i < out->count; i++)
        if (out->items[i].method == method)
            return alfa__fail(err, ALFA_ERROR_USAGE, "methods", "has %s twice", name);
    (void)add(out, options, name, name, method->title);
    return ALFA_OK;
}

static enum alfa_status add_methods(struct alfa__entrants *out, const struct alfa__eval_options *options,
                                    struct alfa_error *err)
{
    char *names = options->methods ? alfa__strdup(options->methods) : NULL, *rest;
    enum alfa_status status = ALFA_OK;
    if (options->methods && !names)
        return alfa__fail_memory(err, strlen(options->methods));
    for (const struct alfa__method *const *m = alfa__methods; !names && *m && status == ALFA_OK; m++)
        status = add_method(out, options, (*m)->name, err);
    for (char *name = names ? strtok_r(names, ", ", &rest) : NULL; name && status == ALFA_OK;
         name = strtok_r(NULL, ", ", &rest))
        status = add_method(out, options, name, err);
    free(names);
    if (status == ALFA_OK && out->count == 0)
        status = alfa__fail(err, ALFA_ERROR_USAGE, "methods", "names none");
    return status;
}

/* ------------------------------------------------------------------ ablations */

/* Table 2: no templates and no sentences is the one-class baseline. Where the aligner is off, by the options
 * or because that suits the model, its rows are those of R4 and say so: else they would be equal to the
 * others. */
static void add_components(struct alfa__entrants *out, const struct alfa__eval_options *options)
{
    const bool off = options->detector.aligner == ALFA_ALIGNER_NONE ||
                     (options->detector.aligner == ALFA_ALIGNER_AUTO && options->model &&
                      options->model->config.stem.present);
    (void)add(out, options, "one-class", "components:one-class", "normal prompts only");
    for (int prompts = 1; prompts < 4; prompts++)
        for (int rest = 0; rest < 4; rest++) {
            static const char *const words[] = {"", "templates", "sentences", "templates + sentences"};
            const bool contextual = rest & 1, aligner = rest & 2;
            char label[48], title[64];
            snprintf(title, sizeof title, "%s%s%s", words[prompts], contextual ? " + S_c" : "",
                     !aligner ? ""
                     : off    ? " + aligner (R4)"
                              : " + aligner");
            snprintf(label, sizeof label, "components:%d%d%d%d", prompts & 1, prompts >> 1, contextual,
                     aligner);
            struct alfa__entrant *entrant = add(out, options, "alfa", label, title);
            entrant->templates = prompts & 1;
            entrant->sentences = prompts & 2;
            if (!contextual)
                entrant->setup.detector.contextual = ALFA_CONTEXTUAL_OFF;
            if (!aligner || off)
                entrant->setup.detector.aligner = aligner ? ALFA_ALIGNER_R4 : ALFA_ALIGNER_NONE;
        }
}

static void add_scales(struct alfa__entrants *out, const struct alfa__eval_options *options)
{
    static const struct {
        const char *label;
        int scales[ALFA_MAX_SCALES], stride;
    } rows[] = {{"scales:1", {1}, 1},
                {"scales:2", {2}, 1},
                {"scales:2,3", {2, 3}, 1},
                {"scales:2,3 stride 2", {2, 3}, 2},
                {"scales:2,3,4", {2, 3, 4}, 1},
                {"scales:1,2,3", {1, 2, 3}, 1},
                {"scales:1,2,3 stride 2", {1, 2, 3}, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct alfa_detector_options *detector =
            &add(out, options, "alfa", rows[i].label, rows[i].label + strlen("scales:"))->setup.detector;
        memcpy(detector->scales, rows[i].scales, sizeof rows[i].scales);
        detector->window_stride = rows[i].stride;
    }
}

static void add_prompts(struct alfa__entrants *out, const struct alfa__eval_options *options)
{
    (void)add(out, options, "winclip", "prompts:winclip", "WinCLIP, 154 + 88 prompts");
    (void)add(out, options, "anovl", "prompts:anovl", "AnoVL-, 462 prompts a side");
    add(out, options, "alfa", "prompts:templates", "ALFA, 72 templates a side")->sentences = false;
    add(out, options, "alfa", "prompts:sentences", "ALFA, sentences only")->templates = false;
    (void)add(out, options, "alfa", "prompts:both", "ALFA, templates and sentences");
}

static void add_scores(struct alfa__entrants *out, const struct alfa__eval_options *options)
{
    add(out, options, "alfa", "score:global", "S_G")->setup.image_score = ALFA__SCORE_GLOBAL;
    add(out, options, "alfa", "score:local", "max S_L")->setup.image_score = ALFA__SCORE_LOCAL;
    (void)add(out, options, "alfa", "score:both", "S");
}

enum alfa_status alfa__entrants_make(struct alfa__entrants *out, const struct alfa__eval_options *options,
                                     struct alfa_error *err)
{
    *out = (struct alfa__entrants){.count = 0};
    if (options->ablation == ALFA__ABLATION_NONE)
        return add_methods(out, options, err);
    if (options->methods)
        return alfa__fail(err, ALFA_ERROR_USAGE, "methods", "has no meaning with an ablation");
    if (options->ablation == ALFA__ABLATION_COMPONENTS)
        add_components(out, options);
    else if (options->ablation == ALFA__ABLATION_SCALES)
        add_scales(out, options);
    else if (options->ablation == ALFA__ABLATION_PROMPTS)
        add_prompts(out, options);
    else
        add_scores(out, options);
    return ALFA_OK;
}
