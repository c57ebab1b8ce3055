/* Thresholds that people choose, by what they know of their images (bank/tradeoff.h). */
#include "bank/tradeoff.h"
#include "base/json.h"
#include "detect/bank.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"rate", "found", "f1", "given"};
static const enum alfa__rule rules[] = {ALFA__RULE_NONE, ALFA__RULE_FOUND, ALFA__RULE_F1, ALFA__RULE_GIVEN};

/* ------------------------------------------------------------------ known scores */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Lends the calibration's scores, and a new array of bad ones, freed with free(). Copies of one image that is
 * alone are no images. */
static double *gather(struct alfa__known *out, const struct alfa_bank *bank)
{
    const struct alfa__bank_data *store = &bank->store;
    const bool copies = store->image.threshold.rule == ALFA__RULE_ALONE || bank->alone;
    double *bad = malloc(((size_t)store->reference_count + 1) * sizeof *bad);
    *out = (struct alfa__known){store->image.scores, bad, copies ? 0 : store->image.threshold.count, 0};
    for (int r = 0; r < store->reference_count && bad; r++)
        if (store->references[r].role == ALFA__ROLE_BAD)
            bad[out->bad_count++] = store->references[r].score;
    if (bad)
        qsort(bad, (size_t)out->bad_count, sizeof *bad, ascending);
    return bad;
}

void alfa_bank_tradeoff(struct alfa_tradeoff *out, const struct alfa_bank *bank, double threshold)
{
    struct alfa__known known;
    if (!out)
        return;
    *out = (struct alfa_tradeoff){.threshold = threshold};
    double *bad = bank ? gather(&known, bank) : NULL;
    if (!bad)
        return;
    out->good = known.good_count;
    out->bad = known.bad_count;
    out->found = alfa__count_above(bad, out->bad, threshold);
    out->alarms = alfa__count_above(known.good, out->good, threshold);
    alfa__wilson(&out->found_low, &out->found_high, out->found, out->bad);
    alfa__wilson(&out->alarms_low, &out->alarms_high, out->alarms, out->good);
    out->f1 = alfa__f1(&known, threshold);
    free(bad);
}

/* ------------------------------------------------------------------ choosing */

static enum alfa_status find(struct alfa__threshold *out, const struct alfa_bank *bank,
                             enum alfa_choice choice, double wanted, const struct alfa__known *known,
                             struct alfa_error *err)
{
    if ((unsigned)choice > ALFA_CHOICE_GIVEN)
        return alfa__fail(err, ALFA_ERROR_USAGE, "choice", "%d is none of enum alfa_choice", (int)choice);
    if (choice == ALFA_CHOICE_RATE && bank->alone)
        return alfa__fail(err, ALFA_ERROR_USAGE, "false-alarms",
                          "needs two normal images: one alone supports no rate");
    if (choice == ALFA_CHOICE_RATE)
        return alfa__threshold_find(out, known->good, known->good_count, false, wanted, err);
    *out = (struct alfa__threshold){.rule = rules[choice],
                                    .value = wanted,
                                    .rate = bank->rate,
                                    .count = bank->store.image.threshold.count};
    if (choice == ALFA_CHOICE_FOUND)
        return alfa__threshold_finding(&out->value, known, wanted, err);
    if (choice == ALFA_CHOICE_F1)
        return alfa__threshold_f1(&out->value, known, err);
    return wanted >= 0 && wanted <= 1
               ? ALFA_OK
               : alfa__fail(err, ALFA_ERROR_USAGE, "threshold", "%g is not between 0 and 1", wanted);
}

static enum alfa_status find_threshold(struct alfa__threshold *out, const struct alfa_bank *bank,
                                       enum alfa_choice choice, double wanted, struct alfa_error *err)
{
    struct alfa__known known;
    if (!bank->finished || bank->store.image.threshold.count == 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, "bank", "is not finished: call alfa_bank_finish() first");
    double *bad = gather(&known, bank);
    enum alfa_status status =
        bad ? find(out, bank, choice, wanted, &known, err) : alfa__fail_memory(err, sizeof known);
    free(bad);
    return status;
}

enum alfa_status alfa_bank_threshold(double *out, const struct alfa_bank *bank, enum alfa_choice choice,
                                     double wanted, struct alfa_error *err)
{
    struct alfa__threshold threshold;
    ALFA__NEED(out, "out", err);
    ALFA__NEED(bank, "bank", err);
    *out = NAN;
    ALFA__TRY(find_threshold(&threshold, bank, choice, wanted, err));
    *out = threshold.value;
    return ALFA_OK;
}

static enum alfa_status set_places(struct alfa_bank *bank, double rate, struct alfa_error *err)
{
    struct alfa__calibration *pixel = &bank->store.pixel;
    return alfa__threshold_find(&pixel->threshold, pixel->scores, pixel->threshold.count, bank->alone, rate,
                                err);
}

/* The rate of both thresholds. */
static enum alfa_status set_rate(struct alfa_bank *bank, double rate, struct alfa_error *err)
{
    ALFA__TRY(set_places(bank, rate, err));
    bank->rate = rate;
    return alfa__json_put(bank->store.options, "rate", json_real(rate), err);
}

/* The rate that a chosen threshold stands for: the smallest whose own would not lie above it, from that of
 * the bank to one half. */
static enum alfa_status rate_of(double *out, const struct alfa_bank *bank, double threshold,
                                struct alfa_error *err)
{
    const struct alfa__calibration *image = &bank->store.image;
    struct alfa__threshold at;
    double low = bank->rate, high = fmax(bank->rate, 0.5), rate = low;
    for (int i = 0; i < 40; i++) {
        ALFA__TRY(alfa__threshold_find(&at, image->scores, image->threshold.count, bank->alone, rate, err));
        *(at.value > threshold ? &low : &high) = rate;
        rate = 0.5 * (low + high);
    }
    *out = high;
    return ALFA_OK;
}

enum alfa_status alfa__choice_apply(struct alfa_bank *bank, enum alfa_choice choice, double wanted,
                                    struct alfa_error *err)
{
    struct alfa__threshold threshold;
    double rate;
    ALFA__TRY(find_threshold(&threshold, bank, choice, wanted, err));
    if (choice == ALFA_CHOICE_RATE) {
        ALFA__TRY(set_rate(bank, wanted, err));
    } else {
        ALFA__TRY(rate_of(&rate, bank, threshold.value, err));
        ALFA__TRY(set_places(bank, rate, err));
    }
    bank->store.image.threshold = threshold;
    bank->choice = choice;
    bank->wanted = wanted;
    return ALFA_OK;
}

enum alfa_status alfa__bank_decide(struct alfa_bank *bank, struct alfa_error *err)
{
    if (bank->choice == ALFA_CHOICE_RATE)
        return ALFA_OK;
    const enum alfa_status status = alfa__choice_apply(bank, bank->choice, bank->wanted, err);
    if (status == ALFA_OK || status == ALFA_ERROR_MEMORY)
        return status;
    bank->choice = ALFA_CHOICE_RATE;
    return alfa__choice_write(bank, err);
}

/* ------------------------------------------------------------------ words */

enum alfa_status alfa__choice_write(struct alfa_bank *bank, struct alfa_error *err)
{
    ALFA__TRY(alfa__json_put(bank->store.options, "choice", json_string(names[bank->choice]), err));
    return alfa__json_put(bank->store.options, "wanted",
                          json_real(bank->choice == ALFA_CHOICE_RATE ? bank->rate : bank->wanted), err);
}

bool alfa__choice_read(struct alfa_bank *bank)
{
    const char *name = json_string_value(json_object_get(bank->store.options, "choice"));
    bank->wanted = json_number_value(json_object_get(bank->store.options, "wanted"));
    bank->alone = alfa__bank_count(&bank->store, ALFA__ROLE_NORMAL) == 1 &&
                  alfa__bank_count(&bank->store, ALFA__ROLE_GOOD) == 0;
    if (!name)
        return true;
    for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
        if (strcmp(names[i], name) == 0) {
            bank->choice = (enum alfa_choice)i;
            return true;
        }
    return false;
}

void alfa__choice_sentence(char *out, size_t size, const struct alfa_bank *bank)
{
    struct alfa_tradeoff t;
    char how[96];
    alfa_bank_tradeoff(&t, bank, bank->store.image.threshold.value);
    snprintf(how, sizeof how, "the threshold was given");
    if (bank->choice == ALFA_CHOICE_FOUND)
        snprintf(how, sizeof how, "the threshold was chosen to find %g %% of the known bad images",
                 100 * bank->wanted);
    if (bank->choice == ALFA_CHOICE_F1)
        snprintf(how, sizeof how, "the threshold was chosen for the largest F1, %.3f", t.f1);
    char found[64] = "", calls[128] = "";
    if (t.bad)
        snprintf(found, sizeof found, ": it finds %d of %d", t.found, t.bad);
    if (t.good)
        snprintf(calls, sizeof calls,
                 "%s calls %d of %d normal ones (%.1f %%, 95 %% interval %.1f to %.1f %%)",
                 t.bad ? ", and" : ": it", t.alarms, t.good, 100.0 * t.alarms / t.good, 100 * t.alarms_low,
                 100 * t.alarms_high);
    snprintf(out, size, "%s%s%s%s", how, found, calls,
             t.bad || t.good ? "" : "; no known image is there to measure it on");
}
