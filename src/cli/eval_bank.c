#include "cli/eval_bank.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/status.h"
#include "base/strings.h"
#include "cli/kit.h"
#include "cli/learning.h"
#include "cli/progress.h"
#include "cli/talk.h"
#include "eval/judge_bank.h"

struct run {
    const struct alfa__options *options;
    struct alfa__kit kit;
    struct alfa__dataset *dataset;
    struct alfa__notices notices; /* about the data set */
    struct alfa__bank_verdict verdict;
    bool started;
};

static enum alfa_status check(const struct alfa__options *o, struct alfa_error *err)
{
    static const char *const others[] = {
        "methods",   "shots",          "seeds",  "ablation", "paper",       "out",
        "features",  "features-limit", "size",   "prompts",  "prompts-dir", "prompt-sets",
        "learn-dir", "templates",      "domain", "timed",    NULL};
    char dashed[ALFA__OPTION_DASHED];
    const int own = o->normal_dir || o->abnormal_dir;
    if (o->argument_count + own != 1)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--bank",
                          "judges one data set; for example: alfa eval parts/ --bank screw.bank");
    if (alfa__options_any(dashed, o, others) || alfa__options_any(dashed, o, alfa__learning_options))
        return alfa__fail(err, ALFA_ERROR_USAGE, dashed,
                          "has no meaning with --bank: the bank is judged as it is");
    return ALFA_OK;
}

static void show_progress(void *context, int done, int total)
{
    struct run *run = context;
    if (!run->started)
        alfa__progress_start(total, "images");
    run->started = true;
    alfa__progress_step(done);
}

static bool stop(void *context)
{
    (void)context;
    return alfa__signals_caught() != 0;
}

static enum alfa_status open_set(struct run *run, struct alfa_error *err)
{
    const struct alfa__options *o = run->options;
    const struct alfa__own_folders own = {.normal = o->normal_dir,
                                          .abnormal = o->abnormal_dir,
                                          .masks = o->mask_dir,
                                          .noun = alfa_bank_info(run->kit.bank)->class_name};
    return o->argument_count
               ? alfa__dataset_open(&run->dataset, o->arguments[0], o->nouns, &run->notices, err)
               : alfa__dataset_own(&run->dataset, &own, &run->notices, err);
}

static enum alfa_status judge(struct run *run, struct alfa_error *err)
{
    const struct alfa__options *o = run->options;
    const struct alfa__class *class;
    ALFA__TRY(check(o, err));
    ALFA__TRY(alfa__kit_plan(&run->kit, o, o->bank, err));
    ALFA__TRY(open_set(run, err));
    ALFA__TRY(alfa__bank_class(&class, run->dataset, alfa_bank_info(run->kit.bank)->class_name, err));
    ALFA__TRY(alfa__kit_open(&run->kit, err));
    ALFA__TRY(alfa__kit_use_bank(&run->kit, err));
    const struct alfa__bank_trial trial = {.detector = run->kit.detector,
                                           .bank = run->kit.bank,
                                           .side = alfa_model_info(run->kit.model)->image_size,
                                           .progress = show_progress,
                                           .stop = stop,
                                           .context = run};
    return alfa__bank_judge(&run->verdict, &trial, class, err);
}

static void say(const struct alfa__notices *notices)
{
    for (size_t i = 0; i < notices->count; i++)
        alfa__talk_note(notices->items[i].source, "%s", notices->items[i].text);
}

/* As tables, or with --json as one line. */
static void print(const struct run *run)
{
    const struct alfa_bank_info *info = alfa_bank_info(run->kit.bank);
    struct alfa__string text = {0};
    if (run->options->json) {
        char *line = alfa__bank_json(&run->verdict, info->class_name, run->options->bank, info->threshold);
        alfa__talk_data(alfa__must(line));
        free(line);
        return;
    }
    alfa__bank_markdown(&text, &run->verdict, info->class_name, info->threshold);
    if (!alfa__string_ok(&text))
        alfa__must(NULL);
    alfa__talk_print("%s", text.text);
    alfa__string_free(&text);
}

static void report(const struct run *run)
{
    print(run);
    say(&run->notices);
    say(&run->verdict.notices);
    if (run->verdict.good_count && run->verdict.bad_count)
        alfa__talk_note(NULL,
                        "a threshold that was chosen on these images flatters itself on them; alfa threshold "
                        "BANK --at NUMBER writes one into a bank");
    if (run->verdict.stopped)
        alfa__talk_note(NULL, "stopped after %d images", run->verdict.good_count + run->verdict.bad_count);
    if (run->verdict.failed.count)
        alfa__talk_note(NULL, "%zu failed:", run->verdict.failed.count);
    for (size_t i = 0; i < run->verdict.failed.count; i++)
        alfa__talk_line("  %s: %s", run->verdict.failed.items[i].source, run->verdict.failed.items[i].text);
}

int alfa__eval_bank(const struct alfa__options *options)
{
    struct run run = {.options = options};
    struct alfa_error err;
    enum alfa_status status = judge(&run, &err);
    alfa__progress_stop();
    int code = status == ALFA_OK ? 0 : alfa__talk_fail(&err);
    if (status == ALFA_OK)
        report(&run);
    if (code == 0 && run.verdict.failed.count)
        code = alfa__talk_exit_code(ALFA_ERROR_INPUT);
    alfa__bank_verdict_free(&run.verdict);
    alfa__dataset_free(run.dataset);
    alfa__notices_free(&run.notices);
    alfa__kit_close(&run.kit);
    return code;
}
