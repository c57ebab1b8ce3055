/* Known defects at learning: which rows of the bad images are kept, and whether they help. */
#include "bank/defects.h"
#include "base/json.h"
#include "detect/kept_pass.h"
#include "detect/known.h"
#include "detect/trial.h"

#include <math.h>
#include <stdlib.h>

#define LEAST_BAD 3       /* leave-one-out says nothing about fewer */
#define CLEARLY 1.645     /* standard errors that a gain must exceed: one in twenty does by chance */
#define ROWS 32           /* of a bad image, at most */
#define NUMBERS (1 << 21) /* in all rows together */

/* A row and how far it is from the normal ones. */
struct pick {
    double distance;
    const float *row;
};

static const struct alfa__memory *memory_of(const struct alfa__trial *t, int fold)
{
    const int part = alfa__bank_layer(&t->bank->store);
    return fold < t->folds ? &t->memories[fold].parts[part] : &t->bank->store.parts[part];
}

/* Judged as if new: learned and left out in a fold, or known and not learned. */
static bool is_normal(const struct alfa__trial *t, int r)
{
    return t->fold[r] >= 0 || t->bank->store.references[r].role == ALFA__ROLE_GOOD;
}

/* ------------------------------------------------------------------ rows of defects */

static int farthest_first(const void *a, const void *b)
{
    const struct pick *x = a, *y = b;
    return (x->distance < y->distance) - (x->distance > y->distance);
}

/* Those of the query's rows from a memory, in the arena. */
static enum alfa_status find_distances(struct alfa__query *query, const struct alfa__memory *memory,
                                       struct alfa__arena *arena, struct alfa_error *err)
{
    query->distances = alfa__arena_array(arena, (size_t)query->count + 1, sizeof *query->distances);
    if (!query->distances)
        return alfa__fail_memory(err, (size_t)query->count * sizeof *query->distances);
    return alfa__memory_associate(memory, query->distances, NULL,
                                  (struct alfa__queries){query->rows, query->count, ALFA__NO_IMAGE}, arena,
                                  err);
}

/* All rows of a reference with their distances, in the arena. */
static enum alfa_status measure(struct pick **out, int *count, struct alfa__trial *t, int r,
                                const struct alfa__memory *normal, struct alfa_error *err)
{
    const struct alfa__kept_passes *passes = &t->bank->store.references[r].passes;
    const int part = alfa__bank_layer(&t->bank->store);
    size_t room = 0;
    *count = 0;
    for (int i = 0; i < passes->count; i++)
        room += (size_t)passes->items[i].rows[part].count;
    struct pick *picks = *out = alfa__arena_array(&t->arena, room + 1, sizeof *picks);
    if (!picks)
        return alfa__fail_memory(err, room * sizeof *picks);
    for (int i = 0; i < passes->count; i++) {
        struct alfa__query query;
        ALFA__TRY(alfa__kept_pass_query(&query, t->bank, &passes->items[i], part, &t->arena, err));
        ALFA__TRY(find_distances(&query, normal, &t->arena, err));
        for (int k = 0; k < query.count; k++)
            picks[(*count)++] =
                (struct pick){query.distances[k], query.rows + (size_t)k * (size_t)normal->dim};
    }
    return ALFA_OK;
}

/* The mean over the learned images of the largest distance that each has as if it were new. */
static enum alfa_status find_level(double *out, struct alfa__trial *t, struct alfa_error *err)
{
    double sum = 0;
    int used = 0;
    for (int r = 0; r < t->bank->store.reference_count; r++) {
        const struct alfa__mark mark = alfa__arena_mark(&t->arena);
        struct pick *picks;
        double largest = 0;
        int count;
        if (t->fold[r] < 0)
            continue;
        ALFA__TRY(measure(&picks, &count, t, r, memory_of(t, t->fold[r]), err));
        for (int i = 0; i < count; i++)
            largest = fmax(largest, picks[i].distance);
        sum += largest;
        used++;
        alfa__arena_reset(&t->arena, mark);
    }
    *out = sum / used;
    return ALFA_OK;
}

/* Rows of a bad image, at most, when each has dim numbers. */
static int most_rows(const struct alfa__trial *t, int dim)
{
    const int share = NUMBERS / dim / alfa__bank_count(&t->bank->store, ALFA__ROLE_BAD);
    return share < 1 ? 1 : share < ROWS ? share : ROWS;
}

/* The strangest rows of a bad image, to one memory, that are beyond the level; at least one. */
static enum alfa_status add_rows(struct alfa__memory *out, struct alfa__trial *t, int r,
                                 const struct alfa__memory *normal, double level, struct alfa_error *err)
{
    const int most = most_rows(t, normal->dim);
    const struct alfa__mark mark = alfa__arena_mark(&t->arena);
    struct pick *picks;
    int count;
    ALFA__TRY(measure(&picks, &count, t, r, normal, err));
    qsort(picks, (size_t)count, sizeof *picks, farthest_first);
    for (int i = 0; i < count && i < most && (i == 0 || picks[i].distance > level); i++)
        ALFA__TRY(alfa__memory_add(out, picks[i].row, 1, (struct alfa__origin){r, i}, err));
    alfa__arena_reset(&t->arena, mark);
    return ALFA_OK;
}

/* Those that are defects to one memory. */
static enum alfa_status gather(struct alfa__memory *out, struct alfa__trial *t, int fold, double level,
                               struct alfa_error *err)
{
    const struct alfa__bank_data *store = &t->bank->store;
    const struct alfa__memory *normal = memory_of(t, fold);
    ALFA__TRY(alfa__memory_init(out, ALFA__DEFECTS_NAME, 0, normal->dim, err));
    for (int r = 0; r < store->reference_count; r++) {
        if (store->references[r].role != ALFA__ROLE_BAD)
            continue;
        ALFA__TRY(alfa__watch_tell("known defects", fold, t->folds + 1, err));
        ALFA__TRY(add_rows(out, t, r, normal, level, err));
    }
    return ALFA_OK;
}

/* ------------------------------------------------------------------ judging as if new */

/* L of all passes over a reference. */
static enum alfa_status compare(struct alfa__trial *t, int r, int fold, const struct alfa__memory *defects,
                                struct alfa_error *err)
{
    struct alfa_bank *bank = t->bank;
    const struct alfa__kept_passes *passes = &bank->store.references[r].passes;
    const size_t patches = (size_t)bank->grid * (size_t)bank->grid;
    double *shares = t->shares[r] = malloc(((size_t)passes->count * patches + 1) * sizeof *shares);
    if (!shares)
        return alfa__fail_memory(err, (size_t)passes->count * patches * sizeof *shares);
    for (int i = 0; i < passes->count; i++) {
        const struct alfa__mark mark = alfa__arena_mark(&t->arena);
        struct alfa__query query;
        struct alfa__resemblance found;
        ALFA__TRY(alfa__kept_pass_query(&query, bank, &passes->items[i], alfa__bank_layer(&bank->store),
                                        &t->arena, err));
        ALFA__TRY(find_distances(&query, memory_of(t, fold), &t->arena, err));
        ALFA__TRY(alfa__known_compare(&found, defects, &query, bank->grid, r, &t->arena, err));
        for (size_t p = 0; p < patches; p++)
            shares[(size_t)i * patches + p] = found.map[p];
        if (is_normal(t, r))
            bank->known_limit = fmax(bank->known_limit, found.share);
        alfa__arena_reset(&t->arena, mark);
    }
    return ALFA_OK;
}

/* All references of a fold; those of none are of the last. */
static enum alfa_status compare_fold(struct alfa__trial *t, int fold, const struct alfa__memory *defects,
                                     struct alfa_error *err)
{
    for (int r = 0; r < t->bank->store.reference_count; r++)
        if ((t->fold[r] < 0 ? t->folds : t->fold[r]) == fold)
            ALFA__TRY(compare(t, r, fold, defects, err));
    return ALFA_OK;
}

static enum alfa_status choose(struct alfa__trial *t, struct alfa_error *err)
{
    struct alfa__memory *own = &t->bank->store.defects;
    double level;
    ALFA__TRY(find_level(&level, t, err));
    for (int f = 0; f < t->folds; f++) {
        struct alfa__memory defects = {.rows = 0};
        enum alfa_status status = gather(&defects, t, f, level, err);
        if (status == ALFA_OK)
            status = compare_fold(t, f, &defects, err);
        alfa__memory_free(&defects);
        if (status != ALFA_OK)
            return status;
    }
    ALFA__TRY(gather(own, t, t->folds, level, err));
    return compare_fold(t, t->folds, own, err);
}

enum alfa_status alfa__known_choose(struct alfa__trial *t, struct alfa_error *err)
{
    struct alfa__bank_data *store = &t->bank->store;
    const size_t count = (size_t)store->reference_count;
    alfa__memory_free(&store->defects);
    store->defects = (struct alfa__memory){.rows = 0};
    t->bank->known_limit = 0;
    if (t->folds == 0 || alfa__bank_count(store, ALFA__ROLE_BAD) == 0 || alfa__bank_layer(store) < 0)
        return ALFA_OK;
    t->shares = calloc(count, sizeof *t->shares);
    ALFA__TRY(t->shares ? choose(t, err) : alfa__fail_memory(err, count * sizeof *t->shares));
    return alfa__json_put(store->options, "known_limit", json_real(t->bank->known_limit), err);
}

/* 1, 1/2 or 0: a bad image is called more, as much, or less abnormal than a normal one. */
static double order(double bad, double normal)
{
    return bad > normal ? 1 : bad < normal ? 0 : 0.5;
}

/* Sum of squares of what count numbers are off their mean, over count (count - 1): the variance of the mean.
 */
static double spread(double sum, double squares, int count)
{
    return fmax(squares - sum * sum / count, 0) / count / (count - 1);
}

/* What each reference gains, over all of the other kind. */
static void count_pairs(double *gains, const struct alfa__trial *t, const double *before)
{
    const struct alfa__reference *references = t->bank->store.references;
    for (int b = 0; b < t->bank->store.reference_count; b++)
        for (int g = 0; g < t->bank->store.reference_count && references[b].role == ALFA__ROLE_BAD; g++) {
            if (!is_normal(t, g))
                continue;
            const double gain = order(references[b].score, references[g].score) - order(before[b], before[g]);
            gains[b] += gain;
            gains[g] += gain;
        }
}

enum alfa_status alfa__known_helps(bool *out, const struct alfa__trial *t, const double *before,
                                   struct alfa_error *err)
{
    const struct alfa__bank_data *store = &t->bank->store;
    double *gains = calloc((size_t)store->reference_count, sizeof *gains), sum[2] = {0}, squares[2] = {0};
    int count[2] = {0};
    *out = false;
    if (!gains)
        return alfa__fail_memory(err, (size_t)store->reference_count * sizeof *gains);
    count_pairs(gains, t, before);
    for (int r = 0; r < store->reference_count; r++)
        count[store->references[r].role == ALFA__ROLE_BAD] +=
            store->references[r].role == ALFA__ROLE_BAD || is_normal(t, r);
    for (int r = 0; r < store->reference_count; r++) {
        const int bad = store->references[r].role == ALFA__ROLE_BAD;
        const double mean = gains[r] / count[!bad];
        sum[bad] += mean;
        squares[bad] += mean * mean;
    }
    free(gains);
    *out = count[1] >= LEAST_BAD && count[0] > 1 &&
           sum[1] / count[1] >
               CLEARLY * sqrt(spread(sum[0], squares[0], count[0]) + spread(sum[1], squares[1], count[1]));
    return ALFA_OK;
}
