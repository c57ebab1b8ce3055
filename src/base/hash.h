/* FNV-1a with 64 bits: for tables and for keys of what is cached; no protection against anybody.
 *
 *     uint64_t hash = alfa__hash_text(alfa__hash_text(ALFA__HASH_START, model), noun);
 */
#ifndef ALFA_BASE_HASH_H
#define ALFA_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define ALFA__HASH_START UINT64_C(14695981039346656037)

/* The hash of what went before and then these bytes. */
uint64_t alfa__hash(uint64_t hash, const void *bytes, size_t size);

/* The same of a text with its closing zero, so that "ab", "c" differs from "a", "bc". */
uint64_t alfa__hash_text(uint64_t hash, const char *text);

#endif
