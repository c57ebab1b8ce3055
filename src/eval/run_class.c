#include "eval/run_class.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/strings.h"
#include "dataset/mask.h"
#include "eval/panels.h"
#include "image/smooth.h"
#include "image/upsample.h"
#include "methods/share.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define VERSION \
    "4" /* goes up when a method or a rule changes what numbers mean: older results are done again */

/* A method with so many normal images of a seed, on its way through the class. */
struct unit {
    const struct alfa__entrant *entrant;
    int shots, seed;
    int learns; /* normal images */
    char key[17];
    void *state;
    struct alfa__feature_request request;
    bool dropped;   /* it failed; the failure has been said */
    bool known;     /* its result is there, only its maps are wanted for the panels */
    double *scores; /* one an item */
    const struct alfa__calibration *calibration; /* of the state; NULL: it has no thresholds */
    float *maps;                                 /* items x side^2; NULL without map */
    int side, fallbacks;
    double kept, seconds;
    int *order; /* of the normal images for this seed */
};

/* The class while it is walked over. */
struct walk {
    struct alfa__eval_run *run;
    const struct alfa__class *class;
    char *prompts; /* file of sentences; NULL: none */
    struct unit *units;
    int count, failed;
    uint64_t panels;          /* their key; 0: they are there, or not wanted */
    bool *judged;             /* one an item */
    int (*sizes)[2];          /* one an item: width and height that its pixels are compared at */
    struct alfa__mask *masks; /* one an item, pixels NULL: none */
    struct alfa__arena arena;
};

/* ------------------------------------------------------------------ normal images */

struct ranked {
    uint64_t rank;
    const char *name;
    int index;
};

static int by_rank(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* Spreads a hash over all its bits (the finaliser of splitmix64). */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

int *alfa__eval_order(const struct alfa__class *class, int seed)
{
    const size_t count = class->normals.count;
    struct ranked *list = malloc((count + 1) * sizeof *list);
    int *order = malloc((count + 1) * sizeof *order);
    char prefix[16];
    snprintf(prefix, sizeof prefix, "%d", seed);
    for (size_t i = 0; i < count && list; i++) {
        const char *name = alfa__path_name(class->normals.items[i]);
        list[i] = (struct ranked){mix(alfa__hash_text(alfa__hash_text(ALFA__HASH_START, prefix), name)), name,
                                  (int)i};
    }
    if (list)
        qsort(list, count, sizeof *list, by_rank);
    for (size_t i = 0; i < count && list && order; i++)
        order[i] = list[i].index;
    if (!list) {
        free(order);
        order = NULL;
    }
    free(list);
    return order;
}

/* ------------------------------------------------------------------ what is to be done */

/* The size of a file: two data sets may call their classes and images alike. */
static uint64_t add_size(uint64_t hash, const char *path)
{
    struct stat info;
    const long long size = stat(path, &info) == 0 ? (long long)info.st_size : -1;
    return alfa__hash(hash, &size, sizeof size);
}

/* What is seldom asked for, where it is: results from before stay. */
static uint64_t hash_others(uint64_t hash, const struct alfa__eval_options *o)
{
    const struct alfa_detector_options *d = &o->detector;
    char text[96], *bytes = NULL;
    size_t size;
    if (o->original)
        hash = alfa__hash_text(hash, "original size");
    if (d->contextual_k != 1 || d->window_mask || d->resize || o->timed) {
        snprintf(text, sizeof text, "k %g mask %d resize %d timed %d", d->contextual_k, d->window_mask,
                 d->resize, o->timed);
        hash = alfa__hash_text(hash, text);
    }
    if (o->bits)
        hash = alfa__hash(hash, &o->bits, sizeof o->bits);
    if (o->domain && strcmp(o->domain, "industrial") != 0)
        hash = alfa__hash_text(hash, o->domain);
    if (o->templates && alfa__file_read(&bytes, &size, o->templates, (size_t)1 << 24, NULL) == ALFA_OK)
        hash = alfa__hash(hash, bytes, size);
    free(bytes);
    return hash;
}

/* Everything that the numbers of an entrant on this class depend on. */
static void make_key(char out[17], const struct walk *w, const struct alfa__entrant *entrant)
{
    const struct alfa_detector_options *d = &entrant->setup.detector;
    const struct alfa_model_info *model = &w->run->options->model->info;
    uint64_t hash = alfa__hash_text(ALFA__HASH_START, VERSION);
    char text[256], *bytes = NULL;
    size_t size;
    hash = alfa__hash_text(alfa__hash_text(hash, model->fingerprint), model->precision);
    snprintf(text, sizeof text, "%s %d %d %d %d %d %d %g %g %d %d %d %d", entrant->method->name,
             entrant->templates, entrant->sentences, entrant->setup.image_score, d->image_score,
             d->contextual, d->aligner, d->aligner_strength, d->temperature, d->scales[0], d->scales[1],
             d->scales[2], d->scales[3]);
    hash = alfa__hash_text(alfa__hash_text(hash, text), w->class->noun);
    if (d->window_stride == 2)
        hash = alfa__hash_text(hash, "stride 2");
    snprintf(text, sizeof text, "%d %g %g %d ", entrant->setup.bank.fusion, entrant->setup.bank.memory_weight,
             entrant->setup.bank.map_weight, entrant->setup.bank.budget);
    hash = alfa__hash_text(hash, text);
    hash = alfa__hash_text(hash, entrant->setup.bank.layers ? entrant->setup.bank.layers : "");
    if (entrant->setup.bank.place > 0)
        hash = alfa__hash_text(hash, "place");
    hash = hash_others(hash, w->run->options);
    if (w->prompts && alfa__file_read(&bytes, &size, w->prompts, (size_t)1 << 24, NULL) == ALFA_OK)
        hash = alfa__hash(hash, bytes, size);
    for (size_t i = 0; i < w->class->count; i++) {
        hash = alfa__hash_text(alfa__hash_text(hash, w->class->items[i].kind),
                               alfa__path_name(w->class->items[i].image));
        hash = alfa__hash(hash, w->class->items[i].mask ? "m" : "-", 1);
        hash = add_size(hash, w->class->items[i].image);
    }
    for (size_t i = 0; i < w->class->normals.count; i++)
        hash = add_size(alfa__hash_text(hash, alfa__path_name(w->class->normals.items[i])),
                        w->class->normals.items[i]);
    free(bytes);
    snprintf(out, 17, "%016" PRIx64, hash);
}

/* What the class can show: every entrant with every number of normal images that there are, and all seeds. */
static enum alfa_status
each_unit(struct walk *w,
          enum alfa_status (*visit)(struct walk *w, const struct alfa__entrant *entrant, int shots, int seed,
                                    const char *key, struct alfa_error *err),
          struct alfa_error *err)
{
    const struct alfa__eval_options *o = w->run->options;
    for (int e = 0; e < w->run->entrants->count; e++) {
        const struct alfa__entrant *entrant = &w->run->entrants->items[e];
        char key[17];
        make_key(key, w, entrant);
        for (int i = 0; i < o->shot_count; i++) {
            const int seeds = alfa__eval_seeds_of(o->shots[i], o->seeds);
            if (!alfa__entrant_takes(entrant, o->shots[i]) ||
                alfa__eval_shots_of(o->shots[i], w->class->normals.count) < 0)
                continue;
            for (int seed = 0; seed < seeds; seed++)
                ALFA__TRY(visit(w, entrant, o->shots[i], seed, key, err));
        }
    }
    return ALFA_OK;
}

/* The panels show the first seed of everything. */
static enum alfa_status add_to_panels(struct walk *w, const struct alfa__entrant *entrant, int shots,
                                      int seed, const char *key, struct alfa_error *err)
{
    (void)err;
    if (seed == 0)
        w->panels = alfa__hash_text(
            alfa__hash(alfa__hash_text(w->panels, entrant->label), &shots, sizeof shots), key);
    return ALFA_OK;
}

static enum alfa_status add_unit(struct walk *w, const struct alfa__entrant *entrant, int shots, int seed,
                                 const char *key, struct alfa_error *err)
{
    const bool known =
        alfa__eval_results_take(w->run->results, w->class->name, entrant->label, shots, seed, key);
    if (known && (seed || !w->panels))
        return ALFA_OK;
    struct unit *larger = realloc(w->units, ((size_t)w->count + 1) * sizeof *larger);
    if (!larger)
        return alfa__fail_memory(err, ((size_t)w->count + 1) * sizeof *larger);
    w->units = larger;
    struct unit *unit = &larger[w->count++];
    *unit = (struct unit){.entrant = entrant,
                          .shots = shots,
                          .learns = alfa__eval_shots_of(shots, w->class->normals.count),
                          .seed = seed,
                          .known = known};
    memcpy(unit->key, key, sizeof unit->key);
    return ALFA_OK;
}

/* The units whose results are not there, and those that panels need which are not there. Too few normal
 * images: no units. */
static enum alfa_status plan(struct walk *w, struct alfa_error *err)
{
    const struct alfa__eval_options *o = w->run->options;
    if (o->prompts)
        w->prompts = o->prompts(o->context, w->class->name, w->class->noun);
    if (o->out) {
        w->panels = ALFA__HASH_START;
        ALFA__TRY(each_unit(w, add_to_panels, err));
        w->panels = alfa__panels_there(o->out, w->run->number, w->class->name, w->panels) ? 0 : w->panels;
    }
    return each_unit(w, add_unit, err);
}

static void free_walk(struct walk *w)
{
    for (int i = 0; i < w->count; i++) {
        struct unit *unit = &w->units[i];
        unit->entrant->method->free(unit->state);
        free(unit->scores);
        free(unit->maps);
        free(unit->order);
    }
    for (size_t i = 0; i < w->class->count && w->masks; i++)
        alfa__mask_free(&w->masks[i]);
    free(w->units);
    free(w->judged);
    free(w->sizes);
    free(w->masks);
    free(w->prompts);
    alfa__arena_free(&w->arena);
}

enum alfa_status alfa__eval_class_steps(int *steps, int *missing, const struct alfa__eval_run *run,
                                        const struct alfa__class *class, struct alfa_error *err)
{
    struct walk w = {.run = (struct alfa__eval_run *)run, .class = class};
    enum alfa_status status = plan(&w, err);
    *steps = w.count ? (int)class->count + w.count : 0;
    *missing = 0;
    for (int i = 0; i < w.count; i++)
        *missing += !w.units[i].known;
    free_walk(&w);
    return status;
}

/* ------------------------------------------------------------------ failures and progress */

static bool stopped(const struct walk *w)
{
    const struct alfa__eval_options *o = w->run->options;
    w->run->outcome->stopped = w->run->outcome->stopped || (o->stop && o->stop(o->context));
    return w->run->outcome->stopped;
}

static void step(struct walk *w)
{
    const struct alfa__eval_options *o = w->run->options;
    w->run->done++;
    if (o->progress)
        o->progress(o->context, w->run->done, w->run->total);
}

/* The unit goes no further; the others do. */
static void drop(struct walk *w, struct unit *unit, const struct alfa_error *err)
{
    char source[320];
    unit->dropped = true;
    snprintf(source, sizeof source, "%s, %s with %d normal images, seed %d", w->class->name,
             unit->entrant->title, unit->learns, unit->seed);
    alfa__notices_add(&w->run->outcome->failures, source, "%s%s%s", err->source, *err->source ? ": " : "",
                      err->message);
}

/* ------------------------------------------------------------------ opening and learning */

static enum alfa_status open_unit(struct walk *w, struct unit *unit, struct alfa_error *err)
{
    const struct alfa__entrant *entrant = unit->entrant;
    struct alfa__method_setup setup = entrant->setup;
    const size_t count = w->class->count;
    setup.noun = w->class->noun;
    setup.texture = alfa__is_surface(w->class->name);
    setup.prompt_set = entrant->sentences && entrant->templates ? w->prompts : NULL;
    setup.templates = entrant->templates ? w->run->options->templates : w->prompts;
    setup.domain = w->run->options->domain;
    unit->scores = calloc(count, sizeof *unit->scores);
    if (!unit->scores)
        return alfa__fail_memory(err, count * sizeof *unit->scores);
    if (unit->shots) {
        unit->order = alfa__eval_order(w->class, unit->seed);
        if (!unit->order)
            return alfa__fail_memory(err, w->class->normals.count * sizeof *unit->order);
    }
    return entrant->method->open(&unit->state, &setup, err);
}

/* What is known of a normal image; features lie in the arena. */
struct known {
    struct alfa_image *image; /* NULL: not needed, or it cannot be read */
    struct alfa__features features;
    struct alfa_error err; /* why it cannot be read */
};

/* scratch is for the pass over the image alone, which needs many times what stays of it. */
static enum alfa_status look_at_normal(struct walk *w, struct known *known, int index,
                                       const struct alfa__feature_request *request, struct alfa__arena *arena,
                                       struct alfa__arena *scratch)
{
    const struct alfa__mark start = alfa__arena_mark(scratch);
    struct alfa__features seen;
    const char *path = w->class->normals.items[index];
    struct alfa_image_options how = ALFA_IMAGE_OPTIONS_INIT;
    int size[2];
    how.bits = w->run->options->bits;
    ALFA__TRY(alfa_image_load_as(&known->image, path, &how, &known->err));
    if (request->layer_count == 0)
        return ALFA_OK;
    enum alfa_status status = alfa__store_features(&w->run->store, w->run->options->model, &seen, size, path,
                                                   request, scratch, &known->err);
    if (status == ALFA_OK)
        status = alfa__features_keep(&known->features, &seen, arena, &known->err);
    alfa__arena_reset(scratch, start);
    return status;
}

/* A unit learns from its first images. views: room for its shots. */
static enum alfa_status teach(struct walk *w, struct unit *unit, const struct known *known,
                              const struct alfa__feature_request *all, struct alfa__features *views,
                              struct alfa__reference_image *references, struct alfa_error *err)
{
    for (int k = 0; k < unit->learns; k++) {
        const struct known *one = &known[unit->order[k]];
        if (one->err.code != ALFA_OK) {
            *err = one->err;
            return err->code;
        }
        if (!unit->entrant->method->from_images)
            alfa__features_view(&views[k], &one->features, all, &unit->request);
        references[k] = (struct alfa__reference_image){
            one->image, alfa__path_name(w->class->normals.items[unit->order[k]]), &views[k]};
    }
    return unit->entrant->method->learn(unit->state, references, unit->learns, err);
}

static enum alfa_status teach_all(struct walk *w, struct known *known, struct alfa__arena *arena,
                                  struct alfa__arena *scratch, struct alfa_error *err)
{
    struct alfa__feature_request all = {.values = false};
    int most = 0;
    for (int i = 0; i < w->count; i++) {
        struct unit *unit = &w->units[i];
        if (unit->dropped || !unit->shots)
            continue;
        most = unit->learns > most ? unit->learns : most;
        unit->entrant->method->request(unit->state, &unit->request);
        if (!unit->entrant->method->from_images)
            ALFA__TRY(alfa__request_join(&all, &unit->request, err));
    }
    struct alfa__features *views = alfa__arena_array(arena, (size_t)most, sizeof *views);
    struct alfa__reference_image *references = alfa__arena_array(arena, (size_t)most, sizeof *references);
    if (!views || !references)
        return alfa__fail_memory(err, (size_t)most * sizeof *views);
    for (int i = 0; i < w->count && !stopped(w); i++) {
        struct unit *unit = &w->units[i];
        struct alfa_error problem;
        for (int k = 0; k < unit->learns && !unit->dropped; k++) {
            struct known *one = &known[unit->order[k]];
            if (!one->image && one->err.code == ALFA_OK)
                (void)look_at_normal(w, one, unit->order[k], &all, arena, scratch);
        }
        if (unit->shots && !unit->dropped &&
            teach(w, unit, known, &all, views, references, &problem) != ALFA_OK)
            drop(w, unit, &problem);
    }
    return ALFA_OK;
}

/* Opens all units and lets them learn. */
static enum alfa_status prepare(struct walk *w, struct alfa_error *err)
{
    struct alfa__arena arena = {0}, scratch = {0};
    struct alfa_error problem;
    bool learners = false;
    for (int i = 0; i < w->count; i++) {
        if (open_unit(w, &w->units[i], &problem) != ALFA_OK)
            drop(w, &w->units[i], &problem);
        learners = learners || w->units[i].shots;
    }
    if (!learners)
        return ALFA_OK;
    struct known *known = calloc(w->class->normals.count, sizeof *known);
    if (!known)
        return alfa__fail_memory(err, w->class->normals.count * sizeof *known);
    enum alfa_status status = teach_all(w, known, &arena, &scratch, err);
    for (size_t i = 0; i < w->class->normals.count; i++)
        alfa_image_free(known[i].image);
    free(known);
    alfa__arena_free(&arena);
    alfa__arena_free(&scratch);
    return status;
}

/* ------------------------------------------------------------------ judging */

/* Keeps what a unit says about item number i; refuses numbers that are none. */
static enum alfa_status note(struct walk *w, struct unit *unit, size_t i, const struct alfa__verdict *verdict,
                             struct alfa_error *err)
{
    const size_t cells = (size_t)verdict->side * (size_t)verdict->side;
    bool finite = isfinite(verdict->score);
    if (verdict->side && !unit->maps) {
        unit->side = verdict->side;
        unit->maps = malloc(w->class->count * cells * sizeof *unit->maps);
        if (!unit->maps)
            return alfa__fail_memory(err, w->class->count * cells * sizeof *unit->maps);
    }
    unit->scores[i] = verdict->score;
    unit->calibration = verdict->calibration;
    for (size_t p = 0; p < cells; p++) {
        unit->maps[i * cells + p] = (float)verdict->map[p];
        finite = finite && isfinite(verdict->map[p]);
    }
    unit->kept += verdict->kept;
    unit->fallbacks += verdict->fallback;
    return finite ? ALFA_OK
                  : alfa__fail(err, ALFA_ERROR_MODEL, w->class->items[i].image,
                               "got a score that is not a number");
}

static void ask(struct walk *w, struct unit *unit, size_t i, const struct alfa__features *features,
                const struct alfa__feature_request *all)
{
    const struct alfa__method *method = unit->entrant->method;
    const struct alfa__mark mark = alfa__arena_mark(&w->arena);
    const double start = alfa__clock();
    struct alfa__features view;
    struct alfa__verdict verdict;
    struct alfa_error err;
    alfa__features_view(&view, features, all, &unit->request);
    enum alfa_status status = method->score(unit->state, &verdict, &view, &w->arena, &err);
    if (status == ALFA_OK && !method->finish)
        status = note(w, unit, i, &verdict, &err);
    if (status != ALFA_OK)
        drop(w, unit, &err);
    unit->seconds += alfa__clock() - start;
    alfa__arena_reset(&w->arena, mark);
}

/* The features of an item, and its mask when it has one. */
static enum alfa_status look_at(struct walk *w, size_t i, struct alfa__features *features,
                                const struct alfa__feature_request *all, struct alfa_error *err)
{
    const struct alfa__eval_options *o = w->run->options;
    const struct alfa__item *item = &w->class->items[i];
    int own[2];
    ALFA__TRY(
        alfa__store_features(&w->run->store, o->model, features, own, item->image, all, &w->arena, err));
    for (int axis = 0; axis < 2; axis++)
        w->sizes[i][axis] = o->original ? own[axis] : o->model->info.image_size;
    return item->mask && item->anomalous
               ? alfa__mask_open(&w->masks[i], item->mask, own[0], own[1],
                                 o->detector.resize == ALFA_RESIZE_CROP, w->sizes[i][0], w->sizes[i][1],
                                 &w->run->outcome->notices, err)
               : ALFA_OK;
}

static enum alfa_status judge_all(struct walk *w, struct alfa_error *err)
{
    struct alfa__feature_request all = {.values = false};
    struct alfa_error problem;
    for (int u = 0; u < w->count; u++) {
        if (w->units[u].dropped)
            continue;
        w->units[u].entrant->method->request(w->units[u].state, &w->units[u].request);
        ALFA__TRY(alfa__request_join(&all, &w->units[u].request, err));
    }
    for (size_t i = 0; i < w->class->count && !stopped(w); i++) {
        const struct alfa__mark mark = alfa__arena_mark(&w->arena);
        struct alfa__features features;
        if (look_at(w, i, &features, &all, &problem) == ALFA_OK) {
            w->judged[i] = true;
            for (int u = 0; u < w->count; u++)
                if (!w->units[u].dropped)
                    ask(w, &w->units[u], i, &features, &all);
        } else {
            w->failed++;
            alfa__notices_add(&w->run->outcome->failures, problem.source, "%s", problem.message);
        }
        alfa__arena_reset(&w->arena, mark);
        step(w);
    }
    return ALFA_OK;
}

/* How long a unit takes for an image, alone; of a method that judges images together there is no such time.
 */
static enum alfa_status time_unit(struct alfa__timing *out, struct walk *w, const struct unit *unit,
                                  struct alfa_error *err)
{
    const struct alfa__eval_options *o = w->run->options;
    const int count = o->timed < (int)w->class->count ? o->timed : (int)w->class->count;
    *out = (struct alfa__timing){0};
    if (!count || unit->seed || unit->entrant->method->finish)
        return ALFA_OK;
    const char **paths = calloc((size_t)count, sizeof *paths);
    if (!paths)
        return alfa__fail_memory(err, (size_t)count * sizeof *paths);
    for (int i = 0; i < count; i++)
        paths[i] = w->class->items[i].image;
    enum alfa_status status = alfa__eval_time(out, unit->entrant->method, unit->state, &unit->request,
                                              o->model, o->detector.resize, o->bits, paths, count, err);
    free(paths);
    return status;
}

/* The verdicts of a method that judges images by each other. */
static enum alfa_status finish(struct walk *w, struct unit *unit, struct alfa_error *err)
{
    const int count = (int)w->class->count - w->failed;
    const double start = alfa__clock();
    struct alfa__verdict *verdicts = calloc((size_t)count + 1, sizeof *verdicts);
    if (!verdicts)
        return alfa__fail_memory(err, (size_t)count * sizeof *verdicts);
    enum alfa_status status = unit->entrant->method->finish(unit->state, verdicts, count, &w->arena, err);
    for (size_t i = 0, k = 0; i < w->class->count && status == ALFA_OK; i++)
        if (w->judged[i])
            status = note(w, unit, i, &verdicts[k++], err);
    unit->seconds += alfa__clock() - start;
    free(verdicts);
    return status;
}

/* ------------------------------------------------------------------ measuring */

/* What thresholds from the normal images alone decide. Copies of one image make none. */
static enum alfa_status decide(struct alfa__eval_result *out, const struct walk *w, const struct unit *unit,
                               struct alfa_error *err)
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

static enum alfa_status measure_images(struct alfa__eval_result *out, const struct walk *w,
                                       const struct unit *unit, struct alfa_error *err)
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
    out->values[ALFA__EVAL_IMAGE_AUROC] = ranking.auroc;
    out->values[ALFA__EVAL_IMAGE_AP] = ranking.average_precision;
    out->values[ALFA__EVAL_IMAGE_AUPR] = ranking.aupr;
    out->values[ALFA__EVAL_IMAGE_F1] = ranking.f1_max;
    return ALFA_OK;
}

/* The map of an item at the model's size, as its authors smooth it, into map. */
static enum alfa_status model_map(float *map, struct walk *w, const struct unit *unit, size_t i,
                                  struct alfa_error *err)
{
    const int side = w->run->options->model->info.image_size;
    const double sigma = unit->entrant->method->sigma;
    const float *grid = unit->maps + i * (size_t)unit->side * (size_t)unit->side;
    alfa__upsample_bilinear(map, side, side, grid, unit->side, unit->side);
    return sigma > 0 ? alfa__smooth(map, side, side, sigma, &w->arena, err) : ALFA_OK;
}

/* The same at the size at which its pixels are compared, in the arena. */
static enum alfa_status full_map(float **out, struct walk *w, const struct unit *unit, size_t i,
                                 struct alfa_error *err)
{
    const int side = w->run->options->model->info.image_size, width = w->sizes[i][0], height = w->sizes[i][1];
    float *map = alfa__arena_array(&w->arena, (size_t)side * (size_t)side, sizeof *map);
    *out = width == side && height == side
               ? map
               : alfa__arena_array(&w->arena, (size_t)width * (size_t)height, sizeof **out);
    if (!map || !*out)
        return alfa__fail_memory(err, (size_t)width * (size_t)height * sizeof *map);
    ALFA__TRY(model_map(map, w, unit, i, err));
    if (*out != map)
        alfa__upsample_bilinear(*out, width, height, map, side, side);
    return ALFA_OK;
}

/* Whether the pixels of an item count: not those of a defect that nobody has drawn. */
static bool has_truth(const struct walk *w, size_t i)
{
    return w->judged[i] && (!w->class->items[i].anomalous || w->masks[i].pixels);
}

static enum alfa_status add_pixels(struct alfa__pixels *pixels, struct walk *w, const struct unit *unit,
                                   size_t i, struct alfa_error *err)
{
    const struct alfa__mark mark = alfa__arena_mark(&w->arena);
    float *map;
    ALFA__TRY(full_map(&map, w, unit, i, err));
    ALFA__TRY(alfa__pixels_add(pixels, map, w->masks[i].pixels, w->sizes[i][0], w->sizes[i][1], err));
    alfa__arena_reset(&w->arena, mark);
    return ALFA_OK;
}

static enum alfa_status measure_pixels(struct alfa__eval_result *out, struct walk *w, const struct unit *unit,
                                       struct alfa_error *err)
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
        out->values[ALFA__EVAL_PIXEL_AUROC] = metrics.ranking.auroc;
        out->values[ALFA__EVAL_PIXEL_F1] = metrics.ranking.f1_max;
        out->values[ALFA__EVAL_PRO] = metrics.pro;
        out->values[ALFA__EVAL_PRO_200] = metrics.pro_200;
    }
    alfa__pixels_free(pixels);
    return status;
}

/* A result with everything but its metrics. */
static enum alfa_status begin_result(struct alfa__eval_result *out, const struct walk *w,
                                     const struct unit *unit, struct alfa_error *err)
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

/* Measures a unit and keeps its result; with failed images only until the end of this run. */
static enum alfa_status conclude(struct walk *w, struct unit *unit, struct alfa_error *err)
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
        status = time_unit(&result.timing, w, unit, err);
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

static enum alfa_status conclude_all(struct walk *w, struct alfa_error *err)
{
    struct alfa_error problem;
    for (int u = 0; u < w->count && !stopped(w); u++) {
        struct unit *unit = &w->units[u];
        const struct alfa__mark mark = alfa__arena_mark(&w->arena);
        if (!unit->dropped && unit->entrant->method->finish && finish(w, unit, &problem) != ALFA_OK)
            drop(w, unit, &problem);
        alfa__arena_reset(&w->arena, mark);
        if (!unit->dropped && !unit->known)
            ALFA__TRY(conclude(w, unit, err));
        step(w);
    }
    return ALFA_OK;
}

/* ------------------------------------------------------------------ panels */

/* The units that are drawn, beside what is said about them. */
struct shown {
    struct walk *walk;
    const struct unit **units;
};

static enum alfa_status shown_map(void *context, float *map, int m, size_t i, struct alfa_error *err)
{
    const struct shown *shown = context;
    return model_map(map, shown->walk, shown->units[m], i, err);
}

/* Lowest and highest value of a unit's maps. */
static void find_range(struct alfa__panel_method *out, const struct walk *w, const struct unit *unit)
{
    const size_t cells = (size_t)unit->side * (size_t)unit->side;
    bool any = false;
    for (size_t i = 0; i < w->class->count; i++)
        for (size_t p = 0; w->judged[i] && p < cells; p++) {
            const double value = (double)unit->maps[i * cells + p];
            out->low = any ? fmin(out->low, value) : value;
            out->high = any ? fmax(out->high, value) : value;
            any = true;
        }
}

static enum alfa_status draw_panels(struct walk *w, struct alfa_error *err)
{
    struct alfa__panel_method *methods = calloc((size_t)w->count, sizeof *methods);
    const struct unit **units = calloc((size_t)w->count, sizeof *units), *first = NULL;
    struct shown shown = {w, units};
    bool complete = w->failed == 0;
    int count = 0;
    for (int u = 0; u < w->count && methods && units; u++) {
        const struct unit *unit = &w->units[u];
        complete = complete && !unit->dropped;
        if (unit->dropped || unit->seed)
            continue;
        first = first ? first : unit;
        if (!unit->maps)
            continue;
        methods[count] = (struct alfa__panel_method){.label = unit->entrant->title, .shots = unit->shots};
        find_range(&methods[count], w, unit);
        units[count++] = unit;
    }
    enum alfa_status status =
        methods && units ? ALFA_OK : alfa__fail_memory(err, (size_t)w->count * sizeof *methods);
    if (status == ALFA_OK && first) {
        const struct alfa__panel_class panels = {.folder = w->run->options->out,
                                                 .number = w->run->number,
                                                 .key = complete ? w->panels : 0,
                                                 .class = w->class,
                                                 .judged = w->judged,
                                                 .masks = w->masks,
                                                 .scores = first->scores,
                                                 .first = first->entrant->title,
                                                 .bits = w->run->options->bits,
                                                 .crop = w->run->options->detector.resize == ALFA_RESIZE_CROP,
                                                 .methods = methods,
                                                 .method_count = count,
                                                 .side = w->run->options->model->info.image_size,
                                                 .map = shown_map,
                                                 .context = &shown};
        status = alfa__panels_draw(&panels, err);
    }
    free(methods);
    free(units);
    return status;
}

enum alfa_status alfa__eval_class(struct alfa__eval_run *run, const struct alfa__class *class,
                                  struct alfa_error *err)
{
    struct walk w = {.run = run, .class = class};
    w.judged = calloc(class->count, sizeof *w.judged);
    w.sizes = calloc(class->count, sizeof *w.sizes);
    w.masks = calloc(class->count, sizeof *w.masks);
    enum alfa_status status =
        w.judged && w.sizes && w.masks ? plan(&w, err) : alfa__fail_memory(err, class->count);
    if (status == ALFA_OK && w.count) {
        status = prepare(&w, err);
        if (status == ALFA_OK && !stopped(&w))
            status = judge_all(&w, err);
        if (status == ALFA_OK && !stopped(&w))
            status = conclude_all(&w, err);
        if (status == ALFA_OK && w.panels && !stopped(&w))
            status = draw_panels(&w, err);
    }
    free_walk(&w);
    return status;
}
