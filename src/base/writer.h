/* The one way in which files are written: once and whole.
 *
 * What is written goes to a temporary file in the folder of its place. Its name cannot be foreseen, it is
 * made anew (never an existing file, never through a link), and it is locked as long as it is written. Only
 * alfa__writer_finish() gives it the name that was asked for: until then the file of that name is as it was,
 * and from then on it is the new one. Two writers do not disturb each other (the last to finish stays), and
 * what fails leaves nothing behind; a process that is killed leaves its temporary file, which
 * alfa__writer_sweep() removes.
 *
 * A link in the way is replaced, what it points to stays as it is. Devices, pipes, sockets, folders and names
 * in /dev or /proc are refused: nothing can be written whole there.
 *
 *     struct alfa__writer *writer;
 *     ALFA__TRY(alfa__writer_open(&writer, path, err));
 *     status = alfa__writer_put(writer, bytes, size, err);          as often as needed
 *     if (status == ALFA_OK)
 *         status = alfa__writer_finish(writer, ALFA__WRITER_TO_DISK, err);
 *     alfa__writer_close(writer);                                    throws away what was not finished
 *
 * For bytes that are all at hand there are alfa__file_write() and alfa__file_save() in base/files.h. All
 * failures are ALFA_ERROR_OUTPUT (or ALFA_ERROR_MEMORY) with path as the source. Against SIGXFSZ the caller
 * guards itself, as against SIGPIPE. */
#ifndef ALFA_BASE_WRITER_H
#define ALFA_BASE_WRITER_H

#include "base/status.h"

struct alfa__writer;

/* Begins a file. One that is replaced lends it its permissions. */
enum alfa_status alfa__writer_open(struct alfa__writer **out, const char *path, struct alfa_error *err);

/* Adds bytes at the end. */
enum alfa_status alfa__writer_put(struct alfa__writer *writer, const void *bytes, size_t size,
                                  struct alfa_error *err);

/* Writes bytes at an offset, for what is known only at the end, such as a header's sizes. */
enum alfa_status alfa__writer_put_at(struct alfa__writer *writer, const void *bytes, size_t size,
                                     size_t offset, struct alfa_error *err);

/* Bytes added so far. */
size_t alfa__writer_size(const struct alfa__writer *writer);

/* How much a finished file withstands. */
enum alfa__writer_care {
    ALFA__WRITER_TO_SYSTEM, /* that the process is killed; for what is made again in a moment */
    ALFA__WRITER_TO_DISK    /* and that the machine loses power: waits for the disk, file and folder */
};

/* Gives the file its name. Nothing can be added after that, whether it went well or not. */
enum alfa_status alfa__writer_finish(struct alfa__writer *writer, enum alfa__writer_care care,
                                     struct alfa_error *err);

/* Removes the temporary file unless it was finished. NULL is fine. */
void alfa__writer_close(struct alfa__writer *writer);

/* Fails when path cannot be a place for a file: no writable folder, or something there that is no file. To be
 * asked before long work whose result goes there. */
enum alfa_status alfa__writer_check_place(const char *path, struct alfa_error *err);

/* Removes the temporary files in a folder whose writers were killed. Those that are being written stay. */
void alfa__writer_sweep(const char *folder);

#endif
