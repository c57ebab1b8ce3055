/* One class only: how far an image is from what normal sentences say. The first row of Table 2 of the paper
 * ("a one-class design using only normal prompts as a baseline"), which gives no formula; read here as
 *
 *     S = (1 - <f(x), f+>) / 2,    f+ the prototype of ALFA's normal sentences.
 *
 * No map: the paper has none either. */
#include "base/strings.h"
#include "methods/methods.h"
#include "methods/share.h"
#include "score/vectors.h"

#include <stdlib.h>

struct state {
    double *prototype; /* dim */
};

static void close(void *pointer)
{
    struct state *s = pointer;
    if (s)
        free(s->prototype);
    free(s);
}

static enum alfa_status embed(struct state *s, const struct alfa__method_setup *setup,
                              const struct alfa_prompts *prompts, struct alfa_error *err)
{
    const int count = alfa_prompts_count(prompts, ALFA_NORMAL);
    const char **texts = malloc((size_t)count * sizeof *texts);
    s->prototype = malloc((size_t)setup->model->info.embed_dim * sizeof *s->prototype);
    for (int i = 0; i < count && texts; i++)
        texts[i] = alfa_prompts_get(prompts, ALFA_NORMAL, i);
    enum alfa_status status = texts && s->prototype
                                  ? alfa__text_prototype(s->prototype, setup->model, texts, count, err)
                                  : alfa__fail_memory(err, (size_t)count * sizeof *texts);
    free(texts);
    return status;
}

static enum alfa_status open(void **out, const struct alfa__method_setup *setup, struct alfa_error *err)
{
    struct alfa_prompts_options options = ALFA_PROMPTS_OPTIONS_INIT;
    struct alfa_prompts *prompts;
    struct state *s = *out = calloc(1, sizeof *s);
    if (!s)
        return alfa__fail_memory(err, sizeof *s);
    if (setup->prompts)
        return embed(s, setup, setup->prompts, err);
    options.templates = setup->templates;
    options.set = setup->prompt_set;
    options.domain = setup->domain;
    ALFA__TRY(alfa_prompts_compose(&prompts, setup->noun, &options, err));
    enum alfa_status status = embed(s, setup, prompts, err);
    alfa_prompts_free(prompts);
    return status;
}

static void request(const void *pointer, struct alfa__feature_request *out)
{
    (void)pointer;
    *out = (struct alfa__feature_request){.values = false}; /* f(x) is always there */
}

static enum alfa_status score(void *pointer, struct alfa__verdict *out, const struct alfa__features *features,
                              struct alfa__arena *arena, struct alfa_error *err)
{
    const struct state *s = pointer;
    (void)arena;
    (void)err;
    *out = (struct alfa__verdict){
        .score = 0.5 * (1 - alfa__cosine_fd(features->image, s->prototype, features->dim))};
    return ALFA_OK;
}

const struct alfa__method alfa__method_one_class = {.kind = ALFA_METHOD_ONE_CLASS,
                                                    .pipeline = &alfa__pipeline_verdict,
                                                    .name = "one-class",
                                                    .title = "one class",
                                                    .paper = "Zhu et al. 2024, Table 2",
                                                    .zero_shot = true,
                                                    .no_map = true,
                                                    .open = open,
                                                    .request = request,
                                                    .score = score,
                                                    .free = close};
