/* Opening a detector: the method that its options name brings its pipeline. */
#include "base/options.h"
#include "detect/bank.h"
#include "detect/carried.h"
#include "detect/pipeline.h"
#include "methods/methods.h"

enum alfa_status alfa_detector_open(struct alfa_detector **out, const struct alfa_model *model,
                                    const struct alfa_prompts *prompts,
                                    const struct alfa_detector_options *given, struct alfa_error *err)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    ALFA__NEED_OUT(out, err);
    ALFA__NEED(model, "model", err);
    ALFA__NEED(prompts, "prompts", err);
    ALFA__TRY(alfa__options_take(&options, sizeof options, given, "ALFA_DETECTOR_OPTIONS_INIT", err));
    const struct alfa__method *method = alfa__method_get(options.method);
    if (!method)
        return alfa__fail(err, ALFA_ERROR_USAGE, "method", "is none of enum alfa_method");
    return alfa__detector_open(out, model, prompts, &options, method, err);
}

/* ------------------------------------------------------------------ from a bank */

/* The bank's options, which are all that scores depend on, with the rest as the caller says. */
static enum alfa_status settle_options(struct alfa_detector_options *out, const struct alfa_bank *bank,
                                       const struct alfa_detector_options *given, struct alfa_error *err)
{
    struct alfa_detector_options own = ALFA_DETECTOR_OPTIONS_INIT;
    ALFA__TRY(alfa__options_take(&own, sizeof own, given, "ALFA_DETECTOR_OPTIONS_INIT", err));
    *out = (struct alfa_detector_options)ALFA_DETECTOR_OPTIONS_INIT;
    ALFA__TRY(alfa_bank_detector_options(out, bank, err));
    out->threshold = own.threshold;
    out->place_threshold = own.place_threshold;
    out->min_area = own.min_area;
    out->progress = own.progress;
    out->context = own.context;
    return ALFA_OK;
}

static enum alfa_status follow_bank(struct alfa_detector *d, const struct alfa_bank *bank,
                                    struct alfa_error *err)
{
    if (d->method->pipeline->windows)
        ALFA__TRY(alfa__carried_roi(&d->roi, &bank->store, err));
    return alfa_detector_use_bank(d, bank, err);
}

enum alfa_status alfa_detector_open_bank(struct alfa_detector **out, const struct alfa_model *model,
                                         const struct alfa_bank *bank,
                                         const struct alfa_detector_options *given, struct alfa_error *err)
{
    struct alfa_detector_options options;
    struct alfa_prompts *prompts;
    ALFA__NEED_OUT(out, err);
    ALFA__NEED(model, "model", err);
    ALFA__NEED(bank, "bank", err);
    ALFA__TRY(settle_options(&options, bank, given, err));
    ALFA__TRY(alfa__bank_check(&bank->store, "bank", model->info.name, model->info.fingerprint, NULL, err));
    ALFA__TRY(alfa_bank_prompts(&prompts, bank, err));
    enum alfa_status status = alfa_detector_open(out, model, prompts, &options, err);
    alfa_prompts_free(prompts); /* the detector holds them */
    ALFA__TRY(status);
    status = follow_bank(*out, bank, err);
    if (status != ALFA_OK) {
        alfa_detector_free(*out);
        *out = NULL;
    }
    return status;
}
