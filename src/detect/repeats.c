#include "detect/repeats.h"
#include "base/each.h"
#include "base/groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST 3
#define NEAR 6  /* images that one is compared with */
#define STEP 9  /* of the rows that are looked up; no divisor of a grid's side but of few */
#define TAKEN 3 /* so often at most a part is there */
#define SAME_PART 0.4

/* The images that are compared, and the mean of the rows of each (count x dim). twins: the one that shows the
 * same part, or itself; first: groups of them (base/groups.h). */
struct images {
    struct alfa_bank *bank;
    int layer, dim, count, *numbers, *twins, *first;
    float *means;
};

static const struct alfa__rows *rows_of(const struct images *s, int i)
{
    return &s->bank->store.references[s->numbers[i]].passes.items[0].rows[s->layer];
}

static enum alfa_status find_mean(void *images, int i, struct alfa__arena *arena, struct alfa_error *err)
{
    const struct images *s = images;
    const struct alfa__rows *rows = rows_of(s, i);
    float *mean = s->means + (size_t)i * (size_t)s->dim, *unpacked;
    ALFA__TRY(alfa__rows_unpack(&unpacked, rows, s->dim, arena, err));
    for (int r = 0; r < rows->count; r++)
        for (int k = 0; k < s->dim; k++)
            mean[k] += unpacked[r * s->dim + k] / (float)rows->count;
    return ALFA_OK;
}

/* Another image, and how far it is. */
struct other {
    double far;
    int number;
};

static int nearer_first(const void *a, const void *b)
{
    const struct other *x = a, *y = b;
    return x->far != y->far ? (x->far > y->far) - (x->far < y->far) : x->number - y->number;
}

/* All others by how far the mean of their rows is. */
static void sort_others(struct other *out, const struct images *s, int i)
{
    const float *mean = s->means + (size_t)i * (size_t)s->dim;
    for (int j = 0, count = 0; j < s->count; j++) {
        double square = 0;
        for (int k = 0; k < s->dim; k++)
            square += pow((double)mean[k] - (double)s->means[(size_t)j * (size_t)s->dim + (size_t)k], 2);
        if (j != i)
            out[count++] = (struct other){square, j};
    }
    qsort(out, (size_t)s->count - 1, sizeof *out, nearer_first);
}

/* Each STEP-th row of an image. */
static enum alfa_status sample(struct alfa__queries *out, const struct images *s, int i,
                               struct alfa__arena *arena, struct alfa_error *err)
{
    const int count = (rows_of(s, i)->count + STEP - 1) / STEP;
    float *rows;
    ALFA__TRY(alfa__rows_unpack(&rows, rows_of(s, i), s->dim, arena, err));
    for (int r = 1; r < count; r++)
        memcpy(rows + r * s->dim, rows + r * STEP * s->dim, (size_t)s->dim * sizeof *rows);
    *out = (struct alfa__queries){rows, count, ALFA__NO_IMAGE};
    return ALFA_OK;
}

/* The mean distance of rows from those of image j. */
static enum alfa_status measure(double *out, const struct images *s, struct alfa__queries rows, int j,
                                struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__mark mark = alfa__arena_mark(arena);
    double *distances = alfa__arena_array(arena, (size_t)rows.count, sizeof *distances), sum = 0;
    struct alfa__memory memory;
    float *other;
    if (!distances)
        return alfa__fail_memory(err, (size_t)rows.count * sizeof *distances);
    ALFA__TRY(alfa__rows_unpack(&other, rows_of(s, j), s->dim, arena, err));
    enum alfa_status status = alfa__memory_init(&memory, "other", 0, s->dim, err);
    if (status == ALFA_OK)
        status = alfa__memory_add(&memory, other, rows_of(s, j)->count, (struct alfa__origin){0, 0}, err);
    if (status == ALFA_OK)
        status = alfa__memory_associate(&memory, distances, NULL, rows, arena, err);
    alfa__memory_free(&memory);
    for (int r = 0; r < rows.count && status == ALFA_OK; r++)
        sum += distances[r];
    *out = sum / rows.count;
    alfa__arena_reset(arena, mark);
    return status;
}

static enum alfa_status compare(void *images, int i, struct alfa__arena *arena, struct alfa_error *err)
{
    const struct images *s = images;
    const int count = s->count - 1 < NEAR ? s->count - 1 : NEAR;
    struct other *others = alfa__arena_array(arena, (size_t)s->count, sizeof *others);
    struct alfa__queries rows;
    if (!others)
        return alfa__fail_memory(err, (size_t)s->count * sizeof *others);
    ALFA__TRY(sample(&rows, s, i, arena, err));
    sort_others(others, s, i);
    for (int k = 0; k < count; k++)
        ALFA__TRY(measure(&others[k].far, s, rows, others[k].number, arena, err));
    qsort(others, (size_t)count, sizeof *others, nearer_first);
    for (int k = 1; k < TAKEN && k < count; k++)
        if (others[k - 1].far < SAME_PART * others[k].far)
            s->twins[i] = others[0].number;
    return ALFA_OK;
}

/* What is joined one by one is one part, and the first of it stands for it. Where each is like the next, as
 * in a film, all that are used would be one, and nothing to judge it by: each stands for itself then. */
static void join(const struct images *s, const bool *used)
{
    int parts = 0;
    for (int i = 0; i < s->count; i++)
        alfa__group_join(s->first, i, s->twins[i]);
    for (int i = 0; i < s->count; i++)
        parts += used[s->numbers[i]] && alfa__group_first(s->first, i) == i;
    for (int i = 0; i < s->count && parts > 1; i++)
        if (s->first[i] != i)
            s->bank->store.references[s->numbers[i]].same_part =
                s->numbers[alfa__group_first(s->first, i)] + 1;
}

static enum alfa_status gather(struct images *s, const bool *used, struct alfa__arena *arena,
                               struct alfa_error *err)
{
    struct alfa__bank_data *store = &s->bank->store;
    const size_t most = (size_t)store->reference_count;
    s->numbers = alfa__arena_array(arena, 3 * most, sizeof *s->numbers);
    if (!s->numbers)
        return alfa__fail_memory(err, 3 * most * sizeof *s->numbers);
    s->twins = s->numbers + most;
    s->first = s->twins + most;
    for (int r = 0; r < store->reference_count; r++) {
        struct alfa__reference *reference = &store->references[r];
        reference->same_part = 0;
        if ((used[r] || reference->role == ALFA__ROLE_GOOD) && reference->passes.count &&
            reference->passes.items[0].rows[s->layer].count) {
            s->twins[s->count] = s->first[s->count] = s->count;
            s->numbers[s->count++] = r;
        }
    }
    const size_t size = (size_t)s->count * (size_t)s->dim;
    s->means = alfa__arena_array(arena, size, sizeof *s->means);
    if (!s->means)
        return alfa__fail_memory(err, size * sizeof *s->means);
    memset(s->means, 0, size * sizeof *s->means);
    return ALFA_OK;
}

enum alfa_status alfa__bank_find_repeats(struct alfa_bank *bank, const bool *used, struct alfa__arena *arena,
                                         struct alfa_error *err)
{
    const struct alfa__mark mark = alfa__arena_mark(arena);
    struct images images = {.bank = bank, .layer = alfa__bank_layer(&bank->store)};
    if (images.layer < 0)
        return ALFA_OK;
    images.dim = bank->store.parts[images.layer].dim;
    ALFA__TRY(gather(&images, used, arena, err));
    if (images.count >= LEAST) {
        ALFA__TRY(alfa__each("repeats", images.count, find_mean, &images, err));
        ALFA__TRY(alfa__each("repeats", images.count, compare, &images, err));
        join(&images, used);
    }
    alfa__arena_reset(arena, mark);
    return ALFA_OK;
}
