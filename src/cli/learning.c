#include "cli/learning.h"

#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/status.h"
#include "cli/progress.h"
#include "cli/talk.h"

static enum alfa_status new_bank(struct alfa__kit *kit, struct alfa_error *err)
{
    struct alfa_bank_options how = ALFA_BANK_OPTIONS_INIT;
    how.fusion = (enum alfa_fusion)kit->options.fusion;
    how.memory_weight = kit->options.memory_weight;
    how.layers = kit->options.layers;
    how.turned = kit->options.turned;
    how.budget = kit->options.bank_budget;
    how.false_alarm_rate = kit->options.false_alarm_rate;
    return alfa_bank_new(&kit->bank, kit->detector, &how, err);
}

static enum alfa_status add_image(struct alfa__kit *kit, const struct alfa__input *input,
                                  struct alfa_error *err)
{
    struct alfa_image *image;
    if (input->error)
        return *err = *input->error, err->code;
    ALFA__TRY(alfa__input_load(&image, input, err));
    const char *name = alfa__path_name(input->path); /* all that a bank needs to know of where it was */
    enum alfa_status status = alfa_bank_add(kit->bank, kit->detector, image, name, err);
    if (status != ALFA_OK && (!*err->source || strcmp(err->source, name) == 0))
        snprintf(err->source, sizeof err->source, "%s", input->path);
    alfa_image_free(image);
    return status;
}

static void note_failure(struct alfa__lesson *lesson, enum alfa_status status, const struct alfa_error *err)
{
    const int code = alfa__talk_exit_code(status);
    lesson->failed++;
    lesson->code = code > lesson->code ? code : lesson->code;
    alfa__talk_error(err);
}

static void add_all(struct alfa__kit *kit, struct alfa__lesson *lesson, const struct alfa__inputs *inputs)
{
    struct alfa_error problem;
    alfa__progress_start(inputs->count, "normal images");
    alfa__progress_say("looking at the first normal image");
    for (int i = 0; i < inputs->count && !alfa__signals_caught(); i++) {
        enum alfa_status status = add_image(kit, &inputs->items[i], &problem);
        lesson->done++;
        if (status != ALFA_OK)
            note_failure(lesson, status, &problem);
        alfa__progress_step(lesson->done);
    }
    alfa__progress_stop();
}

enum alfa_status alfa__learn_images(struct alfa__kit *kit, struct alfa__lesson *out,
                                    const struct alfa__inputs *inputs, struct alfa_error *err)
{
    *out = (struct alfa__lesson){0};
    if (!kit->bank)
        ALFA__TRY(new_bank(kit, err));
    add_all(kit, out, inputs);
    if (alfa__signals_caught())
        return alfa__fail(err, ALFA_ERROR_RUNTIME, NULL, "stopped after %d of %d normal images", out->done,
                          inputs->count);
    if (out->done == out->failed)
        return alfa__fail(err, ALFA_ERROR_INPUT, NULL, "no normal image is left to learn from");
    alfa__progress_say("choosing what to keep");
    enum alfa_status status = alfa_bank_finish(kit->bank, err);
    alfa__progress_hide();
    return status;
}

void alfa__learn_note(const struct alfa_bank *bank, const char *source)
{
    const struct alfa_bank_info *info = alfa_bank_info(bank);
    alfa__talk_note(source, "%d normal image%s, %lld vectors; threshold %.3f, %.3f for a place",
                    info->references, info->references == 1 ? "" : "s", info->vectors, info->threshold,
                    info->pixel_threshold);
    alfa__talk_note(source, "%s", info->calibration);
}
