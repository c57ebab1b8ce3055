#include "bank/format.h"

#include <glib.h>

void alfa__bank_checksum(unsigned char out[ALFA__BANK_CHECKSUM], const unsigned char *bytes, size_t size)
{
    gsize length = ALFA__BANK_CHECKSUM;
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sum, bytes, (gssize)size);
    g_checksum_get_digest(sum, out, &length);
    g_checksum_free(sum);
}
