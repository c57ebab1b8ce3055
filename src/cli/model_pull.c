/* alfa model pull: models from the hub. */
#include "cli/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/strings.h"
#include "cli/hub.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/talk.h"
#include "hub/pull.h"

/* What the bar shows now. */
struct watch {
    bool started, checking;
};

static void show(void *context, const struct alfa__hub_progress *now)
{
    struct watch *watch = context;
    char text[160];
    if (!watch->started && !now->checking)
        alfa__progress_start_bytes(now->total, now->begin);
    watch->started = watch->started || !now->checking;
    if (!now->checking)
        alfa__progress_step(now->done);
    if (now->checking && !watch->checking) {
        snprintf(text, sizeof text, "checking %.100s", now->file);
        alfa__progress_say(text);
    }
    watch->checking = now->checking;
}

static void say_done(const struct alfa__hub_model *model, const struct alfa__pulled *pulled, const char *to)
{
    char total[ALFA__BYTES_TEXT];
    alfa__format_bytes(total, pulled->total);
    if (!pulled->unasked)
        alfa__talk_note(model->name, "%s%s", total,
                        pulled->fetched > 0 ? ", fetched and checked"
                        : to                ? " from the cache, checked"
                                            : " were here already");
    alfa__talk_note(NULL, "use it: alfa detect photos/ --class bottle --model %s",
                    to ? pulled->folder : model->name);
}

static int pull_one(const char *name, const struct alfa__hub_settings *hub,
                    const struct alfa__options *options)
{
    struct alfa__hub_model model;
    struct alfa__pulled pulled;
    struct alfa_error err;
    struct watch watch = {0};
    struct alfa__hub_options how = hub->options;
    const struct alfa__pull pull = {.to = options->to, .again = options->again};
    how.progress = show;
    how.context = &watch;
    if (alfa__hub_model_read(&model, name, &err) != ALFA_OK)
        return alfa__talk_fail(&err);
    const enum alfa_status status = alfa__hub_pull(&pulled, &how, &model.repository, &pull, &err);
    alfa__progress_stop();
    if (status == ALFA_OK) {
        alfa__talk_print("%s\n", pulled.folder);
        say_done(&model, &pulled, options->to);
        free(pulled.folder);
        return 0;
    }
    const bool stopped = alfa__signals_caught();
    if (!stopped)
        alfa__talk_error(&err);
    if (pulled.kept > 0)
        alfa__talk_note(NULL, "%swhat was fetched is kept: the same command goes on from there",
                        stopped ? "stopped; " : "");
    return alfa__talk_exit_code(err.code);
}

int alfa__model_pull(const struct alfa__options *options)
{
    struct alfa__hub_settings hub;
    struct alfa_error err;
    int code = 0;
    if (options->argument_count == 0)
        alfa__fail(
            &err, ALFA_ERROR_USAGE, "model pull",
            "needs the name of a model; 'alfa model list' shows them; the paper's is ViT-B-16-plus-240");
    else if (options->to && options->argument_count > 1)
        alfa__fail(&err, ALFA_ERROR_USAGE, "--to", "takes one model: a folder holds one");
    else
        err.code = ALFA_OK;
    if (err.code != ALFA_OK)
        return alfa__talk_fail(&err);
    alfa__hub_settings_read(&hub);
    for (int i = 0; i < options->argument_count && !alfa__signals_caught(); i++) {
        const int one = pull_one(options->arguments[i], &hub, options);
        code = one ? one : code;
    }
    alfa__hub_settings_free(&hub);
    return code;
}
