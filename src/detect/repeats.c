#include "detect/repeats.h"
#include "bank/strange.h"
#include "base/each.h"

#include <math.h>
#include <string.h>

#define LEAST 3
#define OTHERS 7
#define STEP 9 /* of the rows that are looked up; no divisor of a grid's side but of few */
#define SAME_PART 0.25

/* The images that are used, and the mean of the rows of each: count x dim. */
struct images {
    struct alfa_bank *bank;
    int layer, dim, count, *numbers;
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

static int find_nearest(const struct images *s, int i)
{
    const float *mean = s->means + (size_t)i * (size_t)s->dim;
    double least = INFINITY;
    int nearest = 0;
    for (int j = 0; j < s->count; j++) {
        double square = 0;
        for (int k = 0; k < s->dim && j != i; k++)
            square += pow((double)mean[k] - (double)s->means[(size_t)j * (size_t)s->dim + (size_t)k], 2);
        if (j != i && square < least)
            least = square, nearest = j;
    }
    return nearest;
}

/* The mean distance of image i's rows from those of image j. */
static enum alfa_status measure(double *out, const struct images *s, int i, int j, struct alfa__arena *arena,
                                struct alfa_error *err)
{
    const struct alfa__mark mark = alfa__arena_mark(arena);
    const int count = (rows_of(s, i)->count + STEP - 1) / STEP;
    double *distances = alfa__arena_array(arena, (size_t)count, sizeof *distances), sum = 0;
    struct alfa__memory memory;
    float *own, *other;
    if (!distances)
        return alfa__fail_memory(err, (size_t)count * sizeof *distances);
    ALFA__TRY(alfa__rows_unpack(&own, rows_of(s, i), s->dim, arena, err));
    ALFA__TRY(alfa__rows_unpack(&other, rows_of(s, j), s->dim, arena, err));
    for (int r = 1; r < count; r++)
        memcpy(own + r * s->dim, own + r * STEP * s->dim, (size_t)s->dim * sizeof *own);
    enum alfa_status status = alfa__memory_init(&memory, "other", 0, s->dim, err);
    if (status == ALFA_OK)
        status = alfa__memory_add(&memory, other, rows_of(s, j)->count, (struct alfa__origin){0, 0}, err);
    if (status == ALFA_OK)
        status = alfa__memory_associate(&memory, distances, NULL,
                                        (struct alfa__queries){own, count, ALFA__NO_IMAGE}, arena, err);
    alfa__memory_free(&memory);
    for (int r = 0; r < count && status == ALFA_OK; r++)
        sum += distances[r];
    *out = sum / count;
    alfa__arena_reset(arena, mark);
    return status;
}

static enum alfa_status compare(void *images, int i, struct alfa__arena *arena, struct alfa_error *err)
{
    const struct images *s = images;
    const int nearest = find_nearest(s, i);
    double near, others[OTHERS];
    int count = 0;
    ALFA__TRY(measure(&near, s, i, nearest, arena, err));
    for (int k = 1; k < s->count && count < OTHERS; k++)
        if ((i + k) % s->count != nearest)
            ALFA__TRY(measure(&others[count++], s, i, (i + k) % s->count, arena, err));
    if (near < SAME_PART * alfa__median(others, count))
        s->bank->store.references[s->numbers[i]].same_part = s->numbers[nearest] + 1;
    return ALFA_OK;
}

static enum alfa_status gather(struct images *s, const bool *used, struct alfa__arena *arena,
                               struct alfa_error *err)
{
    struct alfa__bank_data *store = &s->bank->store;
    s->numbers = alfa__arena_array(arena, (size_t)store->reference_count, sizeof *s->numbers);
    if (!s->numbers)
        return alfa__fail_memory(err, (size_t)store->reference_count * sizeof *s->numbers);
    for (int r = 0; r < store->reference_count; r++) {
        store->references[r].same_part = 0;
        if (used[r] && store->references[r].passes.count &&
            store->references[r].passes.items[0].rows[s->layer].count)
            s->numbers[s->count++] = r;
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
    }
    alfa__arena_reset(arena, mark);
    return ALFA_OK;
}
