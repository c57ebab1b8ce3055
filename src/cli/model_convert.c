/* alfa model convert MODEL --out DIR */
#include "cli/locate.h"
#include "cli/model.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/talk.h"

#include "base/status.h"

static bool step(void *context, long long done, long long total)
{
    bool *begun = context;
    if (!*begun)
        alfa__progress_start_bytes(total, 0);
    *begun = true;
    alfa__progress_step(done);
    return !alfa__signals_caught();
}

static int convert(const struct alfa__options *options)
{
    struct alfa_convert_options how = ALFA_CONVERT_OPTIONS_INIT;
    struct alfa_model *model;
    struct alfa_error err;
    bool begun = false;
    if (alfa__open_model(&model, options, &err) != ALFA_OK)
        return alfa__talk_fail(&err);
    how.numbers = (enum alfa_numbers)options->dtype;
    how.step = step;
    how.context = &begun;
    const enum alfa_status status = alfa_model_convert(model, options->out, &how, &err);
    alfa__progress_stop();
    alfa_model_free(model);
    return status == ALFA_OK ? 0 : alfa__talk_fail(&err);
}

int alfa__model_convert(const struct alfa__options *options)
{
    struct alfa__options own = *options;
    struct alfa_error err;
    if (options->argument_count > 1 || !options->out ||
        (options->argument_count == 0 && !alfa__options_given(options, "model"))) {
        alfa__fail(&err, ALFA_ERROR_USAGE, "model convert",
                   "needs one model, a folder or a file, and --out with the folder to write");
        return alfa__talk_fail(&err);
    }
    if (options->argument_count == 1)
        own.model = options->arguments[0];
    return convert(&own);
}
