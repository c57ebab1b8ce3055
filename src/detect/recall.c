#include "detect/recall.h"
#include "bank/map.h"
#include "score/fusion.h"

#include <math.h>

void alfa__recall_queries(struct alfa__query queries[ALFA__BANK_MAX_PARTS], const struct alfa__bank *bank,
                          const struct alfa__features *features)
{
    int layer = 0;
    for (int p = 0; p < bank->part_count; p++) {
        queries[p] = (struct alfa__query){NULL, 0};
        if (bank->parts[p].window == 0) {
            const struct alfa__dense *dense = &features->layers[layer++];
            queries[p] = (struct alfa__query){dense->rows, dense->side * dense->side};
            continue;
        }
        for (int i = 0; i < features->scale_count; i++)
            if (features->windows[i].scale == bank->parts[p].window)
                queries[p] = (struct alfa__query){features->windows[i].embeddings, features->windows[i].count};
    }
}

enum alfa_status alfa__recall(double **map, const struct alfa__bank *bank,
                              const struct alfa__query queries[ALFA__BANK_MAX_PARTS], int grid, int except,
                              struct alfa__arena *arena, struct alfa_error *err)
{
    struct alfa__part_distances parts[ALFA__BANK_MAX_PARTS];
    for (int p = 0; p < bank->part_count; p++) {
        const struct alfa__memory *memory = &bank->parts[p];
        double *distances = alfa__arena_array(arena, (size_t)queries[p].count, sizeof *distances);
        if (!distances)
            return alfa__fail_memory(err, (size_t)queries[p].count * sizeof *distances);
        ALFA__TRY(alfa__memory_associate(memory, distances, NULL, queries[p].rows, queries[p].count, except, arena, err));
        parts[p] = (struct alfa__part_distances){distances, memory->window, (int)lround(sqrt(queries[p].count))};
    }
    *map = alfa__arena_array(arena, (size_t)grid * (size_t)grid, sizeof **map);
    if (!*map)
        return alfa__fail_memory(err, (size_t)grid * (size_t)grid * sizeof **map);
    return alfa__bank_map(*map, grid, parts, bank->part_count, arena, err);
}

/* A = a / (a + a_0); a distance of 0 is 0 whatever a_0 is. */
static double odds(double distance, double level)
{
    return distance > 0 ? distance / (distance + level) : 0;
}

static void join_by_odds(struct alfa__judgement *judgement, const double *few, int patches,
                         const struct alfa__fusion *fusion)
{
    const double beta = fusion->weight, words = judgement->score;
    double strangest = 0;
    for (int i = 0; i < patches; i++) {
        const double memory = odds(few[i], fusion->level);
        judgement->windows[i] = (1 - beta) * judgement->windows[i] + beta * memory;
        judgement->map[i] = (1 - beta) * judgement->map[i] + beta * memory;
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

double alfa__judge_with_memory(struct alfa__judgement *judgement, const double *few, int patches,
                               const struct alfa__fusion *fusion)
{
    if (fusion->kind == ALFA_FUSION_ODDS)
        join_by_odds(judgement, few, patches, fusion);
    else
        join_as_paper(judgement, few, patches, fusion->winclip);
    return alfa__local_score(few, patches);
}
