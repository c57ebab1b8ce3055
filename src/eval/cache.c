#include "eval/cache.h"
#include "base/files.h"
#include "base/json.h"
#include "base/strings.h"
#include "eval/shots.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FILE ((size_t)256 << 20)

static const char *const names[] = {
#define NAME(id, name, title) name,
    ALFA__EVAL_METRIC_LIST(NAME)
#undef NAME
};

static const char *const titles[] = {
#define TITLE(id, name, title) title,
    ALFA__EVAL_METRIC_LIST(TITLE)
#undef TITLE
};

const char *alfa__eval_metric_name(enum alfa__eval_metric metric)
{
    return names[metric];
}

const char *alfa__eval_metric_title(enum alfa__eval_metric metric)
{
    return titles[metric];
}

void alfa__eval_put_images(struct alfa__metric values[ALFA__EVAL_METRICS], const struct alfa__ranking *images)
{
    values[ALFA__EVAL_IMAGE_AUROC] = images->auroc;
    values[ALFA__EVAL_IMAGE_AP] = images->average_precision;
    values[ALFA__EVAL_IMAGE_AUPR] = images->aupr;
    values[ALFA__EVAL_IMAGE_F1] = images->f1_max;
}

void alfa__eval_put_pixels(struct alfa__metric values[ALFA__EVAL_METRICS],
                           const struct alfa__pixel_metrics *pixels)
{
    values[ALFA__EVAL_PIXEL_AUROC] = pixels->ranking.auroc;
    values[ALFA__EVAL_PIXEL_F1] = pixels->ranking.f1_max;
    values[ALFA__EVAL_PRO] = pixels->pro;
    values[ALFA__EVAL_PRO_200] = pixels->pro_200;
}

/* ------------------------------------------------------------------ the list */

static void free_result(struct alfa__eval_result *result)
{
    free(result->class_name);
    free(result->method);
    alfa__names_free(&result->references);
}

static bool same(const struct alfa__eval_result *result, const char *class_name, const char *method,
                 int shots, int seed)
{
    return result->shots == shots && result->seed == seed && strcmp(result->class_name, class_name) == 0 &&
           strcmp(result->method, method) == 0;
}

enum alfa_status alfa__eval_results_add(struct alfa__eval_results *results, struct alfa__eval_result *result,
                                        struct alfa_error *err)
{
    for (size_t i = 0; i < results->count; i++) {
        struct alfa__eval_result *old = &results->items[i];
        if (same(old, result->class_name, result->method, result->shots, result->seed) &&
            strcmp(old->key, result->key) == 0) {
            free_result(old);
            *old = *result;
            return ALFA_OK;
        }
    }
    if (results->count == results->room) {
        const size_t room = results->room ? 2 * results->room : 64;
        struct alfa__eval_result *larger = realloc(results->items, room * sizeof *larger);
        if (!larger) {
            free_result(result);
            return alfa__fail_memory(err, room * sizeof *larger);
        }
        results->items = larger;
        results->room = room;
    }
    results->items[results->count++] = *result;
    return ALFA_OK;
}

void alfa__eval_results_free(struct alfa__eval_results *results)
{
    for (size_t i = 0; i < results->count; i++)
        free_result(&results->items[i]);
    free(results->items);
    *results = (struct alfa__eval_results){0};
}

const struct alfa__eval_result *alfa__eval_results_find(const struct alfa__eval_results *results,
                                                        const char *class_name, const char *method, int shots,
                                                        int seed)
{
    for (size_t i = 0; i < results->count; i++)
        if (results->items[i].current && same(&results->items[i], class_name, method, shots, seed))
            return &results->items[i];
    return NULL;
}

bool alfa__eval_results_take(struct alfa__eval_results *results, const char *class_name, const char *method,
                             int shots, int seed, const char *key)
{
    for (size_t i = 0; i < results->count; i++)
        if (same(&results->items[i], class_name, method, shots, seed) &&
            strcmp(results->items[i].key, key) == 0)
            return results->items[i].current = true;
    return false;
}

/* ------------------------------------------------------------------ JSON */

/* Text of a file name, which may be no UTF-8: its bytes as \xNN then. */
static json_t *text_of(const char *text)
{
    json_t *json = json_string(text);
    if (json)
        return json;
    struct alfa__string plain = {0};
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        alfa__string_appendf(&plain, *p < 128 ? "%c" : "\\x%02x", *p);
    json = alfa__string_ok(&plain) ? json_string(plain.text) : NULL;
    alfa__string_free(&plain);
    return json;
}

static json_t *metric_json(struct alfa__metric metric)
{
    return metric.defined ? json_real(metric.value) : json_null();
}

const double alfa__eval_rates[ALFA__EVAL_RATES] = {0.01, 0.02, 0.05, 0.1, 0.2, 0.4};

/* [[rate, found, false alarms]...]; NULL when memory ran out, as all that follow. */
static json_t *decisions_json(const struct alfa__eval_result *r)
{
    json_t *list = json_array();
    int failed = !list;
    for (int i = 0; i < ALFA__EVAL_RATES && !failed; i++)
        failed = json_array_append_new(
            list, json_pack("[f, i, i]", alfa__eval_rates[i], r->decisions[i].found, r->decisions[i].alarms));
    return alfa__json_whole(list, failed);
}

static json_t *references_json(const struct alfa__eval_result *r)
{
    json_t *list = json_array();
    int failed = !list;
    for (size_t i = 0; i < r->references.count && !failed; i++)
        failed = json_array_append_new(list, text_of(r->references.items[i]));
    return alfa__json_whole(list, failed);
}

static json_t *result_json(const struct alfa__eval_result *r)
{
    json_t *json = json_object();
    int failed = json_object_set_new(json, "class", text_of(r->class_name));
    failed |= json_object_set_new(json, "method", text_of(r->method));
    failed |= json_object_set_new(
        json, "shots", r->shots == ALFA__EVAL_ALL_SHOTS ? json_string("all") : json_integer(r->shots));
    failed |= json_object_set_new(json, "seed", json_integer(r->seed));
    failed |= json_object_set_new(json, "key", json_string(r->key));
    for (int m = 0; m < ALFA__EVAL_METRICS; m++)
        failed |= json_object_set_new(json, names[m], metric_json(r->values[m]));
    if (r->decides)
        failed |= json_object_set_new(json, "decisions", decisions_json(r));
    failed |= json_object_set_new(json, "normal", json_integer(r->normal));
    failed |= json_object_set_new(json, "anomalous", json_integer(r->anomalous));
    failed |= json_object_set_new(json, "masked", json_integer(r->masked));
    failed |= json_object_set_new(json, "failed", json_integer(r->failed));
    failed |= json_object_set_new(json, "prompts_kept", json_real(r->kept));
    failed |= json_object_set_new(json, "fallback", json_real(r->fallback));
    failed |= json_object_set_new(json, "seconds", json_real(r->seconds));
    if (r->timing.count) {
        failed |= json_object_set_new(json, "image_seconds", json_real(r->timing.mean));
        failed |= json_object_set_new(json, "image_seconds_deviation", json_real(r->timing.deviation));
        failed |= json_object_set_new(json, "timed", json_integer(r->timing.count));
    }
    failed |= json_object_set_new(json, "references", references_json(r));
    return alfa__json_whole(json, failed);
}

char *alfa__eval_result_json(const struct alfa__eval_result *result)
{
    json_t *json = result_json(result);
    char *text = json ? json_dumps(json, JSON_REAL_PRECISION(9)) : NULL;
    json_decref(json);
    return text;
}

static bool read_metric(struct alfa__metric *out, const json_t *json)
{
    *out = json_is_number(json) ? alfa__metric_of(json_number_value(json)) : alfa__metric_undefined();
    return json_is_number(json) || json_is_null(json);
}

/* False when there are any that are not as they are written. */
static bool read_decisions(struct alfa__eval_result *out, const json_t *list)
{
    out->decides = list != NULL;
    for (size_t i = 0; i < ALFA__EVAL_RATES && list; i++) {
        const json_t *row = json_array_get(list, i);
        if (json_number_value(json_array_get(row, 0)) != alfa__eval_rates[i])
            return false;
        out->decisions[i].found = (int)json_integer_value(json_array_get(row, 1));
        out->decisions[i].alarms = (int)json_integer_value(json_array_get(row, 2));
    }
    return true;
}

static int integer(const json_t *json, const char *name)
{
    return (int)json_integer_value(json_object_get(json, name));
}

static struct alfa__timing read_timing(const json_t *json)
{
    return (struct alfa__timing){json_number_value(json_object_get(json, "image_seconds")),
                                 json_number_value(json_object_get(json, "image_seconds_deviation")),
                                 integer(json, "timed")};
}

/* False for anything but a result. What out owns is freed by the caller. */
static bool read_result(struct alfa__eval_result *out, const json_t *json)
{
    const char *class_name = json_string_value(json_object_get(json, "class"));
    const char *method = json_string_value(json_object_get(json, "method"));
    const char *key = json_string_value(json_object_get(json, "key"));
    json_t *references = json_object_get(json, "references"), *reference;
    const bool all = json_is_string(json_object_get(json, "shots"));
    size_t i;
    *out = (struct alfa__eval_result){.shots = all ? ALFA__EVAL_ALL_SHOTS : integer(json, "shots"),
                                      .seed = integer(json, "seed"),
                                      .normal = integer(json, "normal"),
                                      .anomalous = integer(json, "anomalous"),
                                      .masked = integer(json, "masked"),
                                      .failed = integer(json, "failed"),
                                      .kept = json_number_value(json_object_get(json, "prompts_kept")),
                                      .fallback = json_number_value(json_object_get(json, "fallback")),
                                      .seconds = json_number_value(json_object_get(json, "seconds")),
                                      .timing = read_timing(json)};
    if (!class_name || !method || !key || strlen(key) >= sizeof out->key || !json_is_array(references))
        return false;
    for (int m = 0; m < ALFA__EVAL_METRICS; m++)
        if (!read_metric(&out->values[m], json_object_get(json, names[m])))
            return false;
    if (!read_decisions(out, json_object_get(json, "decisions")))
        return false;
    out->class_name = alfa__strdup(class_name);
    out->method = alfa__strdup(method);
    snprintf(out->key, sizeof out->key, "%s", key);
    json_array_foreach(references, i, reference)
        alfa__names_add(&out->references, json_string_value(reference) ? json_string_value(reference) : "?");
    return out->class_name && out->method && !out->references.failed;
}

/* ------------------------------------------------------------------ the file */

enum alfa_status alfa__eval_cache_load(struct alfa__eval_results *out, int *spoilt, const char *path,
                                       struct alfa_error *err)
{
    char *text, *rest;
    size_t size;
    *spoilt = 0;
    if (!alfa__file_exists(path))
        return ALFA_OK;
    ALFA__TRY(alfa__file_read(&text, &size, path, MAX_FILE, err));
    enum alfa_status status = ALFA_OK;
    for (char *line = strtok_r(text, "\n", &rest); line && status == ALFA_OK;
         line = strtok_r(NULL, "\n", &rest)) {
        struct alfa__eval_result result;
        json_t *json = json_loads(line, 0, NULL);
        if (read_result(&result, json)) {
            status = alfa__eval_results_add(out, &result, err);
        } else {
            free_result(&result);
            ++*spoilt;
        }
        json_decref(json);
    }
    free(text);
    return status;
}

static bool ends_in_newline(FILE *file)
{
    return fseek(file, -1, SEEK_END) != 0 || fgetc(file) == '\n'; /* an empty file has no line to end */
}

enum alfa_status alfa__eval_cache_append(const char *path, const struct alfa__eval_result *result,
                                         struct alfa_error *err)
{
    char *line = alfa__eval_result_json(result);
    if (!line)
        return alfa__fail_memory(err, 1024);
    FILE *file = fopen(path, "a+");
    bool good = file != NULL;
    if (good) {
        const bool whole = ends_in_newline(file);
        fseek(file, 0, SEEK_END);
        good = fprintf(file, "%s%s\n", whole ? "" : "\n", line) > 0;
        good = fclose(file) == 0 && good;
    }
    free(line);
    return good ? ALFA_OK
                : alfa__fail(err, ALFA_ERROR_OUTPUT, path, "cannot be written: %s", strerror(errno));
}
