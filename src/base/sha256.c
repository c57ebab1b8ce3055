/* OpenSSL's, by the processor's own instructions where it has them: three to five times as fast as GLib's.
 * Its older functions, since those that replaced them ask for memory and may fail. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/sha256.h"

#include <openssl/sha.h>

void alfa__sha256(unsigned char out[ALFA__SHA256], const void *bytes, size_t size)
{
    SHA256_CTX sum;
    SHA256_Init(&sum);
    SHA256_Update(&sum, bytes, size);
    SHA256_Final(out, &sum);
}
