/* Files: read, map, write so that nobody ever sees half a file. */
#ifndef ALFA_BASE_FILES_H
#define ALFA_BASE_FILES_H

#include "base/status.h"

#include <sys/types.h>
#include <time.h>

/* A file in memory; all of it is borrowed. */
struct alfa__content {
    const void *bytes;
    size_t size;
    const char *name; /* for messages */
};

/* Reads a regular file of at most limit bytes; *out gets size + 1 bytes (a zero is added), freed with free().
 */
enum alfa_status alfa__file_read(char **out, size_t *size, const char *path, size_t limit,
                                 struct alfa_error *err);

/* The first two lines of a file: a user and a password, "" where there is none. Both lie in a block of *size
 * bytes that begins at *user: the caller wipes it (explicit_bzero) and frees it. */
enum alfa_status alfa__file_read_login(char **user, char **password, size_t *size, const char *path,
                                       struct alfa_error *err);

/* Opens a regular file for reading, without waiting for anything; the caller closes *fd. */
enum alfa_status alfa__file_open(int *fd, size_t *size, const char *path, struct alfa_error *err);

/* Whether both paths lead to the same file or folder, which is there. */
bool alfa__file_same(const char *a, const char *b);

/* Reads size bytes at an offset; returns how many there were: fewer at the file's end or on an error. */
size_t alfa__file_read_at(int fd, void *out, size_t size, size_t offset);

/* Writes all bytes at an offset of an open file; false, and errno says why, when some are not written. */
bool alfa__file_write_at(int fd, const void *bytes, size_t size, size_t offset);

/* A read-only mapping of a whole file, and what the file is known by as long as nobody changes it. A file
 * that is cut short while it is mapped ends the program (SIGBUS): what others may touch is read instead.
 * Zero-initialise; alfa__file_unmap() on a zeroed one does nothing. */
struct alfa__map {
    const unsigned char *bytes;
    size_t size;
    dev_t device;
    ino_t inode;
    struct timespec modified, changed;
};
enum alfa_status alfa__file_map(struct alfa__map *out, const char *path, struct alfa_error *err);
void alfa__file_unmap(struct alfa__map *map);

/* Tells the system that the pages within bytes of a mapping are not needed for now; they come back when read
 * again. */
void alfa__pages_drop(const void *bytes, size_t size);

/* Writes a file once and whole (base/writer.h): path is the old file or the new one, at any time and whatever
 * fails. For what is made again in a moment, such as heat maps and caches. */
enum alfa_status alfa__file_write(const char *path, const void *bytes, size_t size, struct alfa_error *err);

/* The same, and waits until the file is on the disk: for what it would hurt to lose, such as banks, results
 * and prompts. */
enum alfa_status alfa__file_save(const char *path, const void *bytes, size_t size, struct alfa_error *err);

/* Copies a regular file, once, whole and to the disk. */
enum alfa_status alfa__file_copy(const char *from, const char *path, struct alfa_error *err);

/* Makes a folder and its parents; fine when it is there already. */
enum alfa_status alfa__folder_make(const char *path, struct alfa_error *err);

/* Keeps a folder for who writes into it: *out is closed by the caller, or when the process ends. It is -1,
 * and nothing is locked, where the file system knows no locks. ALFA_ERROR_OUTPUT: another process has it. */
enum alfa_status alfa__folder_lock(int *out, const char *path, struct alfa_error *err);

bool alfa__file_exists(const char *path);
bool alfa__folder_exists(const char *path);

#endif
