/* ALFA (Zhu et al., "Do LLMs Understand Visual Anomalies?", ACM MM 2024) and WinCLIP (Jeong et al., "WinCLIP:
 * Zero-/Few-Shot Anomaly Classification and Segmentation", CVPR 2023), with alfa's own detector and bank:
 * detect/judge.h and detect/recall.h hold the formulas.
 *
 * Only the sharing differs: the features of an image come from the pass that all compared methods share. A
 * bank learns from the images themselves, as `alfa learn` does, because it also judges changed copies of
 * them. */
#include "detect/pass.h"
#include "detect/pipeline.h"
#include "methods/methods.h"
#include "methods/share.h"
#include "score/fusion.h"

#include <stdlib.h>

struct state {
    struct alfa_prompts *prompts;
    struct alfa_detector *detector;
    struct alfa_bank *bank; /* NULL: zero-shot */
    struct alfa_bank_options bank_options;
    enum alfa__image_score image_score;
    unsigned char *inside; /* which windows of the shared pass count; NULL: all */
};

static void close(void *pointer)
{
    struct state *s = pointer;
    if (!s)
        return;
    alfa_detector_free(s->detector);
    alfa_bank_free(s->bank);
    alfa_prompts_free(s->prompts);
    free(s->inside);
    free(s);
}

static enum alfa_status open_prompts(struct state *s, const struct alfa__method_setup *setup, bool winclip,
                                     struct alfa_error *err)
{
    struct alfa_prompts_options options = ALFA_PROMPTS_OPTIONS_INIT;
    options.templates = setup->templates;
    options.domain = setup->domain;
    options.set = setup->prompt_set;
    return winclip ? alfa_prompts_winclip(&s->prompts, setup->noun, err)
                   : alfa_prompts_compose(&s->prompts, setup->noun, &options, err);
}

/* With a stride the shared pass has windows that do not count. */
static enum alfa_status choose_windows(struct state *s, int grid, struct alfa_error *err)
{
    const int stride = (int)s->detector->options.window_stride;
    if (stride == 1)
        return ALFA_OK;
    s->inside = malloc((size_t)grid * (size_t)grid);
    if (!s->inside)
        return alfa__fail_memory(err, (size_t)grid * (size_t)grid);
    alfa__inside_stride(s->inside, NULL, grid, stride);
    return ALFA_OK;
}

static enum alfa_status open(void **out, const struct alfa__method_setup *setup,
                             const struct alfa__method *method, struct alfa_error *err)
{
    struct alfa_detector_options options = setup->detector;
    struct state *s = *out = calloc(1, sizeof *s);
    if (!s)
        return alfa__fail_memory(err, sizeof *s);
    s->bank_options = setup->bank;
    const bool winclip = method == &alfa__method_winclip;
    if (winclip)
        s->bank_options.fusion = ALFA_FUSION_PAPER; /* what WinCLIP+ is in its paper */
    s->image_score = setup->image_score;
    options.method = method->kind;
    ALFA__TRY(open_prompts(s, setup, winclip, err));
    ALFA__TRY(alfa__detector_open(&s->detector, setup->model, s->prompts, &options, method, err));
    return choose_windows(s, setup->model->info.grid, err);
}

static enum alfa_status open_alfa(void **out, const struct alfa__method_setup *setup, struct alfa_error *err)
{
    return open(out, setup, &alfa__method_alfa, err);
}

static enum alfa_status open_winclip(void **out, const struct alfa__method_setup *setup,
                                     struct alfa_error *err)
{
    return open(out, setup, &alfa__method_winclip, err);
}

static void request(const void *pointer, struct alfa__feature_request *out)
{
    const struct state *s = pointer;
    *out = alfa__detector_request(&s->detector->options, s->detector->layers, s->detector->layer_count);
    out->inside = s->inside; /* for a pass of its own; a shared one has all windows */
}

static enum alfa_status learn(void *pointer, const struct alfa__reference_image *references, int count,
                              struct alfa_error *err)
{
    struct state *s = pointer;
    ALFA__TRY(alfa_bank_new(&s->bank, s->detector, &s->bank_options, err));
    for (int i = 0; i < count; i++)
        if (!alfa_bank_find(s->bank, references[i].image)) /* public data sets have the same picture twice */
            ALFA__TRY(alfa_bank_add(s->bank, s->detector, references[i].image, references[i].name, err));
    ALFA__TRY(alfa_bank_finish(s->bank, err));
    return alfa_detector_use_bank(s->detector, s->bank, err);
}

static enum alfa_status join_memory(struct state *s, struct alfa__judgement *judgement,
                                    const struct alfa__features *features, struct alfa__arena *arena,
                                    struct alfa_error *err)
{
    struct alfa__query queries[ALFA__BANK_MAX_PARTS];
    double *few;
    ALFA__TRY(alfa__recall_queries(queries, &s->bank->store, features, ALFA__SPOT_ALL, arena, err));
    const struct alfa__recollected by = {s->bank->store.parts, s->bank->store.part_count, s->inside,
                                         features->grid, ALFA__NO_IMAGE};
    ALFA__TRY(alfa__recall(&few, &by, queries, arena, err));
    return alfa__judge_with_memory(judgement, few, (struct alfa__ground){features->grid, s->inside},
                                   &s->bank->fusion, arena, err);
}

static enum alfa_status score(void *pointer, struct alfa__verdict *out, const struct alfa__features *features,
                              struct alfa__arena *arena, struct alfa_error *err)
{
    struct state *s = pointer;
    struct alfa__judgement judgement;
    struct alfa__features counted = *features;
    counted.inside = s->inside;
    ALFA__TRY(alfa__pass_judge(&judgement, s->detector, &counted, s->bank != NULL, arena, err));
    if (s->bank)
        ALFA__TRY(join_memory(s, &judgement, features, arena, err));
    const int *given = s->detector->embeddings.counts;
    *out = (struct alfa__verdict){.score = s->image_score == ALFA__SCORE_GLOBAL  ? judgement.global
                                           : s->image_score == ALFA__SCORE_LOCAL ? judgement.local
                                                                                 : judgement.score,
                                  .side = features->grid,
                                  .map = judgement.map,
                                  .kept =
                                      (double)(judgement.kept[0] + judgement.kept[1]) / (given[0] + given[1]),
                                  .fallback = judgement.fallback,
                                  .calibration = s->bank ? &s->bank->store.image : NULL};
    return ALFA_OK;
}

const struct alfa__method alfa__method_alfa = {.kind = ALFA_METHOD_ALFA,
                                               .pipeline = &alfa__pipeline_windows,
                                               .name = "alfa",
                                               .title = "ALFA",
                                               .paper = "Zhu et al. 2024",
                                               .zero_shot = true,
                                               .decides = true,
                                               .few_shot = true,
                                               .from_images = true,
                                               .open = open_alfa,
                                               .request = request,
                                               .learn = learn,
                                               .score = score,
                                               .free = close};

const struct alfa__method alfa__method_winclip = {.kind = ALFA_METHOD_WINCLIP,
                                                  .pipeline = &alfa__pipeline_windows,
                                                  .name = "winclip",
                                                  .title = "WinCLIP",
                                                  .paper = "Jeong et al. 2023",
                                                  .zero_shot = true,
                                                  .decides = true,
                                                  .few_shot = true,
                                                  .from_images = true,
                                                  .open = open_winclip,
                                                  .request = request,
                                                  .learn = learn,
                                                  .score = score,
                                                  .free = close};
