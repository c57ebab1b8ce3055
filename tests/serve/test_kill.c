/* Every inspection that was acknowledged is there, whole, after the program was killed at any moment; and a
 * program that is asked to end answers what it has accepted. */
#include "serve/client.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 6, SENDERS = 6, MOST = 4096 };

/* Several pictures are judged at once. */
static const char *const together[] = {"--threads", "2", NULL};

static struct server server;
static atomic_int known[MOST]; /* by id: acknowledged */
static atomic_bool over;
static atomic_int lost, acknowledged;

static void *send_pictures(void *context)
{
    static const char *const files[] = {CHIP, GOOD, "examples/images/plate/crack.jpg"};
    for (int i = *(const int *)context; !atomic_load(&over); i++) {
        struct answer answer = detect(&server, files[i % 3]);
        if (answer.status == 200)
            atomic_store(&known[(int)number_of(&answer, "id")], 1), atomic_fetch_add(&acknowledged, 1);
        else if (answer.status == 503 && strstr(answer.body, "\"stopping\""))
            ; /* came when the server was asked to end already, and was not accepted */
        else if (answer.status)
            print_message("%ld: %.300s\n", (long)answer.status, answer.body), atomic_fetch_add(&lost, 1);
        answer_free(&answer);
    }
    return NULL;
}

static void send_until(unsigned milliseconds, int signal)
{
    static const int numbers[SENDERS] = {0, 1, 2, 3, 4, 5};
    pthread_t threads[SENDERS];
    atomic_store(&over, false);
    for (int i = 0; i < SENDERS; i++)
        pthread_create(&threads[i], NULL, send_pictures, (void *)&numbers[i]);
    const int before = atomic_load(&acknowledged);
    usleep(milliseconds * 1000);
    for (int i = 0; i < 2000 && atomic_load(&acknowledged) == before; i++) /* on a slow machine */
        usleep(10000);
    if (signal == SIGTERM)
        atomic_store(&over, true);
    const int status = server_stop(&server, signal);
    atomic_store(&over, true);
    for (int i = 0; i < SENDERS; i++)
        pthread_join(threads[i], NULL);
    assert_true(signal != SIGTERM || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
}

/* Each has its row and both files. */
static int check_all(void)
{
    int count = 0;
    for (int id = 1; id < MOST; id++) {
        char path[64];
        if (!atomic_load(&known[id]))
            continue;
        snprintf(path, sizeof path, "/v1/inspections/%d", id);
        struct answer answer = get(&server, path);
        if (answer.status != 200)
            fail_msg("inspection %d was acknowledged and is gone", id);
        answer_free(&answer);
        for (int map = 0; map < 2; map++) {
            snprintf(path, sizeof path, "/v1/inspections/%d/%s", id, map ? "map.npy" : "image");
            answer = get(&server, path);
            assert_int_equal(answer.status, 200);
            assert_true(answer.size > 1000);
            answer_free(&answer);
        }
        count++;
    }
    return count;
}

static void killing_loses_nothing(void **state)
{
    unsigned random = (unsigned)time(NULL) ^ (unsigned)getpid();
    int count = 0;
    (void)state;
    print_message("seed %u\n", random);
    server_make(&server);
    for (int round = 0; round < ROUNDS; round++) {
        server_start(&server, together);
        count = check_all();
        random = random * 1664525u + 1013904223u;
        /* the last long enough for an inspection on a slow processor as well */
        send_until(round == ROUNDS - 1 ? 4000 : 100 + (random >> 16) % 400, SIGKILL);
    }
    server_start(&server, together);
    assert_true(check_all() > count);
    server_stop(&server, SIGTERM);
    server_remove(&server);
}

static void ending_answers_what_was_accepted(void **state)
{
    (void)state;
    memset(known, 0, sizeof known);
    server_make(&server);
    server_start(&server, together);
    send_until(300, SIGTERM);
    assert_int_equal(atomic_load(&lost), 0);
    server_start(&server, together);
    assert_true(check_all() > 0);
    server_remove(&server);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(killing_loses_nothing),
                                       cmocka_unit_test(ending_answers_what_was_accepted)};
    program = argc > 1 ? argv[1] : "build/alfa";
    curl_global_init(CURL_GLOBAL_ALL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
