/* Filling a bank, its limits, and whether it fits a model and a class. */
#include "bank/data.h"
#include "unit/bank/support.h"

static void start(struct alfa__bank_data *bank, const char *noun)
{
    json_t *options = json_object();
    check(alfa__bank_init(bank, "alfa-tiny", "0123456789abcdef", noun, options, &err));
    json_decref(options);
}

static void test_fit(void **state)
{
    (void)state;
    struct alfa__bank_data bank;
    start(&bank, "bottle");
    assert_int_equal(alfa__bank_check(&bank, "b.bank", "alfa-tiny", "0123456789abcdef", "bottle", &err),
                     ALFA_OK);
    assert_int_equal(alfa__bank_check(&bank, "b.bank", "renamed", "0123456789abcdef", NULL, &err), ALFA_OK);
    assert_int_equal(alfa__bank_check(&bank, "b.bank", "alfa-tiny", "0123456789abcdee", "bottle", &err),
                     ALFA_ERROR_INPUT);
    assert_string_equal(err.source, "b.bank");
    assert_string_equal(err.message,
                        "was learned with the model alfa-tiny (0123456789abcdef), not with alfa-tiny "
                        "(0123456789abcdee): learn it again with this model");
    assert_int_equal(alfa__bank_check(&bank, "b.bank", "alfa-tiny", "0123456789abcdef", "nut", &err),
                     ALFA_ERROR_INPUT);
    assert_string_equal(err.message, "is a bank for the class \"bottle\", not \"nut\"");
    alfa__bank_free(&bank);
}

static void test_parts(void **state)
{
    (void)state;
    struct alfa__bank_data bank;
    struct alfa__memory *part;
    start(&bank, "bottle");
    for (int i = 0; i < ALFA__BANK_MAX_PARTS; i++) {
        char name[16];
        snprintf(name, sizeof name, "part%d", i);
        check(alfa__bank_add_part(&bank, &part, name, i, i + 1, &err));
        assert_true(part == alfa__bank_part(&bank, name) && part->window == i && part->dim == i + 1);
        assert_int_equal(alfa__bank_add_part(&bank, &part, name, 0, 1, &err),
                         i + 1 < ALFA__BANK_MAX_PARTS ? ALFA_ERROR_USAGE : ALFA_ERROR_LIMIT);
        assert_null(part);
    }
    assert_int_equal(alfa__bank_add_part(&bank, &part, "more", 0, 1, &err), ALFA_ERROR_LIMIT);
    assert_null(alfa__bank_part(&bank, "more"));
    assert_int_equal(bank.part_count, ALFA__BANK_MAX_PARTS);
    alfa__bank_free(&bank);
}

static void test_references(void **state)
{
    (void)state;
    static const char thumbnail[ALFA__BANK_MAX_THUMBNAIL + 1] = "jpeg";
    struct alfa__bank_data bank;
    start(&bank, "bottle");
    check(alfa__bank_add_reference(&bank, "a.png", 3, 4, &err));
    check(alfa__bank_set_thumbnail(&bank.references[0], thumbnail, 5, &err));
    check(alfa__bank_add_reference(&bank, "b\xFF.png", 5, 6, &err));
    assert_int_equal(bank.reference_count, 2);
    assert_string_equal(bank.references[0].name, "a.png");
    assert_memory_equal(bank.references[0].thumbnail, "jpeg", 5);
    assert_ptr_not_equal(bank.references[0].thumbnail, thumbnail);
    assert_string_equal(bank.references[1].name, "b\xEF\xBF\xBD.png");
    assert_null(bank.references[1].thumbnail);
    assert_int_equal(alfa__bank_add_reference(&bank, "c", 0, 4, &err), ALFA_ERROR_USAGE);
    assert_int_equal(alfa__bank_set_thumbnail(&bank.references[1], thumbnail, sizeof thumbnail, &err),
                     ALFA_ERROR_LIMIT);
    check(alfa__bank_set_thumbnail(&bank.references[1], NULL, 0, &err));
    assert_null(bank.references[1].thumbnail);
    assert_int_equal(bank.reference_count, 2);
    while (bank.reference_count < ALFA__BANK_MAX_REFERENCES)
        check(alfa__bank_add_reference(&bank, "c", 1, 1, &err));
    assert_int_equal(alfa__bank_add_reference(&bank, "c", 1, 1, &err), ALFA_ERROR_LIMIT);
    alfa__bank_free(&bank);
    alfa__bank_free(&bank);
}

static void test_texts(void **state)
{
    (void)state;
    char name[ALFA__BANK_MAX_TEXT + 2];
    struct alfa__bank_data bank;
    json_t *options = json_object(), *list = json_array();
    memset(name, 'n', sizeof name);
    name[ALFA__BANK_MAX_TEXT + 1] = 0;
    assert_int_equal(alfa__bank_init(&bank, "m", "f", name, options, &err), ALFA_ERROR_LIMIT);
    assert_null(bank.model);
    name[ALFA__BANK_MAX_TEXT] = 0;
    check(alfa__bank_init(&bank, "m", "f", name, options, &err));
    assert_string_equal(bank.noun, name);
    alfa__bank_free(&bank);
    memset(name, 0xFF, ALFA__BANK_MAX_TEXT); /* three bytes for each when replaced */
    assert_int_equal(alfa__bank_init(&bank, "m", "f", name, options, &err), ALFA_ERROR_LIMIT);
    assert_int_equal(alfa__bank_init(&bank, "m", "f", "nut", list, &err), ALFA_ERROR_USAGE);
    assert_int_equal(alfa__bank_init(&bank, "m", "f", "nut", NULL, &err), ALFA_ERROR_USAGE);
    json_decref(options);
    json_decref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fit),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
