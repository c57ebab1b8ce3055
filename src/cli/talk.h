/* What the program says on standard error, and how it ends.
 * Every message is one line, "alfa: SOURCE: message"; what is not plain in it (base/plain.h) is shown as '?'.
 */
#ifndef ALFA_CLI_TALK_H
#define ALFA_CLI_TALK_H

#include <stdbool.h>
#include <stdio.h>

#include "alfa.h"

/* What clears the terminal's last line (a bar of progress) before something else is said there. */
void alfa__talk_clear_with(void (*clear)(void));

/* Notes are dropped from now on; errors are not. */
void alfa__talk_quiet(void);
bool alfa__talk_is_quiet(void);

/* An error, always shown. */
void alfa__talk_error(const struct alfa_error *err);

/* A note, unless --quiet; source may be NULL. */
void alfa__talk_note(const char *source, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line without "alfa:", for lists under a note. */
void alfa__talk_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes text that may come from outside: what is not plain becomes '?', line breaks too. */
void alfa__talk_put(FILE *out, const char *text);

/* printf() for standard output with such texts among its arguments; line breaks stay. */
void alfa__talk_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Lines of data for standard output: byte for byte, except on a terminal, where odd characters become '?'. */
void alfa__talk_data(const char *lines);

/* 2 usage, 3 input, limit and model, 4 the rest. */
int alfa__talk_exit_code(enum alfa_status status);

/* Shows the error and returns its exit code. */
int alfa__talk_fail(const struct alfa_error *err);

/* Flushes standard output. True when that failed: the error was said, or the reader is gone (nothing is
 * said). */
bool alfa__talk_output_failed(void);

/* Returns pointer, or ends the program with a message when it is NULL (an allocation failed). */
void *alfa__must(void *pointer);

/* SIGINT and SIGTERM ask for a clean end, a second one kills; SIGPIPE becomes an error of the write. */
void alfa__signals_catch(void);
/* The signal that asked for the end, 0 while there is none. A closed pipe counts as SIGPIPE. */
int alfa__signals_caught(void);
/* The end that was asked for is what was wanted: nothing was caught. */
void alfa__signals_forget(void);
/* Dies of the signal that was caught, as the shell expects; otherwise returns code. */
int alfa__signals_finish(int code);

#endif
