/* What is a job and what is none, what an answer is called, and base64. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fleet/fleet.h"
#include "fleet/job.h"

static enum alfa_status read_job(const char *text, struct alfa_error *err)
{
    struct alfa__job job;
    enum alfa_status status = alfa__job_read(&job, text, strlen(text), err);
    alfa__job_free(&job);
    return status;
}

static void test_round_trip(void **state)
{
    (void)state;
    char bank[ALFA__BANK_ID + 1];
    memset(bank, 'a', ALFA__BANK_ID);
    bank[ALFA__BANK_ID] = 0;
    const struct alfa__job job = {.id = "1",
                                  .name = "n",
                                  .path = "a/b.png",
                                  .class_name = "metal nut",
                                  .bank = bank,
                                  .model = "ViT-B-16",
                                  .method = "winclip",
                                  .prompts = "[normal]\n",
                                  .tiles = ALFA_TILES_AUTO,
                                  .bits = 12,
                                  .threshold = 0.25,
                                  .explain = true,
                                  .prompt_count = 3,
                                  .map = true};
    struct alfa__job back;
    struct alfa_error err;
    char *text = alfa__job_write(&job);
    assert_non_null(text);
    assert_int_equal(alfa__job_read(&back, text, strlen(text), &err), ALFA_OK);
    assert_string_equal(back.path, "a/b.png");
    assert_string_equal(back.class_name, "metal nut");
    assert_string_equal(back.bank, bank);
    assert_string_equal(back.model, "ViT-B-16");
    assert_string_equal(back.method, "winclip");
    assert_string_equal(back.prompts, "[normal]\n");
    assert_int_equal(back.tiles, ALFA_TILES_AUTO);
    assert_true(back.threshold == 0.25 && back.explain && back.map);
    assert_true(back.bits == 12 && back.prompt_count == 3);
    alfa__job_free(&back);
    free(text);
}

static void test_none(void **state)
{
    static const char *const bad[] = {
        "",
        "1",
        "[]",
        "{}",
        "{\"alfa\": 0}",
        "{\"alfa\": 1}",
        "{\"alfa\": 1, \"id\": 5}",
        "{\"alfa\": 1, \"id\": \"a\", \"class\": \"x\"}",
        "{\"alfa\": 1, \"id\": \"a\", \"class\": \"x\", \"image\": {}}",
        "{\"alfa\": 1, \"id\": \"a\", \"class\": \"x\", \"image\": {\"path\": \"a\", \"url\": \"b\"}}",
        "{\"alfa\": 1, \"id\": \"a\", \"class\": \"x\", \"image\": {\"file\": \"a\"}}",
        "{\"alfa\": 1, \"id\": \"a\", \"image\": {\"path\": \"a\"}}",
        "{\"alfa\": 1, \"id\": \"a\", \"bank\": \"ABC\", \"image\": {\"path\": \"a\"}}",
        "{\"alfa\": 1, \"id\": \"a\", \"class\": \"x\", \"model\": \"../x\", \"image\": {\"path\": \"a\"}}",
        "{\"alfa\": 1, \"id\": \"a\", \"class\": \"x\", \"model\": \"..\", \"image\": {\"path\": \"a\"}}",
        "{\"alfa\": 1, \"id\": \"a\", \"class\": \"x\", \"image\": {\"path\": \"a\\u0000b\"}}",
        "{\"alfa\": 1, \"id\": \"a\", \"class\": \"x\", \"image\": {\"path\": \"a\"}, \"more\": 1}",
        "{\"alfa\": 1, \"id\": \"a\", \"class\": \"x\", \"image\": {\"path\": \"a\"}, \"options\": "
        "{\"tiles\": 9}}",
        "{\"alfa\": 1, \"id\": \"a\", \"class\": \"x\", \"image\": {\"path\": \"a\"}, \"options\": "
        "{\"threshold\": 2}}",
        "{\"alfa\": 1, \"id\": \"a\", \"class\": \"x\", \"image\": {\"path\": \"a\"}, \"options\": "
        "{\"bits\": 7}}",
        "{\"alfa\": 1, \"id\": \"a\", \"class\": \"x\", \"image\": {\"path\": \"a\"}, \"options\": "
        "{\"prompt_count\": -1}}",
        "{\"alfa\": 1, \"id\": \"a\", \"class\": \"x\", \"image\": {\"path\": \"a\"}, \"options\": "
        "{\"treshold\": 0.2}}"};
    struct alfa_error err;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (read_job(bad[i], &err) != ALFA_ERROR_INPUT)
            fail_msg("taken for a job: %s", bad[i]);
    assert_int_equal(read_job("{\"alfa\": 2, \"id\": \"a\", \"new\": []}", &err), ALFA_ERROR_LIMIT);
    assert_int_equal(
        read_job("{\"alfa\": 1, \"id\": \"a\", \"class\": \"x\", \"image\": {\"path\": \"a\"}}", &err),
        ALFA_OK);
}

static void test_keys(void **state)
{
    char key[256];
    (void)state;
    json_t *answer = json_pack("{s:s, s:s}", "class", "metal nut.#*", "decision", "anomaly");
    alfa__answer_key(key, answer);
    assert_string_equal(key, "metal_nut___.anomaly");
    json_object_set_new(answer, "error", json_string("no"));
    alfa__answer_key(key, answer);
    assert_string_equal(key, "metal_nut___.failed");
    json_decref(answer);
    answer = json_object();
    alfa__answer_key(key, answer);
    assert_string_equal(key, "_.none");
    json_decref(answer);
}

/* What a worker failed for is what the asker hears. */
static void test_failures(void **state)
{
    static const struct alfa_error wrong[] = {{.code = ALFA_ERROR_INPUT, .source = "a.png", .message = "no"},
                                              {.code = ALFA_ERROR_LIMIT, .source = "bank", .message = "b: c"},
                                              {.code = ALFA_ERROR_MEMORY, .source = "", .message = "d"}};
    const struct alfa__job job = {.id = "1", .name = "a.png"};
    struct alfa_error err;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        json_t *answer = alfa__answer_failed(&job, "1", "w", &wrong[i]);
        assert_int_equal(alfa__answer_why(answer, "a.png", &err), wrong[i].code);
        assert_string_equal(err.message, wrong[i].message);
        assert_string_equal(err.source, *wrong[i].source ? wrong[i].source : "a.png");
        json_decref(answer);
    }
    json_t *good = alfa__answer_begin(&job, "1", "w");
    assert_int_equal(alfa__answer_why(good, "a.png", &err), ALFA_OK);
    json_decref(good);
}

static void test_base64(void **state)
{
    unsigned char bytes[70];
    size_t size;
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 37);
    for (size_t i = 1; i <= sizeof bytes; i++) {
        char *text = alfa__base64_write(bytes, i);
        unsigned char *back = alfa__base64_read(&size, text);
        assert_non_null(back);
        assert_int_equal(size, i);
        assert_memory_equal(back, bytes, i);
        free(back);
        free(text);
    }
    assert_null(alfa__base64_read(&size, ""));
    assert_null(alfa__base64_read(&size, "abc"));
    assert_null(alfa__base64_read(&size, "ab?="));
}

static void test_names(void **state)
{
    struct alfa__fleet fleet;
    struct alfa_error err;
    (void)state;
    assert_int_equal(alfa__fleet_name(&fleet, "line-1", &err), ALFA_OK);
    assert_string_equal(fleet.jobs, "line-1.jobs");
    assert_int_equal(alfa__fleet_name(&fleet, "", &err), ALFA_ERROR_USAGE);
    assert_int_equal(alfa__fleet_name(&fleet, "amq.x", &err), ALFA_ERROR_USAGE);
    assert_int_equal(alfa__fleet_name(&fleet, "a b", &err), ALFA_ERROR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip), cmocka_unit_test(test_none),
                                       cmocka_unit_test(test_keys),       cmocka_unit_test(test_failures),
                                       cmocka_unit_test(test_base64),     cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
