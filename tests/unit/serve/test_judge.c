/* What is answered to many who ask at once is what each would have been told alone, to the last digit. */
#include "unit/fixture.h"

#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "serve/judge.h"

/* More classes than detectors are kept. */
enum { CLASSES = 9, PICTURES = 2, QUESTIONS = CLASSES * PICTURES, ASKERS = 4 };

static const char *const pictures[PICTURES] = {"examples/images/plate/chip.jpg",
                                               "examples/images/plate/good_1.jpg"};

struct told {
    char *text;
    float *map;
    size_t size;
};

static struct alfa__judge *judge;
static struct alfa_image *images[PICTURES];
static struct told expected[QUESTIONS];
static atomic_int different;

/* Without how long it took. */
static struct told ask(int question)
{
    char name[32];
    struct alfa__opinion opinion;
    struct alfa_error err;
    const struct alfa__question q = {.class_name = name,
                                     .method = question % 2 ? ALFA_METHOD_WINCLIP : ALFA_METHOD_ALFA,
                                     .tiles = question % 5 == 0 ? 2 : 0,
                                     .threshold = NAN,
                                     .most_prompts = 20};
    snprintf(name, sizeof name, "thing %d", question / PICTURES);
    const enum alfa_status status = alfa__judge_run(judge, &opinion, &q, images[question % PICTURES], &err);
    if (status != ALFA_OK)
        return (struct told){strdup(err.message), NULL, 0};
    json_object_del(opinion.report, "seconds");
    const struct told told = {json_dumps(opinion.report, JSON_SORT_KEYS), opinion.map,
                              (size_t)opinion.map_width * (size_t)opinion.map_height * sizeof(float)};
    opinion.map = NULL;
    alfa__opinion_free(&opinion);
    return told;
}

static void told_free(struct told *told)
{
    free(told->text);
    free(told->map);
}

static void *ask_all(void *context)
{
    const int first = *(const int *)context;
    for (int i = 0; i < QUESTIONS; i++) {
        const int question = (first + 5 * i) % QUESTIONS;
        struct told told = ask(question);
        const struct told *same = &expected[question];
        if (strcmp(told.text, same->text) != 0 || told.size != same->size ||
            (told.size && memcmp(told.map, same->map, told.size) != 0))
            different++;
        told_free(&told);
    }
    return NULL;
}

static void answers_do_not_depend_on_who_else_asks(void **state)
{
    static int firsts[ASKERS];
    struct fixture fixture;
    struct alfa_error err;
    pthread_t threads[ASKERS];
    (void)state;
    snprintf(fixture.cache, sizeof fixture.cache, "/tmp/alfa-judge-XXXXXX");
    assert_non_null(mkdtemp(fixture.cache));
    fixture.model = fixture_model("openclip-gelu", fixture.cache);
    assert_int_equal(alfa__judge_open(&judge, fixture.model, NULL, 3, &err), ALFA_OK);
    for (int i = 0; i < PICTURES; i++)
        assert_int_equal(alfa_image_load(&images[i], pictures[i], &err), ALFA_OK);
    for (int i = 0; i < QUESTIONS; i++) {
        expected[i] = ask(i);
        assert_true(expected[i].size > 0);
    }
    for (int i = 0; i < ASKERS; i++) {
        firsts[i] = 5 * i;
        pthread_create(&threads[i], NULL, ask_all, &firsts[i]);
    }
    for (int i = 0; i < ASKERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(different, 0);
    assert_int_equal(alfa__judge_detectors(judge), 8);
    for (int i = 0; i < QUESTIONS; i++)
        told_free(&expected[i]);
    for (int i = 0; i < PICTURES; i++)
        alfa_image_free(images[i]);
    alfa__judge_close(judge);
    alfa_model_free(fixture.model);
    folder_remove(fixture.cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(answers_do_not_depend_on_who_else_asks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
