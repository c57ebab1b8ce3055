#include "detect/known.h"
#include "score/fusion.h"

#include <math.h>

/* L where two distances say the same thing on one scale. */
static double share(double normal, double defect)
{
    return normal > defect ? (normal - defect) / (normal + defect) : 0;
}

/* The largest value of the cells that lie on a patch. */
static double largest_on(const double *cells, int side, int grid, int y, int x)
{
    const int last_y = ((y + 1) * side - 1) / grid, last_x = ((x + 1) * side - 1) / grid;
    double largest = 0;
    for (int i = y * side / grid; i <= last_y; i++)
        for (int j = x * side / grid; j <= last_x; j++)
            largest = fmax(largest, cells[i * side + j]);
    return largest;
}

static void spread(double *map, int grid, const double *cells, int side)
{
    for (int y = 0; y < grid; y++)
        for (int x = 0; x < grid; x++)
            map[y * grid + x] = largest_on(cells, side, grid, y, x);
}

enum alfa_status alfa__known_compare(struct alfa__resemblance *out, const struct alfa__memory *defects,
                                     const struct alfa__query *query, int grid, int except,
                                     struct alfa__arena *arena, struct alfa_error *err)
{
    const size_t count = (size_t)query->count, cells = (size_t)query->side * (size_t)query->side;
    double *b = alfa__arena_array(arena, count + cells + 1, sizeof *b), *all = b + count;
    int *nearest = alfa__arena_array(arena, count + 1, sizeof *nearest);
    *out = (struct alfa__resemblance){alfa__arena_array(arena, (size_t)grid * (size_t)grid, sizeof *out->map),
                                      0, ALFA__NO_IMAGE};
    if (!b || !nearest || !out->map)
        return alfa__fail_memory(err, (count + cells) * sizeof *b);
    ALFA__TRY(alfa__memory_associate(defects, b, nearest,
                                     (struct alfa__queries){query->rows, query->count, except}, arena, err));
    for (size_t i = 0; i < cells; i++)
        all[i] = 0;
    for (int i = 0; i < query->count; i++) {
        const double found = nearest[i] == ALFA__NO_ROW ? 0 : share(query->distances[i], b[i]);
        all[query->places ? query->places[i] : i] = found;
        if (found > out->share) {
            out->share = found;
            out->image = defects->origins[nearest[i]].image;
        }
    }
    spread(out->map, grid, all, query->side);
    return ALFA_OK;
}

static double join(double score, double shared)
{
    return 1 - (1 - score) * (1 - shared);
}

void alfa__known_join(struct alfa__judgement *judgement, const double *shares, int patches)
{
    for (int p = 0; p < patches; p++) {
        judgement->windows[p] = join(judgement->windows[p], shares[p]);
        judgement->map[p] = join(judgement->map[p], shares[p]);
    }
    judgement->local = alfa__local_score(judgement->windows, patches);
    judgement->score = join(judgement->score, alfa__local_score(shares, patches));
}
