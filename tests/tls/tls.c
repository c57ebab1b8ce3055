#include "tls/tls.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

enum { DAY = 24 * 60 * 60 };

static bool add_extension(X509 *certificate, int kind, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    const bool good = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

static X509 *make_certificate(EVP_PKEY *key, enum certificate kind)
{
    X509 *certificate = X509_new();
    X509_NAME *name = certificate ? X509_get_subject_name(certificate) : NULL;
    const long end = kind == CERTIFICATE_EXPIRED ? -DAY : DAY;
    const char *host = kind == CERTIFICATE_OTHER ? "DNS:hub.invalid" : "IP:127.0.0.1";
    if (name && X509_set_version(certificate, 2) == 1 &&
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
        X509_gmtime_adj(X509_getm_notBefore(certificate), -2 * DAY) &&
        X509_gmtime_adj(X509_getm_notAfter(certificate), end) &&
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"alfa test", -1, -1, 0) ==
            1 &&
        X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
        add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE") &&
        add_extension(certificate, NID_subject_alt_name, host) &&
        X509_sign(certificate, key, EVP_sha256()) > 0)
        return certificate;
    X509_free(certificate);
    return NULL;
}

static bool write_certificate(X509 *certificate, const char *path)
{
    FILE *file = fopen(path, "w");
    const bool written = file && PEM_write_X509(file, certificate) == 1;
    return file && fclose(file) == 0 && written;
}

SSL_CTX *tls_new(enum certificate kind, const char *path)
{
    signal(SIGPIPE, SIG_IGN); /* OpenSSL writes to clients that are gone */
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = key ? make_certificate(key, kind) : NULL;
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (!certificate || !context || SSL_CTX_use_certificate(context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey(context, key) != 1 || !write_certificate(certificate, path)) {
        SSL_CTX_free(context);
        context = NULL;
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    return context;
}

SSL *tls_accept(SSL_CTX *context, int fd)
{
    SSL *tls = SSL_new(context);
    if (tls && SSL_set_fd(tls, fd) == 1 && SSL_accept(tls) == 1)
        return tls;
    ERR_clear_error();
    SSL_free(tls);
    return NULL;
}
