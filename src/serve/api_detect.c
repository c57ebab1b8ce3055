/* POST /v1/detect: one picture in, one judgement out, and into the store unless store=no. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/status.h"
#include "report/npy.h"
#include "report/record.h"
#include "serve/banks.h"
#include "serve/events.h"
#include "serve/links.h"
#include "serve/server.h"

enum { MOST_PROMPTS = 12 };
#define FIELDS " class bank method threshold tiles bits prompts prompt_count name inspection store "

/* The question as it was asked, and what it needs. */
struct asked {
    struct alfa__question question;
    struct alfa__version_use bank;
    char *own_prompts; /* from the store */
    const char *bytes; /* of the picture */
    size_t size;
    char *stored; /* the bytes, when they come from the store */
    const char *name;
    struct alfa__string clean; /* the name as text */
    int bits;                  /* as typed; 0: nothing was */
    bool keep;
};

static void asked_free(struct asked *asked)
{
    free(asked->own_prompts);
    free(asked->stored);
    alfa__string_free(&asked->clean);
    alfa__version_use_free(&asked->bank);
}

/* ------------------------------------------------------------------ what is asked */

static enum alfa_status wrong(struct alfa_error *err, const char *field, const char *what)
{
    return alfa__fail(err, ALFA_ERROR_USAGE, field, "%s", what);
}

/* A stored picture is judged again: nobody has to send it twice. */
static enum alfa_status find_stored(struct asked *asked, struct alfa__request *request, long long id,
                                    struct alfa_error *err)
{
    struct alfa__archived picture;
    ALFA__TRY(alfa__archive_read(&picture, request->server->archive, id, ALFA__ARCHIVE_IMAGE, err));
    asked->bytes = asked->stored = picture.bytes;
    asked->size = picture.size;
    asked->name = "inspection";
    return ALFA_OK;
}

static enum alfa_status refuse_picture(const struct alfa__request *request, struct alfa_error *err)
{
    if (request->is_form && (alfa__request_text(request, "image") || alfa__request_text(request, "file")))
        return wrong(err, "image", "is a field, not a file: give its part a file name");
    return wrong(err, "image", "is missing: send a picture as the body, or as a file of a form");
}

/* The file of a form, or the whole body. */
static enum alfa_status find_picture(struct asked *asked, struct alfa__request *request,
                                     struct alfa_error *err)
{
    const char *name = alfa__request_text(request, "name");
    long long id = 0;
    if (!alfa__request_whole(&id, request, "inspection", 1, INT64_MAX))
        return wrong(err, "inspection", "is not the number of an inspection");
    if (id)
        return find_stored(asked, request, id, err);
    if (strncasecmp(request->type, "application/json", 16) == 0)
        return wrong(err, "image", "cannot be in JSON: send its bytes as the body, or as a file of a form");
    asked->name = "";
    asked->bytes = request->body.text;
    asked->size = request->body.size;
    for (int i = 0; i < request->part_count; i++)
        if (request->parts[i].file && request->parts[i].value.size) {
            if (asked->size)
                return wrong(err, "image", "is there twice: send one picture a request");
            asked->name = request->parts[i].file;
            asked->bytes = request->parts[i].value.text;
            asked->size = request->parts[i].value.size;
        }
    if (name && *name)
        asked->name = name;
    alfa__utf8_append(&asked->clean, asked->name);
    asked->name = asked->clean.text ? asked->clean.text : "";
    return asked->size ? ALFA_OK : refuse_picture(request, err);
}

static enum alfa_status read_options(struct asked *asked, const struct alfa__request *request,
                                     struct alfa_error *err)
{
    struct alfa__question *q = &asked->question;
    const char *method = alfa__request_text(request, "method");
    ALFA__TRY(alfa__request_check(request, NULL, FIELDS, " image file ", err));
    long long tiles = 0, bits = 0, most = MOST_PROMPTS;
    asked->keep = true;
    q->method = ALFA_METHOD_ALFA;
    q->threshold = NAN;
    if (method && *method && !alfa__judge_method(&q->method, method))
        return wrong(err, "method", "is none that judges pictures one by one; GET /v1/models lists them");
    if (!alfa__request_number(&q->threshold, request, "threshold", 0, 1))
        return wrong(err, "threshold", "is not a number from 0 to 1");
    if (!alfa__request_whole(&tiles, request, "tiles", -1, ALFA_MAX_TILES))
        return wrong(err, "tiles", "is not a whole number from 1 to 8, or -1 for automatic");
    if (!alfa__request_whole(&bits, request, "bits", 8, 16))
        return wrong(err, "bits", "is not a whole number from 8 to 16");
    if (!alfa__request_whole(&most, request, "prompt_count", 0, 5000))
        return wrong(err, "prompt_count", "is not a whole number from 0 to 5000");
    if (!alfa__request_flag(&asked->keep, request, "store"))
        return wrong(err, "store", "is neither yes nor no");
    q->tiles = tiles == 1 ? 0 : (int)tiles;
    q->bits = asked->bits = (int)bits;
    q->most_prompts = (int)most;
    return ALFA_OK;
}

/* Sentences: of the request, or those that were edited, or the shipped ones. A bank has its own. */
static void choose_prompts(struct asked *asked, struct alfa__request *request)
{
    const char *own = alfa__request_text(request, "prompts");
    if (!own || !*own)
        own = asked->own_prompts =
            alfa__archive_prompts(request->server->archive, asked->question.class_name);
    asked->question.prompts = own;
}

static enum alfa_status read_question(struct asked *asked, struct alfa__request *request,
                                      struct alfa_error *err)
{
    struct alfa__question *q = &asked->question;
    const char *bank = alfa__request_text(request, "bank");
    q->class_name = alfa__request_text(request, "class");
    ALFA__TRY(read_options(asked, request, err));
    if (bank && *bank)
        ALFA__TRY(alfa__version_use_find(&asked->bank, request->server->archive, bank, q, err));
    if (!q->class_name || !*q->class_name)
        return wrong(err, "class", "is missing: say what the picture shows, for example bottle");
    if (!q->bank)
        choose_prompts(asked, request);
    if (alfa_method_info(q->method)->needs_bank && !q->bank)
        return wrong(err, "method", "needs a bank of normal pictures");
    return ALFA_OK;
}

/* ------------------------------------------------------------------ what is said */

static void add_bank(const struct asked *asked, struct alfa__opinion *opinion)
{
    alfa__json_set(&opinion->report, "bank",
                   asked->question.bank ? json_pack("{s:I, s:s, s:i}", "id", (json_int_t)asked->question.bank,
                                                    "name", asked->bank.name, "version", asked->bank.version)
                                        : json_null());
}

/* What a list of inspections shows of it. */
static void tell(struct alfa__events *events, json_t *report)
{
    static const char *const keys[] = {"id",      "time",         "name",    "class",     "method",
                                       "bank",    "score",        "p_value", "threshold", "decision",
                                       "verdict", "verdict_time", "width",   "height",    "links"};
    json_t *row = json_object();
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        alfa__json_set(&row, keys[i], json_incref(json_object_get(report, keys[i])));
    alfa__events_tell(events, "inspection", row);
}

static enum alfa_status keep(const struct asked *asked, const struct alfa__request *request,
                             struct alfa__opinion *opinion, struct alfa_error *err)
{
    struct alfa__string map = {0};
    long long id, time;
    char *report = json_dumps(opinion->report, JSON_REAL_PRECISION(9) | JSON_COMPACT);
    if (opinion->map)
        alfa__npy_append(&map, opinion->map, opinion->map_width, opinion->map_height);
    const struct alfa__inspection inspection = {
        .name = asked->name,
        .class_name = json_string_value(json_object_get(opinion->report, "class")),
        .method = json_string_value(json_object_get(opinion->report, "method")),
        .bank = asked->question.bank,
        .score = opinion->score,
        .p_value = opinion->p_value,
        .threshold = opinion->threshold,
        .decision = opinion->decision,
        .width = opinion->width,
        .height = opinion->height,
        .report = report,
        .image = asked->bytes,
        .image_size = asked->size,
        .map = map.text,
        .map_size = map.size};
    enum alfa_status status = report && alfa__string_ok(&map)
                                  ? alfa__archive_add(request->server->archive, &id, &time, &inspection, err)
                                  : alfa__fail_memory(err, map.size);
    if (status == ALFA_OK) {
        alfa__links_kept(&opinion->report, id, time, opinion->map != NULL);
        tell(request->server->events, opinion->report);
    }
    alfa__string_free(&map);
    free(report);
    return status;
}

/* By this server. */
static enum alfa_status judge_here(const struct asked *asked, struct alfa__judge *judge,
                                   struct alfa__opinion *opinion, const char *name, struct alfa_error *err)
{
    struct alfa_image *image;
    ALFA__TRY(alfa__judge_read(&image, &asked->question, asked->bytes, asked->size, name, err));
    enum alfa_status status = alfa__judge_run(judge, opinion, &asked->question, image, err);
    alfa_image_free(image);
    return status;
}

/* By others, who need not hear of a class or sentences that are none. */
static enum alfa_status judge_elsewhere(const struct asked *asked, const struct alfa__server *server,
                                        struct alfa__opinion *opinion, const char *name,
                                        struct alfa_error *err)
{
    const struct alfa__elsewhere *elsewhere = server->options->elsewhere;
    const struct alfa__question *q = &asked->question;
    const bool reads = q->method == ALFA_METHOD_ALFA || q->method == ALFA_METHOD_ONE_CLASS;
    if (!q->bank)
        ALFA__TRY(alfa__judge_check(server->judge, q->class_name, reads ? q->prompts : NULL, err));
    return elsewhere->judge(elsewhere->context, opinion, q,
                            &(struct alfa__content){asked->bytes, asked->size, name}, err);
}

/* A bank judges as it was learned: what is asked otherwise would be passed over in silence. */
static enum alfa_status check_bank(const struct asked *asked, const struct alfa__request *request,
                                   const struct alfa__opinion *opinion, struct alfa_error *err)
{
    const struct alfa__question *q = &asked->question;
    const char *said[] = {"method", "tiles", "bits", "prompts"};
    const char *used = json_string_value(json_object_get(opinion->report, "method"));
    const json_t *tiles = json_object_get(json_object_get(opinion->report, "settings"), "tiles");
    enum alfa_method method;
    const bool same[] = {used && alfa__judge_method(&method, used) && method == q->method,
                         q->tiles < 0 || json_integer_value(tiles) == q->tiles, asked->bits == q->bits,
                         false};
    for (int i = 0; i < 4 && q->bank; i++) {
        const char *text = alfa__request_text(request, said[i]);
        if (text && *text && !same[i])
            return alfa__fail(err, ALFA_ERROR_USAGE, said[i],
                              "the bank \"%s\" was learned otherwise: leave this out", asked->bank.name);
    }
    return ALFA_OK;
}

static enum alfa_status judge(struct asked *asked, struct alfa__request *request,
                              struct alfa__opinion *opinion, struct alfa_error *err)
{
    ALFA__TRY(find_picture(asked, request, err));
    ALFA__TRY(read_question(asked, request, err));
    const char *name = *asked->name ? asked->name : "image";
    ALFA__TRY(request->server->options->elsewhere
                  ? judge_elsewhere(asked, request->server, opinion, name, err)
                  : judge_here(asked, request->server->judge, opinion, name, err));
    ALFA__TRY(check_bank(asked, request, opinion, err));
    add_bank(asked, opinion);
    alfa__json_set(&opinion->report, "name", alfa__json_text(asked->name));
    if (!opinion->report)
        return alfa__fail_memory(err, 1024);
    return asked->keep ? keep(asked, request, opinion, err) : ALFA_OK;
}

void alfa__api_detect(struct alfa__request *request)
{
    struct asked asked = {0};
    struct alfa__opinion opinion = {0};
    struct alfa_error err;
    if (judge(&asked, request, &opinion, &err) == ALFA_OK) {
        alfa__metrics_judged(request->server->metrics, asked.question.class_name, opinion.score,
                             opinion.decision);
        if (request->server->options->hear)
            request->server->options->hear(request->server->options->context, opinion.report);
        alfa__answer_json(request, 200, json_incref(opinion.report));
    } else {
        alfa__answer_error(request, &err);
    }
    alfa__opinion_free(&opinion);
    asked_free(&asked);
}
