/* The hash of what is in a file, as sha256sum and the hub tell it. */
#ifndef ALFA_BASE_DIGEST_H
#define ALFA_BASE_DIGEST_H

#include "base/status.h"

enum alfa__digest_kind {
    ALFA__DIGEST_NONE,   /* the name is no hash */
    ALFA__DIGEST_GIT,    /* 40 digits: SHA-1 as git computes it, over "blob SIZE", a zero and the bytes */
    ALFA__DIGEST_SHA256, /* 64 digits: of the bytes */
};

#define ALFA__DIGEST_TEXT 65 /* bytes for the longest, with its closing zero */

/* Which hash an etag is: digits in lower case and nothing else. */
enum alfa__digest_kind alfa__digest_kind(const char *etag);

/* The hash of a file, in hexadecimal digits. step, when not NULL, is told now and then how many bytes are
 * done, and stops the work by returning false (ALFA_ERROR_RUNTIME). */
enum alfa_status alfa__digest_file(char out[ALFA__DIGEST_TEXT], const char *path, enum alfa__digest_kind kind,
                                   bool (*step)(void *context, long long done), void *context,
                                   struct alfa_error *err);

#endif
