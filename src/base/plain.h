/* Text that does nothing to the terminal that shows it. What comes from outside - names of files, texts of
 * files, what an endpoint says - goes through here before a person sees it. */
#ifndef ALFA_BASE_PLAIN_H
#define ALFA_BASE_PLAIN_H

#include <stddef.h>
#include <stdint.h>

/* The bytes of the character at text, which must not be at its end. *odd: 0 when it only shows itself, or
 * else what it is. Odd are control characters (C0, DEL, C1, and C1 as bytes that belong to no character),
 * those that change the direction of writing, and separators of lines. */
size_t alfa__plain_next(const char *text, uint32_t *odd);

/* Puts '?' for every odd character, in place. */
void alfa__plain(char *text);

#endif
