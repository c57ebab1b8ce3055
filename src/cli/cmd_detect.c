/* alfa detect: opens what is needed, then image after image; a failed one never stops the others. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/status.h"
#include "cli/commands.h"
#include "cli/language.h"
#include "cli/locate.h"
#include "cli/options.h"
#include "cli/outputs.h"
#include "cli/paths.h"
#include "cli/progress.h"
#include "cli/talk.h"

enum { LONGEST_CLASS = 200 };

struct run {
    const struct alfa__options *options;
    struct alfa__inputs inputs;
    struct alfa__outputs *outputs;
    struct alfa_model *model;
    struct alfa_prompts *prompts;
    struct alfa_detector *detector;
    struct alfa_error **failures; /* one an input, NULL where it went well */
    int done, anomalies, failed;
    int code; /* the worst exit code so far */
    double start;
};

/* ------------------------------------------------------------------ before any work */

static enum alfa_status check_class(const char *noun, struct alfa_error *err)
{
    bool blank = true;
    if (!noun)
        return alfa__fail(
            err, ALFA_ERROR_USAGE, "--class",
            "is needed: what the images show, for example: alfa detect photo.jpg --class bottle");
    if (strlen(noun) > LONGEST_CLASS)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--class",
                          "has %zu bytes, the limit is %d: a noun is enough", strlen(noun), LONGEST_CLASS);
    for (const char *p = noun; *p; p++) {
        if ((unsigned char)*p < 32 || *p == 127)
            return alfa__fail(err, ALFA_ERROR_USAGE, "--class", "has a control character in it");
        blank = blank && (*p == ' ' || *p == '_');
    }
    if (blank)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--class",
                          "is blank; say what the images show, for example bottle");
    return ALFA_OK;
}

static enum alfa_status check_options(const struct alfa__options *options, struct alfa_error *err)
{
    static const char *const only_alfa[] = {"prompts",    "templates", "domain",          "llm",
                                            "contextual", "aligner",   "aligner-strength"};
    char dashed[64];
    if (options->argument_count == 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, "detect",
                          "needs an image or a folder; for example: alfa detect photo.jpg --class bottle");
    ALFA__TRY(check_class(options->class_name, err));
    if (options->llm && options->prompts)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--prompts", "and --llm exclude each other");
    ALFA__TRY(alfa__language_check(options, err));
    if (options->json && options->csv)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--csv", "and --json exclude each other");
    for (size_t i = 0; i < sizeof only_alfa / sizeof *only_alfa; i++)
        if (options->method == ALFA_METHOD_WINCLIP && alfa__options_given(options, only_alfa[i])) {
            snprintf(dashed, sizeof dashed, "--%s", only_alfa[i]);
            return alfa__fail(err, ALFA_ERROR_USAGE, dashed, "has no meaning with --method winclip");
        }
    return ALFA_OK;
}

/* An output folder that is also an input would be full of heat maps the next time. */
static enum alfa_status check_folders(const struct alfa__options *options, struct alfa_error *err)
{
    struct stat in, out;
    if (!options->out || stat(options->out, &out) != 0)
        return ALFA_OK;
    for (int i = 0; i < options->argument_count; i++)
        if (stat(options->arguments[i], &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
            return alfa__fail(err, ALFA_ERROR_USAGE, "--out",
                              "%s is also searched for images; choose another folder", options->out);
    return ALFA_OK;
}

/* ------------------------------------------------------------------ opening */

static enum alfa_status open_prompts(struct run *run, struct alfa_error *err)
{
    const struct alfa__options *options = run->options;
    if (options->method == ALFA_METHOD_WINCLIP)
        return alfa_prompts_winclip(&run->prompts, options->class_name, err);
    struct alfa_prompts_options how = ALFA_PROMPTS_OPTIONS_INIT;
    char *path = NULL;
    if (options->llm)
        ALFA__TRY(alfa__language_prompts(&path, NULL, options, run->model, err));
    else
        path = alfa__locate_prompts(options);
    how.set = path;
    how.templates = options->templates;
    how.domain = options->domain;
    enum alfa_status status = alfa_prompts_compose(&run->prompts, options->class_name, &how, err);
    free(path);
    return status;
}

static enum alfa_status open_detector(struct run *run, struct alfa_error *err)
{
    const struct alfa__options *options = run->options;
    struct alfa_detector_options how = ALFA_DETECTOR_OPTIONS_INIT;
    how.method = (enum alfa_method)options->method;
    how.contextual = (enum alfa_contextual)options->contextual;
    how.aligner = (enum alfa_aligner)options->aligner;
    how.aligner_strength = options->aligner_strength;
    how.temperature = options->temperature;
    how.resize = (enum alfa_resize)options->resize;
    how.threshold = options->threshold;
    memcpy(how.scales, options->scales, sizeof how.scales);
    alfa__progress_say("reading the prompts");
    enum alfa_status status = alfa_detector_open(&run->detector, run->model, run->prompts, &how, err);
    alfa__progress_hide();
    if (status == ALFA_OK && alfa_detector_truncated(run->detector) > 0)
        alfa__talk_note(NULL, "%d of %d prompts are longer than the model's %d tokens: their ends were cut",
                        alfa_detector_truncated(run->detector),
                        alfa_prompts_count(run->prompts, ALFA_NORMAL) +
                            alfa_prompts_count(run->prompts, ALFA_ABNORMAL),
                        alfa_model_info(run->model)->context_length);
    return status;
}

static enum alfa_status open_all(struct run *run, struct alfa_error *err)
{
    const struct alfa__options *options = run->options;
    const char *const written[] = {options->out, NULL}; /* maps are no images */
    ALFA__TRY(check_options(options, err));
    ALFA__TRY(check_folders(options, err));
    alfa__inputs_expand(&run->inputs, options->arguments, options->argument_count, written);
    run->failures = alfa__must(calloc((size_t)run->inputs.count + 1, sizeof *run->failures));
    ALFA__TRY(alfa__outputs_open(&run->outputs, options, &run->inputs, err));
    if (run->inputs.good == 0) /* all that is left is to say what was wrong with each */
        return ALFA_OK;
    if (options->llm) /* whose sentences have to fit into the model's context */
        ALFA__TRY(alfa__open_model(&run->model, options, err));
    ALFA__TRY(open_prompts(run, err));
    if (!run->model)
        ALFA__TRY(alfa__open_model(&run->model, options, err));
    return open_detector(run, err);
}

/* ------------------------------------------------------------------ the batch */

static enum alfa_status judge(struct run *run, const struct alfa__input *input, struct alfa_error *err)
{
    struct alfa_image *image;
    struct alfa_result *result = NULL;
    if (input->error)
        return *err = *input->error, err->code;
    ALFA__TRY(alfa__input_load(&image, input, err));
    enum alfa_status status = alfa_detector_run(run->detector, &result, image, err);
    if (status == ALFA_OK &&
        !isfinite(alfa_result_summary(result)->score)) /* or else it would pass as normal */
        status = alfa__fail(err, ALFA_ERROR_MODEL, alfa_model_info(run->model)->name,
                            "gives a score that is not a number; its weights are damaged");
    if (status == ALFA_OK)
        status = alfa__outputs_result(run->outputs, input, image, result, err);
    if (status == ALFA_OK && alfa_result_summary(result)->anomalous)
        run->anomalies++;
    alfa_result_free(result);
    alfa_image_free(image);
    return status;
}

static void note_code(struct run *run, enum alfa_status status)
{
    int code = alfa__talk_exit_code(status);
    run->code = code > run->code ? code : run->code;
}

static void judge_all(struct run *run)
{
    struct alfa_error err;
    alfa__progress_start(run->inputs.count, "images");
    alfa__progress_say("looking at the first image");
    for (int i = 0; i < run->inputs.count && !alfa__signals_caught(); i++) {
        const struct alfa__input *input = &run->inputs.items[i];
        enum alfa_status status = judge(run, input, &err);
        run->done++;
        if (status != ALFA_OK) {
            run->failed++;
            run->failures[i] = alfa__must(malloc(sizeof err));
            *run->failures[i] = err;
            note_code(run, status);
            alfa__outputs_failure(run->outputs, input, &err);
            alfa__talk_error(&err);
        }
        if (alfa__talk_output_failed()) {
            note_code(run, ALFA_ERROR_OUTPUT);
            break;
        }
        alfa__progress_step(run->done);
    }
    alfa__progress_stop();
}

static const char *plural(int count)
{
    return count == 1 ? "" : "s";
}

/* The closing lines: counts, then what failed. */
static void sum_up(const struct run *run)
{
    double seconds = alfa__progress_clock() - run->start;
    int judged = run->done - run->failed;
    if (alfa__signals_caught())
        alfa__talk_note(NULL, "stopped after %d of %d images", run->done, run->inputs.count);
    if (judged > 0)
        alfa__talk_note(NULL, "%d image%s: %d anomal%s, %d normal, %d failed; %.1f s", run->done,
                        plural(run->done), run->anomalies, run->anomalies == 1 ? "y" : "ies",
                        judged - run->anomalies, run->failed, seconds);
    if (run->failed == 0 || run->inputs.count == 1)
        return;
    alfa__talk_note(NULL, "%d of %d failed:", run->failed, run->done);
    for (int i = 0; i < run->inputs.count; i++)
        if (run->failures[i])
            alfa__talk_line("  %s: %s", run->failures[i]->source, run->failures[i]->message);
}

static void close_all(struct run *run)
{
    for (int i = 0; run->failures && i < run->inputs.count; i++)
        free(run->failures[i]);
    free(run->failures);
    alfa_detector_free(run->detector);
    alfa_prompts_free(run->prompts);
    alfa_model_free(run->model);
    alfa__outputs_free(run->outputs);
    alfa__inputs_free(&run->inputs);
}

int alfa__cmd_detect(const struct alfa__options *options)
{
    struct run run = {.options = options, .start = alfa__progress_clock()};
    struct alfa_error err;
    enum alfa_status status = open_all(&run, &err);
    if (status == ALFA_OK) {
        judge_all(&run);
        status = alfa__outputs_finish(run.outputs, &err);
    }
    note_code(&run, status);
    if (status != ALFA_OK)
        alfa__talk_error(&err);
    if (run.done > 0 && alfa__signals_caught() != SIGPIPE)
        sum_up(&run);
    if (run.code == 0 && run.anomalies > 0 && options->fail_on_anomaly)
        run.code = 1;
    close_all(&run);
    return run.code;
}
