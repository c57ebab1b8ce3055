#include "detect/poses.h"
#include "bank/strange.h"
#include "base/json.h"
#include "detect/bank.h"
#include "detect/trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_DISTANCE 1e-6 /* below it all is the same */

/* Of all passes of a reference. */
static double log_mean(const double *few, const struct alfa__kept_passes *passes, int patches)
{
    double sum = 0;
    for (int i = 0; i < passes->count * patches; i++)
        sum += few[i];
    return log(fmax(sum / (passes->count * patches), LEAST_DISTANCE));
}

/* How far the images that are used are from each other. */
static enum alfa_status measure(double *out, struct alfa__trial *t, struct alfa_error *err)
{
    const struct alfa_bank *bank = t->bank;
    double *far = malloc((size_t)t->normals * sizeof *far);
    int count = 0;
    if (!far)
        return alfa__fail_memory(err, (size_t)t->normals * sizeof *far);
    enum alfa_status status = alfa__trial_run(t, err);
    for (int r = 0; r < t->normals && status == ALFA_OK; r++)
        if (t->used[r])
            far[count++] = log_mean(t->few[r], &bank->store.references[r].passes, bank->grid * bank->grid);
    if (status == ALFA_OK)
        *out = alfa__median(far, count);
    free(far);
    return status;
}

static enum alfa_status try_poses(double *out, struct alfa_bank *bank, const bool *used, bool turned,
                                  struct alfa_error *err)
{
    struct alfa__trial t;
    bank->store.as_they_lie = !turned;
    enum alfa_status status = alfa__trial_open(&t, bank, err);
    if (status == ALFA_OK) {
        memcpy(t.used, used, (size_t)bank->store.reference_count * sizeof *used);
        status = measure(out, &t, err);
    }
    alfa__trial_free(&t);
    return status;
}

enum alfa_status alfa__bank_find_poses(struct alfa_bank *bank, const bool *used, struct alfa_error *err)
{
    double without = 0, with = 0;
    if (bank->turned != ALFA_TURNED_AUTO)
        return ALFA_OK;
    if (alfa__bank_count(&bank->store, ALFA__ROLE_NORMAL) > 1) {
        ALFA__TRY(try_poses(&without, bank, used, false, err));
        ALFA__TRY(try_poses(&with, bank, used, true, err));
    }
    bank->store.as_they_lie = with - without > ALFA__POSES_COST;
    return alfa__json_put(bank->store.options, "turned", json_boolean(alfa__bank_turns(bank)), err);
}
