#include "score/contextual.h"
#include "unit/score/support.h"

#define MAX 64

/* Selects from two lists of cosines; weights stay until the next call. */
static struct alfa__selection select_from(enum alfa_contextual how, const double *normal, int normals,
                                          const double *abnormal, int abnormals)
{
    static double weights[2][MAX];
    struct alfa__selection selection = {.weights = {weights[0], weights[1]}};
    alfa__contextual_select(&selection, how, 1, (const double *const[]){normal, abnormal},
                            (const int[]){normals, abnormals});
    return selection;
}

static void test_cosines(void **state)
{
    static const float image[3] = {3, 0, 4}, prompts[] = {3, 0, 4, 0, 7, 0, -6, 0, -8, 0, 0, 0, 1, 0, 0};
    static const double expected[5] = {1, 0, -1, 0, 0.6};
    double out[5];
    (void)state;
    alfa__contextual_cosines(out, image, prompts, 5, 3);
    assert_all_close(out, expected, 5, 1e-15);
}

static void test_equal_prompts_equal_cosines(void **state)
{
    float image[37], prompts[5 * 37];
    double out[5];
    uint32_t seed = 3;
    (void)state;
    random_floats(image, 37, &seed);
    random_floats(prompts, 37, &seed);
    for (int i = 1; i < 5; i++)
        memcpy(prompts + i * 37, prompts, 37 * sizeof *prompts);
    alfa__contextual_cosines(out, image, prompts, 5, 37);
    for (int i = 1; i < 5; i++)
        assert_memory_equal(&out[i], &out[0], sizeof *out);
}

static void test_score(void **state)
{
    const struct alfa__interval normal = {0.2, 0.4}, abnormal = {0.1, 0.3};
    (void)state;
    assert_true(alfa__contextual_score(0.25, normal, abnormal, 1) == 0); /* in both */
    assert_true(alfa__contextual_score(0.3, normal, abnormal, 1) == 0);  /* on the edge */
    assert_close(alfa__contextual_score(0.35, normal, abnormal, 1), 0.05 / (0.05 + exp(-0.05)), 1e-15);
    assert_close(alfa__contextual_score(0.1, normal, abnormal, 1), 0.1 / (0.1 + exp(-0.1)), 1e-15);
    assert_close(alfa__contextual_score(1.3, normal, (struct alfa__interval){0, 0.3}, 1),
                 0.1 / (0.1 + exp(-0.1)), 1e-15);
    assert_close(alfa__contextual_score(1, (struct alfa__interval){1, 1}, (struct alfa__interval){0, 0}, 1),
                 1 / (1 + exp(-1.0)), 1e-15);
}

static void test_partial_overlap(void **state)
{
    static const double normal[] = {0.22, 0.30, 0.26, 0.24, 0.28}, abnormal[] = {0.25, 0.20, 0.27, 0.215};
    struct alfa__selection s = select_from(ALFA_CONTEXTUAL_FILTER, normal, 5, abnormal, 4);
    (void)state;
    assert_int_equal(s.kept[ALFA_NORMAL], 2);   /* those above every abnormal one: 0.30, 0.28 */
    assert_int_equal(s.kept[ALFA_ABNORMAL], 2); /* those below every normal one: 0.20, 0.215 */
    assert_false(s.fallback);
    assert_all_close(s.weights[0], (const double[]){0, 1, 0, 0, 1}, 5, 0);
    assert_all_close(s.weights[1], (const double[]){0, 1, 0, 1}, 4, 0);
    s = select_from(ALFA_CONTEXTUAL_WEIGHTED, normal, 5, abnormal, 4);
    assert_int_equal(s.kept[ALFA_NORMAL], 2);
    assert_close(s.weights[0][1], 0.03 / (0.03 + exp(-0.03)), 1e-15);
    assert_true(s.weights[0][0] == 0);
    s = select_from(ALFA_CONTEXTUAL_OFF, normal, 5, abnormal, 4);
    assert_int_equal(s.kept[ALFA_NORMAL], 5);
    assert_int_equal(s.kept[ALFA_ABNORMAL], 4);
    assert_false(s.fallback);
    assert_all_close(s.weights[0], (const double[]){1, 1, 1, 1, 1}, 5, 0);
}

static void assert_fallback(const double *normal, int normals, const double *abnormal, int abnormals)
{
    static const enum alfa_contextual readings[] = {ALFA_CONTEXTUAL_FILTER, ALFA_CONTEXTUAL_WEIGHTED};
    for (int r = 0; r < 2; r++) {
        struct alfa__selection s = select_from(readings[r], normal, normals, abnormal, abnormals);
        assert_true(s.fallback);
        assert_int_equal(s.kept[0], normals);
        assert_int_equal(s.kept[1], abnormals);
        for (int i = 0; i < normals; i++)
            assert_true(s.weights[0][i] == 1);
        for (int i = 0; i < abnormals; i++)
            assert_true(s.weights[1][i] == 1);
    }
    assert_false(select_from(ALFA_CONTEXTUAL_OFF, normal, normals, abnormal, abnormals).fallback);
}

static void test_nested(void **state)
{
    static const double wide[] = {0.1, 0.2, 0.3, 0.4}, narrow[] = {0.25, 0.2, 0.22};
    (void)state;
    assert_fallback(wide, 4, narrow, 3);
    assert_fallback(narrow, 3, wide, 4);
    assert_fallback(wide, 4, wide, 4); /* the same prompts on both sides */
    assert_fallback(wide, 1, wide, 1);
    assert_fallback(narrow, 1, wide, 4); /* a single prompt inside */
    assert_fallback(wide, 4, wide, 2);   /* a shared end */
}

static void test_single_prompts(void **state)
{
    static const double high[] = {0.5}, low[] = {0.1, 0.2};
    struct alfa__selection s = select_from(ALFA_CONTEXTUAL_FILTER, high, 1, low, 2);
    (void)state;
    assert_int_equal(s.kept[0], 1);
    assert_int_equal(s.kept[1], 2);
    assert_false(s.fallback);
    s = select_from(ALFA_CONTEXTUAL_FILTER, low, 2, high, 1);
    assert_int_equal(s.kept[0], 2);
    assert_int_equal(s.kept[1], 1);
    assert_false(s.fallback);
}

/* Prompts that stand on both sides vanish from both. */
static void test_duplicates_across_labels(void **state)
{
    static const double normal[] = {0.3, 0.25, 0.4, 0.4}, abnormal[] = {0.1, 0.3, 0.25};
    struct alfa__selection s = select_from(ALFA_CONTEXTUAL_FILTER, normal, 4, abnormal, 3);
    (void)state;
    assert_all_close(s.weights[0], (const double[]){0, 0, 1, 1}, 4, 0);
    assert_all_close(s.weights[1], (const double[]){1, 0, 0}, 3, 0);
}

/* Eq. 2-4 written down as they are printed, on random cosines. */
static void test_plain_oracle(void **state)
{
    uint32_t seed = 21;
    (void)state;
    for (int round = 0; round < 500; round++) {
        double d[2][MAX], low[2], high[2];
        int counts[2], kept[2] = {0};
        double shift = next_uniform(&seed) * 0.3;
        for (int side = 0; side < 2; side++) {
            counts[side] = 1 + (int)((next_uniform(&seed) + 1) / 2 * (MAX - 1));
            low[side] = INFINITY;
            high[side] = -INFINITY;
            for (int i = 0; i < counts[side]; i++) {
                d[side][i] = 0.1 * next_uniform(&seed) + (side ? shift : 0);
                low[side] = fmin(low[side], d[side][i]);
                high[side] = fmax(high[side], d[side][i]);
            }
        }
        double score[2][MAX];
        for (int side = 0; side < 2; side++)
            for (int i = 0; i < counts[side]; i++) {
                double p = d[side][i];
                double big_d =
                    fabs(fmax(0, fmax(low[0] - p, p - high[0])) - fmax(0, fmax(low[1] - p, p - high[1])));
                score[side][i] = big_d / (big_d + exp(-big_d));
                kept[side] += score[side][i] > 0;
            }
        bool fallback = !kept[0] || !kept[1];
        struct alfa__selection s = select_from(ALFA_CONTEXTUAL_WEIGHTED, d[0], counts[0], d[1], counts[1]);
        assert_int_equal(s.fallback, fallback);
        for (int side = 0; side < 2; side++) {
            assert_int_equal(s.kept[side], fallback ? counts[side] : kept[side]);
            for (int i = 0; i < counts[side]; i++)
                assert_close(s.weights[side][i], fallback ? 1 : score[side][i], 1e-16);
        }
    }
}

static void test_prototypes(void **state)
{
    enum { COUNT = 7, DIM = 19 };
    float rows[COUNT * DIM];
    double weights[COUNT] = {0.5, 0, 2, 0, 0, 1, 0.25}, out[DIM], unit[DIM], plain[3][DIM] = {{0}};
    uint32_t seed = 5;
    (void)state;
    random_floats(rows, COUNT * DIM, &seed);
    for (int i = 0; i < COUNT; i++) {
        plain_unit(unit, rows + i * DIM, DIM);
        for (int j = 0; j < DIM; j++) {
            plain[0][j] += unit[j];
            plain[1][j] += weights[i] * unit[j];
            plain[2][j] += rows[i * DIM + j];
        }
    }
    for (int i = 0; i < 3; i++)
        plain_normalise(plain[i], DIM);
    alfa__prototype(out, rows, NULL, COUNT, DIM);
    assert_all_close(out, plain[0], DIM, 1e-14);
    alfa__prototype(out, rows, weights, COUNT, DIM);
    assert_all_close(out, plain[1], DIM, 1e-14);
    alfa__prototype_of_raw(out, rows, COUNT, DIM);
    assert_all_close(out, plain[2], DIM, 1e-14);
}

static void test_zero_prototypes(void **state)
{
    static const float rows[] = {1, 0, -1, 0, 0, 0};
    static const double none[3] = {0, 0, 0}, zero[2] = {0, 0};
    double out[2];
    (void)state;
    alfa__prototype(out, rows, NULL, 3, 2);
    assert_all_close(out, zero, 2, 0);
    alfa__prototype(out, rows, none, 3, 2);
    assert_all_close(out, zero, 2, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cosines),
        cmocka_unit_test(test_equal_prompts_equal_cosines),
        cmocka_unit_test(test_score),
        cmocka_unit_test(test_partial_overlap),
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_single_prompts),
        cmocka_unit_test(test_duplicates_across_labels),
        cmocka_unit_test(test_plain_oracle),
        cmocka_unit_test(test_prototypes),
        cmocka_unit_test(test_zero_prototypes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
