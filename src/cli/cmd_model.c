/* alfa model: each of its words is in a file of its own. */
#include <string.h>

#include "base/status.h"
#include "cli/commands.h"
#include "cli/model.h"
#include "cli/options.h"
#include "cli/talk.h"

static const struct word {
    const char *name;
    int (*run)(const struct alfa__options *options);
    bool takes_arguments;
} words[] = {
    {"info", alfa__model_info, false},      {"list", alfa__model_list, false},
    {"pull", alfa__model_pull, true},       {"verify", alfa__model_verify, true},
    {"convert", alfa__model_convert, true},
};

int alfa__cmd_model(const struct alfa__options *options)
{
    struct alfa_error err;
    const struct word *word = words;
    while (strcmp(word->name, options->subject) != 0)
        word++;
    if (options->argument_count > 0 && !word->takes_arguments) {
        alfa__fail(&err, ALFA_ERROR_USAGE, "model",
                   "\"%s\" is one argument too many; a folder is given with --model", options->arguments[0]);
        return alfa__talk_fail(&err);
    }
    return word->run(options);
}
