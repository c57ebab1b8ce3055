/* Bodies: kept whole, and a form taken apart when all of it is there. What is over a limit is dropped and
 * remembered, so that the answer can say so. */
#include "base/json.h"
#include "serve/multipart.h"
#include "serve/server.h"

#include <errno.h>
#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool starts_with(const char *text, const char *beginning)
{
    return strncasecmp(text, beginning, strlen(beginning)) == 0;
}

/* ------------------------------------------------------------------ parts */

/* Takes name and file of the part, which are freed when there is no room for it. */
static bool add_part(struct alfa__request *request, const struct alfa__multipart_part *found)
{
    const bool fits = request->part_count < ALFA__REQUEST_MAX_PARTS &&
                      (found->file || found->size <= ALFA__REQUEST_MAX_FIELD);
    struct alfa__part *parts =
        fits ? realloc(request->parts, ((size_t)request->part_count + 1) * sizeof *request->parts) : NULL;
    if (parts)
        request->parts = parts;
    if (!parts || !found->name) {
        free(found->name);
        free(found->file);
        return false;
    }
    parts[request->part_count++] = (struct alfa__part){found->name, found->file, {found->data, found->size}};
    if (found->file && strlen(found->file) > ALFA__REQUEST_MAX_NAME)
        found->file[ALFA__REQUEST_MAX_NAME] = 0;
    return true;
}

/* The parts of a form, which stay where they lie. */
static void take_apart(struct alfa__request *request)
{
    struct alfa__multipart form;
    struct alfa__multipart_part found;
    enum alfa__multipart_found what = ALFA__MULTIPART_DAMAGED;
    if (alfa__multipart_begin(&form, request->type, request->form.text, request->form.size))
        while (!request->too_large && (what = alfa__multipart_next(&form, &found)) == ALFA__MULTIPART_PART)
            request->too_large = !add_part(request, &found);
    request->broken = what == ALFA__MULTIPART_DAMAGED;
    alfa__multipart_end(&form);
}

/* Undoes the percent signs and pluses of a form's field where it lies; gives its size. */
static size_t unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        const bool escaped = *from == '%' && g_ascii_isxdigit(from[1]) && g_ascii_isxdigit(from[2]);
        if (escaped)
            *to++ = (char)(16 * g_ascii_xdigit_value(from[1]) + g_ascii_xdigit_value(from[2]));
        else
            *to++ = *from == '+' ? ' ' : *from;
        from += escaped ? 2 : 0;
    }
    *to = 0;
    return (size_t)(to - text);
}

/* Whether a body holds fields as data= of Python's requests sends them: such a form is also what curl calls
 * any body of which nobody says what it is. */
static bool are_fields(const struct alfa__request *request)
{
    if (!(request->route->flags & ALFA__ROUTE_PICTURE) ||
        !starts_with(request->type, MHD_HTTP_POST_ENCODING_FORM_URLENCODED) || !request->body.size ||
        !g_ascii_isalpha(*request->body.text))
        return false;
    for (size_t i = 0; i < request->body.size; i++)
        if (!g_ascii_isgraph(request->body.text[i]))
            return false;
    return strchr(request->body.text, '=');
}

static void take_fields(struct alfa__request *request)
{
    char *rest = NULL;
    request->form = request->body;
    request->body = (struct alfa__string){0};
    request->is_form = true;
    for (char *name = strtok_r(request->form.text, "&", &rest); name && !request->too_large;
         name = strtok_r(NULL, "&", &rest)) {
        char *value = name + strcspn(name, "=");
        if (*value)
            *value++ = 0;
        unescape(name);
        const struct alfa__multipart_part part = {
            .name = alfa__strdup(name), .data = value, .size = unescape(value)};
        request->too_large = !add_part(request, &part);
    }
}

/* ------------------------------------------------------------------ the body */

void alfa__request_begin(struct alfa__request *request)
{
    request->is_form = starts_with(request->type, MHD_HTTP_POST_ENCODING_MULTIPART_FORMDATA);
}

/* A picture may come under any name: curl calls it a form when nobody says what it is. */
static size_t body_limit(const struct alfa__request *request)
{
    const bool picture =
        request->route->flags & ALFA__ROUTE_PICTURE && !starts_with(request->type, "application/json");
    return request->is_form || picture ? ALFA__REQUEST_MAX_BODY : ALFA__REQUEST_MAX_JSON;
}

void alfa__request_take(struct alfa__request *request, const char *bytes, size_t size)
{
    struct alfa__string *body = request->is_form ? &request->form : &request->body;
    request->received += size;
    if (request->received > body_limit(request))
        request->too_large = true;
    if (request->too_large)
        return;
    alfa__string_append_bytes(body, bytes, size);
    request->too_large = !alfa__string_ok(body);
}

void alfa__request_end(struct alfa__request *request)
{
    if (request->is_form && !request->too_large)
        take_apart(request);
    else if (!request->too_large && are_fields(request))
        take_fields(request);
}

void alfa__request_free(struct alfa__request *request)
{
    if (!request)
        return;
    for (int i = 0; i < request->part_count; i++) {
        free(request->parts[i].name);
        free(request->parts[i].file);
    }
    if (request->response)
        MHD_destroy_response(request->response);
    alfa__string_free(&request->form);
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

/* Goes through the fields of the form and of the address until ask says true of one. */
struct walk {
    bool (*ask)(const void *context, const char *name, const char *value);
    const void *context;
    const char *found; /* the name of that one */
};

static enum MHD_Result on_field(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct walk *walk = context;
    (void)kind;
    if (walk->ask(walk->context, name, value ? value : ""))
        walk->found = name;
    return walk->found ? MHD_NO : MHD_YES;
}

static const char *find_field(const struct alfa__request *request, struct walk walk)
{
    for (int i = 0; i < request->part_count && !walk.found; i++)
        if (!request->parts[i].file)
            on_field(&walk, MHD_GET_ARGUMENT_KIND, request->parts[i].name, request->parts[i].value.text);
    if (!walk.found)
        MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, on_field, &walk);
    return walk.found;
}

struct words {
    const char *told, *silent;
};

static bool is_stranger(const void *context, const char *name, const char *value)
{
    const struct words *known = context;
    (void)value;
    return !alfa__among(known->told, name) && !alfa__among(known->silent, name);
}

static bool is_other(const void *request, const char *name, const char *value)
{
    return strcmp(alfa__request_text(request, name), value) != 0; /* the first of that name */
}

const char *alfa__request_json_stranger(json_t *body, const char *known)
{
    const char *key;
    json_t *value;
    json_object_foreach(body, key, value) if (!alfa__among(known, key)) return key;
    return NULL;
}

enum alfa_status alfa__request_check(const struct alfa__request *request, json_t *body, const char *told,
                                     const char *silent, struct alfa_error *err)
{
    const struct words known = {told, silent};
    const char *stranger = find_field(request, (struct walk){is_stranger, &known, NULL});
    if (!stranger)
        stranger = alfa__request_json_stranger(body, told);
    if (stranger)
        return alfa__fail(err, ALFA_ERROR_USAGE, stranger, "is no field of this request, which has%s", told);
    const char *twice = find_field(request, (struct walk){is_other, request, NULL});
    return twice ? alfa__fail(err, ALFA_ERROR_USAGE, twice, "is there twice, and not the same: say it once")
                 : ALFA_OK;
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
