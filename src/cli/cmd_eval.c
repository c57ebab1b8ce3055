/* alfa eval: compares methods on data sets (eval/run.h) and prints the tables. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/status.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/eval_bank.h"
#include "cli/kit.h"
#include "cli/locate.h"
#include "cli/looking.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/talk.h"
#include "eval/run.h"

/* The prompt file of a class that was looked for before; said once, asked for often. */
struct found {
    struct found *next;
    char *class_name, *path;
};

struct context {
    const struct alfa__options *options;
    struct found *found;
    struct alfa__looking *looking; /* NULL: nobody else looks */
    bool started;                  /* the bar has been told how much there is to do */
};

static char *copy(const char *text)
{
    return text ? alfa__must(alfa__strdup(text)) : NULL;
}

static char *find_prompts(void *pointer, const char *class_name, const char *noun)
{
    struct context *context = pointer;
    for (const struct found *f = context->found; f; f = f->next)
        if (strcmp(f->class_name, class_name) == 0)
            return copy(f->path);
    struct alfa__options options = *context->options;
    options.class_name = noun;
    struct found *found = alfa__must(calloc(1, sizeof *found));
    *found = (struct found){context->found, copy(class_name), alfa__locate_prompts(&options, class_name)};
    context->found = found;
    return copy(found->path);
}

static void free_found(struct context *context)
{
    while (context->found) {
        struct found *next = context->found->next;
        free(context->found->class_name);
        free(context->found->path);
        free(context->found);
        context->found = next;
    }
}

static void show_progress(void *pointer, int done, int total)
{
    struct context *context = pointer;
    if (!context->started)
        alfa__progress_start(total, "steps");
    context->started = true;
    alfa__progress_step(done);
}

static void show_note(void *pointer, const char *source, const char *text)
{
    (void)pointer;
    alfa__talk_note(source, "%s", text);
}

static enum alfa_status look(void *pointer, const char *what, const char *const *images, size_t count,
                             struct alfa_error *err)
{
    return alfa__looking_ask(((struct context *)pointer)->looking, what, images, count, err);
}

static enum alfa_status open_looking(struct context *context, struct alfa_error *err)
{
    const struct alfa__options *o = context->options;
    if (!o->amqp)
        return ALFA_OK;
    if (o->no_cache || o->features_limit <= 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--amqp",
                          "needs what workers see to be kept: not with --no-cache or --features-limit 0");
    return alfa__looking_open(&context->looking, o, err);
}

static bool stop(void *context)
{
    (void)context;
    return alfa__signals_caught() != 0;
}

/* The paper's protocol, where nothing else was typed: its model, and in its comparison (Tables 1, 4, 5) its
 * methods, numbers of normal images and choices of them. */
static struct alfa__options follow_protocol(const struct alfa__options *typed)
{
    struct alfa__options o = *typed;
    if (!o.paper)
        return o;
    alfa__kit_follow_paper(&o);
    if (!alfa__options_given(typed, "model"))
        o.model = "ViT-B-16-plus-240";
    if (o.ablation)
        return o;
    if (!alfa__options_given(typed, "methods"))
        o.methods = "alfa,winclip,patchcore";
    if (!alfa__options_given(typed, "shots"))
        o.shots = "0,1,2,4";
    if (!alfa__options_given(typed, "seeds"))
        o.seeds = 5;
    return o;
}

/* The readings. */
static void fill_detector(struct alfa_detector_options *out, const struct alfa__options *o)
{
    out->contextual = (enum alfa_contextual)o->contextual;
    out->contextual_k = o->contextual_k;
    out->window_stride = o->window_stride;
    out->window_mask = (enum alfa_window_mask)o->window_mask;
    out->aligner = (enum alfa_aligner)o->aligner;
    out->aligner_strength = o->aligner_strength;
    out->image_score = (enum alfa_image_score)o->image_score;
    out->temperature = o->temperature;
    out->resize = (enum alfa_resize)o->resize;
    memcpy(out->scales, o->scales, sizeof o->scales);
}

static enum alfa_status fill(struct alfa__eval_options *out, struct context *context, struct alfa_error *err)
{
    const struct alfa__options *o = context->options;
    const bool own = o->normal_dir || o->abnormal_dir;
    if (o->argument_count == 0 && !own)
        return alfa__fail(err, ALFA_ERROR_USAGE, "eval",
                          "needs the folder of a data set; for example: alfa eval mvtec/ --out results/");
    if (o->mask_dir && !o->abnormal_dir)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--mask-dir", "needs --abnormal-dir, whose masks it holds");
    if (o->learn_dir && !own)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--learn-dir",
                          "needs --normal-dir or --abnormal-dir to judge");
    if (o->class_name && !own)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--class",
                          "needs --normal-dir or --abnormal-dir; data sets name "
                          "their classes, and --nouns says them otherwise");
    if (o->prompts && o->prompts_dir)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--prompts", "and --prompts-dir exclude each other");
    if (o->prompts_dir && !alfa__folder_exists(o->prompts_dir))
        return alfa__fail(err, ALFA_ERROR_USAGE, "--prompts-dir", "%s is not a folder", o->prompts_dir);
    *out =
        (struct alfa__eval_options){.folders = o->arguments,
                                    .folder_count = o->argument_count,
                                    .own = {.normal = o->normal_dir,
                                            .abnormal = o->abnormal_dir,
                                            .masks = o->mask_dir,
                                            .learn = o->learn_dir,
                                            .noun = o->class_name},
                                    .nouns = o->nouns,
                                    .methods = o->methods,
                                    .ablation = (enum alfa__ablation)o->ablation,
                                    .templates = o->templates,
                                    .domain = o->domain,
                                    .timed = o->timed,
                                    .bits = o->bits,
                                    .seeds = o->seeds,
                                    .detector = ALFA_DETECTOR_OPTIONS_INIT,
                                    .bank = ALFA_BANK_OPTIONS_INIT,
                                    .original = o->size == 1,
                                    .out = o->out,
                                    .features = o->features,
                                    .features_limit = o->no_cache ? 0 : (long long)(o->features_limit * 1e9),
                                    .prompts = find_prompts,
                                    .note = show_note,
                                    .progress = show_progress,
                                    .stop = stop,
                                    .context = context};
    fill_detector(&out->detector, o);
    out->bank.fusion = (enum alfa_fusion)o->fusion;
    out->bank.memory_weight = o->memory_weight;
    out->bank.map_weight = o->map_weight;
    out->bank.budget = o->bank_budget;
    out->bank.layers = o->layers;
    out->bank.turned = (enum alfa_turned)o->turned;
    out->bank.place = o->place ? ALFA_PLACE_WEIGHT : 0;
    return alfa__eval_read_shots(out->shots, &out->shot_count, o->shots, err);
}

static void print_notices(const struct alfa__eval_outcome *outcome)
{
    for (size_t i = 0; i < outcome->notices.count; i++)
        alfa__talk_note(outcome->notices.items[i].source, "%s", outcome->notices.items[i].text);
}

/* Closing lines: what there is, what failed. */
static void sum_up(const struct alfa__eval_outcome *outcome, const char *out)
{
    alfa__talk_note(NULL, "%d result%s made, %d from before%s%s%s", outcome->made,
                    outcome->made == 1 ? "" : "s", outcome->reused, outcome->stopped ? "; stopped" : "",
                    out ? "; in " : "", out ? out : "");
    if (outcome->failures.count)
        alfa__talk_note(NULL, "%zu failed:", outcome->failures.count);
    for (size_t i = 0; i < outcome->failures.count; i++)
        alfa__talk_line("  %s: %s", outcome->failures.items[i].source, outcome->failures.items[i].text);
}

static int run(struct context *context)
{
    struct alfa__eval_options options;
    struct alfa__eval_outcome outcome = {0};
    struct alfa_model *model = NULL;
    struct alfa_error err;
    enum alfa_status status = fill(&options, context, &err);
    if (status == ALFA_OK)
        status = open_looking(context, &err);
    options.look = context->looking ? look : NULL;
    if (status == ALFA_OK)
        status = alfa__open_model(&model, context->options, &err);
    options.model = model;
    if (status == ALFA_OK)
        status = alfa__eval_run(&outcome, &options, &err);
    alfa__progress_stop();
    if (status == ALFA_OK && context->options->json)
        alfa__talk_data(outcome.lines ? outcome.lines : "");
    else if (status == ALFA_OK && outcome.markdown)
        alfa__talk_print("%s", outcome.markdown);
    if (alfa__signals_caught() != SIGPIPE)
        print_notices(&outcome);
    int code = status == ALFA_OK ? 0 : alfa__talk_fail(&err);
    if (status == ALFA_OK && alfa__signals_caught() != SIGPIPE)
        sum_up(&outcome, context->options->out);
    if (code == 0 && outcome.failures.count)
        code = alfa__talk_exit_code(ALFA_ERROR_INPUT);
    alfa__eval_outcome_free(&outcome);
    alfa__looking_close(context->looking);
    alfa_model_free(model);
    return code;
}

int alfa__cmd_eval(const struct alfa__options *options)
{
    if (options->bank && options->amqp) {
        struct alfa_error err;
        alfa__fail(&err, ALFA_ERROR_USAGE, "--amqp",
                   "is not for --bank, which 'alfa submit' has judged by workers");
        return alfa__talk_fail(&err);
    }
    if (options->bank)
        return alfa__eval_bank(options);
    const struct alfa__options followed = follow_protocol(options);
    struct context context = {.options = &followed};
    int code = run(&context);
    free_found(&context);
    return code;
}
