/* Rows with their places: cosines are what the header says, and all rows are equally long. */
#include "bank/memory.h"
#include "bank/place.h"
#include "unit/bank/support.h"

#include <math.h>

#define DIM 24
#define LONGER (DIM + ALFA__PLACE_NUMBERS)

static double dot(const float *a, const float *b, int dim)
{
    double sum = 0;
    for (int i = 0; i < dim; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

static double chord(double d)
{
    return 2 * sin(d / 2);
}

/* Of a memory of one such row; each weight and place, against the sum by hand. */
static void test_distances_add_up(void **state)
{
    static const double weights[] = {0.5, 1, 2, 10},
                        places[][4] = {{0, 0, 0, 0}, {0.1, 0.9, 0.4, 0.3}, {0, 0, 1, 1}};
    (void)state;
    float *rows = random_rows(2, DIM, 5), put[2][LONGER];
    for (size_t w = 0; w < 4; w++)
        for (size_t p = 0; p < 3; p++) {
            struct alfa__arena arena = {0};
            struct alfa__memory memory;
            double found;
            const double *at = places[p], weight = weights[w];
            const double cosine =
                dot(rows, rows + DIM, DIM) / sqrt(dot(rows, rows, DIM) * dot(rows + DIM, rows + DIM, DIM));
            const double dx = chord(at[2] - at[0]), dy = chord(at[3] - at[1]);
            const double expected = (1 - cosine) / 2 + weight * weight / 4 * (dx * dx + dy * dy);
            alfa__place_put(put[0], rows, DIM, at[0], at[1], weight);
            alfa__place_put(put[1], rows + DIM, DIM, at[2], at[3], weight);
            for (int i = 0; i < 2; i++)
                assert_true(fabs(dot(put[i], put[i], LONGER) - alfa__place_stretch(weight)) <
                            1e-5 * alfa__place_stretch(weight));
            check(alfa__memory_init(&memory, "stem", 0, LONGER, &err));
            check(alfa__memory_add(&memory, put[0], 1, (struct alfa__origin){0, 0}, &err));
            check(alfa__memory_associate(&memory, &found, NULL,
                                         (struct alfa__queries){put[1], 1, ALFA__NO_IMAGE}, &arena, &err));
            assert_true(fabs(found * alfa__place_stretch(weight) - expected) < 1e-4);
            alfa__memory_free(&memory);
            alfa__arena_free(&arena);
        }
    free(rows);
}

/* What is not finite stays so, for those who refuse it. */
static void test_not_finite(void **state)
{
    float row[2] = {1, NAN}, put[2 + ALFA__PLACE_NUMBERS];
    (void)state;
    alfa__place_put(put, row, 2, 0.5, 0.5, 2);
    assert_false(alfa__unit_row(put, put, 2 + ALFA__PLACE_NUMBERS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distances_add_up),
        cmocka_unit_test(test_not_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
