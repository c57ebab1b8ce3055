/* The radix sorts against qsort, and the keys of floats. */
#include "eval/sort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint32_t seed = 1;

static uint32_t next_random(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed ^ seed >> 15;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void check(size_t count, uint32_t mask)
{
    uint32_t *keys = malloc((count + 1) * sizeof *keys), *sorted = malloc((count + 1) * sizeof *sorted);
    uint64_t *pairs = malloc((count + 1) * sizeof *pairs);
    for (size_t i = 0; i < count; i++) {
        keys[i] = sorted[i] = next_random() & mask;
        pairs[i] = (uint64_t)keys[i] << 32 | (keys[i] * 2654435761u + 17); /* a payload that tells its key */
    }
    qsort(sorted, count, sizeof *sorted, compare);
    alfa__sort_u32(keys, count);
    alfa__sort_u64_high(pairs, count);
    assert_memory_equal(keys, sorted, count * sizeof *keys);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(pairs[i] >> 32, sorted[i]);
        assert_int_equal((uint32_t)pairs[i], sorted[i] * 2654435761u + 17);
    }
    free(keys);
    free(sorted);
    free(pairs);
}

static void sorts_as_qsort(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 2, 47, 48, 49, 50, 1000, 30000};
    static const uint32_t masks[] = {0xffffffffu, 0xff, 0xff00, 0xff000000u, 0x01010101, 0};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (size_t j = 0; j < sizeof masks / sizeof *masks; j++)
            check(counts[i], masks[j]);
}

static void keys_order_as_floats(void **state)
{
    (void)state;
    static const float ascending[] = {-3e38f, -1.5f,  -1,   -1e-30f,     -1e-45f, 0,
                                      1e-45f, 1e-30f, 0.5f, 0.50000006f, 1,       3e38f};
    for (size_t i = 0; i < sizeof ascending / sizeof *ascending; i++) {
        uint32_t key = alfa__key_from_float(ascending[i]);
        assert_true(alfa__key_to_float(key) == ascending[i]);
        assert_true(key > 0);
        if (i > 0)
            assert_true(alfa__key_from_float(ascending[i - 1]) < key);
    }
    assert_int_equal(alfa__key_from_float(-0.0f), alfa__key_from_float(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_as_qsort),
        cmocka_unit_test(keys_order_as_floats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
