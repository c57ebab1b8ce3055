/* Banks in the store: each row is one version of a bank, and while it is being learned the job for that. */
#ifndef ALFA_SERVE_BANKS_H
#define ALFA_SERVE_BANKS_H

#include "serve/archive.h"
#include "serve/judge.h"

/* A bank that a request judges with. */
struct alfa__bank_use {
    char *name, *class_name, *path;
    int version;
};

/* Finds "NAME" (the version in use), "NAME@3" or the number of a version, and puts bank, path, class and
 * threshold into the question, which borrows them. ALFA_ERROR_INPUT when there is none that is ready. */
enum alfa_status alfa__bank_use_find(struct alfa__bank_use *out, struct alfa__archive *archive,
                                     const char *text, struct alfa__question *question,
                                     struct alfa_error *err);
void alfa__bank_use_free(struct alfa__bank_use *use);

#endif
