/* alfa help, alfa completion */
#include <stdio.h>

#include "base/status.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/talk.h"

int alfa__cmd_help(const struct alfa__options *options)
{
    struct alfa_error err;
    const struct alfa__verb *verb = NULL;
    if (options->argument_count > 0)
        verb = alfa__verb_find(options->arguments[0]);
    if (options->argument_count > 1 || (options->argument_count == 1 && !verb)) {
        alfa__fail(&err, ALFA_ERROR_USAGE, "help", "\"%s\" is not a verb; 'alfa --help' lists them",
                   options->arguments[options->argument_count - 1]);
        return alfa__talk_fail(&err);
    }
    alfa__help_print(stdout, verb);
    return 0;
}

int alfa__cmd_completion(const struct alfa__options *options)
{
    alfa__completion_print(stdout, options->subject);
    return 0;
}
