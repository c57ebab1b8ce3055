/* Every way an endpoint can behave: what is said, and that nothing half-made is left. */
#include "alfa_llm.h"
#include "llm/server.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/files.h"
#include "base/strings.h"

static char folder[] = "/tmp/alfa-llm-XXXXXX";

static int set_up(void **state)
{
    static const char *const proxies[] = {"http_proxy",  "https_proxy", "all_proxy", "no_proxy",
                                          "HTTPS_PROXY", "ALL_PROXY",   "NO_PROXY"};
    (void)state;
    for (size_t i = 0; i < sizeof proxies / sizeof *proxies; i++)
        unsetenv(proxies[i]);
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return rmdir(folder); /* fails when anything was left in it */
}

/* What one generation gave. */
struct got {
    enum alfa_status status;
    struct alfa_error err;
    struct alfa_generation generation;
    char *text, *transcript; /* of the files, NULL when there are none */
    char host[64];
    int requests;
    char *last; /* request */
};

static struct alfa_llm_options quick(void)
{
    struct alfa_llm_options options = ALFA_LLM_OPTIONS_INIT;
    options.model = "test-model";
    options.tries = 3;
    options.timeout = 20;
    options.pause = 0.01;
    options.count = 16;
    return options;
}

static int count_files(void)
{
    int count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

static struct got ask_server(struct llm_server *server, const char *scheme, struct alfa_llm_options options,
                             bool descriptors)
{
    struct got got = {.generation = ALFA_GENERATION_INIT};
    char path[64], url[96];
    size_t size;
    snprintf(path, sizeof path, "%s/gear.txt", folder);
    snprintf(url, sizeof url, "%s://127.0.0.1:%d/v1/", scheme, llm_server_port(server));
    snprintf(got.host, sizeof got.host, "127.0.0.1:%d", llm_server_port(server));
    options.url = options.url ? options.url : url;
    got.status = descriptors ? alfa_descriptors_generate(&got.generation, path, "gear", &options, &got.err)
                             : alfa_prompts_generate(&got.generation, path, "gear", &options, &got.err);
    assert_int_equal(count_files(), got.status == ALFA_OK ? 2 : 0);
    if (got.status == ALFA_OK) {
        assert_int_equal(alfa__file_read(&got.text, &size, path, 1 << 20, NULL), ALFA_OK);
        unlink(path);
        snprintf(path, sizeof path, "%s/gear.transcript.jsonl", folder);
        assert_int_equal(alfa__file_read(&got.transcript, &size, path, 1 << 22, NULL), ALFA_OK);
        unlink(path);
    } else {
        assert_null(strpbrk(got.err.message, "\n\r"));
        print_message("  %s: %s\n", got.err.source, got.err.message);
    }
    got.requests = llm_server_requests(server);
    got.last = alfa__strdup(llm_server_last(server));
    return got;
}

static struct got ask(const char *how, const struct alfa_llm_options *options)
{
    print_message("%s\n", how);
    struct llm_server *server = llm_server_start(how);
    struct got got = ask_server(server, strncmp(how, "tls-", 4) == 0 ? "https" : "http",
                                options ? *options : quick(), false);
    llm_server_stop(server);
    return got;
}

static void release(struct got *got)
{
    free(got->text);
    free(got->transcript);
    free(got->last);
}

static void assert_has(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        fail_msg("\"%s\" is not in: %s", part, text ? text : "(nothing)");
}

/* ------------------------------------------------------------------ it works */

static void assert_good(struct got *got)
{
    char host[128];
    if (got->status != ALFA_OK)
        fail_msg("%s: %s", got->err.source, got->err.message);
    assert_int_equal(got->generation.kept[ALFA_NORMAL], 16);
    assert_int_equal(got->generation.kept[ALFA_ABNORMAL], 16);
    snprintf(host, sizeof host, "language model test-model at %s on 2", got->host);
    assert_has(got->text, "# alfa prompt set: gear\n");
    assert_has(got->text, host);
    assert_has(got->text, "queries version 1, domain industrial.\n");
    assert_has(got->text,
               "\n#   How to identify an abnormal gear in an image? State the description beginning with: An "
               "abnormal image of gear.");
    assert_has(got->text, "\n[normal]\nA normal image of {class} whose rim is smooth\n");
    assert_has(got->text, "\n[abnormal]\nAn abnormal image of {class} with a crack on its rim\n");
}

static void test_forms(void **state)
{
    char how[] = "form-0";
    (void)state;
    for (; how[5] <= '9'; how[5]++) {
        struct got got = ask(how, NULL);
        assert_good(&got);
        assert_int_equal(got.requests, 2);
        release(&got);
    }
}

/* The request has what every endpoint knows, and the key only where it belongs. */
static void test_request(void **state)
{
    struct alfa_llm_options options = quick();
    (void)state;
    options.key = "sk-secret-123";
    struct got got = ask("good", &options);
    assert_good(&got);
    assert_has(got.last, "POST /v1/chat/completions HTTP/1.1\r\n");
    assert_has(got.last, "\r\nAuthorization: Bearer sk-secret-123\r\n");
    assert_has(got.last, "\r\nContent-Type: application/json\r\n");
    assert_has(got.last, "\"model\":\"test-model\"");
    assert_has(got.last, "\"stream\":false");
    assert_has(got.last, "industrial photographs");
    assert_null(strstr(got.text, "sk-secret"));
    release(&got);
    got = ask("good", NULL);
    assert_null(strstr(got.last, "Authorization"));
    release(&got);
}

static void test_rounds(void **state)
{
    struct alfa_llm_options options = quick();
    (void)state;
    options.count = 144;
    struct got got = ask("good", &options);
    assert_int_equal(got.status, ALFA_OK);
    assert_int_equal(got.generation.kept[0], 144);
    assert_int_equal(got.generation.kept[1], 144);
    assert_int_equal(got.requests, 12);
    assert_has(got.text, "\n#   What are useful descriptions for distinguishing an anomaly gear in a photo?");
    release(&got);
    options.count = 48; /* the same 20 sentences again and again */
    got = ask("same", &options);
    assert_int_equal(got.status, ALFA_OK);
    assert_int_equal(got.generation.kept[0], 20);
    assert_int_equal(got.requests, 6);
    assert_int_equal(got.generation.dropped[ALFA_DROP_DUPLICATE], 80);
    assert_has(got.text, "left out: 80 duplicates.");
    release(&got);
    got = ask("cut-off", &options);
    assert_int_equal(got.status, ALFA_OK);
    assert_int_equal(got.generation.dropped[ALFA_DROP_CUT], got.requests);
    release(&got);
}

static int count_lines(const char *text)
{
    int count = 0;
    for (; (text = strchr(text, '\n')); text++)
        count++;
    return count;
}

/* Every question and answer, as they were. */
static void test_transcript(void **state)
{
    (void)state;
    struct got got = ask("form-9", NULL);
    assert_good(&got);
    assert_int_equal(count_lines(got.transcript), got.requests);
    assert_has(got.transcript, "{\"question\":\"How to identify a normal gear in an image? State the");
    assert_has(got.transcript, "\"answer\":\"<think>What could be wrong?\\nAn abnormal");
    assert_has(got.transcript, "\"cut\":false}\n");
    release(&got);
}

/* Table 3's row without syntactic consistency: the model is not told how to begin. */
static void test_own_words(void **state)
{
    struct alfa_llm_options options = quick();
    (void)state;
    options.own_words = 1;
    struct got got = ask("form-1", &options);
    if (got.status != ALFA_OK)
        fail_msg("%s: %s", got.err.source, got.err.message);
    assert_int_equal(got.generation.kept[ALFA_NORMAL], 16);
    assert_int_equal(got.generation.kept[ALFA_ABNORMAL], 16);
    assert_has(got.text,
               "\n#   How to identify an abnormal gear in an image? Give 24 different descriptions.\n");
    assert_null(strstr(got.text, "beginning with"));
    assert_has(got.text, "of its lines, in its own words; left out");
    assert_has(got.text, "\n[normal]\nA smooth rim of the {class}, nothing else\n");
    assert_has(got.text, "\n[abnormal]\nLook for a crack on the rim of the {class}\n");
    release(&got);
    options.own_words = 2;
    got = ask("good", &options);
    assert_int_equal(got.status, ALFA_ERROR_USAGE);
    assert_int_equal(got.requests, 0);
    release(&got);
}

static void test_descriptors(void **state)
{
    (void)state;
    struct llm_server *server = llm_server_start("good");
    struct got got = ask_server(server, "http", quick(), true);
    llm_server_stop(server);
    assert_int_equal(got.status, ALFA_OK);
    assert_int_equal(got.generation.kept[ALFA_ABNORMAL], 14);
    assert_has(got.text, "# alfa descriptors: gear\n");
    assert_has(
        got.text,
        "\n#   Q: What are useful descriptions for distinguishing an anomaly gear in a photo? A: There are "
        "several key descriptions to tell there is an anomaly gear in a photo: - \n");
    assert_has(got.text, "\ncrack on the rim\n");
    assert_null(strstr(got.text, "[abnormal]"));
    release(&got);
}

static void test_domain(void **state)
{
    struct alfa_llm_options options = quick();
    (void)state;
    options.domain = "medical";
    struct got got = ask("good", &options);
    assert_has(got.last, "medical photographs");
    assert_has(got.text, "domain medical");
    release(&got);
}

/* ------------------------------------------------------------------ second tries */

static void test_second_tries(void **state)
{
    static const char *const ways[] = {"busy-once",      "error-once",
                                       "cut-once",       "busy-in-success-once",
                                       "no-system-role", "no-system-role-500"};
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct got got = ask(ways[i], NULL);
        assert_good(&got);
        assert_int_equal(got.requests, 3);
        release(&got);
    }
}

/* Without the system role its text stands before the question. */
static void test_no_system_role(void **state)
{
    (void)state;
    struct got got = ask("no-system-role", NULL);
    assert_good(&got);
    assert_has(got.last, "\"messages\":[{\"role\":\"user\",\"content\":\"You describe what can be seen");
    assert_has(got.last, "nothing else.\\n\\n");
    release(&got);
}

static void test_other_interfaces(void **state)
{
    char url[96];
    struct alfa_llm_options options = quick();
    (void)state;
    struct got got = ask("ollama", NULL);
    assert_good(&got);
    release(&got);
    got = ask("texts", NULL);
    assert_good(&got);
    release(&got);
    struct llm_server *server = llm_server_start("completes");
    snprintf(url, sizeof url, "http://127.0.0.1:%d/v1/completions", llm_server_port(server));
    options.url = url;
    got = ask_server(server, "http", options, false);
    assert_good(&got);
    assert_has(got.last, "POST /v1/completions HTTP/1.1\r\n");
    assert_has(got.last, "\"max_tokens\":");
    release(&got);
    llm_server_stop(server);
}

static void test_address_without_v1(void **state)
{
    char url[96], hint[128];
    struct alfa_llm_options options = quick();
    (void)state;
    struct llm_server *server = llm_server_start("only-below-v1");
    snprintf(url, sizeof url, "http://127.0.0.1:%d", llm_server_port(server));
    snprintf(hint, sizeof hint, "; try %s/v1", url);
    options.url = url;
    struct got got = ask_server(server, "http", options, false);
    assert_int_equal(got.status, ALFA_ERROR_RUNTIME);
    assert_has(got.err.message, hint);
    release(&got);
    llm_server_stop(server);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* 0.1 s, then 0.2 s, each times 0.5 to 1.5. */
static void test_backoff(void **state)
{
    struct alfa_llm_options options = quick();
    double start = now();
    (void)state;
    options.pause = 0.1;
    struct got got = ask("error-500", &options);
    assert_int_equal(got.requests, 3);
    assert_true(now() - start > 0.15);
    assert_true(now() - start < 5);
    release(&got);
}

/* ------------------------------------------------------------------ it fails */

static void test_failures(void **state)
{
    static const struct {
        const char *how, *message;
        int requests;
    } cases[] = {
        {"error-500", "answered with 500, 3 times: out of memory", 3},
        {"late-500", "answered with 500, 3 times", 6}, /* three good answers before */
        {"busy-long", "is busy for 3600 s (429); try again then: daily quota", 1},
        {"cut", "failed, 3 times: ", 3},
        {"not-json", "does not answer in JSON", 1},
        {"html", "does not answer in JSON", 1},
        {"no-choices", "answers without a message", 1},
        {"null-message", "answers without a message", 1},
        {"huge", "sends more than 4 MiB", 1},
        {"unknown-model", "or no model \"test-model\" (404): model not found", 1},
        {"refusal", "gave 0 usable normal sentences in 2 answers, 16 are needed; left out: 2 refusals", 2},
        {"empty", "gave 0 usable normal sentences in 2 answers, 16 are needed; left out: 2 empty", 2},
        {"foreign", "left out: 4 in another language", 2},
        {"few", "gave 5 usable normal sentences in 3 answers", 3},
        {"wrong-side", "left out: 48 on the wrong side", 2},
        {"error-in-success", "answered with 429, 3 times: free quota used up", 3},
        {"words-in-success", "answers with an error: quota of the day used up", 1},
        {"null-choices", "answers with an error: provider is down", 1},
        {"error-in-choice", "answered with 400, 1 time: provider broke off", 2},
        {"words-at-top", "or no model \"test-model\" (404): no such model", 1},
        {"detail", "(404): Not Found", 1},
        {"details", "answered with 422, 1 time: field required", 2},
        {"page-403", "answered with 403 (text/html: a proxy?)", 1},
        {"streams", "streams its answer", 1},
        {"streams-late", "streams its answer", 1},
        {"streams-lines", "streams its answer", 1},
        {"filtered", "left out: 2 empty; finish_reason of the empty ones: content_filter", 2},
        {"unbegun", "left out: 2 empty; answers ended at the endpoint's limit of length before they began",
         2},
    };
    struct alfa_llm_options options = quick();
    (void)state;
    options.count = 32;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct got got = ask(cases[i].how, &options);
        assert_int_equal(got.status, ALFA_ERROR_RUNTIME);
        assert_string_equal(got.err.source, got.host);
        assert_has(got.err.message, cases[i].message);
        assert_int_equal(got.requests, cases[i].requests);
        release(&got);
    }
}

static void test_time_outs(void **state)
{
    static const char *const ways[] = {"drip", "silent"};
    struct alfa_llm_options options = quick();
    (void)state;
    options.timeout = 0.5;
    for (size_t i = 0; i < 2; i++) {
        double start = now();
        struct got got = ask(ways[i], &options);
        assert_int_equal(got.status, ALFA_ERROR_RUNTIME);
        assert_has(got.err.message, "gave no complete answer in 0.5 s");
        assert_int_equal(got.requests, 1);
        assert_true(now() - start < 5);
        release(&got);
    }
}

static bool stop_at_once(void *context)
{
    return ++*(int *)context > 1;
}

static void test_stop(void **state)
{
    struct alfa_llm_options options = quick();
    int asked = 0;
    double start = now();
    (void)state;
    options.stop = stop_at_once;
    options.context = &asked;
    struct got got = ask("silent", &options);
    assert_int_equal(got.status, ALFA_ERROR_STOPPED);
    assert_has(got.err.message, "stopped");
    assert_true(now() - start < 5);
    release(&got);
}

static void test_nobody_there(void **state)
{
    struct alfa_llm_options options = quick();
    (void)state;
    struct llm_server *server = llm_server_start("good");
    options.url = "http://127.0.0.1:1/v1";
    struct got got = ask_server(server, "http", options, false);
    assert_int_equal(got.status, ALFA_ERROR_RUNTIME);
    assert_string_equal(got.err.source, "127.0.0.1:1");
    assert_has(got.err.message, "cannot be reached");
    release(&got);
    options.url = "http://nowhere.invalid/v1";
    got = ask_server(server, "http", options, false);
    assert_int_equal(got.status, ALFA_ERROR_RUNTIME);
    assert_string_equal(got.err.source, "nowhere.invalid");
    release(&got);
    llm_server_stop(server);
}

/* ------------------------------------------------------------------ secrets */

/* The other host never hears of it. */
static void test_redirect(void **state)
{
    struct alfa_llm_options options = quick();
    char address[64];
    (void)state;
    print_message("redirect\n");
    struct llm_server *other = llm_server_start("good"), *server = llm_server_start("redirect");
    snprintf(address, sizeof address, "http://localhost:%d/v1/chat/completions", llm_server_port(other));
    llm_server_redirect(server, address);
    options.key = "sk-secret-123";
    struct got got = ask_server(server, "http", options, false);
    assert_int_equal(got.status, ALFA_ERROR_RUNTIME);
    assert_has(got.err.message,
               "sends us to another address (302), which is not followed; give the final one: ");
    assert_has(got.err.message, address);
    assert_int_equal(llm_server_requests(server), 1);
    assert_int_equal(llm_server_requests(other), 0);
    release(&got);
    llm_server_stop(other);
    llm_server_stop(server);
}

static void test_refused_key(void **state)
{
    struct alfa_llm_options options = quick();
    (void)state;
    options.key = "sk-secret-123";
    struct got got = ask("unauthorized", &options);
    assert_has(got.err.message, "does not accept the key (401): bad Authorization: Bearer *** given");
    assert_null(strstr(got.err.message, "secret"));
    release(&got);
    got = ask("unauthorized", NULL);
    assert_has(got.err.message, "wants a key (401)");
    release(&got);
}

static void test_key_header(void **state)
{
    struct alfa_llm_options options = quick();
    struct alfa_error err;
    (void)state;
    options.key = "sk-secret-123";
    struct got got = ask("wants-api-key", &options);
    assert_has(got.err.message, "does not accept the key (401): missing api-key header; the header for it: ");
    release(&got);
    options.key_header = "api-key";
    got = ask("wants-api-key", &options);
    assert_good(&got);
    assert_null(strstr(got.last, "Authorization"));
    release(&got);
    options.url = "http://127.0.0.1:1";
    options.key_header = "a: b\r\nc";
    assert_int_equal(alfa_prompts_generate(NULL, "/nowhere/a", "gear", &options, &err), ALFA_ERROR_USAGE);
    assert_string_equal(err.source, "key header");
}

static void test_injection(void **state)
{
    struct alfa_llm_options options = quick();
    int sections = 0;
    (void)state;
    options.count = 25;
    struct got got = ask("injection", &options);
    assert_int_equal(got.status, ALFA_OK);
    for (char *save, *line = strtok_r(got.text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        bool sentence = strncmp(line, "A normal image of {class} ", 26) == 0 ||
                        strncmp(line, "An abnormal image of {class} ", 29) == 0;
        bool section = strcmp(line, "[normal]") == 0 || strcmp(line, "[abnormal]") == 0;
        assert_true(sentence || section || line[0] == '#');
        assert_null(strchr(line, 0x1b));
        sections += section;
    }
    assert_int_equal(sections, 2);
    assert_int_equal(access("/tmp/alfa-injected", F_OK), -1);
    release(&got);
}

/* ------------------------------------------------------------------ TLS */

static void test_certificates(void **state)
{
    (void)state;
    struct got got = ask("tls-good:good", NULL); /* signed by nobody we know */
    assert_int_equal(got.status, ALFA_ERROR_RUNTIME);
    assert_has(got.err.message, "shows a certificate that is not to be trusted");
    assert_int_equal(got.requests, 0);
    release(&got);
    static const char *const ways[] = {"tls-other-host:good", "tls-expired:good", "tls-good:good"};
    for (size_t i = 0; i < 3; i++) {
        struct alfa_llm_options options = quick();
        print_message("%s, its certificate trusted\n", ways[i]);
        struct llm_server *server = llm_server_start(ways[i]);
        options.ca_file = llm_server_certificate(server);
        got = ask_server(server, "https", options, false);
        if (i == 2) {
            assert_good(&got);
        } else {
            assert_int_equal(got.status, ALFA_ERROR_RUNTIME);
            assert_has(got.err.message, "shows a certificate that is not to be trusted");
            assert_int_equal(got.requests, 0);
        }
        release(&got);
        llm_server_stop(server);
    }
    struct alfa_llm_options options = quick();
    options.ca_file = "/nowhere.pem";
    got = ask("tls-good:good", &options);
    assert_int_equal(got.status, ALFA_ERROR_RUNTIME);
    assert_has(got.err.message, "the file of trusted certificates cannot be read");
    release(&got);
}

static void test_proxy(void **state)
{
    struct alfa_llm_options options = quick();
    char proxy[64];
    (void)state;
    struct llm_server *server = llm_server_start("good");
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", llm_server_port(server));
    setenv("http_proxy", proxy, 1);
    options.url = "http://llm.example/v1";
    struct got got = ask_server(server, "http", options, false);
    unsetenv("http_proxy");
    assert_int_equal(got.status, ALFA_OK);
    assert_has(got.last, "POST http://llm.example/v1/chat/completions HTTP/1.1\r\n");
    assert_has(got.text, "at llm.example on");
    release(&got);
    llm_server_stop(server);
    server = llm_server_start("page-403"); /* the proxy's own refusal: it is named, its password is not */
    snprintf(proxy, sizeof proxy, "http://me:hush@127.0.0.1:%d", llm_server_port(server));
    setenv("http_proxy", proxy, 1);
    got = ask_server(server, "http", options, false);
    unsetenv("http_proxy");
    assert_has(got.err.message, "answered with 403 (text/html: the proxy of http_proxy (127.0.0.1:");
    assert_null(strstr(got.err.message, "hush"));
    release(&got);
    llm_server_stop(server);
}

/* ------------------------------------------------------------------ options */

static void test_options(void **state)
{
    static const struct {
        const char *url, *model, *key, *domain;
        int count, tries;
        double timeout, pause;
        const char *source;
    } bad[] = {
        {NULL, "m", NULL, NULL, 16, 1, 1, 0, "url"},
        {"localhost:11434", "m", NULL, NULL, 16, 1, 1, 0, "url"},
        {"ftp://a/v1", "m", NULL, NULL, 16, 1, 1, 0, "url"},
        {"file:///etc/passwd", "m", NULL, NULL, 16, 1, 1, 0, "url"},
        {"http://user:pass@a/v1", "m", NULL, NULL, 16, 1, 1, 0, "url"},
        {"http://", "m", NULL, NULL, 16, 1, 1, 0, "url"},
        {"http://a b/", "m", NULL, NULL, 16, 1, 1, 0, "url"},
        {"http://a", NULL, NULL, NULL, 16, 1, 1, 0, "model"},
        {"http://a", "", NULL, NULL, 16, 1, 1, 0, "model"},
        {"http://a", "m", "two\r\nX-Header: lines", NULL, 16, 1, 1, 0, "key"},
        {"http://a", "m", NULL, "", 16, 1, 1, 0, "domain"},
        {"http://a", "m", NULL, NULL, 15, 1, 1, 0, "count"},
        {"http://a", "m", NULL, NULL, 145, 1, 1, 0, "count"},
        {"http://a", "m", NULL, NULL, 16, 0, 1, 0, "tries"},
        {"http://a", "m", NULL, NULL, 16, 1, 0, 0, "timeout"},
        {"http://a", "m", NULL, NULL, 16, 1, 1, -1, "pause"},
    };
    struct alfa_error err;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct alfa_llm_options options = ALFA_LLM_OPTIONS_INIT;
        options.url = bad[i].url, options.model = bad[i].model, options.key = bad[i].key;
        options.domain = bad[i].domain, options.count = bad[i].count, options.tries = bad[i].tries;
        options.timeout = bad[i].timeout, options.pause = bad[i].pause;
        assert_int_equal(alfa_prompts_generate(NULL, "/nowhere/a", "gear", &options, &err), ALFA_ERROR_USAGE);
        assert_string_equal(err.source, bad[i].source);
        if (bad[i].key)
            assert_null(strstr(err.message, "two"));
    }
    struct alfa_llm_options options = quick();
    options.url = "http://127.0.0.1:1";
    assert_int_equal(alfa_prompts_generate(NULL, "/nowhere/a", "", &options, &err), ALFA_ERROR_USAGE);
    assert_string_equal(err.source, "class");
}

/* Nobody is asked for an answer that would have no place. */
static void test_unwritable(void **state)
{
    struct alfa_llm_options options = quick();
    struct alfa_error err;
    char url[64], path[64];
    (void)state;
    struct llm_server *server = llm_server_start("good");
    snprintf(url, sizeof url, "http://127.0.0.1:%d/v1/chat/completions", llm_server_port(server));
    snprintf(path, sizeof path, "%s/gear.txt", folder);
    options.url = url; /* the whole address is taken as it is */
    assert_int_equal(alfa_prompts_generate(NULL, "/nowhere/gear.txt", "gear", &options, &err),
                     ALFA_ERROR_OUTPUT);
    assert_int_equal(llm_server_requests(server), 0);
    assert_int_equal(alfa_prompts_generate(NULL, path, "gear", &options, &err), ALFA_OK);
    unlink(path);
    snprintf(path, sizeof path, "%s/gear.transcript.jsonl", folder);
    assert_int_equal(unlink(path), 0);
    assert_has(llm_server_last(server), "POST /v1/chat/completions HTTP");
    llm_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_rounds),
        cmocka_unit_test(test_transcript),
        cmocka_unit_test(test_own_words),
        cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_domain),
        cmocka_unit_test(test_second_tries),
        cmocka_unit_test(test_backoff),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_time_outs),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_redirect),
        cmocka_unit_test(test_refused_key),
        cmocka_unit_test(test_injection),
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_proxy),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_unwritable),
        cmocka_unit_test(test_no_system_role),
        cmocka_unit_test(test_other_interfaces),
        cmocka_unit_test(test_address_without_v1),
        cmocka_unit_test(test_key_header),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
