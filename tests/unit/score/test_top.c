/* The image's score from the top of its map, against a plain sort. */
#include "image/upsample.h"
#include "score/top.h"
#include "unit/score/support.h"

#include <stdlib.h>

#define GRID 6
#define SIDE (GRID * 16)

static int descending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

/* Enlarge, keep the places that count, sort, take the mean of the first. */
static double plain_top(const double *map, const unsigned char *inside, double share)
{
    static float places[SIDE * SIDE];
    float small[GRID * GRID];
    double sum = 0;
    int count = 0;
    for (int p = 0; p < GRID * GRID; p++)
        small[p] = (float)map[p];
    alfa__upsample_bilinear(places, SIDE, SIDE, (struct alfa__grid){small, GRID, GRID});
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            if (!inside || inside[y / 16 * GRID + x / 16])
                places[count++] = places[y * SIDE + x];
    qsort(places, (size_t)count, sizeof *places, descending);
    const int first = (int)(share * count);
    for (int i = 0; i < first; i++)
        sum += (double)places[i];
    return sum / first;
}

static double top_share(const double *map, const unsigned char *inside, double share)
{
    struct alfa__arena arena = {0};
    double score;
    assert_int_equal(alfa__top_score(&score, map, (struct alfa__top){inside, GRID, share}, &arena, NULL),
                     ALFA_OK);
    alfa__arena_free(&arena);
    return score;
}

static double top(const double *map, const unsigned char *inside)
{
    return top_share(map, inside, 0.01);
}

static void test_against_sort(void **state)
{
    double map[GRID * GRID];
    unsigned char inside[GRID * GRID];
    uint32_t seed = 7;
    (void)state;
    for (int round = 0; round < 20; round++) {
        for (int p = 0; p < GRID * GRID; p++) {
            map[p] = 0.5 + 0.5 * next_uniform(&seed);
            inside[p] = next_uniform(&seed) > 0 || p == 0;
        }
        const double share = round % 4 == 3 ? 1 : 0.01 + 0.03 * (round % 4);
        assert_close(top_share(map, NULL, share), plain_top(map, NULL, share), 1e-12);
        assert_close(top_share(map, inside, share), plain_top(map, inside, share), 1e-12);
    }
}

/* All places alike; one patch alone inside. */
static void test_ends(void **state)
{
    double map[GRID * GRID];
    unsigned char inside[GRID * GRID] = {0};
    (void)state;
    for (int p = 0; p < GRID * GRID; p++)
        map[p] = 0.25;
    inside[3] = 1;
    assert_close(top(map, NULL), 0.25, 1e-7);
    assert_close(top(map, inside), 0.25, 1e-7);
}

/* A bright patch outside does not speak for what is inside. */
static void test_outside(void **state)
{
    double map[GRID * GRID] = {0}, without;
    unsigned char inside[GRID * GRID];
    (void)state;
    memset(inside, 1, sizeof inside);
    inside[GRID * GRID - 1] = 0;
    map[0] = 0.5;
    without = top(map, inside);
    map[GRID * GRID - 1] = 1;
    assert_true(top(map, NULL) > 0.9 * 0.5);
    assert_close(top(map, inside), without, 0.1);
    assert_true(top(map, inside) < 0.6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_sort),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
