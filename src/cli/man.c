/* The man page. `make man` writes it to man/alfa.1. */
#include <string.h>

#include "cli/help.h"
#include "cli/options.h"

/* Text in roff: backslashes and dashes escaped, no line that begins with a control character. */
static void put(FILE *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\\')
            fputs("\\e", out);
        else if (text[i] == '-')
            fputs("\\-", out);
        else if ((text[i] == '.' || text[i] == '\'') && (i == 0 || text[i - 1] == '\n'))
            fprintf(out, "\\&%c", text[i]);
        else
            fputc(text[i], out);
    }
}

static void put_line(FILE *out, const char *text)
{
    put(out, text, strlen(text));
    fputc('\n', out);
}

static void put_paragraphs(FILE *out, const char *text)
{
    while (*text) {
        size_t size = strcspn(text, "\n");
        put(out, text, size);
        fputc('\n', out);
        text += size;
        if (*text) {
            fputs(".PP\n", out);
            text++;
        }
    }
}

static void put_option(FILE *out, const struct alfa__option *option)
{
    fputs(".TP\n", out);
    if (option->letter)
        fprintf(out, "\\fB\\-%c\\fR, ", option->letter);
    fputs("\\fB\\-\\-", out);
    put(out, option->name, strlen(option->name));
    fputs("\\fR", out);
    if (option->argument)
        fprintf(out, option->kind == ALFA__OPTION_MAYBE ? "[=\\fI%s\\fR]" : " \\fI%s\\fR", option->argument);
    fputc('\n', out);
    put(out, option->help, strlen(option->help));
    if (option->initial)
        fprintf(out, " (default: %s)", option->initial);
    fputc('\n', out);
}

static void put_examples(FILE *out, const char *examples)
{
    while (*examples) {
        size_t command = strcspn(examples, "\n");
        const char *what = examples + command + 1;
        size_t size = strcspn(what, "\n");
        fputs(".TP\n\\fB", out);
        put(out, examples, command);
        fputs("\\fR\n", out);
        put(out, what, size);
        fputc('\n', out);
        examples = what + size + 1;
    }
}

static void put_verb(FILE *out, const struct alfa__verb *verb)
{
    fprintf(out, ".SS alfa %s %s\n", verb->name, verb->arguments);
    put_paragraphs(out, verb->description);
    for (const struct alfa__option *option = alfa__option_table; option->name; option++)
        if (option->verbs & verb->bit && option->verbs != ALFA__VERB_ALL)
            put_option(out, option);
}

static void put_pairs(FILE *out, const char *title, const char *const *pairs)
{
    fprintf(out, ".SH %s\n", title);
    for (; *pairs; pairs += 2) {
        fprintf(out, ".TP\n\\fB%s\\fR\n", pairs[0]);
        put_line(out, pairs[1]);
    }
}

void alfa__man_print(FILE *out)
{
    fprintf(out,
            ".\\\" Made by 'make man' from src/cli/options.c.\n"
            ".TH ALFA 1 \"\" \"alfa %s\" \"User Commands\"\n"
            ".SH NAME\nalfa \\- find visual anomalies without training\n"
            ".SH SYNOPSIS\n",
            alfa_version());
    for (const struct alfa__verb *verb = alfa__verbs; verb->name; verb++)
        fprintf(out, "%s.B alfa %s\n%s\n", verb == alfa__verbs ? "" : ".br\n", verb->name, verb->arguments);
    fputs(".SH DESCRIPTION\n"
          "alfa judges a photograph against sentences that describe a normal and an abnormal thing, with a "
          "CLIP "
          "model. It answers with a score from 0 to 1, a decision and a heat map.\n"
          ".PP\nStandard output carries results; notes, progress and errors go to standard error, one line "
          "each.\n"
          ".SH VERBS\n",
          out);
    for (const struct alfa__verb *verb = alfa__verbs; verb->name; verb++)
        put_verb(out, verb);
    fputs(".SH GENERAL OPTIONS\n", out);
    for (const struct alfa__option *option = alfa__option_table; option->name; option++)
        if (option->verbs == ALFA__VERB_ALL)
            put_option(out, option);
    put_pairs(out, "EXIT STATUS", alfa__help_exit_codes);
    fputs(".PP\nOf several, the first of these counts: 130 and 143, 2, 4, 1, 3. So with "
          "\\fB\\-\\-fail\\-on\\-anomaly\\fR "
          "an anomaly is 1 even when another file could not be judged.\n",
          out);
    put_pairs(out, "ENVIRONMENT", alfa__help_environment);
    fputs(".SH EXAMPLES\n", out);
    for (const struct alfa__verb *verb = alfa__verbs; verb->name; verb++)
        put_examples(out, verb->examples);
}
