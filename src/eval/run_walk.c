#include "eval/run_walk.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/strings.h"
#include "eval/contents.h"
#include "eval/panels.h"
#include "eval/shots.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION \
    "10" /* goes up when a method or a rule changes what numbers mean: older results are done again */

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
static void make_key(char out[17], const struct alfa__walk *w, const struct alfa__entrant *entrant)
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
    if (entrant->setup.bank.turned != ALFA_TURNED_AUTO)
        hash = alfa__hash_text(hash,
                               entrant->setup.bank.turned == ALFA_TURNED_ALWAYS ? "turned" : "as they lie");
    hash = hash_others(hash, w->run->options);
    if (w->prompts && alfa__file_read(&bytes, &size, w->prompts, (size_t)1 << 24, NULL) == ALFA_OK)
        hash = alfa__hash(hash, bytes, size);
    hash = alfa__hash(hash, &w->contents, sizeof w->contents);
    free(bytes);
    snprintf(out, 17, "%016" PRIx64, hash);
}

/* What the class can show: every entrant with every number of normal images that there are, and all seeds. */
static enum alfa_status
each_unit(struct alfa__walk *w,
          enum alfa_status (*visit)(struct alfa__walk *w, const struct alfa__entrant *entrant, int shots,
                                    int seed, const char *key, struct alfa_error *err),
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
static enum alfa_status add_to_panels(struct alfa__walk *w, const struct alfa__entrant *entrant, int shots,
                                      int seed, const char *key, struct alfa_error *err)
{
    (void)err;
    if (seed == 0)
        w->panels = alfa__hash_text(
            alfa__hash(alfa__hash_text(w->panels, entrant->label), &shots, sizeof shots), key);
    return ALFA_OK;
}

static enum alfa_status add_unit(struct alfa__walk *w, const struct alfa__entrant *entrant, int shots,
                                 int seed, const char *key, struct alfa_error *err)
{
    const bool known =
        alfa__eval_results_take(w->run->results, w->class->name, entrant->label, shots, seed, key);
    if (known && (seed || !w->panels))
        return ALFA_OK;
    struct alfa__unit *larger = realloc(w->units, ((size_t)w->count + 1) * sizeof *larger);
    if (!larger)
        return alfa__fail_memory(err, ((size_t)w->count + 1) * sizeof *larger);
    w->units = larger;
    struct alfa__unit *unit = &larger[w->count++];
    *unit = (struct alfa__unit){.entrant = entrant,
                                .shots = shots,
                                .learns = alfa__eval_shots_of(shots, w->class->normals.count),
                                .seed = seed,
                                .known = known};
    memcpy(unit->key, key, sizeof unit->key);
    return ALFA_OK;
}

enum alfa_status alfa__walk_plan(struct alfa__walk *w, struct alfa_error *err)
{
    const struct alfa__eval_options *o = w->run->options;
    w->contents = alfa__contents_hash(w->class);
    if (o->prompts)
        w->prompts = o->prompts(o->context, w->class->name, w->class->noun);
    if (o->out) {
        w->panels = ALFA__HASH_START;
        ALFA__TRY(each_unit(w, add_to_panels, err));
        w->panels = alfa__panels_there(o->out, w->run->number, w->class->name, w->panels) ? 0 : w->panels;
    }
    return each_unit(w, add_unit, err);
}

void alfa__walk_free(struct alfa__walk *w)
{
    for (int i = 0; i < w->count; i++) {
        struct alfa__unit *unit = &w->units[i];
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
    struct alfa__walk w = {.run = (struct alfa__eval_run *)run, .class = class};
    enum alfa_status status = alfa__walk_plan(&w, err);
    *steps = w.count ? (int)class->count + w.count : 0;
    *missing = 0;
    for (int i = 0; i < w.count; i++)
        *missing += !w.units[i].known;
    alfa__walk_free(&w);
    return status;
}

/* ------------------------------------------------------------------ failures and progress */

bool alfa__walk_stopped(const struct alfa__walk *w)
{
    const struct alfa__eval_options *o = w->run->options;
    w->run->outcome->stopped = w->run->outcome->stopped || (o->stop && o->stop(o->context));
    return w->run->outcome->stopped;
}

void alfa__walk_step(struct alfa__walk *w)
{
    const struct alfa__eval_options *o = w->run->options;
    w->run->done++;
    if (o->progress)
        o->progress(o->context, w->run->done, w->run->total);
}

void alfa__unit_drop(struct alfa__walk *w, struct alfa__unit *unit, const struct alfa_error *err)
{
    char source[320];
    unit->dropped = true;
    snprintf(source, sizeof source, "%s, %s with %d normal images, seed %d", w->class->name,
             unit->entrant->title, unit->learns, unit->seed);
    alfa__notices_add(&w->run->outcome->failures, source, "%s%s%s", err->source, *err->source ? ": " : "",
                      err->message);
}
