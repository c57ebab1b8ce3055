/* alfa explain: what an image looks most like, among the things that may be wrong with its class (paper 5.4).
 * Cosine of f(x) and g("An abnormal image of NOUN with DESCRIPTOR"), and a softmax of the cosines over the
 * descriptors of the class. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/status.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/language.h"
#include "cli/locate.h"
#include "cli/options.h"
#include "cli/paths.h"
#include "cli/progress.h"
#include "cli/talk.h"
#include "report/json.h"

enum { TOP = 5, BAR = 30, MOST_DESCRIPTORS = 256, LONGEST_DESCRIPTOR = 500, FILE_LIMIT = 1 << 20 };

struct descriptor {
    const char *text;
    double similarity, share;
};

struct run {
    const struct alfa__options *options;
    struct alfa_model *model;
    struct alfa_prompts *noun; /* of which only the class is used */
    char *path, *text;         /* of the descriptor file */
    const char *descriptors[MOST_DESCRIPTORS];
    int count, dim;
    float *rows; /* count x dim */
};

/* ------------------------------------------------------------------ descriptors */

static enum alfa_status add_line(struct run *run, const char *line, int number, struct alfa_error *err)
{
    if (run->count == MOST_DESCRIPTORS)
        return alfa__fail(err, ALFA_ERROR_LIMIT, run->path, "more than %d descriptors; use fewer",
                          (int)MOST_DESCRIPTORS);
    if (strlen(line) > LONGEST_DESCRIPTOR)
        return alfa__fail(err, ALFA_ERROR_LIMIT, run->path, "line %d: has more than %d bytes; shorten it",
                          number, (int)LONGEST_DESCRIPTOR);
    for (const char *p = line; *p; p++)
        if ((unsigned char)*p < 32 || *p == 127)
            return alfa__fail(err, ALFA_ERROR_INPUT, run->path, "line %d: a control character; remove it",
                              number);
    run->descriptors[run->count++] = line;
    return ALFA_OK;
}

/* One a line; empty lines and lines that start with '#' are skipped. */
static enum alfa_status read_descriptors(struct run *run, struct alfa_error *err)
{
    size_t size;
    int number = 0;
    ALFA__TRY(alfa__file_read(&run->text, &size, run->path, FILE_LIMIT, err));
    if (memchr(run->text, 0, size))
        return alfa__fail(err, ALFA_ERROR_INPUT, run->path, "has a zero byte; it has to be text");
    for (char *line = run->text, *next; line; line = next) {
        number++;
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        line += strspn(line, " \t");
        for (size_t end = strlen(line); end > 0 && strchr(" \t\r", line[end - 1]); end--)
            line[end - 1] = 0;
        if (*line && *line != '#')
            ALFA__TRY(add_line(run, line, number, err));
    }
    if (run->count == 0)
        return alfa__fail(err, ALFA_ERROR_INPUT, run->path, "has no descriptor in it");
    return ALFA_OK;
}

static enum alfa_status embed_descriptors(struct run *run, struct alfa_error *err)
{
    char *texts[MOST_DESCRIPTORS];
    int truncated = 0;
    run->dim = alfa_model_info(run->model)->embed_dim;
    run->rows = alfa__must(malloc((size_t)run->count * (size_t)run->dim * sizeof *run->rows));
    for (int i = 0; i < run->count; i++)
        texts[i] = alfa__must(alfa__format("An abnormal image of %s with %s", alfa_prompts_class(run->noun),
                                           run->descriptors[i]));
    alfa__progress_say("reading the descriptors");
    enum alfa_status status = alfa_model_embed_texts(run->model, run->rows, (const char *const *)texts,
                                                     run->count, &truncated, err);
    alfa__progress_hide();
    for (int i = 0; i < run->count; i++)
        free(texts[i]);
    if (status == ALFA_OK && truncated > 0)
        alfa__talk_note(run->path, "%d descriptors are longer than the model reads: their ends were cut",
                        truncated);
    return status;
}

static enum alfa_status check(const struct alfa__options *options, struct alfa_error *err)
{
    if (options->argument_count == 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, "explain",
                          "needs an image; for example: alfa explain photo.jpg --class bottle");
    if (!options->class_name)
        return alfa__fail(
            err, ALFA_ERROR_USAGE, "--class",
            "is needed: what the images show, for example: alfa explain photo.jpg --class bottle");
    if (options->llm && options->descriptors)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--descriptors", "and --llm exclude each other");
    return alfa__language_check(options, err);
}

static enum alfa_status open_all(struct run *run, struct alfa_error *err)
{
    const struct alfa__options *options = run->options;
    ALFA__TRY(check(options, err));
    ALFA__TRY(alfa_prompts_open(&run->noun, options->class_name, NULL, err));
    ALFA__TRY(alfa__open_model(&run->model, options, err));
    if (options->llm)
        ALFA__TRY(alfa__language_descriptors(&run->path, options, run->model, err));
    else
        ALFA__TRY(alfa__locate_descriptors(&run->path, options, err));
    ALFA__TRY(read_descriptors(run, err));
    return embed_descriptors(run, err);
}

/* ------------------------------------------------------------------ one image */

static int compare(const void *a, const void *b)
{
    double x = ((const struct descriptor *)a)->similarity, y = ((const struct descriptor *)b)->similarity;
    return (x < y) - (x > y);
}

/* Fills found (run->count of them), the most similar first. */
static enum alfa_status compare_image(const struct run *run, struct descriptor *found, const float *embedding,
                                      struct alfa_error *err)
{
    double sum = 0;
    for (int i = 0; i < run->count; i++) {
        found[i] = (struct descriptor){.text = run->descriptors[i]};
        for (int k = 0; k < run->dim; k++)
            found[i].similarity += (double)embedding[k] * run->rows[(size_t)i * (size_t)run->dim + (size_t)k];
        if (!isfinite(found[i].similarity))
            return alfa__fail(err, ALFA_ERROR_MODEL, alfa_model_info(run->model)->name,
                              "gives similarities that are not numbers; its weights are damaged");
    }
    qsort(found, (size_t)run->count, sizeof *found, compare);
    for (int i = 0; i < run->count; i++)
        sum += found[i].share = exp((found[i].similarity - found[0].similarity) / run->options->temperature);
    for (int i = 0; i < run->count; i++)
        found[i].share /= sum;
    return ALFA_OK;
}

/* A bar for 0..1. */
static void print_bar(double value)
{
    int full = (int)lround(fmin(fmax(value, 0), 1) * BAR);
    for (int i = 0; i < BAR; i++)
        putchar(i < full ? '=' : '.');
}

static void print_text(const struct run *run, const char *path, const struct descriptor *found)
{
    alfa__talk_put(stdout, path);
    printf("  %s\n", alfa_prompts_class(run->noun));
    for (int i = 0; i < run->count && i < TOP; i++) {
        fputs("  ", stdout);
        print_bar(found[i].similarity);
        printf("  %6.3f  %5.1f %%  ", found[i].similarity, 100 * found[i].share);
        alfa__talk_put(stdout, found[i].text);
        putchar('\n');
    }
}

static void print_json(const struct run *run, const char *path, const struct descriptor *found)
{
    json_t *object = alfa__must(json_object()), *list = alfa__must(json_array());
    alfa__json_add_text(object, "path", path);
    alfa__json_add_text(object, "class", alfa_prompts_class(run->noun));
    alfa__json_add_text(object, "model", alfa_model_info(run->model)->name);
    alfa__json_add(object, "descriptor_count", json_integer(run->count));
    for (int i = 0; i < run->count && i < TOP; i++) {
        json_t *item = alfa__must(json_object());
        alfa__json_add_text(item, "text", found[i].text);
        alfa__json_add(item, "similarity", json_real(found[i].similarity));
        alfa__json_add(item, "share", json_real(found[i].share));
        if (json_array_append_new(list, item) != 0)
            alfa__must(NULL);
    }
    alfa__json_add(object, "descriptors", list);
    alfa__json_print(object);
}

static enum alfa_status explain(const struct run *run, const struct alfa__input *input,
                                struct alfa_error *err)
{
    struct alfa_image *image;
    struct descriptor found[MOST_DESCRIPTORS];
    if (input->error)
        return *err = *input->error, err->code;
    ALFA__TRY(alfa__input_load(&image, input, err));
    float *embedding = alfa__must(malloc((size_t)run->dim * sizeof *embedding));
    enum alfa_status status =
        alfa_model_embed_image(run->model, embedding, image, (enum alfa_resize)run->options->resize, err);
    if (status == ALFA_OK)
        status = compare_image(run, found, embedding, err);
    free(embedding);
    alfa_image_free(image);
    if (status != ALFA_OK)
        return status;
    alfa__progress_hide();
    (run->options->json ? print_json : print_text)(run, input->path, found);
    return ALFA_OK;
}

static void say_failure(const struct run *run, const char *path, const struct alfa_error *err)
{
    struct alfa__string line = {0};
    if (run->options->json) {
        alfa__json_line(&line, &(struct alfa__record){.path = path, .error = err});
        fputs(alfa__must(alfa__string_ok(&line) ? line.text : NULL), stdout);
        alfa__string_free(&line);
    }
    alfa__talk_error(err);
}

/* Images one after the other; a failed one never stops the others. Returns the worst exit code. */
static int explain_all(const struct run *run)
{
    static const char *const nothing[] = {NULL};
    struct alfa__inputs inputs;
    struct alfa_error err;
    int code = 0;
    alfa__inputs_expand(&inputs, run->options->arguments, run->options->argument_count, nothing);
    alfa__progress_start(inputs.count, "images");
    for (int i = 0; i < inputs.count && !alfa__signals_caught(); i++) {
        enum alfa_status status = explain(run, &inputs.items[i], &err);
        if (status != ALFA_OK)
            say_failure(run, inputs.items[i].path, &err);
        if (alfa__talk_exit_code(status) > code)
            code = alfa__talk_exit_code(status);
        if (alfa__talk_output_failed())
            break;
        alfa__progress_step(i + 1);
    }
    alfa__progress_stop();
    alfa__inputs_free(&inputs);
    return code;
}

int alfa__cmd_explain(const struct alfa__options *options)
{
    struct run run = {.options = options};
    struct alfa_error err;
    enum alfa_status status = open_all(&run, &err);
    int code = status == ALFA_OK ? explain_all(&run) : alfa__talk_fail(&err);
    free(run.rows);
    free(run.text);
    free(run.path);
    alfa_prompts_free(run.noun);
    alfa_model_free(run.model);
    return code;
}
