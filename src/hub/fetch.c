#include "hub/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/files.h"
#include "base/strings.h"
#include "hub/say.h"

/* The file that the bytes go into. */
struct part {
    struct alfa__fetch *fetch;
    const struct alfa__remote *file;
    const char *path; /* of the .incomplete file */
    int fd;
    long long size; /* bytes that are there */
    bool came;      /* bytes came in this try */
    bool old;       /* some of the bytes are from an earlier call */
    struct alfa_error *err;
};

void alfa__fetch_tell(struct alfa__fetch *fetch, long long done, bool checking)
{
    struct alfa__hub_progress now = fetch->progress;
    if (!fetch->options->progress)
        return;
    now.done += done;
    now.total = now.done > now.total ? now.done : now.total; /* of a file whose size nobody said */
    now.checking = checking;
    fetch->options->progress(fetch->options->context, &now);
}

/* ------------------------------------------------------------------ hash */

static bool step(void *context, long long done)
{
    struct alfa__fetch *fetch = context;
    alfa__fetch_tell(fetch, done, true);
    return !alfa__line_is_stopped(fetch->line);
}

enum alfa_status alfa__fetch_check(struct alfa__fetch *fetch, const struct alfa__remote *file,
                                   const char *path, struct alfa_error *err)
{
    const enum alfa__digest_kind kind = alfa__digest_kind(file->etag);
    char digest[ALFA__DIGEST_TEXT];
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return alfa__fail(err, ALFA_ERROR_INPUT, path, "is not there");
    if (file->size >= 0 && info.st_size != file->size)
        return alfa__fail(err, ALFA_ERROR_INPUT, path, "has %lld bytes instead of %lld",
                          (long long)info.st_size, file->size);
    if (kind == ALFA__DIGEST_NONE)
        return ALFA_OK;
    ALFA__TRY(alfa__digest_file(digest, path, kind, step, fetch, err));
    if (strcmp(digest, file->etag) != 0)
        return alfa__fail(err, ALFA_ERROR_INPUT, path, "has the hash %.12s... instead of %.12s...", digest,
                          file->etag);
    return ALFA_OK;
}

/* ------------------------------------------------------------------ bytes */

static enum alfa_status fail_write(const struct part *part, int number)
{
    char left[ALFA__BYTES_TEXT];
    alfa__format_bytes(left, part->file->size - part->size);
    if (number == ENOSPC || number == EDQUOT || number == EFBIG)
        return alfa__fail(part->err, ALFA_ERROR_OUTPUT, part->path, "there is no space left%s%s",
                          *left ? "; still missing: " : "", left);
    return alfa__fail(part->err, ALFA_ERROR_OUTPUT, part->path, "cannot be written: %s", strerror(number));
}

static void start_anew(struct part *part)
{
    part->size = 0;
    part->old = false;
    if (ftruncate(part->fd, 0) != 0)
        part->size = 0; /* what is behind is overwritten, and cut at the end */
}

static bool take(void *context, long long at, const void *bytes, size_t size)
{
    struct part *part = context;
    const struct alfa__remote *file = part->file;
    if (file->size >= 0 && (long long)size > file->size - at) {
        alfa__fail(part->err, ALFA_ERROR_RUNTIME, file->name,
                   "is larger than the hub says: nothing of it was kept");
        start_anew(part);
        return false;
    }
    if (at == 0)
        part->old = false;
    if (!alfa__file_write_at(part->fd, bytes, size, (size_t)at)) {
        fail_write(part, errno);
        return false;
    }
    part->size = at + (long long)size;
    part->came = true;
    part->fetch->fetched += (long long)size;
    alfa__fetch_tell(part->fetch, part->size, false);
    return true;
}

static bool is_complete(const struct part *part, const struct alfa__line_answer *answer)
{
    const long long size = part->file->size;
    return size >= 0 ? part->size == size : answer->status == 200 || answer->status == 206;
}

static char *address_of(const struct alfa__fetch *fetch, const char *file)
{
    return alfa__format("%s/%s/resolve/%s/%s", fetch->options->endpoint, fetch->repository->name,
                        fetch->commit, file);
}

/* Tries until all bytes are there. */
static enum alfa_status fetch_bytes(struct part *part, const char *address)
{
    struct alfa__fetch *fetch = part->fetch;
    struct alfa__line_answer answer = {0};
    for (int tries = 0; !is_complete(part, &answer);) {
        part->came = false;
        const enum alfa_status status = alfa__line_fetch(fetch->line, &answer, address, part->size,
                                                         (struct alfa__sink){take, part}, part->err);
        if (status != ALFA_OK && answer.refused)
            return part->err ? part->err->code : status;
        if (status == ALFA_OK && is_complete(part, &answer))
            break;
        if (answer.status == 416) /* there is more here than there */
            start_anew(part);
        const bool ended = status == ALFA_OK && answer.status < 300;
        tries = part->came ? 1 : tries + 1;
        if ((ended || answer.status == 416 || answer.worth_a_try) && tries < ALFA__LINE_TRIES &&
            alfa__line_wait(fetch->line, tries, &answer))
            continue;
        if (alfa__line_is_stopped(fetch->line))
            return alfa__fail(part->err, ALFA_ERROR_RUNTIME, NULL, "stopped");
        if (ended)
            return alfa__fail(part->err, ALFA_ERROR_RUNTIME, answer.host, "sends %s without its end",
                              part->file->name);
        return status != ALFA_OK
                   ? status
                   : alfa__hub_fail(fetch->options, fetch->repository, part->file->name, &answer, part->err);
    }
    return ALFA_OK;
}

/* Bytes that are all there: cut what is behind them, put them on the disk, compare their hash. */
static enum alfa_status finish(struct part *part)
{
    if (ftruncate(part->fd, part->size) != 0 || fsync(part->fd) != 0)
        return fail_write(part, errno);
    return alfa__fetch_check(part->fetch, part->file, part->path, part->err);
}

static enum alfa_status fetch_part(struct part *part)
{
    char *address = address_of(part->fetch, part->file->name);
    if (!address)
        return alfa__fail_memory(part->err, strlen(part->path));
    enum alfa_status status = fetch_bytes(part, address);
    if (status == ALFA_OK)
        status = finish(part);
    if (status == ALFA_ERROR_INPUT && part->old) { /* the old beginning may be what is wrong */
        start_anew(part);
        status = fetch_bytes(part, address);
        if (status == ALFA_OK)
            status = finish(part);
    }
    free(address);
    if (status != ALFA_ERROR_INPUT)
        return status;
    start_anew(part);
    return alfa__fail(
        part->err, ALFA_ERROR_RUNTIME, part->file->name,
        "came with other bytes than its hash on the hub says: nothing of it was kept; try again, "
        "and beware of what stands between");
}

enum alfa_status alfa__fetch_file(struct alfa__fetch *fetch, const struct alfa__remote *file,
                                  const char *path, struct alfa_error *err)
{
    struct alfa_error own;
    struct stat info = {0};
    char *incomplete = alfa__format("%s.incomplete", path);
    if (!incomplete)
        return alfa__fail_memory(err, strlen(path));
    struct part part = {fetch, file, incomplete, -1, 0, false, false, err ? err : &own};
    enum alfa_status status = ALFA_OK;
    part.fd = open(incomplete, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (part.fd < 0 || fstat(part.fd, &info) != 0)
        status = fail_write(&part, errno);
    part.size = info.st_size;
    part.old = part.size > 0;
    if (status == ALFA_OK && file->size >= 0 && part.size > file->size)
        start_anew(&part);
    if (status == ALFA_OK)
        status = fetch_part(&part);
    if (part.fd >= 0)
        close(part.fd);
    fetch->kept = status == ALFA_OK ? 0 : part.size;
    if (status != ALFA_OK && part.size == 0)
        unlink(incomplete);
    if (status == ALFA_OK && rename(incomplete, path) != 0)
        status = fail_write(&part, errno);
    free(incomplete);
    return status;
}
