/* The page, the model, prompt sets, embeddings, and what a watchdog asks. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/status.h"
#include "image/heat.h"
#include "report/record.h"
#include "serve/access.h"
#include "serve/server.h"
#include "serve/web.h"

enum { MOST_TEXTS = 256 };

/* ------------------------------------------------------------------ the page */

void alfa__api_page(struct alfa__request *request)
{
    char tag[32];
    const struct alfa__web_file *file = alfa__web_find(request->word ? request->word : "index.html");
    if (!file) {
        alfa__answer_problem(request, 404, "not_found", "there is nothing at this path");
        return;
    }
    snprintf(tag, sizeof tag, "\"%016llx\"",
             (unsigned long long)alfa__hash(ALFA__HASH_START, file->bytes, file->size));
    alfa__answer_static(request, file->type, file->bytes, file->size, tag);
}

/* {"token": "..."} -> a cookie that the page's pictures and events are asked for with. */
void alfa__api_session(struct alfa__request *request)
{
    char cookie[160];
    const struct alfa__server *server = request->server;
    json_t *body = alfa__request_json(request->body.text);
    const char *token = json_string_value(json_object_get(body, "token"));
    if (!*server->token || (token && alfa__access_is_token(server, token))) {
        snprintf(cookie, sizeof cookie, "alfa_session=%s; HttpOnly; SameSite=Strict; Path=/%s",
                 server->session, server->options->cert ? "; Secure" : "");
        alfa__answer_empty(request, 204);
        alfa__answer_header(request, "Set-Cookie", cookie);
    } else {
        alfa__answer_problem(request, 401, "token", "this is not the server's token");
    }
    json_decref(body);
}

/* ------------------------------------------------------------------ the model */

static json_t *method_list(void)
{
    json_t *list = json_array();
    for (int i = 0; *alfa_method_info((enum alfa_method)i)->name; i++) {
        const struct alfa_method_info *info = alfa_method_info((enum alfa_method)i);
        if (!info->together)
            alfa__json_push(&list, json_pack("{s:s, s:b, s:b, s:b}", "name", info->name, "needs_bank",
                                             info->needs_bank, "map", info->map, "decides", info->decides));
    }
    return list;
}

/* The colours of a map, from its place threshold (0) to 1; places that are not above it have none. */
static json_t *colour_list(void)
{
    json_t *list = json_array();
    for (int i = 0; i <= 4; i++) {
        const struct alfa__colour c = alfa__heat_colour(0.5 + i / 8.0 + (i ? 0 : 1e-9), 0.5);
        alfa__json_push(&list, json_pack("{s:f, s:o, s:f}", "part", i / 4.0, "rgb",
                                         json_sprintf("#%02x%02x%02x", c.rgb[0], c.rgb[1], c.rgb[2]),
                                         "opacity", c.opacity / 255.0));
    }
    return list;
}

void alfa__api_models(struct alfa__request *request)
{
    const struct alfa_model_info *info = alfa__judge_model(request->server->judge);
    json_t *model = json_pack("{s:o, s:s, s:s, s:s, s:i, s:i, s:i, s:I}", "name", alfa__json_text(info->name),
                              "layout", info->layout, "precision", info->precision, "fingerprint",
                              info->fingerprint, "embed_dim", info->embed_dim, "image_size", info->image_size,
                              "grid", info->grid, "parameters", (json_int_t)info->parameters);
    alfa__answer_json(request, 200,
                      json_pack("{s:s, s:[o], s:o, s:o}", "version", alfa_version(), "models", model,
                                "methods", method_list(), "colours", colour_list()));
}

/* Nouns that have a prompt set, and those that were inspected. */
void alfa__api_classes(struct alfa__request *request)
{
    struct alfa__server *server = request->server;
    alfa__answer_json(request, 200,
                      json_pack("{s:o, s:o, s:o}", "shipped", alfa__judge_classes(server->judge), "edited",
                                alfa__archive_prompt_classes(server->archive), "inspected",
                                alfa__archive_classes(server->archive)));
}

/* ------------------------------------------------------------------ embeddings */

/* {"texts": ["...", ...]} */
static json_t *embed_texts(struct alfa__request *request, struct alfa_error *err)
{
    const char *texts[MOST_TEXTS];
    json_t *body = alfa__request_json(request->body.text);
    json_t *list = json_object_get(body, "texts"), *result = NULL;
    const size_t count = json_array_size(list);
    bool good = count >= 1 && count <= MOST_TEXTS && !alfa__request_json_stranger(body, " texts ");
    for (size_t i = 0; i < count && good; i++)
        good = (texts[i] = json_string_value(json_array_get(list, i))) != NULL;
    if (good)
        result = alfa__judge_embed_texts(request->server->judge, texts, (int)count, err);
    else
        (void)alfa__fail(err, ALFA_ERROR_USAGE, NULL,
                         "send {\"texts\": [...]} with 1 to %d of them, or a picture", (int)MOST_TEXTS);
    json_decref(body);
    return result;
}

static json_t *embed_picture(struct alfa__request *request, const char *bytes, size_t size,
                             struct alfa_error *err)
{
    struct alfa_image *image;
    if (alfa_image_decode(&image, bytes, size, "image", err) != ALFA_OK)
        return NULL;
    json_t *embedding = alfa__judge_embed_image(request->server->judge, image, err);
    alfa_image_free(image);
    return embedding ? json_pack("[o]", embedding) : NULL;
}

void alfa__api_embed(struct alfa__request *request)
{
    struct alfa_error err;
    json_t *list = NULL;
    const struct alfa__part *file = NULL;
    for (int i = 0; i < request->part_count && !file; i++)
        file = request->parts[i].file ? &request->parts[i] : NULL;
    if (file)
        list = embed_picture(request, file->value.text, file->value.size, &err);
    else if (strncmp(request->type, "application/json", 16) == 0 ||
             (request->body.size &&
              *request->body.text == '{')) /* curl says of it what it says of a picture */
        list = embed_texts(request, &err);
    else
        list = embed_picture(request, request->body.text, request->body.size, &err);
    if (list)
        alfa__answer_json(request, 200,
                          json_pack("{s:o, s:o}", "model",
                                    alfa__json_text(alfa__judge_model(request->server->judge)->name),
                                    "embeddings", list));
    else
        alfa__answer_error(request, &err);
}

/* ------------------------------------------------------------------ prompt sets */

void alfa__api_prompts(struct alfa__request *request)
{
    struct alfa_error err;
    bool generic = false;
    char *near = NULL;
    if (alfa__judge_check(request->server->judge, request->word, NULL, &err) != ALFA_OK) {
        alfa__answer_error(request, &err);
        return;
    }
    char *own = alfa__archive_prompts(request->server->archive, request->word);
    char *shipped = alfa__judge_shipped(request->server->judge, request->word, &generic, &near);
    alfa__answer_json(request, 200,
                      json_pack("{s:o, s:s, s:o, s:o}", "class", alfa__json_text(request->word), "source",
                                own       ? "edited"
                                : generic ? "generic"
                                          : "shipped",
                                "near", near && !own ? alfa__json_text(near) : json_null(), "text",
                                alfa__json_text(own ? own : shipped)));
    free(near);
    free(own);
    free(shipped);
}

/* A prompt file as the body: text/plain, or {"text": "..."}. */
void alfa__api_set_prompts(struct alfa__request *request)
{
    struct alfa_error err;
    json_t *body = alfa__request_json(request->body.text);
    const char *text = body ? json_string_value(json_object_get(body, "text")) : request->body.text;
    enum alfa_status status = text && *text && strlen(text) > 0
                                  ? alfa__judge_check(request->server->judge, request->word, text, &err)
                                  : alfa__fail(&err, ALFA_ERROR_USAGE, "prompts", "there is no text");
    if (status == ALFA_OK)
        status = alfa__archive_set_prompts(request->server->archive, request->word, text, &err);
    if (status == ALFA_OK)
        alfa__api_prompts(request);
    else
        alfa__answer_error(request, &err);
    json_decref(body);
}

void alfa__api_drop_prompts(struct alfa__request *request)
{
    struct alfa_error err;
    if (alfa__archive_set_prompts(request->server->archive, request->word, NULL, &err) == ALFA_OK)
        alfa__answer_empty(request, 204);
    else
        alfa__answer_error(request, &err);
}

/* ------------------------------------------------------------------ watching */

void alfa__api_health(struct alfa__request *request)
{
    alfa__answer_json(request, 200, json_pack("{s:s, s:s}", "status", "ok", "version", alfa_version()));
}

/* Ready: the model is there (or the server would not be), the queue and the disk have room, and somebody
 * judges. */
void alfa__api_ready(struct alfa__request *request)
{
    const struct alfa__elsewhere *elsewhere = request->server->options->elsewhere;
    const int trouble = atomic_load(&request->server->trouble);
    long long waiting, workers;
    if (alfa__queue_full(request->server->queue))
        alfa__answer_problem(request, 503, "busy", "the queue is full");
    else if (trouble)
        alfa__answer_problem(request, 503, "output", "the store cannot be written to: %s", strerror(trouble));
    else if (elsewhere && !elsewhere->count(elsewhere->context, &waiting, &workers))
        alfa__answer_problem(request, 503, "away", "the broker is away");
    else
        alfa__answer_json(request, 200, json_pack("{s:s}", "status", "ready"));
}

/* Resident memory in bytes. */
static double resident(void)
{
    long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file && fscanf(file, "%*s %lld", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void write_fleet(struct alfa__string *out, const struct alfa__elsewhere *elsewhere)
{
    long long waiting, workers;
    const bool there = elsewhere->count(elsewhere->context, &waiting, &workers);
    alfa__metrics_gauge(out, "alfa_fleet_up", "Whether the broker is there.", there);
    alfa__metrics_gauge(out, "alfa_fleet_waiting", "Jobs of anybody that wait for a worker.",
                        (double)waiting);
    alfa__metrics_gauge(out, "alfa_fleet_workers", "Workers of the fleet.", (double)workers);
}

void alfa__api_metrics(struct alfa__request *request)
{
    struct alfa__server *server = request->server;
    struct alfa__string text = {0};
    long long inspections, bytes;
    alfa__archive_count(server->archive, &inspections, &bytes);
    alfa__metrics_write(server->metrics, &text);
    alfa__metrics_gauge(&text, "alfa_queue_waiting", "Requests that wait for a worker.",
                        alfa__queue_waiting(server->queue));
    alfa__metrics_gauge(&text, "alfa_queue_limit", "Requests that may wait; others get 429.",
                        server->options->queue);
    alfa__metrics_gauge(&text, "alfa_working", "Requests that are being worked on.",
                        alfa__queue_working(server->queue));
    if (server->options->elsewhere)
        write_fleet(&text, server->options->elsewhere);
    alfa__metrics_gauge(&text, "alfa_connections", "Open connections.", alfa__guests_count(server->guests));
    alfa__metrics_gauge(&text, "alfa_detectors", "Detectors that are open; they share the model.",
                        alfa__judge_detectors(server->judge));
    alfa__metrics_gauge(&text, "alfa_store_inspections", "Inspections in the store.", (double)inspections);
    alfa__metrics_gauge(&text, "alfa_store_bytes", "Bytes of the store's files.", (double)bytes);
    alfa__metrics_gauge(&text, "alfa_store_writable", "Whether the store has room for a picture.",
                        !atomic_load(&server->trouble));
    alfa__metrics_gauge(&text, "process_resident_memory_bytes", "Memory in use.", resident());
    alfa__answer_bytes(request, "text/plain; version=0.0.4; charset=utf-8", text.text, text.size, NULL);
}
