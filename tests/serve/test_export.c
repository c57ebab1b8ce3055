/* The store as folders, and what else the operating system sees of a server: TLS, a socket that was opened
 * for it. */
#include "serve/client.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int count_in(const char *folder, const char *below)
{
    char line[256];
    int count = -1;
    snprintf(line, sizeof line, "ls %s/%s 2>/dev/null | wc -l", folder, below);
    FILE *pipe = popen(line, "r");
    assert_int_equal(fscanf(pipe, "%d", &count), 1);
    pclose(pipe);
    return count;
}

static void judge_as(const struct server *server, const char *file, const char *threshold,
                     const char *verdict)
{
    char path[64], body[64];
    struct answer judged =
        send_form(server, "/v1/detect", file, (const char *const[]){"class=plate", threshold, NULL});
    snprintf(path, sizeof path, "/v1/inspections/%.0f", number_of(&judged, "id"));
    snprintf(body, sizeof body, "{\"verdict\": \"%s\"}", verdict);
    answer_free(&judged);
    judged = send_json(server, "PATCH", path, body);
    assert_int_equal(judged.status, 200);
    answer_free(&judged);
}

static void the_store_becomes_folders(void **state)
{
    struct server server;
    char line[512];
    (void)state;
    server_make(&server);
    server_start(&server, NULL);
    judge_as(&server, CHIP, "threshold=0", "agree");                               /* bad */
    judge_as(&server, "examples/images/plate/crack.jpg", "threshold=1", "missed"); /* bad */
    judge_as(&server, GOOD, "threshold=0", "false_alarm");                         /* good */
    judge_as(&server, GOOD, "threshold=1", "agree");                               /* the same picture */
    struct answer again = detect(&server, GOOD); /* without a verdict: the one before stays */
    answer_free(&again);
    struct answer judged = send_form(&server, "/v1/detect", "examples/images/plate/stain.jpg",
                                     (const char *const[]){"class=plate", "name=../../x y.png", NULL});
    answer_free(&judged);
    snprintf(line, sizeof line, "HOME=%s %s export -q --data %s/data -o %s/out", server.folder, program,
             server.folder, server.folder); /* while it runs */
    assert_int_equal(system(line), 0);
    assert_int_equal(count_in(server.folder, "out/good/good_1-????????.jpg"), 1);
    assert_int_equal(count_in(server.folder, "out/bad/*.jpg"), 2);
    assert_int_equal(count_in(server.folder, "out/unknown/x_y-????????.jpg"), 1); /* the name is no path */
    snprintf(line, sizeof line, "test $(wc -l <%s/out/inspections.csv) = 7", server.folder);
    assert_int_equal(system(line), 0);
    judged = send_json(&server, "PATCH", "/v1/inspections/6", "{\"verdict\": \"agree\"}"); /* the stain */
    answer_free(&judged);
    snprintf(line, sizeof line, "HOME=%s %s export -q --data %s/data -o %s/out", server.folder, program,
             server.folder, server.folder); /* again, into the same folder */
    assert_int_equal(system(line), 0);
    assert_int_equal(count_in(server.folder, "out/unknown/*"), 0);
    assert_int_equal(count_in(server.folder, "out/*/x_y-????????.jpg"), 1);
    server_remove(&server);
}

static void tls_is_spoken(void **state)
{
    struct server server;
    char line[512], cert[96], key[96];
    (void)state;
    server_make(&server);
    snprintf(cert, sizeof cert, "%s/cert.pem", server.folder);
    snprintf(key, sizeof key, "%s/key.pem", server.folder);
    snprintf(line, sizeof line,
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "
             "/CN=localhost "
             "-keyout %s -out %s 2>/dev/null",
             key, cert);
    if (system("command -v openssl >/dev/null") != 0 || system(line) != 0) {
        print_message("SKIPPED: no openssl to make a certificate with\n");
        server_remove(&server);
        return;
    }
    server_start(&server, (const char *const[]){"--cert", cert, "--key", key, NULL});
    assert_true(strncmp(server.url, "https:", 6) == 0);
    struct answer answer = detect(&server, CHIP);
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    server_remove(&server);
}

/* systemd hands over a socket as number 3 (LISTEN_FDS). */
static void a_passed_socket_is_used(void **state)
{
    struct server server;
    (void)state;
    server_make(&server);
    server_start(&server, (const char *const[]){"socket", NULL});
    struct answer answer = get(&server, "/healthz");
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    server_remove(&server);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_store_becomes_folders),
                                       cmocka_unit_test(tls_is_spoken),
                                       cmocka_unit_test(a_passed_socket_is_used)};
    program = argc > 1 ? argv[1] : "build/alfa";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
