/* What references offer, and memories that are built from it. */
#include "bank/build.h"
#include "unit/bank/support.h"

#include <math.h>

#define DIM 7
#define ROWS 30 /* of a look */

static struct alfa__arena arena;

static void start(struct alfa__bank_data *bank)
{
    struct alfa__memory *part;
    json_t *options = json_object();
    check(alfa__bank_init(bank, "m", "f", "nut", options, &err));
    check(alfa__bank_add_part(bank, &part, "patch", 0, DIM, &err));
    json_decref(options);
}

/* A reference with one look of ROWS rows and as many turned rows as said. */
static void add(struct alfa__bank_data *bank, unsigned which, int turned)
{
    char name[16];
    float *rows = random_rows(ROWS + turned, DIM, which + 1);
    snprintf(name, sizeof name, "%02x", which * 37 % 256);
    check(alfa__bank_add_reference(bank, name, 1, 1, &err));
    struct alfa__reference *r = &bank->references[bank->reference_count - 1];
    strcpy(r->digest, name);
    struct alfa__kept_pass *pass = alfa__kept_passes_add(&r->passes);
    pass->rows[0].side = 6;
    check(alfa__rows_append(&pass->rows[0], rows, ROWS, DIM, "rows", &err));
    check(alfa__rows_append(&r->offers[0].turned, rows + ROWS * DIM, turned, DIM, "rows", &err));
    free(rows);
}

/* The rows on offer; returns how many. */
static int offered(float *out, const struct alfa__reference *r, bool turned, int most)
{
    const struct alfa__picked rows = alfa__offer(r, 0, turned, most);
    for (int i = 0; i < rows.count && out; i++)
        alfa__offer_get(out + i * DIM, r, 0, DIM, rows.rows ? rows.rows[i] : i);
    return rows.count;
}

static void cut(struct alfa__reference *r, int least, int most)
{
    check(alfa__offer_cut(r, 0, DIM, (struct alfa__share){least, most}, &arena, &err));
}

/* Rows lose to halves what halves cannot hold, and nothing else. */
static void test_rows(void **state)
{
    (void)state;
    struct alfa__rows rows = {.side = 1};
    float *numbers = random_rows(5, DIM, 3), bad[DIM] = {[2] = INFINITY}, *back;
    check(alfa__rows_append(&rows, numbers, 2, DIM, "r", &err));
    check(alfa__rows_append(&rows, numbers + 2 * DIM, 3, DIM, "r", &err));
    assert_int_equal(alfa__rows_append(&rows, bad, 1, DIM, "r", &err), ALFA_ERROR_RUNTIME);
    assert_int_equal(rows.count, 5);
    check(alfa__rows_unpack(&back, &rows, DIM, &arena, &err));
    for (int i = 0; i < 5; i++)
        assert_true(plain_distance(numbers + i * DIM, back + i * DIM, DIM) < ALFA__MEMORY_ROUNDING);
    free(rows.halves);
    free(numbers);
}

/* To 79 of 80, to 20 and then to 8 is the same as to 8, with turned rows too, of which only those that are
 * kept stay. */
static void test_cut_twice(void **state)
{
    (void)state;
    for (int turned = 0; turned <= 50; turned += 50) {
        struct alfa__bank_data bank;
        float once[8 * DIM], twice[8 * DIM];
        start(&bank);
        add(&bank, 1, turned);
        add(&bank, 1, turned);
        struct alfa__reference *a = &bank.references[0], *b = &bank.references[1];
        assert_int_equal(offered(NULL, a, true, 0), ROWS + turned);
        cut(a, 1000, 1000);
        assert_null(a->offers[0].kept.rows);
        cut(a, ROWS + turned - 1, ROWS + turned + 1);
        assert_int_equal(a->offers[0].turned.count, turned);
        cut(a, 20, 20);
        assert_int_equal(offered(NULL, a, true, 20), 20);
        cut(a, 8, 8);
        cut(b, 8, 8);
        assert_int_equal(offered(twice, a, true, 8), 8);
        assert_int_equal(offered(once, b, true, 8), 8);
        assert_memory_equal(once, twice, sizeof once);
        assert_int_equal(a->offers[0].turned.count, b->offers[0].turned.count);
        assert_true(a->offers[0].turned.count <= 8);
        alfa__bank_free(&bank);
    }
}

/* Whatever the share, any number within it is what it alone would be: picked rows, and all in their order
 * when there are no more. */
static void test_within_the_share(void **state)
{
    (void)state;
    for (int turned = 0; turned <= 50; turned += 50)
        for (int most = ROWS + turned - 5; most < ROWS + turned + 5; most++) {
            struct alfa__bank_data bank;
            float some[(ROWS + 55) * DIM], alone[(ROWS + 55) * DIM];
            start(&bank);
            add(&bank, 1, turned);
            add(&bank, 1, turned);
            struct alfa__reference *a = &bank.references[0], *b = &bank.references[1];
            cut(a, 20, ROWS + turned + 5);
            cut(b, most, most);
            const int count = offered(some, a, true, most);
            assert_int_equal(count, most < ROWS + turned ? most : ROWS + turned);
            assert_int_equal(offered(alone, b, true, most), count);
            assert_memory_equal(some, alone, (size_t)(count * DIM) * sizeof *some);
            alfa__bank_free(&bank);
        }
}

/* What a picture offers without its turned rows is what it would offer if there were none, and can be more
 * again than it was. */
static void test_own_rows(void **state)
{
    (void)state;
    struct alfa__bank_data bank;
    float own[20 * DIM], alone[20 * DIM];
    start(&bank);
    add(&bank, 1, 50);
    add(&bank, 1, 0);
    struct alfa__reference *a = &bank.references[0], *b = &bank.references[1];
    assert_int_equal(offered(NULL, a, false, 0), ROWS);
    for (int most = 8; most <= 20; most += 12) {
        cut(a, most, most);
        cut(b, most, most);
        assert_int_equal(offered(own, a, false, most), most);
        assert_int_equal(offered(alone, b, true, most), most);
        assert_memory_equal(own, alone, (size_t)(most * DIM) * sizeof *own);
    }
    assert_int_equal(offered(NULL, a, true, 20), 8);
    alfa__bank_free(&bank);
}

static void test_limit(void **state)
{
    (void)state;
    assert_int_equal(alfa__offer_limit(0, 5), 0);
    assert_int_equal(alfa__offer_limit(1000, 1), 1000 * ALFA__OVERSAMPLING);
    assert_int_equal(alfa__offer_limit(1000, 10000), ALFA__LEAST_OFFER);
    for (int n = 1; n < 400; n++)
        assert_true(alfa__offer_limit(1000, n + 1) <= alfa__offer_limit(1000, n));
}

static void test_sorted_by_role_and_digest(void **state)
{
    (void)state;
    struct alfa__bank_data bank;
    start(&bank);
    for (unsigned i = 0; i < 9; i++) {
        add(&bank, i, 0);
        bank.references[i].role = i % 3 ? ALFA__ROLE_NORMAL : ALFA__ROLE_BAD;
    }
    alfa__bank_sort(&bank);
    for (int i = 1; i < 9; i++) {
        const struct alfa__reference *a = &bank.references[i - 1], *b = &bank.references[i];
        assert_true(a->role < b->role || (a->role == b->role && strcmp(a->digest, b->digest) < 0));
    }
    assert_int_equal(alfa__bank_count(&bank, ALFA__ROLE_BAD), 3);
    assert_ptr_equal(alfa__bank_find(&bank, "03"), &bank.references[0]);
    assert_null(alfa__bank_find(&bank, "ff"));
    alfa__bank_free(&bank);
}

/* A memory from the pool is what greedy k-centre makes of the same rows, and knows whose they are. */
static void test_pool(void **state)
{
    (void)state;
    struct alfa__bank_data bank;
    struct alfa__pool pool;
    struct alfa__memory memory, all;
    const bool everyone[4] = {true, true, true, true}, some[4] = {true, false, true, true};
    int wanted[40], picked;
    start(&bank);
    for (unsigned i = 0; i < 4; i++)
        add(&bank, i, 10);
    check(alfa__pool_open(&pool, &bank, 0, everyone, &arena, &err));
    check(alfa__pool_build(&memory, &pool, some, 40, &arena, &err));
    check(alfa__bank_gather(&all, &bank, 0, some, &err));
    assert_int_equal(all.rows, 3 * (ROWS + 10));
    const struct alfa__coreset rows = {.rows = all.vectors, .count = all.rows, .dim = DIM};
    const struct alfa__choice among = {&rows, NULL, all.rows};
    check(alfa__coreset_pick(wanted, &picked, &among, 40, &arena, &err));
    assert_true(picked == 40 && memory.rows == 40);
    for (int i = 0; i < 40; i++) {
        assert_memory_equal(memory.vectors + i * DIM, all.vectors + wanted[i] * DIM, DIM * sizeof(float));
        assert_memory_equal(&memory.origins[i], &all.origins[wanted[i]], sizeof *all.origins);
        assert_int_not_equal(memory.origins[i].image, 1);
    }
    alfa__memory_free(&memory);
    check(alfa__pool_build(&memory, &pool, some, 0, &arena, &err));
    assert_int_equal(memory.rows, all.rows);
    alfa__memory_free(&memory);
    alfa__memory_free(&all);
    alfa__pool_free(&pool);
    alfa__bank_free(&bank);
}

static int clean(void **state)
{
    (void)state;
    alfa__arena_free(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_cut_twice),
        cmocka_unit_test(test_within_the_share),
        cmocka_unit_test(test_own_rows),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_sorted_by_role_and_digest),
        cmocka_unit_test(test_pool),
    };
    return cmocka_run_group_tests(tests, NULL, clean);
}
