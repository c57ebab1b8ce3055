#include "base/clock.h"
#include "base/strings.h"
#include "eval/look.h"
#include "eval/run_walk.h"

#include <math.h>
#include <stdlib.h>

/* ------------------------------------------------------------------ eyes of others */

/* Asks others to look at those of the images that are not in the store. */
static enum alfa_status ask_others(struct alfa__walk *w, const char **images, size_t count,
                                   const struct alfa__feature_request *request, struct alfa_error *err)
{
    const struct alfa__eval_options *o = w->run->options;
    struct alfa__store *store = &w->run->store;
    size_t missing = 0;
    for (size_t i = 0; i < count; i++)
        if (!alfa__store_has(store, images[i], request))
            images[missing++] = images[i];
    if (missing == 0)
        return ALFA_OK;
    char *look = alfa__look_write(store, request);
    enum alfa_status status =
        look ? o->look(o->context, look, images, missing, err) : alfa__fail_memory(err, 256);
    free(look);
    return status == ALFA_OK ? alfa__store_count(store, err) : status;
}

static bool has_others(const struct alfa__walk *w)
{
    const struct alfa__store *store = &w->run->store;
    return w->run->options->look && store->folder && store->used < store->limit;
}

/* Before the class is judged. */
static enum alfa_status let_look(struct alfa__walk *w, const struct alfa__feature_request *request,
                                 struct alfa_error *err)
{
    if (!has_others(w) || alfa__walk_stopped(w))
        return ALFA_OK;
    const char **images = malloc((w->class->count + 1) * sizeof *images);
    if (!images)
        return alfa__fail_memory(err, w->class->count * sizeof *images);
    for (size_t i = 0; i < w->class->count; i++)
        images[i] = w->class->items[i].image;
    enum alfa_status status = ask_others(w, images, w->class->count, request, err);
    free(images);
    return status;
}

/* Before the units learn: the normal images that one of them takes. */
static enum alfa_status let_look_at_normals(struct alfa__walk *w, const struct alfa__feature_request *request,
                                            struct alfa_error *err)
{
    const size_t count = w->class->normals.count;
    size_t taken = 0;
    if (!has_others(w) || request->layer_count == 0 || alfa__walk_stopped(w))
        return ALFA_OK;
    const char **images = calloc(count + 1, sizeof *images);
    if (!images)
        return alfa__fail_memory(err, count * sizeof *images);
    for (int u = 0; u < w->count; u++)
        for (int k = 0; k < w->units[u].learns && !w->units[u].dropped; k++)
            images[w->units[u].order[k]] = w->class->normals.items[w->units[u].order[k]];
    for (size_t i = 0; i < count; i++)
        if (images[i])
            images[taken++] = images[i];
    enum alfa_status status = ask_others(w, images, taken, request, err);
    free(images);
    return status;
}

/* ------------------------------------------------------------------ opening and learning */

static enum alfa_status open_unit(struct alfa__walk *w, struct alfa__unit *unit, struct alfa_error *err)
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
static enum alfa_status look_at_normal(struct alfa__walk *w, struct known *known, int index,
                                       const struct alfa__feature_request *request, struct alfa__arena *arena,
                                       struct alfa__arena *scratch)
{
    const struct alfa__mark start = alfa__arena_mark(scratch);
    struct alfa__seen seen;
    const char *path = w->class->normals.items[index];
    struct alfa_image_options how = ALFA_IMAGE_OPTIONS_INIT;
    how.bits = w->run->options->bits;
    ALFA__TRY(alfa_image_load_as(&known->image, path, &how, &known->err));
    if (request->layer_count == 0)
        return ALFA_OK;
    enum alfa_status status =
        alfa__store_features(&w->run->store, &seen, path, request, scratch, &known->err);
    if (status == ALFA_OK)
        status = alfa__features_keep(&known->features, &seen.features, arena, &known->err);
    alfa__arena_reset(scratch, start);
    return status;
}

/* A unit learns from its first images. */
static enum alfa_status teach(struct alfa__walk *w, struct alfa__unit *unit, const struct known *known,
                              const struct alfa__feature_request *all, struct alfa__arena *scratch,
                              struct alfa_error *err)
{
    const struct alfa__mark start = alfa__arena_mark(scratch);
    const size_t count = (size_t)unit->learns;
    for (size_t k = 0; k < count; k++)
        if (known[unit->order[k]].err.code != ALFA_OK) {
            *err = known[unit->order[k]].err;
            return err->code;
        }
    struct alfa__features *views = alfa__arena_array(scratch, count, sizeof *views);
    struct alfa__reference_image *references = alfa__arena_array(scratch, count, sizeof *references);
    if (!views || !references)
        return alfa__fail_memory(err, count * sizeof *views);
    for (int k = 0; k < unit->learns; k++) {
        const struct known *one = &known[unit->order[k]];
        if (!unit->entrant->method->from_images)
            alfa__features_view(&views[k], &one->features, all, &unit->request);
        references[k] = (struct alfa__reference_image){
            one->image, alfa__path_name(w->class->normals.items[unit->order[k]]), &views[k]};
    }
    enum alfa_status status = unit->entrant->method->learn(unit->state, references, unit->learns, err);
    alfa__arena_reset(scratch, start);
    return status;
}

static enum alfa_status teach_all(struct alfa__walk *w, struct known *known, struct alfa__arena *arena,
                                  struct alfa__arena *scratch, struct alfa_error *err)
{
    struct alfa__feature_request all = {.values = false};
    for (int i = 0; i < w->count; i++) {
        struct alfa__unit *unit = &w->units[i];
        if (unit->dropped || !unit->shots)
            continue;
        unit->entrant->method->request(unit->state, &unit->request);
        if (!unit->entrant->method->from_images)
            ALFA__TRY(alfa__request_join(&all, &unit->request, err));
    }
    ALFA__TRY(let_look_at_normals(w, &all, err));
    for (int i = 0; i < w->count && !alfa__walk_stopped(w); i++) {
        struct alfa__unit *unit = &w->units[i];
        struct alfa_error problem;
        for (int k = 0; k < unit->learns && !unit->dropped; k++) {
            struct known *one = &known[unit->order[k]];
            if (!one->image && one->err.code == ALFA_OK)
                (void)look_at_normal(w, one, unit->order[k], &all, arena, scratch);
        }
        if (unit->shots && !unit->dropped && teach(w, unit, known, &all, scratch, &problem) != ALFA_OK)
            alfa__unit_drop(w, unit, &problem);
    }
    return ALFA_OK;
}

/* Opens all units and lets them learn. */
static enum alfa_status prepare(struct alfa__walk *w, struct alfa_error *err)
{
    struct alfa__arena arena = {0}, scratch = {0};
    struct alfa_error problem;
    bool learners = false;
    for (int i = 0; i < w->count; i++) {
        if (open_unit(w, &w->units[i], &problem) != ALFA_OK)
            alfa__unit_drop(w, &w->units[i], &problem);
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
static enum alfa_status note(struct alfa__walk *w, struct alfa__unit *unit, size_t i,
                             const struct alfa__verdict *verdict, struct alfa_error *err)
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

static void ask(struct alfa__walk *w, struct alfa__unit *unit, size_t i,
                const struct alfa__features *features, const struct alfa__feature_request *all)
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
        alfa__unit_drop(w, unit, &err);
    unit->seconds += alfa__clock() - start;
    alfa__arena_reset(&w->arena, mark);
}

/* The features of an item, and its mask when it has one. */
static enum alfa_status look_at(struct alfa__walk *w, size_t i, struct alfa__features *features,
                                const struct alfa__feature_request *all, struct alfa_error *err)
{
    const struct alfa__eval_options *o = w->run->options;
    const struct alfa__item *item = &w->class->items[i];
    struct alfa__seen seen;
    ALFA__TRY(alfa__store_features(&w->run->store, &seen, item->image, all, &w->arena, err));
    *features = seen.features;
    w->sizes[i][0] = o->original ? seen.width : o->model->info.image_size;
    w->sizes[i][1] = o->original ? seen.height : o->model->info.image_size;
    const struct alfa__mask_view view = {seen.width, seen.height, o->detector.resize == ALFA_RESIZE_CROP,
                                         w->sizes[i][0], w->sizes[i][1]};
    return item->mask && item->anomalous
               ? alfa__mask_open(&w->masks[i], item->mask, &view, &w->run->outcome->notices, err)
               : ALFA_OK;
}

/* said: notices before the first mask. */
static void doubt(struct alfa__walk *w, size_t said)
{
    size_t large = 0, count = 0;
    for (size_t i = 0; i < w->class->count; i++) {
        count += w->masks[i].pixels != NULL;
        large += w->masks[i].pixels && alfa__mask_is_large(&w->masks[i]);
    }
    alfa__notices_fold(&w->run->outcome->notices, said, 1);
    alfa__masks_doubt(&w->run->outcome->notices, w->class->name, large, count);
}

static enum alfa_status judge_all(struct alfa__walk *w, struct alfa_error *err)
{
    struct alfa__feature_request all = {.values = false};
    struct alfa_error problem;
    for (int u = 0; u < w->count; u++) {
        if (w->units[u].dropped)
            continue;
        w->units[u].entrant->method->request(w->units[u].state, &w->units[u].request);
        ALFA__TRY(alfa__request_join(&all, &w->units[u].request, err));
    }
    ALFA__TRY(let_look(w, &all, err));
    const size_t said = w->run->outcome->notices.count;
    for (size_t i = 0; i < w->class->count && !alfa__walk_stopped(w); i++) {
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
        alfa__walk_step(w);
    }
    doubt(w, said);
    return ALFA_OK;
}

/* The verdicts of a method that judges images by each other. */
static enum alfa_status finish(struct alfa__walk *w, struct alfa__unit *unit, struct alfa_error *err)
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

static enum alfa_status conclude_all(struct alfa__walk *w, struct alfa_error *err)
{
    struct alfa_error problem;
    for (int u = 0; u < w->count && !alfa__walk_stopped(w); u++) {
        struct alfa__unit *unit = &w->units[u];
        const struct alfa__mark mark = alfa__arena_mark(&w->arena);
        if (!unit->dropped && unit->entrant->method->finish && finish(w, unit, &problem) != ALFA_OK)
            alfa__unit_drop(w, unit, &problem);
        alfa__arena_reset(&w->arena, mark);
        if (!unit->dropped && !unit->known)
            ALFA__TRY(alfa__unit_conclude(w, unit, err));
        alfa__walk_step(w);
    }
    return ALFA_OK;
}

enum alfa_status alfa__eval_class(struct alfa__eval_run *run, const struct alfa__class *class,
                                  struct alfa_error *err)
{
    struct alfa__walk w = {.run = run, .class = class};
    w.judged = calloc(class->count, sizeof *w.judged);
    w.sizes = calloc(class->count, sizeof *w.sizes);
    w.masks = calloc(class->count, sizeof *w.masks);
    enum alfa_status status =
        w.judged && w.sizes && w.masks ? alfa__walk_plan(&w, err) : alfa__fail_memory(err, class->count);
    if (status == ALFA_OK && w.count) {
        status = prepare(&w, err);
        if (status == ALFA_OK && !alfa__walk_stopped(&w))
            status = judge_all(&w, err);
        if (status == ALFA_OK && !alfa__walk_stopped(&w))
            status = conclude_all(&w, err);
        if (status == ALFA_OK && w.panels && !alfa__walk_stopped(&w))
            status = alfa__walk_draw(&w, err);
    }
    alfa__walk_free(&w);
    return status;
}
