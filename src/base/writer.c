#include "base/writer.h"
#include "base/files.h"
#include "base/strings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX ".alfa-"
#define SUFFIX ".tmp"
#define TRIES 100 /* of names; two equal ones in 2^64 are chance, a hundred are none */

struct alfa__writer {
    char *path, *temporary; /* temporary is NULL when there is nothing (any more) to remove */
    int fd;
    size_t size;
};

static enum alfa_status refuse(const char *path, int error, struct alfa_error *err)
{
    return alfa__fail(err, ALFA_ERROR_OUTPUT, path, "cannot be written: %s", strerror(error));
}

/* ------------------------------------------------------------------ places */

/* The folder part of a path, "." when it has none; freed with free(). */
static char *folder_of(const char *path)
{
    const size_t length = (size_t)(alfa__path_name(path) - path);
    return length ? alfa__format("%.*s", (int)length, path) : alfa__strdup(".");
}

static const char *kind_of(mode_t mode)
{
    return S_ISDIR(mode) ? "a folder" : S_ISFIFO(mode) ? "a pipe" : S_ISSOCK(mode) ? "a socket" : "a device";
}

/* Whether the system keeps no files in a folder: a name in it stands for a device or an open file, and
 * renaming over it would destroy that name for all programs. */
static bool is_of_system(const char *folder)
{
    char real[PATH_MAX];
    return realpath(folder, real) &&
           (strcmp(real, "/dev") == 0 || strcmp(real, "/proc") == 0 || strncmp(real, "/proc/", 6) == 0);
}

static enum alfa_status check_target(const char *path, const char *folder, struct alfa_error *err)
{
    struct stat info;
    if (!*alfa__path_name(path) || (stat(path, &info) == 0 && !S_ISREG(info.st_mode)))
        return alfa__fail(err, ALFA_ERROR_OUTPUT, path, "is %s: give the name of a file",
                          *alfa__path_name(path) ? kind_of(info.st_mode) : "a folder");
    if (is_of_system(folder))
        return alfa__fail(err, ALFA_ERROR_OUTPUT, path, "is no place for a file: give another name");
    return ALFA_OK;
}

enum alfa_status alfa__writer_check_place(const char *path, struct alfa_error *err)
{
    char *folder = folder_of(path);
    if (!folder)
        return alfa__fail_memory(err, strlen(path) + 1);
    enum alfa_status status = check_target(path, folder, err);
    if (status == ALFA_OK && access(folder, W_OK | X_OK) != 0)
        status =
            alfa__fail(err, ALFA_ERROR_OUTPUT, path, "cannot be written: its folder is missing or read-only");
    free(folder);
    return status;
}

/* ------------------------------------------------------------------ temporary files */

/* Locked, so that a sweeper lets it alone; true as well where the file system knows no locks, since a sweeper
 * cannot lock there either. A sweeper that came between open() and here has taken the name away. */
static bool hold(int fd)
{
    struct stat info;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return false;
    return fstat(fd, &info) == 0 && info.st_nlink > 0;
}

/* Makes *name in folder; its descriptor, or -1 and errno. */
static int make_temporary(char **name, const char *folder, mode_t mode)
{
    for (int i = 0; i < TRIES; i++) {
        uint64_t number;
        if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
            return -1;
        *name = alfa__format("%s/" PREFIX "%016llx" SUFFIX, folder, (unsigned long long)number);
        const int fd = *name ? open(*name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode) : -1;
        if (fd >= 0 && hold(fd))
            return fd;
        const int error = *name ? errno : ENOMEM;
        free(*name);
        *name = NULL;
        if (fd >= 0)
            close(fd);
        else if (error != EEXIST)
            return errno = error, -1;
    }
    return errno = EEXIST, -1;
}

static bool is_temporary(const char *name)
{
    const size_t length = strlen(name), ends = sizeof PREFIX + sizeof SUFFIX - 2;
    return length == ends + 16 && strncmp(name, PREFIX, sizeof PREFIX - 1) == 0 &&
           strcmp(name + length - (sizeof SUFFIX - 1), SUFFIX) == 0;
}

static void remove_if_left(const char *path)
{
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlink(path);
    close(fd);
}

void alfa__writer_sweep(const char *folder)
{
    DIR *dir = opendir(folder);
    for (const struct dirent *entry; dir && (entry = readdir(dir));)
        if (is_temporary(entry->d_name)) {
            char *path = alfa__format("%s/%s", folder, entry->d_name);
            if (path)
                remove_if_left(path);
            free(path);
        }
    if (dir)
        closedir(dir);
}

/* ------------------------------------------------------------------ writing */

/* Permissions of the file that will be replaced, or those of a new one. */
static mode_t mode_for(const char *path, bool *replaces)
{
    struct stat info;
    *replaces = lstat(path, &info) == 0 && S_ISREG(info.st_mode);
    return *replaces ? info.st_mode & 0777 : 0666;
}

static enum alfa_status begin(struct alfa__writer *writer, const char *folder, struct alfa_error *err)
{
    bool replaces;
    ALFA__TRY(check_target(writer->path, folder, err));
    const mode_t mode = mode_for(writer->path, &replaces);
    writer->fd = make_temporary(&writer->temporary, folder, replaces ? 0600 : mode);
    if (writer->fd < 0)
        return refuse(writer->path, errno, err);
    if (replaces)
        (void)fchmod(writer->fd, mode); /* some file systems have no permissions */
    return ALFA_OK;
}

enum alfa_status alfa__writer_open(struct alfa__writer **out, const char *path, struct alfa_error *err)
{
    *out = NULL;
    struct alfa__writer *writer = calloc(1, sizeof *writer);
    char *folder = folder_of(path);
    if (writer) {
        writer->fd = -1;
        writer->path = alfa__strdup(path);
    }
    enum alfa_status status = writer && writer->path && folder ? begin(writer, folder, err)
                                                               : alfa__fail_memory(err, strlen(path) + 1);
    free(folder);
    if (status == ALFA_OK)
        *out = writer;
    else
        alfa__writer_close(writer);
    return status;
}

enum alfa_status alfa__writer_put_at(struct alfa__writer *writer, const void *bytes, size_t size,
                                     size_t offset, struct alfa_error *err)
{
    return alfa__file_write_at(writer->fd, bytes, size, offset) ? ALFA_OK : refuse(writer->path, errno, err);
}

enum alfa_status alfa__writer_put(struct alfa__writer *writer, const void *bytes, size_t size,
                                  struct alfa_error *err)
{
    enum alfa_status status = alfa__writer_put_at(writer, bytes, size, writer->size, err);
    if (status == ALFA_OK)
        writer->size += size;
    return status;
}

size_t alfa__writer_size(const struct alfa__writer *writer)
{
    return writer->size;
}

/* ------------------------------------------------------------------ the end */

/* Waits until a folder's names are on the disk. A file system that cannot wait for a folder says EINVAL. */
static void sync_folder(const char *path)
{
    char *folder = folder_of(path);
    const int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(folder);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

/* Whether all has arrived. Network file systems tell of a full disk when a descriptor is closed: of a twin,
 * so that the file is still locked (a sweeper would take it for one that was left) when it gets its name. */
static bool arrived(int fd, enum alfa__writer_care care)
{
    const int twin = dup(fd);
    if (twin < 0 || (close(twin) != 0 && errno != EINTR))
        return false;
    return care == ALFA__WRITER_TO_SYSTEM || fsync(fd) == 0 || errno == EINVAL;
}

enum alfa_status alfa__writer_finish(struct alfa__writer *writer, enum alfa__writer_care care,
                                     struct alfa_error *err)
{
    if (!arrived(writer->fd, care) || rename(writer->temporary, writer->path) != 0)
        return refuse(writer->path, errno, err);
    free(writer->temporary);
    writer->temporary = NULL;
    if (care == ALFA__WRITER_TO_DISK)
        sync_folder(writer->path);
    return ALFA_OK;
}

void alfa__writer_close(struct alfa__writer *writer)
{
    if (!writer)
        return;
    if (writer->temporary)
        unlink(writer->temporary);
    if (writer->fd >= 0)
        close(writer->fd);
    free(writer->temporary);
    free(writer->path);
    free(writer);
}
