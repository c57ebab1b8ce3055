/* Scratch memory: allocate upwards, go back to a mark, use the same memory again. Blocks are asked of the
 * system when those that there are do not suffice, and given back all together by alfa__arena_free(). */
#ifndef ALFA_BASE_ARENA_H
#define ALFA_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#define ALFA__ARENA_MAX_BLOCKS 64

/* Zero-initialise. */
struct alfa__arena {
    unsigned char *blocks[ALFA__ARENA_MAX_BLOCKS];
    size_t sizes[ALFA__ARENA_MAX_BLOCKS];
    int count;   /* blocks that exist */
    int current; /* block in use */
    size_t used; /* bytes of it */
};

struct alfa__mark {
    int current;
    size_t used;
};

/* size bytes, aligned to 64; NULL when out of memory. Not initialised. */
void *alfa__arena_alloc(struct alfa__arena *arena, size_t size);

/* count * size with an overflow check. */
void *alfa__arena_array(struct alfa__arena *arena, size_t count, size_t size);

/* Room for size bytes at once, so that what is allocated next lies in one block: many blocks that each hold
 * one thing too large for the one before leave holes. False when out of memory. */
bool alfa__arena_reserve(struct alfa__arena *arena, size_t size);

/* Everything allocated after the mark is given back. */
struct alfa__mark alfa__arena_mark(const struct alfa__arena *arena);
void alfa__arena_reset(struct alfa__arena *arena, struct alfa__mark mark);

void alfa__arena_free(struct alfa__arena *arena);

#endif
