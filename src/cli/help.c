/* Help screens, 80 columns wide. */
#include "cli/help.h"

#include <string.h>

#include "cli/commands.h"
#include "cli/options.h"

enum { SCREEN = 80, INDENT = 27 };

const char *const alfa__help_exit_codes[] = {
    "0",   "everything went well; so end serve, watch and worker when they are stopped",
    "1",   "an anomaly was found (only with --fail-on-anomaly)",
    "2",   "the command line is wrong",
    "3",   "an image, a model, a bank or a prompt file is missing or damaged",
    "4",   "an output cannot be written, or the system failed",
    "130", "stopped by Ctrl-C (SIGINT); what was judged until then is written",
    "143", "the same, when the system asked it to end (SIGTERM)",
    NULL};

const char *const alfa__help_environment[] = {
    "ALFA_DATA",
    "folder that holds models/ and prompts/, when they are not beside the program",
    "ALFA_LLM_KEY",
    "key for the endpoint of --llm, unless --llm-key-file is given",
    "http_proxy, https_proxy, no_proxy",
    "the proxy through which --llm, the hub of 'alfa model pull' and addresses in the jobs of 'alfa worker' "
    "are reached",
    "HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_ENDPOINT, HF_HUB_OFFLINE ...",
    "as for the hub's own tools: where downloads lie, who asks, and whom (docs/models.md has all)",
    "XDG_CACHE_HOME",
    "where the cache alfa/ of text embeddings, packed weights and a language model's sentences lies "
    "(~/.cache)",
    "XDG_DATA_HOME, XDG_STATE_HOME",
    "where 'alfa serve' keeps its inspections (~/.local/share), and 'alfa watch' its journal and messages "
    "that wait (~/.local/state)",
    "NO_COLOR",
    "no colours when it is set",
    NULL};

/* Writes the words of text (size bytes) from column to the right edge, next lines indented to column. */
static void wrap(FILE *out, const char *text, size_t size, int column)
{
    int at = column;
    const char *end = text + size;
    while (text < end) {
        int length = 0;
        while (text + length < end && text[length] != ' ')
            length++;
        if (at > column && at + 1 + length > SCREEN) {
            fprintf(out, "\n%*s", column, "");
            at = column;
        } else if (at > column) {
            fputc(' ', out);
            at++;
        }
        fprintf(out, "%.*s", length, text);
        at += length;
        text += length;
        while (text < end && *text == ' ')
            text++;
    }
    fputc('\n', out);
}

static void print_paragraphs(FILE *out, const char *text)
{
    while (*text) {
        size_t size = strcspn(text, "\n");
        wrap(out, text, size, 0);
        text += size + (text[size] != 0);
    }
}

/* A line of its own, broken behind a | when there are many words to choose from. */
static void print_left(FILE *out, const char *left)
{
    for (size_t room = SCREEN; strlen(left) > room; room = SCREEN - INDENT) {
        size_t length = room;
        while (length > 0 && left[length - 1] != '|')
            length--;
        if (length == 0)
            break;
        fprintf(out, "%.*s\n%*s", (int)length, left, INDENT, "");
        left += length;
    }
    fprintf(out, "%s\n", left);
}

static void print_option(FILE *out, const struct alfa__option *option)
{
    char left[128], help[512];
    int length = snprintf(left, sizeof left, option->letter ? "  -%c, --%s" : "  %.0d    --%s",
                          option->letter ? option->letter : 0, option->name);
    if (option->argument)
        snprintf(left + length, sizeof left - (size_t)length,
                 option->kind == ALFA__OPTION_MAYBE ? "[=%s]" : " %s", option->argument);
    snprintf(help, sizeof help, option->initial ? "%s [%s]" : "%s", option->help, option->initial);
    if (strlen(left) > INDENT - 2)
        print_left(out, left);
    fprintf(out, "%-*s", INDENT, strlen(left) > INDENT - 2 ? "" : left);
    wrap(out, help, strlen(help), INDENT);
}

static void print_options(FILE *out, const struct alfa__verb *verb)
{
    const char *group = "";
    for (const struct alfa__option *option = alfa__option_table; option->name; option++) {
        if (!(option->verbs & verb->bit))
            continue;
        if (strcmp(group, option->group) != 0)
            fprintf(out, "\n%s\n", group = option->group);
        print_option(out, option);
    }
}

static void print_examples(FILE *out, const char *examples)
{
    while (*examples) {
        size_t command = strcspn(examples, "\n");
        const char *what = examples + command + 1;
        size_t size = strcspn(what, "\n");
        fprintf(out, "  %.*s\n      %.*s\n", (int)command, examples, (int)size, what);
        examples = what + size + 1;
    }
}

static void print_verb(FILE *out, const struct alfa__verb *verb)
{
    fprintf(out, "Usage: alfa %s %s\n\n", verb->name, verb->arguments);
    print_paragraphs(out, verb->description);
    fprintf(out, "\nExamples\n");
    print_examples(out, verb->examples);
    print_options(out, verb);
}

static void print_overview(FILE *out)
{
    fprintf(out, "alfa finds what is wrong in a photograph, without training.\n\n"
                 "Usage: alfa VERB [ARGUMENT...] [OPTION...]\n\n"
                 "  alfa detect photo.jpg --class bottle\n\n"
                 "Verbs\n");
    for (const struct alfa__verb *verb = alfa__verbs; verb->name; verb++)
        fprintf(out, "  %-12s%s\n", verb->name, verb->summary);
    fprintf(out, "\nExit codes\n");
    for (int i = 0; alfa__help_exit_codes[i]; i += 2)
        fprintf(out, "%3s  %s\n", alfa__help_exit_codes[i], alfa__help_exit_codes[i + 1]);
    fprintf(out, "\n'alfa VERB --help' shows the options of a verb, 'man alfa' everything.\n");
}

void alfa__help_print(FILE *out, const struct alfa__verb *verb)
{
    if (verb)
        print_verb(out, verb);
    else
        print_overview(out);
}
