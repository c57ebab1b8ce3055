#include "detect/poses.h"
#include "bank/strange.h"
#include "base/json.h"

#include <math.h>
#include <stdlib.h>

#define LEAST_DISTANCE 1e-6 /* below it all is the same */

/* Of all passes of a reference. */
static double log_mean(const double *few, const struct alfa__kept_passes *passes, int patches)
{
    double sum = 0;
    for (int i = 0; i < passes->count * patches; i++)
        sum += few[i];
    return log(fmax(sum / (passes->count * patches), LEAST_DISTANCE));
}

/* Runs the trial with what is offered turned, or without: *out is how far the images that are used are from
 * each other. */
static enum alfa_status measure(double *out, struct alfa__trial *t, bool turned, struct alfa_error *err)
{
    struct alfa_bank *bank = t->bank;
    double *far = malloc((size_t)t->normals * sizeof *far);
    int count = 0;
    if (!far)
        return alfa__fail_memory(err, (size_t)t->normals * sizeof *far);
    bank->store.as_they_lie = !turned;
    enum alfa_status status = alfa__trial_run(t, err);
    for (int r = 0; r < t->normals && status == ALFA_OK; r++)
        if (t->used[r])
            far[count++] = log_mean(t->few[r], &bank->store.references[r].passes, bank->grid * bank->grid);
    if (status == ALFA_OK)
        *out = alfa__median(far, count);
    free(far);
    return status;
}

enum alfa_status alfa__trial_run_posed(struct alfa__trial *t, struct alfa_error *err)
{
    struct alfa__bank_data *store = &t->bank->store;
    double without, with;
    if (t->bank->turned != ALFA_TURNED_AUTO)
        return alfa__trial_run(t, err);
    if (t->normals > 1) {
        ALFA__TRY(measure(&without, t, false, err));
        ALFA__TRY(measure(&with, t, true, err));
        store->as_they_lie = with - without > ALFA__POSES_COST;
    } else {
        store->as_they_lie = false;
    }
    if (t->normals == 1 || store->as_they_lie) /* otherwise it was run so last */
        ALFA__TRY(alfa__trial_run(t, err));
    return alfa__json_put(store->options, "turned", json_boolean(alfa__bank_turns(t->bank)), err);
}
