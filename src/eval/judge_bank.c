#include "eval/judge_bank.h"
#include "bank/tradeoff.h"
#include "base/json.h"
#include "dataset/mask.h"
#include "eval/cache.h"
#include "eval/facts.h"
#include "report/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ class */

enum alfa_status alfa__bank_class(const struct alfa__class **out, const struct alfa__dataset *dataset,
                                  const char *noun, struct alfa_error *err)
{
    struct alfa__string names = {0};
    *out = dataset->count == 1 ? &dataset->classes[0] : NULL;
    for (size_t i = 0; i < dataset->count && !*out; i++) {
        const struct alfa__class *class = &dataset->classes[i];
        if (alfa__same_noun(class->noun, noun) || alfa__same_noun(class->name, noun))
            *out = class;
        alfa__string_append(&names, i ? ", " : "");
        alfa__string_append(&names, class->noun);
    }
    enum alfa_status status = ALFA_OK;
    if (!*out)
        status = alfa__fail(err, ALFA_ERROR_INPUT, "--bank",
                            "is a bank for \"%s\", and the classes there are %.300s: name the folder of one",
                            noun, alfa__string_ok(&names) ? names.text : "others");
    alfa__string_free(&names);
    return status;
}

/* ------------------------------------------------------------------ one image */

/* What is on its way while the images are judged. */
struct course {
    const struct alfa__bank_trial *trial;
    struct alfa__bank_verdict *out;
    struct alfa__pixels *pixels;
    float *map; /* side x side */
    double *scores;
    bool *labels;
    size_t count, large; /* images; masks that mark more than half */
    struct alfa__facts facts;
    size_t learned; /* images that the bank was made of */
};

/* The pixels of a normal image, or of one whose defect somebody has drawn. */
static enum alfa_status add_pixels(struct course *c, const struct alfa__item *item,
                                   const struct alfa_image *image, const struct alfa_result *result,
                                   struct alfa_error *err)
{
    const int side = c->trial->side;
    struct alfa__mask mask = {0};
    if (!alfa_result_map(result, NULL, NULL) || (item->anomalous && !item->mask))
        return ALFA_OK;
    if (item->anomalous)
        ALFA__TRY(alfa__mask_open(
            &mask, item->mask,
            &(struct alfa__mask_view){alfa_image_width(image), alfa_image_height(image), false, side, side},
            &c->out->notices, err));
    if (item->anomalous && !mask.pixels)
        return ALFA_OK;
    c->large += item->anomalous && alfa__mask_is_large(&mask);
    enum alfa_status status = alfa_result_map_full(c->map, result, side, side, err);
    if (status == ALFA_OK)
        status = alfa__pixels_add(c->pixels, c->map, mask.pixels, side, side, err);
    c->out->masked += status == ALFA_OK && item->anomalous;
    alfa__mask_free(&mask);
    return status;
}

static enum alfa_status judge(struct course *c, const struct alfa__item *item, struct alfa_error *err)
{
    struct alfa_image_options how = ALFA_IMAGE_OPTIONS_INIT;
    struct alfa_image *image;
    struct alfa_result *result = NULL;
    how.bits = alfa_bank_info(c->trial->bank)->bits;
    ALFA__TRY(alfa_image_load_as(&image, item->image, &how, err));
    alfa__facts_add(&c->facts, image, item->image);
    c->learned += alfa_bank_find(c->trial->bank, image) != NULL;
    enum alfa_status status = alfa_detector_run(&result, c->trial->detector, image, err);
    if (status == ALFA_OK)
        status = add_pixels(c, item, image, result, err);
    if (status == ALFA_OK) {
        c->scores[c->count] = alfa_result_summary(result)->score;
        c->labels[c->count++] = item->anomalous;
    }
    alfa_result_free(result);
    alfa_image_free(image);
    return status;
}

/* ------------------------------------------------------------------ all of them */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static enum alfa_status measure(struct course *c, struct alfa_error *err)
{
    struct alfa__bank_verdict *out = c->out;
    if (c->count == 0)
        return alfa__fail(err, ALFA_ERROR_INPUT, NULL, "no image could be judged");
    ALFA__TRY(alfa__metrics_rank(&out->images, c->scores, c->labels, c->count, err));
    if (out->masked)
        alfa__pixels_measure(&out->pixels, c->pixels);
    for (size_t i = 0; i < c->count; i++)
        if (c->labels[i])
            out->bad[out->bad_count++] = c->scores[i];
        else
            out->good[out->good_count++] = c->scores[i];
    qsort(out->good, (size_t)out->good_count, sizeof *out->good, ascending);
    qsort(out->bad, (size_t)out->bad_count, sizeof *out->bad, ascending);
    return ALFA_OK;
}

static enum alfa_status judge_all(struct course *c, const struct alfa__class *class, struct alfa_error *err)
{
    const struct alfa__bank_trial *t = c->trial;
    struct alfa_error problem;
    for (size_t i = 0; i < class->count && !c->out->stopped; i++) {
        enum alfa_status status = judge(c, &class->items[i], &problem);
        if (status == ALFA_ERROR_MEMORY)
            return *err = problem, status;
        if (status != ALFA_OK)
            alfa__notices_add(&c->out->failed, *problem.source ? problem.source : class->items[i].image, "%s",
                              problem.message);
        t->progress(t->context, (int)i + 1, (int)class->count);
        c->out->stopped = t->stop(t->context);
    }
    alfa__notices_fold(&c->out->notices, 0, 1);
    alfa__facts_note(&c->facts, &c->out->notices, false);
    if (c->learned)
        alfa__notices_add(&c->out->notices, class->name,
                          "has %zu of %zu images that the bank has learned: they flatter it", c->learned,
                          c->count);
    alfa__masks_doubt(&c->out->notices, class->name, c->large, (size_t)c->out->masked);
    return measure(c, err);
}

enum alfa_status alfa__bank_judge(struct alfa__bank_verdict *out, const struct alfa__bank_trial *trial,
                                  const struct alfa__class *class, struct alfa_error *err)
{
    const size_t cells = (size_t)trial->side * (size_t)trial->side, count = class->count + 1;
    struct course c = {.trial = trial,
                       .out = out,
                       .map = malloc(cells * sizeof *c.map),
                       .scores = malloc(count * sizeof *c.scores),
                       .labels = malloc(count * sizeof *c.labels)};
    *out = (struct alfa__bank_verdict){.good = malloc(count * sizeof *out->good),
                                       .bad = malloc(count * sizeof *out->bad)};
    enum alfa_status status = alfa__pixels_new(&c.pixels, err);
    if (status == ALFA_OK)
        status = c.map && c.scores && c.labels && out->good && out->bad
                     ? judge_all(&c, class, err)
                     : alfa__fail_memory(err, cells * sizeof *c.map);
    alfa__pixels_free(c.pixels);
    free(c.map);
    free(c.scores);
    free(c.labels);
    return status;
}

void alfa__bank_verdict_free(struct alfa__bank_verdict *verdict)
{
    free(verdict->good);
    free(verdict->bad);
    alfa__notices_free(&verdict->failed);
    alfa__notices_free(&verdict->notices);
    *verdict = (struct alfa__bank_verdict){.good = NULL};
}

/* ------------------------------------------------------------------ tables */

static void append_percent(struct alfa__string *out, struct alfa__metric metric)
{
    if (metric.defined)
        alfa__string_appendf(out, " %.1f |", 100 * metric.value);
    else
        alfa__string_append(out, " - |");
}

/* 37 of 49, 75.5 % (61.9-85.4) */
static void append_share(struct alfa__string *out, int count, int of)
{
    double low, high;
    alfa__wilson(&low, &high, count, of);
    if (of)
        alfa__string_appendf(out, " %d of %d, %.1f %% (%.1f-%.1f) |", count, of, 100.0 * count / of,
                             100 * low, 100 * high);
    else
        alfa__string_append(out, " - |");
}

static void append_threshold(struct alfa__string *out, const struct alfa__known *known, const char *name,
                             double threshold)
{
    alfa__string_appendf(out, "| %s | %.6f |", name, threshold);
    append_share(out, alfa__count_above(known->bad, known->bad_count, threshold), known->bad_count);
    append_share(out, alfa__count_above(known->good, known->good_count, threshold), known->good_count);
    alfa__string_appendf(out, " %.1f |\n", 100 * alfa__f1(known, threshold));
}

void alfa__bank_markdown(struct alfa__string *out, const struct alfa__bank_verdict *verdict,
                         const char *class_name, double threshold)
{
    const struct alfa__known known = {verdict->good, verdict->bad, verdict->good_count, verdict->bad_count};
    double best;
    alfa__string_append(out, "| class | bad | good | AUROC | AP | F1-max | pAUROC | PRO | pF1-max |\n"
                             "|---|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    alfa__string_appendf(out, "| %s | %d | %d |", class_name, verdict->bad_count, verdict->good_count);
    append_percent(out, verdict->images.auroc);
    append_percent(out, verdict->images.average_precision);
    append_percent(out, verdict->images.f1_max);
    append_percent(out, verdict->masked ? verdict->pixels.ranking.auroc : alfa__metric_undefined());
    append_percent(out, verdict->masked ? verdict->pixels.pro : alfa__metric_undefined());
    append_percent(out, verdict->masked ? verdict->pixels.ranking.f1_max : alfa__metric_undefined());
    alfa__string_append(out,
                        "\n\n| threshold | above it | found (95 % interval) | false alarms (95 % interval) | "
                        "F1 |\n|---|--:|--:|--:|--:|\n");
    if (!isnan(threshold))
        append_threshold(out, &known, "the bank's", threshold);
    if (alfa__threshold_f1(&best, &known, NULL) == ALFA_OK)
        append_threshold(out, &known, "reaches F1-max", best);
}

/* ------------------------------------------------------------------ JSON */

static json_t *share_json(int count, int of)
{
    double low, high;
    alfa__wilson(&low, &high, count, of);
    return json_pack("{s:i, s:i, s:o, s:o}", "count", count, "of", of, "low",
                     alfa__json_number(of ? low : NAN), "high", alfa__json_number(of ? high : NAN));
}

static json_t *threshold_json(const struct alfa__known *known, const char *name, double threshold)
{
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o}", "name", name, "threshold", alfa__json_number(threshold), "found",
        share_json(alfa__count_above(known->bad, known->bad_count, threshold), known->bad_count),
        "false_alarms",
        share_json(alfa__count_above(known->good, known->good_count, threshold), known->good_count), "f1",
        alfa__json_number(alfa__f1(known, threshold)));
}

static json_t *thresholds_json(const struct alfa__bank_verdict *verdict, double threshold)
{
    const struct alfa__known known = {verdict->good, verdict->bad, verdict->good_count, verdict->bad_count};
    json_t *list = json_array();
    double best;
    if (!isnan(threshold))
        alfa__json_push(&list, threshold_json(&known, "bank", threshold));
    if (alfa__threshold_f1(&best, &known, NULL) == ALFA_OK)
        alfa__json_push(&list, threshold_json(&known, "f1_max", best));
    return list;
}

static void add_metrics(json_t **object, const struct alfa__bank_verdict *verdict)
{
    struct alfa__metric values[ALFA__EVAL_METRICS] = {{0}}; /* none is defined */
    alfa__eval_put_images(values, &verdict->images);
    if (verdict->masked)
        alfa__eval_put_pixels(values, &verdict->pixels);
    for (enum alfa__eval_metric m = 0; m < ALFA__EVAL_METRICS; m++)
        alfa__json_set(object, alfa__eval_metric_name(m),
                       alfa__json_number(values[m].defined ? values[m].value : NAN));
}

char *alfa__bank_json(const struct alfa__bank_verdict *verdict, const char *class_name, const char *path,
                      double threshold)
{
    json_t *object = json_object();
    alfa__json_set(&object, "class", alfa__json_text(class_name));
    alfa__json_set(&object, "bank", alfa__json_text(path));
    add_metrics(&object, verdict);
    alfa__json_set(&object, "normal", json_integer(verdict->good_count));
    alfa__json_set(&object, "anomalous", json_integer(verdict->bad_count));
    alfa__json_set(&object, "masked", json_integer(verdict->masked));
    alfa__json_set(&object, "failed", json_integer((json_int_t)verdict->failed.count));
    alfa__json_set(&object, "thresholds", thresholds_json(verdict, threshold));
    char *text = object ? json_dumps(object, JSON_REAL_PRECISION(9)) : NULL, *line = NULL;
    if (text)
        line = alfa__format("%s\n", text);
    free(text);
    json_decref(object);
    return line;
}
