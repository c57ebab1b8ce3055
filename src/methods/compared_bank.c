#include "bank/strange.h"
#include "base/json.h"
#include "detect/bank.h"
#include "methods/compared.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FOLDS 10 /* groups that are judged by the others */

enum { IMAGE, LAYER, PARTS };

/* ------------------------------------------------------------------ filling */

enum alfa_status alfa__compared_begin(struct alfa_bank *bank, const struct alfa_detector *d,
                                      struct alfa_error *err)
{
    const struct alfa__method *method = d->method;
    struct alfa__memory *part;
    if (!method->few_shot)
        return alfa__fail(err, ALFA_ERROR_USAGE, method->name, "learns nothing from normal images");
    if (bank->turned != ALFA_TURNED_NEVER)
        return alfa__fail(err, ALFA_ERROR_USAGE, "turned", "copies have no meaning with the method %s",
                          method->name);
    if (bank->store.place > 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, "place", "has no meaning with the method %s", method->name);
    if (strchr(bank->layer_names, ','))
        return alfa__fail(err, ALFA_ERROR_USAGE, "layers", "names several: the method %s looks at one",
                          method->name);
    return alfa__bank_add_part(&bank->store, &part, "image", d->model->info.grid, d->model->info.embed_dim,
                               err);
}

static int cells_of(const struct alfa__bank_data *store)
{
    return store->parts[LAYER].rows / store->parts[IMAGE].rows;
}

/* Whether the parts are what alfa__compared_add() makes: a bank may come from a file. */
static bool is_whole(const struct alfa__bank_data *store)
{
    if (store->part_count != PARTS || store->parts[IMAGE].rows == 0 || store->parts[LAYER].dim < 2)
        return false;
    const int cells = cells_of(store), side = (int)lround(sqrt(cells));
    return cells > 0 && side * side == cells && store->parts[IMAGE].rows * cells == store->parts[LAYER].rows;
}

bool alfa__compared_fits(const struct alfa_bank *bank, const struct alfa__features *features)
{
    const struct alfa__bank_data *store = &bank->store;
    const struct alfa__dense *dense = &features->layers[0];
    return store->parts[IMAGE].dim == features->dim && store->parts[LAYER].dim == dense->dim + 1 &&
           cells_of(store) == dense->side * dense->side;
}

/* Rows with a 1 behind each, in the arena; NULL when out of memory. */
static float *with_one(const struct alfa__dense *dense, struct alfa__arena *arena)
{
    const size_t cells = (size_t)(dense->side * dense->side), dim = (size_t)dense->dim;
    float *rows = alfa__arena_array(arena, cells * (dim + 1), sizeof *rows);
    for (size_t i = 0; i < cells && rows; i++) {
        memcpy(rows + i * (dim + 1), dense->rows + i * dim, dim * sizeof *rows);
        rows[i * (dim + 1) + dim] = 1;
    }
    return rows;
}

static enum alfa_status keep(struct alfa__kept_passes *out, struct alfa_bank *bank,
                             const struct alfa__features *features, struct alfa__arena *arena,
                             struct alfa_error *err)
{
    struct alfa__memory *image = &bank->store.parts[IMAGE], *layer = &bank->store.parts[LAYER];
    const struct alfa__dense *dense = &features->layers[0];
    const float *rows = with_one(dense, arena);
    if (!rows)
        return alfa__fail_memory(err, (size_t)dense->count * (size_t)dense->dim * sizeof *rows);
    if (bank->store.reference_count == 0 && layer->rows == 0)
        layer->dim = dense->dim + 1;
    if (image->dim != features->dim || layer->dim != dense->dim + 1)
        return alfa__fail(err, ALFA_ERROR_INPUT, "bank",
                          "does not hold what this model sees: learn it again");
    struct alfa__kept_pass *s = alfa__kept_passes_add(out);
    if (!s)
        return alfa__fail_memory(err, sizeof *s);
    s->whole = true;
    s->rows[IMAGE].side = 1;
    s->rows[LAYER].side = dense->side;
    ALFA__TRY(alfa__rows_append(&s->rows[IMAGE], features->image, 1, image->dim, image->name, err));
    return alfa__rows_append(&s->rows[LAYER], rows, dense->side * dense->side, layer->dim, layer->name, err);
}

enum alfa_status alfa__compared_add(struct alfa_bank *bank, struct alfa__reference *reference,
                                    struct alfa_detector *d, const struct alfa__showing *showing,
                                    struct alfa_error *err)
{
    struct alfa__kept_passes *out =
        showing->purpose == ALFA__FOR_SCORES ? &reference->copies : &reference->passes;
    const struct alfa__mark mark = alfa__arena_mark(&d->arena);
    const struct alfa__feature_request request = {.layers = {bank->layers[0]}, .layer_count = 1};
    struct alfa__features features;
    ALFA__TRY(
        alfa__features_run(d->model, &features, showing->image, d->options.resize, &request, &d->arena, err));
    ALFA__TRY(keep(out, bank, &features, &d->arena, err));
    alfa__arena_reset(&d->arena, mark);
    bank->model = d->model;
    return ALFA_OK;
}

/* Rows of a part of one pass, with the origin {reference, copy}; number: of places in a pass. */
static enum alfa_status remember(struct alfa__memory *part, const struct alfa__rows *rows, int reference,
                                 int copy, struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__mark mark = alfa__arena_mark(arena);
    float *unpacked;
    ALFA__TRY(alfa__rows_unpack(&unpacked, rows, part->dim, arena, err));
    ALFA__TRY(alfa__memory_add(part, unpacked, rows->count,
                               (struct alfa__origin){reference, copy * rows->count}, err));
    alfa__arena_reset(arena, mark);
    return ALFA_OK;
}

static enum alfa_status remember_pass(struct alfa__bank_data *store, const struct alfa__kept_pass *pass,
                                      int reference, int copy, struct alfa__arena *arena,
                                      struct alfa_error *err)
{
    for (int p = 0; p < PARTS; p++)
        ALFA__TRY(remember(&store->parts[p], &pass->rows[p], reference, copy, arena, err));
    return ALFA_OK;
}

/* The parts anew, of all normal references that belong, and of the copies of one that is alone. */
static enum alfa_status remember_all(struct alfa_bank *bank, struct alfa__arena *arena,
                                     struct alfa_error *err)
{
    struct alfa__bank_data *store = &bank->store;
    const int normals = alfa__bank_count(store, ALFA__ROLE_NORMAL);
    for (int p = 0; p < store->part_count; p++)
        store->parts[p].rows = 0;
    if (store->part_count != PARTS)
        return alfa__fail(err, ALFA_ERROR_INPUT, "bank", "is inconsistent: learn it again");
    for (int r = 0; r < normals; r++) {
        struct alfa__reference *reference = &store->references[r];
        if (normals > 1)
            alfa__kept_passes_free(&reference->copies);
        if (reference->strange)
            continue;
        ALFA__TRY(remember_pass(store, &reference->passes.items[0], r, 0, arena, err));
        for (int i = 0; i < reference->copies.count; i++)
            ALFA__TRY(remember_pass(store, &reference->copies.items[i], r, i + 1, arena, err));
    }
    return ALFA_OK;
}

/* ------------------------------------------------------------------ what the method saw */

/* Of picture number i, in the order of adding; rows: room for its cells. */
static void recall(struct alfa__features *out, float *rows, const struct alfa__bank_data *store, int i)
{
    const struct alfa__memory *image = &store->parts[IMAGE], *layer = &store->parts[LAYER];
    const int cells = cells_of(store), dim = layer->dim - 1;
    for (int p = 0; p < cells; p++) {
        const float *row = layer->vectors + ((size_t)i * (size_t)cells + (size_t)p) * (size_t)layer->dim;
        for (int k = 0; k < dim; k++)
            rows[(size_t)p * (size_t)dim + (size_t)k] = row[dim] > 0 ? row[k] / row[dim] : 0;
    }
    *out = (struct alfa__features){
        .grid = image->window,
        .dim = image->dim,
        .image = image->vectors + (size_t)i * (size_t)image->dim,
        .layers = {{.side = (int)lround(sqrt(cells)), .dim = dim, .rows = rows, .count = cells}}};
}

static size_t row_size(const struct alfa__bank_data *store)
{
    return (size_t)cells_of(store) * (size_t)(store->parts[LAYER].dim - 1);
}

/* From the references whose number is not except in groups; with one group from all. */
static enum alfa_status teach(void *state, const struct alfa__method *method,
                              const struct alfa__bank_data *store, int groups, int except,
                              struct alfa_error *err)
{
    const size_t room = (size_t)store->reference_count + 1, size = row_size(store);
    struct alfa__features *features = malloc(room * sizeof *features);
    struct alfa__reference_image *references = malloc(room * sizeof *references);
    float *rows = malloc(room * size * sizeof *rows);
    int count = 0;
    for (int i = 0; i < store->parts[IMAGE].rows && features && references && rows; i++) {
        const struct alfa__origin origin = store->parts[IMAGE].origins[i];
        if (origin.place != 0 || (groups > 1 && origin.image % groups == except) ||
            count == store->reference_count)
            continue;
        recall(&features[count], rows + (size_t)count * size, store, i);
        references[count] = (struct alfa__reference_image){.name = store->references[origin.image].name,
                                                           .features = &features[count]};
        count++;
    }
    enum alfa_status status = count ? method->learn(state, references, count, err)
                                    : alfa__fail_memory(err, room * size * sizeof *rows);
    free(features);
    free(references);
    free(rows);
    return status;
}

enum alfa_status alfa__compared_learn(void *state, const struct alfa__method *method,
                                      const struct alfa_bank *bank, struct alfa_error *err)
{
    if (!is_whole(&bank->store))
        return alfa__fail(err, ALFA_ERROR_INPUT, "bank", "is inconsistent: learn it again");
    return teach(state, method, &bank->store, 1, 0, err);
}

struct alfa__levels alfa__compared_levels(const struct alfa_bank *bank)
{
    const json_t *json = bank->store.options;
    return (struct alfa__levels){true, json_number_value(json_object_get(json, "level")),
                                 json_number_value(json_object_get(json, "map_level"))};
}

/* ------------------------------------------------------------------ calibration */

/* A bank on its way to thresholds: one score a reference; of one reference alone one a copy. */
struct trial {
    struct alfa_bank *bank;
    const struct alfa__method *method;
    double *scores, *largest; /* of the images, of their maps; on the method's own scale */
    int count;
    bool alone;
    float *rows, *map; /* room for a picture's */
    struct alfa__arena arena;
};

static enum alfa_status judge(struct trial *t, void *state, int picture, int index, struct alfa_error *err)
{
    const struct alfa__mark mark = alfa__arena_mark(&t->arena);
    const int side = t->bank->model->info.image_size;
    struct alfa__features features;
    struct alfa__verdict verdict;
    recall(&features, t->rows, &t->bank->store, picture);
    ALFA__TRY(t->method->score(state, &verdict, &features, &t->arena, err));
    ALFA__TRY(alfa__compared_map(t->map, side, t->method, &verdict, &t->arena, err));
    t->scores[index] = fmax(t->scores[index], verdict.score);
    t->largest[index] = fmax(t->largest[index], alfa__compared_peak(t->map, (size_t)side * (size_t)side));
    alfa__arena_reset(&t->arena, mark);
    return ALFA_OK;
}

/* The references of one group, and their copies, by what is learned from the other groups. */
static enum alfa_status judge_group(struct trial *t, void *state, int groups, int group,
                                    struct alfa_error *err)
{
    const struct alfa__bank_data *store = &t->bank->store;
    ALFA__TRY(teach(state, t->method, store, groups, group, err));
    for (int i = 0; i < store->parts[IMAGE].rows; i++) {
        const struct alfa__origin origin = store->parts[IMAGE].origins[i];
        const int index = t->alone ? origin.place - 1 : origin.place == 0 ? origin.image : -1;
        if (index >= 0 && index < t->count && origin.image % groups == group)
            ALFA__TRY(judge(t, state, i, index, err));
    }
    return ALFA_OK;
}

static enum alfa_status judge_all(struct trial *t, struct alfa_error *err)
{
    const struct alfa_bank *bank = t->bank;
    const int references = t->alone ? 1 : t->count, groups = references < FOLDS ? references : FOLDS;
    struct alfa__method_setup setup = ALFA__METHOD_SETUP_INIT;
    setup.model = bank->model;
    setup.noun = bank->store.noun;
    setup.bank.layers = bank->layer_names;
    enum alfa_status status = ALFA_OK;
    for (int i = 0; i < t->count; i++)
        if (!bank->store.references[t->alone ? 0 : i].strange)
            t->scores[i] = t->largest[i] = 0;
    for (int group = 0; group < groups && status == ALFA_OK; group++) {
        void *state = NULL;
        status = alfa__watch_tell("groups", group, groups, err);
        if (status == ALFA_OK)
            status = t->method->open(&state, &setup, err);
        if (status == ALFA_OK)
            status = judge_group(t, state, groups, group, err);
        t->method->free(state);
    }
    return status;
}

/* Whether some references are strange that were not so far; judged by all others, since methods may not look
 * at distances. */
static enum alfa_status find_strange(struct trial *t, bool *any, struct alfa_error *err)
{
    struct alfa__bank_data *store = &t->bank->store;
    bool strange[ALFA__BANK_MAX_REFERENCES];
    double *numbers = t->scores;
    *any = false;
    if (t->alone || t->bank->keep_all)
        return ALFA_OK;
    for (int i = 0; i < t->count; i++)
        numbers[i] = log(fmax(numbers[i], 1e-6));
    if (alfa__strange_find(strange, numbers, t->count, ALFA__STRANGE_RATE) < 0)
        return alfa__fail_memory(err, (size_t)t->count * sizeof *numbers);
    for (int i = 0; i < t->count; i++) {
        numbers[i] = exp(numbers[i]);
        *any |= store->references[i].strange = strange[i] && !store->references[i].keep;
    }
    return ALFA_OK;
}

static double mean(const struct trial *t, const double *numbers)
{
    double sum = 0;
    int count = 0;
    for (int i = 0; i < t->count; i++) {
        const bool counts = t->alone || !t->bank->store.references[i].strange;
        sum += counts ? numbers[i] : 0;
        count += counts;
    }
    return sum / count;
}

/* The levels, and the scores on the scale that they make. */
static enum alfa_status set_levels(struct trial *t, struct alfa_error *err)
{
    struct alfa_bank *bank = t->bank;
    const double level = mean(t, t->scores), map_level = mean(t, t->largest);
    if (!isfinite(level) || !isfinite(map_level))
        return alfa__fail(err, ALFA_ERROR_MODEL, bank->store.model,
                          "gives a score that is not a number: its weights are damaged");
    ALFA__TRY(alfa__json_put(bank->store.options, "level", json_real(level), err));
    ALFA__TRY(alfa__json_put(bank->store.options, "map_level", json_real(map_level), err));
    for (int i = 0; i < t->count; i++) {
        t->scores[i] = alfa__compared_scale(t->scores[i], true, level);
        t->largest[i] = alfa__compared_scale(t->largest[i], true, map_level);
    }
    return ALFA_OK;
}

static enum alfa_status set_thresholds(struct trial *t, struct alfa_error *err)
{
    struct alfa_bank *bank = t->bank;
    int count = 0;
    ALFA__TRY(set_levels(t, err));
    for (int i = 0; i < t->count; i++) {
        struct alfa__reference *reference = &bank->store.references[t->alone ? 0 : i];
        reference->score = t->scores[i];
        reference->peak = t->largest[i];
        if (!t->alone && reference->strange)
            continue;
        t->scores[count] = t->scores[i];
        t->largest[count++] = t->largest[i];
    }
    return alfa__bank_set_thresholds(bank, t->scores, t->largest, count, err);
}

static enum alfa_status run_trial(struct trial *t, struct alfa_error *err)
{
    for (int r = 0; r < t->bank->store.reference_count; r++)
        t->bank->store.references[r].strange = false;
    ALFA__TRY(remember_all(t->bank, &t->arena, err));
    if (!is_whole(&t->bank->store))
        return alfa__fail(err, ALFA_ERROR_INPUT, "bank", "is inconsistent: learn it again");
    ALFA__TRY(judge_all(t, err));
    bool any;
    ALFA__TRY(find_strange(t, &any, err));
    if (any) {
        ALFA__TRY(remember_all(t->bank, &t->arena, err));
        ALFA__TRY(judge_all(t, err));
    }
    return set_thresholds(t, err);
}

enum alfa_status alfa__compared_finish(struct alfa_bank *bank, struct alfa_error *err)
{
    const struct alfa__bank_data *store = &bank->store;
    const int normals = alfa__bank_count(store, ALFA__ROLE_NORMAL);
    if (!bank->model)
        return alfa__fail(err, ALFA_ERROR_USAGE, NULL, "a bank needs at least one new image");
    const size_t side = (size_t)bank->model->info.image_size;
    struct trial t = {.bank = bank,
                      .method = bank->method,
                      .alone = normals == 1,
                      .count = normals == 1 ? store->references[0].copies.count : normals};
    const struct alfa__rows *rows = &store->references[0].passes.items[0].rows[LAYER];
    t.scores = calloc((size_t)t.count + 1, sizeof *t.scores);
    t.largest = calloc((size_t)t.count + 1, sizeof *t.largest);
    t.rows = malloc(((size_t)rows->count * (size_t)store->parts[LAYER].dim + 1) * sizeof *t.rows);
    t.map = malloc(side * side * sizeof *t.map);
    enum alfa_status status = t.scores && t.largest && t.rows && t.map
                                  ? run_trial(&t, err)
                                  : alfa__fail_memory(err, side * side * sizeof *t.map);
    free(t.scores);
    free(t.largest);
    free(t.rows);
    free(t.map);
    alfa__arena_free(&t.arena);
    return status;
}
