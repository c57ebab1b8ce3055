/* alfa: reads the command line and hands over to the verb (cmd_*.c). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/talk.h"

static const struct {
    enum alfa__verb_bit verb;
    int (*run)(const struct alfa__options *options); /* returns the exit code */
} commands[] = {
    {ALFA__VERB_DETECT, alfa__cmd_detect},         {ALFA__VERB_LEARN, alfa__cmd_learn},
    {ALFA__VERB_THRESHOLD, alfa__cmd_threshold},   {ALFA__VERB_EXPLAIN, alfa__cmd_explain},
    {ALFA__VERB_PROMPTS, alfa__cmd_prompts},       {ALFA__VERB_EVAL, alfa__cmd_eval},
    {ALFA__VERB_EMBED, alfa__cmd_embed},           {ALFA__VERB_MODEL, alfa__cmd_model},
    {ALFA__VERB_BENCH, alfa__cmd_bench},           {ALFA__VERB_WATCH, alfa__cmd_watch},
    {ALFA__VERB_SERVE, alfa__cmd_serve},           {ALFA__VERB_WORKER, alfa__cmd_worker},
    {ALFA__VERB_SUBMIT, alfa__cmd_submit},         {ALFA__VERB_EXPORT, alfa__cmd_export},
    {ALFA__VERB_COMPLETION, alfa__cmd_completion}, {ALFA__VERB_HELP, alfa__cmd_help},
};

static int run_verb(const struct alfa__options *options)
{
    size_t i = 0;
    while (commands[i].verb != options->verb->bit)
        i++;
    return commands[i].run(options);
}

/* --help, --version, or nothing at all. */
static int run_general(const struct alfa__options *options)
{
    if (options->version)
        printf("alfa %s\n", alfa_version());
    else
        alfa__help_print(options->help ? stdout : stderr, options->verb);
    return options->help || options->version ? 0 : 2;
}

/* Threads that wait for each other should sleep. By default they spin, and on a machine that does something
 * else as well a spinning thread keeps the one it waits for from running: an image then takes seconds instead
 * of 0.1 s. OpenMP reads the variable when the program is loaded, so set it and load again; the variable
 * itself tells that this was done. */
static void wait_asleep(char **argv)
{
    if (!getenv("OMP_WAIT_POLICY") && setenv("OMP_WAIT_POLICY", "passive", 1) == 0)
        execv("/proc/self/exe", argv);
}

int main(int argc, char **argv)
{
    struct alfa__options options;
    struct alfa_error err;
    wait_asleep(argv);
    alfa__signals_catch();
    if (argc == 2 && strcmp(argv[1], "--man") == 0) { /* for the Makefile, so not in the table */
        alfa__man_print(stdout);
        return alfa__talk_output_failed() ? alfa__talk_exit_code(ALFA_ERROR_OUTPUT) : 0;
    }
    if (alfa__options_parse(&options, argc, argv, &err) != ALFA_OK)
        return alfa__talk_fail(&err);
    if (options.quiet)
        alfa__talk_quiet();
    int code = !options.verb || options.help || options.version ? run_general(&options) : run_verb(&options);
    if (alfa__talk_output_failed() && code == 0)
        code = alfa__talk_exit_code(ALFA_ERROR_OUTPUT);
    return alfa__signals_finish(code);
}
