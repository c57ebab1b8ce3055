/* FNV-1a against the values of its authors' test suite. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hash.h"

static void known_values(void **state)
{
    (void)state;
    assert_true(alfa__hash(ALFA__HASH_START, "", 0) == UINT64_C(0xcbf29ce484222325));
    assert_true(alfa__hash(ALFA__HASH_START, "a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(alfa__hash(ALFA__HASH_START, "foobar", 6) == UINT64_C(0x85944171f73967e8));
}

static void texts_end_where_they_end(void **state)
{
    const uint64_t start = ALFA__HASH_START;
    (void)state;
    assert_true(alfa__hash_text(alfa__hash_text(start, "ab"), "c") !=
                alfa__hash_text(alfa__hash_text(start, "a"), "bc"));
    assert_true(alfa__hash_text(start, "foo") == alfa__hash(start, "foo", 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(known_values),
                                       cmocka_unit_test(texts_end_where_they_end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
