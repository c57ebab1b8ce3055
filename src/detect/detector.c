/* The pipeline: open with model, prompts and options; then image in, result out. */
#include "bank/defects.h"
#include "base/clock.h"
#include "base/options.h"
#include "base/strings.h"
#include "base/threads.h"
#include "base/watch.h"
#include "detect/aligned.h"
#include "detect/known.h"
#include "detect/pass.h"
#include "detect/result.h"
#include "detect/sentences.h"
#include "detect/settings.h"
#include "detect/windows.h"
#include "image/upsample.h"
#include "prompt/set.h"
#include "score/contextual.h"
#include "score/fusion.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ opening */

static enum alfa_status check_scales(const int scales[ALFA_MAX_SCALES], struct alfa_error *err)
{
    for (int i = 0; i < ALFA_MAX_SCALES && scales[i]; i++) {
        if (scales[i] < 1 || scales[i] > 4)
            return alfa__fail(err, ALFA_ERROR_USAGE, "scales", "has %d: give 1, 2, 3 or 4", scales[i]);
        for (int j = 0; j < i; j++)
            if (scales[j] == scales[i])
                return alfa__fail(err, ALFA_ERROR_USAGE, "scales", "has %d twice", scales[i]);
    }
    return ALFA_OK;
}

static enum alfa_status check_numbers(const struct alfa_detector_options *o, struct alfa_error *err)
{
    if (!(o->temperature >= 1e-4 && o->temperature <= 1000))
        return alfa__fail(err, ALFA_ERROR_USAGE, "temperature", "must be 0.0001 to 1000");
    if (!(o->contextual_k >= 0 && o->contextual_k <= 1000))
        return alfa__fail(err, ALFA_ERROR_USAGE, "contextual k", "must be 0 to 1000");
    if (!(o->aligner_strength >= 0 && o->aligner_strength <= 1000))
        return alfa__fail(err, ALFA_ERROR_USAGE, "aligner strength", "must be 0 to 1000");
    if (o->threshold != ALFA_THRESHOLD_AUTO && !(o->threshold >= 0 && o->threshold <= 1))
        return alfa__fail(err, ALFA_ERROR_USAGE, "threshold", "must be 0 to 1, or ALFA_THRESHOLD_AUTO (-1)");
    if (o->place_threshold != ALFA_THRESHOLD_AUTO && !(o->place_threshold >= 0 && o->place_threshold <= 1))
        return alfa__fail(err, ALFA_ERROR_USAGE, "place threshold",
                          "must be 0 to 1, or ALFA_THRESHOLD_AUTO (-1)");
    if (o->tiles != ALFA_TILES_AUTO && o->tiles != 0 && (o->tiles < 2 || o->tiles > ALFA_MAX_TILES))
        return alfa__fail(err, ALFA_ERROR_USAGE, "tiles", "must be 0, 2 to %d, or ALFA_TILES_AUTO",
                          ALFA_MAX_TILES);
    if (!(o->min_area >= 0 && o->min_area <= 1e9))
        return alfa__fail(err, ALFA_ERROR_USAGE, "min area", "must be 0 to 1e9");
    if (o->window_stride < 0 || o->window_stride > 2)
        return alfa__fail(err, ALFA_ERROR_USAGE, "window stride", "must be 1 or 2");
    if (o->window_stride == 2 && o->window_mask == ALFA_WINDOW_PIXELS)
        return alfa__fail(err, ALFA_ERROR_USAGE, "window stride",
                          "has no meaning with windows of masked pixels");
    return check_scales(o->scales, err);
}

/* A program in another language, or one that counts by itself, may come with any number. */
static enum alfa_status check_choices(const struct alfa_detector_options *o, struct alfa_error *err)
{
    if ((unsigned)o->contextual > ALFA_CONTEXTUAL_OFF)
        return alfa__fail(err, ALFA_ERROR_USAGE, "contextual", "is none of enum alfa_contextual");
    if ((unsigned)o->aligner > ALFA_ALIGNER_PROCRUSTES)
        return alfa__fail(err, ALFA_ERROR_USAGE, "aligner", "is none of enum alfa_aligner");
    if ((unsigned)o->image_score > ALFA_IMAGE_SCORE_TOP)
        return alfa__fail(err, ALFA_ERROR_USAGE, "image score", "is none of enum alfa_image_score");
    if ((unsigned)o->window_mask > ALFA_WINDOW_PIXELS)
        return alfa__fail(err, ALFA_ERROR_USAGE, "window mask", "is none of enum alfa_window_mask");
    if ((unsigned)o->resize > ALFA_RESIZE_CROP)
        return alfa__fail(err, ALFA_ERROR_USAGE, "resize", "is none of enum alfa_resize");
    return ALFA_OK;
}

enum alfa_status alfa__windows_open(struct alfa_detector *d, struct alfa_error *err)
{
    d->embeddings.dim = d->model->info.embed_dim;
    for (int side = 0; side < 2; side++)
        d->embeddings.counts[side] = alfa_prompts_count(d->prompts, (enum alfa_side)side);
    ALFA__TRY(alfa__detector_embed(d, err));
    return alfa__detector_count_cut(d, err);
}

void alfa__detector_settle(struct alfa_detector_options *o, bool stem)
{
    if (o->aligner == ALFA_ALIGNER_AUTO)
        o->aligner = stem ? ALFA_ALIGNER_NONE : ALFA_ALIGNER_R4;
    if (o->contextual_k == 0)
        o->contextual_k = ALFA__CONTEXTUAL_K;
    if (o->window_stride == 0)
        o->window_stride = 1;
    if (o->image_score == ALFA_IMAGE_SCORE_AUTO)
        o->image_score = stem && o->method == ALFA_METHOD_ALFA ? ALFA_IMAGE_SCORE_TOP : ALFA_IMAGE_SCORE_EQ12;
    const int finest = stem && o->method == ALFA_METHOD_ALFA ? 1 : 2;
    for (int i = 0, scale = finest; !o->scales[i] && scale <= 3; i++, scale++)
        o->scales[i] = scale;
}

enum alfa_status alfa__detector_open(struct alfa_detector **out, const struct alfa_model *model,
                                     const struct alfa_prompts *prompts,
                                     const struct alfa_detector_options *options,
                                     const struct alfa__method *method, struct alfa_error *err)
{
    ALFA__TRY(check_choices(options, err));
    ALFA__TRY(check_numbers(options, err));
    ALFA__TRY(alfa__model_check_room(model, true, false, err));
    struct alfa_detector *d = calloc(1, sizeof *d);
    if (!d || !(d->scratch = alfa__scratch_new())) {
        free(d);
        return alfa__fail_memory(err, sizeof *d);
    }
    d->model = model;
    d->prompts = alfa__prompts_hold(prompts);
    d->options = *options;
    d->method = method;
    alfa__detector_settle(&d->options, model->config.stem.present);
    d->watch = (struct alfa__watch){options->progress, options->context};
    const struct alfa__watch *before = alfa__watch_set(&d->watch);
    const struct alfa__team team = alfa__team_enter(model->threads);
    enum alfa_status status = method->pipeline->open(d, err);
    alfa__team_leave(team);
    alfa__watch_set(before);
    if (status == ALFA_OK)
        *out = d;
    else
        alfa_detector_free(d);
    return status;
}

static enum alfa_status warm_up(struct alfa_detector *d, const struct alfa_image *image,
                                struct alfa_error *err)
{
    struct alfa__features features;
    const struct alfa__feature_request request = d->method->pipeline->request(d);
    return alfa__features_run(d->model, &features, image, d->options.resize, &request, &d->arena, err);
}

enum alfa_status alfa_detector_warm_up(struct alfa_detector *d, struct alfa_error *err)
{
    struct alfa_image *image;
    ALFA__NEED(d, "detector", err);
    const int side = d->model->info.image_size;
    ALFA__TRY(alfa__image_new(&image, side, side, "warm-up", err));
    const struct alfa__mark mark = alfa__arena_mark(&d->arena);
    enum alfa_status status = warm_up(d, image, err);
    alfa__arena_reset(&d->arena, mark);
    alfa_image_free(image);
    return status;
}

const char *alfa_detector_class(const struct alfa_detector *detector)
{
    return detector ? alfa_prompts_class(detector->prompts) : NULL;
}

int alfa_detector_truncated(const struct alfa_detector *detector)
{
    return detector ? detector->truncated : 0;
}

void alfa_detector_explain(struct alfa_detector *detector, bool on)
{
    if (detector)
        detector->explains = on;
}

void alfa__windows_close(struct alfa_detector *d)
{
    free(d->embeddings.rows[0]); /* both sides lie in one block */
}

void alfa_detector_free(struct alfa_detector *detector)
{
    if (!detector)
        return;
    detector->method->pipeline->close(detector);
    alfa__arena_free(&detector->arena);
    alfa__roi_free(&detector->roi);
    alfa_prompts_free(detector->prompts);
    free(detector->settings);
    alfa__scratch_free(detector->scratch);
    free(detector);
}

enum alfa_status alfa_detector_set_roi(struct alfa_detector *detector, const struct alfa_image *mask,
                                       bool invert, struct alfa_error *err)
{
    ALFA__NEED(detector, "detector", err);
    if (!detector->method->pipeline->windows)
        return alfa__fail(err, ALFA_ERROR_USAGE, "region of interest", "has no meaning with the method %s",
                          detector->method->name);
    if (detector->options.align)
        return alfa__fail(err, ALFA_ERROR_USAGE, "region of interest",
                          "has no meaning together with align: the object lies elsewhere in each picture");
    if (detector->options.window_mask == ALFA_WINDOW_PIXELS)
        return alfa__fail(err, ALFA_ERROR_USAGE, "region of interest",
                          "has no meaning together with windows of masked pixels: drop their tokens");
    if (detector->bank)
        return alfa__fail(err, ALFA_ERROR_USAGE, "region of interest", "must be set before the bank");
    alfa__detector_settings_drop(detector);
    return alfa__roi_set(&detector->roi, mask, invert, err);
}

/* ------------------------------------------------------------------ running */

/* What the bank says of a pass. */
struct recollection {
    double strangest; /* max M_few */
    double share;     /* with a known defect (known.h), */
    int defect;       /* the reference that has it; ALFA__NO_IMAGE: none */
};

/* All that is found out about a picture: from the pass over the whole, raised by what the tiles show. */
struct outcome {
    struct alfa__judgement whole; /* score and local are the largest of all passes */
    struct recollection memory;   /* likewise */
    float **grids; /* maps of the tiles, grid x grid each; NULL for one without patches that count */
};

/* Joins what known defects say, where they help. */
static enum alfa_status recognise(struct alfa_detector *d, struct alfa__pass *pass,
                                  const struct alfa__query *query, struct recollection *out,
                                  struct alfa_error *err)
{
    const int grid = pass->features.grid;
    struct alfa__resemblance found;
    ALFA__TRY(
        alfa__known_compare(&found, &d->bank->store.defects, query, grid, ALFA__NO_IMAGE, &d->arena, err));
    if (d->bank->known_joins)
        alfa__known_join(&pass->judgement, found.map, grid * grid);
    out->share = found.share;
    out->defect = found.image;
    return ALFA_OK;
}

/* Joins what the memory says. */
static enum alfa_status recall(struct alfa_detector *d, struct alfa__pass *pass, struct recollection *out,
                               struct alfa_error *err)
{
    const struct alfa__bank_data *store = &d->bank->store;
    const struct alfa__features *f = &pass->features;
    struct alfa__query queries[ALFA__BANK_MAX_PARTS], *known = NULL;
    double *few;
    ALFA__TRY(alfa__recall_queries(queries, store, f, pass->spot, &d->arena, err));
    if (store->defects.rows > 0) {
        known = &queries[alfa__bank_layer(store)];
        known->distances = alfa__arena_array(&d->arena, (size_t)known->count + 1, sizeof *known->distances);
        if (!known->distances)
            return alfa__fail_memory(err, (size_t)known->count * sizeof *known->distances);
    }
    const struct alfa__recollected by = {store->parts, store->part_count, f->inside, f->grid, ALFA__NO_IMAGE};
    ALFA__TRY(alfa__recall(&few, &by, queries, &d->arena, err));
    out->strangest = alfa__local_score(few, f->grid * f->grid);
    ALFA__TRY(alfa__judge_with_memory(&pass->judgement, few, (struct alfa__ground){f->grid, f->inside},
                                      &d->bank->fusion, &d->arena, err));
    return known ? recognise(d, pass, known, out, err) : ALFA_OK;
}

static enum alfa_status run_pass(struct alfa__pass *out, struct recollection *memory, struct alfa_detector *d,
                                 const struct alfa__passes *passes, int i, struct alfa_error *err)
{
    const struct alfa__feature_request request =
        alfa__detector_request(&d->options, d->layers, d->layer_count);
    *memory = (struct recollection){.defect = ALFA__NO_IMAGE};
    ALFA__TRY(alfa__pass_run(out, d, passes, i, &request, err));
    if (d->bank && !out->blank)
        ALFA__TRY(recall(d, out, memory, err));
    if (!out->blank && !isfinite(out->judgement.score))
        return alfa__fail(err, ALFA_ERROR_MODEL, d->model->info.name,
                          "gives a score that is not a number: its weights are damaged");
    return ALFA_OK;
}

/* grid x grid values of a map in the arena, with what does not count filled from beside it. */
static float *copy_grid(struct alfa_detector *d, const struct alfa__pass *pass)
{
    const int grid = pass->features.grid;
    float *values = alfa__arena_array(&d->arena, (size_t)grid * (size_t)grid, sizeof *values);
    for (int p = 0; p < grid * grid && values; p++)
        values[p] = (float)pass->judgement.map[p];
    if (values && pass->features.inside)
        alfa__roi_extend(values, pass->features.inside, grid);
    return values;
}

/* Tile number i - 1. What the pass needed is given back; only its map stays. */
static enum alfa_status judge_tile(struct outcome *out, float *values, struct alfa_detector *d,
                                   const struct alfa__passes *passes, int i, struct alfa_error *err)
{
    const struct alfa__mark mark = alfa__arena_mark(&d->arena);
    const size_t patches = (size_t)d->model->info.grid * (size_t)d->model->info.grid;
    struct alfa__pass pass;
    struct recollection memory;
    ALFA__TRY(run_pass(&pass, &memory, d, passes, i, err));
    if (!pass.blank) {
        const float *grid = copy_grid(d, &pass);
        if (!grid)
            return alfa__fail_memory(err, patches * sizeof *grid);
        memcpy(values, grid, patches * sizeof *values);
        out->grids[i - 1] = values;
        out->whole.score = fmax(out->whole.score, pass.judgement.score);
        out->whole.local = fmax(out->whole.local, pass.judgement.local);
        out->memory.strangest = fmax(out->memory.strangest, memory.strangest);
        if (memory.share > out->memory.share) {
            out->memory.share = memory.share;
            out->memory.defect = memory.defect;
        }
    }
    alfa__arena_reset(&d->arena, mark);
    return ALFA_OK;
}

static enum alfa_status judge_tiles(struct outcome *out, struct alfa_detector *d,
                                    const struct alfa__passes *passes, struct alfa_error *err)
{
    const size_t tiles = (size_t)alfa__passes_count(passes) - 1;
    const size_t patches = (size_t)d->model->info.grid * (size_t)d->model->info.grid;
    float *values = alfa__arena_array(&d->arena, tiles * patches + 1, sizeof *values);
    out->grids = alfa__arena_array(&d->arena, tiles + 1, sizeof *out->grids);
    if (!values || !out->grids)
        return alfa__fail_memory(err, tiles * patches * sizeof *values);
    for (size_t i = 0; i < tiles; i++) {
        out->grids[i] = NULL;
        ALFA__TRY(alfa__watch_tell("tiles", (int)i, (int)tiles, err));
        ALFA__TRY(judge_tile(out, values + i * patches, d, passes, (int)i + 1, err));
    }
    return ALFA_OK;
}

static void fill_summary(struct alfa_summary *s, const struct alfa_detector *d,
                         const struct alfa__judgement *judgement, const struct recollection *memory,
                         const struct alfa_image *image)
{
    const struct alfa__bank_data *bank = d->bank ? &d->bank->store : NULL;
    const double threshold = d->options.threshold != ALFA_THRESHOLD_AUTO ? d->options.threshold
                             : bank                                      ? bank->image.threshold.value
                                                                         : 0.5;
    *s = (struct alfa_summary){
        .class_name = alfa_prompts_class(d->prompts),
        .model = d->model->info.name,
        .method = d->method->name,
        .score = judgement->score,
        .score_global = judgement->global,
        .score_local = judgement->local,
        .threshold = threshold,
        .anomalous = judgement->score > threshold,
        .references = bank ? d->bank->info.references - d->bank->info.strange : 0,
        .score_memory = memory->strangest,
        .p_value =
            bank ? alfa__p_value(bank->image.scores, bank->image.threshold.count, judgement->score) : 0,
        .pixel_threshold = d->options.place_threshold != ALFA_THRESHOLD_AUTO ? d->options.place_threshold
                           : bank                                            ? bank->pixel.threshold.value
                                                                             : 0.5,
        .normal_count = d->embeddings.counts[ALFA_NORMAL],
        .abnormal_count = d->embeddings.counts[ALFA_ABNORMAL],
        .kept_normal = judgement->kept[ALFA_NORMAL],
        .kept_abnormal = judgement->kept[ALFA_ABNORMAL],
        .fallback = judgement->fallback,
        .width = alfa_image_width(image),
        .height = alfa_image_height(image),
    };
    if (s->anomalous && memory->defect != ALFA__NO_IMAGE && memory->share > d->bank->known_limit) {
        s->looks_like = bank->references[memory->defect].name;
        s->looks_like_kind = bank->references[memory->defect].kind;
        s->looks_like_share = memory->share;
    }
}

/* The map of the whole, enlarged; with tiles the larger one of it and theirs at each place; 0 outside the
 * region. */
static enum alfa_status draw_map(struct alfa_result *result, struct alfa_detector *d,
                                 const struct alfa__passes *passes, const struct outcome *outcome,
                                 const float *whole, struct alfa_error *err)
{
    const int side = result->map_side, grid = result->grid;
    const size_t pixels = (size_t)side * (size_t)side;
    struct alfa__frame frame = passes->whole;
    frame.box = result->box;
    alfa__upsample_bilinear(result->map, side, side, (struct alfa__grid){whole, grid, grid});
    if (passes->tiling.n) {
        float *tiles = malloc(pixels * sizeof *tiles);
        enum alfa_status status = tiles ? alfa__tiles_merge(tiles, side, &passes->tiling,
                                                            (const float *const *)outcome->grids, grid, err)
                                        : alfa__fail_memory(err, pixels * sizeof *tiles);
        for (size_t i = 0; i < pixels && status == ALFA_OK; i++)
            result->map[i] = fmaxf(result->map[i], tiles[i]);
        free(tiles);
        if (status != ALFA_OK)
            return status;
    }
    if (alfa__roi_active(&d->roi))
        alfa__roi_clear(result->map, &d->roi, &frame, side);
    return ALFA_OK;
}

static enum alfa_status make_result(struct alfa_result **out, struct alfa_detector *d,
                                    const struct alfa__passes *passes, const struct outcome *outcome,
                                    const float *whole, struct alfa_error *err)
{
    const struct alfa__tiling *t = &passes->tiling;
    const struct alfa__box tiled = {t->x, t->y, t->width, t->height};
    ALFA__TRY(alfa__result_new(out, d->prompts, d->model->info.image_size * (t->n ? t->n : 1),
                               d->model->info.grid, t->n ? tiled : passes->whole.box, err));
    struct alfa_result *result = *out;
    for (int i = 0; i < result->grid * result->grid; i++)
        result->grid_values[i] = (float)outcome->whole.map[i];
    fill_summary(&result->summary, d, &outcome->whole, &outcome->memory, passes->image);
    enum alfa_status status = draw_map(result, d, passes, outcome, whole, err);
    if (status == ALFA_OK)
        status = alfa__result_find_regions(result, d->options.min_area, err);
    if (status != ALFA_OK) {
        alfa_result_free(result);
        *out = NULL;
    }
    return status;
}

/* From the features of what was looked at, for the regions as they lie there. */
static enum alfa_status explain(struct alfa_result *result, const struct alfa_detector *d,
                                const struct alfa__pass *pass, const struct alfa__passes *passes,
                                const struct alfa__aligned *aligned, struct alfa_error *err)
{
    struct alfa__evidence evidence = {&pass->features,         &pass->judgement,  d->prompts,
                                      d->options.contextual_k, passes->whole.box, result->regions,
                                      result->region_count};
    struct alfa_region *turned = aligned->own ? alfa__aligned_regions(result, aligned) : NULL;
    if (aligned->own)
        evidence.regions = turned;
    enum alfa_status status = aligned->own && !turned
                                  ? alfa__fail_memory(err, sizeof *turned)
                                  : alfa__explanation_make(&result->explanation, &evidence, err);
    free(turned);
    return status;
}

/* Back into the picture, and explained; a result that cannot be is none. */
static enum alfa_status complete(struct alfa_result **out, const struct alfa_detector *d,
                                 const struct alfa__pass *pass, const struct alfa__passes *passes,
                                 const struct alfa__aligned *aligned, struct alfa_error *err)
{
    enum alfa_status status = alfa__aligned_return(*out, aligned, d->options.min_area, err);
    if (status == ALFA_OK && d->explains)
        status = explain(*out, d, pass, passes, aligned, err);
    if (status != ALFA_OK) {
        alfa_result_free(*out);
        *out = NULL;
    }
    return status;
}

static enum alfa_status judge_seen(struct alfa_result **out, struct alfa_detector *d,
                                   const struct alfa__aligned *aligned, struct alfa_error *err)
{
    const struct alfa__pose upright = {0, false};
    struct alfa__passes passes;
    struct alfa__pass pass;
    struct outcome outcome = {.memory = {.strangest = 0}};
    ALFA__TRY(alfa__passes_plan(&passes, d, aligned->seen, upright,
                                d->bank ? d->bank->tiles : d->options.tiles, err));
    passes.joined = d->bank != NULL;
    ALFA__TRY(run_pass(&pass, &outcome.memory, d, &passes, 0, err));
    outcome.whole = pass.judgement;
    const float *whole = copy_grid(d, &pass);
    if (!whole)
        return alfa__fail_memory(err, sizeof *whole);
    if (passes.tiling.n)
        ALFA__TRY(judge_tiles(&outcome, d, &passes, err));
    ALFA__TRY(make_result(out, d, &passes, &outcome, whole, err));
    return complete(out, d, &pass, &passes, aligned, err);
}

static enum alfa_status judge_image(struct alfa_result **out, struct alfa_detector *d,
                                    const struct alfa_image *image, struct alfa_error *err)
{
    struct alfa__aligned aligned;
    enum alfa_status status = alfa__aligned_take(&aligned, d->options.align, image, err);
    if (status == ALFA_OK)
        status = judge_seen(out, d, &aligned, err);
    alfa__aligned_free(&aligned);
    return status;
}

static void note_times(struct alfa_result *result, struct alfa_times times, double seconds)
{
    times.score = seconds - times.resize - times.image - times.windows;
    result->times = times;
    result->summary.seconds = seconds;
}

/* A result that could not say what it was made with is none. */
static enum alfa_status note_settings(struct alfa_result **out, struct alfa_detector *d,
                                      struct alfa_error *err)
{
    pthread_mutex_lock(&d->scratch->lock);
    const char *settings = alfa__detector_settings(d);
    (*out)->settings = settings ? alfa__strdup(settings) : NULL;
    pthread_mutex_unlock(&d->scratch->lock);
    if ((*out)->settings)
        return ALFA_OK;
    alfa_result_free(*out);
    *out = NULL;
    return alfa__fail_memory(err, 1);
}

enum alfa_status alfa__detector_lend(struct alfa__loan *out, struct alfa_detector *d, struct alfa_error *err)
{
    pthread_mutex_lock(&d->scratch->lock);
    out->own = *d;
    pthread_mutex_unlock(&d->scratch->lock);
    out->own.times = (struct alfa_times){0};
    ALFA__TRY(alfa__scratch_borrow(&out->own.arena, &out->spare, d->scratch, &d->arena, err));
    out->mark = alfa__arena_mark(&out->own.arena);
    return ALFA_OK;
}

void alfa__detector_return(struct alfa__loan *loan, struct alfa_detector *d)
{
    alfa__arena_reset(&loan->own.arena, loan->mark);
    alfa__scratch_return(d->scratch, &d->arena, loan->spare, &loan->own.arena);
}

enum alfa_status alfa__windows_run(struct alfa_result **out, struct alfa_detector *d,
                                   const struct alfa_image *image, struct alfa_error *err)
{
    const double start = alfa__clock();
    struct alfa__loan loan;
    ALFA__TRY(alfa__detector_lend(&loan, d, err));
    enum alfa_status status = judge_image(out, &loan.own, image, err);
    alfa__detector_return(&loan, d);
    if (status == ALFA_OK)
        note_times(*out, loan.own.times, alfa__clock() - start);
    return status;
}

enum alfa_status alfa_detector_run(struct alfa_result **out, struct alfa_detector *d,
                                   const struct alfa_image *image, struct alfa_error *err)
{
    ALFA__NEED_OUT(out, err);
    ALFA__NEED(d, "detector", err);
    ALFA__NEED(image, "image", err);
    const struct alfa__watch *before = alfa__watch_set(&d->watch);
    const struct alfa__team team = alfa__team_enter(d->model->threads);
    enum alfa_status status = d->method->pipeline->run(out, d, image, err);
    alfa__team_leave(team);
    alfa__watch_set(before);
    return status == ALFA_OK ? note_settings(out, d, err) : status;
}
