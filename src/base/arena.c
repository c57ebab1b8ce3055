#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64u
#define MIN_BLOCK ((size_t)1 << 20)

/* The first blocks are as small as can be; then each is a part of all before it, so that they never run out.
 */
static size_t next_block(const struct alfa__arena *arena)
{
    size_t all = 0;
    for (int i = 0; i < arena->count; i++)
        all += arena->sizes[i];
    const size_t part = all / 4 / ALIGNMENT * ALIGNMENT;
    return arena->count < ALFA__ARENA_MAX_BLOCKS / 4 || part < MIN_BLOCK ? MIN_BLOCK : part;
}

void *alfa__arena_alloc(struct alfa__arena *arena, size_t size)
{
    if (size > (size_t)1 << 46)
        return NULL;
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    while (arena->current < arena->count) {
        if (arena->sizes[arena->current] - arena->used >= size) {
            void *bytes = arena->blocks[arena->current] + arena->used;
            arena->used += size;
            return bytes;
        }
        arena->current++;
        arena->used = 0;
    }
    if (arena->count == ALFA__ARENA_MAX_BLOCKS)
        return NULL;
    const size_t least = next_block(arena), block = size > least ? size : least;
    unsigned char *bytes = aligned_alloc(ALIGNMENT, block);
    if (!bytes)
        return NULL;
    arena->blocks[arena->count] = bytes;
    arena->sizes[arena->count] = block;
    arena->current = arena->count++;
    arena->used = size;
    return bytes;
}

void *alfa__arena_array(struct alfa__arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    return alfa__arena_alloc(arena, bytes);
}

struct alfa__mark alfa__arena_mark(const struct alfa__arena *arena)
{
    return (struct alfa__mark){arena->current, arena->used};
}

void alfa__arena_reset(struct alfa__arena *arena, struct alfa__mark mark)
{
    arena->current = mark.current;
    arena->used = mark.used;
}

bool alfa__arena_reserve(struct alfa__arena *arena, size_t size)
{
    const struct alfa__mark mark = alfa__arena_mark(arena);
    const bool there = alfa__arena_alloc(arena, size);
    alfa__arena_reset(arena, mark);
    return there;
}

void alfa__arena_free(struct alfa__arena *arena)
{
    for (int i = 0; i < arena->count; i++)
        free(arena->blocks[i]);
    memset(arena, 0, sizeof *arena);
}
