/* The client. libcurl does connections, TLS and proxies, jansson the JSON; this file decides what is worth a
 * second try and says what went wrong. */
#include "prompt/llm.h"
#include "base/strings.h"
#include "prompt/llm_reply.h"

#include <curl/curl.h>
#include <glib.h>
#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>

#define CONNECT_SECONDS 15L
#define LONGEST_KEY 4096
#define HEADER_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

struct alfa__llm {
    const struct alfa_llm_options *options;
    CURL *curl;
    struct curl_slist *headers;
    char *url, *host;
    char *proxy;              /* "https_proxy (host:3128)": what libcurl goes through; NULL: nothing */
    struct alfa__string body; /* of the response */
    bool completes;           /* it is asked to complete a text, not to answer in a chat */
    bool one_text;            /* it knows no system role: both texts are sent as one */
    bool too_large, stopped;
};

/* What became of one try. */
struct outcome {
    CURLcode code;
    long http;          /* of an error that was sent as a success: what it says of itself, or 0 */
    bool is_error;      /* such an one */
    bool is_page;       /* text/html */
    long connection;    /* what a proxy said to a connection through it; 0: nothing */
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
    if (options->key_header && (!*options->key_header || strlen(options->key_header) > 100 ||
                                options->key_header[strspn(options->key_header, HEADER_LETTERS)]))
        return alfa__fail(err, ALFA_ERROR_USAGE, "key header", "is no name of a header, such as api-key");
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

static bool has_end(const char *text, size_t size, const char *end)
{
    return size >= strlen(end) && strncmp(text + size - strlen(end), end, strlen(end)) == 0;
}

/* The address of a chat, unless it is one already, or one of completions. */
static enum alfa_status add_path(struct alfa__llm *llm, CURLU *url, struct alfa_error *err)
{
    static const char end[] = "/chat/completions";
    char *path = url_part(url, CURLUPART_PATH);
    size_t size = path ? strlen(path) : 0;
    while (size && path[size - 1] == '/')
        size--;
    const bool there = path && has_end(path, size, "/completions");
    llm->completes = there && !has_end(path, size, end);
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
        status = add_path(llm, url, err);
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
    const char *name = llm->options->key_header;
    const bool azure =
        has_end(llm->host, strcspn(llm->host, ":"), ".azure.com") && strncmp(key, "eyJ", 3) != 0;
    if (!name && azure) /* its keys, not its tokens */
        name = "api-key";
    char *header = name && strcasecmp(name, "Authorization") != 0
                       ? alfa__format("%s: %s", name, key)
                       : alfa__format("Authorization: Bearer %s", key);
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

/* libcurl says which proxy the variables name, and nobody else does: "Uses proxy env variable no_proxy ==
 * ..." */
static int listen_to_curl(CURL *curl, curl_infotype type, char *text, size_t size, void *context)
{
    static const char says[] = "Uses proxy env variable ";
    struct alfa__llm *llm = context;
    (void)curl;
    if (type != CURLINFO_TEXT || size <= sizeof says || strncmp(text, says, sizeof says - 1) != 0 ||
        strncmp(text + sizeof says - 1, "no_proxy", 8) == 0 ||
        strncmp(text + sizeof says - 1, "NO_PROXY", 8) == 0)
        return 0;
    const char *name = text + sizeof says - 1, *end = text + size,
               *value = memchr(name, '\'', (size_t)(end - name));
    value = value ? value + 1 : end;
    const char *slashes = g_strstr_len(value, end - value, "://");
    value = slashes ? slashes + 3 : value;
    const char *quote = memchr(value, '\'', (size_t)(end - value)), *user;
    quote = quote ? quote : end;
    while ((user = memchr(value, '@', (size_t)(quote - value)))) /* names and passwords stay here */
        value = user + 1;
    free(llm->proxy);
    llm->proxy = alfa__format("%.*s (%.*s)", (int)strcspn(name, " "), name, (int)(quote - value), value);
    return 0;
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
    curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, listen_to_curl);
    curl_easy_setopt(curl, CURLOPT_DEBUGDATA, llm);
    curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
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
    free(llm->proxy);
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
    const char *type = NULL;
    int code = 0;
    llm->body.size = 0;
    llm->too_large = false;
    alfa__string_append(&llm->body, "");
    outcome.code = curl_easy_perform(llm->curl);
    curl_easy_getinfo(llm->curl, CURLINFO_RESPONSE_CODE, &outcome.http);
    curl_easy_getinfo(llm->curl, CURLINFO_RETRY_AFTER, &seconds);
    curl_easy_getinfo(llm->curl, CURLINFO_HTTP_CONNECTCODE, &outcome.connection);
    curl_easy_getinfo(llm->curl, CURLINFO_CONTENT_TYPE, &type);
    outcome.is_page = type && strncasecmp(type, "text/html", 9) == 0;
    outcome.retry_after = (double)seconds;
    if (outcome.code == CURLE_OK && outcome.http >= 200 && outcome.http <= 299 &&
        alfa__llm_is_error(&code, llm->body.text)) {
        outcome.is_error = true;
        outcome.http = code;
    }
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
        return !llm->too_large && !llm->stopped && outcome->connection < 400;
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

/* A page instead of an error's JSON: somebody between us and the endpoint. */
static enum alfa_status fail_page(const struct alfa__llm *llm, long http, struct alfa_error *err)
{
    if (llm->proxy)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, llm->host,
                          "answered with %ld (text/html: the proxy of %.200s?)", http, llm->proxy);
    return alfa__fail(err, ALFA_ERROR_RUNTIME, llm->host, "answered with %ld (text/html: a proxy?)", http);
}

/* ", or try http://localhost:11434/v1" for an address without it; "" otherwise. */
static void hint_at_v1(char *out, size_t size, const struct alfa__llm *llm)
{
    const char *end = llm->url + strcspn(llm->url, "?#"), *path = strstr(llm->url, "://");
    size_t base = (size_t)(end - llm->url);
    base -= has_end(llm->url, base, "/chat/completions") ? strlen("/chat/completions") : 0;
    *out = 0;
    if (path && !llm->completes && !strstr(path + 3, "/v1") && !strstr(path + 3, "/openai/"))
        snprintf(out, size, "; try %.*s/v1", (int)base, llm->url);
}

static enum alfa_status fail_missing(const struct alfa__llm *llm, const char *said, struct alfa_error *err)
{
    char hint[200];
    hint_at_v1(hint, sizeof hint, llm);
    return alfa__fail(err, ALFA_ERROR_RUNTIME, llm->host,
                      "has no %s endpoint at this address, or no model \"%s\" (404)%s%s",
                      llm->completes ? "completions" : "chat", llm->options->model, said, hint);
}

static enum alfa_status fail_key(const struct alfa__llm *llm, long http, const char *said,
                                 struct alfa_error *err)
{
    const bool other = strcasestr(said, "api-key") && !llm->options->key_header;
    return alfa__fail(err, ALFA_ERROR_RUNTIME, llm->host, "%s (%ld)%s%s",
                      llm->options->key ? "does not accept the key" : "wants a key", http, said,
                      other ? "; the header for it: --llm-key-header api-key" : "");
}

/* Where it sends us, without what may be a secret in it; a header's value has no control characters left. */
static enum alfa_status fail_redirect(const struct alfa__llm *llm, long http, struct alfa_error *err)
{
    char *to = NULL;
    if (curl_easy_getinfo(llm->curl, CURLINFO_REDIRECT_URL, &to) != CURLE_OK || !to)
        to = "";
    return alfa__fail(err, ALFA_ERROR_RUNTIME, llm->host,
                      "sends us to another address (%ld), which is not followed; give the final one%s%.*s",
                      http, *to ? ": " : "", (int)strcspn(to, "?#"), to);
}

static enum alfa_status fail_http(const struct alfa__llm *llm, const struct outcome *outcome, int tries,
                                  struct alfa_error *err)
{
    char reason[ALFA__LLM_REASON], said[ALFA__LLM_REASON + 4] = "";
    alfa__llm_reason(reason, llm->body.text, llm->options->key);
    if (*reason)
        snprintf(said, sizeof said, ": %s", reason);
    long http = outcome->http;
    if (outcome->is_error && !http)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, llm->host, "answers with an error%s", said);
    if ((http == 403 || http == 407) && outcome->is_page)
        return fail_page(llm, http, err);
    if (http >= 300 && http < 400)
        return fail_redirect(llm, http, err);
    if (http == 401 || http == 403)
        return fail_key(llm, http, said, err);
    if (http == 404)
        return fail_missing(llm, said, err);
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
    if (outcome->code != CURLE_OK && outcome->connection >= 400)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, llm->host,
                          "cannot be reached: the proxy%s%.200s lets nobody "
                          "through (%ld)",
                          llm->proxy ? " of " : "", llm->proxy ? llm->proxy : "", outcome->connection);
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

enum { COMPLETION_TOKENS = 2048 }; /* an endpoint for completions stops after 16 unless told otherwise */

static char *write_request(const struct alfa__llm *llm, const char *manner, const char *question)
{
    const char *model = llm->options->model;
    char *both = alfa__format("%s\n\n%s", manner, question);
    json_t *request;
    if (!both)
        return NULL;
    if (llm->completes)
        request = json_pack("{s:s, s:s, s:i, s:b}", "model", model, "prompt", both, "max_tokens",
                            (int)COMPLETION_TOKENS, "stream", 0);
    else if (llm->one_text)
        request = json_pack("{s:s, s:[{s:s, s:s}], s:b}", "model", model, "messages", "role", "user",
                            "content", both, "stream", 0);
    else
        request = json_pack("{s:s, s:[{s:s, s:s}, {s:s, s:s}], s:b}", "model", model, "messages", "role",
                            "system", "content", manner, "role", "user", "content", question, "stream", 0);
    char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
    json_decref(request);
    free(both);
    return text;
}

static bool is_good(const struct alfa__llm *llm, const struct outcome *outcome)
{
    return outcome->code == CURLE_OK && outcome->http >= 200 && outcome->http <= 299 && !llm->stopped;
}

/* Whether the endpoint may have refused the system role: it says so, or it does not like the request at all.
 */
static bool minds_system_role(const struct alfa__llm *llm, const struct outcome *outcome)
{
    char reason[ALFA__LLM_REASON];
    if (llm->completes || llm->one_text || outcome->code != CURLE_OK || is_good(llm, outcome))
        return false;
    if (outcome->http == 400 || outcome->http == 422)
        return true;
    alfa__llm_reason(reason, llm->body.text, NULL);
    return outcome->http != 401 && outcome->http != 403 && outcome->http != 429 &&
           (strcasestr(reason, "system role") || strcasestr(reason, "system message") ||
            strcasestr(reason, "roles must alternate") || strcasestr(reason, "system prompt"));
}

/* Asks until there is a response that is worth reading, or no further try. Fails only for want of memory. */
static enum alfa_status ask_on(struct alfa__llm *llm, struct outcome *outcome, int *tries, const char *manner,
                               const char *question, struct alfa_error *err)
{
    char *request = write_request(llm, manner, question);
    if (!request)
        return alfa__fail(err, ALFA_ERROR_USAGE, "model", "or the class is not UTF-8 text");
    curl_easy_setopt(llm->curl, CURLOPT_POSTFIELDS, request);
    *tries = 0;
    do {
        *outcome = try_once(llm);
        ++*tries;
    } while (is_worth_a_try(llm, outcome) && !minds_system_role(llm, outcome) &&
             *tries < llm->options->tries && outcome->retry_after <= ALFA__LLM_LONGEST_PAUSE &&
             wait_before(llm, *tries, outcome->retry_after));
    curl_easy_setopt(llm->curl, CURLOPT_POSTFIELDS, NULL);
    free(request);
    return ALFA_OK;
}

enum alfa_status alfa__llm_ask(struct alfa__llm *llm, struct alfa__llm_answer *out, const char *manner,
                               const char *question, struct alfa_error *err)
{
    struct outcome outcome;
    int tries;
    *out = (struct alfa__llm_answer){0};
    ALFA__TRY(ask_on(llm, &outcome, &tries, manner, question, err));
    if (minds_system_role(llm, &outcome)) {
        llm->one_text = true; /* for the questions to come as well */
        ALFA__TRY(ask_on(llm, &outcome, &tries, manner, question, err));
        llm->one_text = is_good(llm, &outcome);
    }
    if (!is_good(llm, &outcome))
        return fail_try(llm, &outcome, tries, err);
    return alfa__llm_read(out, llm->body.text, llm->body.size, llm->host, err);
}
