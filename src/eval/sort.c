#include "eval/sort.h"

#include <string.h>

#define FEW 48

/* The two sorts differ in the type of an item and in how far down its key reaches. */
#define DEFINE_SORT(name, type, lowest_shift)                                 \
    static void name##_few(type *items, size_t count)                         \
    {                                                                         \
        for (size_t i = 1; i < count; i++) {                                  \
            type item = items[i];                                             \
            size_t at = i;                                                    \
            for (; at > 0 && items[at - 1] > item; at--)                      \
                items[at] = items[at - 1];                                    \
            items[at] = item;                                                 \
        }                                                                     \
    }                                                                         \
                                                                              \
    static void name(type *items, size_t count, int shift)                    \
    {                                                                         \
        size_t sizes[256] = {0}, next[256], end[256], at = 0;                 \
        if (count <= FEW) {                                                   \
            name##_few(items, count);                                         \
            return;                                                           \
        }                                                                     \
        for (size_t i = 0; i < count; i++)                                    \
            sizes[items[i] >> shift & 255]++;                                 \
        for (int digit = 0; digit < 256; digit++) {                           \
            next[digit] = at;                                                 \
            end[digit] = at += sizes[digit];                                  \
        }                                                                     \
        for (int digit = 0; digit < 256; digit++)                             \
            while (next[digit] < end[digit]) {                                \
                type item = items[next[digit]];                               \
                size_t home = (size_t)(item >> shift & 255);                  \
                items[next[digit]] = items[next[home]];                       \
                items[next[home]++] = item;                                   \
            }                                                                 \
        for (int digit = 0; shift > lowest_shift && digit < 256; digit++)     \
            name(items + end[digit] - sizes[digit], sizes[digit], shift - 8); \
    }

DEFINE_SORT(sort_u32, uint32_t, 0)
DEFINE_SORT(sort_u64, uint64_t, 32)

void alfa__sort_u32(uint32_t *items, size_t count)
{
    sort_u32(items, count, 24);
}

void alfa__sort_u64_high(uint64_t *items, size_t count)
{
    sort_u64(items, count, 56);
}

/* The bits of positive floats order as integers; those of negative ones the other way round. */
uint32_t alfa__key_from_float(float value)
{
    uint32_t bits;
    value += 0.0f; /* -0 becomes 0 */
    memcpy(&bits, &value, sizeof bits);
    return bits >> 31 ? ~bits : bits | 0x80000000u;
}

float alfa__key_to_float(uint32_t key)
{
    float value;
    uint32_t bits = key >> 31 ? key & 0x7fffffffu : ~key;
    memcpy(&value, &bits, sizeof value);
    return value;
}
