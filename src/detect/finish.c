/* Finishing a bank. Everything is made anew from what the references hold: which of them are strange, the
 * memory of the others, and the thresholds. */
#include "bank/build.h"
#include "bank/kept.h"
#include "bank/strange.h"
#include "base/each.h"
#include "base/json.h"
#include "base/threads.h"
#include "detect/bank.h"
#include "detect/fixture.h"
#include "detect/kept_pass.h"
#include "detect/poses.h"
#include "detect/repeats.h"
#include "detect/stranger.h"
#include "detect/trial.h"
#include "detect/windows.h"
#include "score/fusion.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int patches_of(const struct alfa_bank *bank)
{
    return bank->grid * bank->grid;
}

/* ------------------------------------------------------------------ offers */

/* How many of so many images belong at least: a fifth can be strange by each of two rules (stranger.h). It
 * never falls when images join, so what was left out of an offer is not asked for later. */
static int fewest(int normals)
{
    return (3 * normals + 2) / 5;
}

/* Picks what a reference offers, as much as may be asked for: images that do not belong take no part of the
 * budget. Forgets copies that are not alone any more. */
static enum alfa_status settle(void *trial, int r, struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__trial *t = trial;
    struct alfa__bank_data *store = &t->bank->store;
    struct alfa__reference *reference = &store->references[r];
    const int budget = t->bank->budget;
    const struct alfa__share share = {alfa__offer_limit(budget, t->normals),
                                      alfa__offer_limit(budget, fewest(t->normals))};
    if (t->normals > 1)
        alfa__kept_passes_free(&reference->copies);
    for (int p = 0; p < store->part_count && budget; p++)
        ALFA__TRY(alfa__offer_cut(reference, p, store->parts[p].dim, share, arena, err));
    return ALFA_OK;
}

/* Who belongs to the memory, and what each of them offers. */
static enum alfa_status gather(struct alfa__trial *t, struct alfa_error *err)
{
    struct alfa__bank_data *store = &t->bank->store;
    int used = 0;
    ALFA__TRY(alfa__each("offers", t->normals, settle, t, err));
    store->offered = alfa__offer_limit(t->bank->budget, t->normals);
    store->as_they_lie = t->bank->turned != ALFA_TURNED_ALWAYS;
    ALFA__TRY(alfa__bank_find_strange(t->bank, err));
    for (int r = 0; r < store->reference_count; r++) {
        t->used[r] = store->references[r].role == ALFA__ROLE_NORMAL && !store->references[r].strange;
        used += t->used[r];
    }
    store->offered = alfa__offer_limit(t->bank->budget, used);
    ALFA__TRY(alfa__bank_find_repeats(t->bank, t->used, &t->arena, err));
    return alfa__bank_find_fixture(t->bank, t->used, &t->arena, err);
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
        const struct alfa__kept_passes *passes = alfa__trial_passes(&bank->store.references[r]);
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
    const struct alfa__kept_passes *passes = alfa__trial_passes(&t->bank->store.references[r]);
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

/* Scores of those that were learned, judged without themselves, and of those that are known to be good,
 * unless their likeness is in the memory. Of one that is learned alone the copies count only when nothing
 * else does. */
static bool counts(const struct alfa__trial *t, int r)
{
    const struct alfa__reference *reference = &t->bank->store.references[r];
    return t->used[r] ? t->folds > 0 || t->bank->alone
                      : reference->role == ALFA__ROLE_GOOD && !reference->same_part;
}

static int passes_that_count(const struct alfa__trial *t)
{
    int all = 0;
    for (int r = 0; r < t->bank->store.reference_count; r++)
        for (int i = 0; i < alfa__trial_passes(&t->bank->store.references[r])->count && counts(t, r); i++)
            all += alfa__trial_passes(&t->bank->store.references[r])->items[i].whole;
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
        room += (size_t)alfa__trial_passes(&store->references[r])->count;
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
    ALFA__TRY(gather(t, err));
    ALFA__TRY(alfa__trial_run_posed(t, err));
    ALFA__TRY(set_level(t, err));
    ALFA__TRY(alfa__known_choose(t, err));
    return calibrate(t, err);
}

enum alfa_status alfa__windows_finish(struct alfa_bank *bank, struct alfa_error *err)
{
    struct alfa__trial t;
    enum alfa_status status = alfa__trial_open(&t, bank, err);
    if (status == ALFA_OK)
        status = run(&t, err);
    alfa__trial_free(&t);
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
