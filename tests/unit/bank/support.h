/* What the tests of the bank share: random rows and plain versions to compare with. */
#ifndef TESTS_UNIT_BANK_SUPPORT_H
#define TESTS_UNIT_BANK_SUPPORT_H

#include "base/arena.h"
#include "base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Uniform in (0, 1). */
static inline double next_uniform(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return ((double)(*seed >> 11) + 0.5) * 0x1p-53;
}

static inline float *random_rows(int count, int dim, uint64_t seed)
{
    size_t numbers = (size_t)count * (size_t)dim;
    float *rows = malloc((numbers + 1) * sizeof *rows);
    assert_non_null(rows);
    seed = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    for (size_t i = 0; i < numbers; i++)
        rows[i] = (float)(next_uniform(&seed) + next_uniform(&seed) + next_uniform(&seed) - 1.5);
    return rows;
}

/* (1 - cos) / 2 of rows of any length. */
static inline double plain_distance(const float *a, const float *b, int dim)
{
    long double dot = 0, aa = 0, bb = 0;
    for (int i = 0; i < dim; i++) {
        dot += (long double)a[i] * b[i];
        aa += (long double)a[i] * a[i];
        bb += (long double)b[i] * b[i];
    }
    return (double)((1 - dot / __builtin_sqrtl(aa * bb)) / 2);
}

/* For check(alfa__...(..., &err)). */
static struct alfa_error err __attribute__((unused));

#define check(call)                                      \
    do {                                                 \
        if ((call) != ALFA_OK)                           \
            fail_msg("%s: %s", err.source, err.message); \
    } while (0)

#endif
