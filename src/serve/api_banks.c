/* Banks: learning from pictures that are sent or were inspected, taking a version, and a way back. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "report/record.h"
#include "serve/banks.h"
#include "serve/events.h"
#include "serve/intake.h"
#include "serve/server.h"
#include "serve/teacher.h"

enum { MOST_PICTURES = 2000, LONGEST_TAG = 64 };

/* ------------------------------------------------------------------ reading a plan */

#define FIELDS " name class base false_alarm_rate tiles keep_all inspections bad "

struct plan {
    struct alfa__lesson_plan lesson;
    struct alfa__lesson_picture pictures[MOST_PICTURES];
    struct alfa__string names[MOST_PICTURES];
    json_t *body;
};

static enum alfa_status wrong(struct alfa_error *err, const char *field, const char *what)
{
    return alfa__fail(err, ALFA_ERROR_USAGE, field, "%s", what);
}

static bool is_whole(const json_t *value)
{
    return !value || json_is_integer(value) || json_is_null(value);
}

static struct alfa__lesson_picture *add(struct plan *plan)
{
    return plan->lesson.count < MOST_PICTURES ? &plan->pictures[plan->lesson.count++] : NULL;
}

/* Files called "bad" are of bad things, all others of normal ones. */
static enum alfa_status take_files(struct plan *plan, const struct alfa__request *request,
                                   struct alfa_error *err)
{
    for (int i = 0; i < request->part_count; i++) {
        const struct alfa__part *part = &request->parts[i];
        if (!part->file || !part->value.size)
            continue;
        struct alfa__string *name = &plan->names[plan->lesson.count % MOST_PICTURES];
        struct alfa__lesson_picture *picture = add(plan);
        if (!picture)
            return wrong(err, "pictures", "are more than 2000; send fewer");
        alfa__utf8_append(name, part->file);
        *picture = (struct alfa__lesson_picture){.name = name->text ? name->text : "picture",
                                                 .bytes = part->value.text,
                                                 .size = part->value.size,
                                                 .bad = strcmp(part->name, "bad") == 0,
                                                 .keep = plan->lesson.keep_base};
    }
    return ALFA_OK;
}

static enum alfa_status take_ids(struct plan *plan, const char *key, bool bad, struct alfa_error *err)
{
    json_t *list = json_object_get(plan->body, key), *item;
    size_t i;
    if (list && !json_is_array(list))
        return wrong(err, key, "is no list of numbers of inspections");
    json_array_foreach(list, i, item)
    {
        struct alfa__lesson_picture *picture = json_integer_value(item) > 0 ? add(plan) : NULL;
        if (!picture)
            return wrong(err, key, "is no list of at most 2000 numbers of inspections");
        *picture = (struct alfa__lesson_picture){
            .inspection = json_integer_value(item), .bad = bad, .keep = true}; /* who picked it has seen it */
    }
    return ALFA_OK;
}

/* A field of the JSON (the body, or the form's field "plan"), or of the form. */
static const char *field(const struct plan *plan, const struct alfa__request *request, const char *name)
{
    return plan->body ? json_string_value(json_object_get(plan->body, name))
                      : alfa__request_text(request, name);
}

/* A wrong type in the JSON would be passed over in silence, as a name that nothing reads would. */
static enum alfa_status read_numbers(struct plan *plan, const struct alfa__request *request,
                                     struct alfa_error *err)
{
    json_t *rate = json_object_get(plan->body, "false_alarm_rate"),
           *parts = json_object_get(plan->body, "tiles"), *base = json_object_get(plan->body, "base"),
           *keep = json_object_get(plan->body, "keep_all");
    long long tiles = json_is_integer(parts) ? json_integer_value(parts) : -1;
    plan->lesson.rate = json_is_number(rate) ? json_number_value(rate) : NAN;
    plan->lesson.base = json_integer_value(base);
    if ((rate && !json_is_number(rate) && !json_is_null(rate)) ||
        !alfa__request_number(&plan->lesson.rate, request, "false_alarm_rate", 0, 1) ||
        plan->lesson.rate < 0 || plan->lesson.rate > 1)
        return wrong(err, "false_alarm_rate", "is not a number from 0 to 1");
    if (!is_whole(parts) || !alfa__request_whole(&tiles, request, "tiles", 0, ALFA_MAX_TILES) ||
        tiles > ALFA_MAX_TILES || (json_is_integer(parts) && tiles < 0))
        return wrong(err, "tiles", "is not a whole number from 1 to 8");
    plan->lesson.tiles = tiles == 1 ? 0 : (int)tiles;
    if (!is_whole(base) || !alfa__request_whole(&plan->lesson.base, request, "base", 0, INT64_MAX))
        return wrong(err, "base", "is not the number of a version");
    plan->lesson.keep_base = json_is_true(keep);
    if ((keep && !json_is_boolean(keep)) || !alfa__request_flag(&plan->lesson.keep_base, request, "keep_all"))
        return wrong(err, "keep_all", "is neither yes nor no");
    return ALFA_OK;
}

static enum alfa_status read_plan(struct plan *plan, const struct alfa__request *request,
                                  struct alfa_error *err)
{
    const char *text = request->part_count ? alfa__request_text(request, "plan") : request->body.text;
    if (text || !request->part_count)
        plan->body = alfa__request_json(text);
    if ((text || !request->part_count) && !json_is_object(plan->body))
        return wrong(err, "body", "is neither a form with pictures nor a JSON object");
    ALFA__TRY(alfa__request_check(request, plan->body, FIELDS, " plan ", err));
    plan->lesson.pictures = plan->pictures;
    plan->lesson.class_name = field(plan, request, "class");
    plan->lesson.name = field(plan, request, "name");
    if (!plan->lesson.name || !alfa__version_is_name(plan->lesson.name))
        return wrong(err, "name", ALFA__VERSION_NAME_RULE);
    if (!plan->lesson.class_name)
        return wrong(err, "class", "is missing: say what the pictures show, for example bottle");
    ALFA__TRY(alfa__judge_check(request->server->judge, plan->lesson.class_name, NULL, err));
    ALFA__TRY(read_numbers(plan, request, err));
    ALFA__TRY(take_files(plan, request, err));
    ALFA__TRY(take_ids(plan, "inspections", false, err));
    return take_ids(plan, "bad", true, err);
}

/* ------------------------------------------------------------------ answering */

static void add_progress(struct alfa__request *request, json_t **bank)
{
    int done, total;
    const long long now = alfa__teacher_now(request->server->teacher, &done, &total);
    if (*bank && json_integer_value(json_object_get(*bank, "id")) == now)
        alfa__json_set(bank, "progress", json_pack("{s:i, s:i}", "done", done, "total", total));
}

static void answer_version(struct alfa__request *request, unsigned status, long long id)
{
    json_t *bank = alfa__version_get(request->server->archive, id);
    if (!bank) {
        alfa__answer_problem(request, 404, "not_found", "there is no version %lld of a bank", id);
        return;
    }
    add_progress(request, &bank);
    alfa__answer_json(request, status, bank);
}

void alfa__api_banks(struct alfa__request *request)
{
    json_t *all = alfa__version_list(request->server->archive), *list = all ? json_array() : NULL, *row;
    size_t i;
    json_array_foreach(all, i, row)
    {
        json_t *bank = json_incref(row);
        add_progress(request, &bank);
        alfa__json_push(&list, bank);
    }
    json_decref(all);
    alfa__answer_json(request, 200, json_pack("{s:o}", "items", list));
}

void alfa__api_bank(struct alfa__request *request)
{
    answer_version(request, 200, request->id);
}

/* A file called "bank" is one that was learned elsewhere; its name says the bank's unless a field does. */
static const struct alfa__part *find_bank(const struct alfa__request *request)
{
    for (int i = 0; i < request->part_count; i++)
        if (request->parts[i].file && strcmp(request->parts[i].name, "bank") == 0)
            return &request->parts[i];
    return NULL;
}

static enum alfa_status bring(long long *id, struct alfa__request *request, const struct alfa__part *bank,
                              struct alfa_error *err)
{
    const char *given = alfa__request_text(request, "name");
    char *name = given && *given ? alfa__strdup(given) : alfa__intake_name(bank->file);
    enum alfa_status status =
        name ? alfa__intake_bytes(id, request->server, name, bank->value.text, bank->value.size, err)
             : alfa__fail_memory(err, 64);
    free(name);
    return status;
}

static enum alfa_status learn(long long *id, struct alfa__request *request, struct alfa_error *err)
{
    struct plan *plan = calloc(1, sizeof *plan);
    if (!plan)
        return alfa__fail_memory(err, sizeof *plan);
    enum alfa_status status = read_plan(plan, request, err);
    if (status == ALFA_OK)
        status = alfa__version_add(id, request->server->archive, &plan->lesson, err);
    if (status == ALFA_OK)
        alfa__teacher_wake(request->server->teacher);
    for (int i = 0; i < MOST_PICTURES; i++)
        alfa__string_free(&plan->names[i]);
    json_decref(plan->body);
    free(plan);
    return status;
}

void alfa__api_learn(struct alfa__request *request)
{
    struct alfa_error err;
    long long id = 0;
    char location[64];
    const struct alfa__part *bank = find_bank(request);
    if ((bank ? bring(&id, request, bank, &err) : learn(&id, request, &err)) != ALFA_OK) {
        alfa__answer_error(request, &err);
        return;
    }
    answer_version(request, 202, id);
    snprintf(location, sizeof location, "/v1/banks/%lld", id);
    alfa__answer_header(request, "Location", location);
}

/* {"current": true} takes a version; {"threshold": 0.4}, or null for the learned one. */
void alfa__api_change_bank(struct alfa__request *request)
{
    struct alfa_error err;
    json_t *body = alfa__request_json(request->body.text);
    json_t *threshold = json_object_get(body, "threshold");
    const bool take = json_is_true(json_object_get(body, "current"));
    const double value = json_is_number(threshold) ? json_number_value(threshold) : NAN;
    enum alfa_status status = ALFA_OK;
    if (alfa__request_json_stranger(body, " current threshold ") || (!take && !threshold) ||
        (threshold && !json_is_null(threshold) && !(value >= 0 && value <= 1)))
        status = wrong(&err, "body", "is neither {\"current\": true} nor {\"threshold\": 0 to 1, or null}");
    if (status == ALFA_OK && threshold)
        status = alfa__version_set_threshold(request->server->archive, request->id, value, &err);
    if (status == ALFA_OK && take)
        status = alfa__version_take(request->server->archive, request->id, &err);
    if (status == ALFA_OK)
        answer_version(request, 200, request->id);
    else if (err.code == ALFA_ERROR_INPUT)
        alfa__answer_problem(request, 404, "not_found", "%s", err.message);
    else
        alfa__answer_error(request, &err);
    json_decref(body);
}

void alfa__api_drop_bank(struct alfa__request *request)
{
    struct alfa_error err;
    if (alfa__version_remove(request->server->archive, request->id, &err) == ALFA_OK)
        alfa__answer_empty(request, 204);
    else if (err.code == ALFA_ERROR_INPUT)
        alfa__answer_problem(request, 404, "not_found", "%s", err.message);
    else
        alfa__answer_error(request, &err);
}

void alfa__api_bank_file(struct alfa__request *request)
{
    char *bytes;
    size_t size;
    struct alfa_error err;
    if (alfa__version_read(request->server->archive, request->id, &bytes, &size, &err) != ALFA_OK) {
        alfa__answer_problem(request, 404, "not_found", "%s", err.message);
        return;
    }
    alfa__answer_bytes(request, "application/octet-stream", bytes, size, NULL);
    alfa__answer_header(request, "Content-Disposition", "attachment; filename=\"alfa.bank\"");
}

/* A small copy of a picture that it was learned from, by its number in the bank. NULL: there is none. */
static void *copy_picture(size_t *size, const char *path, const char *number)
{
    struct alfa_bank *bank = NULL;
    const bool whole = strlen(number) < 10 && strspn(number, "0123456789") == strlen(number);
    const struct alfa_picture *picture =
        whole && alfa_bank_load(&bank, path, NULL) == ALFA_OK ? alfa_bank_picture(bank, atoi(number)) : NULL;
    void *jpeg = picture && picture->jpeg_size ? malloc(picture->jpeg_size) : NULL;
    if (jpeg)
        memcpy(jpeg, picture->jpeg, *size = picture->jpeg_size);
    alfa_bank_free(bank);
    return jpeg;
}

void alfa__api_bank_picture(struct alfa__request *request)
{
    struct alfa__version_use use = {0};
    struct alfa__question question = {.threshold = NAN};
    struct alfa_error err;
    char id[32], tag[LONGEST_TAG];
    size_t size = 0;
    void *jpeg = NULL;
    snprintf(id, sizeof id, "%lld", request->id);
    snprintf(tag, sizeof tag, "\"bank-%s-%.16s\"", id, request->word);
    const bool there = alfa__version_use_find(&use, request->server->archive, id, &question, &err) == ALFA_OK;
    const bool known = there && alfa__answer_known(request, tag);
    if (there && !known)
        jpeg = copy_picture(&size, use.path, request->word);
    if (jpeg)
        alfa__answer_bytes(request, "image/jpeg", jpeg, size, tag);
    else if (!known)
        alfa__answer_problem(request, 404, "not_found", "the bank %s has no picture %.16s", id,
                             request->word);
    alfa__version_use_free(&use);
}

void alfa__api_events(struct alfa__request *request)
{
    if (!alfa__events_listen(request->server->events, request)) {
        alfa__answer_problem(request, 503, "busy", "too many listen to events already");
        return;
    }
    alfa__answer_header(request, "Content-Type", "text/event-stream");
    alfa__answer_header(request, "Cache-Control", "no-store");
    alfa__answer_header(request, "X-Content-Type-Options", "nosniff");
    alfa__guest_is(request->server->guests, request->connection, ALFA__GUEST_STAYING);
}
