#include "methods/compared.h"
#include "base/clock.h"
#include "base/threads.h"
#include "detect/result.h"
#include "detect/terms.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ opening */

/* The method anew, as the setup says. */
static enum alfa_status open_state(void **out, const struct alfa_detector *d, const struct alfa_bank *bank,
                                   struct alfa_error *err)
{
    struct alfa__method_setup setup = ALFA__METHOD_SETUP_INIT;
    setup.model = d->model;
    setup.noun = alfa_prompts_class(d->prompts);
    setup.prompts = d->prompts;
    setup.detector = d->options;
    setup.bank.layers = bank ? bank->layer_names : NULL;
    enum alfa_status status = d->method->open(out, &setup, err);
    if (status == ALFA_OK && bank)
        status = alfa__compared_learn(*out, d->method, bank, err);
    if (status != ALFA_OK) {
        d->method->free(*out);
        *out = NULL;
    }
    return status;
}

static enum alfa_status open(struct alfa_detector *d, struct alfa_error *err)
{
    if (d->options.align)
        return alfa__fail(err, ALFA_ERROR_USAGE, "align", "has no meaning with the method %s",
                          d->method->name);
    if (d->options.tiles != 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, "tiles", "have no meaning with the method %s",
                          d->method->name);
    struct alfa__compared *c = d->compared = calloc(1, sizeof *c);
    if (!c)
        return alfa__fail_memory(err, sizeof *c);
    ALFA__TRY(open_state(&c->state, d, NULL, err));
    d->method->request(c->state, &c->request);
    return ALFA_OK;
}

static void close(struct alfa_detector *d)
{
    struct alfa__compared *c = d->compared;
    if (!c)
        return;
    d->method->free(c->state);
    free(c->shown);
    alfa__arena_free(&c->arena);
    free(c);
}

static struct alfa__feature_request request(const struct alfa_detector *d)
{
    return d->compared->request;
}

static enum alfa_status use_bank(struct alfa_detector *d, const struct alfa_bank *bank,
                                 struct alfa_error *err)
{
    struct alfa__compared *c = d->compared;
    void *state = NULL;
    if (!bank && !d->bank)
        return ALFA_OK;                          /* it had none */
    ALFA__TRY(open_state(&state, d, bank, err)); /* the old one stays until the new one has learned */
    d->method->free(c->state);
    c->state = state;
    d->method->request(c->state, &c->request);
    c->levels = bank ? alfa__compared_levels(bank) : (struct alfa__levels){.known = false};
    d->bank = bank;
    return ALFA_OK;
}

/* ------------------------------------------------------------------ images that judge each other */

static enum alfa_status pass(struct alfa__features *out, struct alfa_detector *d,
                             const struct alfa_image *image, struct alfa_error *err)
{
    ALFA__TRY(
        alfa__features_run(d->model, out, image, d->options.resize, &d->compared->request, &d->arena, err));
    d->times = out->times;
    return ALFA_OK;
}

static enum alfa_status show(struct alfa_detector *d, const struct alfa_image *image, struct alfa_error *err)
{
    struct alfa__compared *c = d->compared;
    struct alfa__features features;
    struct alfa__verdict none;
    const double start = alfa__clock();
    struct alfa__shown *list = realloc(c->shown, ((size_t)c->count + 1) * sizeof *list);
    if (!list)
        return alfa__fail_memory(err, ((size_t)c->count + 1) * sizeof *list);
    c->shown = list;
    ALFA__TRY(pass(&features, d, image, err));
    ALFA__TRY(d->method->score(c->state, &none, &features, &d->arena, err));
    struct alfa__shown *shown = &list[c->count++];
    alfa__image_digest(shown->sum, image);
    shown->times = d->times;
    shown->seconds = alfa__clock() - start;
    c->verdicts = NULL;
    return ALFA_OK;
}

enum alfa_status alfa_detector_show(struct alfa_detector *d, const struct alfa_image *image,
                                    struct alfa_error *err)
{
    ALFA__NEED(d, "detector", err);
    ALFA__NEED(image, "image", err);
    if (!d->compared || !d->method->finish)
        return alfa__fail(err, ALFA_ERROR_USAGE, d->method->name,
                          "judges each image alone: none is shown to it before");
    if (d->compared->count == ALFA__COMPARED_MAX_BATCH)
        return alfa__fail(err, ALFA_ERROR_LIMIT, d->method->name,
                          "compares at most %d images with each other", ALFA__COMPARED_MAX_BATCH);
    const struct alfa__mark mark = alfa__arena_mark(&d->arena);
    const struct alfa__watch *before = alfa__watch_set(&d->watch);
    const struct alfa__team team = alfa__team_enter(d->model->threads);
    enum alfa_status status = show(d, image, err);
    alfa__team_leave(team);
    alfa__watch_set(before);
    alfa__arena_reset(&d->arena, mark);
    return status;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *numbers, int count)
{
    qsort(numbers, (size_t)count, sizeof *numbers, ascending);
    return (numbers[(count - 1) / 2] + numbers[count / 2]) / 2;
}

/* Medians over the images: of their scores, of the largest values of their maps. */
static enum alfa_status set_levels(struct alfa_detector *d, struct alfa_error *err)
{
    struct alfa__compared *c = d->compared;
    const int side = d->model->info.image_size;
    const size_t pixels = (size_t)side * (size_t)side;
    double *scores = alfa__arena_array(&d->arena, 2 * (size_t)c->count, sizeof *scores);
    float *map = alfa__arena_array(&d->arena, pixels, sizeof *map);
    if (!scores || !map)
        return alfa__fail_memory(err, pixels * sizeof *map);
    double *largest = scores + c->count;
    for (int i = 0; i < c->count; i++) {
        ALFA__TRY(alfa__compared_map(map, side, d->method, &c->verdicts[i], &d->arena, err));
        scores[i] = c->verdicts[i].score;
        largest[i] = alfa__compared_peak(map, pixels);
    }
    c->levels = (struct alfa__levels){true, median(scores, c->count), median(largest, c->count)};
    return ALFA_OK;
}

/* The verdicts of all images shown. */
static enum alfa_status judge_all(struct alfa_detector *d, struct alfa_error *err)
{
    struct alfa__compared *c = d->compared;
    const double start = alfa__clock();
    alfa__arena_reset(&c->arena, (struct alfa__mark){0, 0});
    struct alfa__verdict *verdicts = alfa__arena_array(&c->arena, (size_t)c->count + 1, sizeof *verdicts);
    if (!verdicts)
        return alfa__fail_memory(err, (size_t)c->count * sizeof *verdicts);
    ALFA__TRY(d->method->finish(c->state, verdicts, c->count, &c->arena, err));
    c->verdicts = verdicts;
    enum alfa_status status = set_levels(d, err);
    if (status != ALFA_OK)
        c->verdicts = NULL;
    c->seconds = alfa__clock() - start;
    return status;
}

static enum alfa_status find_verdict(struct alfa__verdict *out, double *seconds, struct alfa_detector *d,
                                     const struct alfa_image *image, struct alfa_error *err)
{
    const struct alfa__compared *c = d->compared;
    char sum[33];
    alfa__image_digest(sum, image);
    for (int i = 0; i < c->count; i++)
        if (strcmp(c->shown[i].sum, sum) == 0) {
            *out = c->verdicts[i];
            d->times = c->shown[i].times;
            *seconds = c->shown[i].seconds + c->seconds / c->count;
            return ALFA_OK;
        }
    return alfa__fail(err, ALFA_ERROR_INPUT, NULL, "is none of the images that were shown to %s before",
                      d->method->name);
}

/* ------------------------------------------------------------------ running */

static void fill_summary(struct alfa_summary *s, const struct alfa_detector *d,
                         const struct alfa__verdict *verdict, const struct alfa_image *image)
{
    const struct alfa__compared *c = d->compared;
    const struct alfa__bank_data *bank = d->bank ? &d->bank->store : NULL;
    const double own = d->method->decides ? 0.5 : (double)NAN;
    const double score = alfa__compared_scale(verdict->score, c->levels.known, c->levels.score);
    const double threshold = d->options.threshold != ALFA_THRESHOLD_AUTO ? d->options.threshold
                             : bank                                      ? bank->image.threshold.value
                                                                         : own;
    *s = (struct alfa_summary){
        .class_name = alfa_prompts_class(d->prompts),
        .model = d->model->info.name,
        .method = d->method->name,
        .score = score,
        .score_global = (double)NAN,
        .score_local = (double)NAN,
        .threshold = threshold,
        .anomalous = score > threshold,
        .references = bank ? d->bank->info.references - d->bank->info.strange : 0,
        .score_memory = bank ? verdict->score : 0,
        .p_value = bank ? alfa__p_value(bank->image.scores, bank->image.threshold.count, score) : 0,
        .pixel_threshold = d->method->no_map                                   ? (double)NAN
                           : d->options.place_threshold != ALFA_THRESHOLD_AUTO ? d->options.place_threshold
                           : bank                                              ? bank->pixel.threshold.value
                                                                               : own,
        .width = image->width,
        .height = image->height,
    };
}

static enum alfa_status draw(struct alfa_result *result, struct alfa_detector *d,
                             const struct alfa__verdict *verdict, struct alfa_error *err)
{
    const struct alfa__compared *c = d->compared;
    const int side = result->map_side, cells = result->grid * result->grid;
    for (int i = 0; i < cells; i++)
        result->grid_values[i] = (float)alfa__compared_scale(verdict->map[i], c->levels.known, c->levels.map);
    ALFA__TRY(alfa__compared_map(result->map, side, d->method, verdict, &d->arena, err));
    for (int i = 0; i < side * side; i++)
        result->map[i] = (float)alfa__compared_scale((double)result->map[i], c->levels.known, c->levels.map);
    return ALFA_OK;
}

static enum alfa_status make_result(struct alfa_result **out, struct alfa_detector *d,
                                    const struct alfa__verdict *verdict, const struct alfa_image *image,
                                    struct alfa_error *err)
{
    const int side = d->model->info.image_size;
    const struct alfa__box box =
        alfa__resize_box(image->width, image->height, side, alfa__model_fit(d->model, d->options.resize));
    ALFA__TRY(alfa__result_new(out, d->prompts, verdict->side ? side : 0, verdict->side, box, err));
    fill_summary(&(*out)->summary, d, verdict, image);
    enum alfa_status status = verdict->side ? draw(*out, d, verdict, err) : ALFA_OK;
    if (status == ALFA_OK)
        status = alfa__result_find_regions(*out, d->options.min_area, err);
    if (status != ALFA_OK) {
        alfa_result_free(*out);
        *out = NULL;
    }
    return status;
}

static enum alfa_status judge_alone(struct alfa__verdict *out, struct alfa_detector *d,
                                    const struct alfa_image *image, struct alfa_error *err)
{
    struct alfa__compared *c = d->compared;
    struct alfa__features features;
    if (!d->method->zero_shot && !d->bank)
        return alfa__fail(err, ALFA_ERROR_USAGE, d->method->name, "needs a bank of normal images");
    ALFA__TRY(pass(&features, d, image, err));
    if (d->bank && !alfa__compared_fits(d->bank, &features))
        return alfa__fail(err, ALFA_ERROR_INPUT, "bank",
                          "does not hold what this model sees: learn it again");
    return d->method->score(c->state, out, &features, &d->arena, err);
}

static enum alfa_status judge_image(struct alfa_result **out, struct alfa_detector *d,
                                    const struct alfa_image *image, struct alfa_error *err)
{
    const bool together = d->method->finish;
    struct alfa__verdict verdict;
    double before = 0;
    if (together && !d->compared->verdicts)
        ALFA__TRY(judge_all(d, err));
    const double start = alfa__clock();
    ALFA__TRY(together ? find_verdict(&verdict, &before, d, image, err)
                       : judge_alone(&verdict, d, image, err));
    if (!isfinite(verdict.score))
        return alfa__fail(err, ALFA_ERROR_MODEL, d->model->info.name,
                          "gives a score that is not a number: its weights are damaged");
    const double equal = verdict.side ? 1.0 / (verdict.side * verdict.side) : 0;
    if (d->method->shares)
        d->compared->levels = (struct alfa__levels){true, equal, equal};
    ALFA__TRY(make_result(out, d, &verdict, image, err));
    struct alfa_result *result = *out;
    result->summary.seconds = before + alfa__clock() - start;
    result->times = d->times;
    result->times.score = result->summary.seconds - d->times.resize - d->times.image - d->times.windows;
    return ALFA_OK;
}

/* One image at a time: methods have one state. */
static enum alfa_status run(struct alfa_result **out, struct alfa_detector *d, const struct alfa_image *image,
                            struct alfa_error *err)
{
    pthread_mutex_lock(&d->scratch->turn);
    const struct alfa__mark mark = alfa__arena_mark(&d->arena);
    d->times = (struct alfa_times){0};
    enum alfa_status status = judge_image(out, d, image, err);
    alfa__arena_reset(&d->arena, mark);
    pthread_mutex_unlock(&d->scratch->turn);
    return status;
}

const struct alfa__pipeline alfa__pipeline_verdict = {.open = open,
                                                      .close = close,
                                                      .request = request,
                                                      .run = run,
                                                      .use_bank = use_bank,
                                                      .begin = alfa__compared_begin,
                                                      .add = alfa__compared_add,
                                                      .finish = alfa__compared_finish};
