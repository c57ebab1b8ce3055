#include "base/strings.h"
#include "eval/run_walk.h"
#include "image/smooth.h"
#include "image/upsample.h"

#include <stdlib.h>
#include <string.h>

/* What thresholds from the normal images alone decide. Copies of one image make none. */
static enum alfa_status decide(struct alfa__eval_result *out, const struct alfa__walk *w,
                               const struct alfa__unit *unit, struct alfa_error *err)
{
    const struct alfa__calibration *from = unit->calibration;
    out->decides = from && from->threshold.rule != ALFA__RULE_ALONE && from->threshold.count > 0;
    for (int k = 0; k < ALFA__EVAL_RATES && out->decides; k++) {
        struct alfa__threshold threshold;
        ALFA__TRY(alfa__threshold_find(&threshold, from->scores, from->threshold.count, false,
                                       alfa__eval_rates[k], err));
        for (size_t i = 0; i < w->class->count; i++) {
            const bool above = w->judged[i] && unit->scores[i] > threshold.value;
            *(w->class->items[i].anomalous ? &out->decisions[k].found : &out->decisions[k].alarms) += above;
        }
    }
    return ALFA_OK;
}

static enum alfa_status measure_images(struct alfa__eval_result *out, const struct alfa__walk *w,
                                       const struct alfa__unit *unit, struct alfa_error *err)
{
    struct alfa__ranking ranking;
    double *scores = malloc(w->class->count * sizeof *scores);
    bool *labels = malloc(w->class->count * sizeof *labels);
    size_t count = 0;
    for (size_t i = 0; i < w->class->count && scores && labels; i++)
        if (w->judged[i]) {
            scores[count] = unit->scores[i];
            labels[count++] = w->class->items[i].anomalous;
        }
    enum alfa_status status = scores && labels ? alfa__metrics_rank(&ranking, scores, labels, count, err)
                                               : alfa__fail_memory(err, w->class->count * sizeof *scores);
    free(scores);
    free(labels);
    if (status != ALFA_OK)
        return status;
    alfa__eval_put_images(out->values, &ranking);
    return ALFA_OK;
}

enum alfa_status alfa__unit_map(float *map, struct alfa__walk *w, const struct alfa__unit *unit, size_t i,
                                struct alfa_error *err)
{
    const int side = w->run->options->model->info.image_size;
    const double sigma = unit->entrant->method->sigma;
    const float *grid = unit->maps + i * (size_t)unit->side * (size_t)unit->side;
    alfa__upsample_bilinear(map, side, side, (struct alfa__grid){grid, unit->side, unit->side});
    return sigma > 0 ? alfa__smooth(map, side, side, sigma, &w->arena, err) : ALFA_OK;
}

/* The same at the size at which its pixels are compared, in the arena. */
static enum alfa_status full_map(float **out, struct alfa__walk *w, const struct alfa__unit *unit, size_t i,
                                 struct alfa_error *err)
{
    const int side = w->run->options->model->info.image_size, width = w->sizes[i][0], height = w->sizes[i][1];
    float *map = alfa__arena_array(&w->arena, (size_t)side * (size_t)side, sizeof *map);
    *out = width == side && height == side
               ? map
               : alfa__arena_array(&w->arena, (size_t)width * (size_t)height, sizeof **out);
    if (!map || !*out)
        return alfa__fail_memory(err, (size_t)width * (size_t)height * sizeof *map);
    ALFA__TRY(alfa__unit_map(map, w, unit, i, err));
    if (*out != map)
        alfa__upsample_bilinear(*out, width, height, (struct alfa__grid){map, side, side});
    return ALFA_OK;
}

/* Whether the pixels of an item count: not those of a defect that nobody has drawn. */
static bool has_truth(const struct alfa__walk *w, size_t i)
{
    return w->judged[i] && (!w->class->items[i].anomalous || w->masks[i].pixels);
}

static enum alfa_status add_pixels(struct alfa__pixels *pixels, struct alfa__walk *w,
                                   const struct alfa__unit *unit, size_t i, struct alfa_error *err)
{
    const struct alfa__mark mark = alfa__arena_mark(&w->arena);
    float *map;
    ALFA__TRY(full_map(&map, w, unit, i, err));
    ALFA__TRY(alfa__pixels_add(pixels, map, w->masks[i].pixels, w->sizes[i][0], w->sizes[i][1], err));
    alfa__arena_reset(&w->arena, mark);
    return ALFA_OK;
}

static enum alfa_status measure_pixels(struct alfa__eval_result *out, struct alfa__walk *w,
                                       const struct alfa__unit *unit, struct alfa_error *err)
{
    struct alfa__pixel_metrics metrics;
    struct alfa__pixels *pixels;
    if (!unit->maps || out->masked == 0)
        return ALFA_OK;
    enum alfa_status status = alfa__pixels_new(&pixels, err);
    for (size_t i = 0; i < w->class->count && status == ALFA_OK; i++)
        if (has_truth(w, i))
            status = add_pixels(pixels, w, unit, i, err);
    if (status == ALFA_OK) {
        alfa__pixels_measure(&metrics, pixels);
        alfa__eval_put_pixels(out->values, &metrics);
    }
    alfa__pixels_free(pixels);
    return status;
}

/* A result with everything but its metrics. */
static enum alfa_status begin_result(struct alfa__eval_result *out, const struct alfa__walk *w,
                                     const struct alfa__unit *unit, struct alfa_error *err)
{
    const int judged = (int)w->class->count - w->failed;
    *out = (struct alfa__eval_result){.class_name = alfa__strdup(w->class->name),
                                      .method = alfa__strdup(unit->entrant->label),
                                      .shots = unit->shots,
                                      .seed = unit->seed,
                                      .current = true,
                                      .failed = w->failed,
                                      .kept = judged ? unit->kept / judged : 0,
                                      .fallback = judged ? (double)unit->fallbacks / judged : 0,
                                      .seconds = judged ? unit->seconds / judged : 0};
    memcpy(out->key, unit->key, sizeof out->key);
    for (int m = 0; m < ALFA__EVAL_METRICS; m++)
        out->values[m] = alfa__metric_undefined();
    for (size_t i = 0; i < w->class->count; i++) {
        out->normal += w->judged[i] && !w->class->items[i].anomalous;
        out->anomalous += w->judged[i] && w->class->items[i].anomalous;
        out->masked += w->masks[i].pixels != NULL;
    }
    for (int k = 0; k < unit->learns; k++)
        alfa__names_add(&out->references, alfa__path_name(w->class->normals.items[unit->order[k]]));
    return out->class_name && out->method && !out->references.failed
               ? ALFA_OK
               : alfa__fail_memory(err, strlen(w->class->name));
}

enum alfa_status alfa__unit_conclude(struct alfa__walk *w, struct alfa__unit *unit, struct alfa_error *err)
{
    struct alfa__eval_result result;
    enum alfa_status status = begin_result(&result, w, unit, err);
    if (status == ALFA_OK)
        status = measure_images(&result, w, unit, err);
    if (status == ALFA_OK)
        status = decide(&result, w, unit, err);
    if (status == ALFA_OK)
        status = measure_pixels(&result, w, unit, err);
    if (status == ALFA_OK)
        status = alfa__unit_time(&result.timing, w, unit, err);
    if (status == ALFA_OK && w->run->cache && w->failed == 0)
        status = alfa__eval_cache_append(w->run->cache, &result, err);
    if (status != ALFA_OK) {
        free(result.class_name);
        free(result.method);
        alfa__names_free(&result.references);
        return status;
    }
    w->run->outcome->made++;
    return alfa__eval_results_add(w->run->results, &result, err);
}
