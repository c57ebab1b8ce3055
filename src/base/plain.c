#include "base/plain.h"

#include <stdbool.h>
#include <string.h>

/* The character at p by the length that its first byte claims; its size in bytes, 1 when it is damaged. */
static size_t decode(uint32_t *out, const unsigned char *p)
{
    const size_t size = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc0 ? 2 : 1;
    uint32_t letter = size == 1 ? p[0] : p[0] & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            *out = p[0];
            return 1;
        }
        letter = letter << 6 | (p[i] & 0x3f);
    }
    *out = letter;
    return size;
}

static bool is_control(uint32_t letter)
{
    return letter < 32 || (letter >= 0x7f && letter < 0xa0);
}

/* Marks, embeddings, overrides and isolates of bidirectional text; line and paragraph separator. */
static bool is_invisible_order(uint32_t letter)
{
    return letter == 0x61c || letter == 0x200e || letter == 0x200f ||
           (letter >= 0x2028 && letter <= 0x202e) || (letter >= 0x2066 && letter <= 0x2069);
}

size_t alfa__plain_next(const char *text, uint32_t *odd)
{
    uint32_t letter;
    const size_t size = decode(&letter, (const unsigned char *)text);
    *odd = is_control(letter) || is_invisible_order(letter) ? letter : 0;
    return size;
}

void alfa__plain(char *text)
{
    char *out = text;
    uint32_t odd;
    for (size_t size; *text; text += size) {
        size = alfa__plain_next(text, &odd);
        memmove(out, odd ? "?" : text, odd ? 1 : size);
        out += odd ? 1 : size;
    }
    *out = 0;
}
