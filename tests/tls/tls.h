/* Encryption for the servers of the tests: a certificate of its own for every server, which nobody trusts
 * unless told to. Not for two threads that share a connection. */
#ifndef ALFA_TESTS_TLS_H
#define ALFA_TESTS_TLS_H

#include <openssl/ssl.h>

/* What a server's certificate is. */
enum certificate {
    CERTIFICATE_GOOD,    /* for 127.0.0.1 */
    CERTIFICATE_EXPIRED, /* since a day */
    CERTIFICATE_OTHER    /* for hub.invalid */
};

/* Makes a key and a certificate that signs itself, and writes the certificate (PEM) to path, so that a client
 * can be told to trust it. NULL when that fails; freed with SSL_CTX_free(). */
SSL_CTX *tls_new(enum certificate kind, const char *path);

/* The server's side of an accepted connection; NULL when the client does not want to go on. */
SSL *tls_accept(SSL_CTX *context, int fd);

#endif
