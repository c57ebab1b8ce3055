/* Who may ask what, and what happens to those who try otherwise. All input is harmless. */
#include "serve/client.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
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

static long status_with(const char *method, const char *path, const char *header)
{
    struct answer answer = ask(&server, method, path, (const char *const[]){header, NULL},
                               strcmp(method, "POST") == 0 ? "{}" : NULL, 2);
    const long status = answer.status;
    answer_free(&answer);
    return status;
}

/* A foreign name that points to this machine reaches nothing (DNS rebinding). */
static void foreign_names_reach_nothing(void **state)
{
    char good[64], wrong_port[64];
    (void)state;
    snprintf(good, sizeof good, "Host: localhost:%d", server.port);
    snprintf(wrong_port, sizeof wrong_port, "Host: localhost:%d", server.port + 1);
    assert_int_equal(status_with("GET", "/v1/inspections", good), 200);
    assert_int_equal(status_with("GET", "/v1/inspections", "Host: evil.example"), 421);
    assert_int_equal(status_with("GET", "/v1/inspections", "Host: localhost.evil.example"), 421);
    assert_int_equal(status_with("GET", "/v1/inspections", "Host: 127.0.0.1.evil.example:80"), 421);
    assert_int_equal(status_with("GET", "/v1/inspections", wrong_port), 421);
    assert_int_equal(status_with("GET", "/", "Host: evil.example"), 421);
}

/* Another site's page in the same browser changes nothing (CSRF). */
static void foreign_pages_change_nothing(void **state)
{
    char own[64];
    (void)state;
    snprintf(own, sizeof own, "Origin: http://127.0.0.1:%d", server.port);
    assert_int_equal(status_with("POST", "/v1/embed", "Origin: http://evil.example"), 403);
    assert_int_equal(status_with("POST", "/v1/embed", "Origin: null"), 403);
    assert_int_equal(status_with("POST", "/v1/embed", "Sec-Fetch-Site: cross-site"), 403);
    assert_int_equal(status_with("POST", "/v1/embed", "Sec-Fetch-Site: same-site"), 403);
    assert_int_equal(status_with("DELETE", "/v1/inspections/1", "Origin: http://evil.example"), 403);
    assert_int_equal(status_with("POST", "/v1/embed", own), 400); /* let in: {} has no texts */
    assert_int_equal(status_with("POST", "/v1/embed", "Sec-Fetch-Site: same-origin"), 400);
}

/* A proxy in front of it has a name, and speaks HTTPS for it. */
static void a_proxy_has_a_name(void **state)
{
    struct server behind;
    (void)state;
    server_make(&behind);
    server_start(&behind, (const char *const[]){"--name", "line3.example", NULL});
    struct answer answer =
        ask(&behind, "POST", "/v1/embed",
            (const char *const[]){"Host: line3.example", "Origin: https://line3.example", NULL}, "{}", 2);
    assert_int_equal(answer.status, 400); /* let in: {} has no texts */
    answer_free(&answer);
    answer = ask(&behind, "POST", "/v1/embed",
                 (const char *const[]){"Host: line3.example", "Origin: https://evil.example", NULL}, "{}", 2);
    assert_int_equal(answer.status, 403);
    answer_free(&answer);
    answer = ask(&behind, "GET", "/healthz", (const char *const[]){"Host: line3.example.evil.example", NULL},
                 NULL, 0);
    assert_int_equal(answer.status, 421);
    answer_free(&answer);
    server_remove(&behind);
}

static void no_path_reaches_a_file(void **state)
{
    static const char *const paths[] = {"/../../../../etc/passwd",
                                        "/..%2f..%2fetc%2fpasswd",
                                        "/%2e%2e/%2e%2e/etc/passwd",
                                        "/v1/inspections/../../etc/passwd",
                                        "/v1/inspections/1/../../../alfa.db",
                                        "/alfa.db",
                                        "/v1/inspections/1%00/image",
                                        "//etc/passwd",
                                        "/v1/inspections/-1",
                                        "/v1/inspections/99999999999999999999",
                                        "/v1/inspections/0",
                                        "/index.html/"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct answer answer = get(&server, paths[i]);
        if (answer.status != 404)
            fail_msg("%s: %ld %s", paths[i], answer.status, answer.body);
        answer_free(&answer);
    }
    struct answer answer = get(&server, "/v1/prompts/..%2f..%2fREADME"); /* two segments once decoded */
    assert_int_equal(answer.status, 404);
    answer_free(&answer);
    answer = get(&server, "/v1/prompts/..");
    assert_true(answer.status == 400 || strcmp(text_of(&answer, "source"), "generic") == 0);
    answer_free(&answer);
    const char *const fields[] = {"class=../../README", "store=no", NULL};
    answer = send_form(&server, "/v1/detect", CHIP, fields);
    assert_int_equal(answer.status, 200); /* a noun like any other, with the generic set */
    answer_free(&answer);
    const char *const names[] = {"class=plate", "name=../../../../tmp/x", NULL};
    answer = send_form(&server, "/v1/detect", CHIP, names);
    assert_string_equal(text_of(&answer, "name"), "../../../../tmp/x"); /* kept as text */
    answer_free(&answer);
}

static void malformed_requests_do_no_harm(void **state)
{
    static const char *const texts[] = {
        "GET\r\n\r\n",
        "\r\n\r\n\r\n\r\n",
        "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
        "POST /v1/detect HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        "POST /v1/detect HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST /v1/detect HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST /v1/detect HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data\r\n"
        "Content-Length: 3\r\n\r\nabc",
        "POST /v1/detect HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        "Content-Length: 20\r\n\r\n--x\r\nContent-Disposi",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello as TLS would",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(send_raw(&server, texts[i], strlen(texts[i]), 150));
    size_t size = 1 << 20;
    char *huge = malloc(size);
    memset(huge, 'a', size);
    memcpy(huge, "GET /", 5);
    char *said = send_raw(&server, huge, size, 500);
    assert_true(!*said || strstr(said, "HTTP/1.1 4"));
    free(said);
    free(huge);
    struct answer answer = get(&server, "/healthz");
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
}

/* Who is refused while a picture is on its way hears the answer. */
static void refusals_are_heard(void **state)
{
    const char *const headers[] = {"Content-Type: image/jpeg", "Origin: http://evil.example", NULL};
    (void)state;
    const size_t size = 7000000;
    char *picture = calloc(1, size);
    for (int i = 0; i < 5; i++) {
        struct answer answer = ask(&server, "POST", "/v1/detect?class=plate", headers, picture, size);
        assert_int_equal(answer.status, 403);
        answer_free(&answer);
    }
    free(picture);
}

static void too_much_is_refused(void **state)
{
    const char *const json[] = {"Content-Type: application/json", NULL};
    (void)state;
    size_t size = 2 << 20;
    char *large = malloc(size);
    memset(large, ' ', size);
    struct answer answer = ask(&server, "POST", "/v1/embed", json, large, size);
    assert_int_equal(answer.status, 413);
    answer_free(&answer);
    char *field = malloc(300001);
    memcpy(field, "class=", 6);
    memset(field + 6, 'a', 299994);
    field[300000] = 0;
    answer = send_form(&server, "/v1/detect", CHIP, (const char *const[]){field, NULL});
    assert_int_equal(answer.status, 413);
    answer_free(&answer);
    free(field);
    free(large);
    static const char huge[] =
        "POST /v1/detect HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000000\r\n\r\n";
    char *said = send_raw(&server, huge, strlen(huge), 5000);
    assert_non_null(strstr(said, "HTTP/1.1 413"));
    free(said);
}

/* A crowd larger than the limit that says this much and no more; somebody else is answered soon. */
static void be_crowded(const char *text)
{
    static int fds[1100];
    int count = 0;
    for (; count < 1100; count++) {
        if ((fds[count] = connect_raw(&server)) < 0)
            break;
        send(fds[count], text, strlen(text), MSG_NOSIGNAL);
    }
    assert_true(count > 900);
    const time_t begin = time(NULL);
    struct answer answer = get(&server, "/healthz"); /* waits until the crowd is thinned out */
    assert_int_equal(answer.status, 200);
    assert_true(time(NULL) - begin < 15); /* before it would be tired of any who are silent */
    answer_free(&answer);
    for (int i = 0; i < count; i++)
        close(fds[i]);
}

/* Those who connect and say nothing, or stop in the middle, make room for others. */
static void silent_guests_are_shown_out(void **state)
{
    (void)state;
    be_crowded("");
    be_crowded("POST /v1/detect?class=x HTTP/1.1\r\nHost: localhost\r\n");
    be_crowded("POST /v1/detect?class=x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\nabc");
}

/* Requests that come a byte at a time keep nobody else from being served. */
static void slow_guests_hold_nobody_up(void **state)
{
    static const char head[] =
        "POST /v1/detect HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nabc";
    int fds[200];
    (void)state;
    for (int i = 0; i < 200; i++) {
        fds[i] = connect_raw(&server);
        assert_true(fds[i] >= 0);
        send(fds[i], head, i % 2 ? sizeof head - 1 : 20,
             MSG_NOSIGNAL); /* half of them not even the headers */
    }
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 200; i++)
            send(fds[i], "a", 1, MSG_NOSIGNAL);
        struct answer answer = detect(&server, CHIP);
        assert_int_equal(answer.status, 200);
        answer_free(&answer);
    }
    for (int i = 0; i < 200; i++)
        close(fds[i]);
}

static void a_full_queue_says_so(void **state)
{
    struct server small;
    int fds[12], busy = 0;
    char head[128], *bytes = malloc(1 << 20);
    (void)state;
    FILE *file = fopen(CHIP, "rb");
    const size_t size = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    server_make(&small);
    server_start(&small, (const char *const[]){"--queue", "1", NULL});
    snprintf(head, sizeof head,
             "POST /v1/detect?class=x&tiles=8 HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n",
             size);
    for (int i = 0; i < 12; i++) {
        fds[i] = connect_raw(&small);
        assert_int_equal(send(fds[i], head, strlen(head), MSG_NOSIGNAL), strlen(head));
        send(fds[i], bytes, size, MSG_NOSIGNAL);
    }
    for (int i = 0; i < 12; i++) {
        char text[4096] = "";
        struct pollfd wait = {.fd = fds[i], .events = POLLIN};
        assert_int_equal(poll(&wait, 1, 60000), 1);
        if (read(fds[i], text, sizeof text - 1) > 0 && strstr(text, "HTTP/1.1 429")) {
            assert_non_null(strstr(text, "Retry-After: 1"));
            busy++;
        }
        close(fds[i]);
    }
    assert_in_range(busy, 1, 11);
    free(bytes);
    server_remove(&small);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
}

/* Without its token a server for others would be one for everybody. */
static void other_addresses_need_a_token(void **state)
{
    char command[512];
    (void)state;
    snprintf(
        command, sizeof command,
        "HOME=%s %s serve --host 0.0.0.0 --port 0 --model tests/data/models/openclip-gelu --data %s/other "
        "2>%s/said",
        server.folder, program, server.folder, server.folder);
    const int status = system(command);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 2);
}

static void the_token_opens(void **state)
{
    struct server guarded;
    char path[96];
    (void)state;
    server_make(&guarded);
    snprintf(path, sizeof path, "%s/token", guarded.folder);
    write_file(path, "\xEF\xBB\xBF"
                     "0123456789abcdef0123\r\n"); /* as Notepad writes it */
    server_start(&guarded, (const char *const[]){"--host", "0.0.0.0", "--token-file", path, NULL});
    struct answer answer = get(&guarded, "/v1/inspections");
    assert_int_equal(answer.status, 401);
    assert_true(has_header(&answer, "WWW-Authenticate: Bearer"));
    answer_free(&answer);
    const char *const wrong[] = {"Authorization: Bearer 0123456789abcdef0124", NULL};
    answer = ask(&guarded, "GET", "/v1/inspections", wrong, NULL, 0);
    assert_int_equal(answer.status, 401);
    answer_free(&answer);
    const char *const right[] = {"Authorization: Bearer 0123456789abcdef0123", NULL};
    answer = ask(&guarded, "GET", "/v1/inspections", right, NULL, 0);
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    answer = get(&guarded, "/healthz"); /* a watchdog has no token */
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    answer = send_json(&guarded, "POST", "/v1/session", "{\"token\": \"wrong wrong wrong wrong\"}");
    assert_int_equal(answer.status, 401);
    answer_free(&answer);
    answer = send_json(&guarded, "POST", "/v1/session", "{\"token\": \"0123456789abcdef0123\"}");
    assert_int_equal(answer.status, 204);
    assert_true(has_header(&answer, "HttpOnly; SameSite=Strict"));
    const char *cookie = strstr(answer.headers, "alfa_session=");
    assert_non_null(cookie);
    char line[128];
    snprintf(line, sizeof line, "Cookie: %.77s", cookie);
    answer_free(&answer);
    answer = ask(&guarded, "GET", "/v1/inspections", (const char *const[]){line, NULL}, NULL, 0);
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    server_remove(&guarded);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(foreign_names_reach_nothing),
                                       cmocka_unit_test(foreign_pages_change_nothing),
                                       cmocka_unit_test(a_proxy_has_a_name),
                                       cmocka_unit_test(no_path_reaches_a_file),
                                       cmocka_unit_test(malformed_requests_do_no_harm),
                                       cmocka_unit_test(refusals_are_heard),
                                       cmocka_unit_test(too_much_is_refused),
                                       cmocka_unit_test(silent_guests_are_shown_out),
                                       cmocka_unit_test(slow_guests_hold_nobody_up),
                                       cmocka_unit_test(a_full_queue_says_so),
                                       cmocka_unit_test(other_addresses_need_a_token),
                                       cmocka_unit_test(the_token_opens)};
    program = argc > 1 ? argv[1] : "build/alfa";
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, start, stop);
}
