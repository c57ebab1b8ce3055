/* What was judged: lists, one, its verdict. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "serve/events.h"
#include "serve/links.h"
#include "serve/server.h"

enum { PAGE = 50, MOST = 500 };
#define FIELDS " class decision verdict name min_score max_score since until bank cursor limit format "

/* ------------------------------------------------------------------ lists */

static bool one_of(const char *text, const char *a, const char *b, const char *c, const char *d)
{
    return !text || !*text || !strcmp(text, a) || !strcmp(text, b) || !strcmp(text, c) || !strcmp(text, d);
}

static const char *read_time(long long *out, const struct alfa__request *request, const char *name)
{
    const char *text = alfa__request_text(request, name);
    return !text || !*text || alfa__time_read(out, text) ? NULL : name;
}

static bool read_bound(bool *has, double *out, const struct alfa__request *request, const char *name)
{
    const char *text = alfa__request_text(request, name);
    *has = text && *text;
    return alfa__request_number(out, request, name, -1e9, 1e9);
}

static const char *text_or_null(const struct alfa__request *request, const char *name)
{
    const char *text = alfa__request_text(request, name);
    return text && *text ? text : NULL;
}

/* The name of the first field that cannot be read, or NULL. */
static const char *read_filter(struct alfa__filter *out, const struct alfa__request *request)
{
    long long limit = PAGE;
    *out = (struct alfa__filter){.class_name = text_or_null(request, "class"),
                                 .decision = text_or_null(request, "decision"),
                                 .verdict = text_or_null(request, "verdict"),
                                 .name = text_or_null(request, "name")};
    if (!one_of(out->decision, "anomaly", "normal", "anomaly", "normal"))
        return "decision";
    if (!one_of(out->verdict, "agree", "false_alarm", "missed", "none"))
        return "verdict";
    if (!read_bound(&out->has_low, &out->low, request, "min_score"))
        return "min_score";
    if (!read_bound(&out->has_high, &out->high, request, "max_score"))
        return "max_score";
    if (!alfa__request_whole(&out->before, request, "cursor", 1, INT64_MAX))
        return "cursor";
    if (!alfa__request_whole(&out->bank, request, "bank", 1, INT64_MAX))
        return "bank";
    if (!alfa__request_whole(&limit, request, "limit", 1, MOST))
        return "limit";
    out->limit = (int)limit;
    const char *wrong = read_time(&out->since, request, "since");
    return wrong ? wrong : read_time(&out->until, request, "until");
}

static void answer_csv(struct alfa__request *request, const struct alfa__filter *filter)
{
    struct alfa__string table = {0};
    struct alfa_error err;
    if (alfa__archive_csv(request->server->archive, &table, filter, &err) != ALFA_OK) {
        alfa__string_free(&table);
        alfa__answer_error(request, &err);
        return;
    }
    alfa__answer_bytes(request, "text/csv; charset=utf-8", table.text, table.size, NULL);
    alfa__answer_header(request, "Content-Disposition", "attachment; filename=\"inspections.csv\"");
}

void alfa__api_list(struct alfa__request *request)
{
    struct alfa__filter filter;
    const char *format = text_or_null(request, "format"), *wrong = read_filter(&filter, request);
    struct alfa_error err;
    if (format && strcmp(format, "csv") != 0 && strcmp(format, "json") != 0)
        wrong = "format";
    if (alfa__request_check(request, NULL, FIELDS, " ", &err) != ALFA_OK)
        alfa__answer_error(request, &err);
    else if (wrong)
        alfa__answer_problem(request, 400, "usage", "%s: cannot be read; docs/serve.md lists what it may be",
                             wrong);
    else if (format && strcmp(format, "csv") == 0)
        answer_csv(request, &filter);
    else
        alfa__answer_json(request, 200, alfa__archive_list(request->server->archive, &filter));
}

void alfa__api_scores(struct alfa__request *request)
{
    const char *class_name = text_or_null(request, "class");
    long long bank = 0;
    if (!class_name || !alfa__request_whole(&bank, request, "bank", 1, INT64_MAX)) {
        alfa__answer_problem(request, 400, "usage",
                             class_name ? "bank: is not the number of a version" : "class: is missing");
        return;
    }
    json_t *scores = alfa__archive_scores(request->server->archive, class_name, bank, 5000);
    alfa__answer_json(request, 200, json_pack("{s:o}", "items", scores));
}

/* ------------------------------------------------------------------ one */

static void answer_missing(struct alfa__request *request)
{
    alfa__answer_problem(request, 404, "not_found", "there is no inspection %lld", request->id);
}

void alfa__api_get(struct alfa__request *request)
{
    json_t *object = alfa__archive_get(request->server->archive, request->id);
    if (object)
        alfa__answer_json(request, 200, object);
    else
        answer_missing(request);
}

/* Who looks at it elsewhere sees the verdict too. */
static void tell(struct alfa__request *request)
{
    static const char *const keys[] = {"id", "verdict", "verdict_time"};
    json_t *object = alfa__archive_get(request->server->archive, request->id);
    if (!object) { /* removed meanwhile */
        answer_missing(request);
        return;
    }
    json_t *said = json_object();
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        alfa__json_set(&said, keys[i], json_incref(json_object_get(object, keys[i])));
    alfa__events_tell(request->server->events, "verdict", said);
    alfa__answer_json(request, 200, object);
}

/* {"verdict": "agree" | "false_alarm" | "missed" | null} */
void alfa__api_verdict(struct alfa__request *request)
{
    struct alfa_error err;
    json_t *body = alfa__request_json(request->body.text);
    json_t *verdict = json_object_get(body, "verdict");
    const char *text = json_string_value(verdict);
    if (alfa__request_json_stranger(body, " verdict ") || !verdict || (!text && !json_is_null(verdict)) ||
        !one_of(text, "agree", "false_alarm", "missed", "agree") || (text && !*text))
        alfa__answer_problem(request, 400, "usage",
                             "send {\"verdict\": \"agree\"}, \"false_alarm\", \"missed\" or null");
    else if (alfa__archive_judge(request->server->archive, request->id, text, &err) == ALFA_OK)
        tell(request);
    else if (err.code == ALFA_ERROR_INPUT)
        answer_missing(request);
    else if (err.code == ALFA_ERROR_USAGE)
        alfa__answer_problem(request, 409, "verdict", "%s", err.message);
    else
        alfa__answer_error(request, &err);
    json_decref(body);
}

void alfa__api_delete(struct alfa__request *request)
{
    struct alfa_error err;
    if (alfa__archive_remove(request->server->archive, request->id, &err) == ALFA_OK)
        alfa__answer_empty(request, 204);
    else if (err.code == ALFA_ERROR_INPUT)
        answer_missing(request);
    else
        alfa__answer_error(request, &err);
}
