#include "cli/talk.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/progress.h"

static bool quiet;
static volatile sig_atomic_t caught;

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
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        bool second_set = p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0; /* U+0080..U+009F */
        fputc(*p < 32 || *p == 127 || second_set ? '?' : *p, out);
        p += second_set;
    }
}

static void say(const char *source, const char *message)
{
    alfa__progress_hide();
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
    alfa__progress_hide();
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
    if (fflush(stdout) == 0 && !ferror(stdout))
        return false;
    failed = true;
    if (errno == EPIPE)
        caught = SIGPIPE;
    else
        fprintf(stderr, "alfa: standard output: cannot be written: %s\n", strerror(errno));
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
