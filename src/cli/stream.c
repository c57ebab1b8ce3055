#include "cli/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "base/strings.h"
#include "cli/talk.h"

struct alfa__stream {
    int handle;
    char *path;
    size_t at, end; /* of bytes: what was read and not taken */
    int error;      /* errno of the last read, or 0 */
    bool over;
    char bytes[65536];
};

enum alfa_status alfa__stream_open(struct alfa__stream **out, const char *path, struct alfa_error *err)
{
    const bool standard = strcmp(path, "-") == 0;
    *out = NULL;
    if (standard && isatty(STDIN_FILENO))
        return alfa__fail(err, ALFA_ERROR_USAGE, "-", "standard input is a terminal; pipe an image into it");
    const int handle = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (handle < 0)
        return alfa__fail(err, ALFA_ERROR_INPUT, path, "cannot be opened: %s", strerror(errno));
    struct alfa__stream *stream = alfa__must(malloc(sizeof *stream));
    stream->handle = handle;
    stream->path = alfa__must(alfa__strdup(path));
    stream->at = stream->end = 0;
    stream->error = 0;
    stream->over = false;
    *out = stream;
    return ALFA_OK;
}

/* Reads on behind what is there, once; false at the end, after an error, when a signal came, and when nothing
 * came for patience ms. */
static bool fill_soon(struct alfa__stream *s, int patience)
{
    struct pollfd wait = {.fd = s->handle, .events = POLLIN};
    if (s->over || s->error)
        return false;
    memmove(s->bytes, s->bytes + s->at, s->end - s->at);
    s->end -= s->at;
    s->at = 0;
    /* Unlike read() poll() returns when a signal comes, and one may have come before. */
    while (!alfa__signals_caught() && poll(&wait, 1, patience < 0 ? 200 : patience) == 0)
        if (patience >= 0)
            return false;
    if (alfa__signals_caught())
        return false;
    const ssize_t got = read(s->handle, s->bytes + s->end, sizeof s->bytes - s->end);
    if (got > 0)
        s->end += (size_t)got;
    s->error = got < 0 && errno != EINTR ? errno : 0;
    s->over = got == 0;
    return got > 0;
}

static bool fill(struct alfa__stream *s)
{
    return fill_soon(s, -1);
}

/* Why fill() gave nothing. */
static enum alfa_status explain(const struct alfa__stream *s, struct alfa_error *err)
{
    if (s->error)
        return alfa__fail(err, ALFA_ERROR_INPUT, s->path, "cannot be read: %s", strerror(s->error));
    if (!s->over)
        return alfa__fail(err, ALFA_ERROR_STOPPED, s->path, "was interrupted");
    return ALFA_OK;
}

bool alfa__stream_begins(struct alfa__stream *s, const char *text)
{
    const size_t size = strlen(text);
    while (s->end - s->at < size && fill(s))
        continue;
    return s->end - s->at >= size && memcmp(s->bytes + s->at, text, size) == 0;
}

bool alfa__stream_departs(struct alfa__stream *s, const char *text, int patience)
{
    const size_t size = strlen(text);
    while (s->end - s->at < size && fill_soon(s, patience))
        continue;
    const size_t there = s->end - s->at;
    return memcmp(s->bytes + s->at, text, there < size ? there : size) != 0;
}

enum alfa_status alfa__stream_read(struct alfa__stream *s, void *out, size_t size, size_t *got,
                                   struct alfa_error *err)
{
    *got = 0;
    while (*got < size && (s->at < s->end || fill(s))) {
        const size_t part = s->end - s->at < size - *got ? s->end - s->at : size - *got;
        memcpy((char *)out + *got, s->bytes + s->at, part);
        s->at += part;
        *got += part;
    }
    return *got < size ? explain(s, err) : ALFA_OK;
}

enum alfa_status alfa__stream_some(struct alfa__stream *s, void *out, size_t size, int patience, size_t *got,
                                   struct alfa_error *err)
{
    *got = 0;
    if (s->at == s->end && !fill_soon(s, patience))
        return patience >= 0 && !s->error && !alfa__signals_caught() ? ALFA_OK : explain(s, err);
    *got = s->end - s->at < size ? s->end - s->at : size;
    memcpy(out, s->bytes + s->at, *got);
    s->at += *got;
    return ALFA_OK;
}

enum alfa_status alfa__stream_line(struct alfa__stream *s, char *out, size_t size, struct alfa_error *err)
{
    const char *end;
    while (!(end = memchr(s->bytes + s->at, '\n', s->end - s->at)) && s->end - s->at < size && fill(s))
        continue;
    const size_t length = end ? (size_t)(end - (s->bytes + s->at)) : size;
    if (s->end - s->at >= size && length >= size)
        return alfa__fail(err, ALFA_ERROR_INPUT, s->path,
                          "has no line of less than %zu bytes where one should be", size);
    if (length >= size) {
        const enum alfa_status status = explain(s, err);
        return status != ALFA_OK ? status
                                 : alfa__fail(err, ALFA_ERROR_INPUT, s->path, "ends in the middle of a line");
    }
    memcpy(out, s->bytes + s->at, length);
    out[length] = 0;
    s->at += length + 1;
    return ALFA_OK;
}

bool alfa__stream_at_end(struct alfa__stream *s)
{
    return s->at == s->end && !fill(s) && s->over;
}

bool alfa__stream_is_over(const struct alfa__stream *s)
{
    return s->over && s->at == s->end;
}

void alfa__stream_close(struct alfa__stream *s)
{
    if (!s)
        return;
    if (s->handle != STDIN_FILENO)
        close(s->handle);
    free(s->path);
    free(s);
}
