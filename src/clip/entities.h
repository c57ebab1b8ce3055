/* HTML 5's named character references, as Python's html.unescape() knows them. */
#ifndef ALFA_CLIP_ENTITIES_H
#define ALFA_CLIP_ENTITIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct alfa__entity {
    const char *name;           /* without '&' and ';' */
    uint32_t code, second_code; /* second_code is 0 for most */
    bool legacy;                /* good without its semicolon, too */
};

/* The entity with this name of size bytes, NULL when there is none. */
const struct alfa__entity *alfa__entity_find(const char *name, size_t size);

#endif
