#include "fleet/job.h"

#include <ctype.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/strings.h"

enum { MOST_PROMPTS = 5000 };

/* ------------------------------------------------------------------ reading */

static enum alfa_status fail(struct alfa_error *err, const char *format, const char *what)
{
    return alfa__fail(err, ALFA_ERROR_INPUT, "job", format, what);
}

static enum alfa_status read_text(const char **out, const json_t *object, const char *key, size_t longest,
                                  struct alfa_error *err)
{
    const json_t *value = json_object_get(object, key);
    *out = NULL;
    if (!value)
        return ALFA_OK;
    if (!json_is_string(value) || !*json_string_value(value))
        return fail(err, "\"%s\" is not a text", key);
    if (json_string_length(value) > longest)
        return fail(err, "\"%s\" is too long", key);
    if (strlen(json_string_value(value)) != json_string_length(value))
        return fail(err, "\"%s\" has a zero character in it", key);
    *out = json_string_value(value);
    return ALFA_OK;
}

static enum alfa_status check_members(const json_t *object, const char *const *known, struct alfa_error *err)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        bool found = false;
        for (int i = 0; known[i]; i++)
            found |= strcmp(known[i], key) == 0;
        if (!found)
            return fail(err, "\"%s\" is no member that is known here", key);
    }
    return ALFA_OK;
}

static enum alfa_status read_picture(struct alfa__job *job, const json_t *image, struct alfa_error *err)
{
    static const char *const known[] = {"path", "url", "base64", NULL};
    if (!json_is_object(image))
        return fail(err, "%s", "\"image\" is missing: {\"path\", \"url\" or \"base64\": ...}");
    ALFA__TRY(check_members(image, known, err));
    ALFA__TRY(read_text(&job->path, image, "path", 4096, err));
    ALFA__TRY(read_text(&job->url, image, "url", 4096, err));
    ALFA__TRY(read_text(&job->base64, image, "base64", (size_t)1 << 30, err));
    if (!!job->path + !!job->url + !!job->base64 != 1)
        return fail(err, "%s", "\"image\" needs one of \"path\", \"url\" and \"base64\"");
    return ALFA_OK;
}

static enum alfa_status read_count(int *out, const json_t *object, const char *key, int least, int most,
                                   struct alfa_error *err)
{
    const json_t *value = json_object_get(object, key);
    if (value &&
        !(json_is_integer(value) && json_integer_value(value) >= least && json_integer_value(value) <= most))
        return alfa__fail(err, ALFA_ERROR_INPUT, "job", "\"%s\" is not a whole number from %d to %d", key,
                          least, most);
    if (value)
        *out = (int)json_integer_value(value);
    return ALFA_OK;
}

static enum alfa_status read_options(struct alfa__job *job, const json_t *options, struct alfa_error *err)
{
    static const char *const known[] = {"method",  "tiles",        "threshold", "prompts", "bits",
                                        "explain", "prompt_count", "map",       NULL};
    if (!options)
        return ALFA_OK;
    if (!json_is_object(options))
        return fail(err, "%s", "\"options\" is not an object");
    ALFA__TRY(check_members(options, known, err));
    ALFA__TRY(read_text(&job->method, options, "method", 64, err));
    ALFA__TRY(read_text(&job->prompts, options, "prompts", (size_t)1 << 20, err));
    const json_t *tiles = json_object_get(options, "tiles"),
                 *threshold = json_object_get(options, "threshold");
    if (json_is_string(tiles) && strcmp(json_string_value(tiles), "auto") == 0)
        job->tiles = ALFA_TILES_AUTO;
    else if (json_is_integer(tiles) && json_integer_value(tiles) >= 0 &&
             json_integer_value(tiles) <= ALFA_MAX_TILES)
        job->tiles = json_integer_value(tiles) == 1 ? 0 : (int)json_integer_value(tiles);
    else if (tiles)
        return fail(err, "%s", "\"tiles\" is neither \"auto\" nor a number from 0 to 8");
    if (threshold && !(json_is_number(threshold) && json_number_value(threshold) >= 0 &&
                       json_number_value(threshold) <= 1))
        return fail(err, "%s", "\"threshold\" is not a number from 0 to 1");
    if (threshold)
        job->threshold = json_number_value(threshold);
    ALFA__TRY(read_count(&job->bits, options, "bits", 8, 16, err));
    ALFA__TRY(read_count(&job->prompt_count, options, "prompt_count", 0, MOST_PROMPTS, err));
    job->explain = json_is_true(json_object_get(options, "explain"));
    job->map = json_is_true(json_object_get(options, "map"));
    return ALFA_OK;
}

bool alfa__job_is_bank(const char *text)
{
    return strlen(text) == ALFA__BANK_ID && strspn(text, "0123456789abcdef") == ALFA__BANK_ID;
}

/* A name is only looked up among the models that are there: it is no path. */
bool alfa__job_is_model(const char *text)
{
    for (const char *p = text; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
            return false;
    return *text != '.';
}

static enum alfa_status read_rest(struct alfa__job *job, struct alfa_error *err)
{
    static const char *const known[] = {"alfa", "id",    "name",    "image", "class",
                                        "bank", "model", "options", "look",  NULL};
    ALFA__TRY(check_members(job->json, known, err));
    ALFA__TRY(read_picture(job, json_object_get(job->json, "image"), err));
    ALFA__TRY(read_text(&job->class_name, job->json, "class", ALFA_MAX_CLASS, err));
    ALFA__TRY(read_text(&job->bank, job->json, "bank", ALFA__BANK_ID, err));
    ALFA__TRY(read_text(&job->model, job->json, "model", 200, err));
    ALFA__TRY(read_text(&job->look, job->json, "look", 1000, err));
    if (job->bank && !alfa__job_is_bank(job->bank))
        return fail(err, "%s", "\"bank\" is not the SHA-256 of a bank: 64 hexadecimal digits in lower case");
    if (job->model && !alfa__job_is_model(job->model))
        return fail(err, "\"model\" is not a name: \"%.100s\"", job->model);
    if (job->look && !job->path)
        return fail(err, "%s", "\"look\" needs an \"image\" that is named by its \"path\"");
    if (!job->bank && !job->class_name && !job->look)
        return fail(err, "%s", "needs \"class\" or \"bank\"");
    return read_options(job, json_object_get(job->json, "options"), err);
}

enum alfa_status alfa__job_read(struct alfa__job *out, const char *body, size_t size, struct alfa_error *err)
{
    json_error_t where;
    *out = (struct alfa__job){.threshold = NAN, .prompt_count = ALFA__JOB_PROMPTS};
    enum alfa_status status =
        alfa__json_read(&out->json, body, size, ALFA__JSON_VALUES, JSON_REJECT_DUPLICATES, &where);
    if (status == ALFA_ERROR_MEMORY)
        return alfa__fail_memory(err, size);
    if (status != ALFA_OK)
        return alfa__fail(err, ALFA_ERROR_INPUT, "job", "is no JSON: line %d: %.200s", where.line,
                          where.text);
    const json_t *version = json_object_get(out->json, "alfa");
    if (!json_is_integer(version) || json_integer_value(version) < 1)
        return fail(err, "%s", "does not say \"alfa\": 1, the version of the protocol");
    (void)read_text(&out->name, out->json, "name", 4096, NULL);
    ALFA__TRY(read_text(&out->id, out->json, "id", ALFA__JOB_ID, err));
    if (json_integer_value(version) > ALFA__PROTOCOL)
        return alfa__fail(err, ALFA_ERROR_LIMIT, "job",
                          "is of protocol %lld, and this worker (alfa %s) speaks %d",
                          (long long)json_integer_value(version), alfa_version(), ALFA__PROTOCOL);
    if (!out->id)
        return fail(err, "%s", "has no \"id\"");
    ALFA__TRY(read_text(&out->name, out->json, "name", 4096, err));
    ALFA__TRY(read_rest(out, err));
    if (!out->name)
        out->name = out->path ? out->path : out->url ? out->url : out->id;
    return ALFA_OK;
}

void alfa__job_free(struct alfa__job *job)
{
    json_decref(job->json);
    *job = (struct alfa__job){.threshold = NAN};
}

/* ------------------------------------------------------------------ writing */

static void add_text(json_t **object, const char *key, const char *text)
{
    if (text)
        alfa__json_set(object, key, json_string(text));
}

char *alfa__job_write(const struct alfa__job *job)
{
    json_t *object = json_object(), *image = json_object(), *options = json_object();
    alfa__json_set(&object, "alfa", json_integer(ALFA__PROTOCOL));
    add_text(&object, "id", job->id);
    add_text(&object, "name", job->name);
    add_text(&image, "path", job->path);
    add_text(&image, "url", job->url);
    add_text(&image, "base64", job->base64);
    alfa__json_set(&object, "image", image);
    add_text(&object, "class", job->class_name);
    add_text(&object, "bank", job->bank);
    add_text(&object, "model", job->model);
    add_text(&object, "look", job->look);
    add_text(&options, "method", job->method);
    if (job->tiles)
        alfa__json_set(&options, "tiles",
                       job->tiles == ALFA_TILES_AUTO ? json_string("auto") : json_integer(job->tiles));
    if (!isnan(job->threshold))
        alfa__json_set(&options, "threshold", json_real(job->threshold));
    add_text(&options, "prompts", job->prompts);
    if (job->bits)
        alfa__json_set(&options, "bits", json_integer(job->bits));
    if (job->explain)
        alfa__json_set(&options, "explain", json_true());
    if (job->explain && job->prompt_count != ALFA__JOB_PROMPTS)
        alfa__json_set(&options, "prompt_count", json_integer(job->prompt_count));
    if (job->map)
        alfa__json_set(&options, "map", json_true());
    if (options && json_object_size(options) == 0)
        json_decref(options);
    else
        alfa__json_set(&object, "options", options);
    char *text = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(object);
    return text;
}

/* ------------------------------------------------------------------ answers */

json_t *alfa__answer_begin(const struct alfa__job *job, const char *id, const char *worker)
{
    json_t *object = json_object();
    alfa__json_set(&object, "alfa", json_integer(ALFA__PROTOCOL));
    alfa__json_set(&object, "id", json_string(job->id ? job->id : id));
    add_text(&object, "worker", worker);
    alfa__json_set(&object, "path", json_string(job->name ? job->name : ""));
    return object;
}

/* For programs: what kind of failure it is. */
static const char *const code_names[] = {"ok",     "usage",  "input",   "limit",  "model",
                                         "output", "memory", "runtime", "stopped"};
enum { CODES = sizeof code_names / sizeof *code_names };

static const char *code_name(enum alfa_status code)
{
    return (int)code < CODES ? code_names[code] : "runtime";
}

static enum alfa_status find_code(const char *name)
{
    for (int i = 1; i < CODES && name; i++)
        if (strcmp(code_names[i], name) == 0)
            return (enum alfa_status)i;
    return ALFA_ERROR_RUNTIME;
}

json_t *alfa__answer_failed(const struct alfa__job *job, const char *id, const char *worker,
                            const struct alfa_error *problem)
{
    json_t *object = alfa__answer_begin(job, id, worker);
    const bool about = *problem->source && !(job->name && strcmp(job->name, problem->source) == 0);
    char *text = alfa__format("%s%s%s", about ? problem->source : "", about ? ": " : "", problem->message);
    add_text(&object, "class", job->class_name);
    alfa__json_set(&object, "error", text ? json_string(text) : NULL);
    alfa__json_set(&object, "code", json_string(code_name(problem->code)));
    if (about)
        alfa__json_set(&object, "source", json_string(problem->source));
    free(text);
    return object;
}

enum alfa_status alfa__answer_why(const json_t *answer, const char *name, struct alfa_error *err)
{
    const char *text = json_string_value(json_object_get(answer, "error")),
               *source = json_string_value(json_object_get(answer, "source"));
    if (!json_object_get(answer, "error"))
        return ALFA_OK;
    const size_t ahead = source ? strlen(source) : 0;
    if (!text)
        text = "the worker does not say why";
    else if (source && strncmp(text, source, ahead) == 0 && strncmp(text + ahead, ": ", 2) == 0)
        text += ahead + 2;
    return alfa__fail(err, find_code(json_string_value(json_object_get(answer, "code"))),
                      source ? source : name, "%s", text);
}

const char *alfa__answer_decision(const json_t *answer)
{
    const char *decision = json_string_value(json_object_get(answer, "decision"));
    return json_object_get(answer, "error") ? "failed" : decision ? decision : "none";
}

static size_t append_word(char *out, size_t size, const char *text)
{
    size_t length = 0;
    for (; *text && length + 1 < size; text++)
        out[length++] = isalnum((unsigned char)*text) || *text == '-' ? *text : '_';
    if (length == 0)
        out[length++] = '_';
    out[length] = 0;
    return length;
}

void alfa__answer_key(char out[256], const json_t *answer)
{
    const char *noun = json_string_value(json_object_get(answer, "class"));
    size_t length = append_word(out, 200, noun ? noun : "");
    out[length++] = '.';
    append_word(out + length, 256 - length, alfa__answer_decision(answer));
}

/* ------------------------------------------------------------------ base64 */

char *alfa__base64_write(const void *bytes, size_t size)
{
    char *text = size < ((size_t)1 << 30) ? malloc(4 * ((size + 2) / 3) + 1) : NULL;
    if (text)
        EVP_EncodeBlock((unsigned char *)text, bytes, (int)size);
    return text;
}

unsigned char *alfa__base64_read(size_t *size, const char *text)
{
    const size_t length = strlen(text);
    size_t padding = 0;
    while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
        padding++;
    if (length == 0 || length % 4 != 0 || length > INT32_MAX)
        return NULL;
    unsigned char *bytes = malloc(length / 4 * 3 + 1);
    if (!bytes)
        return NULL;
    const int got = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)length);
    if (got < 0 || (size_t)got != length / 4 * 3) {
        free(bytes);
        return NULL;
    }
    *size = (size_t)got - padding;
    return bytes;
}
