#include "detect/recall.h"
#include "bank/map.h"
#include "bank/place.h"
#include "score/fusion.h"
#include "score/top.h"

#include <math.h>

const char *alfa__fusion_name(enum alfa_fusion kind)
{
    static const char *const names[] = {"auto", "paper", "odds", "top"};
    return names[kind];
}

enum alfa_fusion alfa__fusion_settle(enum alfa_fusion given, const struct alfa_detector_options *options,
                                     bool stem)
{
    if (given != ALFA_FUSION_AUTO)
        return given;
    return !stem ? ALFA_FUSION_PAPER : alfa__judge_reads_top(options) ? ALFA_FUSION_TOP : ALFA_FUSION_ODDS;
}

static struct alfa__query window_query(const struct alfa__features *features, int scale)
{
    for (int i = 0; i < features->scale_count; i++) {
        const struct alfa__windows *w = &features->windows[i];
        if (w->scale == scale)
            return (struct alfa__query){w->embeddings, w->count, features->grid - scale + 1,
                                        w->places,     1,        NULL};
    }
    return (struct alfa__query){NULL, 0, features->grid - scale + 1, NULL, 1, NULL};
}

int alfa__recall_dim(const struct alfa__bank_data *bank, const struct alfa__memory *part, int dim)
{
    return part->window == 0 && bank->place > 0 ? dim + ALFA__PLACE_NUMBERS : dim;
}

double alfa__recall_stretch(const struct alfa__bank_data *bank, const struct alfa__memory *part)
{
    return part->window == 0 && bank->place > 0 ? alfa__place_stretch(bank->place) : 1;
}

enum alfa_status alfa__recall_placed(float **out, const struct alfa__dense *dense, struct alfa__spot spot,
                                     double weight, struct alfa__arena *arena, struct alfa_error *err)
{
    const size_t dim = (size_t)dense->dim, longer = dim + ALFA__PLACE_NUMBERS;
    *out = alfa__arena_array(arena, (size_t)dense->count * longer + 1, sizeof **out);
    if (!*out)
        return alfa__fail_memory(err, (size_t)dense->count * longer * sizeof **out);
    for (int i = 0; i < dense->count; i++) {
        const int cell = dense->places ? dense->places[i] : i;
        const double x = (cell % dense->side + 0.5) / dense->side,
                     y = (cell / dense->side + 0.5) / dense->side;
        alfa__place_put(*out + (size_t)i * longer, dense->rows + (size_t)i * dim, dense->dim,
                        spot.x + x * spot.width, spot.y + y * spot.height, weight);
    }
    return ALFA_OK;
}

enum alfa_status alfa__recall_queries(struct alfa__query queries[ALFA__BANK_MAX_PARTS],
                                      const struct alfa__bank_data *bank,
                                      const struct alfa__features *features, struct alfa__spot spot,
                                      struct alfa__arena *arena, struct alfa_error *err)
{
    int layer = 0;
    for (int p = 0; p < bank->part_count; p++) {
        const struct alfa__memory *part = &bank->parts[p];
        const struct alfa__dense *dense = part->window > 0 ? NULL : &features->layers[layer++];
        if (part->dim != alfa__recall_dim(bank, part, dense ? dense->dim : features->dim))
            return alfa__fail(err, ALFA_ERROR_INPUT, "bank",
                              "does not hold what this model sees: learn it again");
        if (!dense) {
            queries[p] = window_query(features, part->window);
            continue;
        }
        queries[p] = (struct alfa__query){
            dense->rows, dense->count, dense->side, dense->places, alfa__recall_stretch(bank, part), NULL};
        if (bank->place > 0) {
            float *placed;
            ALFA__TRY(alfa__recall_placed(&placed, dense, spot, bank->place, arena, err));
            queries[p].rows = placed;
        }
    }
    return ALFA_OK;
}

/* Distances of the rows of a query, each at its place; 0 where there is none. */
static enum alfa_status measure(double **distances, const struct alfa__memory *memory,
                                const struct alfa__query *query, int except, struct alfa__arena *arena,
                                struct alfa_error *err)
{
    const size_t all = (size_t)query->side * (size_t)query->side;
    double *found = alfa__arena_array(arena, all, sizeof *found);
    *distances = found;
    if (!found)
        return alfa__fail_memory(err, all * sizeof *found);
    ALFA__TRY(alfa__memory_associate(memory, found, NULL,
                                     (struct alfa__queries){query->rows, query->count, except}, arena, err));
    for (int i = 0; i < query->count && query->distances; i++)
        query->distances[i] = found[i];
    for (int i = 0; i < query->count; i++)
        found[i] = fmin(found[i] * query->stretch, 1);
    if (!query->places)
        return ALFA_OK;
    int from = query->count - 1;
    for (int i = (int)all - 1; i >= 0; i--) /* backwards, since they move to the right */
        found[i] = from >= 0 && query->places[from] == i ? found[from--] : 0;
    return ALFA_OK;
}

enum alfa_status alfa__recall(double **map, const struct alfa__recollected *by,
                              const struct alfa__query queries[ALFA__BANK_MAX_PARTS],
                              struct alfa__arena *arena, struct alfa_error *err)
{
    const size_t patches = (size_t)by->grid * (size_t)by->grid;
    struct alfa__part_distances found[ALFA__BANK_MAX_PARTS];
    for (int p = 0; p < by->part_count; p++) {
        double *distances;
        ALFA__TRY(measure(&distances, &by->parts[p], &queries[p], by->except, arena, err));
        found[p] = (struct alfa__part_distances){distances, by->parts[p].window, queries[p].side};
    }
    *map = alfa__arena_array(arena, patches, sizeof **map);
    if (!*map)
        return alfa__fail_memory(err, patches * sizeof **map);
    return alfa__bank_map(*map, (struct alfa__ground){by->grid, by->inside}, found, by->part_count, arena,
                          err);
}

/* A = a / (a + a_0); a distance of 0 is 0 whatever a_0 is. */
static double odds(double distance, double level)
{
    return distance > 0 ? distance / (distance + level) : 0;
}

/* The mean of the most abnormal places of the map as it is now. */
static enum alfa_status read_top(struct alfa__judgement *judgement, struct alfa__ground ground,
                                 struct alfa__arena *arena, struct alfa_error *err)
{
    return alfa__top_score(&judgement->score, judgement->map,
                           (struct alfa__top){ground.inside, ground.grid, ALFA__TOP_OF_JOINED}, arena, err);
}

static void join_by_odds(struct alfa__judgement *judgement, const double *few, int patches,
                         const struct alfa__fusion *fusion)
{
    const double beta = fusion->weight, map_beta = fusion->map_weight, words = judgement->score;
    double strangest = 0;
    for (int i = 0; i < patches; i++) {
        const double memory = odds(few[i], fusion->level);
        judgement->windows[i] = (1 - beta) * judgement->windows[i] + beta * memory;
        judgement->map[i] = (1 - map_beta) * judgement->map[i] + map_beta * memory;
        strangest = memory > strangest ? memory : strangest;
    }
    judgement->local = alfa__local_score(judgement->windows, patches);
    judgement->score = (1 - beta) * words + beta * strangest;
}

static void join_as_paper(struct alfa__judgement *judgement, const double *few, int patches, bool winclip)
{
    for (int i = 0; i < patches; i++) {
        judgement->windows[i] = 0.5 * (judgement->windows[i] + few[i]);
        judgement->map[i] = 0.5 * (judgement->map[i] + few[i]);
    }
    judgement->local = alfa__local_score(judgement->windows, patches);
    judgement->score =
        alfa__image_score(judgement->global, winclip ? alfa__local_score(few, patches) : judgement->local);
}

enum alfa_status alfa__judge_with_memory(struct alfa__judgement *judgement, const double *few,
                                         struct alfa__ground ground, const struct alfa__fusion *fusion,
                                         struct alfa__arena *arena, struct alfa_error *err)
{
    const int patches = ground.grid * ground.grid;
    if (fusion->kind == ALFA_FUSION_PAPER) {
        join_as_paper(judgement, few, patches, fusion->winclip);
        return ALFA_OK;
    }
    if (fusion->kind == ALFA_FUSION_ODDS && fusion->top)
        ALFA__TRY(read_top(judgement, ground, arena, err));
    join_by_odds(judgement, few, patches, fusion);
    return fusion->kind == ALFA_FUSION_TOP ? read_top(judgement, ground, arena, err) : ALFA_OK;
}
