/* The client. libcurl does connections, TLS and proxies, jansson the JSON; this file decides what is worth a
 * second try and says what went wrong. */
#include "prompt/llm.h"
#include "base/json.h"
#include "base/strings.h"

#include <curl/curl.h>
#include <glib.h>
#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define CONNECT_SECONDS 15L
#define LONGEST_KEY 4096

struct alfa__llm {
    const struct alfa_llm_options *options;
    CURL *curl;
    struct curl_slist *headers;
    char *url, *host;
    struct alfa__string body; /* of the response */
    bool too_large, stopped;
};

/* What became of one try. */
struct outcome {
    CURLcode code;
    long http;
    double retry_after; /* seconds, 0: not said */
};

/* ------------------------------------------------------------------ opening */

static void start_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static enum alfa_status check_options(const struct alfa_llm_options *options, struct alfa_error *err)
{
    if (!options->model || !*options->model)
        return alfa__fail(err, ALFA_ERROR_USAGE, "model", "is missing; name the language model");
    if (options->tries < 1 || options->tries > 20)
        return alfa__fail(err, ALFA_ERROR_USAGE, "tries", "is %d, not 1 to 20", options->tries);
    if (!(options->timeout > 0 && options->timeout <= 86400))
        return alfa__fail(err, ALFA_ERROR_USAGE, "timeout", "is not a number of seconds up to a day");
    if (!(options->pause >= 0 && options->pause <= ALFA__LLM_LONGEST_PAUSE))
        return alfa__fail(err, ALFA_ERROR_USAGE, "pause", "is not a number of seconds up to %g",
                          ALFA__LLM_LONGEST_PAUSE);
    if (options->key && strlen(options->key) > LONGEST_KEY)
        return alfa__fail(err, ALFA_ERROR_USAGE, "key", "has more than %d bytes", LONGEST_KEY);
    for (const char *p = options->key; p && *p; p++)
        if ((unsigned char)*p <= 32 || (unsigned char)*p >= 127)
            return alfa__fail(err, ALFA_ERROR_USAGE, "key",
                              "has a character that no key has, such as a space");
    return ALFA_OK;
}

/* One part of an address, "" when it is not there; freed with curl_free(). */
static char *url_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    return curl_url_get(url, part, &text, 0) == CURLUE_OK ? text : NULL;
}

static enum alfa_status add_path(CURLU *url, struct alfa_error *err)
{
    static const char end[] = "/chat/completions";
    char *path = url_part(url, CURLUPART_PATH);
    size_t size = path ? strlen(path) : 0;
    while (size && path[size - 1] == '/')
        size--;
    bool there = size >= strlen(end) && strncmp(path + size - strlen(end), end, strlen(end)) == 0;
    char *whole = alfa__format("%.*s%s", (int)size, path ? path : "", there ? "" : end);
    bool good = whole && curl_url_set(url, CURLUPART_PATH, whole, 0) == CURLUE_OK;
    free(whole);
    curl_free(path);
    return good ? ALFA_OK : alfa__fail_memory(err, size);
}

/* Fills llm->url and llm->host. */
static enum alfa_status read_parts(struct alfa__llm *llm, CURLU *url, struct alfa_error *err)
{
    char *scheme = url_part(url, CURLUPART_SCHEME), *host = url_part(url, CURLUPART_HOST);
    char *port = url_part(url, CURLUPART_PORT), *user = url_part(url, CURLUPART_USER), *whole = NULL;
    enum alfa_status status = ALFA_OK;
    if (!scheme || (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0) || !host)
        status = alfa__fail(err, ALFA_ERROR_USAGE, "url",
                            "is not an http or https address, such as http://localhost:11434/v1");
    else if (user)
        status = alfa__fail(err, ALFA_ERROR_USAGE, "url", "has a user name in it; give the key apart");
    else
        status = add_path(url, err);
    if (status == ALFA_OK) {
        whole = url_part(url, CURLUPART_URL);
        llm->url = whole ? alfa__strdup(whole) : NULL;
        llm->host = alfa__format("%s%s%s", host, port ? ":" : "", port ? port : "");
        if (!llm->url || !llm->host)
            status = alfa__fail_memory(err, strlen(host));
    }
    curl_free(scheme), curl_free(host), curl_free(port), curl_free(user), curl_free(whole);
    return status;
}

static enum alfa_status read_url(struct alfa__llm *llm, struct alfa_error *err)
{
    const char *text = llm->options->url;
    CURLU *url = curl_url();
    if (!url)
        return alfa__fail_memory(err, 1);
    enum alfa_status status;
    if (!text || !strstr(text, "://") ||
        curl_url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
        status =
            alfa__fail(err, ALFA_ERROR_USAGE, "url", "is not an address, such as http://localhost:11434/v1");
    else
        status = read_parts(llm, url, err);
    curl_url_cleanup(url);
    return status;
}

static bool add_header(struct alfa__llm *llm, const char *text)
{
    struct curl_slist *list = text ? curl_slist_append(llm->headers, text) : NULL;
    if (list)
        llm->headers = list;
    return list;
}

static bool add_headers(struct alfa__llm *llm)
{
    const char *key = llm->options->key;
    if (!add_header(llm, "Content-Type: application/json") || !add_header(llm, "Expect:"))
        return false;
    if (!key || !*key)
        return true;
    char *header = alfa__format("Authorization: Bearer %s", key);
    bool good = add_header(llm, header);
    free(header);
    return good;
}

/* ------------------------------------------------------------------ calls back from libcurl */

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct alfa__llm *llm = context;
    if (count > ALFA__LLM_ANSWER_LIMIT - llm->body.size) /* size is always 1 */
        return llm->too_large = true, 0;
    alfa__string_append_bytes(&llm->body, bytes, size * count);
    return alfa__string_ok(&llm->body) ? size * count : 0;
}

static bool is_stopped(struct alfa__llm *llm)
{
    const struct alfa_llm_options *options = llm->options;
    llm->stopped = llm->stopped || (options->stop && options->stop(options->context));
    return llm->stopped;
}

static int watch(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    return is_stopped(context);
}

static void set_up(struct alfa__llm *llm)
{
    CURL *curl = llm->curl;
    curl_easy_setopt(curl, CURLOPT_URL, llm->url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, llm->headers);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, ""); /* what this libcurl can unpack */
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "alfa/" ALFA_VERSION);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(llm->options->timeout * 1000) + 1);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    if (llm->options->ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, llm->options->ca_file);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, llm);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, watch);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, llm);
}

enum alfa_status alfa__llm_open(struct alfa__llm **out, const struct alfa_llm_options *options,
                                struct alfa_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    *out = NULL;
    ALFA__TRY(check_options(options, err));
    pthread_once(&once, start_curl);
    struct alfa__llm *llm = calloc(1, sizeof *llm);
    if (!llm)
        return alfa__fail_memory(err, sizeof *llm);
    llm->options = options;
    llm->curl = curl_easy_init();
    enum alfa_status status = read_url(llm, err);
    if (status == ALFA_OK && (!llm->curl || !add_headers(llm)))
        status = alfa__fail_memory(err, sizeof *llm);
    if (status == ALFA_OK) {
        set_up(llm);
        *out = llm;
    } else {
        alfa__llm_close(llm);
    }
    return status;
}

void alfa__llm_close(struct alfa__llm *llm)
{
    if (!llm)
        return;
    curl_easy_cleanup(llm->curl);
    curl_slist_free_all(llm->headers);
    alfa__string_free(&llm->body);
    free(llm->url);
    free(llm->host);
    free(llm);
}

const char *alfa__llm_host(const struct alfa__llm *llm)
{
    return llm->host;
}

/* ------------------------------------------------------------------ one try, and the next */

static struct outcome try_once(struct alfa__llm *llm)
{
    struct outcome outcome = {0};
    curl_off_t seconds = 0;
    llm->body.size = 0;
    llm->too_large = false;
    alfa__string_append(&llm->body, "");
    outcome.code = curl_easy_perform(llm->curl);
    curl_easy_getinfo(llm->curl, CURLINFO_RESPONSE_CODE, &outcome.http);
    curl_easy_getinfo(llm->curl, CURLINFO_RETRY_AFTER, &seconds);
    outcome.retry_after = (double)seconds;
    return outcome;
}

static bool is_worth_a_try(const struct alfa__llm *llm, const struct outcome *outcome)
{
    switch (outcome->code) {
    case CURLE_OK:
        return outcome->http == 429 || outcome->http == 408 || outcome->http >= 500;
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return !llm->too_large && !llm->stopped;
    default:
        return false;
    }
}

/* 0.5 to 1.5 */
static double jitter(void)
{
    unsigned random = 0;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != (ssize_t)sizeof random)
        random = 1u << 31;
    return 0.5 + (double)random / 4294967296.0;
}

/* Sleeps before try number (from 1) + 1; returns false when the caller was told to stop. */
static bool wait_before(struct alfa__llm *llm, int number, double retry_after)
{
    double seconds = llm->options->pause * ldexp(1, number - 1) * jitter();
    seconds = fmin(fmax(seconds, retry_after), ALFA__LLM_LONGEST_PAUSE);
    while (seconds > 0 && !is_stopped(llm)) {
        double part = fmin(seconds, 0.2);
        struct timespec time = {0, (long)(part * 1e9)};
        nanosleep(&time, NULL);
        seconds -= part;
    }
    return !is_stopped(llm);
}

/* ------------------------------------------------------------------ saying what went wrong */

/* What the endpoint says about an error, short and without the key; "" when it says nothing. */
static void quote_reason(const struct alfa__llm *llm, char *out, size_t size)
{
    json_t *answer = json_loads(llm->body.text, 0, NULL);
    json_t *error = json_object_get(answer, "error");
    const char *text = json_string_value(json_is_object(error) ? json_object_get(error, "message") : error);
    const char *key = llm->options->key, *place;
    size_t used = 0;
    out[0] = 0;
    for (const char *p = text; p && *p && used + 5 < size && used < 200;) {
        if (key && *key && (place = strstr(p, key)) == p) {
            memcpy(out + used, "***", 3);
            used += 3;
            p += strlen(key);
        } else {
            out[used++] = (unsigned char)*p < 32 || *p == 127 ? ' ' : *p;
            p++;
        }
    }
    const char *end;
    g_utf8_validate(out, (gssize)used, &end); /* not inside a character */
    out[end - out] = 0;
    json_decref(answer);
}

static enum alfa_status fail_http(const struct alfa__llm *llm, const struct outcome *outcome, int tries,
                                  struct alfa_error *err)
{
    char reason[256], said[300] = "";
    quote_reason(llm, reason, sizeof reason);
    if (*reason)
        snprintf(said, sizeof said, ": %s", reason);
    long http = outcome->http;
    if (http >= 300 && http < 400)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, llm->host,
                          "sends us to another address (%ld), which is not followed; give the final one",
                          http);
    if (http == 401 || http == 403)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, llm->host, "%s (%ld)%s",
                          llm->options->key ? "does not accept the key" : "wants a key", http, said);
    if (http == 404)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, llm->host,
                          "has no chat endpoint at this address, or no model \"%s\" (404)%s",
                          llm->options->model, said);
    if (outcome->retry_after > ALFA__LLM_LONGEST_PAUSE)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, llm->host, "is busy for %.0f s (%ld); try again then%s",
                          outcome->retry_after, http, said);
    return alfa__fail(err, ALFA_ERROR_RUNTIME, llm->host, "answered with %ld, %d time%s%s", http, tries,
                      tries == 1 ? "" : "s", said);
}

static enum alfa_status fail_try(const struct alfa__llm *llm, const struct outcome *outcome, int tries,
                                 struct alfa_error *err)
{
    if (llm->stopped)
        return alfa__fail(err, ALFA_ERROR_STOPPED, llm->host, "was not waited for: stopped");
    if (llm->too_large)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, llm->host, "sends more than %zu MiB: not an answer",
                          ALFA__LLM_ANSWER_LIMIT >> 20);
    switch (outcome->code) {
    case CURLE_OK:
        return fail_http(llm, outcome, tries, err);
    case CURLE_OPERATION_TIMEDOUT:
        return alfa__fail(err, ALFA_ERROR_RUNTIME, llm->host,
                          "gave no complete answer in %g s; raise the time-out for a slow model",
                          llm->options->timeout);
    case CURLE_COULDNT_CONNECT:
        return alfa__fail(err, ALFA_ERROR_RUNTIME, llm->host, "cannot be reached; is the server running?");
    case CURLE_PEER_FAILED_VERIFICATION:
        return alfa__fail(err, ALFA_ERROR_RUNTIME, llm->host,
                          "shows a certificate that is not to be trusted; nothing was sent");
    case CURLE_SSL_CACERT_BADFILE:
        return alfa__fail(err, ALFA_ERROR_RUNTIME, llm->host,
                          "cannot be checked: the file of trusted certificates cannot be read");
    default:
        return alfa__fail(err, ALFA_ERROR_RUNTIME, llm->host, "failed, %d time%s: %s", tries,
                          tries == 1 ? "" : "s", curl_easy_strerror(outcome->code));
    }
}

/* ------------------------------------------------------------------ question and answer */

static char *write_request(const struct alfa__llm *llm, const char *manner, const char *question)
{
    json_t *request =
        json_pack("{s:s, s:[{s:s, s:s}, {s:s, s:s}], s:b}", "model", llm->options->model, "messages", "role",
                  "system", "content", manner, "role", "user", "content", question, "stream", 0);
    char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
    json_decref(request);
    return text;
}

/* Content may be a text or a list of parts with a text each. */
static void append_content(struct alfa__string *out, const json_t *content)
{
    size_t i;
    json_t *part;
    if (json_is_string(content))
        alfa__string_append(out, json_string_value(content));
    json_array_foreach((json_t *)content, i, part) if (json_is_string(json_object_get(part, "text")))
        alfa__string_append(out, json_string_value(json_object_get(part, "text")));
}

enum alfa_status alfa__llm_read(struct alfa__llm_answer *out, const char *body, size_t size, const char *host,
                                struct alfa_error *err)
{
    json_t *response;
    const enum alfa_status read = alfa__json_read(&response, body, size, 0, NULL);
    const json_t *choice = json_array_get(json_object_get(response, "choices"), 0);
    const json_t *message = json_object_get(choice, "message");
    const json_t *content = json_object_get(message, "content"),
                 *refusal = json_object_get(message, "refusal");
    const char *end = json_string_value(json_object_get(choice, "finish_reason"));
    struct alfa__string text = {0};
    enum alfa_status status = ALFA_OK;
    *out = (struct alfa__llm_answer){0};
    alfa__string_append(&text, "");
    append_content(&text, json_is_string(content) || json_is_array(content) ? content : refusal);
    if (read == ALFA_ERROR_MEMORY)
        status = alfa__fail_memory(err, size);
    else if (!response)
        status =
            alfa__fail(err, ALFA_ERROR_RUNTIME, host, "does not answer in JSON; is this a chat endpoint?");
    else if (!json_is_object(message))
        status = alfa__fail(err, ALFA_ERROR_RUNTIME, host,
                            "answers without a message (choices[0].message); is this a chat endpoint?");
    else if (!alfa__string_ok(&text))
        status = alfa__fail_memory(err, size);
    if (status == ALFA_OK)
        *out = (struct alfa__llm_answer){text.text, end && strcmp(end, "length") == 0};
    else
        alfa__string_free(&text);
    json_decref(response);
    return status;
}

enum alfa_status alfa__llm_ask(struct alfa__llm *llm, struct alfa__llm_answer *out, const char *manner,
                               const char *question, struct alfa_error *err)
{
    struct outcome outcome;
    int tries = 0;
    *out = (struct alfa__llm_answer){0};
    char *request = write_request(llm, manner, question);
    if (!request)
        return alfa__fail(err, ALFA_ERROR_USAGE, "model", "or the class is not UTF-8 text");
    curl_easy_setopt(llm->curl, CURLOPT_POSTFIELDS, request);
    do {
        outcome = try_once(llm);
        tries++;
    } while (is_worth_a_try(llm, &outcome) && tries < llm->options->tries &&
             outcome.retry_after <= ALFA__LLM_LONGEST_PAUSE && wait_before(llm, tries, outcome.retry_after));
    enum alfa_status status = ALFA_OK;
    if (outcome.code != CURLE_OK || outcome.http < 200 || outcome.http > 299 || llm->stopped)
        status = fail_try(llm, &outcome, tries, err);
    else
        status = alfa__llm_read(out, llm->body.text, llm->body.size, llm->host, err);
    curl_easy_setopt(llm->curl, CURLOPT_POSTFIELDS, NULL);
    free(request);
    return status;
}
