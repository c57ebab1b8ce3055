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
#define LEAST_DISTANCE 1e-6 /* below it all is the same */

/* Memories of groups of a bank's references, not shrunk. */
struct groups {
    const struct alfa_bank *bank;
    struct alfa__memory (*parts)[ALFA__BANK_MAX_PARTS];
    int count, references; /* the first of the bank: the normal ones */
    double *numbers;       /* one a reference: what is found */
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

/* The largest distance of a reference, over all passes, from a group; its own rows are passed over. */
static enum alfa_status measure(double *out, const struct groups *g, int r, int group,
                                struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa_bank *bank = g->bank;
    const int patches = bank->grid * bank->grid;
    const struct alfa__kept_passes *passes = &bank->store.references[r].passes;
    double largest = LEAST_DISTANCE, *few = alfa__arena_array(arena, (size_t)patches, sizeof *few);
    if (!few)
        return alfa__fail_memory(err, (size_t)patches * sizeof *few);
    for (int i = 0; i < passes->count; i++) {
        ALFA__TRY(alfa__kept_pass_recall(few, bank, &passes->items[i], g->parts[group], r, arena, err));
        largest = fmax(largest, alfa__local_score(few, patches));
    }
    *out = log(largest);
    return ALFA_OK;
}

/* The median over the groups that come after its own. */
static enum alfa_status ask_groups(void *groups, int r, struct alfa__arena *arena, struct alfa_error *err)
{
    const struct groups *g = groups;
    double found[GROUPS];
    int count = 0;
    if (g->count == 1)
        return measure(&g->numbers[r], g, r, 0, arena, err);
    for (int i = 1; i < g->count && count < GROUPS; i++)
        ALFA__TRY(measure(&found[count++], g, r, (r + i) % g->count, arena, err));
    g->numbers[r] = alfa__median(found, count);
    return ALFA_OK;
}

static enum alfa_status find(struct alfa_bank *bank, double *numbers, bool *strange, struct alfa_error *err)
{
    struct groups g = {
        .bank = bank, .references = alfa__bank_count(&bank->store, ALFA__ROLE_NORMAL), .numbers = numbers};
    enum alfa_status status = make_groups(&g, err);
    if (status == ALFA_OK)
        status = alfa__each(g.references, ask_groups, &g, err);
    free_groups(&g);
    if (status != ALFA_OK)
        return status;
    if (alfa__strange_find(strange, numbers, g.references) < 0)
        return alfa__fail_memory(err, (size_t)g.references * sizeof *numbers);
    for (int r = 0; r < g.references; r++)
        bank->store.references[r].strange = strange[r];
    return ALFA_OK;
}

enum alfa_status alfa__bank_find_strange(struct alfa_bank *bank, struct alfa_error *err)
{
    const int normals = alfa__bank_count(&bank->store, ALFA__ROLE_NORMAL);
    for (int r = 0; r < normals; r++)
        bank->store.references[r].strange = false;
    if (bank->keep_all || normals < ALFA__STRANGE_LEAST)
        return ALFA_OK;
    double *numbers = malloc((size_t)normals * sizeof *numbers);
    bool *strange = malloc((size_t)normals * sizeof *strange);
    enum alfa_status status = numbers && strange ? find(bank, numbers, strange, err)
                                                 : alfa__fail_memory(err, (size_t)normals * sizeof *numbers);
    free(numbers);
    free(strange);
    return status;
}
