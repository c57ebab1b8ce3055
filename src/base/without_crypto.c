/* SHA-256 by GLib, or by what stands for it. */
#include "base/sha256.h"

#include <glib.h>

void alfa__sha256(unsigned char out[ALFA__SHA256], const void *bytes, size_t size)
{
    gsize length = ALFA__SHA256;
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sum, bytes, (gssize)size);
    g_checksum_get_digest(sum, out, &length);
    g_checksum_free(sum);
}
