#include "detect/bank.h"
#include "detect/compared.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FOLDS 10 /* groups that are judged by the others */

enum { IMAGE, LAYER, PARTS };

/* ------------------------------------------------------------------ filling */

enum alfa_status alfa__compared_begin(struct alfa_bank *bank, const struct alfa_detector *d,
                                      struct alfa_error *err)
{
    const struct alfa__method *method = d->compared->method;
    struct alfa__memory *part;
    if (!method->few_shot)
        return alfa__fail(err, ALFA_ERROR_USAGE, method->name, "learns nothing from normal images");
    if (bank->turned)
        return alfa__fail(err, ALFA_ERROR_USAGE, "turned", "copies have no meaning with the method %s",
                          method->name);
    if (strchr(bank->layer_names, ','))
        return alfa__fail(err, ALFA_ERROR_USAGE, "layers", "names several: the method %s looks at one",
                          method->name);
    return alfa__bank_add_part(&bank->store, &part, "image", d->model->info.grid, d->model->info.embed_dim,
                               err);
}

static int cells_of(const struct alfa__bank *store)
{
    return store->parts[LAYER].rows / store->parts[IMAGE].rows;
}

/* Whether the parts are what alfa__compared_add() makes: a bank may come from a file. */
static bool is_whole(const struct alfa__bank *store)
{
    if (store->part_count != PARTS || store->parts[IMAGE].rows == 0 || store->parts[LAYER].dim < 2)
        return false;
    const int cells = cells_of(store), side = (int)lround(sqrt(cells));
    return cells > 0 && side * side == cells && store->parts[IMAGE].rows * cells == store->parts[LAYER].rows;
}

bool alfa__compared_fits(const struct alfa_bank *bank, const struct alfa__features *features)
{
    const struct alfa__bank *store = &bank->store;
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

static enum alfa_status remember(struct alfa_bank *bank, const struct alfa__features *features,
                                 struct alfa__arena *arena, struct alfa_error *err)
{
    struct alfa__memory *image = &bank->store.parts[IMAGE], *layer = &bank->store.parts[LAYER];
    const struct alfa__dense *dense = &features->layers[0];
    const struct alfa__origin *last = image->rows ? &image->origins[image->rows - 1] : NULL;
    const int number = bank->store.reference_count, cells = dense->side * dense->side;
    const int copy = last && last->image == number ? last->place + 1 : 0;
    const float *rows = with_one(dense, arena);
    if (!rows)
        return alfa__fail_memory(err, (size_t)cells * (size_t)dense->dim * sizeof *rows);
    if (layer->rows == 0)
        layer->dim = dense->dim + 1;
    else if (!is_whole(&bank->store) || !alfa__compared_fits(bank, features))
        return alfa__fail(err, ALFA_ERROR_INPUT, "bank",
                          "does not hold what this model sees: learn it again");
    ALFA__TRY(alfa__memory_add(image, features->image, 1, (struct alfa__origin){number, copy}, err));
    return alfa__memory_add(layer, rows, cells, (struct alfa__origin){number, copy * cells}, err);
}

enum alfa_status alfa__compared_add(struct alfa_bank *bank, struct alfa_detector *d,
                                    const struct alfa_image *image, struct alfa_error *err)
{
    const struct alfa__mark mark = alfa__arena_mark(&d->arena);
    const struct alfa__feature_request request = {.layers = {bank->layers[0]}, .layer_count = 1};
    struct alfa__features features;
    ALFA__TRY(alfa__features_run(d->model, &features, image, d->options.resize, &request, &d->arena, err));
    ALFA__TRY(remember(bank, &features, &d->arena, err));
    alfa__arena_reset(&d->arena, mark);
    bank->model = d->model;
    return ALFA_OK;
}

/* ------------------------------------------------------------------ what the method saw */

/* Of picture number i, in the order of adding; rows: room for its cells. */
static void recall(struct alfa__features *out, float *rows, const struct alfa__bank *store, int i)
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

static size_t row_size(const struct alfa__bank *store)
{
    return (size_t)cells_of(store) * (size_t)(store->parts[LAYER].dim - 1);
}

/* From the references whose number is not except in groups; with one group from all. */
static enum alfa_status teach(void *state, const struct alfa__method *method, const struct alfa__bank *store,
                              int groups, int except, struct alfa_error *err)
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
    for (int p = 0; p < side * side; p++)
        t->largest[index] = fmax(t->largest[index], (double)t->map[p]);
    alfa__arena_reset(&t->arena, mark);
    return ALFA_OK;
}

/* The references of one group, and their copies, by what is learned from the other groups. */
static enum alfa_status judge_group(struct trial *t, void *state, int groups, int group,
                                    struct alfa_error *err)
{
    const struct alfa__bank *store = &t->bank->store;
    const bool alone = store->reference_count == 1;
    ALFA__TRY(teach(state, t->method, store, groups, group, err));
    for (int i = 0; i < store->parts[IMAGE].rows; i++) {
        const struct alfa__origin origin = store->parts[IMAGE].origins[i];
        const int index = alone ? origin.place - 1 : origin.place == 0 ? origin.image : -1;
        if (index >= 0 && index < t->count && origin.image % groups == group)
            ALFA__TRY(judge(t, state, i, index, err));
    }
    return ALFA_OK;
}

static enum alfa_status judge_all(struct trial *t, struct alfa_error *err)
{
    const struct alfa_bank *bank = t->bank;
    const int references = bank->store.reference_count, groups = references < FOLDS ? references : FOLDS;
    struct alfa__method_setup setup = ALFA__METHOD_SETUP_INIT;
    setup.model = bank->model;
    setup.noun = bank->store.noun;
    setup.bank.layers = bank->layer_names;
    enum alfa_status status = ALFA_OK;
    for (int group = 0; group < groups && status == ALFA_OK; group++) {
        void *state = NULL;
        status = t->method->open(&state, &setup, err);
        if (status == ALFA_OK)
            status = judge_group(t, state, groups, group, err);
        t->method->free(state);
    }
    return status;
}

static double mean(const double *numbers, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += numbers[i];
    return sum / count;
}

static enum alfa_status set_thresholds(struct trial *t, struct alfa_error *err)
{
    struct alfa_bank *bank = t->bank;
    const double level = mean(t->scores, t->count), map_level = mean(t->largest, t->count);
    if (!isfinite(level) || !isfinite(map_level))
        return alfa__fail(err, ALFA_ERROR_MODEL, bank->store.model,
                          "gives a score that is not a number: its weights are damaged");
    json_object_set_new(bank->store.options, "level", json_real(level));
    json_object_set_new(bank->store.options, "map_level", json_real(map_level));
    for (int i = 0; i < t->count; i++) {
        t->scores[i] = alfa__compared_scale(t->scores[i], true, level);
        t->largest[i] = alfa__compared_scale(t->largest[i], true, map_level);
    }
    ALFA__TRY(alfa__bank_set_threshold(&bank->store.image, bank, t->scores, t->count, err));
    return alfa__bank_set_threshold(&bank->store.pixel, bank, t->largest, t->count, err);
}

enum alfa_status alfa__compared_finish(struct alfa_bank *bank, struct alfa_error *err)
{
    const struct alfa__bank *store = &bank->store;
    if (!bank->model || store->reference_count == 0 || !is_whole(store))
        return alfa__fail(err, ALFA_ERROR_USAGE, NULL, "a bank needs at least one normal image");
    const size_t side = (size_t)bank->model->info.image_size;
    const int copies = store->parts[IMAGE].rows - 1; /* of one reference alone */
    struct trial t = {.bank = bank,
                      .method = alfa__method_get(bank->info.method),
                      .count = store->reference_count == 1 ? copies : store->reference_count};
    t.scores = calloc((size_t)t.count, sizeof *t.scores);
    t.largest = calloc((size_t)t.count, sizeof *t.largest);
    t.rows = malloc(row_size(store) * sizeof *t.rows);
    t.map = malloc(side * side * sizeof *t.map);
    enum alfa_status status = t.scores && t.largest && t.rows && t.map
                                  ? judge_all(&t, err)
                                  : alfa__fail_memory(err, side * side * sizeof *t.map);
    if (status == ALFA_OK)
        status = set_thresholds(&t, err);
    free(t.scores);
    free(t.largest);
    free(t.rows);
    free(t.map);
    alfa__arena_free(&t.arena);
    if (status == ALFA_OK)
        alfa__bank_inform(bank);
    return status;
}
