/* Banks that 'alfa learn' made: the server judges with them, and learns on. */
#include "serve/client.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct server server;

static int start(void **state)
{
    (void)state;
    return server_open(&server);
}

static int stop(void **state)
{
    (void)state;
    return server_close(&server);
}

/* Waits until a version is ready or failed; the answer is freed by the caller. */
static struct answer made(long long id)
{
    char path[64];
    snprintf(path, sizeof path, "/v1/banks/%lld", id);
    for (int i = 0; i < 300; i++) {
        struct answer bank = get(&server, path);
        if (!strcmp(text_of(&bank, "state"), "ready") || !strcmp(text_of(&bank, "state"), "failed"))
            return bank;
        answer_free(&bank);
        usleep(100000);
    }
    fail_msg("the bank is not ready in 30 s");
    return (struct answer){0};
}

/* The version that a plan makes, likewise. */
static struct answer taught(const char *plan)
{
    struct answer accepted = send_json(&server, "POST", "/v1/banks", plan);
    const long long id = (long long)number_of(&accepted, "id");
    answer_free(&accepted);
    return made(id);
}

/* A file that alfa learn wrote, with pictures of plates. */
static void learn_outside(const char *file, const char *model, const char *options)
{
    char line[512];
    snprintf(line, sizeof line,
             "HOME=%s ALFA_DATA=. %s learn -q " GOOD
             " examples/images/plate/good_2.jpg --class plate --model %s "
             "--precision f32 --threads 1 %s -o %s/%s",
             server.folder, program, model, options, server.folder, file);
    assert_int_equal(system(line), 0);
}

static double detect_outside(const char *file, const char *picture)
{
    char line[512];
    double score = -1;
    snprintf(line, sizeof line,
             "HOME=%s ALFA_DATA=. %s detect -q %s --bank %s/%s --model tests/data/models/openclip-gelu "
             "--precision "
             "f32 --threads 1 --json | sed -E 's/.*\"score\": ([0-9.e-]+),.*/\\1/'",
             server.folder, program, picture, server.folder, file);
    FILE *pipe = popen(line, "r");
    assert_int_equal(fscanf(pipe, "%lf", &score), 1);
    pclose(pipe);
    return score;
}

/* Its SHA-256, as 'sha256sum' prints it. */
static void digest(char out[65], const char *file)
{
    char line[128];
    snprintf(line, sizeof line, "sha256sum <%s/%s", server.folder, file);
    FILE *pipe = popen(line, "r");
    assert_int_equal(fscanf(pipe, "%64s", out), 1);
    pclose(pipe);
}

static struct answer bring(const char *file, const char *const *fields)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%s", server.folder, file);
    return send_file(&server, "/v1/banks", "bank", path, fields);
}

/* It judges as alfa detect does with it, whatever it was learned with, and can be taught more. */
static void a_bank_can_be_brought_along(void **state)
{
    static const char *const none[] = {NULL};
    char json[128], sum[65];
    (void)state;
    learn_outside("outside.bank", "tests/data/models/openclip-gelu", "--resize crop --tiles 2");
    struct answer brought = bring("outside.bank", none);
    assert_int_equal(brought.status, 202);
    const long long id = (long long)number_of(&brought, "id");
    answer_free(&brought);
    brought = made(id);
    assert_string_equal(text_of(&brought, "name"), "outside");
    assert_string_equal(text_of(&brought, "state"), "ready");
    assert_true(json_is_true(json_object_get(brought.json, "current")));
    assert_true(json_is_true(json_object_get(brought.json, "brought")));
    assert_int_equal((int)number_of(&brought, "normal"), 2);
    answer_free(&brought);
    struct answer judged =
        send_form(&server, "/v1/detect", CHIP, (const char *const[]){"bank=outside", NULL});
    assert_true(number_of(&judged, "score") == detect_outside("outside.bank", CHIP));
    digest(sum, "outside.bank");
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(judged.json, "settings"), "bank_sha256")), sum);
    brought = bring("outside.bank", none); /* the same once more */
    assert_true((long long)number_of(&brought, "id") == id);
    answer_free(&brought);
    snprintf(json, sizeof json,
             "{\"name\": \"outside\", \"class\": \"plate\", \"base\": %lld, \"bad\": [%.0f]}", id,
             number_of(&judged, "id"));
    answer_free(&judged);
    struct answer more = taught(json);
    assert_string_equal(text_of(&more, "state"), "ready");
    assert_int_equal((int)number_of(&more, "normal"), 2);
    assert_int_equal((int)number_of(&more, "bad"), 1);
    assert_int_equal((int)number_of(&more, "version"), 2);
    answer_free(&more);
}

/* A ramp of grey with a mark, in the lower 12 of 16 bits, which the file does not say. */
static void write_dark(const char *name, int mark)
{
    char path[96];
    snprintf(path, sizeof path, "%s/dark/%s.pgm", server.folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs("P5 64 64 65535\n", file);
    for (int i = 0; i < 64 * 64; i++) {
        const int value = (i / 64) / 8 == mark && i % 64 < 24 ? 4095 : 60 * (i % 64);
        fputc(value >> 8, file);
        fputc(value & 255, file);
    }
    assert_int_equal(fclose(file), 0);
}

/* Pictures are read as those of the bank were: also one that is taught, and one that is judged again. */
static void a_bank_says_how_pictures_are_read(void **state)
{
    char line[512], picture[96];
    static const char *const none[] = {NULL};
    (void)state;
    snprintf(line, sizeof line, "mkdir %s/dark", server.folder);
    assert_int_equal(system(line), 0);
    for (int i = 0; i < 3; i++)
        write_dark((const char *const[]){"a", "b", "c"}[i], i);
    snprintf(line, sizeof line,
             "HOME=%s ALFA_DATA=. %s learn -q %s/dark/a.pgm %s/dark/b.pgm --class ramp --bits 12 --model "
             "tests/data/models/openclip-gelu --precision f32 --threads 1 -o %s/dark.bank",
             server.folder, program, server.folder, server.folder, server.folder);
    assert_int_equal(system(line), 0);
    struct answer bank = bring("dark.bank", none);
    const long long id = (long long)number_of(&bank, "id");
    answer_free(&bank);
    bank = made(id);
    assert_int_equal((int)json_integer_value(json_object_get(json_object_get(bank.json, "facts"), "bits")),
                     12);
    answer_free(&bank);
    snprintf(picture, sizeof picture, "%s/dark/c.pgm", server.folder);
    struct answer judged =
        send_form(&server, "/v1/detect", picture, (const char *const[]){"bank=dark", NULL});
    const double score = number_of(&judged, "score");
    assert_true(score == detect_outside("dark.bank", picture));
    snprintf(line, sizeof line,
             "{\"name\": \"dark\", \"class\": \"ramp\", \"base\": %lld, \"inspections\": [%.0f]}", id,
             number_of(&judged, "id"));
    answer_free(&judged);
    struct answer more = taught(line);
    if (strcmp(text_of(&more, "state"), "ready") != 0)
        fail_msg("%s", more.body);
    answer_free(&more);
    judged = send_form(&server, "/v1/detect?store=no", picture, (const char *const[]){"bank=dark@2", NULL});
    assert_true(number_of(&judged, "score_memory") < 1e-3); /* it knows it: it is read as it was learned */
    answer_free(&judged);
}

/* A disc under noise; or stripes. */
static void write_plate(int number, bool stripes)
{
    char path[96];
    unsigned noise = (unsigned)number * 7919u + 1;
    snprintf(path, sizeof path, "%s/plates/%d.pgm", server.folder, number);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs("P5 120 120 255\n", file);
    for (int i = 0; i < 120 * 120; i++) {
        const int x = i % 120 - 60, y = i / 120 - 60;
        noise = noise * 1664525u + 1013904223u;
        fputc((stripes ? i / 6 % 2 * 200 : x * x + y * y < 225 ? 40 : 150) + (int)(noise >> 28), file);
    }
    assert_int_equal(fclose(file), 0);
}

static size_t strange_of(const struct answer *bank)
{
    return json_array_size(json_object_get(json_object_get(bank->json, "facts"), "strange"));
}

/* The number of the first of them. */
static int strange_number(const struct answer *bank)
{
    json_t *list = json_object_get(json_object_get(bank->json, "facts"), "strange");
    return (int)json_integer_value(json_object_get(json_array_get(list, 0), "picture"));
}

static void check_picture(long long bank, int number, int status)
{
    char path[64];
    snprintf(path, sizeof path, "/v1/banks/%lld/pictures/%d", bank, number);
    struct answer picture = get(&server, path);
    assert_int_equal(picture.status, status);
    assert_true(status != 200 || (picture.size > 100 && memcmp(picture.body, "\xff\xd8\xff", 3) == 0));
    answer_free(&picture);
}

/* A strange picture is left out and shown, until somebody who has seen it judged picks it as normal, or says
 * so of all that are there. */
static void what_was_picked_belongs(void **state)
{
    char line[512], picture[96];
    (void)state;
    snprintf(line, sizeof line, "mkdir %s/plates", server.folder);
    assert_int_equal(system(line), 0);
    for (int i = 0; i < 6; i++)
        write_plate(i, i == 5);
    snprintf(
        line, sizeof line,
        "HOME=%s ALFA_DATA=. %s learn -q %s/plates --class plate --model tests/data/models/openclip-gelu "
        "--precision f32 --threads 1 -o %s/plates.bank",
        server.folder, program, server.folder, server.folder);
    assert_int_equal(system(line), 0);
    struct answer bank = bring("plates.bank", (const char *const[]){NULL});
    const long long id = (long long)number_of(&bank, "id");
    answer_free(&bank);
    bank = made(id);
    assert_int_equal(strange_of(&bank), 1);
    check_picture(id, strange_number(&bank), 200);
    check_picture(id, 6, 404);
    check_picture(id + 1, 0, 404);
    answer_free(&bank);
    snprintf(line, sizeof line,
             "{\"name\": \"plates\", \"class\": \"plate\", \"base\": %lld, \"keep_all\": true}", id);
    bank = taught(line);
    if (strcmp(text_of(&bank, "state"), "ready") != 0 || strange_of(&bank) != 0)
        fail_msg("%s", bank.body);
    answer_free(&bank);
    snprintf(picture, sizeof picture, "%s/plates/5.pgm", server.folder);
    struct answer judged =
        send_form(&server, "/v1/detect", picture, (const char *const[]){"bank=plates", NULL});
    snprintf(line, sizeof line,
             "{\"name\": \"plates\", \"class\": \"plate\", \"base\": %lld, \"inspections\": [%.0f]}", id,
             number_of(&judged, "id"));
    answer_free(&judged);
    struct answer more = taught(line);
    if (strcmp(text_of(&more, "state"), "ready") != 0 || strange_of(&more) != 0)
        fail_msg("%s", more.body);
    answer_free(&more);
    snprintf(picture, sizeof picture, "%s/plates.bank", server.folder);
    assert_int_equal(unlink(picture), 0);
}

static void a_bank_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    learn_outside("other.bank", "tests/data/models/openclip-quickgelu", "");
    struct answer answer = bring("other.bank", (const char *const[]){NULL});
    if (answer.status != 422 || !strstr(text_of(&answer, "detail"), "was learned with the model"))
        fail_msg("%s", answer.body);
    answer_free(&answer);
    answer = bring("outside.bank", (const char *const[]){"name=a@b", NULL});
    assert_int_equal(answer.status, 400);
    answer_free(&answer);
    answer = send_file(&server, "/v1/banks", "bank", "README.md", (const char *const[]){NULL});
    assert_int_equal(answer.status, 422);
    answer_free(&answer);
}

static void banks_come_from_a_folder(void **state)
{
    struct server other;
    char line[256];
    (void)state;
    server_make(&other);
    for (int start = 0; start < 2; start++) {
        snprintf(line, sizeof line, "%s", server.folder);
        server_start(&other, (const char *const[]){"--banks", line, NULL});
        for (int i = 0; i < 100; i++) {
            struct answer judged =
                send_form(&other, "/v1/detect?store=no", CHIP, (const char *const[]){"bank=outside", NULL});
            const long status = judged.status;
            answer_free(&judged);
            if (status == 200)
                break;
            usleep(100000);
        }
        struct answer banks = get(&other, "/v1/banks");
        assert_int_equal(json_array_size(json_object_get(banks.json, "items")), 2); /* not other.bank */
        answer_free(&banks);
        assert_int_equal(WEXITSTATUS(server_stop(&other, SIGTERM)), 0);
    }
    server_remove(&other);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bank_can_be_brought_along), cmocka_unit_test(a_bank_says_how_pictures_are_read),
        cmocka_unit_test(what_was_picked_belongs), cmocka_unit_test(a_bank_that_does_not_fit_is_refused),
        cmocka_unit_test(banks_come_from_a_folder)};
    program = argc > 1 ? argv[1] : "build/alfa";
    return cmocka_run_group_tests(tests, start, stop);
}
