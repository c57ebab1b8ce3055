#include "serve/judge_inside.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/threads.h"
#include "report/record.h"

enum { LARGEST_MAP = 4096 };

/* ------------------------------------------------------------------ opening */

enum alfa_status alfa__judge_open(struct alfa__judge **out, const struct alfa_model *model,
                                  const char *prompts, int threads, struct alfa_error *err)
{
    struct alfa__judge *judge = *out = calloc(1, sizeof *judge);
    if (!judge)
        return alfa__fail_memory(err, sizeof *judge);
    judge->model = model;
    judge->room = ALFA__JUDGE_DETECTORS;
    judge->prompts = prompts ? alfa__strdup(prompts) : NULL;
    pthread_mutex_init(&judge->lock, NULL);
    omp_pause_resource_all(omp_pause_soft); /* the team that opened the model is not needed again */
    enum alfa_status status = alfa__desk_open(&judge->desk, alfa__threads_of(threads), err);
    if (status != ALFA_OK) {
        alfa__judge_close(judge);
        *out = NULL;
    }
    return status;
}

void alfa__judge_close(struct alfa__judge *judge)
{
    if (!judge)
        return;
    alfa__desk_close(judge->desk);
    for (int i = 0; i < judge->room; i++)
        alfa__seat_clear(&judge->seats[i]);
    pthread_mutex_destroy(&judge->lock);
    free(judge->prompts);
    free(judge);
}

const struct alfa_model_info *alfa__judge_model(const struct alfa__judge *judge)
{
    return alfa_model_info(judge->model);
}

int alfa__judge_detectors(struct alfa__judge *judge)
{
    int count = 0;
    pthread_mutex_lock(&judge->lock);
    for (int i = 0; i < judge->room; i++)
        count += judge->seats[i].key != NULL;
    pthread_mutex_unlock(&judge->lock);
    return count;
}

bool alfa__judge_method(enum alfa_method *out, const char *name)
{
    return alfa_method_find(out, name, NULL) == ALFA_OK && !alfa_method_info(*out)->together;
}

enum alfa_status alfa__judge_check(struct alfa__judge *judge, const char *class_name, const char *prompts,
                                   struct alfa_error *err)
{
    const struct alfa__question question = {
        .class_name = class_name, .method = ALFA_METHOD_ALFA, .prompts = prompts};
    struct alfa_prompts *made;
    ALFA__TRY(alfa__judge_prompts(judge, &made, NULL, &question, err));
    alfa_prompts_free(made);
    return ALFA_OK;
}

/* ------------------------------------------------------------------ judging */

static json_t *likeness_list(const struct alfa__likeness *likeness)
{
    json_t *list = json_array();
    for (int i = 0; i < likeness->count; i++)
        alfa__json_push(&list, json_pack("{s:o, s:o, s:o}", "text", alfa__json_text(likeness->found[i].text),
                                         "similarity", alfa__json_number(likeness->found[i].similarity),
                                         "share", alfa__json_number(likeness->found[i].share)));
    return list;
}

/* What the image and each of its regions look most like. */
static enum alfa_status add_likenesses(json_t *report, const struct alfa__seat *seat,
                                       const struct alfa_result *result, struct alfa_error *err)
{
    struct alfa__likeness *found;
    json_t *regions = json_object_get(report, "regions");
    if (!seat->descriptors)
        return ALFA_OK;
    ALFA__TRY(alfa__descriptors_compare(&found, seat->descriptors, result, 0.07, err));
    enum alfa_status status = alfa__json_put(report, "descriptors", likeness_list(&found[0]), err);
    for (size_t i = 0; i < json_array_size(regions) && status == ALFA_OK; i++)
        status = alfa__json_put(json_array_get(regions, i), "descriptors", likeness_list(&found[i + 1]), err);
    free(found);
    return status;
}

/* Regions and prompts are copied, as the interface lends them one by one. */
static json_t *make_report(const struct alfa_summary *summary, const struct alfa__seat *seat,
                           const struct alfa_result *result, struct alfa_image_facts facts, int most)
{
    const int regions = alfa_result_region_count(result), all = alfa_result_prompt_count(result);
    const int prompts = all < most ? all : most;
    struct alfa_region *places = calloc((size_t)regions + 1, sizeof *places);
    struct alfa_prompt_score *texts = calloc((size_t)prompts + 1, sizeof *texts);
    struct alfa__record record = {.path = "",
                                  .summary = summary,
                                  .settings = alfa_result_settings(result),
                                  .regions = places,
                                  .region_count = regions,
                                  .prompts = texts,
                                  .prompt_count = prompts,
                                  .facts = facts,
                                  .bank_digest = seat->bank_digest};
    for (int i = 0; i < regions && places; i++)
        places[i] = *alfa_result_region(result, i);
    for (int i = 0; i < prompts && texts; i++)
        texts[i] = *alfa_result_prompt(result, i);
    json_t *report = places && texts ? alfa__record_object(&record) : NULL;
    if (report) {
        json_object_del(report, "path");
        if (!json_object_get(report, "p_value")) /* as without a bank: a reader always finds it */
            alfa__json_set(&report, "p_value", json_null());
    }
    free(places);
    free(texts);
    return report;
}

/* Pixels for a side of the picture of which the map's pixels cover a part. */
static int spread(int pixels, double whole, double part)
{
    return (int)fmin(LARGEST_MAP, fmax(1, round(pixels * whole / part)));
}

/* Of the whole picture, also when the map covers a part of it. */
static enum alfa_status copy_map(struct alfa__opinion *out, const struct alfa_result *result,
                                 struct alfa_error *err)
{
    const struct alfa_summary *summary = alfa_result_summary(result);
    const struct alfa_area *area = alfa_result_area(result);
    const float *map = alfa_result_map(result, &out->map_width, &out->map_height);
    const bool part = fabs(area->width - summary->width) > 0.5 || fabs(area->height - summary->height) > 0.5;
    if (!map)
        return ALFA_OK;
    if (part) {
        out->map_width = spread(out->map_width, summary->width, area->width);
        out->map_height = spread(out->map_height, summary->height, area->height);
    }
    const size_t size = (size_t)out->map_width * (size_t)out->map_height * sizeof *map;
    out->map = malloc(size);
    if (!out->map)
        return alfa__fail_memory(err, size);
    if (part)
        return alfa_result_map_full(out->map, result, out->map_width, out->map_height, err);
    memcpy(out->map, map, size);
    return ALFA_OK;
}

static enum alfa_status tell(struct alfa__opinion *out, const struct alfa__seat *seat,
                             const struct alfa__question *question, const struct alfa_image *image,
                             const struct alfa_result *result, struct alfa_error *err)
{
    struct alfa_summary summary = *alfa_result_summary(result);
    if (!isfinite(summary.score))
        return alfa__fail(err, ALFA_ERROR_RUNTIME, "score",
                          "is no number: the model's weights cannot be right");
    if (!isnan(question->threshold)) {
        summary.threshold = question->threshold;
        summary.anomalous = summary.score > summary.threshold;
    }
    out->score = summary.score;
    out->p_value = summary.references > 0 ? summary.p_value : NAN;
    out->threshold = summary.threshold;
    out->decision = isnan(summary.threshold) ? -1 : summary.anomalous;
    out->width = summary.width;
    out->height = summary.height;
    out->report = make_report(&summary, seat, result, alfa_image_facts(image), question->most_prompts);
    if (!out->report)
        return alfa__fail_memory(err, 1024);
    if (seat->note)
        ALFA__TRY(alfa__json_put(out->report, "note", alfa__json_text(seat->note), err));
    ALFA__TRY(add_likenesses(out->report, seat, result, err));
    return copy_map(out, result, err);
}

static enum alfa_status run(struct alfa__opinion *out, const struct alfa__seat *seat,
                            const struct alfa__question *question, const struct alfa_image *image,
                            struct alfa_error *err)
{
    struct alfa_result *result;
    ALFA__TRY(alfa_detector_run(&result, seat->detector, image, err));
    enum alfa_status status = tell(out, seat, question, image, result, err);
    alfa_result_free(result);
    return status;
}

enum alfa_status alfa__judge_read(struct alfa_image **out, const struct alfa__question *question,
                                  const void *bytes, size_t size, const char *name, struct alfa_error *err)
{
    struct alfa_image_options how = ALFA_IMAGE_OPTIONS_INIT;
    how.bits = question->bits;
    return alfa_image_decode_as(out, bytes, size, name, &how, err);
}

/* What goes over the desk, and what comes back. */
struct handed {
    struct alfa__judge *judge;
    struct alfa__opinion *out;
    const struct alfa__question *question;
    const struct alfa_image *image;
    struct alfa_error *err;
    bool alone, missing; /* missing: the detector gave way to others meanwhile */
    enum alfa_status status;
};

static void run_handed(void *context)
{
    struct handed *h = context;
    struct alfa__seat *seat;
    h->status = alfa__judge_enter(h->judge, &seat, h->question, h->alone, h->err);
    h->missing = h->status == ALFA_OK && !seat;
    if (!seat)
        return;
    h->status = run(h->out, seat, h->question, h->image, h->err);
    alfa__judge_leave(h->judge, seat);
}

enum alfa_status alfa__judge_run(struct alfa__judge *judge, struct alfa__opinion *out,
                                 const struct alfa__question *question, const struct alfa_image *image,
                                 struct alfa_error *err)
{
    struct handed handed = {judge, out, question, image, err, .alone = !alfa__judge_shares(judge, question)};
    *out = (struct alfa__opinion){0};
    alfa__desk_do(judge->desk, handed.alone, run_handed, &handed);
    if (handed.missing) {
        handed.alone = true;
        alfa__desk_do(judge->desk, true, run_handed, &handed);
    }
    if (handed.status != ALFA_OK)
        alfa__opinion_free(out);
    return handed.status;
}

void alfa__opinion_free(struct alfa__opinion *opinion)
{
    json_decref(opinion->report);
    free(opinion->map);
    *opinion = (struct alfa__opinion){0};
}

/* ------------------------------------------------------------------ embeddings */

static json_t *numbers(const float *values, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++)
        alfa__json_push(&list, alfa__json_number((double)values[i]));
    return list;
}

/* What goes over the desk: an image, or texts. */
struct embedded {
    const struct alfa__judge *judge;
    float *values;
    const struct alfa_image *image;
    const char *const *texts;
    int count;
    struct alfa_error *err;
    enum alfa_status status;
};

static void embed(void *context)
{
    struct embedded *e = context;
    e->status = e->image
                    ? alfa_model_embed_image(e->values, e->judge->model, e->image, ALFA_RESIZE_SQUASH, e->err)
                    : alfa_model_embed_texts(e->values, NULL, e->judge->model, e->texts, e->count, e->err);
}

/* count rows of numbers, freed with free(); NULL: see err. */
static float *embed_alone(struct alfa__judge *judge, const struct alfa_image *image, const char *const *texts,
                          int count, struct alfa_error *err)
{
    const size_t size = (size_t)count * (size_t)alfa_model_info(judge->model)->embed_dim * sizeof(float);
    struct embedded e = {judge, malloc(size), image, texts, count, err, ALFA_OK};
    if (!e.values) {
        (void)alfa__fail_memory(err, size);
        return NULL;
    }
    alfa__desk_do(judge->desk, true, embed, &e);
    if (e.status == ALFA_OK)
        return e.values;
    free(e.values);
    return NULL;
}

json_t *alfa__judge_embed_image(struct alfa__judge *judge, const struct alfa_image *image,
                                struct alfa_error *err)
{
    float *values = embed_alone(judge, image, NULL, 1, err);
    json_t *list = values ? numbers(values, alfa_model_info(judge->model)->embed_dim) : NULL;
    if (values && !list)
        (void)alfa__fail_memory(err, 1024);
    free(values);
    return list;
}

json_t *alfa__judge_embed_texts(struct alfa__judge *judge, const char *const *texts, int count,
                                struct alfa_error *err)
{
    const int dim = alfa_model_info(judge->model)->embed_dim;
    float *values = embed_alone(judge, NULL, texts, count, err);
    json_t *list = values ? json_array() : NULL;
    for (int i = 0; i < count && list; i++)
        alfa__json_push(&list, numbers(values + (size_t)i * (size_t)dim, dim));
    if (values && !list)
        (void)alfa__fail_memory(err, 1024);
    free(values);
    return list;
}
