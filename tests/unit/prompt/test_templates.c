#include "prompt/templates.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

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

static void test_alfa(void **state)
{
    struct alfa__sentences normal = list(alfa__templates_alfa, ALFA_NORMAL, "bottle");
    struct alfa__sentences abnormal = list(alfa__templates_alfa, ALFA_ABNORMAL, "metal nut");
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
    } methods[] = {{"alfa", alfa__templates_alfa}, {"winclip", alfa__templates_winclip}};
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alfa),
        cmocka_unit_test(test_winclip),
        cmocka_unit_test(test_golden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
