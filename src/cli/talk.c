#include "cli/talk.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/plain.h"

static bool quiet;
static void (*clear_line)(void); /* what stands in the terminal's last line goes away; NULL: nothing does */
static volatile sig_atomic_t caught;

void alfa__talk_clear_with(void (*clear)(void))
{
    clear_line = clear;
}

void alfa__talk_quiet(void)
{
    quiet = true;
}

bool alfa__talk_is_quiet(void)
{
    return quiet;
}

void alfa__talk_put(FILE *out, const char *text)
{
    uint32_t odd;
    for (size_t size; *text; text += size) {
        size = alfa__plain_next(text, &odd);
        fwrite(odd ? "?" : text, 1, odd ? 1 : size, out);
    }
}

/* Line breaks stay; the carriage return of CSV is none that moves anything there. */
static void put_lines(const char *text)
{
    uint32_t odd;
    for (size_t size; *text; text += size) {
        size = alfa__plain_next(text, &odd);
        const bool as_it_is = !odd || odd == '\n' || (odd == '\r' && text[1] == '\n');
        fwrite(as_it_is ? text : "?", 1, as_it_is ? size : 1, stdout);
    }
}

void alfa__talk_print(const char *format, ...)
{
    va_list args;
    char *text = NULL;
    va_start(args, format);
    alfa__must(vasprintf(&text, format, args) >= 0 ? text : NULL);
    va_end(args);
    put_lines(text);
    free(text);
}

/* Why standard output took no more, when that came out; 0: it did not. */
static int output_trouble;

void alfa__talk_data(const char *lines)
{
    if (isatty(STDOUT_FILENO))
        put_lines(lines);
    else if (fputs(lines, stdout) == EOF && !output_trouble)
        output_trouble = errno;
}

static void say(const char *source, const char *message)
{
    if (clear_line)
        clear_line();
    fputs("alfa: ", stderr);
    if (source && *source) {
        alfa__talk_put(stderr, source);
        fputs(": ", stderr);
    }
    alfa__talk_put(stderr, message);
    fputc('\n', stderr);
}

void alfa__talk_error(const struct alfa_error *err)
{
    say(err->source, err->message);
}

void alfa__talk_note(const char *source, const char *format, ...)
{
    char message[1024];
    va_list args;
    if (quiet)
        return;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    say(source, message);
}

void alfa__talk_line(const char *format, ...)
{
    char message[4096];
    va_list args;
    if (quiet)
        return;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (clear_line)
        clear_line();
    alfa__talk_put(stderr, message);
    fputc('\n', stderr);
}

int alfa__talk_exit_code(enum alfa_status status)
{
    switch (status) {
    case ALFA_OK:
        return 0;
    case ALFA_ERROR_USAGE:
        return 2;
    case ALFA_ERROR_INPUT:
    case ALFA_ERROR_LIMIT:
    case ALFA_ERROR_MODEL:
        return 3;
    case ALFA_ERROR_OUTPUT:
    case ALFA_ERROR_MEMORY:
    case ALFA_ERROR_RUNTIME:
    case ALFA_ERROR_STOPPED:
        return 4;
    }
    return 4;
}

int alfa__talk_fail(const struct alfa_error *err)
{
    alfa__talk_error(err);
    return alfa__talk_exit_code(err->code);
}

bool alfa__talk_output_failed(void)
{
    static bool failed; /* and said */
    if (failed)
        return true;
    const int trouble = fflush(stdout) != 0 ? errno : output_trouble;
    if (!trouble && !ferror(stdout))
        return false;
    failed = true;
    if (trouble == EPIPE)
        caught = SIGPIPE;
    else
        fprintf(stderr, "alfa: standard output: cannot be written%s%s\n", trouble ? ": " : "",
                trouble ? strerror(trouble) : "");
    return true;
}

void *alfa__must(void *pointer)
{
    if (!pointer) {
        fputs("alfa: there is not enough memory\n", stderr);
        exit(alfa__talk_exit_code(ALFA_ERROR_MEMORY));
    }
    return pointer;
}

static void on_signal(int number)
{
    caught = number;
}

void alfa__signals_catch(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is a failure to write, like a full disk */
}

int alfa__signals_caught(void)
{
    return caught;
}

void alfa__signals_forget(void)
{
    caught = 0;
}

int alfa__signals_finish(int code)
{
    if (!caught)
        return code;
    signal(caught, SIG_DFL);
    raise(caught);
    return code;
}
