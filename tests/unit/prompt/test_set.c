#include "base/strings.h"
#include "prompt/file.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char good[] =
    "# comment\n\n[normal]\n A normal image of {class} \n[abnormal]\nAn abnormal {class} of {class}\n";

/* ------------------------------------------------------------------ nouns */

static void assert_noun(const char *name, const char *expected)
{
    struct alfa_prompts *prompts;
    assert_int_equal(alfa_prompts_open(&prompts, name, NULL, NULL), ALFA_OK);
    assert_string_equal(alfa_prompts_class(prompts), expected);
    assert_int_equal(alfa_prompts_count(prompts, ALFA_NORMAL), 72);
    assert_int_equal(alfa_prompts_count(prompts, ALFA_ABNORMAL), 72);
    assert_non_null(strstr(alfa_prompts_get(prompts, ALFA_NORMAL, 0), expected));
    assert_null(alfa_prompts_get(prompts, ALFA_NORMAL, 72));
    assert_null(alfa_prompts_get(prompts, ALFA_NORMAL, -1));
    assert_null(alfa_prompts_get(prompts, (enum alfa_side)2, 0));
    alfa_prompts_free(prompts);
}

static void assert_bad_noun(const char *name, const char *message)
{
    struct alfa_prompts *prompts;
    struct alfa_error err;
    assert_int_equal(alfa_prompts_open(&prompts, name, NULL, &err), ALFA_ERROR_USAGE);
    assert_null(prompts);
    assert_string_equal(err.source, "class");
    assert_non_null(strstr(err.message, message));
    assert_int_equal(alfa_prompts_winclip(&prompts, name, &err), ALFA_ERROR_USAGE);
    assert_null(prompts);
}

static void test_nouns(void **state)
{
    char name[202];
    (void)state;
    assert_noun("bottle", "bottle");
    assert_noun("metal_nut", "metal nut");
    assert_noun("  _pipe__fryum_ ", "pipe fryum");
    assert_noun("Zahnbürste", "Zahnbürste");
    assert_noun("7", "7");
    assert_noun("{class}", "{class}");
    memset(name, 'x', sizeof name);
    name[200] = 0;
    assert_noun(name, name);
    name[200] = 'x';
    name[201] = 0;
    assert_bad_noun(name, "has 201 bytes, the limit is 200");
    assert_bad_noun("", "no letter or digit");
    assert_bad_noun(" _ ", "no letter or digit");
    assert_bad_noun("!?", "no letter or digit");
    assert_bad_noun("bot\ntle", "control character");
    assert_bad_noun("bottle\x1B[31m", "control character");
    assert_bad_noun("bottle\xC2\x85", "control character");
    assert_bad_noun("bottle\xFF", "UTF-8");
    assert_bad_noun(NULL, "missing");
    alfa_prompts_free(NULL);
}

static void test_winclip(void **state)
{
    struct alfa_prompts *prompts;
    (void)state;
    assert_int_equal(alfa_prompts_winclip(&prompts, "metal_nut", NULL), ALFA_OK);
    assert_int_equal(alfa_prompts_count(prompts, ALFA_NORMAL), 154);
    assert_int_equal(alfa_prompts_count(prompts, ALFA_ABNORMAL), 88);
    assert_string_equal(alfa_prompts_get(prompts, ALFA_NORMAL, 1), "a cropped photo of the metal nut.");
    alfa_prompts_free(prompts);
}

/* ------------------------------------------------------------------ files */

static enum alfa_status parse(struct alfa__sentences sides[2], const char *text, size_t size,
                              struct alfa_error *err)
{
    sides[0] = sides[1] = (struct alfa__sentences){0};
    return alfa__prompt_file_parse(sides, text, size, "set.txt", "nut", false, err);
}

static void release(struct alfa__sentences sides[2])
{
    alfa__sentences_free(&sides[0]);
    alfa__sentences_free(&sides[1]);
}

static void test_good_files(void **state)
{
    struct alfa__sentences sides[2];
    static const char crlf[] =
        "\xEF\xBB\xBF[abnormal]\r\nb {class}\r\n[normal]\r\na\r\n a\t\r\n[abnormal]\r\nc\r\nb nut";
    (void)state;
    assert_int_equal(parse(sides, good, strlen(good), NULL), ALFA_OK);
    assert_int_equal(sides[0].count, 1);
    assert_int_equal(sides[1].count, 1);
    assert_string_equal(sides[0].texts[0], "A normal image of nut");
    assert_string_equal(sides[1].texts[0], "An abnormal nut of nut");
    release(sides);
    assert_int_equal(parse(sides, crlf, strlen(crlf), NULL), ALFA_OK);
    assert_int_equal(sides[0].count, 1); /* duplicates count once */
    assert_int_equal(sides[1].count, 2);
    assert_string_equal(sides[0].texts[0], "a");
    assert_string_equal(sides[1].texts[0], "b nut");
    assert_string_equal(sides[1].texts[1], "c");
    release(sides);
}

static void assert_bad(const char *text, size_t size, enum alfa_status code, const char *message)
{
    struct alfa__sentences sides[2];
    struct alfa_error err;
    assert_int_equal(parse(sides, text, size, &err), code);
    assert_string_equal(err.source, "set.txt");
    if (!strstr(err.message, message))
        fail_msg("'%s' does not say '%s'", err.message, message);
    release(sides);
    assert_int_equal(parse(sides, text, size, NULL), code);
    release(sides);
}

static void test_bad_files(void **state)
{
    struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"", "no sentence under [normal]"},
        {"[normal]\na\n", "no sentence under [abnormal]"},
        {"[abnormal]\na\n[normal]\n# b\n", "no sentence under [normal]"},
        {"# c\n\nword\n[normal]\n", "line 3: text before a section"},
        {"[normal]\na\n[broken]\n", "line 3: unknown section"},
        {"[normal\n", "line 1: unknown section"},
        {"[normal]\na\xFF\n", "line 2: is not UTF-8"},
        {"[normal]\n\xED\xA0\x80\n", "line 2: is not UTF-8"},
        {"[normal]\n# \xFF\n", "line 2: is not UTF-8"},
        {"[normal]\na\x1B[0m\n", "line 2: a control character"},
        {"[normal]\ra\r[abnormal]\rb\r", "line 1: a control character"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_bad(cases[i].text, strlen(cases[i].text), ALFA_ERROR_INPUT, cases[i].message);
    assert_bad("[normal]\na\0b\n", 13, ALFA_ERROR_INPUT, "line 2: a zero byte");
    assert_bad("\0", 1, ALFA_ERROR_INPUT, "line 1: a zero byte");
}

/* "[normal]", count lines of length bytes each that differ, "[abnormal]", one line. */
static char *long_file(int count, int length)
{
    struct alfa__string out = {0};
    alfa__string_append(&out, "[normal]\n");
    for (int i = 0; i < count; i++)
        alfa__string_appendf(&out, "%0*d\n", length, i);
    alfa__string_append(&out, "[abnormal]\nx\n");
    return out.text;
}

static void assert_long(int count, int length, const char *message)
{
    char *text = long_file(count, length);
    struct alfa__sentences sides[2];
    if (message) {
        assert_bad(text, strlen(text), ALFA_ERROR_LIMIT, message);
    } else {
        assert_int_equal(parse(sides, text, strlen(text), NULL), ALFA_OK);
        assert_int_equal(sides[0].count, count);
        release(sides);
    }
    free(text);
}

static void test_limits(void **state)
{
    char line[1400] = "[normal]\n";
    (void)state;
    assert_long(4095, 10, NULL);
    assert_long(4096, 10, "more than 4096 sentences");
    assert_long(1, 1000, NULL);
    assert_long(1, 1001, "line 2: the sentence has more than 1000 bytes");
    assert_long(1100, 1000, "the limit is 1048576");
    for (int i = 0; i < 140; i++)
        strcat(line, "{class}a"); /* 8 bytes each, 4 with the noun */
    assert_bad(line, strlen(line), ALFA_ERROR_LIMIT, "line 2: the sentence has more than 1000 bytes");
}

static void test_noun_makes_sentence_long(void **state)
{
    struct alfa__sentences sides[2] = {{0}};
    struct alfa_error err;
    char noun[201], text[200] = "[normal]\n";
    (void)state;
    memset(noun, 'x', 200);
    noun[200] = 0;
    for (int i = 0; i < 6; i++)
        strcat(text, "{class}");
    assert_int_equal(alfa__prompt_file_parse(sides, text, strlen(text), "set.txt", noun, false, &err),
                     ALFA_ERROR_LIMIT);
    release(sides);
}

static void test_open_with_file(void **state)
{
    struct alfa_prompts *prompts;
    struct alfa_error err;
    char path[] = "/tmp/alfa-test-XXXXXX";
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, good, strlen(good)), strlen(good));
    close(fd);
    assert_int_equal(alfa_prompts_open(&prompts, "metal_nut", path, &err), ALFA_OK);
    assert_int_equal(alfa_prompts_count(prompts, ALFA_NORMAL), 73);
    assert_string_equal(alfa_prompts_get(prompts, ALFA_NORMAL, 72), "A normal image of metal nut");
    alfa_prompts_free(prompts);
    unlink(path);
    assert_int_equal(alfa_prompts_open(&prompts, "metal_nut", path, &err), ALFA_ERROR_INPUT);
    assert_null(prompts);
    assert_int_equal(alfa_prompts_open(&prompts, "metal_nut", "/tmp", &err), ALFA_ERROR_INPUT);
}

/* How many classes of MVTec AD and VisA a shipped file is for. */
static int classes_of(const char *path)
{
    return strstr(path, "generic")                     ? 0
           : strcmp(path, "prompts/macaroni.txt") == 0 ? 2
           : strcmp(path, "prompts/pcb.txt") == 0      ? 4
                                                       : 1;
}

/* As many as the paper says: 88 to 216 a label with its 72 templates, 146 in the mean of all classes. */
static void test_shipped_files(void **state)
{
    glob_t files;
    int sentences = 0, labels = 0;
    (void)state;
    assert_int_equal(glob("prompts/*.txt", 0, NULL, &files), 0);
    assert_int_equal(glob("prompts/expert/*.txt", GLOB_APPEND, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        struct alfa_prompts *prompts;
        struct alfa_error err;
        if (alfa_prompts_open(&prompts, "metal nut", files.gl_pathv[i], &err) != ALFA_OK)
            fail_msg("%s: %s", err.source, err.message);
        assert_in_range(alfa_prompts_count(prompts, ALFA_NORMAL), 72 + 16, 72 + 144);
        assert_in_range(alfa_prompts_count(prompts, ALFA_ABNORMAL), 72 + 16, 72 + 144);
        for (int side = 0; side < 2 && !strstr(files.gl_pathv[i], "expert"); side++) {
            sentences += classes_of(files.gl_pathv[i]) * alfa_prompts_count(prompts, (enum alfa_side)side);
            labels += classes_of(files.gl_pathv[i]);
        }
        alfa_prompts_free(prompts);
    }
    globfree(&files);
    assert_int_equal(labels, 2 * 27);
    assert_in_range(sentences, (146 - 4) * labels, (146 + 4) * labels);
}

/* ------------------------------------------------------------------ random bytes */

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    return *seed ^= *seed << 5;
}

/* Good text with some bytes replaced, or random pieces: it parses, or fails with a line. */
static void test_random_bytes(void **state)
{
    static const char *const pieces[] = {"[normal]\n", "[abnormal]\n", "\n", "\r\n", "#", "{class}",
                                         "{cl",        "\xEF\xBB\xBF", "a",  "[",    "]", "\xC3\xA9"};
    uint32_t seed = 11;
    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct alfa__sentences sides[2];
        struct alfa_error err;
        struct alfa__string text = {0};
        alfa__string_append_bytes(&text, good, next_random(&seed) % sizeof good);
        for (uint32_t i = 0, n = next_random(&seed) % 12; i < n; i++)
            alfa__string_append(&text, pieces[next_random(&seed) % 12]);
        for (uint32_t i = 0, n = next_random(&seed) % 3; i < n && text.size; i++)
            text.text[next_random(&seed) % text.size] = (char)next_random(&seed);
        enum alfa_status status = parse(sides, text.text, text.size, &err);
        assert_true(status == ALFA_OK || (status == ALFA_ERROR_INPUT && err.message[0]));
        assert_true(status != ALFA_OK || (sides[0].count && sides[1].count));
        release(sides);
        alfa__string_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nouns),          cmocka_unit_test(test_winclip),
        cmocka_unit_test(test_good_files),     cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_limits),         cmocka_unit_test(test_noun_makes_sentence_long),
        cmocka_unit_test(test_open_with_file), cmocka_unit_test(test_shipped_files),
        cmocka_unit_test(test_random_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
