/* Sorting many keys within their own memory.
 *
 * In-place radix sort from the most significant byte ("American flag sort", McIlroy, Bostic, McIlroy 1993):
 * count the 256 digits, then move each item to where its digit's run lies, then the same inside each run.
 * Equal keys end up in any order. 100 million keys take a few seconds and no extra memory. */
#ifndef ALFA_EVAL_SORT_H
#define ALFA_EVAL_SORT_H

#include <stddef.h>
#include <stdint.h>

/* Ascending. */
void alfa__sort_u32(uint32_t *items, size_t count);

/* Ascending by the upper 32 bits; the lower 32 travel along. */
void alfa__sort_u64_high(uint64_t *items, size_t count);

/* A finite float as a number that orders as the float does; 0 and -0 are the same; never 0. And back. */
uint32_t alfa__key_from_float(float value);
float alfa__key_to_float(uint32_t key);

#endif
