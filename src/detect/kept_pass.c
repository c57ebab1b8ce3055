#include "detect/kept_pass.h"
#include "detect/known.h"
#include "score/fusion.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ keeping */

/* A layer's number of features is known when the first image has been looked at. */
static enum alfa_status settle_dims(struct alfa_bank *bank, const struct alfa__features *features,
                                    struct alfa_error *err)
{
    for (int p = 0, layer = 0; p < bank->store.part_count; p++) {
        struct alfa__memory *part = &bank->store.parts[p];
        if (part->window > 0)
            continue;
        const int dim = alfa__recall_dim(&bank->store, part, features->layers[layer++].dim);
        if (part->rows == 0 && !bank->begun)
            part->dim = dim;
        if (part->dim != dim)
            return alfa__fail(err, ALFA_ERROR_INPUT, "bank",
                              "does not hold what this model sees: learn it again");
    }
    return ALFA_OK;
}

static enum alfa_status keep_maps(struct alfa__kept_pass *s, const struct alfa__pass *pass, int patches,
                                  struct alfa_error *err)
{
    s->windows = malloc(2 * (size_t)patches * sizeof *s->windows);
    s->inside = pass->features.inside ? malloc((size_t)patches) : NULL;
    if (!s->windows || (pass->features.inside && !s->inside))
        return alfa__fail_memory(err, 2 * (size_t)patches * sizeof *s->windows);
    s->map = s->windows + patches;
    for (int p = 0; p < patches; p++) {
        s->windows[p] = (float)pass->judgement.windows[p];
        s->map[p] = (float)pass->judgement.map[p];
    }
    if (s->inside)
        memcpy(s->inside, pass->features.inside, (size_t)patches);
    return ALFA_OK;
}

enum alfa_status alfa__kept_pass_add(struct alfa__kept_passes *out, struct alfa_bank *bank,
                                     const struct alfa__pass *pass, struct alfa__arena *arena,
                                     struct alfa_error *err)
{
    struct alfa__query queries[ALFA__BANK_MAX_PARTS];
    ALFA__TRY(settle_dims(bank, &pass->features, err));
    ALFA__TRY(alfa__recall_queries(queries, &bank->store, &pass->features, pass->spot, arena, err));
    struct alfa__kept_pass *s = alfa__kept_passes_add(out);
    if (!s)
        return alfa__fail_memory(err, sizeof *s);
    s->whole = pass->whole;
    s->global = pass->judgement.global;
    s->words = pass->judgement.score;
    ALFA__TRY(keep_maps(s, pass, bank->grid * bank->grid, err));
    for (int p = 0; p < bank->store.part_count; p++) {
        const struct alfa__memory *part = &bank->store.parts[p];
        s->rows[p].side = queries[p].side;
        ALFA__TRY(
            alfa__rows_append(&s->rows[p], queries[p].rows, queries[p].count, part->dim, part->name, err));
    }
    return ALFA_OK;
}

enum alfa_status alfa__kept_pass_offer(struct alfa__reference *out, struct alfa_bank *bank,
                                       const struct alfa__pass *pass, struct alfa__arena *arena,
                                       struct alfa_error *err)
{
    struct alfa__query queries[ALFA__BANK_MAX_PARTS];
    ALFA__TRY(alfa__recall_queries(queries, &bank->store, &pass->features, pass->spot, arena, err));
    for (int p = 0; p < bank->store.part_count; p++) {
        const struct alfa__memory *part = &bank->store.parts[p];
        ALFA__TRY(alfa__rows_append(&out->offers[p].turned, queries[p].rows, queries[p].count, part->dim,
                                    part->name, err));
    }
    return ALFA_OK;
}

/* ------------------------------------------------------------------ judging again */

/* The places of the rows of one part; NULL for all in order. */
static enum alfa_status find_places(int **out, const struct alfa_bank *bank, const struct alfa__kept_pass *s,
                                    int part, struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__rows *rows = &s->rows[part];
    const int window = bank->store.parts[part].window, all = rows->side * rows->side;
    int count = all;
    *out = NULL;
    if (s->inside) {
        *out = alfa__arena_array(arena, (size_t)all, sizeof **out);
        if (!*out)
            return alfa__fail_memory(err, (size_t)all * sizeof **out);
        count = window ? alfa__inside_windows(*out, s->inside, bank->grid, window)
                       : alfa__inside_cells(*out, s->inside, bank->grid, rows->side);
    }
    if (count != rows->count)
        return alfa__fail(err, ALFA_ERROR_INPUT, "bank", "is inconsistent: learn it again");
    return ALFA_OK;
}

enum alfa_status alfa__kept_pass_query(struct alfa__query *out, const struct alfa_bank *bank,
                                       const struct alfa__kept_pass *s, int part, struct alfa__arena *arena,
                                       struct alfa_error *err)
{
    const struct alfa__rows *kept = &s->rows[part];
    const struct alfa__memory *memory = &bank->store.parts[part];
    float *rows;
    int *places;
    ALFA__TRY(alfa__rows_unpack(&rows, kept, memory->dim, arena, err));
    ALFA__TRY(find_places(&places, bank, s, part, arena, err));
    *out = (struct alfa__query){
        rows, kept->count, kept->side, places, alfa__recall_stretch(&bank->store, memory), NULL};
    return ALFA_OK;
}

enum alfa_status alfa__kept_pass_recall(double *few, const struct alfa_bank *bank,
                                        const struct alfa__kept_pass *s,
                                        const struct alfa__memory parts[ALFA__BANK_MAX_PARTS], int except,
                                        struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__mark mark = alfa__arena_mark(arena);
    const size_t patches = (size_t)bank->grid * (size_t)bank->grid;
    struct alfa__query queries[ALFA__BANK_MAX_PARTS];
    double *map;
    for (int p = 0; p < bank->store.part_count; p++)
        ALFA__TRY(alfa__kept_pass_query(&queries[p], bank, s, p, arena, err));
    const struct alfa__recollected by = {parts, bank->store.part_count, s->inside, bank->grid, except};
    ALFA__TRY(alfa__recall(&map, &by, queries, arena, err));
    memcpy(few, map, patches * sizeof *few);
    alfa__arena_reset(arena, mark);
    return ALFA_OK;
}

enum alfa_status alfa__kept_pass_judge(struct alfa__pass_score *out, const struct alfa_bank *bank,
                                       const struct alfa__kept_pass *s, const double *few,
                                       const double *shares, struct alfa__arena *arena,
                                       struct alfa_error *err)
{
    const struct alfa__mark mark = alfa__arena_mark(arena);
    const int patches = bank->grid * bank->grid;
    double *maps = alfa__arena_array(arena, 2 * (size_t)patches, sizeof *maps);
    if (!maps)
        return alfa__fail_memory(err, 2 * (size_t)patches * sizeof *maps);
    if (!s->windows)
        return alfa__fail(err, ALFA_ERROR_INPUT, "bank", "is inconsistent: learn it again");
    for (int p = 0; p < 2 * patches; p++)
        maps[p] = s->windows[p]; /* the map follows */
    struct alfa__judgement judgement = {
        .global = s->global, .score = s->words, .windows = maps, .map = maps + patches};
    ALFA__TRY(alfa__judge_with_memory(&judgement, few, (struct alfa__ground){bank->grid, s->inside},
                                      &bank->fusion, arena, err));
    if (shares)
        alfa__known_join(&judgement, shares, patches);
    *out = (struct alfa__pass_score){judgement.score, alfa__local_score(judgement.map, patches)};
    alfa__arena_reset(arena, mark);
    return ALFA_OK;
}
