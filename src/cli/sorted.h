/* Pictures that were judged go to ok/, bad/ or failed/ below a folder: moved there, or linked. Nothing that
 * lies there is ever replaced: a second a.png becomes a-2.png. */
#ifndef ALFA_CLI_SORTED_H
#define ALFA_CLI_SORTED_H

#include "alfa.h"

enum alfa__fate { ALFA__FATE_OK, ALFA__FATE_BAD, ALFA__FATE_FAILED };

/* "ok", "bad", "failed" */
extern const char *const alfa__fate_names[];

/* below: where it goes below the folder of its fate, such as "line2/0001.png". On another file system it is
 * copied, whole, before the old one is removed. Fails with ALFA_ERROR_OUTPUT; the picture is where it was
 * then. */
enum alfa_status alfa__sorted_move(const char *path, const char *folder, enum alfa__fate fate,
                                   const char *below, struct alfa_error *err);

/* A symbolic link to where it lies. */
enum alfa_status alfa__sorted_link(const char *path, const char *folder, enum alfa__fate fate,
                                   const char *below, struct alfa_error *err);

#endif
