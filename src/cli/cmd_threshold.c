/* alfa threshold: what thresholds find and cost on known images, and a choice among them. */
#include <string.h>

#include "base/status.h"
#include "base/writer.h"
#include "cli/choosing.h"
#include "cli/commands.h"
#include "cli/learning.h"
#include "cli/reading.h"
#include "cli/talk.h"

static enum alfa_status check(const struct alfa__options *options, struct alfa_error *err)
{
    if (options->argument_count != 1)
        return alfa__fail(err, ALFA_ERROR_USAGE, "threshold",
                          "takes one bank; for example: alfa threshold bottle.bank --bad scratched/");
    if (options->out && !options->at)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--out", "needs --at: what to write into the bank");
    ALFA__TRY(alfa__choice_check(options->at, err));
    ALFA__TRY(alfa__plot_check(options->plot, err));
    if (!options->at)
        return ALFA_OK;
    const char *target = options->out ? options->out : options->arguments[0];
    ALFA__TRY(alfa__writer_check_place(target, err));
    return alfa__kit_hold(options->arguments[0], target, err);
}

/* Images are only looked at, and the model is only opened, when there are any. */
static enum alfa_status measure(struct alfa__kit *kit, struct alfa__lesson *lesson, struct alfa_error *err)
{
    const struct alfa__options *o = &kit->options;
    if (!o->normal && !o->bad)
        return ALFA_OK;
    ALFA__TRY(alfa__kit_open(kit, err));
    ALFA__TRY(alfa_detector_use_bank(kit->detector, NULL, err));
    ALFA__TRY(alfa__learn_known(kit, lesson, o->normal, o->bad, err));
    if (lesson->done > 0 && lesson->done == lesson->failed)
        return alfa__fail(err, ALFA_ERROR_INPUT, NULL, "no known image is left to measure thresholds on");
    return ALFA_OK;
}

static enum alfa_status choose(struct alfa__kit *kit, struct alfa_error *err)
{
    const struct alfa__options *o = &kit->options;
    ALFA__TRY(alfa__choose(kit->bank, o->at, err));
    ALFA__TRY(alfa__plot(kit->bank, o->plot, err));
    return o->at ? alfa_bank_save(kit->bank, o->out ? o->out : kit->bank_path, err) : ALFA_OK;
}

static void report(const struct alfa__kit *kit)
{
    const struct alfa__options *o = &kit->options;
    if (o->json)
        alfa__tradeoffs_print_json(kit->bank, kit->bank_path);
    else
        alfa__tradeoffs_print(kit->bank);
    if (!o->at)
        alfa__talk_note(NULL, "the bank stays as it is; --at writes one of these choices into it");
    else
        alfa__talk_note(o->out ? o->out : kit->bank_path, "written with the threshold %.4f",
                        alfa_bank_info(kit->bank)->threshold);
}

int alfa__cmd_threshold(const struct alfa__options *options)
{
    struct alfa__kit kit = {0};
    struct alfa__lesson lesson = {0};
    struct alfa_error err;
    enum alfa_status status = check(options, &err);
    if (status == ALFA_OK)
        status = alfa__kit_plan(&kit, options, options->arguments[0], &err);
    if (status == ALFA_OK)
        status = alfa__reading_plan(&kit.options, &err);
    if (status == ALFA_OK)
        status = measure(&kit, &lesson, &err);
    if (status == ALFA_OK)
        status = choose(&kit, &err);
    if (status == ALFA_OK)
        report(&kit);
    else
        alfa__talk_error(&err);
    alfa__kit_close(&kit);
    const int code = alfa__talk_exit_code(status);
    return code > lesson.code ? code : lesson.code;
}
