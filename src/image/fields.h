/* Numbers in a file, in the order of the processor that wrote it. */
#ifndef ALFA_IMAGE_FIELDS_H
#define ALFA_IMAGE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct alfa__fields {
    const unsigned char *bytes;
    size_t size;
    bool big; /* most significant byte first */
};

/* The unsigned number of length bytes at a place; 0 when they are not all in the file. */
static inline uint64_t alfa__field(const struct alfa__fields *file, uint64_t at, int length)
{
    uint64_t value = 0;
    if (at > file->size || (uint64_t)length > file->size - at)
        return 0;
    for (int i = 0; i < length; i++)
        value |= (uint64_t)file->bytes[at + (uint64_t)i] << 8 * (file->big ? length - 1 - i : i);
    return value;
}

#endif
