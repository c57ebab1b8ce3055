#include "cli/pictures.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/strings.h"
#include "cli/talk.h"
#include "image/extent.h"

enum { PART = 65536, QUIET = 20 /* ms without a byte: what is there is looked at again */ };

struct alfa__pictures {
    struct alfa__stream *stream;
    const char *path;
    unsigned char *bytes;
    size_t size, room;
    bool begun, over, done; /* any bytes came; no more will; the end was told */
    struct alfa__row row;
};

struct alfa__pictures *alfa__pictures_new(struct alfa__stream *stream, const char *path)
{
    struct alfa__pictures *p = alfa__must(calloc(1, sizeof *p));
    p->stream = stream;
    p->path = path;
    return p;
}

void alfa__pictures_free(struct alfa__pictures *p)
{
    if (!p)
        return;
    free(p->bytes);
    free(p);
}

static void drop_done(struct alfa__pictures *p)
{
    if (p->row.at == 0 || (p->row.count == 0 && p->row.passed > 0))
        return;
    memmove(p->bytes, p->bytes + p->row.at, p->size - p->row.at);
    p->size -= p->row.at;
    p->row.at = 0;
}

static enum alfa_status make_room(struct alfa__pictures *p, struct alfa_error *err)
{
    if (p->room - p->size >= PART)
        return ALFA_OK;
    const size_t room = 2 * p->room + PART;
    unsigned char *bytes = realloc(p->bytes, room);
    if (!bytes)
        return alfa__fail_memory(err, room);
    p->bytes = bytes;
    p->room = room;
    return ALFA_OK;
}

/* Reads what the row wants, and on as long as bytes keep coming, until there is an eighth more: a long
 * picture is not looked through for every part of it, and one that is all there does not wait for what
 * follows. */
static enum alfa_status read_on(struct alfa__pictures *p, struct alfa_error *err)
{
    const size_t wanted = p->row.at + p->row.want, enough = p->size + p->size / 8;
    size_t got = 1;
    while (got > 0 && (p->size < wanted || p->size < enough)) {
        ALFA__TRY(make_room(p, err));
        ALFA__TRY(
            alfa__stream_some(p->stream, p->bytes + p->size, PART, p->size < wanted ? -1 : QUIET, &got, err));
        p->size += got;
        p->begun |= got > 0;
    }
    p->over = got == 0 && alfa__stream_is_over(p->stream);
    return ALFA_OK;
}

static void note_passed(const struct alfa__pictures *p)
{
    const struct alfa__row *row = &p->row;
    if (row->count == 1 && row->passed > 0)
        alfa__talk_note(p->path, "begins with %zu bytes that are no picture", row->passed);
    else if (row->passed > ALFA__GAP)
        alfa__talk_note(p->path, "has %zu bytes before picture %d that are none: passed over", row->passed,
                        row->count);
}

/* Behind a single JPEG a phone may have put anything, and a writer of TIFF a few bytes. */
static bool is_odd_end(const struct alfa__row *row)
{
    return row->count > 1 ? row->passed > 0 : row->passed > ALFA__GAP && *row->first != 0xff;
}

/* Of filling alone comes one byte of it, which is no picture. */
static enum alfa_status finish(const void **bytes, size_t *size, struct alfa__pictures *p,
                               struct alfa_error *err)
{
    p->done = true;
    if (!p->begun)
        return alfa__fail(err, ALFA_ERROR_INPUT, p->path, "is empty: not an image");
    if (is_odd_end(&p->row))
        alfa__talk_note(p->path, "ends with %zu bytes that begin no picture", p->row.passed);
    *size = p->row.count == 0;
    *bytes = *size ? "" : NULL;
    return ALFA_OK;
}

enum alfa_status alfa__pictures_next(const void **bytes, size_t *size, struct alfa__pictures *p,
                                     struct alfa_error *err)
{
    *bytes = NULL;
    *size = 0;
    drop_done(p);
    if (p->done)
        return ALFA_OK;
    while (!alfa__row_next(&p->row, p->bytes, p->size, p->over)) {
        if (p->over)
            return finish(bytes, size, p, err);
        drop_done(p);
        if (p->size > ALFA__IMAGE_MAX_FILE) {
            alfa__row_give_up(&p->row, p->bytes, p->size);
            return alfa__fail(err, ALFA_ERROR_LIMIT, p->path, "has no end of picture %d within %lu bytes",
                              p->row.count, ALFA__IMAGE_MAX_FILE);
        }
        const enum alfa_status status = read_on(p, err);
        p->done = status != ALFA_OK;
        if (p->done)
            return status;
    }
    note_passed(p);
    *bytes = p->bytes + p->row.begin;
    *size = p->row.length;
    return ALFA_OK;
}
