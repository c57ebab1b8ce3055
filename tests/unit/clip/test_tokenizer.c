/* The expected ids are open_clip 2.24.0's. */
#include "base/files.h"
#include "base/strings.h"
#include "clip/clean.h"
#include "clip/tokenizer.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MERGES "models/clip-merges.txt"

/* clang-format off */
static const struct {
    const char *text;
    int count; /* without start and end */
    int ids[24];
} cases[] = {
    {"", 0, {0}},
    {"a photo of a bottle", 5, {320, 1125, 539, 320, 5392}},
    {"An industrial image of an intact bottle with no flaw", 10, {550, 7520, 2867, 539, 550, 26870, 5392, 593, 871, 34978}},
    {"metal_nut", 3, {4044, 318, 6491}},
    {"pcb1 pcb22", 5, {26235, 272, 26235, 273, 273}},
    {"It's WE'LL don't you're I'm I've he'd", 14, {585, 568, 649, 1342, 847, 713, 592, 982, 328, 880, 328, 1200, 797, 1896}},
    {"  tabs\011and\012\012lines  ", 3, {29163, 537, 3418}},
    {"don’t “quote” ﬁlter ﬂaw", 7, {847, 713, 257, 4020, 257, 7541, 34978}},
    {"\357\274\246\357\275\225\357\275\214\357\275\214\343\200\200\357\275\227\357\275\211\357\275\204\357\275\224\357\275\210\357\274\221\357\274\222", 4, {1476, 23571, 272, 273}},
    {"&amp;amp; &lt;b&gt; &#39;x&#x27; &eacute &EACUTE; &notit; &hellip;", 14, {261, 283, 321, 285, 262, 343, 262, 4166, 4166, 126, 361, 585, 282, 959}},
    {"<b> &rsquo; &amp;", 6, {283, 321, 285, 728, 503, 261}},
    {"cafe\314\201 CAF\303\211 \303\221AND\303\232", 5, {15304, 15304, 6445, 672, 36019}},
    {"ΟΔΥΣΣΕΥΣ ΣΑΣ Σ", 24, {138, 123, 138, 112, 139, 227, 139, 225, 139, 225, 138, 113, 139, 227, 139, 480, 139, 225, 138, 109, 139, 480, 139, 481}},
    {"İstanbul STRAßE", 7, {328, 16384, 11231, 1894, 127, 253, 324}},
    {"😀👍🏽 ok!!!", 4, {12832, 43722, 2481, 995}},
    {"漢字 한국어 हिन्दी العربية", 23, {162, 120, 95, 35751, 501, 15197, 250, 31871, 255, 31625, 368, 29446, 26721, 26090, 19389, 29552, 25751, 12973, 18843, 10948, 16378, 12046, 20915}},
    {"<start_of_text>x<END_OF_TEXT>", 3, {49406, 343, 49407}},
    {"<|endoftext|>", 6, {27, 347, 40786, 4160, 91, 285}},
    {"\001\033[31mred\033[0m\177", 1, {736}},
    {"½ ² Ⅳ Ⓐ", 7, {33613, 41175, 158, 227, 367, 27400, 494}},
    {"'ſ ''s", 5, {6, 129, 379, 8445, 338}},
    {" \302\240\342\200\203 ", 0, {0}},
    {"supercalifragilisticexpialidocious", 9, {1642, 2857, 13093, 2076, 5868, 26850, 835, 639, 38466}},
};
/* clang-format on */

static struct alfa__tokenizer *open_tokenizer(int vocab_size, int context_length)
{
    struct alfa__tokenizer *tokenizer;
    struct alfa_error err;
    assert_int_equal(
        alfa__tokenizer_open(&tokenizer, MERGES,
                             (struct alfa__vocabulary){vocab_size, context_length, ALFA__CLEANING_OPEN_CLIP},
                             &err),
        ALFA_OK);
    return tokenizer;
}

static void assert_ids(const struct alfa__tokenizer *tokenizer, const char *text, const int *expected,
                       int expected_count)
{
    int ids[512], count;
    bool truncated;
    assert_int_equal(alfa__tokenizer_encode(tokenizer, ids, &count, &truncated, text, NULL), ALFA_OK);
    assert_int_equal(count, expected_count);
    for (int i = 0; i < count; i++)
        assert_int_equal(ids[i], expected[i]);
}

static void test_cases(void **state)
{
    struct alfa__tokenizer *tokenizer = open_tokenizer(49408, 77);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int ids[26] = {49406};
        memcpy(ids + 1, cases[i].ids, (size_t)cases[i].count * sizeof *ids);
        ids[cases[i].count + 1] = 49407;
        assert_ids(tokenizer, cases[i].text, ids, cases[i].count + 2);
    }
    alfa__tokenizer_free(tokenizer);
}

static void test_small_vocabularies(void **state)
{
    static const int with_merges[] = {998, 320, 67,  548, 602, 538, 647, 971,
                                      579, 568, 557, 868, 272, 273, 999};
    static const int bytes_only[] = {512, 64, 321, 322, 256, 513};
    struct alfa__tokenizer *tokenizer = open_tokenizer(1000, 77);
    (void)state;
    assert_ids(tokenizer, "A damaged bottle's neck 12", with_merges, 15);
    alfa__tokenizer_free(tokenizer);
    tokenizer = open_tokenizer(514, 77);
    assert_ids(tokenizer, "Ab c!", bytes_only, 6);
    alfa__tokenizer_free(tokenizer);
}

static void test_truncation(void **state)
{
    struct alfa__tokenizer *tokenizer = open_tokenizer(49408, 7);
    int ids[7], count;
    bool truncated;
    (void)state;
    assert_int_equal(alfa__tokenizer_encode(tokenizer, ids, &count, &truncated, "a photo of a bottle", NULL),
                     ALFA_OK);
    assert_int_equal(count, 7);
    assert_false(truncated);
    assert_int_equal(
        alfa__tokenizer_encode(tokenizer, ids, &count, &truncated, "a photo of a bottle !", NULL), ALFA_OK);
    assert_int_equal(count, 7);
    assert_true(truncated);
    assert_int_equal(ids[0], 49406);
    assert_int_equal(ids[5], 5392);
    assert_int_equal(ids[6], 49407);
    assert_int_equal(
        alfa__tokenizer_encode(tokenizer, ids, NULL, NULL, "undamaged undamaged 123456789", NULL), ALFA_OK);
    assert_int_equal(ids[6], 49407);
    alfa__tokenizer_free(tokenizer);
}

static void test_long_text(void **state)
{
    struct alfa__tokenizer *tokenizer = open_tokenizer(49408, 77);
    struct alfa_error err;
    int ids[77], count;
    bool truncated;
    char *text = malloc(ALFA__TOKENIZER_TEXT_LIMIT + 2);
    (void)state;
    assert_non_null(text);
    memset(text, 'a', ALFA__TOKENIZER_TEXT_LIMIT + 1);
    text[ALFA__TOKENIZER_TEXT_LIMIT + 1] = 0;
    assert_int_equal(alfa__tokenizer_encode(tokenizer, ids, &count, &truncated, text, &err),
                     ALFA_ERROR_LIMIT);
    text[ALFA__TOKENIZER_TEXT_LIMIT] = 0;
    assert_int_equal(alfa__tokenizer_encode(tokenizer, ids, &count, &truncated, text, &err), ALFA_OK);
    assert_int_equal(count, 77);
    assert_true(truncated);
    free(text);
    alfa__tokenizer_free(tokenizer);
}

/* Every string of one file must have the ids of the other. */
static void check_golden(struct alfa__tokenizer *tokenizer, const char *strings_path, const char *ids_path,
                         size_t least)
{
    json_t *strings = json_load_file(strings_path, JSON_ALLOW_NUL, NULL);
    json_t *ids = json_load_file(ids_path, 0, NULL);
    assert_true(json_array_size(strings) >= least);
    assert_int_equal(json_array_size(ids), json_array_size(strings));
    for (size_t i = 0; i < json_array_size(strings); i++) {
        const json_t *row = json_array_get(ids, i);
        int expected[77];
        assert_in_range(json_array_size(row), 2, 77);
        for (size_t j = 0; j < json_array_size(row); j++)
            expected[j] = (int)json_integer_value(json_array_get(row, j));
        assert_ids(tokenizer, json_string_value(json_array_get(strings, i)), expected,
                   (int)json_array_size(row));
    }
    json_decref(strings);
    json_decref(ids);
    alfa__tokenizer_free(tokenizer);
}

static void test_golden(void **state)
{
    (void)state;
    check_golden(open_tokenizer(49408, 77), "tests/data/tokenizer/strings.json",
                 "tests/data/tokenizer/ids.json", 2000);
}

/* Where transformers differs from open_clip: nothing is repaired, nothing unescaped. */
static void test_transformers(void **state)
{
    struct alfa__tokenizer *tokenizer;
    struct alfa_error err;
    (void)state;
    assert_int_equal(alfa__tokenizer_open(&tokenizer, MERGES,
                                          (struct alfa__vocabulary){49408, 77, ALFA__CLEANING_TRANSFORMERS},
                                          &err),
                     ALFA_OK);
    check_golden(tokenizer, "tests/data/tokenizer/plain_strings.json", "tests/data/tokenizer/plain_ids.json",
                 400);
}

/* ------------------------------------------------------------------ bad input */

/* Opens a merges file with this text; returns the message, "" when it opened. */
static const char *open_text(const char *text, int vocab_size)
{
    static struct alfa_error err;
    struct alfa__tokenizer *tokenizer;
    char path[] = "/tmp/alfa-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    err.message[0] = 0;
    enum alfa_status status = alfa__tokenizer_open(
        &tokenizer, path, (struct alfa__vocabulary){vocab_size, 77, ALFA__CLEANING_OPEN_CLIP}, &err);
    unlink(path);
    assert_true(status == ALFA_OK ||
                (status == ALFA_ERROR_MODEL && !tokenizer && strcmp(err.source, path) == 0));
    alfa__tokenizer_free(tokenizer);
    return err.message;
}

static void assert_message(const char *text, int vocab_size, const char *expected)
{
    const char *message = open_text(text, vocab_size);
    if (!strstr(message, expected))
        fail_msg("'%s' does not say '%s'", message, expected);
}

static void test_bad_merges(void **state)
{
    struct alfa__tokenizer *tokenizer;
    struct alfa_error err;
    (void)state;
    assert_string_equal(open_text("#version: 0.2\na b\nab c</w>\n", 516), "");
    assert_string_equal(open_text("#version: 0.2\r\na b\r\nab c</w>", 516), "");
    assert_string_equal(open_text("#version: 0.2", 514), "");
    assert_message("#version: 0.2\na b\n\nb c\n", 516, "has 1 merges, the model needs 2");
    assert_message("#version: 0.2\na b\n", 516, "has 1 merges, the model needs 2");
    assert_message("", 515, "header");
    assert_message("a b\n", 515, "header");
    assert_message("#\nab\n", 515, "line 2 is not two symbols");
    assert_message("#\na b c\n", 515, "line 2 is not two symbols");
    assert_message("#\na b\n c\n", 516, "line 3 is not two symbols");
    assert_message("#\na b\nc \n", 516, "line 3 is not two symbols");
    assert_message("#\nab c\n", 515, "line 2 merges a symbol that no line before it makes");
    assert_message("#\na b\na b\n", 516, "line 3 makes a symbol that exists already");
    assert_message("#\n", 513, "does not fit");
    assert_message("#\n", INT32_MAX, "does not fit");
    assert_int_equal(alfa__tokenizer_open(&tokenizer, "/nonexistent/merges.txt",
                                          (struct alfa__vocabulary){1000, 77, ALFA__CLEANING_OPEN_CLIP},
                                          &err),
                     ALFA_ERROR_MODEL);
    assert_int_equal(err.code, ALFA_ERROR_MODEL);
    assert_null(tokenizer);
    assert_int_equal(alfa__tokenizer_open(&tokenizer, MERGES,
                                          (struct alfa__vocabulary){49408, 1, ALFA__CLEANING_OPEN_CLIP},
                                          NULL),
                     ALFA_ERROR_MODEL);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    return *seed ^= *seed << 5;
}

/* Pieces that have rules of their own, between random bytes. */
static void random_text(char *text, size_t size, uint32_t *seed)
{
    static const char *const pieces[] = {
        "&amp;", "&#x",      "&#1",      "&eacute",  "<",  "\xEF\xBB\xBF", "\xEF\xBD\xB6", "'s",
        "\x1B[", "\xCE\xA3", "\xC4\xB0", "\xCD\x85", "\n", "\r\n",         "\xED\xA0\x80", "<start_of_text>"};
    size_t used = 0;
    while (used + 16 < size) {
        uint32_t r = next_random(seed);
        const char *piece = pieces[r % 16];
        if (r & 16) {
            memcpy(text + used, piece, strlen(piece));
            used += strlen(piece);
        } else {
            text[used++] = (char)(1 + (r >> 8) % 255);
        }
    }
    text[used] = 0;
}

static void test_random_bytes(void **state)
{
    struct alfa__tokenizer *tokenizer = open_tokenizer(49408, 77);
    uint32_t seed = 4;
    char text[200];
    (void)state;
    for (int round = 0; round < 20000; round++) {
        int ids[77], count;
        random_text(text, 17 + next_random(&seed) % 180, &seed);
        assert_int_equal(alfa__tokenizer_encode(tokenizer, ids, &count, NULL, text, NULL), ALFA_OK);
        assert_in_range(count, 2, 77);
        assert_int_equal(ids[0], 49406);
        assert_int_equal(ids[count - 1], 49407);
        for (int i = 0; i < count; i++)
            assert_in_range(ids[i], 0, 49407);
    }
    alfa__tokenizer_free(tokenizer);
}

/* Random lines open or fail in one line, and nothing behind the text is read. */
static void test_random_merges(void **state)
{
    uint32_t seed = 7;
    (void)state;
    for (int round = 0; round < 3000; round++) {
        struct alfa__tokenizer *tokenizer;
        struct alfa_error err;
        size_t size = 2 + next_random(&seed) % 200;
        char *text = malloc(size);
        assert_non_null(text);
        memcpy(text, "#\n", 2);
        for (size_t i = 2; i < size; i++)
            text[i] = "ab \n\r</w>\xC4\xA0#"[next_random(&seed) % 12];
        enum alfa_status status = alfa__tokenizer_parse(
            &tokenizer, text, size, "merges",
            (struct alfa__vocabulary){514 + (int)(next_random(&seed) % 20), 77, ALFA__CLEANING_OPEN_CLIP},
            &err);
        assert_true(status == ALFA_OK ? tokenizer != NULL : status == ALFA_ERROR_MODEL && !tokenizer);
        alfa__tokenizer_free(tokenizer);
        free(text);
    }
}

static void test_clean(void **state)
{
    static const char *const pairs[][2] = {
        {"  A \t\n B ", "a b"},
        {"&amp;amp;amp;amp;amp;lt;", "<"},
        {"\xFF\xFE", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"a\xEF\xBF\xBE", "a\xEF\xBF\xBE"},
        {"&#0;&#xD800;&#x110000;&#99999999999999999999;", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"&#128;&#1;&#xFFFE;", "\xE2\x82\xAC"},
        {"&", "&"},
        {"&#", "&#"},
        {"&;", "&;"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char *clean = alfa__text_clean(pairs[i][0]);
        assert_string_equal(clean, pairs[i][1]);
        free(clean);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_small_vocabularies),
        cmocka_unit_test(test_truncation),
        cmocka_unit_test(test_long_text),
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_transformers),
        cmocka_unit_test(test_bad_merges),
        cmocka_unit_test(test_random_bytes),
        cmocka_unit_test(test_random_merges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
