#include "detect/trial.h"
#include "bank/build.h"
#include "base/each.h"
#include "detect/kept_pass.h"

#include <stdlib.h>

#define LEAVE_ONE 5
#define FOLDS 5

enum alfa_status alfa__trial_open(struct alfa__trial *out, struct alfa_bank *bank, struct alfa_error *err)
{
    const size_t count = (size_t)bank->store.reference_count;
    *out = (struct alfa__trial){.bank = bank,
                                .normals = alfa__bank_count(&bank->store, ALFA__ROLE_NORMAL),
                                .used = calloc(count, sizeof *out->used),
                                .fold = calloc(count, sizeof *out->fold),
                                .few = calloc(count, sizeof *out->few)};
    return out->used && out->fold && out->few ? ALFA_OK : alfa__fail_memory(err, count * sizeof *out->few);
}

/* ------------------------------------------------------------------ memories */

static void forget(struct alfa__trial *t)
{
    for (int r = 0; r < t->bank->store.reference_count && t->few; r++) {
        free(t->few[r]);
        t->few[r] = NULL;
    }
    for (int i = 0; i <= t->folds && t->memories; i++) {
        for (int p = 0; p < ALFA__BANK_MAX_PARTS; p++)
            alfa__memory_free(&t->memories[i].parts[p]);
        free(t->memories[i].used);
    }
    free(t->memories);
    t->memories = NULL;
}

/* Which fold each reference is in; of several that show one part all are in the same. */
static void share_out(struct alfa__trial *t)
{
    const struct alfa__reference *references = t->bank->store.references;
    const int count = t->bank->store.reference_count;
    int parts = 0, next = 0;
    for (int r = 0; r < count; r++)
        parts += t->used[r] && !references[r].same_part;
    t->folds = parts == 1 ? 0 : parts <= LEAVE_ONE ? parts : FOLDS;
    for (int r = 0; r < count; r++) {
        const int first = references[r].same_part - 1;
        t->fold[r] = !t->used[r] || !t->folds ? -1 : first >= 0 ? t->fold[first] : next++ % t->folds;
    }
}

/* Which references are in which memory. */
static enum alfa_status plan(struct alfa__trial *t, struct alfa_error *err)
{
    const int count = t->bank->store.reference_count;
    share_out(t);
    t->memories = calloc((size_t)t->folds + 1, sizeof *t->memories);
    for (int i = 0; i <= t->folds && t->memories; i++) {
        t->memories[i].used = calloc((size_t)count, sizeof *t->memories[i].used);
        for (int r = 0; r < count && t->memories[i].used; r++)
            t->memories[i].used[r] = t->used[r] && (i == t->folds || t->fold[r] != i);
    }
    for (int i = 0; i <= t->folds && t->memories; i++)
        if (!t->memories[i].used)
            return alfa__fail_memory(err, (size_t)count);
    return t->memories ? ALFA_OK : alfa__fail_memory(err, sizeof *t->memories);
}

/* One part of all memories. */
struct part {
    struct alfa__trial *t;
    int number;
    struct alfa__pool pool;
};

static enum alfa_status build_memory(void *context, int i, struct alfa__arena *arena, struct alfa_error *err)
{
    const struct part *part = context;
    struct alfa__store *memory = &part->t->memories[i];
    return alfa__pool_build(&memory->parts[part->number], &part->pool, memory->used, part->t->bank->budget,
                            arena, err);
}

static enum alfa_status build_part(struct alfa__trial *t, int number, struct alfa_error *err)
{
    struct part part = {.t = t, .number = number};
    const struct alfa__mark mark = alfa__arena_mark(&t->arena);
    enum alfa_status status = alfa__pool_open(&part.pool, &t->bank->store, number, t->used, &t->arena, err);
    if (status == ALFA_OK)
        status = alfa__each("memories", t->folds + 1, build_memory, &part, err);
    alfa__pool_free(&part.pool);
    alfa__arena_reset(&t->arena, mark);
    return status;
}

/* All memories; that of all is the bank's own. */
static enum alfa_status build(struct alfa__trial *t, struct alfa_error *err)
{
    struct alfa__bank_data *store = &t->bank->store;
    for (int p = 0; p < store->part_count; p++)
        ALFA__TRY(build_part(t, p, err));
    for (int p = 0; p < store->part_count; p++) {
        alfa__memory_free(&store->parts[p]);
        store->parts[p] = t->memories[t->folds].parts[p];
        t->memories[t->folds].parts[p] = (struct alfa__memory){.rows = 0};
    }
    return ALFA_OK;
}

void alfa__trial_free(struct alfa__trial *t)
{
    forget(t);
    for (int r = 0; r < t->bank->store.reference_count && t->shares; r++)
        free(t->shares[r]);
    free(t->few);
    free(t->shares);
    free(t->used);
    free(t->fold);
    alfa__arena_free(&t->arena);
}

/* ------------------------------------------------------------------ judging as if new */

const struct alfa__kept_passes *alfa__trial_passes(const struct alfa__reference *reference)
{
    return reference->copies.count ? &reference->copies : &reference->passes;
}

static enum alfa_status recall(void *trial, int r, struct alfa__arena *arena, struct alfa_error *err)
{
    struct alfa__trial *t = trial;
    const struct alfa__memory *parts = t->fold[r] < 0 ? t->bank->store.parts : t->memories[t->fold[r]].parts;
    const struct alfa__kept_passes *passes = alfa__trial_passes(&t->bank->store.references[r]);
    const size_t patches = (size_t)(t->bank->grid * t->bank->grid), size = (size_t)passes->count * patches;
    t->few[r] = malloc((size + 1) * sizeof **t->few);
    if (!t->few[r])
        return alfa__fail_memory(err, size * sizeof **t->few);
    for (int i = 0; i < passes->count; i++)
        ALFA__TRY(alfa__kept_pass_recall(t->few[r] + (size_t)i * patches, t->bank, &passes->items[i], parts,
                                         ALFA__NO_IMAGE, arena, err));
    return ALFA_OK;
}

enum alfa_status alfa__trial_run(struct alfa__trial *t, struct alfa_error *err)
{
    forget(t);
    ALFA__TRY(plan(t, err));
    ALFA__TRY(build(t, err));
    return alfa__each("images", t->bank->store.reference_count, recall, t, err);
}
