#include "hub/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"
#include "base/strings.h"
#include "hub/choose.h"

/* ------------------------------------------------------------------ paths */

static void folder_name(char *out, size_t size, const struct alfa__repository *repository)
{
    const int owner = (int)strcspn(repository->name, "/");
    snprintf(out, size, "models--%.*s--%s", owner, repository->name, repository->name + owner + 1);
}

char *alfa__cache_folder(const char *cache, const struct alfa__repository *repository)
{
    char name[256];
    folder_name(name, sizeof name, repository);
    return alfa__format("%s/%s", cache, name);
}

/* CACHE/models--ORG--REPO/what/name */
static char *path_of(const char *cache, const struct alfa__repository *repository, const char *what,
                     const char *name)
{
    char *folder = alfa__cache_folder(cache, repository);
    char *path = folder ? alfa__format("%s/%s/%s", folder, what, name) : NULL;
    free(folder);
    return path;
}

char *alfa__cache_blob(const char *cache, const struct alfa__repository *repository, const char *etag)
{
    return path_of(cache, repository, "blobs", etag);
}

char *alfa__cache_snapshot(const char *cache, const struct alfa__repository *repository, const char *commit)
{
    return path_of(cache, repository, "snapshots", commit);
}

/* ------------------------------------------------------------------ finding */

bool alfa__cache_commit(char commit[41], const char *cache, const struct alfa__repository *repository)
{
    char *text = NULL, *path;
    size_t size = 0;
    bool good = false;
    if (alfa__hub_is_commit(repository->revision)) {
        memcpy(commit, repository->revision, 41);
        return true;
    }
    path = path_of(cache, repository, "refs", repository->revision);
    if (path && alfa__file_read(&text, &size, path, 64, NULL) == ALFA_OK) {
        text[strcspn(text, "\r\n ")] = 0;
        good = alfa__hub_is_commit(text);
        if (good)
            memcpy(commit, text, 41);
    }
    free(text);
    free(path);
    return good;
}

char *alfa__cache_model(const char *cache, const struct alfa__repository *repository)
{
    char commit[41];
    if (!alfa__cache_commit(commit, cache, repository))
        return NULL;
    struct alfa__choice choice;
    char *folder = alfa__cache_snapshot(cache, repository, commit);
    const bool whole = folder && alfa__choose_in_folder(&choice, folder, NULL) == ALFA_OK;
    if (folder)
        alfa__choice_free(&choice);
    if (whole)
        return folder;
    free(folder);
    return NULL;
}

bool alfa__cache_etag(char etag[ALFA__DIGEST_TEXT], const char *file)
{
    char target[4096];
    const ssize_t size = readlink(file, target, sizeof target - 1);
    if (size <= 0)
        return false;
    target[size] = 0;
    const char *name = alfa__path_name(target);
    if (alfa__digest_kind(name) == ALFA__DIGEST_NONE)
        return false;
    strcpy(etag, name);
    return true;
}

/* ------------------------------------------------------------------ writing */

/* Makes the folder that path will be in. */
static enum alfa_status make_parent(const char *path, struct alfa_error *err)
{
    char *folder = alfa__format("%.*s", (int)(alfa__path_name(path) - path) - 1, path);
    enum alfa_status status = folder ? alfa__folder_make(folder, err) : alfa__fail_memory(err, strlen(path));
    free(folder);
    return status;
}

enum alfa_status alfa__cache_set_commit(const char *cache, const struct alfa__repository *repository,
                                        const char *commit, struct alfa_error *err)
{
    char before[41];
    if (alfa__cache_commit(before, cache, repository) && strcmp(before, commit) == 0)
        return ALFA_OK;
    char *path = path_of(cache, repository, "refs", repository->revision);
    enum alfa_status status = path ? make_parent(path, err) : alfa__fail_memory(err, 256);
    if (status == ALFA_OK)
        status = alfa__file_write(path, commit, strlen(commit), err);
    free(path);
    return status;
}

/* "../../blobs/ETAG", with one more "../" for each folder that the file is in below its commit's. */
static char *link_target(const char *file, const char *blob)
{
    const char *below = strstr(file, "/snapshots/");
    struct alfa__string target = {0};
    for (const char *next = below; next; next = strstr(next, "/snapshots/"))
        below = next++; /* the last one: the cache's own path may hold such a word */
    for (const char *p = below ? below + 1 : ""; *p; p++)
        if (*p == '/')
            alfa__string_append(&target, "../");
    alfa__string_append(&target, "blobs/");
    alfa__string_append(&target, alfa__path_name(blob));
    if (alfa__string_ok(&target))
        return target.text;
    alfa__string_free(&target);
    return NULL;
}

enum alfa_status alfa__cache_link(const char *file, const char *blob, bool copies, struct alfa_error *err)
{
    ALFA__TRY(make_parent(file, err));
    char *target = link_target(file, blob);
    if (!target)
        return alfa__fail_memory(err, strlen(file));
    unlink(file);
    bool good = !copies && symlink(target, file) == 0;
    if (!good) /* as on FAT and some network shares */
        good = rename(blob, file) == 0;
    free(target);
    return good ? ALFA_OK
                : alfa__fail(err, ALFA_ERROR_OUTPUT, file, "cannot be written: %s", strerror(errno));
}

/* ------------------------------------------------------------------ locks */

static bool pause_unless_stopped(const struct alfa__hub_options *options)
{
    const struct timespec time = {0, 100000000};
    if (options->stop && options->stop(options->context))
        return false;
    nanosleep(&time, NULL);
    return true;
}

/* The file may have been removed by who held the lock before. */
static bool is_still_there(int lock)
{
    struct stat info;
    return fstat(lock, &info) == 0 && info.st_nlink > 0;
}

static enum alfa_status wait_for_lock(int *lock, const char *path, const struct alfa__hub_options *options,
                                      struct alfa_error *err)
{
    for (bool said = false;;) {
        *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0664);
        if (*lock < 0)
            return alfa__fail(err, ALFA_ERROR_OUTPUT, path, "cannot be made: %s", strerror(errno));
        const bool held = flock(*lock, LOCK_EX | LOCK_NB) == 0;
        const bool none = !held && errno != EWOULDBLOCK && errno != EINTR;
        if (held && is_still_there(*lock))
            return ALFA_OK;
        close(*lock);
        *lock = -1;
        if (none)
            return ALFA_OK;
        if (!held && !said && options->note)
            options->note(options->context, "another program is fetching the same file: waiting for it");
        said = said || !held;
        if (!pause_unless_stopped(options))
            return alfa__fail(err, ALFA_ERROR_RUNTIME, NULL, "stopped");
    }
}

enum alfa_status alfa__cache_lock(int *lock, const struct alfa__hub_options *options,
                                  const struct alfa__repository *repository, const char *etag,
                                  struct alfa_error *err)
{
    char name[256];
    folder_name(name, sizeof name, repository);
    *lock = -1;
    char *path = alfa__format("%s/.locks/%s/%s.lock", options->cache, name, etag);
    enum alfa_status status = path ? make_parent(path, err) : alfa__fail_memory(err, sizeof name);
    if (status == ALFA_OK)
        status = wait_for_lock(lock, path, options, err);
    free(path);
    return status;
}

void alfa__cache_unlock(int lock)
{
    if (lock >= 0)
        close(lock);
}
