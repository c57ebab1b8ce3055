#include "eval/run.h"
#include "base/files.h"
#include "base/strings.h"
#include "eval/panels.h"
#include "eval/place.h"
#include "eval/run_class.h"
#include "eval/table.h"
#include "eval/twins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Data sets and what follows from them. */
struct sets {
    struct alfa__dataset **items;
    int count;
    const struct alfa__class **classes; /* of all sets */
    const char **names;
    int class_count;
};

/* ------------------------------------------------------------------ options */

static enum alfa_status check_options(const struct alfa__eval_options *o,
                                      const struct alfa__entrants *entrants, struct alfa_error *err)
{
    if (o->seeds < 1 || o->seeds > ALFA__EVAL_MAX_SEEDS)
        return alfa__fail(err, ALFA_ERROR_USAGE, "seeds", "must be 1 to %d", ALFA__EVAL_MAX_SEEDS);
    if (o->original && o->detector.resize == ALFA_RESIZE_CROP)
        return alfa__fail(err, ALFA_ERROR_USAGE, "size", "original has no meaning where images are cropped");
    for (int e = 0; e < entrants->count; e++)
        for (int s = 0; s < o->shot_count; s++)
            if (alfa__entrant_takes(&entrants->items[e], o->shots[s]))
                return ALFA_OK;
    return alfa__fail(err, ALFA_ERROR_USAGE, "shots",
                      o->shot_count == 1 && o->shots[0] == 0
                          ? "is 0, and each of these methods needs normal images: 1,2,4 or all"
                          : "asks for normal images, and none of these methods takes any: 0");
}

/* ------------------------------------------------------------------ data sets */

static enum alfa_status add_class(struct sets *sets, const struct alfa__class *class, const char *folder,
                                  struct alfa_error *err)
{
    for (int i = 0; i < sets->class_count; i++)
        if (strcmp(sets->names[i], class->name) == 0)
            return alfa__fail(
                err, ALFA_ERROR_USAGE, folder,
                "has a class \"%s\" as another folder has: judge them in two runs, which may share --out",
                class->name);
    const size_t room = (size_t)sets->class_count + 1;
    const struct alfa__class **classes = realloc(sets->classes, room * sizeof *classes);
    sets->classes = classes ? classes : sets->classes;
    const char **names = realloc(sets->names, room * sizeof *names);
    sets->names = names ? names : sets->names;
    if (!classes || !names)
        return alfa__fail_memory(err, room * sizeof *classes);
    sets->classes[sets->class_count] = class;
    sets->names[sets->class_count++] = class->name;
    return ALFA_OK;
}

/* What a data set was taken for: a wrong guess shows here. */
static void note_layout(struct alfa__notices *notices, const struct alfa__dataset *set, const char *folder)
{
    size_t images = 0, anomalous = 0, masks = 0;
    for (size_t i = 0; i < set->count; i++) {
        images += set->classes[i].count;
        anomalous += set->classes[i].anomalous;
        masks += set->classes[i].masks;
    }
    alfa__notices_add(notices, folder,
                      "read as %s: %zu class%s, %zu images to judge, %zu of them anomalous, %zu with a mask",
                      set->layout, set->count, set->count == 1 ? "" : "es", images, anomalous, masks);
}

/* Takes set. */
static enum alfa_status take_set(struct sets *sets, struct alfa__eval_outcome *outcome,
                                 struct alfa__dataset *set, const char *folder, struct alfa_error *err)
{
    sets->items[sets->count++] = set;
    note_layout(&outcome->notices, set, folder);
    for (size_t c = 0; c < set->count; c++)
        ALFA__TRY(add_class(sets, &set->classes[c], folder, err));
    return ALFA_OK;
}

static enum alfa_status open_sets(struct sets *sets, struct alfa__eval_outcome *outcome,
                                  const struct alfa__eval_options *o, struct alfa_error *err)
{
    struct alfa__dataset *set;
    sets->items = calloc((size_t)o->folder_count + 1, sizeof *sets->items);
    if (!sets->items)
        return alfa__fail_memory(err, (size_t)o->folder_count * sizeof *sets->items);
    for (int i = 0; i < o->folder_count; i++) {
        ALFA__TRY(alfa__dataset_open(&set, o->folders[i], o->nouns, &outcome->notices, err));
        ALFA__TRY(take_set(sets, outcome, set, o->folders[i], err));
    }
    if (!o->own.normal && !o->own.abnormal)
        return ALFA_OK;
    ALFA__TRY(alfa__dataset_own(&set, &o->own, &outcome->notices, err));
    return take_set(sets, outcome, set, o->own.abnormal ? o->own.abnormal : o->own.normal, err);
}

static void close_sets(struct sets *sets)
{
    for (int i = 0; i < sets->count; i++)
        alfa__dataset_free(sets->items[i]);
    free(sets->items);
    free(sets->classes);
    free(sets->names);
}

/* Says where there are too few normal images; that there are too few everywhere is an error. */
static enum alfa_status check_normals(struct alfa__notices *notices, const struct sets *sets,
                                      const struct alfa__eval_options *o, struct alfa_error *err)
{
    bool any = false;
    size_t most = 0;
    char word[16];
    for (int c = 0; c < sets->class_count; c++)
        for (int s = 0; s < o->shot_count; s++)
            if (alfa__eval_shots_of(o->shots[s], sets->classes[c]->normals.count) < 0)
                alfa__notices_add(notices, sets->classes[c]->name,
                                  "has %zu normal images to learn from: no results with %s",
                                  sets->classes[c]->normals.count, alfa__eval_shots_text(word, o->shots[s]));
            else
                any = true;
    for (int c = 0; c < sets->class_count; c++)
        if (sets->classes[c]->normals.count > most)
            most = sets->classes[c]->normals.count;
    return any ? ALFA_OK
               : alfa__fail(err, ALFA_ERROR_INPUT, "shots",
                            "no class has so many normal images to learn from; the most are %zu", most);
}

/* The layers that are asked for, each once. */
static enum alfa_status check_layers(const struct alfa__eval_options *o, struct alfa_error *err)
{
    struct alfa__layer layers[ALFA__MAX_TAPS], layer;
    int count = 0;
    char *names = o->bank.layers ? alfa__strdup(o->bank.layers) : NULL, *save = NULL;
    enum alfa_status status = names || !o->bank.layers ? ALFA_OK : alfa__fail_memory(err, 1);
    for (char *name = names ? strtok_r(names, ",", &save) : NULL; name && status == ALFA_OK;
         name = strtok_r(NULL, ",", &save)) {
        status = alfa__layer_find(o->model, &layer, name, err);
        for (int i = 0; i < count && status == ALFA_OK; i++)
            if (layers[i].stem == layer.stem && layers[i].index == layer.index)
                status = alfa__fail(err, ALFA_ERROR_USAGE, "layers", "names %s twice", name);
        if (status == ALFA_OK && count < ALFA__MAX_TAPS)
            layers[count++] = layer;
    }
    free(names);
    return status;
}

/* What every image of a class would fail by is found before the first is looked at. */
static enum alfa_status check_sentences(const struct sets *sets, const struct alfa__eval_options *o,
                                        struct alfa_error *err)
{
    enum alfa_status status = ALFA_OK;
    for (int c = 0; c < sets->class_count && status == ALFA_OK; c++) {
        struct alfa_prompts_options options = ALFA_PROMPTS_OPTIONS_INIT;
        struct alfa_prompts *prompts = NULL;
        char *path = o->prompts ? o->prompts(o->context, sets->names[c], sets->classes[c]->noun) : NULL;
        options.set = path;
        options.templates = o->templates;
        options.domain = o->domain;
        status = alfa_prompts_compose(&prompts, "part", &options, err); /* a noun may fail alone */
        alfa_prompts_free(prompts);
        free(path);
    }
    return status;
}

static void note_twins(struct alfa__notices *notices, const struct sets *sets,
                       const struct alfa__eval_options *o)
{
    bool learns = false;
    for (int s = 0; s < o->shot_count; s++)
        learns = learns || o->shots[s] != 0;
    for (int c = 0; c < sets->class_count && learns; c++)
        alfa__twins_note(notices, sets->classes[c]);
}

/* ------------------------------------------------------------------ output */

static void describe(struct alfa__table *table, const struct alfa__eval_run *run, const struct sets *sets)
{
    const struct alfa_model_info *model = alfa_model_info(run->options->model);
    *table = (struct alfa__table){.model = model->name,
                                  .fingerprint = model->fingerprint,
                                  .classes = sets->names,
                                  .class_count = sets->class_count,
                                  .entrants = run->entrants,
                                  .shots = run->options->shots,
                                  .shot_count = run->options->shot_count,
                                  .seeds = run->options->seeds,
                                  .original = run->options->original,
                                  .timed = run->options->timed,
                                  .ablation = run->options->ablation,
                                  .wanted = run->wanted,
                                  .missing = run->wanted - run->outcome->reused - run->outcome->made,
                                  .results = run->results};
}

static enum alfa_status write_text(const struct alfa__eval_run *run, const char *name, const char *end,
                                   const struct alfa__string *text, struct alfa_error *err)
{
    char *path = alfa__eval_place(run->options->out, name, run->number, end);
    enum alfa_status status = path && alfa__string_ok(text)
                                  ? alfa__file_save(path, text->text, text->size, err)
                                  : alfa__fail_memory(err, text->size);
    free(path);
    return status;
}

static enum alfa_status write_tables(const struct alfa__eval_run *run, const struct sets *sets,
                                     struct alfa_error *err)
{
    struct alfa__string markdown = {0}, csv = {0}, json = {0}, lines = {0};
    struct alfa__table table;
    const char *out = run->options->out;
    const struct alfa__settings settings = {run->options, run->entrants, sets->classes, sets->class_count};
    describe(&table, run, sets);
    table.settings = &settings;
    table.run = run->number ? run->id : NULL;
    alfa__table_markdown(&markdown, &table);
    alfa__table_csv(&csv, &table);
    alfa__table_json(&json, &table);
    alfa__table_lines(&lines, &table);
    enum alfa_status status = alfa__string_ok(&markdown) && alfa__string_ok(&lines)
                                  ? ALFA_OK
                                  : alfa__fail_memory(err, markdown.size);
    if (status == ALFA_OK && out)
        status = write_text(run, "report", ".md", &markdown, err);
    if (status == ALFA_OK && out)
        status = write_text(run, "results", ".csv", &csv, err);
    if (status == ALFA_OK && out)
        status = write_text(run, "results", ".json", &json, err);
    if (status == ALFA_OK && out)
        status = alfa__panels_page(out, run->number, sets->names, sets->class_count, table.model, err);
    if (status == ALFA_OK) {
        run->outcome->markdown = markdown.text;
        run->outcome->lines = lines.text;
        markdown = lines = (struct alfa__string){0};
    }
    alfa__string_free(&markdown);
    alfa__string_free(&csv);
    alfa__string_free(&json);
    alfa__string_free(&lines);
    return status;
}

/* ------------------------------------------------------------------ the walk */

/* What is known before the work begins is said before it begins. */
static void pass_notices(struct alfa__eval_outcome *outcome, const struct alfa__eval_options *options)
{
    for (size_t i = 0; i < outcome->notices.count; i++)
        options->note(options->context, outcome->notices.items[i].source, outcome->notices.items[i].text);
    alfa__notices_free(&outcome->notices);
}

/* All that can be said of options and data sets before the work begins. */
static enum alfa_status check_sets(const struct sets *sets, struct alfa__eval_outcome *outcome,
                                   const struct alfa__eval_options *options, struct alfa_error *err)
{
    ALFA__TRY(check_normals(&outcome->notices, sets, options, err));
    note_twins(&outcome->notices, sets, options);
    if (options->note)
        pass_notices(outcome, options);
    ALFA__TRY(check_layers(options, err));
    return check_sentences(sets, options, err);
}

/* Two runs in one folder would make each other's results, and take each other's names for their tables. */
static enum alfa_status take_folder(int *lock, const char *out, struct alfa_error *err)
{
    ALFA__TRY(alfa__folder_make(out, err));
    return alfa__folder_lock(lock, out, err);
}

static enum alfa_status open_cache(char **path, struct alfa__eval_run *run, struct alfa_error *err)
{
    int spoilt;
    *path = NULL;
    if (!run->options->out)
        return ALFA_OK;
    *path = alfa__format("%s/results.jsonl", run->options->out);
    if (!*path)
        return alfa__fail_memory(err, strlen(run->options->out));
    run->cache = *path;
    ALFA__TRY(alfa__eval_cache_load(run->results, &spoilt, *path, err));
    if (spoilt)
        alfa__notices_add(&run->outcome->notices, *path, "has %d line%s that cannot be read: done again",
                          spoilt, spoilt == 1 ? "" : "s");
    return ALFA_OK;
}

/* Which of the runs in the folder this is. */
static enum alfa_status find_place(struct alfa__eval_run *run, const struct sets *sets,
                                   struct alfa_error *err)
{
    const char *out = run->options->out;
    const struct alfa__settings settings = {run->options, run->entrants, sets->classes, sets->class_count};
    if (!out)
        return ALFA_OK;
    ALFA__TRY(alfa__eval_run_id(run->id, &settings, err));
    ALFA__TRY(alfa__eval_run_number(&run->number, out, run->id, err));
    if (run->number > 1)
        alfa__notices_add(&run->outcome->notices, out,
                          "has tables of another run: those of this one are report-%d.md, results-%d.csv, "
                          "results-%d.json and panels-%d.html",
                          run->number, run->number, run->number, run->number);
    return ALFA_OK;
}

static enum alfa_status open_store(char **path, struct alfa__eval_run *run, struct alfa_error *err)
{
    const struct alfa__eval_options *o = run->options;
    *path = NULL;
    if (o->features_limit <= 0 || (!o->features && !o->out))
        return ALFA_OK;
    *path = o->features ? alfa__strdup(o->features) : alfa__format("%s/features", o->out);
    return *path ? alfa__store_open(&run->store, o->model, *path, o->features_limit, err)
                 : alfa__fail_memory(err, strlen(o->features ? o->features : o->out));
}

static void note_full_store(const struct alfa__eval_run *run)
{
    if (run->store.refused)
        alfa__notices_add(&run->outcome->notices, run->store.folder,
                          "has no room for what the model saw of %d images: another run looks at them again "
                          "(--features-limit)",
                          run->store.refused);
}

static int wanted_results(const struct alfa__eval_run *run, const struct sets *sets)
{
    const struct alfa__eval_options *o = run->options;
    int wanted = 0;
    for (int c = 0; c < sets->class_count; c++)
        for (int s = 0; s < o->shot_count; s++)
            for (int e = 0; e < run->entrants->count; e++)
                if (alfa__entrant_takes(&run->entrants->items[e], o->shots[s]) &&
                    alfa__eval_shots_of(o->shots[s], sets->classes[c]->normals.count) >= 0)
                    wanted += alfa__eval_seeds_of(o->shots[s], o->seeds);
    return wanted;
}

static enum alfa_status walk(struct alfa__eval_run *run, const struct sets *sets, struct alfa_error *err)
{
    int steps, missing;
    run->outcome->reused = run->wanted = wanted_results(run, sets);
    for (int c = 0; c < sets->class_count; c++) {
        ALFA__TRY(alfa__eval_class_steps(&steps, &missing, run, sets->classes[c], err));
        run->total += steps;
        run->outcome->reused -= missing;
    }
    for (int c = 0; c < sets->class_count && !run->outcome->stopped; c++)
        ALFA__TRY(alfa__eval_class(run, sets->classes[c], err));
    return ALFA_OK;
}

enum alfa_status alfa__eval_run(struct alfa__eval_outcome *outcome, const struct alfa__eval_options *options,
                                struct alfa_error *err)
{
    struct alfa__entrants entrants;
    struct alfa__eval_results results = {0};
    struct alfa__eval_run run = {
        .options = options, .entrants = &entrants, .results = &results, .outcome = outcome};
    struct sets sets = {0};
    char *cache = NULL, *store = NULL;
    int lock = -1;
    *outcome = (struct alfa__eval_outcome){0};
    ALFA__TRY(alfa__entrants_make(&entrants, options, err));
    ALFA__TRY(check_options(options, &entrants, err));
    enum alfa_status status = open_sets(&sets, outcome, options, err);
    if (status == ALFA_OK)
        status = check_sets(&sets, outcome, options, err);
    if (status == ALFA_OK && options->out)
        status = take_folder(&lock, options->out, err);
    if (status == ALFA_OK)
        status = open_cache(&cache, &run, err);
    if (status == ALFA_OK && options->note)
        pass_notices(outcome, options);
    if (status == ALFA_OK)
        status = find_place(&run, &sets, err);
    if (status == ALFA_OK)
        status = open_store(&store, &run, err);
    run.store.model = options->model;
    run.store.resize = options->detector.resize;
    run.store.bits = options->bits;
    if (status == ALFA_OK)
        status = walk(&run, &sets, err);
    note_full_store(&run);
    alfa__facts_note(&run.store.facts, &outcome->notices, true);
    if (status == ALFA_OK)
        status = write_tables(&run, &sets, err);
    close_sets(&sets);
    alfa__eval_results_free(&results);
    if (lock >= 0)
        close(lock);
    free(cache);
    free(store);
    return status;
}

void alfa__eval_outcome_free(struct alfa__eval_outcome *outcome)
{
    free(outcome->markdown);
    free(outcome->lines);
    alfa__notices_free(&outcome->notices);
    alfa__notices_free(&outcome->failures);
    *outcome = (struct alfa__eval_outcome){0};
}
