/* alfa embed image, alfa embed text: one JSON object a line. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/locate.h"
#include "cli/options.h"
#include "cli/paths.h"
#include "cli/progress.h"
#include "cli/reading.h"
#include "cli/talk.h"
#include "report/json.h"

/* {"path": "a.jpg", "embedding": [0.01, ...]} */
static void print_embedding(const char *key, const char *value, const float *embedding, int count)
{
    json_t *object = alfa__must(json_object()), *numbers = alfa__must(json_array());
    for (int i = 0; i < count; i++)
        alfa__json_append(numbers, json_real(embedding[i]));
    alfa__json_add_text(object, key, value);
    alfa__json_add(object, "embedding", numbers);
    alfa__json_print(object);
}

static void print_failure(const char *path, const struct alfa_error *err)
{
    struct alfa__string line = {0};
    alfa__json_line(&line, &(struct alfa__record){.path = path, .error = err});
    fputs(alfa__must(alfa__string_ok(&line) ? line.text : NULL), stdout);
    alfa__string_free(&line);
    alfa__talk_error(err);
}

/* Damaged weights can be found no earlier than here. */
static enum alfa_status check_embedding(const struct alfa_model *model, const float *embedding,
                                        struct alfa_error *err)
{
    const struct alfa_model_info *info = alfa_model_info(model);
    for (int i = 0; i < info->embed_dim; i++)
        if (!isfinite(embedding[i]))
            return alfa__fail(err, ALFA_ERROR_MODEL, info->name,
                              "gives embeddings that are not numbers; its weights "
                              "are damaged");
    return ALFA_OK;
}

static enum alfa_status embed_image(const struct alfa_model *model, const struct alfa__options *options,
                                    const struct alfa__input *input, float *embedding, struct alfa_error *err)
{
    struct alfa_image *image;
    if (input->error)
        return *err = *input->error, err->code;
    ALFA__TRY(alfa__input_load(&image, input, err));
    enum alfa_status status =
        alfa_model_embed_image(embedding, model, image, (enum alfa_resize)options->resize, err);
    alfa_image_free(image);
    return status == ALFA_OK ? check_embedding(model, embedding, err) : status;
}

static int embed_images(const struct alfa_model *model, const struct alfa__options *options)
{
    static const char *const nothing[] = {NULL};
    struct alfa__inputs inputs;
    struct alfa_error err;
    int code = 0, size = alfa_model_info(model)->embed_dim;
    if (alfa__reading_plan(options, &err) != ALFA_OK)
        return alfa__talk_fail(&err);
    float *embedding = alfa__must(malloc((size_t)size * sizeof *embedding));
    alfa__inputs_expand(&inputs, options->arguments, options->argument_count, nothing);
    alfa__progress_start(inputs.count, "images");
    for (int i = 0; i < inputs.count && !alfa__signals_caught(); i++) {
        enum alfa_status status = embed_image(model, options, &inputs.items[i], embedding, &err);
        alfa__progress_hide();
        if (status == ALFA_OK)
            print_embedding("path", inputs.items[i].path, embedding, size);
        else
            print_failure(inputs.items[i].path, &err);
        if (alfa__talk_exit_code(status) > code)
            code = alfa__talk_exit_code(status);
        if (alfa__talk_output_failed())
            break;
        alfa__progress_step(i + 1);
    }
    alfa__progress_stop();
    alfa__reading_sum_up(&inputs);
    alfa__inputs_free(&inputs);
    free(embedding);
    return code;
}

/* "the beginning of the text..." */
static void note_cut(const char *text, int tokens)
{
    int size = (int)strnlen(text, 40);
    while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80) /* not inside a character */
        size--;
    alfa__talk_note(NULL, "\"%.*s...\" is longer than %d tokens: its end was cut", size, text, tokens);
}

static enum alfa_status embed_text(const struct alfa_model *model, const char *text, float *embedding,
                                   struct alfa_error *err)
{
    const struct alfa_model_info *info = alfa_model_info(model);
    int cut = 0;
    ALFA__TRY(alfa_model_embed_texts(embedding, &cut, model, &text, 1, err));
    ALFA__TRY(check_embedding(model, embedding, err));
    if (cut)
        note_cut(text, info->context_length);
    print_embedding("text", text, embedding, info->embed_dim);
    return ALFA_OK;
}

static int embed_texts(const struct alfa_model *model, const struct alfa__options *options)
{
    struct alfa_error err;
    int code = 0;
    float *embedding = alfa__must(malloc((size_t)alfa_model_info(model)->embed_dim * sizeof *embedding));
    for (int i = 0; i < options->argument_count && code == 0 && !alfa__signals_caught(); i++) {
        if (embed_text(model, options->arguments[i], embedding, &err) != ALFA_OK)
            code = alfa__talk_fail(&err);
        if (alfa__talk_output_failed())
            break;
    }
    free(embedding);
    return code;
}

int alfa__cmd_embed(const struct alfa__options *options)
{
    struct alfa_model *model;
    struct alfa_error err;
    bool images = strcmp(options->subject, "image") == 0;
    if (options->argument_count == 0) {
        alfa__fail(&err, ALFA_ERROR_USAGE, "embed",
                   images ? "needs an image; for example: alfa embed image photo.jpg"
                          : "needs a text; for example: alfa embed text 'a photo'");
        return alfa__talk_fail(&err);
    }
    if (alfa__open_model(&model, options, &err) != ALFA_OK)
        return alfa__talk_fail(&err);
    int code = images ? embed_images(model, options) : embed_texts(model, options);
    alfa_model_free(model);
    return code;
}
