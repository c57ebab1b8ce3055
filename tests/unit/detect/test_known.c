/* Known defects: what a place shares with one, what they do to scores, and when. */
#include "unit/bottle.h"

#include "bank/defects.h"
#include "detect/known.h"
#include "detect/trial.h"

#include <math.h>
#include <string.h>

enum { DIM = 4 };

/* ------------------------------------------------------------------ by hand */

static const float normal_row[DIM] = {1, 0, 0, 0}, one_row[DIM] = {0, 1, 0, 0}, two_row[DIM] = {0, 0, 1, 0};

static void make(struct alfa__memory *normal, struct alfa__memory *defects)
{
    assert_int_equal(alfa__memory_init(normal, "layer", 0, DIM, &err), ALFA_OK);
    assert_int_equal(alfa__memory_init(defects, ALFA__DEFECTS_NAME, 0, DIM, &err), ALFA_OK);
    assert_int_equal(alfa__memory_add(normal, normal_row, 1, (struct alfa__origin){0, 0}, &err), ALFA_OK);
    assert_int_equal(alfa__memory_add(defects, one_row, 1, (struct alfa__origin){5, 0}, &err), ALFA_OK);
    assert_int_equal(alfa__memory_add(defects, two_row, 1, (struct alfa__origin){6, 0}, &err), ALFA_OK);
}

static void measure(const struct alfa__query *query, const struct alfa__memory *normal,
                    struct alfa__arena *arena)
{
    assert_int_equal(alfa__memory_associate(normal, query->distances, NULL,
                                            (struct alfa__queries){query->rows, query->count, ALFA__NO_IMAGE},
                                            arena, &err),
                     ALFA_OK);
}

static void test_share(void **state)
{
    /* 2 x 2 cells: the normal row, between it and the first defect but nearer to that, the second, neither */
    static const float rows[4 * DIM] = {1, 0, 0, 0, 0.6F, 0.8F, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
    double distances[4];
    const struct alfa__query query = {rows, 4, 2, NULL, 1, distances};
    struct alfa__memory normal, defects;
    struct alfa__arena arena = {0};
    struct alfa__resemblance found;
    (void)state;
    make(&normal, &defects);
    measure(&query, &normal, &arena);
    assert_int_equal(alfa__known_compare(&found, &defects, &query, 2, ALFA__NO_IMAGE, &arena, &err), ALFA_OK);
    assert_true(found.map[0] == 0 && found.map[3] == 0);
    assert_true(fabs(found.map[1] - (0.2 - 0.1) / (0.2 + 0.1)) < 1e-6);
    assert_true(found.map[2] == 1 && found.share == 1);
    assert_int_equal(found.image, 6);
    assert_int_equal(alfa__known_compare(&found, &defects, &query, 1, 6, &arena, &err), ALFA_OK);
    assert_int_equal(found.image, 5); /* without the other one */
    assert_true(fabs(found.map[0] - found.share) < 1e-12 && fabs(found.share - 1 / 3.0) < 1e-6);
    alfa__memory_free(&normal);
    alfa__memory_free(&defects);
    alfa__arena_free(&arena);
}

/* Cells of a region lie where their places say; a finer map shows each on all of its patches. */
static void test_places(void **state)
{
    static const int places[] = {2};
    double distances[1];
    const struct alfa__query query = {one_row, 1, 2, places, 1, distances};
    struct alfa__memory normal, defects;
    struct alfa__arena arena = {0};
    struct alfa__resemblance found;
    (void)state;
    make(&normal, &defects);
    measure(&query, &normal, &arena);
    assert_int_equal(alfa__known_compare(&found, &defects, &query, 4, ALFA__NO_IMAGE, &arena, &err), ALFA_OK);
    for (int p = 0; p < 16; p++)
        assert_true(found.map[p] == (p / 4 >= 2 && p % 4 < 2 ? 1 : 0));
    alfa__memory_free(&normal);
    alfa__memory_free(&defects);
    alfa__arena_free(&arena);
}

static void test_join(void **state)
{
    double windows[] = {0.5, 0.2}, map[] = {0.25, 0.1};
    const double shares[] = {0, 0.5};
    struct alfa__judgement judgement = {.score = 0.4, .windows = windows, .map = map};
    (void)state;
    alfa__known_join(&judgement, shares, 2);
    assert_true(windows[0] == 0.5 && fabs(windows[1] - 0.6) < 1e-12 && fabs(map[1] - 0.55) < 1e-12);
    assert_true(fabs(judgement.score - 0.7) < 1e-12 && judgement.local == windows[1]);
}

/* A gain counts only when it is clear, and of three bad ones at least; a strange normal one is not asked. */
static void test_helps(void **state)
{
    struct alfa__reference references[] = {
        {.role = ALFA__ROLE_NORMAL, .score = 0.3}, {.role = ALFA__ROLE_NORMAL, .score = 0.9},
        {.role = ALFA__ROLE_GOOD, .score = 0.4},   {.role = ALFA__ROLE_BAD, .score = 0.5},
        {.role = ALFA__ROLE_BAD, .score = 0.6},    {.role = ALFA__ROLE_BAD, .score = 0.7}};
    const double worse[] = {0.3, 0.9, 0.4, 0.1, 0.2, 0.1}, one_worse[] = {0.3, 0.9, 0.4, 0.35, 0.6, 0.7},
                 same[] = {0.3, 0.9, 0.4, 0.5, 0.6, 0.7};
    int fold[] = {0, -1, -1, -1, -1, -1}; /* the second is strange: it was not learned */
    struct alfa_bank bank = {.store = {.references = references, .reference_count = 6}};
    const struct alfa__trial t = {.bank = &bank, .fold = fold};
    bool helps;
    (void)state;
    assert_int_equal(alfa__known_helps(&helps, &t, worse, &err), ALFA_OK);
    assert_true(helps);
    assert_int_equal(alfa__known_helps(&helps, &t, one_worse, &err), ALFA_OK);
    assert_false(helps);
    assert_int_equal(alfa__known_helps(&helps, &t, same, &err), ALFA_OK);
    assert_false(helps);
    bank.store.reference_count = 5;
    assert_int_equal(alfa__known_helps(&helps, &t, worse, &err), ALFA_OK);
    assert_false(helps);
}

/* ------------------------------------------------------------------ in a file */

static void refuse(struct alfa__bank_data *bank, const char *member, json_t *value)
{
    json_t *object = alfa__defects_json(&bank->defects);
    struct alfa__bank_data other = *bank;
    assert_int_equal(json_object_set_new(object, member, value), 0);
    other.defects = (struct alfa__memory){.rows = 0};
    assert_int_equal(alfa__defects_read(&other, object, "x.bank", &err), ALFA_ERROR_INPUT);
    assert_string_equal(err.source, "x.bank");
    alfa__memory_free(&other.defects);
    json_decref(object);
}

static void test_file(void **state)
{
    struct alfa__reference references[7] = {{.role = ALFA__ROLE_NORMAL}};
    struct alfa__bank_data bank = {.references = references, .reference_count = 7, .part_count = 2};
    struct alfa__memory defects;
    (void)state;
    make(&bank.parts[1], &defects);
    bank.parts[0].window = 2;
    for (int r = 5; r < 7; r++)
        references[r].role = ALFA__ROLE_BAD;
    bank.defects = defects;
    json_t *object = alfa__defects_json(&bank.defects);
    bank.defects = (struct alfa__memory){.rows = 0};
    assert_int_equal(alfa__defects_read(&bank, object, "x.bank", &err), ALFA_OK);
    assert_int_equal(bank.defects.rows, 2);
    assert_int_equal(bank.defects.origins[1].image, 6);
    assert_memory_equal(bank.defects.vectors, defects.vectors, 2 * DIM * sizeof(float));
    refuse(&bank, "dim", json_integer(DIM + 1));
    refuse(&bank, "images", json_pack("[i, i]", 5, 7)); /* there is none of that number */
    refuse(&bank, "images", json_pack("[i, i]", 0, 5)); /* not a bad one */
    refuse(&bank, "images", json_pack("[i]", 5));
    refuse(&bank, "rows", json_string("00ff"));
    refuse(&bank, "rows", json_string("0000003c00000000000000000000003x")); /* no digit */
    refuse(&bank, "rows", json_string("007c003c000000000000000000000000")); /* infinity */
    json_decref(object);
    alfa__memory_free(&bank.defects);
    alfa__memory_free(&bank.parts[1]);
    alfa__memory_free(&defects);
}

/* ------------------------------------------------------------------ learned */

static void add_bad(struct alfa_bank *bank, struct alfa_detector *detector, unsigned which, const char *name)
{
    struct alfa_image *image = fixture_picture(which, 100, 80);
    assert_int_equal(alfa_bank_add_known(bank, detector, image, name, ALFA_ROLE_BAD, "dent", &err), ALFA_OK);
    alfa_image_free(image);
}

/* Its strings live as long as the bank. */
static struct alfa_summary judge(struct alfa_detector *detector, unsigned which)
{
    struct alfa_result *result;
    struct alfa_image *image = fixture_picture(which, 100, 80);
    assert_int_equal(alfa_detector_run(&result, detector, image, &err), ALFA_OK);
    const struct alfa_summary summary = *alfa_result_summary(result);
    alfa_result_free(result);
    alfa_image_free(image);
    return summary;
}

/* What a picture looks like to the bank; *share gets how much. */
static const char *name_of(struct alfa_detector *detector, unsigned which, double *share)
{
    const struct alfa_summary s = judge(detector, which);
    assert_true((s.looks_like != NULL) == (s.looks_like_share > 0));
    assert_true(!s.looks_like || strcmp(s.looks_like_kind, "dent") == 0);
    *share = s.looks_like_share;
    return s.looks_like;
}

/* A known bad picture looks like itself, a normal one like none; the file keeps it. */
static void test_bank(void **state)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    char path[64] = "/tmp/alfa-known-XXXXXX";
    struct alfa_bank *bank, *loaded;
    double share, again;
    (void)state;
    options.threshold = 0; /* all are anomalies */
    struct alfa_detector *detector = fixture_detector(&f, &options);
    assert_int_equal(alfa_bank_new(&bank, detector, NULL, &err), ALFA_OK);
    for (unsigned i = 0; i < 4; i++)
        fixture_add(bank, detector, i, 100, 80);
    add_bad(bank, detector, 20, "one.png");
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    assert_false(alfa_bank_info(bank)->known_joins); /* one shows nothing */
    add_bad(bank, detector, 21, "two.png");
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    assert_int_equal(alfa_detector_use_bank(detector, bank, &err), ALFA_OK);
    assert_string_equal(name_of(detector, 20, &share), "one.png");
    assert_string_equal(name_of(detector, 21, &share), "two.png");
    assert_true(share > 0.99);
    assert_null(name_of(detector, 2, &again));
    assert_int_equal(close(mkstemp(path)), 0);
    assert_int_equal(alfa_bank_save(bank, path, &err), ALFA_OK);
    assert_int_equal(alfa_bank_load(&loaded, path, &err), ALFA_OK);
    assert_int_equal(alfa_detector_use_bank(detector, loaded, &err), ALFA_OK);
    assert_string_equal(name_of(detector, 21, &again), "two.png");
    assert_true(fabs(again - share) < 1e-3); /* kept as halves */
    alfa_detector_free(detector);
    alfa_bank_free(loaded);
    alfa_bank_free(bank);
    unlink(path);
}

/* S' = 1 - (1 - S)(1 - L), only for a bank that says so. */
static void test_scores(void **state)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    struct alfa_bank *bank;
    double share;
    (void)state;
    options.threshold = 0;
    options.tiles = 0;
    struct alfa_detector *detector = fixture_detector(&f, &options);
    assert_int_equal(alfa_bank_new(&bank, detector, NULL, &err), ALFA_OK);
    for (unsigned i = 0; i < 4; i++)
        fixture_add(bank, detector, i, 100, 80);
    add_bad(bank, detector, 20, "one.png");
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    assert_int_equal(alfa_detector_use_bank(detector, bank, &err), ALFA_OK);
    const double alone = judge(detector, 20).score, good = judge(detector, 2).score;
    assert_non_null(name_of(detector, 20, &share));
    bank->known_joins = true;
    assert_true(alone < 0.9);
    assert_true(fabs(judge(detector, 20).score - (1 - (1 - alone) * (1 - share))) < 1e-9);
    assert_true(fabs(judge(detector, 2).score - good) < 1e-12); /* it is like none of them */
    alfa_detector_free(detector);
    alfa_bank_free(bank);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_share),  cmocka_unit_test(test_places), cmocka_unit_test(test_join),
        cmocka_unit_test(test_helps),  cmocka_unit_test(test_file),   cmocka_unit_test(test_bank),
        cmocka_unit_test(test_scores),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
