#include "serve/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "report/record.h"
#include "serve/server.h"

/* The page may load what is its own and nothing else; blob: is for pictures before they are sent. */
#define POLICY                                                                                            \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " \
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

static const char *const always[][2] = {
    {"Content-Security-Policy", POLICY},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"X-Frame-Options", "DENY"},
    {"Permissions-Policy", "camera=(self), microphone=(), geolocation=()"}};

void alfa__answer_header(struct alfa__request *request, const char *name, const char *value)
{
    if (request->response)
        MHD_add_response_header(request->response, name, value);
}

static void set(struct alfa__request *request, unsigned status, struct MHD_Response *response,
                const char *type, const char *caching)
{
    if (request->response)
        MHD_destroy_response(request->response);
    request->response = response;
    request->status = status;
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        alfa__answer_header(request, always[i][0], always[i][1]);
    alfa__answer_header(request, "Cache-Control", caching);
    if (type)
        alfa__answer_header(request, "Content-Type", type);
}

void alfa__answer_json(struct alfa__request *request, unsigned status, json_t *object)
{
    char *text = object ? json_dumps(object, JSON_REAL_PRECISION(9) | JSON_COMPACT) : NULL;
    json_decref(object);
    if (!text) {
        alfa__answer_problem(request, 500, "memory", "there is not enough memory");
        return;
    }
    set(request, status, MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE),
        status >= 400 ? "application/problem+json" : "application/json", "no-store");
}

static const char *title(unsigned status)
{
    const char *text = MHD_get_reason_phrase_for(status);
    return text ? text : "Error";
}

void alfa__answer_problem(struct alfa__request *request, unsigned status, const char *code,
                          const char *format, ...)
{
    static char nothing[] = "{\"type\":\"about:blank\",\"status\":500,\"code\":\"memory\"}";
    char detail[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    json_t *object = json_pack("{s:s, s:s, s:i, s:s, s:o}", "type", "about:blank", "title", title(status),
                               "status", (int)status, "code", code, "detail", alfa__json_text(detail));
    char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    set(request, status,
        text ? MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE)
             : MHD_create_response_from_buffer(strlen(nothing), nothing, MHD_RESPMEM_PERSISTENT),
        "application/problem+json", "no-store");
    if (status == 429 || status == 503)
        alfa__answer_header(request, "Retry-After", "1");
}

void alfa__answer_error(struct alfa__request *request, const struct alfa_error *err)
{
    static const struct {
        unsigned status;
        const char *code;
    } rows[] = {[ALFA_ERROR_USAGE] = {400, "usage"},     [ALFA_ERROR_INPUT] = {422, "input"},
                [ALFA_ERROR_LIMIT] = {413, "limit"},     [ALFA_ERROR_MODEL] = {500, "model"},
                [ALFA_ERROR_OUTPUT] = {507, "output"},   [ALFA_ERROR_MEMORY] = {503, "memory"},
                [ALFA_ERROR_RUNTIME] = {500, "runtime"}, [ALFA_ERROR_STOPPED] = {503, "away"}};
    const size_t row = (size_t)err->code < sizeof rows / sizeof *rows && err->code != ALFA_OK
                           ? (size_t)err->code
                           : ALFA_ERROR_RUNTIME;
    if (err->code == ALFA_ERROR_OUTPUT)
        atomic_store(&request->server->refused, true);
    if (*err->source)
        alfa__answer_problem(request, rows[row].status, rows[row].code, "%s: %s", err->source, err->message);
    else
        alfa__answer_problem(request, rows[row].status, rows[row].code, "%s", err->message);
}

void alfa__answer_bytes(struct alfa__request *request, const char *type, void *bytes, size_t size,
                        const char *tag)
{
    set(request, 200, MHD_create_response_from_buffer(size, bytes, MHD_RESPMEM_MUST_FREE), type,
        tag ? "private, no-cache" : "no-store");
    if (tag)
        alfa__answer_header(request, "ETag", tag);
}

bool alfa__answer_known(struct alfa__request *request, const char *tag)
{
    const char *known = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, "If-None-Match");
    if (!known || strcmp(known, tag) != 0)
        return false;
    set(request, 304, MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT), NULL,
        "private, no-cache");
    alfa__answer_header(request, "ETag", tag);
    return true;
}

void alfa__answer_static(struct alfa__request *request, const char *type, const void *bytes, size_t size,
                         const char *tag)
{
    if (alfa__answer_known(request, tag))
        return;
    set(request, 200, MHD_create_response_from_buffer(size, (void *)bytes, MHD_RESPMEM_PERSISTENT), type,
        "private, no-cache");
    alfa__answer_header(request, "ETag", tag);
}

void alfa__answer_empty(struct alfa__request *request, unsigned status)
{
    static char nothing[1];
    set(request, status, MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT), NULL,
        "no-store");
}
