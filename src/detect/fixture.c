#include "detect/fixture.h"
#include "bank/place.h"
#include "detect/recall.h"

#include <math.h>

#define IMAGES 5
#define MOST_RISE 0.1     /* of the logarithm of the largest distance */
#define LEAST_TELLING 0.3 /* of the rows */

/* The rows of some images, each twice: as they are and with their places. All of it is in the arena. */
struct sample {
    float *rows[IMAGES], *placed[IMAGES];
    int images, side, dim; /* dim: without places */
    struct alfa__arena *arena;
};

/* Sums over the images. */
struct sums {
    double largest, placed; /* distance of any row, and the same with places */
    double telling;         /* share of the rows */
};

/* Rows with their places behind them; places NULL: where they are. */
static enum alfa_status put_places(float **out, const struct sample *s, float *rows, const int *places,
                                   struct alfa_error *err)
{
    const struct alfa__dense dense = {s->side, s->dim, rows, s->side * s->side, places};
    return alfa__recall_placed(out, &dense, ALFA__SPOT_ALL, ALFA_PLACE_WEIGHT, s->arena, err);
}

/* All cells, half a picture to the right and down, round the edges. */
static enum alfa_status move_cells(int **out, int side, struct alfa__arena *arena, struct alfa_error *err)
{
    *out = alfa__arena_array(arena, (size_t)(side * side), sizeof **out);
    if (!*out)
        return alfa__fail_memory(err, (size_t)(side * side) * sizeof **out);
    for (int i = 0; i < side * side; i++)
        (*out)[i] = (i / side + side / 2) % side * side + (i % side + side / 2) % side;
    return ALFA_OK;
}

static enum alfa_status gather(struct sample *s, const struct alfa__bank_data *bank, int layer,
                               const bool *used, struct alfa__arena *arena, struct alfa_error *err)
{
    *s = (struct sample){.dim = bank->parts[layer].dim, .arena = arena};
    for (int r = 0; r < bank->reference_count && s->images < IMAGES; r++) {
        const struct alfa__kept_pass *pass = bank->references[r].passes.items;
        if (!used[r] || !pass || pass->rows[layer].count != pass->rows[layer].side * pass->rows[layer].side)
            continue;
        s->side = pass->rows[layer].side;
        ALFA__TRY(alfa__rows_unpack(&s->rows[s->images], &pass->rows[layer], s->dim, arena, err));
        ALFA__TRY(put_places(&s->placed[s->images], s, s->rows[s->images], NULL, err));
        s->images++;
    }
    return ALFA_OK;
}

/* Distances of rows from those of all images but one. */
static enum alfa_status look_up(double *distances, const struct sample *s, bool placed, int without,
                                const float *queries, struct alfa_error *err)
{
    const int cells = s->side * s->side, dim = s->dim + (placed ? ALFA__PLACE_NUMBERS : 0);
    float *const *rows = placed ? s->placed : s->rows;
    struct alfa__memory memory;
    enum alfa_status status = alfa__memory_init(&memory, "others", 0, dim, err);
    for (int i = 0; i < s->images && status == ALFA_OK; i++)
        if (i != without)
            status = alfa__memory_add(&memory, rows[i], cells, (struct alfa__origin){i, 0}, err);
    if (status == ALFA_OK)
        status = alfa__memory_associate(
            &memory, distances, NULL, (struct alfa__queries){queries, cells, ALFA__NO_IMAGE}, s->arena, err);
    alfa__memory_free(&memory);
    return status;
}

static double largest(const double *numbers, int count)
{
    double most = 0;
    for (int i = 0; i < count; i++)
        most = fmax(most, numbers[i]);
    return most;
}

static enum alfa_status leave_out(struct sums *sum, const struct sample *s, int i, struct alfa_error *err)
{
    struct alfa__arena *arena = s->arena;
    const struct alfa__mark mark = alfa__arena_mark(arena);
    const int cells = s->side * s->side;
    double *distances = alfa__arena_array(arena, (size_t)cells, sizeof *distances);
    int *elsewhere;
    float *moved;
    int telling = 0;
    if (!distances)
        return alfa__fail_memory(err, (size_t)cells * sizeof *distances);
    ALFA__TRY(move_cells(&elsewhere, s->side, arena, err));
    ALFA__TRY(put_places(&moved, s, s->rows[i], elsewhere, err));
    ALFA__TRY(look_up(distances, s, false, i, s->rows[i], err));
    sum->largest += largest(distances, cells);
    ALFA__TRY(look_up(distances, s, true, i, s->placed[i], err));
    const double own = largest(distances, cells);
    sum->placed += own * alfa__place_stretch(ALFA_PLACE_WEIGHT);
    ALFA__TRY(look_up(distances, s, true, i, moved, err));
    for (int k = 0; k < cells; k++)
        telling += distances[k] > own;
    sum->telling += (double)telling / cells;
    alfa__arena_reset(arena, mark);
    return ALFA_OK;
}

enum alfa_status alfa__bank_find_fixture(struct alfa_bank *bank, const bool *used, struct alfa__arena *arena,
                                         struct alfa_error *err)
{
    const struct alfa__mark mark = alfa__arena_mark(arena);
    const int layer = alfa__bank_layer(&bank->store);
    struct sums sum = {0, 0, 0};
    struct sample sample;
    bank->fixtured = false;
    if (layer < 0 || bank->store.place > 0 || bank->turned == ALFA_TURNED_ALWAYS)
        return ALFA_OK;
    ALFA__TRY(gather(&sample, &bank->store, layer, used, arena, err));
    for (int i = 0; i < sample.images && sample.images > 1; i++)
        ALFA__TRY(leave_out(&sum, &sample, i, err));
    alfa__arena_reset(arena, mark);
    bank->fixtured = sum.largest > 0 && log(sum.placed / sum.largest) <= MOST_RISE &&
                     sum.telling >= LEAST_TELLING * sample.images;
    return ALFA_OK;
}
