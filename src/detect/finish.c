/* Finishing a bank. Everything is made anew from what the references hold: which of them are strange, the
 * memory of the others, and the thresholds. Every reference is judged as if it were new, by a memory of the
 * same size that was built without it: of up to LEAVE_ONE references each is left out alone, of more a fifth
 * at a time. (Passing over its rows in a memory that was chosen with them would leave holes where they were:
 * everything looks stranger then than it will be.) */
#include "bank/build.h"
#include "bank/kept.h"
#include "bank/strange.h"
#include "base/each.h"
#include "base/json.h"
#include "base/threads.h"
#include "detect/bank.h"
#include "detect/fixture.h"
#include "detect/kept_pass.h"
#include "detect/stranger.h"
#include "detect/trial.h"
#include "detect/windows.h"
#include "score/fusion.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAVE_ONE 5
#define FOLDS 5

static int patches_of(const struct alfa_bank *bank)
{
    return bank->grid * bank->grid;
}

/* ------------------------------------------------------------------ memories */

static void free_memories(struct alfa__trial *t)
{
    for (int i = 0; i <= t->folds && t->memories; i++) {
        for (int p = 0; p < ALFA__BANK_MAX_PARTS; p++)
            alfa__memory_free(&t->memories[i].parts[p]);
        free(t->memories[i].used);
    }
    free(t->memories);
}

/* Which references are in which memory. */
static enum alfa_status plan(struct alfa__trial *t, struct alfa_error *err)
{
    const int count = t->bank->store.reference_count;
    int used = 0;
    for (int r = 0; r < count; r++)
        used += t->used[r];
    t->folds = used == 1 ? 0 : used <= LEAVE_ONE ? used : FOLDS;
    t->memories = calloc((size_t)t->folds + 1, sizeof *t->memories);
    for (int r = 0, i = 0; r < count; r++)
        t->fold[r] = t->used[r] && t->folds ? i++ % t->folds : -1;
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
    ALFA__TRY(alfa__watch_tell("memories", number, t->bank->store.part_count, err));
    enum alfa_status status = alfa__pool_open(&part.pool, &t->bank->store, number, t->used, &t->arena, err);
    if (status == ALFA_OK)
        status = alfa__each(t->folds + 1, build_memory, &part, err);
    alfa__pool_free(&part.pool);
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

/* Cuts what a reference offers to what so many may, and forgets copies that are not alone any more. */
static enum alfa_status settle(void *trial, int r, struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__trial *t = trial;
    struct alfa__bank_data *store = &t->bank->store;
    const int most = alfa__offer_limit(t->bank->budget, t->normals);
    if (t->normals > 1)
        alfa__kept_passes_free(&store->references[r].copies);
    for (int p = 0; p < store->part_count && most; p++)
        ALFA__TRY(alfa__offer_cut(&store->references[r], p, store->parts[p].dim, most, arena, err));
    return ALFA_OK;
}

/* Images that do not belong take no part of the budget: the others offer what they would without them. (Not
 * when they are learned turned: rows that were left out are forgotten then.) */
static enum alfa_status share_out(struct alfa__trial *t, struct alfa_error *err)
{
    struct alfa__bank_data *store = &t->bank->store;
    int used = 0;
    for (int r = 0; r < store->reference_count; r++)
        used += t->used[r];
    const int most = alfa__offer_limit(t->bank->budget, used);
    if (t->bank->turned || used == alfa__bank_count(store, ALFA__ROLE_NORMAL))
        return ALFA_OK;
    for (int r = 0; r < store->reference_count; r++)
        for (int p = 0; p < store->part_count && most && t->used[r]; p++)
            ALFA__TRY(
                alfa__offer_restore(&store->references[r], p, store->parts[p].dim, most, &t->arena, err));
    return ALFA_OK;
}

/* ------------------------------------------------------------------ judging as if new */

/* What a reference is judged by: its passes, or those of its copies while it is alone. */
static const struct alfa__kept_passes *passes_of(const struct alfa__reference *reference)
{
    return reference->copies.count ? &reference->copies : &reference->passes;
}

/* M_few of a reference: of one in the memory by that which lacks its fold, of those that it does not know,
 * and of the copies of one that is alone, by the bank's own. */
static enum alfa_status recall(void *trial, int r, struct alfa__arena *arena, struct alfa_error *err)
{
    struct alfa__trial *t = trial;
    const struct alfa__memory *parts = t->fold[r] < 0 ? t->bank->store.parts : t->memories[t->fold[r]].parts;
    const struct alfa__kept_passes *passes = passes_of(&t->bank->store.references[r]);
    const size_t patches = (size_t)patches_of(t->bank), size = (size_t)passes->count * patches;
    t->few[r] = malloc((size + 1) * sizeof **t->few);
    if (!t->few[r])
        return alfa__fail_memory(err, size * sizeof **t->few);
    for (int i = 0; i < passes->count; i++)
        ALFA__TRY(alfa__kept_pass_recall(t->few[r] + (size_t)i * patches, t->bank, &passes->items[i], parts,
                                         ALFA__NO_IMAGE, arena, err));
    return ALFA_OK;
}

/* ------------------------------------------------------------------ level and scores */

/* a_0: the mean over the references in the memory of their largest distance (of one alone, over its copies).
 */
static enum alfa_status set_level(struct alfa__trial *t, struct alfa_error *err)
{
    struct alfa_bank *bank = t->bank;
    const int patches = patches_of(bank);
    double sum = 0;
    int count = 0;
    for (int r = 0; r < bank->store.reference_count; r++) {
        const struct alfa__kept_passes *passes = passes_of(&bank->store.references[r]);
        double largest = 0;
        for (int i = 0; i < passes->count && t->used[r]; i++) {
            if (i > 0 && passes->items[i].whole)
                sum += largest, largest = 0, count++;
            largest = fmax(largest, alfa__local_score(t->few[r] + i * patches, patches));
        }
        sum += largest;
        count += t->used[r];
    }
    bank->fusion.level = sum / count;
    return alfa__json_put(bank->store.options, "level", json_real(bank->fusion.level), err);
}

/* Scores of a reference: the largest over its passes; of one alone one a copy. *count gets how many. */
static enum alfa_status judge(struct alfa__trial *t, int r, double *scores, double *peaks, int *count,
                              struct alfa_error *err)
{
    const struct alfa__kept_passes *passes = passes_of(&t->bank->store.references[r]);
    const int patches = patches_of(t->bank);
    *count = 0;
    for (int i = 0; i < passes->count; i++) {
        struct alfa__pass_score score;
        const double *shares = t->bank->known_joins ? t->shares[r] + i * patches : NULL;
        ALFA__TRY(alfa__kept_pass_judge(&score, t->bank, &passes->items[i], t->few[r] + i * patches, shares,
                                        &t->arena, err));
        const bool first = passes->items[i].whole; /* a tile follows its whole */
        *count += first;
        scores[*count - 1] = first ? score.image : fmax(scores[*count - 1], score.image);
        peaks[*count - 1] = first ? score.peak : fmax(peaks[*count - 1], score.peak);
    }
    return ALFA_OK;
}

enum alfa_status alfa__bank_set_thresholds(struct alfa_bank *bank, const double *scores, const double *peaks,
                                           int count, struct alfa_error *err)
{
    const bool alone = bank->alone;
    ALFA__TRY(alfa__calibration_set(&bank->store.image, scores, count, alone, bank->rate, err));
    ALFA__TRY(alfa__calibration_set(&bank->store.pixel, peaks, count, alone, bank->rate, err));
    if (alone)
        alfa__threshold_withdraw(&bank->store.image.threshold);
    return ALFA_OK;
}

/* Scores of those that were learned, judged without themselves, and of those that are known to be good. Of
 * one that is learned alone the copies count only when nothing else does. */
static bool counts(const struct alfa__trial *t, int r)
{
    const struct alfa__reference *reference = &t->bank->store.references[r];
    return reference->role == ALFA__ROLE_GOOD || (t->used[r] && (t->folds > 0 || t->bank->alone));
}

static int passes_that_count(const struct alfa__trial *t)
{
    int all = 0;
    for (int r = 0; r < t->bank->store.reference_count; r++)
        for (int i = 0; i < passes_of(&t->bank->store.references[r])->count && counts(t, r); i++)
            all += passes_of(&t->bank->store.references[r])->items[i].whole;
    return all;
}

/* Judged by a memory without its fold, a reference looks stranger than it would to the whole. Scores that are
 * enough to be counted off are left as they are: that assumes nothing, and errs to the safe side. */
static void make_whole(double *scores, double *peaks, int count, const struct alfa__trial *t, int r)
{
    int learned = 0, judging = 0;
    for (int other = 0; other < t->bank->store.reference_count; other++) {
        learned += t->used[other];
        judging += t->used[other] && t->fold[other] != t->fold[r];
    }
    for (int i = 0; i < count; i++) {
        scores[i] = alfa__score_of_whole(scores[i], judging, learned);
        peaks[i] = alfa__score_of_whole(peaks[i], judging, learned);
    }
}

static enum alfa_status judge_all(struct alfa__trial *t, double *scores, double *peaks, int *counted,
                                  struct alfa_error *err)
{
    struct alfa_bank *bank = t->bank;
    const bool few = passes_that_count(t) < ALFA__LEAST_COUNTED && bank->fusion.kind != ALFA_FUSION_PAPER;
    int all = 0;
    for (int r = 0; r < bank->store.reference_count; r++) {
        struct alfa__reference *reference = &bank->store.references[r];
        int count;
        ALFA__TRY(judge(t, r, scores + all, peaks + all, &count, err));
        if (few && t->fold[r] >= 0)
            make_whole(scores + all, peaks + all, count, t, r);
        reference->score = scores[all];
        reference->peak = peaks[all];
        for (int i = 1; i < count; i++) {
            reference->score = fmax(reference->score, scores[all + i]);
            reference->peak = fmax(reference->peak, peaks[all + i]);
        }
        all += counts(t, r) ? count : 0;
    }
    *counted = all;
    return ALFA_OK;
}

/* The same with what the references share with known defects, where that helps. before: room for their
 * scores.
 */
static enum alfa_status try_defects(struct alfa__trial *t, double *scores, double *peaks, int *counted,
                                    double *before, struct alfa_error *err)
{
    struct alfa_bank *bank = t->bank;
    for (int r = 0; r < bank->store.reference_count; r++)
        before[r] = bank->store.references[r].score;
    bank->known_joins = true;
    ALFA__TRY(judge_all(t, scores, peaks, counted, err));
    ALFA__TRY(alfa__known_helps(&bank->known_joins, t, before, err));
    if (!bank->known_joins)
        ALFA__TRY(judge_all(t, scores, peaks, counted, err));
    return alfa__json_put(bank->store.options, "known_joins", json_boolean(bank->known_joins), err);
}

static enum alfa_status settle_scores(struct alfa__trial *t, double *scores, double *peaks,
                                      struct alfa_error *err)
{
    struct alfa_bank *bank = t->bank;
    const size_t count = (size_t)bank->store.reference_count;
    int counted;
    bank->known_joins = false;
    ALFA__TRY(judge_all(t, scores, peaks, &counted, err));
    double *before = malloc(count * sizeof *before);
    enum alfa_status status = before ? ALFA_OK : alfa__fail_memory(err, count * sizeof *before);
    if (status == ALFA_OK && t->shares)
        status = try_defects(t, scores, peaks, &counted, before, err);
    free(before);
    ALFA__TRY(status);
    return alfa__bank_set_thresholds(bank, scores, peaks, counted, err);
}

static enum alfa_status calibrate(struct alfa__trial *t, struct alfa_error *err)
{
    const struct alfa__bank_data *store = &t->bank->store;
    size_t room = 1;
    for (int r = 0; r < store->reference_count; r++)
        room += (size_t)passes_of(&store->references[r])->count;
    double *scores = malloc(room * sizeof *scores), *peaks = malloc(room * sizeof *peaks);
    enum alfa_status status = scores && peaks ? settle_scores(t, scores, peaks, err)
                                              : alfa__fail_memory(err, room * sizeof *scores);
    free(scores);
    free(peaks);
    return status;
}

/* ------------------------------------------------------------------ all of it */

static enum alfa_status run(struct alfa__trial *t, struct alfa_error *err)
{
    struct alfa__bank_data *store = &t->bank->store;
    t->normals = alfa__bank_count(store, ALFA__ROLE_NORMAL);
    ALFA__TRY(alfa__each(t->normals, settle, t, err));
    ALFA__TRY(alfa__bank_find_strange(t->bank, err));
    for (int r = 0; r < store->reference_count; r++)
        t->used[r] = store->references[r].role == ALFA__ROLE_NORMAL && !store->references[r].strange;
    ALFA__TRY(share_out(t, err));
    ALFA__TRY(alfa__bank_find_fixture(t->bank, t->used, &t->arena, err));
    ALFA__TRY(plan(t, err));
    ALFA__TRY(build(t, err));
    ALFA__TRY(alfa__each(store->reference_count, recall, t, err));
    ALFA__TRY(set_level(t, err));
    ALFA__TRY(alfa__known_choose(t, err));
    return calibrate(t, err);
}

enum alfa_status alfa__windows_finish(struct alfa_bank *bank, struct alfa_error *err)
{
    const size_t count = (size_t)bank->store.reference_count;
    struct alfa__trial t = {.bank = bank,
                            .used = calloc(count, sizeof *t.used),
                            .fold = calloc(count, sizeof *t.fold),
                            .few = calloc(count, sizeof *t.few)};
    enum alfa_status status =
        t.used && t.fold && t.few ? run(&t, err) : alfa__fail_memory(err, count * sizeof *t.few);
    for (size_t r = 0; r < count && t.few; r++)
        free(t.few[r]);
    for (size_t r = 0; r < count && t.shares; r++)
        free(t.shares[r]);
    free(t.few);
    free(t.shares);
    free_memories(&t);
    free(t.used);
    free(t.fold);
    alfa__arena_free(&t.arena);
    return status;
}

static enum alfa_status finish_bank(struct alfa_bank *bank, struct alfa_error *err)
{
    if (bank->finished) /* nothing came since */
        return ALFA_OK;
    if (alfa__bank_count(&bank->store, ALFA__ROLE_NORMAL) == 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, NULL, "a bank needs at least one normal image");
    ALFA__TRY(alfa__bank_complete(&bank->store, err));
    alfa__bank_sort(&bank->store);
    bank->alone = alfa__bank_count(&bank->store, ALFA__ROLE_NORMAL) == 1 &&
                  alfa__bank_count(&bank->store, ALFA__ROLE_GOOD) == 0;
    ALFA__TRY(bank->method->pipeline->finish(bank, err));
    bank->finished = true;
    ALFA__TRY(alfa__bank_decide(bank, err));
    return alfa__bank_inform(bank, err);
}

enum alfa_status alfa_bank_finish(struct alfa_bank *bank, struct alfa_error *err)
{
    ALFA__NEED(bank, "bank", err);
    const struct alfa__watch *before = alfa__watch_set(&bank->watch);
    const struct alfa__team team = alfa__team_enter(bank->threads);
    enum alfa_status status = finish_bank(bank, err);
    alfa__team_leave(team);
    alfa__watch_set(before);
    return status;
}
