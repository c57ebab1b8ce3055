/* Finishing a bank: shrink its memory to the budget, then find the thresholds. Every reference is judged as
 * if it were new: with its own rows passed over (leave one out). */
#include "bank/coreset.h"
#include "detect/bank.h"
#include "detect/compared.h"
#include "detect/sighting.h"
#include "score/fusion.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A part of at most budget rows made of a larger one, which stays. */
static enum alfa_status shrink(struct alfa__memory *out, const struct alfa__memory *full, int budget,
                               struct alfa__arena *arena, struct alfa_error *err)
{
    int picked = full->rows, *rows = malloc(((size_t)full->rows + 1) * sizeof *rows);
    enum alfa_status status = rows ? ALFA_OK : alfa__fail_memory(err, (size_t)full->rows * sizeof *rows);
    if (status == ALFA_OK)
        status = alfa__coreset_pick(rows, &picked, full->vectors, full->rows, full->dim,
                                    budget ? budget : full->rows, arena, err);
    if (status == ALFA_OK)
        status = alfa__memory_init(out, full->name, full->window, full->dim, err);
    for (int i = 0; i < picked && status == ALFA_OK; i++)
        status = alfa__memory_add(out, full->vectors + (size_t)rows[i] * (size_t)full->dim, 1,
                                  full->origins[rows[i]], err);
    free(rows);
    return status;
}

/* Of the only reference nothing is left when its own rows are passed over; its changed copies must do. */
static bool counts(const struct alfa_bank *bank, const struct alfa__sighting *s)
{
    return (bank->store.reference_count == 1) == (s->rows[0] != NULL);
}

/* What a sighting asks the memory. full: the parts before they were shrunk. */
static enum alfa_status ask_again(struct alfa__query queries[ALFA__BANK_MAX_PARTS],
                                  const struct alfa_bank *bank, const struct alfa__sighting *s,
                                  const struct alfa__memory *full, struct alfa__arena *arena,
                                  struct alfa_error *err)
{
    for (int p = 0; p < bank->store.part_count; p++) {
        const int side = s->sides[p], window = full[p].window;
        const float *rows =
            s->rows[p] ? s->rows[p] : full[p].vectors + (size_t)s->starts[p] * (size_t)full[p].dim;
        int *places =
            s->inside ? alfa__arena_array(arena, (size_t)side * (size_t)side, sizeof *places) : NULL;
        if (s->inside && !places)
            return alfa__fail_memory(err, (size_t)side * (size_t)side * sizeof *places);
        if (places && window)
            (void)alfa__inside_windows(places, s->inside, bank->grid, window);
        else if (places)
            (void)alfa__inside_cells(places, s->inside, bank->grid, side);
        queries[p] = (struct alfa__query){rows, s->counts[p], side, places};
    }
    return ALFA_OK;
}

/* a_0: the mean over the pictures of their largest distance. A bank that was loaded keeps its own. */
static void set_level(struct alfa_bank *bank)
{
    const int patches = bank->grid * bank->grid;
    double sum = 0, largest = 0;
    int count = 0;
    for (int i = 0; i < bank->sighting_count; i++) {
        const struct alfa__sighting *s = &bank->sightings[i];
        if (!counts(bank, s))
            continue;
        if (s->whole) {
            sum += largest;
            largest = 0;
            count++;
        }
        largest = fmax(largest, alfa__local_score(s->few, patches));
    }
    if (!json_object_get(bank->store.options, "level"))
        json_object_set_new(bank->store.options, "level", json_real(count ? (sum + largest) / count : 0));
    bank->fusion.level = json_number_value(json_object_get(bank->store.options, "level"));
}

/* M_few of every sighting that counts, as if it were new: rows of its own reference are passed over, unless
 * it is the only one. */
static enum alfa_status measure(struct alfa_bank *bank, const struct alfa__memory *full,
                                struct alfa__arena *arena, struct alfa_error *err)
{
    const size_t patches = (size_t)bank->grid * (size_t)bank->grid;
    const bool alone = bank->store.reference_count == 1;
    for (int i = 0; i < bank->sighting_count; i++) {
        struct alfa__sighting *s = &bank->sightings[i];
        const struct alfa__mark mark = alfa__arena_mark(arena);
        struct alfa__query queries[ALFA__BANK_MAX_PARTS];
        double *few;
        if (!counts(bank, s))
            continue;
        ALFA__TRY(ask_again(queries, bank, s, full, arena, err));
        ALFA__TRY(alfa__recall_inside(&few, &bank->store, queries, s->inside, bank->grid,
                                      alone ? ALFA__NO_IMAGE : s->image, arena, err));
        memcpy(s->few, few, patches * sizeof *few);
        alfa__arena_reset(arena, mark);
    }
    set_level(bank);
    return ALFA_OK;
}

/* Image score and largest map value of a sighting. Its maps are used up. */
static void judge_sighting(double *score, double *pixel, const struct alfa_bank *bank,
                           struct alfa__sighting *s)
{
    const int patches = bank->grid * bank->grid;
    struct alfa__judgement judgement = {
        .global = s->global, .score = s->words, .windows = s->windows, .map = s->map};
    (void)alfa__judge_with_memory(&judgement, s->few, patches, &bank->fusion);
    *score = judgement.score;
    *pixel = alfa__local_score(judgement.map, patches);
}

/* The scores that thresholds are made of: image scores and the largest values of their maps. */
struct scores {
    double *image, *pixel;
    int count;
};

/* What a loaded bank brought along. The copies of a single image count as the one image that they show. */
static void bring_along(struct scores *out, const struct alfa_bank *bank)
{
    const int count = bank->store.image.threshold.count;
    int before = bank->store.reference_count; /* references that the loaded bank had */
    for (int i = 0; i < bank->sighting_count; i++)
        before -= bank->sightings[i].whole && !bank->sightings[i].rows[0];
    const int first = before == 1 && count > 1 ? count - 1 : 0; /* they ascend */
    for (int i = first; i < count; i++) {
        out->image[out->count] = bank->store.image.scores[i];
        out->pixel[out->count++] = bank->store.pixel.scores[i];
    }
}

/* One score a reference, its largest over all looks at it; of one reference alone one score a changed copy.
 */
static void gather(struct scores *out, struct alfa_bank *bank)
{
    for (int i = 0; i < bank->sighting_count; i++) {
        struct alfa__sighting *s = &bank->sightings[i];
        double score, pixel;
        if (!counts(bank, s))
            continue;
        judge_sighting(&score, &pixel, bank, s);
        if (s->whole) {
            out->image[out->count] = score;
            out->pixel[out->count++] = pixel;
        } else { /* a tile follows its whole */
            out->image[out->count - 1] = fmax(out->image[out->count - 1], score);
            out->pixel[out->count - 1] = fmax(out->pixel[out->count - 1], pixel);
        }
    }
}

enum alfa_status alfa__bank_set_threshold(struct alfa__calibration *out, const struct alfa_bank *bank,
                                          const double *scores, int count, struct alfa_error *err)
{
    return alfa__calibration_set(out, scores, count, bank->store.reference_count == 1, bank->rate, err);
}

static enum alfa_status calibrate(struct alfa_bank *bank, struct alfa_error *err)
{
    const size_t room = (size_t)bank->store.image.threshold.count + (size_t)bank->sighting_count + 1;
    struct scores scores = {malloc(room * sizeof(double)), malloc(room * sizeof(double)), 0};
    enum alfa_status status =
        scores.image && scores.pixel ? ALFA_OK : alfa__fail_memory(err, room * sizeof(double));
    if (status == ALFA_OK) {
        bring_along(&scores, bank);
        gather(&scores, bank);
        status = alfa__bank_set_threshold(&bank->store.image, bank, scores.image, scores.count, err);
    }
    if (status == ALFA_OK)
        status = alfa__bank_set_threshold(&bank->store.pixel, bank, scores.pixel, scores.count, err);
    free(scores.image);
    free(scores.pixel);
    return status;
}

enum alfa_status alfa_bank_finish(struct alfa_bank *bank, struct alfa_error *err)
{
    struct alfa__memory full[ALFA__BANK_MAX_PARTS];
    struct alfa__arena arena = {0};
    enum alfa_status status = ALFA_OK;
    int done = 0;
    if (bank->info.method > ALFA_METHOD_WINCLIP)
        return alfa__compared_finish(bank, err);
    if (bank->store.reference_count == 0 || bank->sighting_count == 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, NULL, "a bank needs at least one normal image");
    for (; done < bank->store.part_count && status == ALFA_OK; done++) {
        full[done] = bank->store.parts[done];
        bank->store.parts[done] = (struct alfa__memory){.rows = 0};
        status = shrink(&bank->store.parts[done], &full[done], bank->budget, &arena, err);
    }
    if (status == ALFA_OK)
        status = measure(bank, full, &arena, err);
    if (status == ALFA_OK)
        status = calibrate(bank, err);
    for (int p = 0; p < done; p++)
        alfa__memory_free(&full[p]);
    alfa__arena_free(&arena);
    alfa__sightings_cut(bank, 0);
    if (status == ALFA_OK)
        alfa__bank_inform(bank);
    return status;
}
