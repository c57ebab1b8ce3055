/* alfa prompts: the sentences about a noun, printed, looked at (--show), or asked of a language model
 * (--llm). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/language.h"
#include "cli/locate.h"
#include "cli/options.h"
#include "cli/overlap.h"
#include "cli/progress.h"
#include "cli/talk.h"

static const char *const side_names[] = {"normal", "abnormal"};

struct run {
    struct alfa__options options; /* with the noun as class_name */
    struct alfa_model *model;     /* with --show and --llm */
    struct alfa_prompts *prompts;
    struct alfa_generation generation;
    char *path; /* of the prompt file, NULL: templates only */
};

/* ------------------------------------------------------------------ opening */

static enum alfa_status check(struct alfa__options *options, struct alfa_error *err)
{
    if (options->argument_count == 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, "prompts", "needs a noun; for example: alfa prompts bottle");
    if (options->argument_count > 1)
        return alfa__fail(err, ALFA_ERROR_USAGE, "prompts",
                          "takes one noun; put quotes around several words, for example 'metal nut'");
    options->class_name = options->arguments[0];
    if (options->llm && options->prompts)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--prompts", "and --llm exclude each other");
    return alfa__language_check(options, err);
}

static enum alfa_status open_all(struct run *run, struct alfa_error *err)
{
    struct alfa__options *options = &run->options;
    struct alfa_prompts_options how = ALFA_PROMPTS_OPTIONS_INIT;
    ALFA__TRY(check(options, err));
    how.templates = options->templates;
    how.domain = options->domain;
    ALFA__TRY(alfa_prompts_compose(&run->prompts, options->class_name, &how, err)); /* is the noun one? */
    if (options->show || options->llm)
        ALFA__TRY(alfa__open_model(&run->model, options, err));
    if (options->llm)
        ALFA__TRY(alfa__language_prompts(&run->path, &run->generation, options, run->model, err));
    else
        run->path = alfa__locate_prompts(options, NULL);
    alfa_prompts_free(run->prompts);
    how.set = run->path;
    return alfa_prompts_compose(&run->prompts, options->class_name, &how, err);
}

/* ------------------------------------------------------------------ the sentences */

static void print_sentences(const struct alfa_prompts *prompts)
{
    for (int side = 0; side < 2; side++) {
        alfa__talk_print("%s[%s]\n", side ? "\n" : "", side_names[side]);
        for (int i = 0; i < alfa_prompts_count(prompts, side); i++)
            alfa__talk_print("%s\n", alfa_prompts_get(prompts, side, i));
    }
}

static void print_sentences_json(const struct alfa_prompts *prompts)
{
    json_t *object = alfa__must(json_object());
    alfa__json_add_text(object, "class", alfa_prompts_class(prompts));
    for (int side = 0; side < 2; side++) {
        json_t *list = alfa__must(json_array());
        for (int i = 0; i < alfa_prompts_count(prompts, side); i++)
            alfa__json_append(list, json_string(alfa_prompts_get(prompts, side, i)));
        alfa__json_add(object, side_names[side], list);
    }
    alfa__json_print(object);
}

/* ------------------------------------------------------------------ what was generated */

static void print_generation_json(const struct run *run)
{
    json_t *object = alfa__must(json_object()), *dropped = alfa__must(json_object());
    alfa__json_add_text(object, "class", alfa_prompts_class(run->prompts));
    alfa__json_add_text(object, "path", run->path);
    alfa__json_add_text(object, "llm_model", run->options.llm_model);
    alfa__json_add(object, "requests", json_integer(run->generation.requests));
    alfa__json_add(object, "kept_normal", json_integer(run->generation.kept[ALFA_NORMAL]));
    alfa__json_add(object, "kept_abnormal", json_integer(run->generation.kept[ALFA_ABNORMAL]));
    for (enum alfa_drop i = 0; i < ALFA_DROP_COUNT; i++)
        alfa__json_add(dropped, alfa_drop_text(i), json_integer(run->generation.dropped[i]));
    alfa__json_add(object, "dropped", dropped);
    alfa__json_print(object);
}

/* ------------------------------------------------------------------ --show */

static void print_outliers(const struct alfa_prompts *prompts, const struct alfa__overlap *overlap)
{
    if (overlap->outlier_count[0] + overlap->outlier_count[1] == 0) {
        puts("outliers   none");
        return;
    }
    puts("outliers   far from the other sentences of their side: own side, other side");
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < overlap->outlier_count[side] && i < ALFA__MOST_OUTLIERS; i++) {
            const struct alfa__outlier *outlier = &overlap->outliers[side][i];
            alfa__talk_print("           %.3f  %.3f  %s\n", outlier->own, outlier->other,
                             alfa_prompts_get(prompts, side, outlier->index));
        }
}

static void print_overlap(const struct run *run, const struct alfa__overlap *overlap)
{
    const struct alfa_model_info *info = alfa_model_info(run->model);
    int counts[2] = {alfa_prompts_count(run->prompts, 0), alfa_prompts_count(run->prompts, 1)};
    alfa__talk_print("class      %s\nmodel      %s, %s\n", alfa_prompts_class(run->prompts), info->name,
                     info->precision);
    alfa__talk_print("file       %s\n", run->path ? run->path : "none: templates only");
    alfa__talk_print("sentences  %d normal, %d abnormal\n", counts[0], counts[1]);
    alfa__talk_print(
        "tokens     normal %d to %d, mean %.1f; abnormal %d to %d, mean %.1f; %d longer than %d\n",
        overlap->tokens[0][0], overlap->tokens[0][1], overlap->mean_tokens[0], overlap->tokens[1][0],
        overlap->tokens[1][1], overlap->mean_tokens[1], overlap->truncated, info->context_length);
    alfa__talk_print(
        "cosine     within normal %.3f, within abnormal %.3f, across %.3f, of the two means %.3f\n",
        overlap->within[0], overlap->within[1], overlap->across, overlap->means);
    alfa__talk_print("overlap    %.1f %% of the sentences have their nearest one on the other side\n",
                     100 * overlap->crossed);
    alfa__talk_print("misplaced  %d normal, %d abnormal are nearer to the other side than to their own\n",
                     overlap->misplaced[0], overlap->misplaced[1]);
    print_outliers(run->prompts, overlap);
}

static json_t *side_json(const struct alfa_prompts *prompts, const struct alfa__overlap *overlap, int side)
{
    json_t *object = alfa__must(json_object()), *list = alfa__must(json_array());
    alfa__json_add(object, "count", json_integer(alfa_prompts_count(prompts, side)));
    alfa__json_add(object, "fewest_tokens", json_integer(overlap->tokens[side][0]));
    alfa__json_add(object, "most_tokens", json_integer(overlap->tokens[side][1]));
    alfa__json_add(object, "mean_tokens", json_real(overlap->mean_tokens[side]));
    alfa__json_add(object, "within", json_real(overlap->within[side]));
    alfa__json_add(object, "misplaced", json_integer(overlap->misplaced[side]));
    for (int i = 0; i < overlap->outlier_count[side] && i < ALFA__MOST_OUTLIERS; i++) {
        const struct alfa__outlier *outlier = &overlap->outliers[side][i];
        json_t *item = alfa__must(json_object());
        alfa__json_add_text(item, "text", alfa_prompts_get(prompts, side, outlier->index));
        alfa__json_add(item, "own", json_real(outlier->own));
        alfa__json_add(item, "other", json_real(outlier->other));
        alfa__json_append(list, item);
    }
    alfa__json_add(object, "outliers", list);
    return object;
}

static void print_overlap_json(const struct run *run, const struct alfa__overlap *overlap)
{
    json_t *object = alfa__must(json_object());
    alfa__json_add_text(object, "class", alfa_prompts_class(run->prompts));
    alfa__json_add_text(object, "model", alfa_model_info(run->model)->name);
    alfa__json_add(object, "truncated", json_integer(overlap->truncated));
    alfa__json_add(object, "across", json_real(overlap->across));
    alfa__json_add(object, "means", json_real(overlap->means));
    alfa__json_add(object, "crossed", json_real(overlap->crossed));
    for (int side = 0; side < 2; side++)
        alfa__json_add(object, side_names[side], side_json(run->prompts, overlap, side));
    alfa__json_print(object);
}

static enum alfa_status show(const struct run *run, struct alfa_error *err)
{
    struct alfa__overlap overlap;
    alfa__progress_say("reading the prompts");
    enum alfa_status status = alfa__overlap_measure(&overlap, run->model, run->prompts, err);
    alfa__progress_hide();
    if (status == ALFA_OK && run->options.json)
        print_overlap_json(run, &overlap);
    else if (status == ALFA_OK)
        print_overlap(run, &overlap);
    return status;
}

int alfa__cmd_prompts(const struct alfa__options *options)
{
    struct run run = {.options = *options};
    struct alfa_error err;
    enum alfa_status status = open_all(&run, &err);
    if (status == ALFA_OK && options->show)
        status = show(&run, &err);
    else if (status == ALFA_OK && options->llm && options->json)
        print_generation_json(&run);
    else if (status == ALFA_OK && options->llm)
        alfa__talk_print("%s\n", run.path);
    else if (status == ALFA_OK && options->json)
        print_sentences_json(run.prompts);
    else if (status == ALFA_OK)
        print_sentences(run.prompts);
    alfa_prompts_free(run.prompts);
    alfa_model_free(run.model);
    free(run.path);
    return status == ALFA_OK ? 0 : alfa__talk_fail(&err);
}
