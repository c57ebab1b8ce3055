#include "base/hash.h"

#include <string.h>

uint64_t alfa__hash(uint64_t hash, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * UINT64_C(1099511628211);
    return hash;
}

uint64_t alfa__hash_text(uint64_t hash, const char *text)
{
    return alfa__hash(hash, text, strlen(text) + 1);
}
