#include "cli/judging.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/status.h"
#include "base/strings.h"
#include "cli/judged.h"
#include "cli/talk.h"

/* "bank bottle.bank, 5 normal images, threshold 0.62, of a place 0.55 · alfa 1.0.0" */
static char *describe(const struct alfa__kit *kit)
{
    const struct alfa_bank_info *bank = kit->bank ? alfa_bank_info(kit->bank) : NULL;
    const struct alfa__options *o = &kit->options;
    if (!bank)
        return alfa__must(alfa__format("by words alone, no normal images · alfa %s", alfa_version()));
    return alfa__must(alfa__format("%s %s, %d normal image%s, threshold %.3f, of a place %.3f · alfa %s",
                                   o->bank ? "bank" : "normal images", o->bank ? o->bank : o->normal,
                                   bank->references, bank->references == 1 ? "" : "s", bank->threshold,
                                   bank->pixel_threshold, alfa_version()));
}

enum alfa_status alfa__judging_begin(struct alfa__outputs *outputs, const struct alfa__kit *kit,
                                     struct alfa_error *err)
{
    char key[17], *with = describe(kit);
    alfa__judged_key(key, kit);
    enum alfa_status status = alfa__outputs_begin(outputs, key, with, err);
    free(with);
    return status;
}

enum alfa_status alfa__judging_image(enum alfa__verdict *out, const struct alfa__kit *kit,
                                     struct alfa__outputs *outputs, const struct alfa__input *input,
                                     const struct alfa_image *image, struct alfa_error *err)
{
    struct alfa_result *result = NULL;
    enum alfa_status status = alfa_detector_run(&result, kit->detector, image, err);
    if (status != ALFA_OK && !*err->source)
        snprintf(err->source, sizeof err->source, "%s", input->path);
    if (status == ALFA_OK)
        status = alfa__outputs_result(outputs, input, image, result, err);
    if (status == ALFA_OK) {
        const struct alfa_summary *summary = alfa_result_summary(result);
        *out = isnan(summary->threshold) ? ALFA__VERDICT_NONE
               : summary->anomalous      ? ALFA__VERDICT_ANOMALY
                                         : ALFA__VERDICT_NORMAL;
    }
    alfa_result_free(result);
    return status;
}

enum alfa_status alfa__judging_run(enum alfa__verdict *out, const struct alfa__kit *kit,
                                   struct alfa__outputs *outputs, const struct alfa__input *input,
                                   struct alfa_error *err)
{
    struct alfa_image *image;
    ALFA__TRY(alfa__input_load(&image, input, err));
    const enum alfa_status status = alfa__judging_image(out, kit, outputs, input, image, err);
    alfa_image_free(image);
    return status;
}
