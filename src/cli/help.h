/* Everything that is printed from the tables in options.c: help screens, man page, completion scripts. */
#ifndef ALFA_CLI_HELP_H
#define ALFA_CLI_HELP_H

#include <stdio.h>

struct alfa__verb;

/* verb NULL: the screen that lists the verbs. */
void alfa__help_print(FILE *out, const struct alfa__verb *verb);

/* man/alfa.1 in man(7). */
void alfa__man_print(FILE *out);

/* shell is bash, zsh or fish. */
void alfa__completion_print(FILE *out, const char *shell);

/* Exit codes and environment variables as pairs of strings that end with NULL: name, meaning. */
extern const char *const alfa__help_exit_codes[];
extern const char *const alfa__help_environment[];

#endif
