/* Bodies: a form is taken apart while it arrives (libmicrohttpd's post processor), anything else is kept
 * whole. What is over a limit is dropped and remembered, so that the answer can say so. */
#include "base/json.h"
#include "serve/request.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool starts_with(const char *text, const char *beginning)
{
    return strncasecmp(text, beginning, strlen(beginning)) == 0;
}

/* ------------------------------------------------------------------ parts */

static struct alfa__part *add_part(struct alfa__request *request, const char *name, const char *file)
{
    if (request->part_count == ALFA__REQUEST_MAX_PARTS)
        return NULL;
    struct alfa__part *parts =
        realloc(request->parts, ((size_t)request->part_count + 1) * sizeof *request->parts);
    if (!parts)
        return NULL;
    request->parts = parts;
    struct alfa__part *part = &parts[request->part_count];
    *part = (struct alfa__part){0};
    part->name = alfa__strdup(name);
    if (file)
        part->file = alfa__strdup(file);
    if (part->file && strlen(part->file) > ALFA__REQUEST_MAX_NAME)
        part->file[ALFA__REQUEST_MAX_NAME] = 0;
    request->part_count++;
    return part->name && (!file || part->file) ? part : NULL;
}

static enum MHD_Result on_piece(void *context, enum MHD_ValueKind kind, const char *name, const char *file,
                                const char *type, const char *encoding, const char *bytes, uint64_t offset,
                                size_t size)
{
    struct alfa__request *request = context;
    (void)kind;
    (void)type;
    (void)encoding;
    struct alfa__part *part =
        offset > 0 && request->part_count > 0 ? &request->parts[request->part_count - 1] : NULL;
    if (offset == 0)
        part = add_part(request, name ? name : "", file);
    if (!part || (!part->file && part->value.size + size > ALFA__REQUEST_MAX_FIELD)) {
        request->too_large = true;
        return MHD_NO;
    }
    alfa__string_append_bytes(&part->value, bytes, size);
    if (!alfa__string_ok(&part->value))
        request->too_large = true;
    return request->too_large ? MHD_NO : MHD_YES;
}

/* ------------------------------------------------------------------ the body */

void alfa__request_begin(struct alfa__request *request)
{
    if (!starts_with(request->type, MHD_HTTP_POST_ENCODING_MULTIPART_FORMDATA))
        return;
    request->post = MHD_create_post_processor(request->connection, 1 << 16, on_piece, request);
    request->broken = !request->post;
}

static size_t body_limit(const struct alfa__request *request)
{
    return request->post || starts_with(request->type, "image/") ||
                   starts_with(request->type, "application/octet-stream")
               ? ALFA__REQUEST_MAX_BODY
               : ALFA__REQUEST_MAX_JSON;
}

void alfa__request_take(struct alfa__request *request, const char *bytes, size_t size)
{
    request->received += size;
    if (request->received > body_limit(request))
        request->too_large = true;
    if (request->too_large || request->broken)
        return;
    if (request->post) {
        if (MHD_post_process(request->post, bytes, size) != MHD_YES && !request->too_large)
            request->broken = true;
        return;
    }
    alfa__string_append_bytes(&request->body, bytes, size);
    request->too_large = !alfa__string_ok(&request->body);
}

void alfa__request_end(struct alfa__request *request)
{
    if (request->post && MHD_destroy_post_processor(request->post) != MHD_YES && !request->too_large)
        request->broken = true;
    request->post = NULL;
}

void alfa__request_free(struct alfa__request *request)
{
    if (!request)
        return;
    if (request->post)
        MHD_destroy_post_processor(request->post);
    for (int i = 0; i < request->part_count; i++) {
        free(request->parts[i].name);
        free(request->parts[i].file);
        alfa__string_free(&request->parts[i].value);
    }
    if (request->response)
        MHD_destroy_response(request->response);
    alfa__string_free(&request->body);
    free(request->parts);
    free(request->word);
    free(request);
}

/* ------------------------------------------------------------------ fields */

const char *alfa__request_text(const struct alfa__request *request, const char *name)
{
    for (int i = 0; i < request->part_count; i++)
        if (!request->parts[i].file && strcmp(request->parts[i].name, name) == 0)
            return request->parts[i].value.text ? request->parts[i].value.text : "";
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

struct search {
    const char *known, *found; /* words with spaces around them; the first that is none of them */
};

static enum MHD_Result on_argument(void *context, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    struct search *search = context;
    (void)kind;
    (void)value;
    if (!search->found && !alfa__among(search->known, name))
        search->found = name;
    return search->found ? MHD_NO : MHD_YES;
}

const char *alfa__request_stranger(const struct alfa__request *request, const char *known)
{
    struct search search = {known, NULL};
    for (int i = 0; i < request->part_count && !search.found; i++)
        if (!request->parts[i].file && !alfa__among(known, request->parts[i].name))
            search.found = request->parts[i].name;
    if (!search.found)
        MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, on_argument, &search);
    return search.found;
}

json_t *alfa__request_json(const char *text)
{
    json_t *json = NULL;
    if (text)
        (void)alfa__json_read(&json, text, strlen(text), ALFA__REQUEST_MAX_VALUES, 0, NULL);
    return json;
}

bool alfa__request_number(double *out, const struct alfa__request *request, const char *name, double minimum,
                          double maximum)
{
    const char *text = alfa__request_text(request, name);
    char *end;
    if (!text || !*text)
        return true;
    const double value = strtod(text, &end);
    if (end == text || *end || !(value >= minimum && value <= maximum))
        return false;
    *out = value;
    return true;
}

bool alfa__request_whole(long long *out, const struct alfa__request *request, const char *name,
                         long long minimum, long long maximum)
{
    const char *text = alfa__request_text(request, name);
    char *end;
    if (!text || !*text)
        return true;
    errno = 0;
    const long long value = strtoll(text, &end, 10);
    if (end == text || *end || errno || value < minimum || value > maximum)
        return false;
    *out = value;
    return true;
}

bool alfa__request_flag(bool *out, const struct alfa__request *request, const char *name)
{
    const char *text = alfa__request_text(request, name);
    if (!text || !*text)
        return true;
    const bool yes = !strcmp(text, "1") || !strcasecmp(text, "true") || !strcasecmp(text, "yes");
    if (!yes && strcmp(text, "0") != 0 && strcasecmp(text, "false") != 0 && strcasecmp(text, "no") != 0)
        return false;
    *out = yes;
    return true;
}
