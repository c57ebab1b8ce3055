/* What the writer and the reader of .bank files (file.h) must agree on. */
#ifndef ALFA_BANK_FORMAT_H
#define ALFA_BANK_FORMAT_H

#include "bank/file.h"
#include "base/sha256.h"

#include <stdint.h>

#define ALFA__BANK_MAGIC "ALFABANK"
#define ALFA__BANK_FRAME 32              /* bytes before the header */
#define ALFA__BANK_CHECKSUM ALFA__SHA256 /* bytes after the data */
#define ALFA__BANK_ORIGIN 8              /* bytes of an origin */

/* Bytes of a part's vectors and origins; rows and dim within the limits of memory.h. */
static inline size_t alfa__bank_part_size(size_t rows, size_t dim)
{
    return rows * (dim * 2 + ALFA__BANK_ORIGIN);
}

static inline void alfa__put_number(unsigned char *out, uint64_t number, int bytes)
{
    for (int i = 0; i < bytes; i++)
        out[i] = (unsigned char)(number >> 8 * i & 255);
}

static inline uint64_t alfa__get_number(const unsigned char *from, int bytes)
{
    uint64_t number = 0;
    for (int i = bytes; i-- > 0;)
        number = number << 8 | from[i];
    return number;
}

#endif
