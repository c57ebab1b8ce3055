/* Odd characters are found whatever bytes stand beside them; a message is one line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/plain.h"
#include "base/status.h"

#include <string.h>

static void check(const char *text, const char *expected)
{
    char copy[128];
    strcpy(copy, text);
    alfa__plain(copy);
    assert_string_equal(copy, expected);
}

static void test_letters_stay(void **state)
{
    (void)state;
    check("", "");
    check("Größe ~ 中文 \U0001F600 \u200d", "Größe ~ 中文 \U0001F600 \u200d");
    check("\u00a0\u061b\u202f\u2065", "\u00a0\u061b\u202f\u2065"); /* neighbours of odd ones */
}

static void test_odd_ones_go(void **state)
{
    (void)state;
    check("a\tb\nc\x7f\x1b[2J", "a?b?c??[2J");
    check("\xc2\x80\xc2\x9f\u061c\u200e\u200f\u2028\u202a\u202e\u2066\u2069", "??????????");
    check("\x9b"
          "1m \x80\xbf",
          "?1m ?\xbf");
}

/* A lead byte does not swallow what follows it, nor the end. */
static void test_damaged_text(void **state)
{
    (void)state;
    check("\xc2", "\xc2");
    check("\xe2\x80", "\xe2?");
    check("\xe2\nx", "\xe2?x");
    check("\xf0\x9f\x9b", "\xf0??");
    check("caf\xe9", "caf\xe9");
}

static void test_messages_are_one_line(void **state)
{
    struct alfa_error err;
    (void)state;
    assert_int_equal(alfa__fail(&err, ALFA_ERROR_INPUT, "a\nb", "\"%s\"", "x\ny\u202e"), ALFA_ERROR_INPUT);
    assert_string_equal(err.message, "\"x?y?\"");
    assert_string_equal(err.source, "a\nb"); /* a name as it is */
}

static void test_memory_says_how_much(void **state)
{
    struct alfa_error err;
    (void)state;
    assert_int_equal(alfa__fail_memory(&err, 12), ALFA_ERROR_MEMORY);
    assert_string_equal(err.message, "cannot allocate 12 bytes");
    assert_int_equal(alfa__fail_memory(&err, 0), ALFA_ERROR_MEMORY);
    assert_string_equal(err.message, "there is not enough memory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letters_stay),         cmocka_unit_test(test_odd_ones_go),
        cmocka_unit_test(test_damaged_text),         cmocka_unit_test(test_messages_are_one_line),
        cmocka_unit_test(test_memory_says_how_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
