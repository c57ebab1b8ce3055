#include "hub/line.h"

#include <curl/curl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/strings.h"

enum { MOST_REDIRECTS = 10, LONGEST_TOKEN = 4096, LONGEST_PAGE = 1 << 20 };

struct alfa__line {
    const struct alfa__hub_options *options;
    CURL *curl;
    char *hub, *home; /* origins that may see the token: the endpoint's and the real hub's */
    bool stopped, stalled;
    bool met;       /* somebody has answered before */
    double heard;   /* when the last byte came */
    curl_off_t got; /* bytes until then */

    long long from, at; /* of the request in work: where it begins, where the next byte goes */
    bool began;         /* its first byte came */
    struct alfa__sink sink;
    struct alfa__line_answer *answer;
    char said[CURL_ERROR_SIZE]; /* by libcurl, about what failed: it names a proxy too */
};

/* ------------------------------------------------------------------ addresses */

static char *url_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    return curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK ? text : NULL;
}

/* "https://host:443"; NULL when url is no address of ours. */
static char *origin_of(const char *url)
{
    CURLU *parts = curl_url();
    char *origin = NULL;
    if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK) {
        char *scheme = url_part(parts, CURLUPART_SCHEME), *host = url_part(parts, CURLUPART_HOST);
        char *port = url_part(parts, CURLUPART_PORT);
        if (scheme && host && port)
            origin = alfa__format("%s://%s:%s", scheme, host, port);
        curl_free(scheme), curl_free(host), curl_free(port);
    }
    curl_url_cleanup(parts);
    return origin;
}

static bool is_hub(const struct alfa__line *line, const char *url)
{
    char *origin = origin_of(url);
    const bool same = origin && (strcasecmp(origin, line->hub) == 0 || strcasecmp(origin, line->home) == 0);
    free(origin);
    return same;
}

static bool is_downgrade(const char *from, const char *to)
{
    return strncasecmp(from, "https:", 6) == 0 && strncasecmp(to, "https:", 6) != 0;
}

/* ------------------------------------------------------------------ calls back from libcurl */

bool alfa__line_is_stopped(struct alfa__line *line)
{
    const struct alfa__hub_options *options = line->options;
    line->stopped = line->stopped || (options->stop && options->stop(options->context));
    return line->stopped;
}

static int watch(void *context, curl_off_t total, curl_off_t got, curl_off_t up_total, curl_off_t up)
{
    struct alfa__line *line = context;
    const double now = alfa__clock();
    (void)total, (void)up_total, (void)up;
    if (got != line->got) {
        line->got = got;
        line->heard = now;
    }
    line->stalled = now - line->heard > line->options->timeout;
    return alfa__line_is_stopped(line) || line->stalled;
}

/* Where the bytes of this answer belong: behind what was there only if the server says exactly that. */
static bool place_bytes(struct alfa__line *line, long status)
{
    struct curl_header *range;
    line->at = 0;
    return status == 200 ||
           (status == 206 &&
            curl_easy_header(line->curl, "Content-Range", 0, CURLH_HEADER, -1, &range) == CURLHE_OK &&
            sscanf(range->value, " bytes %lld-", &line->at) == 1 && line->at == line->from);
}

static size_t take_bytes(char *bytes, size_t size, size_t count, void *context)
{
    struct alfa__line *line = context;
    long status = 0;
    size *= count;
    curl_easy_getinfo(line->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 300) /* the page that comes with an error or a redirect: a short one */
        return line->got < LONGEST_PAGE ? size : 0;
    if (!line->began && !place_bytes(line, status))
        return 0;
    line->began = true;
    if (!line->sink.take(line->sink.context, line->at, bytes, size)) {
        line->answer->refused = true;
        return 0;
    }
    line->at += (long long)size;
    return size;
}

/* ------------------------------------------------------------------ opening */

static enum alfa_status check_token(const char *token, struct alfa_error *err)
{
    for (const char *p = token; p && *p; p++)
        if ((unsigned char)*p <= 32 || (unsigned char)*p >= 127 || p - token >= LONGEST_TOKEN)
            return alfa__fail(err, ALFA_ERROR_USAGE, "HF_TOKEN",
                              "is not a token: it has a character that no token has");
    return ALFA_OK;
}

static void trust(struct alfa__line *line)
{
    const char *trusted = line->options->trusted;
    const bool folder = trusted && alfa__folder_exists(trusted);
    if (!trusted)
        return;
    curl_easy_setopt(line->curl, CURLOPT_CAINFO, folder ? NULL : trusted);
    curl_easy_setopt(line->curl, CURLOPT_CAPATH, folder ? trusted : NULL);
}

static void set_up(struct alfa__line *line)
{
    CURL *curl = line->curl;
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, line->said);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "alfa/" ALFA_VERSION);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)(line->options->timeout * 1000) + 1);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    trust(line);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, line);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, watch);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, line);
}

enum alfa_status alfa__line_open(struct alfa__line **out, const struct alfa__hub_options *options,
                                 struct alfa_error *err)
{
    *out = NULL;
    ALFA__TRY(check_token(options->token, err));
    struct alfa__line *line = calloc(1, sizeof *line);
    if (!line)
        return alfa__fail_memory(err, sizeof *line);
    line->options = options;
    line->curl = curl_easy_init();
    line->hub = origin_of(options->endpoint);
    line->home = origin_of(ALFA__HUB_ENDPOINT);
    if (line->curl && line->hub && line->home && strncmp(line->hub, "http", 4) == 0) {
        set_up(line);
        *out = line;
        return ALFA_OK;
    }
    const bool bad = line->curl && line->home;
    alfa__line_close(line);
    return bad ? alfa__fail(err, ALFA_ERROR_USAGE, options->endpoint,
                            "is not the address of a hub, such as " ALFA__HUB_ENDPOINT)
               : alfa__fail_memory(err, sizeof *line);
}

void alfa__line_close(struct alfa__line *line)
{
    if (!line)
        return;
    curl_easy_cleanup(line->curl);
    free(line->hub);
    free(line->home);
    free(line);
}

/* ------------------------------------------------------------------ one request */

static struct curl_slist *make_headers(const struct alfa__line *line, const char *url)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Accept-Encoding: identity"), *more = NULL;
    const char *token = line->options->token;
    if (!headers || !token || !is_hub(line, url))
        return headers;
    char *shown = alfa__format("Authorization: Bearer %s", token);
    more = shown ? curl_slist_append(headers, shown) : NULL;
    free(shown);
    if (!more)
        curl_slist_free_all(headers);
    return more;
}

/* What a proxy says to a connection through it; 0: nothing. */
static long proxy_status(const struct alfa__line *line)
{
    long status = 0;
    curl_easy_getinfo(line->curl, CURLINFO_HTTP_CONNECTCODE, &status);
    return status;
}

static bool is_worth_a_try(const struct alfa__line *line, CURLcode code, long status)
{
    if (proxy_status(line) >= 400)
        return false;
    switch (code) {
    case CURLE_OK:
        return status == 408 || status == 429 || status >= 500;
    case CURLE_COULDNT_RESOLVE_HOST: /* a network that is gone for a moment */
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
        return line->met && !line->stopped;
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return !line->stopped;
    case CURLE_ABORTED_BY_CALLBACK:
        return line->stalled && !line->stopped;
    default:
        return false;
    }
}

static void copy_header(CURL *curl, const char *name, char *out, size_t size)
{
    struct curl_header *header;
    if (curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK && header->value[0])
        snprintf(out, size, "%s", header->value);
}

/* W/"abc" and "abc" are abc. */
static void strip_etag(char *etag)
{
    const char *begin = etag + (strncmp(etag, "W/", 2) == 0 ? 2 : 0);
    begin += *begin == '"';
    const size_t size = strcspn(begin, "\"");
    memmove(etag, begin, size);
    etag[size] = 0;
}

/* -1: no size that a file may have. */
static long long read_size(const char *text)
{
    const size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= 16 && !text[digits] ? strtoll(text, NULL, 10) : -1;
}

static void read_answer(struct alfa__line *line, CURLcode code)
{
    struct alfa__line_answer *answer = line->answer;
    CURL *curl = line->curl;
    curl_off_t size = -1, seconds = 0;
    char linked[32] = "";
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
    line->met = line->met || answer->status > 0;
    curl_easy_getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &size);
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds);
    answer->retry_after = (double)seconds;
    answer->worth_a_try = is_worth_a_try(line, code, answer->status);
    copy_header(curl, "X-Repo-Commit", answer->commit, sizeof answer->commit);
    copy_header(curl, "ETag", answer->etag, sizeof answer->etag);
    copy_header(curl, "X-Linked-Etag", answer->etag, sizeof answer->etag);
    copy_header(curl, "X-Error-Code", answer->code, sizeof answer->code);
    copy_header(curl, "X-Error-Message", answer->message, sizeof answer->message);
    copy_header(curl, "X-Linked-Size", linked, sizeof linked);
    strip_etag(answer->etag);
    answer->size = *linked ? read_size(linked) : answer->status < 300 ? (long long)size : -1;
}

/* The host is for sentences. */
static void note_host(struct alfa__line_answer *answer, const char *url)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    snprintf(answer->host, sizeof answer->host, "%.*s", (int)strcspn(host, "/?"), host);
}

static CURLcode ask_once(struct alfa__line *line, const char *url, bool head)
{
    char range[32];
    struct curl_slist *headers = make_headers(line, url);
    if (!headers)
        return CURLE_OUT_OF_MEMORY;
    snprintf(range, sizeof range, "%lld-", line->from);
    curl_easy_setopt(line->curl, CURLOPT_URL, url);
    curl_easy_setopt(line->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(line->curl, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(line->curl, CURLOPT_NOBODY, head ? 1L : 0L);
    curl_easy_setopt(line->curl, CURLOPT_RANGE, line->from > 0 ? range : NULL);
    *line->answer = (struct alfa__line_answer){.size = -1};
    note_host(line->answer, url);
    line->began = line->stalled = false;
    line->heard = alfa__clock();
    line->got = 0;
    const CURLcode code = curl_easy_perform(line->curl);
    read_answer(line, code);
    curl_easy_setopt(line->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    return code;
}

/* With redirects; those that leave the hub only when far. */
static CURLcode ask(struct alfa__line *line, const char *url, bool head, bool far)
{
    char *here = alfa__strdup(url);
    CURLcode code = here ? CURLE_OK : CURLE_OUT_OF_MEMORY;
    for (int i = 0; code == CURLE_OK; i++) {
        char *next = NULL;
        code = ask_once(line, here, head);
        if (code == CURLE_OK && line->answer->status >= 300 && line->answer->status < 400)
            curl_easy_getinfo(line->curl, CURLINFO_REDIRECT_URL, &next);
        if (!next || (!far && !is_hub(line, next)))
            break;
        if (i == MOST_REDIRECTS)
            code = CURLE_TOO_MANY_REDIRECTS;
        else if (is_downgrade(here, next))
            code = CURLE_USE_SSL_FAILED;
        next = alfa__strdup(next); /* libcurl's own ends with the next request */
        free(here);
        here = next;
        code = here ? code : CURLE_OUT_OF_MEMORY;
    }
    free(here);
    return code;
}

/* ------------------------------------------------------------------ saying what went wrong */

/* What libcurl says of a certificate, without the words around it. */
static const char *reason_of(const struct alfa__line *line)
{
    const char *colon = strchr(line->said, ':');
    return colon && colon[1] == ' ' ? colon + 2 : line->said;
}

static enum alfa_status fail(struct alfa__line *line, CURLcode code, struct alfa_error *err)
{
    const char *host = line->answer->host;
    if (line->stopped)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, NULL, "stopped");
    if (line->answer->refused) /* who refused has said why */
        return ALFA_ERROR_RUNTIME;
    if (line->stalled)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, host, "sent nothing for %g s", line->options->timeout);
    if (code != CURLE_OK && proxy_status(line) >= 400)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, host,
                          "the proxy that https_proxy names lets nobody through (%ld)%s", proxy_status(line),
                          proxy_status(line) == 407 ? ": it wants http://NAME:PASSWORD@HOST:PORT" : "");
    switch (code) {
    case CURLE_OUT_OF_MEMORY:
        return alfa__fail_memory(err, 1);
    case CURLE_COULDNT_RESOLVE_HOST:
        return alfa__fail(err, ALFA_ERROR_RUNTIME, host,
                          "cannot be found: is this machine on the internet? Behind a proxy set https_proxy");
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
        return alfa__fail(err, ALFA_ERROR_RUNTIME, host,
                          "cannot be asked: the proxy that https_proxy names does not do its part");
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
        return alfa__fail(err, ALFA_ERROR_RUNTIME, host,
                          "cannot be reached (%s); behind a proxy set https_proxy", line->said);
    case CURLE_PEER_FAILED_VERIFICATION:
        return alfa__fail(
            err, ALFA_ERROR_RUNTIME, host,
            "shows a certificate that is not to be trusted (%s); if a proxy of yours does that, name its "
            "certificates in SSL_CERT_FILE",
            reason_of(line));
    case CURLE_SSL_CACERT_BADFILE:
        return alfa__fail(err, ALFA_ERROR_RUNTIME, line->options->trusted,
                          "holds no certificates to trust; SSL_CERT_FILE is to name a file in PEM format");
    case CURLE_SSL_CONNECT_ERROR:
        return alfa__fail(err, ALFA_ERROR_RUNTIME, host,
                          "does not speak https (%s): HF_ENDPOINT or a proxy may be wrong", line->said);
    case CURLE_TOO_MANY_REDIRECTS:
        return alfa__fail(err, ALFA_ERROR_RUNTIME, host, "sends us from one address to the next without end");
    case CURLE_USE_SSL_FAILED:
        return alfa__fail(err, ALFA_ERROR_RUNTIME, host, "sends us to an address without encryption");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_WEIRD_SERVER_REPLY:
        return alfa__fail(err, ALFA_ERROR_RUNTIME, *host ? host : line->options->endpoint,
                          "does not answer as a model hub does; HF_ENDPOINT is its address");
    case CURLE_WRITE_ERROR:
        return alfa__fail(err, ALFA_ERROR_RUNTIME, host,
                          "answers with something else than was asked for (%ld)", line->answer->status);
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
        return alfa__fail(err, ALFA_ERROR_RUNTIME, host, "cut the connection");
    default:
        return alfa__fail(err, ALFA_ERROR_RUNTIME, host, "failed: %s", curl_easy_strerror(code));
    }
}

/* ------------------------------------------------------------------ questions */

bool alfa__line_wait(struct alfa__line *line, int number, const struct alfa__line_answer *answer)
{
    const struct alfa__hub_options *options = line->options;
    double seconds = fmax(options->pause * ldexp(1, number - 1), answer->retry_after);
    char text[400];
    if (seconds > ALFA__LINE_LONGEST_PAUSE)
        return false;
    if (seconds >= 1 && options->note) {
        if (answer->retry_after >= 1)
            snprintf(text, sizeof text, "%s: asks to wait %.0f s (%ld)", answer->host, answer->retry_after,
                     answer->status);
        else if (answer->status >= 400)
            snprintf(text, sizeof text, "%s: answers %ld; the next try is in %.0f s", answer->host,
                     answer->status, seconds);
        else
            snprintf(text, sizeof text, "%s: the connection broke; the next try is in %.0f s", answer->host,
                     seconds);
        options->note(options->context, text);
    }
    while (seconds > 0 && !alfa__line_is_stopped(line)) {
        const double part = fmin(seconds, 0.2);
        const struct timespec time = {0, (long)(part * 1e9)};
        nanosleep(&time, NULL);
        seconds -= part;
    }
    return !alfa__line_is_stopped(line);
}

static enum alfa_status ask_until_answered(struct alfa__line *line, const char *url, bool head,
                                           struct alfa_error *err)
{
    CURLcode code;
    int tries = 0;
    line->from = 0;
    do
        code = ask(line, url, head, !head);
    while (line->answer->worth_a_try && ++tries < ALFA__LINE_TRIES &&
           alfa__line_wait(line, tries, line->answer));
    return code == CURLE_OK && !line->stopped ? ALFA_OK : fail(line, code, err);
}

enum alfa_status alfa__line_head(struct alfa__line *line, struct alfa__line_answer *out, const char *url,
                                 struct alfa_error *err)
{
    *out = (struct alfa__line_answer){0};
    line->answer = out;
    return ask_until_answered(line, url, true, err);
}

struct text {
    struct alfa__string bytes;
    size_t limit;
};

static bool take_text(void *context, long long at, const void *bytes, size_t size)
{
    struct text *text = context;
    if (at == 0)
        text->bytes.size = 0;
    if (size > text->limit - text->bytes.size)
        return false;
    alfa__string_append_bytes(&text->bytes, bytes, size);
    return alfa__string_ok(&text->bytes);
}

enum alfa_status alfa__line_text(struct alfa__line *line, char **out, struct alfa__line_answer *answer,
                                 const char *url, size_t limit, struct alfa_error *err)
{
    struct text text = {.limit = limit};
    *out = NULL;
    *answer = (struct alfa__line_answer){0};
    line->answer = answer;
    line->sink = (struct alfa__sink){take_text, &text};
    alfa__string_append(&text.bytes, "");
    enum alfa_status status = ask_until_answered(line, url, false, err);
    if (status != ALFA_OK && answer->refused)
        status = alfa__fail(err, ALFA_ERROR_LIMIT, answer->host, "answers with more than %zu bytes", limit);
    if (status == ALFA_OK && answer->status == 200)
        *out = text.bytes.text;
    else
        alfa__string_free(&text.bytes);
    return status;
}

enum alfa_status alfa__line_fetch(struct alfa__line *line, struct alfa__line_answer *answer, const char *url,
                                  long long from, struct alfa__sink sink, struct alfa_error *err)
{
    *answer = (struct alfa__line_answer){0};
    line->answer = answer;
    line->sink = sink;
    line->from = from;
    const CURLcode code = ask(line, url, false, true);
    return code == CURLE_OK ? ALFA_OK : fail(line, code, err);
}
