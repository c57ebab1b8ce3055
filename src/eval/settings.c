#include "eval/settings.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/strings.h"
#include "detect/detector.h"
#include "detect/recall.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const contextual_names[] = {"filter", "weighted", "off"};
static const char *const aligner_names[] = {"auto", "r4", "r3", "none", "procrustes"};
static const char *const image_score_names[] = {"auto", "eq12", "top"};
static const char *const resize_names[] = {"squash", "crop"};

/* ALFA and WinCLIP have these readings; the other methods are as their papers say. */
static bool has_readings(const struct alfa__entrant *entrant)
{
    return entrant->method->kind == ALFA_METHOD_ALFA || entrant->method->kind == ALFA_METHOD_WINCLIP;
}

/* What the model makes of an entrant's options. */
static struct alfa_detector_options settled(const struct alfa__settings *s,
                                            const struct alfa__entrant *entrant)
{
    struct alfa_detector_options options = entrant->setup.detector;
    options.method = entrant->method->kind;
    alfa__detector_settle(&options, s->options->model->config.stem.present);
    if (options.method == ALFA_METHOD_WINCLIP) {
        options.aligner = ALFA_ALIGNER_NONE;
        options.contextual = ALFA_CONTEXTUAL_OFF;
        options.image_score = ALFA_IMAGE_SCORE_EQ12;
    }
    return options;
}

/* What joins words and memory: WinCLIP's own way is PAPER. */
static enum alfa_fusion joining(const struct alfa__settings *s, const struct alfa__entrant *entrant)
{
    const struct alfa_detector_options options = settled(s, entrant);
    return options.method == ALFA_METHOD_WINCLIP
               ? ALFA_FUSION_PAPER
               : alfa__fusion_settle(entrant->setup.bank.fusion, &options,
                                     s->options->model->config.stem.present);
}

/* tau without normal images. */
static double alone(const struct alfa__settings *s, const struct alfa_detector_options *options)
{
    return alfa__judge_temperature(options, s->options->model->config.stem.present, false);
}

static const char *fusion_of(const struct alfa__settings *s, const struct alfa__entrant *entrant)
{
    return entrant->method->kind == ALFA_METHOD_WINCLIP ? "WinCLIP+" : alfa__fusion_name(joining(s, entrant));
}

static bool learns(const struct alfa__settings *s, const struct alfa__entrant *entrant)
{
    bool few = false;
    for (int i = 0; i < s->options->shot_count; i++)
        few = few || (s->options->shots[i] && alfa__entrant_takes(entrant, s->options->shots[i]));
    return few;
}

static const char *sentences_of(const struct alfa__entrant *entrant)
{
    return entrant->method->kind == ALFA_METHOD_WINCLIP ? "WinCLIP's"
           : entrant->templates && entrant->sentences   ? "templates, set"
           : entrant->templates                         ? "templates"
                                                        : "set";
}

/* "1,2,3", "2,3 stride 2" */
static void list_scales(char out[32], const struct alfa_detector_options *o)
{
    const int *scales = o->scales;
    size_t used = 0;
    *out = 0;
    for (int i = 0; i < ALFA_MAX_SCALES && scales[i] && used < 24; i++)
        used += (size_t)snprintf(out + used, 32 - used, "%s%d", i ? "," : "", scales[i]);
    if (o->window_stride == 2)
        snprintf(out + used, 32 - used, " stride 2");
}

/* "" for a file that cannot be read. */
static void digest_file(char digest[17], const char *path)
{
    char *bytes = NULL;
    size_t size;
    *digest = 0;
    if (alfa__file_read(&bytes, &size, path, (size_t)1 << 24, NULL) == ALFA_OK)
        snprintf(digest, 17, "%016" PRIx64, alfa__hash(ALFA__HASH_START, bytes, size));
    free(bytes);
}

/* The prompt set of a class: its path, freed with free(), and a digest of the file; NULL: none. */
static char *find_set(char digest[17], const struct alfa__settings *s, const struct alfa__class *class)
{
    const struct alfa__eval_options *o = s->options;
    char *path = o->prompts ? o->prompts(o->context, class->name, class->noun) : NULL;
    *digest = 0;
    if (path)
        digest_file(digest, path);
    return path;
}

static const char *score_of(const struct alfa__entrant *entrant, const struct alfa_detector_options *o)
{
    if (entrant->setup.image_score == ALFA__SCORE_GLOBAL || entrant->method->kind == ALFA_METHOD_WINCLIP)
        return "S_G";
    return entrant->setup.image_score == ALFA__SCORE_LOCAL ? "max S_L" : image_score_names[o->image_score];
}

static const char *mask_of(const struct alfa__settings *s)
{
    return s->options->detector.window_mask == ALFA_WINDOW_PIXELS ? "pixels" : "tokens";
}

/* Of a file its name and a digest, into out, which is returned. */
static const char *templates_of(char out[160], const struct alfa__settings *s)
{
    const char *path = s->options->templates;
    char digest[17];
    snprintf(out, 160, "the 72 built-in ones");
    if (path) {
        digest_file(digest, path);
        snprintf(out, 160, "%.130s (%s)", alfa__path_tail(path), digest);
    }
    return out;
}

static const char *domain_of(const struct alfa__settings *s)
{
    return s->options->domain ? s->options->domain : "industrial";
}

static const char *layers_of(const struct alfa__settings *s)
{
    return s->options->bank.layers ? s->options->bank.layers : "as suits model and method";
}

/* ------------------------------------------------------------------ Markdown */

static void put_row(struct alfa__string *out, const struct alfa__settings *s,
                    const struct alfa__entrant *entrant)
{
    const struct alfa_detector_options o = settled(s, entrant);
    const enum alfa_fusion fusion = joining(s, entrant);
    char scales[32];
    list_scales(scales, &o);
    alfa__string_appendf(out, "| %s | %s | %s | %s", entrant->title, sentences_of(entrant),
                         contextual_names[o.contextual], aligner_names[o.aligner]);
    if (o.aligner != ALFA_ALIGNER_NONE)
        alfa__string_appendf(out, ", strength %g", o.aligner_strength);
    alfa__string_appendf(out, " | %s | %s | %g", scales, score_of(entrant, &o), o.temperature);
    if (alone(s, &o) < o.temperature)
        alfa__string_appendf(out, ", words alone %g", alone(s, &o));
    alfa__string_append(out, " | ");
    if (!learns(s, entrant))
        alfa__string_append(out, "- |\n");
    else if (fusion == ALFA_FUSION_ODDS)
        alfa__string_appendf(out, "odds, weight %g, in the map %g |\n", entrant->setup.bank.memory_weight,
                             entrant->setup.bank.map_weight);
    else if (fusion == ALFA_FUSION_TOP)
        alfa__string_appendf(out, "top, weight in the map %g |\n", entrant->setup.bank.map_weight);
    else
        alfa__string_appendf(out, "%s |\n", fusion_of(s, entrant));
}

void alfa__settings_markdown(struct alfa__string *out, const struct alfa__settings *s)
{
    const struct alfa_model_info *model = alfa_model_info(s->options->model);
    bool any = false;
    char templates[160];
    alfa__string_appendf(
        out,
        "## What was run\n\nalfa %s, model %s (%s) in %s, photographs made square: %s; windows leave out %s, "
        "k "
        "of the contextual score %g; templates: %s for the domain %s; a memory of normal images has %d "
        "vectors "
        "of a kind at most%s, layers %s. Methods that are not listed have the settings of their papers.\n\n",
        alfa_version(), model->name, model->fingerprint, model->precision,
        resize_names[s->options->detector.resize], mask_of(s), s->options->detector.contextual_k,
        templates_of(templates, s), domain_of(s), s->options->bank.budget,
        s->options->bank.budget ? "" : " (0: no limit)", layers_of(s));
    if (s->options->bits)
        alfa__string_appendf(out, "Files of 16 bits that do not say otherwise are read as %d bits.\n\n",
                             s->options->bits);
    if (s->options->bank.turned != ALFA_TURNED_AUTO)
        alfa__string_appendf(out, "Memories of ALFA and WinCLIP have %s.\n\n",
                             s->options->bank.turned == ALFA_TURNED_ALWAYS
                                 ? "images turned and mirrored as well"
                                 : "images as they lie alone");
    if (s->options->bank.place > 0)
        alfa__string_appendf(out, "Memories of ALFA and WinCLIP know places, weight %g.\n\n",
                             s->options->bank.place);
    for (int e = 0; e < s->entrants->count; e++) {
        if (!has_readings(&s->entrants->items[e]))
            continue;
        if (!any)
            alfa__string_append(out, "| method | sentences | contextual | aligner | scales | image score | "
                                     "temperature | fusion |\n|---|---|---|---|---|---|--:|---|\n");
        any = true;
        put_row(out, s, &s->entrants->items[e]);
    }
    alfa__string_append(out, any ? "\n" : "");
    alfa__string_append(out, "| class | noun | prompt set | digest |\n|---|---|---|---|\n");
    for (int c = 0; c < s->class_count; c++) {
        char digest[17], *path = find_set(digest, s, s->classes[c]);
        alfa__string_appendf(out, "| %s | %s | %s | %s |\n", s->classes[c]->name, s->classes[c]->noun,
                             path ? alfa__path_tail(path) : "-", path ? digest : "-");
        free(path);
    }
    alfa__string_append(out, "\n");
}

/* ------------------------------------------------------------------ JSON */

static json_t *row_json(const struct alfa__settings *s, const struct alfa__entrant *entrant)
{
    const struct alfa_detector_options o = settled(s, entrant);
    const enum alfa_fusion fusion = joining(s, entrant);
    char scales[32];
    list_scales(scales, &o);
    json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:f, s:s, s:s, s:f, s:s}", "method", entrant->label,
                            "sentences", sentences_of(entrant), "contextual", contextual_names[o.contextual],
                            "aligner", aligner_names[o.aligner], "aligner_strength", o.aligner_strength,
                            "scales", scales, "image_score", score_of(entrant, &o), "temperature",
                            o.temperature, "fusion", fusion_of(s, entrant));
    int failed = !row;
    if (alone(s, &o) < o.temperature)
        failed |= json_object_set_new(row, "temperature_alone", json_real(alone(s, &o)));
    if (fusion == ALFA_FUSION_ODDS)
        failed |= json_object_set_new(row, "memory_weight", json_real(entrant->setup.bank.memory_weight));
    if (fusion != ALFA_FUSION_PAPER)
        failed |= json_object_set_new(row, "map_weight", json_real(entrant->setup.bank.map_weight));
    return alfa__json_whole(row, failed);
}

static json_t *set_json(const struct alfa__settings *s, const struct alfa__class *class)
{
    char digest[17], *path = find_set(digest, s, class);
    json_t *set = json_pack("{s:s, s:s, s:s?, s:s?}", "class", class->name, "noun", class->noun, "file",
                            path ? alfa__path_tail(path) : NULL, "digest", path ? digest : NULL);
    free(path);
    return set;
}

void alfa__settings_json(struct alfa__string *out, const struct alfa__settings *s)
{
    char templates[160];
    const struct alfa_model_info *model = alfa_model_info(s->options->model);
    json_t *rows = json_array(), *sets = json_array();
    int failed = 0;
    for (int e = 0; e < s->entrants->count; e++)
        if (has_readings(&s->entrants->items[e]))
            failed |= json_array_append_new(rows, row_json(s, &s->entrants->items[e]));
    for (int c = 0; c < s->class_count; c++)
        failed |= json_array_append_new(sets, set_json(s, s->classes[c]));
    json_t *all = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:f, s:s, s:s, s:i, s:s, s:o, s:o}", "version", alfa_version(),
        "model", model->name, "fingerprint", model->fingerprint, "precision", model->precision, "resize",
        resize_names[s->options->detector.resize], "pixels", s->options->original ? "original" : "model",
        "mask", mask_of(s), "k", s->options->detector.contextual_k, "templates", templates_of(templates, s),
        "domain", domain_of(s), "bank_budget", s->options->bank.budget, "layers", layers_of(s), "methods",
        rows, "prompt_sets", sets);
    if (s->options->bits)
        failed |= json_object_set_new(all, "bits", json_integer(s->options->bits));
    if (s->options->bank.turned != ALFA_TURNED_AUTO)
        failed |=
            json_object_set_new(all, "turned", json_boolean(s->options->bank.turned == ALFA_TURNED_ALWAYS));
    if (s->options->bank.place > 0)
        failed |= json_object_set_new(all, "place", json_real(s->options->bank.place));
    char *text = all && !failed ? json_dumps(all, JSON_COMPACT) : NULL;
    if (text)
        alfa__string_append(out, text);
    else
        out->failed = true;
    free(text);
    json_decref(all);
}
