/* OpenSSL's hashes: libcurl brings libcrypto into every process anyway, and it uses the processor's own
 * instructions for SHA. */
#include "base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 20 };

enum alfa__digest_kind alfa__digest_kind(const char *etag)
{
    const size_t digits = strspn(etag, "0123456789abcdef");
    if (etag[digits])
        return ALFA__DIGEST_NONE;
    return digits == 64 ? ALFA__DIGEST_SHA256 : digits == 40 ? ALFA__DIGEST_GIT : ALFA__DIGEST_NONE;
}

static bool begin(EVP_MD_CTX *hash, enum alfa__digest_kind kind, long long size)
{
    char head[40];
    const int length = snprintf(head, sizeof head, "blob %lld", size) + 1;
    if (kind == ALFA__DIGEST_SHA256)
        return EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1;
    return EVP_DigestInit_ex(hash, EVP_sha1(), NULL) == 1 &&
           EVP_DigestUpdate(hash, head, (size_t)length) == 1;
}

static enum alfa_status add_all(EVP_MD_CTX *hash, int fd, const char *path,
                                bool (*step)(void *context, long long done), void *context,
                                struct alfa_error *err)
{
    unsigned char *piece = malloc(PIECE);
    enum alfa_status status = piece ? ALFA_OK : alfa__fail_memory(err, PIECE);
    long long done = 0;
    for (ssize_t got = 1; got != 0 && status == ALFA_OK;) {
        got = read(fd, piece, PIECE);
        if (got < 0 && errno != EINTR)
            status = alfa__fail(err, ALFA_ERROR_INPUT, path, "cannot be read: %s", strerror(errno));
        if (got <= 0)
            continue;
        EVP_DigestUpdate(hash, piece, (size_t)got);
        done += got;
        if (step && !step(context, done))
            status = alfa__fail(err, ALFA_ERROR_RUNTIME, path, "stopped");
    }
    free(piece);
    return status;
}

static void write_digits(char *out, const unsigned char *bytes, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

enum alfa_status alfa__digest_file(char out[ALFA__DIGEST_TEXT], const char *path, enum alfa__digest_kind kind,
                                   bool (*step)(void *context, long long done), void *context,
                                   struct alfa_error *err)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    struct stat info;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) != 0) {
        if (fd >= 0)
            close(fd);
        return alfa__fail(err, ALFA_ERROR_INPUT, path, "cannot be opened: %s", strerror(errno));
    }
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    enum alfa_status status = ALFA_OK;
    if (!hash)
        status = alfa__fail_memory(err, PIECE);
    else if (!begin(hash, kind, info.st_size))
        status = alfa__fail(err, ALFA_ERROR_RUNTIME, path, "cannot be hashed: OpenSSL refuses to");
    if (status == ALFA_OK)
        status = add_all(hash, fd, path, step, context, err);
    if (status == ALFA_OK) {
        EVP_DigestFinal_ex(hash, bytes, &size);
        write_digits(out, bytes, size);
    }
    EVP_MD_CTX_free(hash);
    close(fd);
    return status;
}
