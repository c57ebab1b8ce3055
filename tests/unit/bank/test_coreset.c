/* Greedy k-centre against a plain version in double, and its promises. */
#include "bank/coreset.h"
#include "unit/bank/support.h"

#include <math.h>

#define COUNT 120
#define DIM 21

static float *unit_rows(int count, int dim, uint64_t seed)
{
    float *rows = random_rows(count, dim, seed);
    for (int i = 0; i < count; i++)
        assert_true(alfa__unit_row(rows + i * dim, rows + i * dim, dim));
    return rows;
}

static int pick(int *out, const float *rows, int count, int dim, int budget)
{
    struct alfa__arena arena = {0};
    int picked = -1;
    const struct alfa__coreset all = {.rows = rows, .count = count, .dim = dim};
    check(alfa__coreset_pick(out, &picked, &(struct alfa__choice){&all, NULL, count}, budget, &arena, &err));
    alfa__arena_free(&arena);
    return picked;
}

/* ------------------------------------------------------------------ plain version */

static double square(const float *a, const double *b, int dim)
{
    double sum = 0;
    for (int i = 0; i < dim; i++)
        sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
    return sum;
}

static int farthest_from(const float *rows, int count, int dim, const int *from, int from_count,
                         const double *mean)
{
    int best = 0;
    double most = -1;
    for (int i = 0; i < count; i++) {
        double least = from_count ? INFINITY : square(rows + i * dim, mean, dim);
        for (int k = 0; k < from_count; k++)
            least = fmin(least, plain_distance(rows + i * dim, rows + from[k] * dim, dim));
        if (least > most) {
            most = least;
            best = i;
        }
    }
    return best;
}

static void plain_pick(int *out, const float *rows, int count, int dim, int budget)
{
    double mean[64] = {0};
    for (int i = 0; i < count; i++)
        for (int j = 0; j < dim; j++)
            mean[j] += (double)rows[i * dim + j] / count;
    for (int k = 0; k < budget; k++)
        out[k] = farthest_from(rows, count, dim, out, k, mean);
}

static void test_plain(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        float *rows = unit_rows(COUNT, DIM, seed);
        int fast[COUNT], plain[COUNT];
        assert_int_equal(pick(fast, rows, COUNT, DIM, 40), 40);
        plain_pick(plain, rows, COUNT, DIM, 40);
        assert_memory_equal(fast, plain, 40 * sizeof *fast);
        free(rows);
    }
}

/* ------------------------------------------------------------------ promises */

static int ascending(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static void test_order_of_rows_does_not_matter(void **state)
{
    (void)state;
    float *rows = unit_rows(COUNT, DIM, 9), *shuffled = malloc(COUNT * DIM * sizeof *shuffled);
    int a[COUNT], b[COUNT];
    for (int i = 0; i < COUNT; i++)
        memcpy(shuffled + i * DIM, rows + i * 47 % COUNT * DIM, DIM * sizeof *rows);
    assert_int_equal(pick(a, rows, COUNT, DIM, 30), 30);
    assert_int_equal(pick(b, shuffled, COUNT, DIM, 30), 30);
    for (int k = 0; k < 30; k++)
        b[k] = b[k] * 47 % COUNT;
    assert_memory_equal(a, b, 30 * sizeof *a);
    qsort(a, 30, sizeof *a, ascending);
    for (int k = 1; k < 30; k++)
        assert_true(a[k] > a[k - 1]);
    free(rows);
    free(shuffled);
}

/* A hundred rows close together and three far away: the three are kept. */
static void test_keeps_the_farthest(void **state)
{
    (void)state;
    float *rows = random_rows(103, 8, 2);
    int out[5];
    for (int i = 0; i < 103; i++) {
        for (int j = 0; j < 8; j++)
            rows[i * 8 + j] = 0.05f * rows[i * 8 + j] + (j == 0);
        if (i % 40 == 17)
            for (int j = 0; j < 8; j++)
                rows[i * 8 + j] = j == 1 + i / 40;
        assert_true(alfa__unit_row(rows + i * 8, rows + i * 8, 8));
    }
    assert_int_equal(pick(out, rows, 103, 8, 4), 4);
    qsort(out, 4, sizeof *out, ascending);
    int found = 0;
    for (int k = 0; k < 4; k++)
        found += out[k] == 17 || out[k] == 57 || out[k] == 97;
    assert_int_equal(found, 3);
    free(rows);
}

static void test_a_prefix_is_the_smaller_budget(void **state)
{
    (void)state;
    float *rows = unit_rows(COUNT, DIM, 4);
    int large[50], small[13];
    pick(large, rows, COUNT, DIM, 50);
    pick(small, rows, COUNT, DIM, 13);
    assert_memory_equal(large, small, sizeof small);
    free(rows);
}

static void test_budget_that_fits_keeps_the_order(void **state)
{
    (void)state;
    float *rows = unit_rows(10, DIM, 4);
    int out[12];
    for (int budget = 10; budget <= 12; budget++) {
        assert_int_equal(pick(out, rows, 10, DIM, budget), 10);
        for (int i = 0; i < 10; i++)
            assert_int_equal(out[i], i);
    }
    assert_int_equal(pick(out, rows, 0, DIM, 5), 0);
    free(rows);
}

/* The same image twice: nothing is kept twice, and of equals the first. */
static void test_copies(void **state)
{
    (void)state;
    float *rows = unit_rows(20, DIM, 6);
    int out[15];
    for (int i = 10; i < 20; i++)
        memcpy(rows + i * DIM, rows + (i - 10) * DIM, DIM * sizeof *rows);
    assert_int_equal(pick(out, rows, 20, DIM, 15), 10);
    qsort(out, 10, sizeof *out, ascending);
    for (int i = 0; i < 10; i++)
        assert_int_equal(out[i], i);
    free(rows);
}

static void test_budget_of_nothing(void **state)
{
    (void)state;
    float *rows = unit_rows(3, DIM, 6);
    struct alfa__arena arena = {0};
    const struct alfa__coreset all = {.rows = rows, .count = 3, .dim = DIM};
    const struct alfa__choice among = {&all, NULL, 3};
    int out[3], picked;
    assert_int_equal(alfa__coreset_pick(out, &picked, &among, 0, &arena, NULL), ALFA_ERROR_USAGE);
    assert_int_equal(alfa__coreset_pick(out, &picked, &among, -1, &arena, NULL), ALFA_ERROR_USAGE);
    alfa__arena_free(&arena);
    free(rows);
}

static void test_reduce(void **state)
{
    (void)state;
    float *rows = unit_rows(COUNT, DIM, 7);
    struct alfa__arena arena = {0};
    struct alfa__memory memory;
    int kept[20];
    check(alfa__memory_init(&memory, "patch", 0, DIM, &err));
    check(alfa__memory_add(&memory, rows, COUNT, (struct alfa__origin){2, 0}, &err));
    check(alfa__coreset_reduce(&memory, COUNT, &arena, &err));
    assert_int_equal(memory.rows, COUNT);
    assert_int_equal(pick(kept, memory.vectors, COUNT, DIM, 20), 20);
    check(alfa__coreset_reduce(&memory, 20, &arena, &err));
    assert_int_equal(memory.rows, 20);
    assert_int_equal(arena.used, 0);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(memory.origins[i].place, kept[i]);
        assert_true(plain_distance(memory.vectors + i * DIM, rows + kept[i] * DIM, DIM) < 1e-9);
    }
    assert_string_equal(memory.name, "patch");
    alfa__memory_free(&memory);
    alfa__arena_free(&arena);
    free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_order_of_rows_does_not_matter),
        cmocka_unit_test(test_keeps_the_farthest),
        cmocka_unit_test(test_a_prefix_is_the_smaller_budget),
        cmocka_unit_test(test_budget_that_fits_keeps_the_order),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_budget_of_nothing),
        cmocka_unit_test(test_reduce),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
