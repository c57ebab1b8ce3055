#include "detect/sighting.h"

#include <stdlib.h>
#include <string.h>

/* S~_L and the pixel map, with room for M_few behind them. */
static double *copy_maps(const struct alfa__judgement *judgement, int patches)
{
    double *maps = malloc(3 * (size_t)patches * sizeof *maps);
    if (maps) {
        memcpy(maps, judgement->windows, (size_t)patches * sizeof *maps);
        memcpy(maps + patches, judgement->map, (size_t)patches * sizeof *maps);
    }
    return maps;
}

struct alfa__sighting *alfa__sighting_new(struct alfa_bank *bank, const struct alfa__look *look, bool whole)
{
    const size_t patches = (size_t)bank->grid * (size_t)bank->grid;
    const struct alfa__judgement *judgement = &look->judgement;
    struct alfa__sighting *list = realloc(bank->sightings, ((size_t)bank->sighting_count + 1) * sizeof *list);
    if (!list)
        return NULL;
    bank->sightings = list;
    struct alfa__sighting *s = &list[bank->sighting_count++];
    *s = (struct alfa__sighting){.image = bank->store.reference_count,
                                 .whole = whole,
                                 .global = judgement->global,
                                 .words = judgement->score,
                                 .windows = copy_maps(judgement, (int)patches)};
    s->inside = look->features.inside ? malloc(patches) : NULL;
    if (!s->windows || (look->features.inside && !s->inside))
        return NULL;
    if (s->inside)
        memcpy(s->inside, look->features.inside, patches);
    s->map = s->windows + patches;
    s->few = s->map + patches;
    return s;
}

enum alfa_status alfa__sighting_keep_rows(struct alfa__sighting *sighting, const struct alfa_bank *bank,
                                          const struct alfa__features *features, struct alfa_error *err)
{
    struct alfa__query queries[ALFA__BANK_MAX_PARTS];
    alfa__recall_queries(queries, &bank->store, features);
    for (int p = 0; p < bank->store.part_count; p++) {
        const size_t size = (size_t)queries[p].count * (size_t)bank->store.parts[p].dim * sizeof(float);
        sighting->counts[p] = queries[p].count;
        sighting->sides[p] = queries[p].side;
        sighting->rows[p] = malloc(size);
        if (!sighting->rows[p])
            return alfa__fail_memory(err, size);
        memcpy(sighting->rows[p], queries[p].rows, size);
    }
    return ALFA_OK;
}

static void free_one(struct alfa__sighting *sighting)
{
    for (int p = 0; p < ALFA__BANK_MAX_PARTS; p++)
        free(sighting->rows[p]);
    free(sighting->windows);
    free(sighting->inside);
}

void alfa__sightings_cut(struct alfa_bank *bank, int count)
{
    for (; bank->sighting_count > count; bank->sighting_count--)
        free_one(&bank->sightings[bank->sighting_count - 1]);
    if (count == 0) {
        free(bank->sightings);
        bank->sightings = NULL;
    }
}
