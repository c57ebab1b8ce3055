#include "detect/stranger.h"
#include "bank/build.h"
#include "bank/strange.h"
#include "base/each.h"
#include "detect/kept_pass.h"
#include "score/fusion.h"

#include <math.h>
#include <stdlib.h>

#define TOGETHER 10 /* so many are one group, which each is left out of */
#define GROUP 5
#define GROUPS 7
#define WHOLE_RATE 0.001    /* of the second rule: another thing is so far that it need not be sharp */
#define LEAST_DISTANCE 1e-6 /* below it all is the same */

/* Memories of groups of a bank's references, not shrunk. */
struct groups {
    const struct alfa_bank *bank;
    struct alfa__memory (*parts)[ALFA__BANK_MAX_PARTS];
    int count, references;   /* the first of the bank: the normal ones */
    double *places, *wholes; /* one a reference: logarithms of how far it is, and all of it */
};

/* How far a reference is from a group. */
struct far {
    double place, whole; /* its strangest place, and the mean over all of its places */
};

static void free_groups(struct groups *g)
{
    for (int i = 0; i < g->count && g->parts; i++)
        for (int p = 0; p < ALFA__BANK_MAX_PARTS; p++)
            alfa__memory_free(&g->parts[i][p]);
    free(g->parts);
}

static enum alfa_status fill_groups(struct groups *g, bool *used, struct alfa_error *err)
{
    const struct alfa__bank_data *store = &g->bank->store;
    for (int i = 0; i < g->count; i++) {
        for (int r = 0; r < g->references; r++)
            used[r] = r % g->count == i;
        for (int p = 0; p < store->part_count; p++)
            ALFA__TRY(alfa__bank_gather(&g->parts[i][p], store, p, used, err));
    }
    return ALFA_OK;
}

static enum alfa_status make_groups(struct groups *g, struct alfa_error *err)
{
    bool *used = calloc((size_t)g->bank->store.reference_count, sizeof *used);
    g->count = g->references <= TOGETHER ? 1 : g->references / GROUP;
    g->parts = calloc((size_t)g->count, sizeof *g->parts);
    enum alfa_status status = used && g->parts ? fill_groups(g, used, err)
                                               : alfa__fail_memory(err, (size_t)g->count * sizeof *g->parts);
    free(used);
    return status;
}

static double mean(const double *numbers, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += numbers[i];
    return sum / count;
}

/* Logarithms of the largest of a reference's passes; its own rows are passed over. */
static enum alfa_status measure(struct far *out, const struct groups *g, int r, int group,
                                struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa_bank *bank = g->bank;
    const int patches = bank->grid * bank->grid;
    const struct alfa__kept_passes *passes = &bank->store.references[r].passes;
    double place = LEAST_DISTANCE, whole = LEAST_DISTANCE;
    double *few = alfa__arena_array(arena, (size_t)patches, sizeof *few);
    if (!few)
        return alfa__fail_memory(err, (size_t)patches * sizeof *few);
    for (int i = 0; i < passes->count; i++) {
        ALFA__TRY(alfa__kept_pass_recall(few, bank, &passes->items[i], g->parts[group], r, arena, err));
        place = fmax(place, alfa__local_score(few, patches));
        whole = fmax(whole, mean(few, patches));
    }
    *out = (struct far){log(place), log(whole)};
    return ALFA_OK;
}

/* Of the groups that come after its own the median for a place, and the farthest for the whole. */
static enum alfa_status ask_groups(void *groups, int r, struct alfa__arena *arena, struct alfa_error *err)
{
    const struct groups *g = groups;
    double found[GROUPS];
    struct far far = {0};
    int count = 0;
    g->wholes[r] = log(LEAST_DISTANCE);
    for (int i = g->count > 1; i < g->count && count < GROUPS; i++) {
        ALFA__TRY(measure(&far, g, r, (r + i) % g->count, arena, err));
        found[count++] = far.place;
        g->wholes[r] = fmax(g->wholes[r], far.whole);
    }
    g->places[r] = alfa__median(found, count);
    return ALFA_OK;
}

/* room: of each of normals references two numbers. */
static enum alfa_status find(struct alfa_bank *bank, double *room, bool *strange, int normals,
                             struct alfa_error *err)
{
    struct groups g = {.bank = bank, .references = normals, .places = room, .wholes = room + normals};
    enum alfa_status status = make_groups(&g, err);
    if (status == ALFA_OK)
        status = alfa__each("groups", g.references, ask_groups, &g, err);
    free_groups(&g);
    if (status != ALFA_OK)
        return status;
    const struct {
        const double *numbers;
        double rate;
    } rules[] = {{g.places, ALFA__STRANGE_RATE}, {g.wholes, WHOLE_RATE}};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (alfa__strange_find(strange, rules[i].numbers, normals, rules[i].rate) < 0)
            return alfa__fail_memory(err, (size_t)normals * sizeof *room);
        for (int r = 0; r < normals; r++)
            bank->store.references[r].strange |= strange[r] && !bank->store.references[r].keep;
    }
    return ALFA_OK;
}

enum alfa_status alfa__bank_find_strange(struct alfa_bank *bank, struct alfa_error *err)
{
    const int normals = alfa__bank_count(&bank->store, ALFA__ROLE_NORMAL);
    for (int r = 0; r < normals; r++)
        bank->store.references[r].strange = false;
    if (bank->keep_all || normals < ALFA__STRANGE_LEAST)
        return ALFA_OK;
    double *room = malloc(2 * (size_t)normals * sizeof *room);
    bool *strange = malloc((size_t)normals * sizeof *strange);
    enum alfa_status status = room && strange ? find(bank, room, strange, normals, err)
                                              : alfa__fail_memory(err, 2 * (size_t)normals * sizeof *room);
    free(room);
    free(strange);
    return status;
}
