#include "prompt/templates.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

typedef enum alfa_status make(struct alfa__sentences *, enum alfa_side, const char *, struct alfa_error *);

static bool contains(const struct alfa__sentences *sentences, const char *text)
{
    for (int i = 0; i < sentences->count; i++)
        if (strcmp(sentences->texts[i], text) == 0)
            return true;
    return false;
}

static struct alfa__sentences list(make *templates, enum alfa_side side, const char *noun)
{
    struct alfa__sentences out = {0};
    assert_int_equal(templates(&out, side, noun, NULL), ALFA_OK);
    return out;
}

/* alfa__templates_alfa() with the default domains. */
static enum alfa_status industrial(struct alfa__sentences *out, enum alfa_side side, const char *noun,
                                   struct alfa_error *err)
{
    struct alfa__domains domains;
    assert_int_equal(alfa__domains_read(&domains, NULL, err), ALFA_OK);
    return alfa__templates_alfa(out, side, noun, &domains, err);
}

static void test_alfa(void **state)
{
    struct alfa__sentences normal = list(industrial, ALFA_NORMAL, "bottle");
    struct alfa__sentences abnormal = list(industrial, ALFA_ABNORMAL, "metal nut");
    (void)state;
    assert_int_equal(normal.count, 72);
    assert_int_equal(abnormal.count, 72);
    assert_string_equal(normal.texts[0], "An industrial image of a normal bottle");
    assert_string_equal(normal.texts[1], "An industrial image of a normal bottle with no flaw");
    assert_string_equal(normal.texts[71], "A product-inspection image of an intact bottle with no damage");
    assert_string_equal(abnormal.texts[0], "An industrial image of an abnormal metal nut");
    assert_true(contains(&normal, "A manufacturing image of an unblemished bottle with no defect"));
    assert_true(contains(&abnormal, "A manufacturing image of an imperfect metal nut with damage"));
    alfa__sentences_free(&normal);
    alfa__sentences_free(&abnormal);
}

static void test_winclip(void **state)
{
    struct alfa__sentences normal = list(alfa__templates_winclip, ALFA_NORMAL, "bottle");
    struct alfa__sentences abnormal = list(alfa__templates_winclip, ALFA_ABNORMAL, "bottle");
    (void)state;
    assert_int_equal(normal.count, 154);
    assert_int_equal(abnormal.count, 88);
    assert_string_equal(normal.texts[0], "a cropped photo of a bottle.");
    assert_true(contains(&normal, "a jpeg corrupted photo of a perfect bottle."));
    assert_true(contains(&normal, "a photo of the small unblemished bottle."));
    assert_true(contains(&normal, "a photo of the bottle without damage for visual inspection."));
    assert_true(contains(&abnormal, "a photo of a large damaged bottle."));
    assert_true(contains(&abnormal, "a photo of a bottle with defect for anomaly detection."));
    alfa__sentences_free(&normal);
    alfa__sentences_free(&abnormal);
}

static void assert_list(const json_t *expected, make *templates, enum alfa_side side, const char *noun)
{
    struct alfa__sentences sentences = list(templates, side, noun);
    assert_int_equal(sentences.count, json_array_size(expected));
    for (int i = 0; i < sentences.count; i++)
        assert_string_equal(sentences.texts[i], json_string_value(json_array_get(expected, (size_t)i)));
    alfa__sentences_free(&sentences);
}

/* Word for word and in the order of the reference. */
static void test_golden(void **state)
{
    static const struct {
        const char *name;
        make *templates;
    } methods[] = {{"alfa", industrial}, {"winclip", alfa__templates_winclip}};
    json_t *root = json_load_file("tests/data/scores/prompts.json", 0, NULL), *lists;
    const char *noun;
    (void)state;
    assert_non_null(root);
    for (size_t i = 0; i < 2; i++) {
        json_object_foreach(json_object_get(root, methods[i].name), noun, lists)
        {
            assert_list(json_object_get(lists, "normal"), methods[i].templates, ALFA_NORMAL, noun);
            assert_list(json_object_get(lists, "abnormal"), methods[i].templates, ALFA_ABNORMAL, noun);
        }
    }
    json_decref(root);
}

/* ------------------------------------------------------------------ domains and templates of a user */

static void test_domains(void **state)
{
    static const char *const bad[] = {"",
                                      ",",
                                      "a,,b",
                                      "a,b,c,d,e,f,g,h,i",
                                      "two\nlines",
                                      "\xff",
                                      "a word that is much longer than forty bytes are"};
    struct alfa__domains domains;
    struct alfa_error err;
    (void)state;
    assert_int_equal(alfa__domains_read(&domains, "medical", NULL), ALFA_OK);
    assert_int_equal(domains.count, 3);
    assert_string_equal(domains.words[1], "clinical");
    assert_int_equal(alfa__domains_read(&domains, "aerial, underwater", NULL), ALFA_OK);
    assert_int_equal(domains.count, 2);
    assert_string_equal(domains.words[1], "underwater");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(alfa__domains_read(&domains, bad[i], &err), ALFA_ERROR_USAGE);
        assert_string_equal(err.source, "domain");
    }
}

static void test_own_templates(void **state)
{
    struct alfa_prompts *prompts;
    struct alfa_prompts_options options = ALFA_PROMPTS_OPTIONS_INIT;
    struct alfa_error err;
    char path[] = "/tmp/alfa-templates-XXXXXX";
    static const char text[] =
        "[normal]\nA {domain} view of a {class}\nA {class}\n[abnormal]\nA {domain} {class}\n";
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0 && write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1);
    close(fd);
    options.templates = path;
    options.domain = "medical";
    assert_int_equal(alfa_prompts_compose(&prompts, "tooth", &options, NULL), ALFA_OK);
    assert_int_equal(alfa_prompts_count(prompts, ALFA_NORMAL), 4);
    assert_int_equal(alfa_prompts_count(prompts, ALFA_ABNORMAL), 3);
    assert_string_equal(alfa_prompts_get(prompts, ALFA_NORMAL, 2), "A diagnostic view of a tooth");
    assert_string_equal(alfa_prompts_get(prompts, ALFA_NORMAL, 3), "A tooth");
    alfa_prompts_free(prompts);
    unlink(path);
    assert_int_equal(alfa_prompts_compose(&prompts, "tooth", &options, &err), ALFA_ERROR_INPUT);
    assert_null(prompts);
    options.templates = NULL;
    assert_int_equal(alfa_prompts_compose(&prompts, "tooth", &options, NULL), ALFA_OK);
    assert_int_equal(alfa_prompts_count(prompts, ALFA_NORMAL), 72);
    assert_string_equal(alfa_prompts_get(prompts, ALFA_ABNORMAL, 0), "A medical image of an abnormal tooth");
    alfa_prompts_free(prompts);
    options.size = 1;
    assert_int_equal(alfa_prompts_compose(&prompts, "tooth", &options, NULL), ALFA_ERROR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alfa),    cmocka_unit_test(test_winclip),       cmocka_unit_test(test_golden),
        cmocka_unit_test(test_domains), cmocka_unit_test(test_own_templates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
