#include "message/outbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/status.h"
#include "base/strings.h"

#define HEAD 20 /* bytes: the place, 19 digits, and a line break */
#define LIMIT ((size_t)1 << 30)

struct message {
    size_t place, size; /* in the file, without the line break */
    bool confirmed;
};

/* Numbers count on while the program runs: message number first + i is items[i]. Those that are done in front
 * leave the array when they are half of it, so that a long queue does not cost the square of its length. */
struct alfa__outbox {
    char *path;
    int file;
    size_t end, most; /* of the file; bytes from the first that counts on */
    struct message *items;
    size_t done, count, room; /* done: how many in front are confirmed */
    long long first;
};

static enum alfa_status make_room(struct alfa__outbox *o, struct alfa_error *err)
{
    if (o->count < o->room)
        return ALFA_OK;
    const size_t room = o->room ? 2 * o->room : 64;
    struct message *items = realloc(o->items, room * sizeof *items);
    if (!items)
        return alfa__fail_memory(err, room * sizeof *items);
    o->items = items;
    o->room = room;
    return ALFA_OK;
}

/* There is room. */
static void keep(struct alfa__outbox *o, size_t place, size_t size)
{
    o->items[o->count++] = (struct message){place, size, false};
}

static bool write_head(const struct alfa__outbox *o, size_t place)
{
    char head[HEAD + 1];
    snprintf(head, sizeof head, "%019zu\n", place);
    return pwrite(o->file, head, HEAD, 0) == HEAD;
}

/* ------------------------------------------------------------------ opening */

/* The lines from the place in front on; a last one without an end was not written to it. */
static enum alfa_status read_lines(struct alfa__outbox *o, const char *text, size_t size,
                                   struct alfa_error *err)
{
    char *end;
    const unsigned long long begin = size >= HEAD ? strtoull(text, &end, 10) : 0;
    if (size < HEAD || end != text + HEAD - 1 || *end != '\n' || begin < HEAD || begin > size)
        return alfa__fail(err, ALFA_ERROR_OUTPUT, o->path,
                          "is no outbox of alfa: choose another file, or remove it");
    o->end = (size_t)begin;
    for (const char *at = text + begin, *line; (line = memchr(at, '\n', size - (size_t)(at - text)));
         at = line + 1) {
        ALFA__TRY(make_room(o, err));
        keep(o, (size_t)(at - text), (size_t)(line - at));
        o->end = (size_t)(line + 1 - text);
    }
    return ALFA_OK;
}

static enum alfa_status open_file(struct alfa__outbox *o, struct alfa_error *err)
{
    struct stat info;
    char *text;
    size_t size;
    o->file = open(o->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (o->file < 0 || fstat(o->file, &info) != 0)
        return alfa__fail(err, ALFA_ERROR_OUTPUT, o->path, "cannot be written: %s", strerror(errno));
    if (flock(o->file, LOCK_EX | LOCK_NB) != 0)
        return alfa__fail(err, ALFA_ERROR_OUTPUT, o->path,
                          "holds the messages of another sender that runs: give this one a file of its own");
    if (info.st_size == 0) {
        o->end = HEAD;
        return write_head(o, HEAD)
                   ? ALFA_OK
                   : alfa__fail(err, ALFA_ERROR_OUTPUT, o->path, "cannot be written: %s", strerror(errno));
    }
    ALFA__TRY(alfa__file_read(&text, &size, o->path, LIMIT, err));
    enum alfa_status status = read_lines(o, text, size, err);
    free(text);
    return status;
}

enum alfa_status alfa__outbox_open(struct alfa__outbox **out, const char *path, size_t most,
                                   struct alfa_error *err)
{
    struct alfa__outbox *o = calloc(1, sizeof *o);
    *out = NULL;
    if (!o)
        return alfa__fail_memory(err, sizeof *o);
    o->file = -1;
    o->path = alfa__strdup(path);
    o->most = most;
    enum alfa_status status = o->path ? open_file(o, err) : alfa__fail_memory(err, strlen(path));
    if (status == ALFA_OK)
        *out = o;
    else
        alfa__outbox_free(o);
    return status;
}

void alfa__outbox_free(struct alfa__outbox *o)
{
    if (!o)
        return;
    if (o->file >= 0)
        close(o->file);
    free(o->path);
    free(o->items);
    free(o);
}

/* ------------------------------------------------------------------ messages */

static size_t begin_of(const struct alfa__outbox *o)
{
    return o->count > o->done ? o->items[o->done].place : o->end;
}

/* A new file, of this sender alone from its first byte on, that has what still counts; -1: there is none. */
static int write_rest(const struct alfa__outbox *o, const char *path)
{
    char head[HEAD + 1];
    const size_t begin = begin_of(o), size = o->end - begin;
    char *rest = malloc(size + 1);
    int file = rest ? open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
    snprintf(head, sizeof head, "%019d\n", HEAD);
    if (file >= 0 &&
        (flock(file, LOCK_EX | LOCK_NB) != 0 || pread(o->file, rest, size, (off_t)begin) != (ssize_t)size ||
         !alfa__file_write_at(file, head, HEAD, 0) || !alfa__file_write_at(file, rest, size, HEAD) ||
         fdatasync(file) != 0)) {
        close(file);
        unlink(path);
        file = -1;
    }
    free(rest);
    return file;
}

/* Leaves out what is confirmed, when that is more than what is not: while some message is always on its way
 * the file would only grow. One that cannot be written anew now is left as it is. */
static void shrink(struct alfa__outbox *o)
{
    const size_t gone = begin_of(o) - HEAD;
    char *path = gone > o->end - begin_of(o) ? alfa__format("%s.new", o->path) : NULL;
    const int file = path ? write_rest(o, path) : -1;
    if (file >= 0 && rename(path, o->path) == 0) {
        close(o->file);
        o->file = file;
        o->end -= gone;
        for (size_t i = o->done; i < o->count; i++)
            o->items[i].place -= gone;
    } else if (file >= 0) {
        unlink(path);
        close(file);
    }
    free(path);
}

enum alfa_status alfa__outbox_add(struct alfa__outbox *o, long long *number, const char *text,
                                  struct alfa_error *err)
{
    const size_t size = strlen(text);
    if (o->end - HEAD + size + 1 > o->most)
        shrink(o);
    if (o->end - begin_of(o) + size + 1 > o->most)
        return alfa__fail(err, ALFA_ERROR_LIMIT, o->path, "is full: %d messages wait",
                          alfa__outbox_waiting(o));
    ALFA__TRY(make_room(o, err));
    char *line = alfa__format("%s\n", text);
    if (!line)
        return alfa__fail_memory(err, size);
    const bool good = alfa__file_write_at(o->file, line, size + 1, o->end);
    const int problem = errno;
    free(line);
    if (!good) {
        (void)!ftruncate(o->file, (off_t)o->end);
        return alfa__fail(err, ALFA_ERROR_OUTPUT, o->path, "cannot be written: %s", strerror(problem));
    }
    keep(o, o->end, size);
    o->end += size + 1;
    *number = o->first + (long long)o->count - 1;
    return ALFA_OK;
}

static void forget_done(struct alfa__outbox *o)
{
    o->count -= o->done;
    o->first += (long long)o->done;
    memmove(o->items, o->items + o->done, o->count * sizeof *o->items);
    o->done = 0;
}

/* Passes over what is confirmed at the beginning; a file of which nothing counts any more becomes empty. */
void alfa__outbox_confirm(struct alfa__outbox *o, long long number)
{
    const size_t before = o->done;
    if (number < o->first || number >= o->first + (long long)o->count)
        return;
    o->items[number - o->first].confirmed = true;
    while (o->done < o->count && o->items[o->done].confirmed)
        o->done++;
    if (o->done == before)
        return;
    const size_t begin = o->done < o->count ? o->items[o->done].place : HEAD;
    if (write_head(o, begin) && begin == HEAD) {
        (void)!ftruncate(o->file, HEAD);
        o->end = HEAD;
    }
    if (2 * o->done >= o->count)
        forget_done(o);
}

int alfa__outbox_waiting(const struct alfa__outbox *o)
{
    int waiting = 0;
    for (size_t i = o->done; i < o->count; i++)
        waiting += !o->items[i].confirmed;
    return waiting;
}

long long alfa__outbox_next(const struct alfa__outbox *o, long long from, char **text)
{
    const long long begin = o->first + (long long)o->done;
    for (size_t i = (size_t)((from > begin ? from : begin) - o->first); i < o->count; i++) {
        const struct message *m = &o->items[i];
        if (m->confirmed)
            continue;
        *text = calloc(1, m->size + 1);
        if (*text && pread(o->file, *text, m->size, (off_t)m->place) != (ssize_t)m->size) {
            free(*text);
            *text = NULL;
        }
        return o->first + (long long)i;
    }
    return -1;
}
