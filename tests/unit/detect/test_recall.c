/* How the memory joins the words, by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "detect/recall.h"

#include <math.h>
#include <string.h>

enum { PATCHES = 4 };

static const double words[PATCHES] = {0.2, 0.4, 0.1, 0.3}, pixels[PATCHES] = {0.25, 0.35, 0.15, 0.3};
static const double few[PATCHES] = {0.1, 0.05, 0.17, 0};

struct joined {
    double windows[PATCHES], map[PATCHES], local, score;
};

static struct joined join(const struct alfa__fusion *fusion)
{
    const struct alfa__ground ground = {2, NULL};
    struct alfa__arena arena = {0};
    struct joined out;
    memcpy(out.windows, words, sizeof words);
    memcpy(out.map, pixels, sizeof pixels);
    struct alfa__judgement judgement = {.global = 0.6, .score = 0.5, .windows = out.windows, .map = out.map};
    assert_int_equal(alfa__judge_with_memory(&judgement, few, ground, fusion, &arena, NULL), ALFA_OK);
    alfa__arena_free(&arena);
    out.local = judgement.local;
    out.score = judgement.score;
    return out;
}

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-12;
}

static void test_paper(void **state)
{
    (void)state;
    const struct alfa__fusion fusion = {.kind = ALFA_FUSION_PAPER};
    const struct joined got = join(&fusion);
    double largest = 0;
    for (int i = 0; i < PATCHES; i++) {
        assert_true(near(got.windows[i], (words[i] + few[i]) / 2));
        assert_true(near(got.map[i], (pixels[i] + few[i]) / 2));
        largest = fmax(largest, got.windows[i]);
    }
    assert_true(near(got.local, largest));
    assert_true(near(got.score, (0.6 + largest) / 2));
}

static void test_winclip(void **state)
{
    (void)state;
    const struct alfa__fusion fusion = {.winclip = true, .kind = ALFA_FUSION_PAPER};
    assert_true(near(join(&fusion).score, (0.6 + 0.17) / 2));
}

static void test_odds(void **state)
{
    (void)state;
    const struct alfa__fusion fusion = {
        .kind = ALFA_FUSION_ODDS, .weight = 0.9, .map_weight = 0.8, .level = 0.05};
    const struct joined got = join(&fusion);
    const double ratios[PATCHES] = {2, 1, 3.4, 0};
    for (int i = 0; i < PATCHES; i++) {
        const double memory = ratios[i] / (ratios[i] + 1);
        assert_true(near(got.windows[i], 0.1 * words[i] + 0.9 * memory));
        assert_true(near(got.map[i], 0.2 * pixels[i] + 0.8 * memory));
    }
    assert_true(near(got.score, 0.1 * 0.5 + 0.9 * 3.4 / 4.4));
}

/* The map of ODDS, and of the 10 largest of its 32 x 32 places between the patches the mean: those next to
 * the corner of the strangest patch, which all have its value. */
static void test_top(void **state)
{
    (void)state;
    const struct alfa__fusion odds = {
        .kind = ALFA_FUSION_ODDS, .weight = 0.9, .map_weight = 0.8, .level = 0.05};
    struct alfa__fusion top = odds;
    top.kind = ALFA_FUSION_TOP;
    const struct joined got = join(&top), expected = join(&odds);
    assert_memory_equal(got.map, expected.map, sizeof got.map);
    assert_memory_equal(got.windows, expected.windows, sizeof got.windows);
    assert_true(fabs(got.score - (0.2 * pixels[2] + 0.8 * 3.4 / 4.4)) < 1e-6);
}

/* The words' own image score is the mean of the top 1 % of their map. */
static void test_odds_of_top(void **state)
{
    (void)state;
    const struct alfa__fusion fusion = {.top = true, .kind = ALFA_FUSION_ODDS, .weight = 0.9, .level = 0.05};
    assert_true(fabs(join(&fusion).score - (0.1 * 0.35 + 0.9 * 3.4 / 4.4)) < 1e-6);
}

/* A level of 0: only a distance of 0 is normal. */
static void test_no_level(void **state)
{
    (void)state;
    const struct alfa__fusion fusion = {.kind = ALFA_FUSION_ODDS, .weight = 1, .map_weight = 1};
    const struct joined got = join(&fusion);
    for (int i = 0; i < PATCHES; i++)
        assert_true(got.map[i] == (i < 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paper), cmocka_unit_test(test_winclip),     cmocka_unit_test(test_odds),
        cmocka_unit_test(test_top),   cmocka_unit_test(test_odds_of_top), cmocka_unit_test(test_no_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
