/* alfa explain: what an image, and each abnormal place in it, looks most like, among the things that may be
 * wrong with its class (paper 5.4): cosines with the descriptors of the class, and a softmax of them. The
 * places are the regions that alfa detect finds with the same options. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/files.h"
#include "base/status.h"
#include "base/strings.h"
#include "cli/choosing.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/judged.h"
#include "cli/kit.h"
#include "cli/language.h"
#include "cli/locate.h"
#include "cli/outputs.h"
#include "cli/paths.h"
#include "cli/progress.h"
#include "cli/reading.h"
#include "cli/talk.h"
#include "report/descriptors.h"
#include "report/similarity.h"

enum { BAR = 30 };

struct run {
    const struct alfa__options *options; /* of the kit once it is planned */
    struct alfa__kit kit;
    struct alfa__descriptors *descriptors;
    struct alfa__inputs inputs;
    struct alfa__outputs *outputs;
};

/* ------------------------------------------------------------------ before any image */

static enum alfa_status check(const struct alfa__options *options, struct alfa_error *err)
{
    if (options->argument_count == 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, "explain",
                          "needs an image; for example: alfa explain photo.jpg --class bottle");
    if (options->llm && options->descriptors)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--descriptors", "and --llm exclude each other");
    return ALFA_OK;
}

/* The user's, the language model's, the shipped ones of the class, or the generic ones. */
static enum alfa_status open_descriptors(struct run *run, struct alfa_error *err)
{
    const char *noun = alfa_prompts_class(run->kit.prompts);
    bool generic = false;
    char *path;
    if (run->options->llm)
        ALFA__TRY(alfa__language_descriptors(&path, run->options, run->kit.model, err));
    else
        ALFA__TRY(alfa__locate_descriptors(&path, &generic, run->options, err));
    if (generic)
        alfa__talk_note(NULL, "no descriptors for \"%s\": using the generic ones", run->options->class_name);
    alfa__progress_say("reading the descriptors");
    enum alfa_status status = alfa__descriptors_open(&run->descriptors, path, noun, run->kit.model, err);
    alfa__progress_hide();
    if (status == ALFA_OK && alfa__descriptors_truncated(run->descriptors) > 0)
        alfa__talk_note(path, "%d descriptors are longer than the model reads: their ends were cut",
                        alfa__descriptors_truncated(run->descriptors));
    free(path);
    return status;
}

/* The head of the report. */
static enum alfa_status begin_report(struct run *run, struct alfa_error *err)
{
    char key[17], with[32];
    alfa__judged_key(key, &run->kit);
    alfa__outputs_bank(run->outputs, run->kit.bank_digest);
    snprintf(with, sizeof with, "alfa %s", alfa_version());
    return alfa__outputs_begin(run->outputs, key, with, err);
}

/* It is about one image, and does not replace it. */
static enum alfa_status check_plot(const struct run *run, struct alfa_error *err)
{
    const char *plot = run->options->plot;
    if (plot && run->inputs.count != 1)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--plot", "is about one image, not %d", run->inputs.count);
    if (plot && alfa__file_same(plot, run->inputs.items[0].path))
        return alfa__fail(err, ALFA_ERROR_USAGE, "--plot", "%s is the image and would be replaced", plot);
    return ALFA_OK;
}

static enum alfa_status open_all(struct run *run, struct alfa_error *err)
{
    const char *const written[] = {run->options->out, NULL};
    ALFA__TRY(check(run->options, err));
    ALFA__TRY(alfa__kit_plan(&run->kit, run->options, run->options->bank, err));
    run->options = &run->kit.options;
    if (run->options->plot && run->options->method == ALFA_METHOD_WINCLIP)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--plot", "has no meaning with --method winclip");
    ALFA__TRY(alfa__plot_check(run->options->plot, err));
    ALFA__TRY(alfa__outputs_check_apart(run->options, err));
    ALFA__TRY(alfa__reading_plan(run->options, err));
    alfa__inputs_expand(&run->inputs, run->options->arguments, run->options->argument_count, written);
    ALFA__TRY(check_plot(run, err));
    ALFA__TRY(alfa__outputs_open(&run->outputs, run->options, &run->inputs, err));
    ALFA__TRY(alfa__kit_open(&run->kit, err));
    ALFA__TRY(open_descriptors(run, err));
    ALFA__TRY(alfa__kit_use_bank(&run->kit, err));
    alfa_detector_explain(run->kit.detector, true);
    return begin_report(run, err);
}

/* ------------------------------------------------------------------ for people */

/* A bar for 0..1. */
static void print_bar(double value)
{
    int full = (int)lround(fmin(fmax(value, 0), 1) * BAR);
    for (int i = 0; i < BAR; i++)
        putchar(i < full ? '=' : '.');
}

static void print_likeness(const struct alfa__likeness *likeness)
{
    for (int i = 0; i < likeness->count; i++) {
        fputs("  ", stdout);
        print_bar(likeness->found[i].similarity);
        alfa__talk_print("  %6.3f  %5.1f %%  ", likeness->found[i].similarity,
                         100 * likeness->found[i].share);
        alfa__talk_put(stdout, likeness->found[i].text);
        putchar('\n');
    }
}

static void print_text(const struct run *run, const char *path, const struct alfa_result *result,
                       const struct alfa__likeness *likenesses)
{
    const int count = alfa_result_region_count(result);
    alfa__talk_put(stdout, path);
    alfa__talk_print("  %s\n", alfa_prompts_class(run->kit.prompts));
    print_likeness(&likenesses[0]);
    for (int i = 0; i < count; i++) {
        const struct alfa_region *region = alfa_result_region(result, i);
        alfa__talk_print(" region %d of %d: %d x %d at %d, %d, highest %.3f\n", i + 1, count, region->width,
                         region->height, region->x, region->y, region->peak);
        print_likeness(&likenesses[i + 1]);
    }
}

/* ------------------------------------------------------------------ JSON */

static json_t *likeness_list(const struct alfa__likeness *likeness)
{
    json_t *list = alfa__must(json_array());
    for (int i = 0; i < likeness->count; i++) {
        json_t *item = alfa__must(json_object());
        alfa__json_add_text(item, "text", likeness->found[i].text);
        alfa__json_add(item, "similarity", json_real(likeness->found[i].similarity));
        alfa__json_add(item, "share", json_real(likeness->found[i].share));
        alfa__json_append(list, item);
    }
    return list;
}

static json_t *region_list(const struct alfa_result *result, const struct alfa__likeness *likenesses)
{
    const int count = alfa_result_region_count(result);
    json_t *list = alfa__must(json_array());
    for (int i = 0; i < count; i++) {
        const struct alfa_region *region = alfa_result_region(result, i);
        json_t *item = alfa__must(json_object());
        alfa__json_add(item, "x", json_integer(region->x));
        alfa__json_add(item, "y", json_integer(region->y));
        alfa__json_add(item, "width", json_integer(region->width));
        alfa__json_add(item, "height", json_integer(region->height));
        alfa__json_add(item, "peak", json_real(region->peak));
        alfa__json_add(item, "descriptors", likeness_list(&likenesses[i]));
        alfa__json_append(list, item);
    }
    return list;
}

static void print_json(const struct run *run, const char *path, const struct alfa_result *result,
                       const struct alfa__likeness *likenesses)
{
    json_t *object = alfa__must(json_object());
    alfa__json_add_text(object, "path", path);
    alfa__json_add_text(object, "class", alfa_prompts_class(run->kit.prompts));
    alfa__json_add_text(object, "model", alfa_model_info(run->kit.model)->name);
    json_t *settings = alfa__must(json_loads(alfa_result_settings(result), 0, NULL));
    json_object_del(settings, "model"); /* it stands beside it */
    alfa__json_add(object, "settings", settings);
    alfa__json_add(object, "descriptor_count", json_integer(alfa__descriptors_count(run->descriptors)));
    alfa__json_add(object, "descriptors", likeness_list(&likenesses[0]));
    alfa__json_add(object, "regions", region_list(result, likenesses + 1));
    alfa__json_print(object);
}

/* ------------------------------------------------------------------ the batch */

static enum alfa_status explain_result(const struct run *run, const struct alfa__input *input,
                                       const struct alfa_image *image, const struct alfa_result *result,
                                       struct alfa_error *err)
{
    struct alfa__likeness *likenesses;
    ALFA__TRY(
        alfa__descriptors_compare(&likenesses, run->descriptors, result, run->options->temperature, err));
    alfa__progress_hide();
    (run->options->json ? print_json : print_text)(run, input->path, result, likenesses);
    enum alfa_status status = alfa__outputs_files(run->outputs, input, image, result, likenesses, err);
    if (status == ALFA_OK && run->options->plot)
        status = alfa__similarity_write(result, alfa__path_name(input->path), run->options->plot, err);
    free(likenesses);
    return status;
}

static enum alfa_status explain(const struct run *run, const struct alfa__input *input,
                                struct alfa_error *err)
{
    struct alfa_image *image;
    struct alfa_result *result;
    if (input->error)
        return *err = *input->error, err->code;
    ALFA__TRY(alfa__input_load(&image, input, err));
    enum alfa_status status = alfa_detector_run(&result, run->kit.detector, image, err);
    if (status == ALFA_OK)
        status = explain_result(run, input, image, result, err);
    alfa_result_free(result);
    alfa_image_free(image);
    return status;
}

/* Images one after the other; a failed one never stops the others. Returns the worst exit code. */
static int explain_all(const struct run *run)
{
    struct alfa_error err;
    int code = 0;
    alfa__progress_start(run->inputs.count, "images");
    for (int i = 0; i < run->inputs.count && !alfa__signals_caught(); i++) {
        enum alfa_status status = explain(run, &run->inputs.items[i], &err);
        if (status != ALFA_OK) {
            alfa__outputs_failure(run->outputs, &run->inputs.items[i], &err);
            alfa__talk_error(&err);
        }
        if (alfa__talk_exit_code(status) > code)
            code = alfa__talk_exit_code(status);
        if (alfa__talk_output_failed())
            break;
        alfa__progress_step(i + 1);
    }
    alfa__progress_stop();
    return code;
}

int alfa__cmd_explain(const struct alfa__options *options)
{
    struct run run = {.options = options};
    struct alfa_error err;
    int code = 0;
    enum alfa_status status = open_all(&run, &err);
    if (status == ALFA_OK) {
        code = explain_all(&run);
        status = alfa__outputs_finish(run.outputs, NULL, &err);
        alfa__reading_sum_up(&run.inputs);
    }
    if (status != ALFA_OK && alfa__talk_fail(&err) > code)
        code = alfa__talk_exit_code(status);
    alfa__outputs_free(run.outputs);
    alfa__inputs_free(&run.inputs);
    alfa__descriptors_free(run.descriptors);
    alfa__kit_close(&run.kit);
    return code;
}
