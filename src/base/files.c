#include "base/files.h"
#include "base/strings.h"
#include "base/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOGIN_LIMIT 4096 /* bytes of a file with user and password */

/* Opens for reading, without waiting for anything; info is not believed when it fails. */
static enum alfa_status open_regular(int *fd, struct stat *info, const char *path, struct alfa_error *err)
{
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0)
        return alfa__fail_reading(err, path, "cannot be opened", errno);
    if (fstat(*fd, info) != 0 || !S_ISREG(info->st_mode)) {
        close(*fd);
        return alfa__fail(err, ALFA_ERROR_INPUT, path, "is not a regular file");
    }
    return ALFA_OK;
}

enum alfa_status alfa__file_open(int *fd, size_t *size, const char *path, struct alfa_error *err)
{
    struct stat info;
    ALFA__TRY(open_regular(fd, &info, path, err));
    *size = (size_t)info.st_size;
    return ALFA_OK;
}

bool alfa__file_same(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

size_t alfa__file_read_at(int fd, void *out, size_t size, size_t offset)
{
    size_t done = 0;
    errno = 0;
    while (done < size) {
        const ssize_t got = pread(fd, (char *)out + done, size - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        done += (size_t)got;
    }
    return done;
}

/* Near the end of a disk one call writes a part, and the next one says why. */
bool alfa__file_write_at(int fd, const void *bytes, size_t size, size_t offset)
{
    for (size_t done = 0; done < size;) {
        const ssize_t put = pwrite(fd, (const char *)bytes + done, size - done, (off_t)(offset + done));
        if (put < 0 && errno == EINTR)
            continue;
        if (put == 0)
            errno = ENOSPC;
        if (put <= 0)
            return false;
        done += (size_t)put;
    }
    return true;
}

enum alfa_status alfa__file_read(char **out, size_t *size, const char *path, size_t limit,
                                 struct alfa_error *err)
{
    int fd;
    size_t length, done = 0;
    *out = NULL;
    ALFA__TRY(alfa__file_open(&fd, &length, path, err));
    if (length > limit) {
        close(fd);
        return alfa__fail(err, ALFA_ERROR_LIMIT, path, "has %zu bytes, the limit is %zu", length, limit);
    }
    char *text = malloc(length + 1);
    if (!text) {
        close(fd);
        return alfa__fail_memory(err, length + 1);
    }
    ssize_t got = 1;
    while (done < length && got != 0) {
        got = read(fd, text + done, length - done);
        if (got < 0 && errno != EINTR)
            break;
        done += got > 0 ? (size_t)got : 0;
    }
    const int number = errno;
    close(fd);
    if (done < length) {
        free(text);
        return got < 0 ? alfa__fail_reading(err, path, "cannot be read", number)
                       : alfa__fail(err, ALFA_ERROR_INPUT, path, "became shorter while it was read");
    }
    text[length] = 0;
    *out = text;
    *size = length;
    return ALFA_OK;
}

enum alfa_status alfa__file_read_login(char **user, char **password, size_t *size, const char *path,
                                       struct alfa_error *err)
{
    ALFA__TRY(alfa__file_read(user, size, path, LOGIN_LIMIT, err));
    alfa__drop_mark(*user);
    char *second = *user + strcspn(*user, "\n");
    if (*second)
        *second++ = 0;
    second[strcspn(second, "\r\n")] = 0;
    (*user)[strcspn(*user, "\r")] = 0;
    *password = second;
    return ALFA_OK;
}

enum alfa_status alfa__file_map(struct alfa__map *out, const char *path, struct alfa_error *err)
{
    int fd;
    struct stat info;
    *out = (struct alfa__map){0};
    ALFA__TRY(open_regular(&fd, &info, path, err));
    const size_t size = (size_t)info.st_size;
    if (size == 0) {
        close(fd);
        return alfa__fail(err, ALFA_ERROR_INPUT, path, "is empty");
    }
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    const int number = errno;
    close(fd);
    if (bytes == MAP_FAILED)
        return alfa__fail_reading(err, path, "cannot be mapped", number);
    *out = (struct alfa__map){bytes, size, info.st_dev, info.st_ino, info.st_mtim, info.st_ctim};
    return ALFA_OK;
}

void alfa__file_unmap(struct alfa__map *map)
{
    if (map->bytes)
        munmap((void *)map->bytes, map->size);
    *map = (struct alfa__map){0};
}

void alfa__pages_drop(const void *bytes, size_t size)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), place = (uintptr_t)bytes;
    const uintptr_t begin = (place + page - 1) / page * page, end = (place + size) / page * page;
    if (end > begin)
        madvise((void *)begin, end - begin, MADV_DONTNEED);
}

static enum alfa_status write_file(const char *path, const void *bytes, size_t size,
                                   enum alfa__writer_care care, struct alfa_error *err)
{
    struct alfa__writer *writer;
    ALFA__TRY(alfa__writer_open(&writer, path, err));
    enum alfa_status status = alfa__writer_put(writer, bytes, size, err);
    if (status == ALFA_OK)
        status = alfa__writer_finish(writer, care, err);
    alfa__writer_close(writer);
    return status;
}

enum alfa_status alfa__file_write(const char *path, const void *bytes, size_t size, struct alfa_error *err)
{
    return write_file(path, bytes, size, ALFA__WRITER_TO_SYSTEM, err);
}

enum alfa_status alfa__file_save(const char *path, const void *bytes, size_t size, struct alfa_error *err)
{
    return write_file(path, bytes, size, ALFA__WRITER_TO_DISK, err);
}

enum alfa_status alfa__folder_make(const char *path, struct alfa_error *err)
{
    char *part = alfa__strdup(path);
    if (!part)
        return alfa__fail_memory(err, strlen(path) + 1);
    int above = 0; /* why a folder above it could not be made */
    for (char *p = part + 1; *p; p++)
        if (*p == '/') {
            *p = 0;
            if (mkdir(part, 0777) != 0 && errno != EEXIST && !above)
                above = errno;
            *p = '/';
        }
    int failed = mkdir(part, 0777) != 0 && errno != EEXIST ? errno : 0;
    free(part);
    if (failed)
        return alfa__fail(err, ALFA_ERROR_OUTPUT, path, "cannot be made: %s",
                          strerror(failed == ENOENT && above ? above : failed));
    if (!alfa__folder_exists(path))
        return alfa__fail(err, ALFA_ERROR_OUTPUT, path, "is not a folder");
    return ALFA_OK;
}

enum alfa_status alfa__folder_lock(int *out, const char *path, struct alfa_error *err)
{
    *out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*out < 0 || flock(*out, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return ALFA_OK;
    close(*out);
    *out = -1;
    return alfa__fail(err, ALFA_ERROR_OUTPUT, path,
                      "is being written to by another alfa; wait for it or choose another folder");
}

bool alfa__file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

bool alfa__folder_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

enum alfa_status alfa__file_copy(const char *from, const char *path, struct alfa_error *err)
{
    enum { PART = 1 << 16 };
    struct alfa__writer *writer = NULL;
    int fd;
    size_t size, done = 0, got = 1;
    ALFA__TRY(alfa__file_open(&fd, &size, from, err));
    char *part = malloc(PART);
    enum alfa_status status = part ? alfa__writer_open(&writer, path, err) : alfa__fail_memory(err, PART);
    while (status == ALFA_OK && done < size && (got = alfa__file_read_at(fd, part, PART, done)) > 0) {
        status = alfa__writer_put(writer, part, got, err);
        done += got;
    }
    if (status == ALFA_OK && done < size)
        status = alfa__fail_reading(err, from, "cannot be read to its end", errno);
    if (status == ALFA_OK)
        status = alfa__writer_finish(writer, ALFA__WRITER_TO_DISK, err);
    alfa__writer_close(writer);
    free(part);
    close(fd);
    return status;
}
