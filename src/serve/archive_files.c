/* Files that are named by their content: the same picture twice is one file. */
#include "serve/archive_inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <xxhash.h>

#include "base/files.h"

enum { LONGEST = 2000000000, ROOM = 16 << 20 };

static void name_content(char hash[ALFA__ARCHIVE_HASH], const void *bytes, size_t size)
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes, size));
    for (int i = 0; i < 16; i++)
        snprintf(hash + 2 * i, 3, "%02x", canonical.digest[i]);
}

char *alfa__archive_path(const struct alfa__archive *archive, const char *hash)
{
    return alfa__format("%s/files/%.2s/%s", archive->folder, hash, hash + 2);
}

enum alfa_status alfa__archive_load(const struct alfa__archive *archive, const char *hash, char **bytes,
                                    size_t *size, struct alfa_error *err)
{
    char *path = alfa__archive_path(archive, hash);
    if (!path)
        return alfa__fail_memory(err, strlen(archive->folder) + 48);
    enum alfa_status status = alfa__file_read(bytes, size, path, LONGEST, err);
    free(path);
    return status;
}

/* The name is no proof against somebody who makes two files with one name: the bytes decide. */
static enum alfa_status check_same(const char *path, const void *bytes, size_t size, struct alfa_error *err)
{
    char *there;
    size_t there_size;
    ALFA__TRY(alfa__file_read(&there, &there_size, path, LONGEST, err));
    const bool same = there_size == size && memcmp(there, bytes, size) == 0;
    free(there);
    return same ? ALFA_OK
                : alfa__fail(err, ALFA_ERROR_INPUT, NULL, "has the name of another file in the store");
}

static enum alfa_status write_new(char *path, const void *bytes, size_t size, struct alfa_error *err)
{
    char *slash = strrchr(path, '/');
    *slash = 0;
    enum alfa_status status = alfa__folder_make(path, err);
    *slash = '/';
    return status == ALFA_OK ? alfa__file_write(path, bytes, size, err) : status;
}

static enum alfa_status add_row(struct alfa__archive *archive, const char *hash, size_t size,
                                struct alfa_error *err)
{
    sqlite3_stmt *statement =
        alfa__archive_prepare(archive, "INSERT OR IGNORE INTO files(hash, size) VALUES(?1, ?2)", err);
    if (statement) {
        alfa__bind_text(statement, 1, hash);
        sqlite3_bind_int64(statement, 2, (long long)size);
    }
    return alfa__archive_step(archive, statement, err);
}

enum alfa_status alfa__archive_keep(struct alfa__archive *archive, char hash[ALFA__ARCHIVE_HASH],
                                    const void *bytes, size_t size, struct alfa_error *err)
{
    name_content(hash, bytes, size);
    char *path = alfa__archive_path(archive, hash);
    if (!path)
        return alfa__fail_memory(err, strlen(archive->folder) + 48);
    enum alfa_status status =
        alfa__file_exists(path) ? check_same(path, bytes, size, err) : write_new(path, bytes, size, err);
    free(path);
    return status == ALFA_OK ? add_row(archive, hash, size, err) : status;
}

/* ------------------------------------------------------------------ what nothing names */

#define UNNAMED                                                                               \
    "FROM files WHERE hash IN (SELECT hash FROM loose)"                                       \
    " AND NOT EXISTS(SELECT 1 FROM inspections WHERE image = files.hash OR map = files.hash)" \
    " AND NOT EXISTS(SELECT 1 FROM bank_images WHERE image = files.hash)"                     \
    " AND NOT EXISTS(SELECT 1 FROM banks WHERE file = files.hash OR start = files.hash)"

/* The hashes of files that can go, one after the other. */
static enum alfa_status collect_unnamed(struct alfa__archive *archive, struct alfa__string *out,
                                        struct alfa_error *err)
{
    sqlite3_stmt *statement = alfa__archive_prepare(archive, "SELECT hash " UNNAMED, err);
    int code = SQLITE_ERROR;
    while (statement && (code = sqlite3_step(statement)) == SQLITE_ROW)
        alfa__string_append(out, (const char *)sqlite3_column_text(statement, 0));
    enum alfa_status status = code == SQLITE_DONE ? ALFA_OK : alfa__archive_fail(archive, err);
    sqlite3_finalize(statement);
    return status;
}

static void unlink_all(const struct alfa__archive *archive, const struct alfa__string *hashes)
{
    char hash[ALFA__ARCHIVE_HASH] = "";
    for (size_t i = 0; i + 32 <= hashes->size; i += 32) {
        memcpy(hash, hashes->text + i, 32);
        char *path = alfa__archive_path(archive, hash);
        if (path)
            unlink(path);
        free(path);
    }
}

/* Rows first: a file without a row is removed at the next start, a row without a file would be a loss. */
enum alfa_status alfa__archive_sweep(struct alfa__archive *archive, struct alfa_error *err)
{
    struct alfa__string hashes = {0};
    ALFA__TRY(alfa__archive_do(archive, "BEGIN IMMEDIATE", err));
    enum alfa_status status = collect_unnamed(archive, &hashes, err);
    if (status == ALFA_OK)
        status = alfa__archive_do(archive, "DELETE " UNNAMED "; DELETE FROM loose", err);
    status = alfa__archive_finish(archive, status, err);
    if (status == ALFA_OK)
        unlink_all(archive, &hashes);
    alfa__string_free(&hashes);
    return status;
}

static bool is_known(sqlite3_stmt *statement, const char *folder, const char *name)
{
    char hash[64];
    snprintf(hash, sizeof hash, "%.2s%.61s", folder, name);
    sqlite3_reset(statement);
    sqlite3_bind_text(statement, 1, hash, -1, SQLITE_TRANSIENT);
    return sqlite3_step(statement) == SQLITE_ROW;
}

static void clean_folder(struct alfa__archive *archive, sqlite3_stmt *statement, const char *name)
{
    char *path = alfa__format("%s/files/%s", archive->folder, name);
    DIR *folder = path ? opendir(path) : NULL;
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (entry->d_name[0] != '.' && !is_known(statement, name, entry->d_name))
            unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder)
        closedir(folder);
    free(path);
}

void alfa__archive_clean(struct alfa__archive *archive)
{
    sqlite3_stmt *statement = alfa__archive_prepare(archive, "SELECT 1 FROM files WHERE hash = ?1", NULL);
    char *path = alfa__format("%s/files", archive->folder);
    DIR *folder = path && statement ? opendir(path) : NULL;
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (entry->d_name[0] != '.' && strlen(entry->d_name) == 2)
            clean_folder(archive, statement, entry->d_name);
    if (folder)
        closedir(folder);
    sqlite3_finalize(statement);
    free(path);
}

/* What the file system says of itself. */
static int look_at_room(const char *folder)
{
    struct statvfs info;
    if (statvfs(folder, &info) != 0 || access(folder, W_OK) != 0)
        return errno;
    if (info.f_flag & ST_RDONLY)
        return EROFS;
    const bool full =
        (unsigned long long)info.f_bavail * info.f_frsize < ROOM || (info.f_files > 0 && info.f_favail == 0);
    return full ? ENOSPC : 0;
}

/* Nothing is left of the file when the program is killed meanwhile. */
static int try_room(const char *folder)
{
    char *path = alfa__format("%s/.room-XXXXXX", folder);
    const int file = path ? mkstemp(path) : -1;
    int problem = file < 0 ? errno : EINTR; /* EINTR: it is to be tried */
    if (file >= 0)
        unlink(path);
    while (problem == EINTR)
        problem = posix_fallocate(file, 0, ROOM);
    if (file >= 0)
        close(file);
    free(path);
    return problem;
}

int alfa__archive_trouble(const struct alfa__archive *archive, bool tried)
{
    const int problem = look_at_room(archive->folder);
    return !problem && tried ? try_room(archive->folder) : problem;
}
