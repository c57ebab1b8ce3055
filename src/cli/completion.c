/* Completion scripts for bash, zsh and fish. */
#include <string.h>

#include "cli/help.h"
#include "cli/options.h"

/* "r4|r3|none" -> "r4 r3 none" */
static void put_words(FILE *out, const char *choices)
{
    for (; *choices; choices++)
        fputc(*choices == '|' ? ' ' : *choices, out);
}

static bool has_subjects(const struct alfa__verb *verb)
{
    return verb->subjects || verb->bit == ALFA__VERB_HELP;
}

/* What comes first behind the verb. */
static void put_subjects(FILE *out, const struct alfa__verb *verb)
{
    if (verb->subjects)
        put_words(out, verb->subjects);
    else if (verb->bit == ALFA__VERB_HELP)
        for (const struct alfa__verb *each = alfa__verbs; each->name; each++)
            fprintf(out, "%s%s", each == alfa__verbs ? "" : " ", each->name);
}

/* Text inside single quotes of a shell; also without the brackets and colons that zsh gives a meaning. */
static void put_quoted(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else if (*text == '[' || *text == ']')
            fputc(*text == '[' ? '(' : ')', out);
        else
            fputc(*text == ':' ? ',' : *text, out);
    }
}

/* ------------------------------------------------------------------ bash */

static void put_bash_values(FILE *out)
{
    for (const struct alfa__option *option = alfa__option_table; option->name; option++) {
        if (!option->argument || option->kind == ALFA__OPTION_MAYBE)
            continue;
        fprintf(out, "    --%s", option->name);
        if (option->letter)
            fprintf(out, "|-%c", option->letter);
        if (option->kind == ALFA__OPTION_CHOICE) {
            fputs(") COMPREPLY=($(compgen -W '", out);
            put_words(out, option->argument);
            fputs("' -- \"$cur\")) ;;\n", out);
        } else if (option->kind == ALFA__OPTION_FILE) {
            fputs(") compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n", out);
        } else if (option->kind == ALFA__OPTION_FOLDER) {
            fputs(") compopt -o filenames; COMPREPLY=($(compgen -d -- \"$cur\")) ;;\n", out);
        } else {
            fputs(") ;;\n", out);
        }
    }
}

static void put_bash_verbs(FILE *out)
{
    for (const struct alfa__verb *verb = alfa__verbs; verb->name; verb++) {
        fprintf(out, "    %s) options='", verb->name);
        for (const struct alfa__option *option = alfa__option_table; option->name; option++)
            if (option->verbs & verb->bit)
                fprintf(out, "--%s ", option->name);
        fputs("' subjects='", out);
        put_subjects(out, verb);
        fputs("' ;;\n", out);
    }
}

static void put_bash(FILE *out)
{
    fputs("# bash completion for alfa: source <(alfa completion bash)\n"
          "_alfa() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} options= subjects=\n"
          "    COMPREPLY=()\n"
          "    if ((COMP_CWORD == 1)); then\n"
          "        COMPREPLY=($(compgen -W '",
          out);
    for (const struct alfa__verb *verb = alfa__verbs; verb->name; verb++)
        fprintf(out, "%s ", verb->name);
    fputs("--help --version' -- \"$cur\")); return\n"
          "    fi\n"
          "    case $prev in\n",
          out);
    put_bash_values(out);
    fputs("    *) false ;;\n"
          "    esac && return\n"
          "    case ${COMP_WORDS[1]} in\n",
          out);
    put_bash_verbs(out);
    fputs("    esac\n"
          "    if [[ $cur == -* ]]; then\n"
          "        COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
          "    elif [[ $subjects ]] && ((COMP_CWORD == 2)); then\n"
          "        COMPREPLY=($(compgen -W \"$subjects\" -- \"$cur\"))\n"
          "    else\n"
          "        compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\"))\n"
          "    fi\n"
          "}\n"
          "complete -F _alfa alfa\n",
          out);
}

/* ------------------------------------------------------------------ zsh */

static void put_zsh_option(FILE *out, const struct alfa__option *option)
{
    if (option->letter)
        fprintf(out, "            '(-%c --%s)'{-%c,--%s}'[", option->letter, option->name, option->letter,
                option->name);
    else
        fprintf(out, "            '--%s[", option->name);
    put_quoted(out, option->help);
    fputc(']', out);
    if (option->argument && option->kind != ALFA__OPTION_MAYBE) {
        fprintf(out, ":%s:", option->name);
        if (option->kind == ALFA__OPTION_CHOICE) {
            fputc('(', out);
            put_words(out, option->argument);
            fputc(')', out);
        } else if (option->kind == ALFA__OPTION_FILE || option->kind == ALFA__OPTION_FOLDER) {
            fputs(option->kind == ALFA__OPTION_FILE ? "_files" : "_files -/", out);
        }
    }
    fputs("' \\\n", out);
}

static void put_zsh(FILE *out)
{
    fputs("#compdef alfa\n"
          "# zsh completion for alfa: alfa completion zsh > DIR/_alfa, with DIR in $fpath\n"
          "_alfa() {\n"
          "    if ((CURRENT == 2)); then\n"
          "        local -a verbs=(",
          out);
    for (const struct alfa__verb *verb = alfa__verbs; verb->name; verb++) {
        fprintf(out, "'%s:", verb->name);
        put_quoted(out, verb->summary);
        fputs("' ", out);
    }
    fputs(")\n        _describe verb verbs; return\n"
          "    fi\n"
          "    local verb=$words[2]\n"
          "    shift words; ((CURRENT--))\n"
          "    case $verb in\n",
          out);
    for (const struct alfa__verb *verb = alfa__verbs; verb->name; verb++) {
        fprintf(out, "    %s)\n        _arguments -s \\\n", verb->name);
        for (const struct alfa__option *option = alfa__option_table; option->name; option++)
            if (option->verbs & verb->bit)
                put_zsh_option(out, option);
        if (has_subjects(verb)) {
            fputs("            '1:what:(", out);
            put_subjects(out, verb);
            fputs(")' \\\n", out);
        }
        fputs("            '*:file:_files' ;;\n", out);
    }
    fputs("    esac\n}\n"
          "if [[ $funcstack[1] == _alfa ]]; then _alfa \"$@\"; else compdef _alfa alfa; fi\n",
          out);
}

/* ------------------------------------------------------------------ fish */

static void put_fish_option(FILE *out, const struct alfa__verb *verb, const struct alfa__option *option)
{
    fprintf(out, "complete -c alfa -n '__fish_seen_subcommand_from %s' -l %s", verb->name, option->name);
    if (option->letter)
        fprintf(out, " -s %c", option->letter);
    if (option->kind == ALFA__OPTION_CHOICE) {
        fputs(" -x -a '", out);
        put_words(out, option->argument);
        fputc('\'', out);
    } else if (option->kind == ALFA__OPTION_FOLDER) {
        fputs(" -x -a '(__fish_complete_directories)'", out);
    } else if (option->argument && option->kind != ALFA__OPTION_MAYBE) {
        fputs(option->kind == ALFA__OPTION_FILE ? " -r -F" : " -x", out);
    }
    fputs(" -d '", out);
    for (const char *text = option->help; *text; text++)
        fprintf(out, *text == '\'' ? "\\'" : "%c", *text);
    fputs("'\n", out);
}

static void put_fish(FILE *out)
{
    fputs("# fish completion for alfa: alfa completion fish > ~/.config/fish/completions/alfa.fish\n", out);
    for (const struct alfa__verb *verb = alfa__verbs; verb->name; verb++) {
        fprintf(out, "complete -c alfa -n __fish_use_subcommand -f -a %s -d '%s'\n", verb->name,
                verb->summary);
        if (has_subjects(verb)) {
            fprintf(out, "complete -c alfa -n '__fish_seen_subcommand_from %s' -a '", verb->name);
            put_subjects(out, verb);
            fputs("'\n", out);
        }
        for (const struct alfa__option *option = alfa__option_table; option->name; option++)
            if (option->verbs & verb->bit)
                put_fish_option(out, verb, option);
    }
}

void alfa__completion_print(FILE *out, const char *shell)
{
    if (strcmp(shell, "bash") == 0)
        put_bash(out);
    else if (strcmp(shell, "zsh") == 0)
        put_zsh(out);
    else
        put_fish(out);
}
