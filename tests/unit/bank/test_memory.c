/* The association against a plain loop, at the boundaries of its blocks, and what must be exact. */
#include "bank/memory.h"
#include "unit/bank/support.h"

#include <math.h>

#define DIM 37
#define TOLERANCE 1e-6

static struct alfa__memory fill(const float *rows, int count, int dim)
{
    struct alfa__memory memory;
    check(alfa__memory_init(&memory, "patch", 0, dim, &err));
    check(alfa__memory_add(&memory, rows, count, (struct alfa__origin){0, 0}, &err));
    return memory;
}

static void associate(const struct alfa__memory *memory, double *distances, int *nearest,
                      const float *queries, int count, int except)
{
    struct alfa__arena arena = {0};
    check(alfa__memory_associate(memory, distances, nearest, (struct alfa__queries){queries, count, except},
                                 &arena, &err));
    assert_int_equal(arena.used, 0);
    alfa__arena_free(&arena);
}

/* ------------------------------------------------------------------ against a plain loop */

static void compare(int rows, int queries)
{
    float *m = random_rows(rows, DIM, 11), *x = random_rows(queries, DIM, 12);
    double *distances = malloc(((size_t)queries + 1) * sizeof *distances);
    int *nearest = malloc(((size_t)queries + 1) * sizeof *nearest);
    struct alfa__memory memory = fill(m, rows, DIM);
    distances[queries] = -7;
    nearest[queries] = -7;
    associate(&memory, distances, nearest, x, queries, ALFA__NO_IMAGE);
    for (int i = 0; i < queries; i++) {
        double least = 1;
        for (int j = 0; j < rows; j++)
            least = fmin(least, plain_distance(x + i * DIM, m + j * DIM, DIM));
        assert_in_range(nearest[i], 0, rows - 1);
        assert_true(fabs(distances[i] - least) < TOLERANCE);
        assert_true(fabs(distances[i] - plain_distance(x + i * DIM, m + nearest[i] * DIM, DIM)) < TOLERANCE);
    }
    assert_true(distances[queries] == -7 && nearest[queries] == -7);
    alfa__memory_free(&memory);
    free(m);
    free(x);
    free(distances);
    free(nearest);
}

static void test_nearest(void **state)
{
    (void)state;
    compare(1, 1);
    compare(7, 3);
    compare(300, 50);
}

/* Blocks have 2,048 rows and 512 queries. */
static void test_block_boundaries(void **state)
{
    (void)state;
    const int rows[] = {2047, 2048, 2049, 4097}, queries[] = {1, 511, 512, 513};
    for (int i = 0; i < 4; i++)
        compare(rows[i], queries[(i + 1) % 4]);
    compare(2049, 513);
}

/* ------------------------------------------------------------------ what is exact */

static void test_same_image_is_at_zero(void **state)
{
    (void)state;
    const int dims[] = {1, 3, 64, 640, 896};
    for (int d = 0; d < 5; d++) {
        float *rows = random_rows(200, dims[d], 3);
        double distances[200];
        int nearest[200];
        struct alfa__memory memory = fill(rows, 200, dims[d]);
        associate(&memory, distances, nearest, rows, 200, ALFA__NO_IMAGE);
        for (int i = 0; i < 200; i++) {
            assert_true(distances[i] == 0);
            assert_true(dims[d] == 1 || nearest[i] == i);
        }
        alfa__memory_free(&memory);
        free(rows);
    }
}

/* Opposite rows are at 1, orthogonal ones at 1/2; length does not matter. */
static void test_known_distances(void **state)
{
    (void)state;
    const float row[3] = {0, 2, 0}, queries[12] = {0, -5, 0, 1e-20f, 0, 0, 0, 1e18f, 0, 3, 3, 0};
    double distances[4];
    struct alfa__memory memory = fill(row, 1, 3);
    associate(&memory, distances, NULL, queries, 4, ALFA__NO_IMAGE);
    assert_true(distances[0] == 1);
    assert_true(fabs(distances[1] - 0.5) < 1e-12);
    assert_true(distances[2] == 0);
    assert_true(fabs(distances[3] - (1 - sqrt(0.5)) / 2) < TOLERANCE);
    alfa__memory_free(&memory);
}

static void test_zero_row_is_at_zero_from_itself(void **state)
{
    (void)state;
    const float rows[8] = {0, 0, 0, 0, 1, 0, 0, 0};
    double distances[2];
    int nearest[2];
    struct alfa__memory memory = fill(rows, 2, 4);
    associate(&memory, distances, nearest, rows, 2, ALFA__NO_IMAGE);
    assert_true(distances[0] == 0 && distances[1] == 0);
    assert_true(nearest[0] == 0 && nearest[1] == 1);
    alfa__memory_free(&memory);
}

static void test_nothing(void **state)
{
    (void)state;
    float *x = random_rows(3, DIM, 5);
    double distances[3] = {-1, -1, -1};
    int nearest[3] = {7, 7, 7};
    struct alfa__memory memory = fill(x, 0, DIM);
    associate(&memory, distances, nearest, x, 0, ALFA__NO_IMAGE);
    assert_true(distances[0] == -1 && nearest[0] == 7);
    associate(&memory, distances, nearest, x, 3, ALFA__NO_IMAGE);
    for (int i = 0; i < 3; i++)
        assert_true(distances[i] == 1 && nearest[i] == ALFA__NO_ROW);
    alfa__memory_free(&memory);
    memory = fill(x, 3, DIM);
    associate(&memory, distances, nearest, x, 0, ALFA__NO_IMAGE);
    assert_true(distances[0] == 1);
    alfa__memory_free(&memory);
    free(x);
}

/* ------------------------------------------------------------------ images */

/* Adds images of 40 rows in the given order. */
static struct alfa__memory add_images(const float *rows, const int *order, int images)
{
    struct alfa__memory memory;
    check(alfa__memory_init(&memory, "window2", 2, DIM, &err));
    for (int i = 0; i < images; i++)
        check(alfa__memory_add(&memory, rows + order[i] * 40 * DIM, 40, (struct alfa__origin){order[i], 100},
                               &err));
    return memory;
}

static void test_order_of_images_does_not_matter(void **state)
{
    (void)state;
    const int forward[4] = {0, 1, 2, 3}, shuffled[4] = {2, 0, 3, 1};
    float *rows = random_rows(160, DIM, 21), *x = random_rows(60, DIM, 22);
    double a[60], b[60];
    int nearest_a[60], nearest_b[60];
    struct alfa__memory first = add_images(rows, forward, 4), second = add_images(rows, shuffled, 4);
    associate(&first, a, nearest_a, x, 60, ALFA__NO_IMAGE);
    associate(&second, b, nearest_b, x, 60, ALFA__NO_IMAGE);
    assert_memory_equal(a, b, sizeof a);
    for (int i = 0; i < 60; i++)
        assert_memory_equal(&first.origins[nearest_a[i]], &second.origins[nearest_b[i]],
                            sizeof(struct alfa__origin));
    alfa__memory_free(&first);
    alfa__memory_free(&second);
    free(rows);
    free(x);
}

/* Leaving an image out is the same as never having added it. */
static void test_except(void **state)
{
    (void)state;
    const int all[3] = {0, 1, 2}, without[2] = {0, 2};
    float *rows = random_rows(120, DIM, 31);
    double a[120], b[120];
    int nearest[120];
    struct alfa__memory full = add_images(rows, all, 3), less = add_images(rows, without, 2);
    associate(&full, a, nearest, rows, 120, 1);
    associate(&less, b, NULL, rows, 120, ALFA__NO_IMAGE);
    assert_memory_equal(a, b, sizeof a);
    for (int i = 0; i < 120; i++) {
        assert_true((a[i] > 0) == (i / 40 == 1));
        assert_int_not_equal(full.origins[nearest[i]].image, 1);
    }
    alfa__memory_free(&full);
    alfa__memory_free(&less);
    full = add_images(rows, all, 1);
    associate(&full, a, nearest, rows, 40, 0);
    assert_true(a[0] == 1 && nearest[39] == ALFA__NO_ROW);
    alfa__memory_free(&full);
    free(rows);
}

static void test_rows_and_origins(void **state)
{
    (void)state;
    float *rows = random_rows(5, DIM, 41);
    const int kept[2] = {4, 1};
    struct alfa__memory memory = fill(rows, 5, DIM);
    for (int i = 0; i < 5; i++) {
        double square = 0;
        for (int j = 0; j < DIM; j++)
            square += pow((double)memory.vectors[i * DIM + j], 2);
        assert_true(fabs(square - 1) < TOLERANCE);
        assert_true(plain_distance(memory.vectors + i * DIM, rows + i * DIM, DIM) < TOLERANCE);
        assert_true(memory.origins[i].image == 0 && memory.origins[i].place == i);
    }
    check(alfa__memory_keep(&memory, kept, 2, &err));
    assert_int_equal(memory.rows, 2);
    assert_true(memory.origins[0].place == 4 && memory.origins[1].place == 1);
    assert_true(plain_distance(memory.vectors, rows + 4 * DIM, DIM) < TOLERANCE);
    check(alfa__memory_keep(&memory, kept, 0, &err));
    assert_int_equal(memory.rows, 0);
    check(alfa__memory_add(&memory, rows, 1, (struct alfa__origin){3, 8}, &err));
    assert_true(memory.rows == 1 && memory.origins[0].image == 3 && memory.origins[0].place == 8);
    alfa__memory_free(&memory);
    free(rows);
}

/* ------------------------------------------------------------------ refusals */

static void test_not_finite(void **state)
{
    (void)state;
    const float bad[2][4] = {{1, 2, NAN, 3}, {1, INFINITY, 2, 3}}, good[8] = {1, 2, 3, 4, 4, 3, 2, 1};
    struct alfa__memory memory = fill(good, 2, 4);
    struct alfa__arena arena = {0};
    double distance;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(alfa__memory_add(&memory, bad[i], 1, (struct alfa__origin){1, 0}, &err),
                         ALFA_ERROR_RUNTIME);
        assert_int_equal(memory.rows, 2);
        assert_int_equal(alfa__memory_associate(&memory, &distance, NULL,
                                                (struct alfa__queries){bad[i], 1, ALFA__NO_IMAGE}, &arena,
                                                &err),
                         ALFA_ERROR_RUNTIME);
    }
    alfa__arena_free(&arena);
    alfa__memory_free(&memory);
}

static void test_limits(void **state)
{
    (void)state;
    struct alfa__memory memory;
    const float row[1] = {1};
    assert_int_equal(alfa__memory_init(&memory, "", 0, 4, NULL), ALFA_ERROR_USAGE);
    assert_int_equal(alfa__memory_init(&memory, "12345678901234567890123456789012", 0, 4, NULL),
                     ALFA_ERROR_USAGE);
    assert_int_equal(alfa__memory_init(&memory, "a", -1, 4, NULL), ALFA_ERROR_USAGE);
    assert_int_equal(alfa__memory_init(&memory, "a", 0, 0, NULL), ALFA_ERROR_USAGE);
    assert_int_equal(alfa__memory_init(&memory, "a", 0, ALFA__MEMORY_MAX_DIM + 1, NULL), ALFA_ERROR_USAGE);
    assert_int_equal(alfa__memory_init(&memory, "1234567890123456789012345678901", 0, 1, NULL), ALFA_OK);
    assert_int_equal(
        alfa__memory_add(&memory, row, ALFA__MEMORY_MAX_ROWS + 1, (struct alfa__origin){0, 0}, NULL),
        ALFA_ERROR_LIMIT);
    assert_int_equal(
        alfa__memory_add(&memory, row, 1, (struct alfa__origin){ALFA__MEMORY_MAX_IMAGES, 0}, NULL),
        ALFA_ERROR_LIMIT);
    assert_int_equal(memory.rows, 0);
    alfa__memory_free(&memory);
    alfa__memory_free(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_block_boundaries),
        cmocka_unit_test(test_same_image_is_at_zero),
        cmocka_unit_test(test_known_distances),
        cmocka_unit_test(test_zero_row_is_at_zero_from_itself),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_order_of_images_does_not_matter),
        cmocka_unit_test(test_except),
        cmocka_unit_test(test_rows_and_origins),
        cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
