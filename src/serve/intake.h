/* .bank files that were made elsewhere ('alfa learn') become versions of banks. */
#ifndef ALFA_SERVE_INTAKE_H
#define ALFA_SERVE_INTAKE_H

#include "serve/server.h"

/* Bytes of a .bank file under a name. ALFA_ERROR_USAGE: the name; ALFA_ERROR_INPUT: no bank, or one that this
 * model cannot judge with. */
enum alfa_status alfa__intake_bytes(long long *id, struct alfa__server *server, const char *name,
                                    const void *bytes, size_t size, struct alfa_error *err);

/* The name that a file's name says: without folders and ".bank"; freed with free(), NULL: no memory. */
char *alfa__intake_name(const char *file);

/* All .bank files of a folder, or one file, each under its name. What cannot be taken is said, and the others
 * go on. Fails when there is no such folder or file. */
enum alfa_status alfa__intake_folder(struct alfa__server *server, const char *path, struct alfa_error *err);

#endif
