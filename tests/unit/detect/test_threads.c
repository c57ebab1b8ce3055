/* What alfa.h promises: threads may share a model and prompts, and one detector as well, and the scores and
 * maps are those of one thread alone. However many threads one detector has inside, it says the
 * same, and so does a child of a thread that has judged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "alfa.h"
#include "nn/linear.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 4
#define IMAGES 3
#define PATCHES (15 * 15)

/* Score and map of an image; the score is -1 where something failed. */
struct answer {
    double score;
    float map[PATCHES];
};

static struct alfa_model *model;
static struct alfa_prompts *prompts;
static struct alfa_image *images[IMAGES];

static void keep(struct answer *out, const struct alfa_result *result)
{
    int side;
    const float *map = alfa_result_grid(result, &side);
    if (side * side != PATCHES)
        return;
    out->score = alfa_result_summary(result)->score;
    memcpy(out->map, map, sizeof out->map);
}

static struct alfa_detector *shared; /* by all threads; NULL: each opens its own */

/* Answers for all images into out[IMAGES]. */
static void *judge_all(void *out)
{
    struct alfa_detector *detector = shared;
    struct answer *answers = out;
    for (int i = 0; i < IMAGES; i++)
        answers[i].score = -1;
    if (!shared && alfa_detector_open(&detector, model, prompts, NULL, NULL) != ALFA_OK)
        return NULL;
    for (int i = 0; i < IMAGES; i++) {
        struct alfa_result *result;
        if (alfa_detector_run(&result, detector, images[i], NULL) == ALFA_OK)
            keep(&answers[i], result);
        alfa_result_free(result);
    }
    if (!shared)
        alfa_detector_free(detector);
    return NULL;
}

static int open_images(void **state)
{
    static const char *const paths[IMAGES] = {"tests/data/images/valid/rgb.png",
                                              "examples/images/plate/chip.jpg",
                                              "examples/images/brick_wall/hole.jpg"};
    (void)state;
    for (int i = 0; i < IMAGES; i++)
        if (alfa_image_load(&images[i], paths[i], NULL) != ALFA_OK)
            return 1;
    return alfa_prompts_open(&prompts, "plate", NULL, NULL) != ALFA_OK;
}

static int close_images(void **state)
{
    (void)state;
    for (int i = 0; i < IMAGES; i++)
        alfa_image_free(images[i]);
    alfa_prompts_free(prompts);
    return 0;
}

static void judge_together(void)
{
    static struct answer alone[IMAGES], together[THREADS][IMAGES];
    pthread_t threads[THREADS];
    for (int t = 0; t < THREADS; t++) /* first, so that the towers are made by threads at once */
        assert_int_equal(pthread_create(&threads[t], NULL, judge_all, together[t]), 0);
    for (int t = 0; t < THREADS; t++)
        assert_int_equal(pthread_join(threads[t], NULL), 0);
    judge_all(alone);
    for (int i = 0; i < IMAGES; i++) {
        assert_true(alone[i].score >= 0);
        for (int t = 0; t < THREADS; t++) {
            assert_true(together[t][i].score == alone[i].score);
            assert_memory_equal(together[t][i].map, alone[i].map, sizeof alone[i].map);
        }
    }
}

static void open_model(void)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    options.threads = 1;
    assert_int_equal(alfa_model_open(&model, "models/alfa-tiny", &options, NULL), ALFA_OK);
}

static void test_shared_model(void **state)
{
    (void)state;
    open_model();
    judge_together();
    alfa_model_free(model);
}

static void check_shared_detector(enum alfa_method method)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    options.method = method;
    open_model();
    assert_int_equal(alfa_detector_open(&shared, model, prompts, &options, NULL), ALFA_OK);
    judge_together();
    alfa_detector_free(shared);
    alfa_model_free(model);
    shared = NULL;
}

static void test_shared_detector(void **state)
{
    (void)state;
    check_shared_detector(ALFA_METHOD_ALFA);
    check_shared_detector(ALFA_METHOD_MASKCLIP);
}

static void judge_with(struct answer *out, enum alfa_precision precision, int threads)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    options.precision = precision;
    options.threads = threads;
    assert_int_equal(alfa_model_open(&model, "models/alfa-tiny", &options, NULL), ALFA_OK);
    judge_all(out);
    alfa_model_free(model);
}

/* The image and its windows are divided among 1, 2, 3 and 8 threads, on every processor alike. */
static void check_threads(enum alfa_precision precision)
{
    static const int threads[] = {2, 3, 8};
    static struct answer one[IMAGES], many[IMAGES];
    judge_with(one, precision, 1);
    for (int t = 0; t < 3; t++) {
        judge_with(many, precision, threads[t]);
        for (int i = 0; i < IMAGES; i++) {
            assert_true(many[i].score >= 0);
            assert_true(many[i].score == one[i].score);
            assert_memory_equal(many[i].map, one[i].map, sizeof one[i].map);
        }
    }
}

static void test_threads_inside(void **state)
{
    (void)state;
    check_threads(ALFA_PRECISION_F32);
    if (alfa__has_bf16())
        check_threads(ALFA_PRECISION_BF16);
    check_threads(ALFA_PRECISION_INT8);
}

/* A child that waits for threads that only its parent has is ended by the alarm. */
static bool child_says(const struct answer *wanted)
{
    static struct answer answers[IMAGES];
    int status = -1;
    const pid_t child = fork();
    if (child == 0) {
        alarm(60);
        judge_all(answers);
        _exit(memcmp(answers, wanted, sizeof answers) != 0);
    }
    return waitpid(child, &status, 0) == child && status == 0;
}

static void test_children(void **state)
{
    static struct answer wanted[IMAGES], answers[IMAGES];
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    pthread_t other;
    (void)state;
    options.threads = THREADS;
    assert_int_equal(alfa_model_open(&model, "models/alfa-tiny", &options, NULL), ALFA_OK);
    assert_int_equal(pthread_create(&other, NULL, judge_all, wanted), 0);
    assert_int_equal(pthread_join(other, NULL), 0);
    assert_int_equal(alfa_detector_open(&shared, model, prompts, NULL, NULL), ALFA_OK);
    assert_true(child_says(wanted)); /* of a thread that has only opened a detector */
    judge_all(answers);
    assert_true(child_says(wanted));
    judge_all(answers);
    assert_memory_equal(answers, wanted, sizeof wanted);
    alfa_detector_free(shared);
    alfa_model_free(model);
    shared = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shared_model), cmocka_unit_test(test_shared_detector),
        cmocka_unit_test(test_threads_inside), cmocka_unit_test(test_children)};
    return cmocka_run_group_tests(tests, open_images, close_images);
}
