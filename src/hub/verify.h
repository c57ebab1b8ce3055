/* Whether the files of a model that lies here are still what was downloaded. */
#ifndef ALFA_HUB_VERIFY_H
#define ALFA_HUB_VERIFY_H

#include "base/status.h"

enum alfa__verdict {
    ALFA__VERDICT_GOOD,
    ALFA__VERDICT_DAMAGED, /* the bytes have another hash */
    ALFA__VERDICT_MISSING, /* named, and not there */
    ALFA__VERDICT_UNKNOWN, /* nothing here says what its hash was */
    ALFA__VERDICTS
};

/* Told for each file. May be NULL. */
struct alfa__verify {
    void (*file)(void *context, const char *name, enum alfa__verdict verdict);
    bool (*step)(void *context, long long done); /* bytes of this file; false stops */
    void *context;
};

/* Computes the hash of every file in a folder and compares it with what a download left about it: the name of
 * the blob that a link in the hub's cache points to, a line in SHA256SUMS, or what the hub's own client keeps
 * below .cache/huggingface. counts gets the number of files with each verdict. Fails when the folder cannot
 * be read, a file cannot be read, or it was stopped. */
enum alfa_status alfa__verify_folder(int counts[ALFA__VERDICTS], const char *folder,
                                     const struct alfa__verify *verify, struct alfa_error *err);

/* Writes SHA256SUMS, as sha256sum -c reads it, for files of a folder. */
enum alfa_status alfa__sums_write(const char *folder, const char *const *names, int count,
                                  struct alfa_error *err);

#endif
