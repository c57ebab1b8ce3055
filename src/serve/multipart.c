#include "serve/multipart.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/strings.h"

/* ------------------------------------------------------------------ parameters of a header */

/* Behind a value: at the next ';' that no quotes are around, or at the end. */
static const char *skip_value(const char *at)
{
    for (bool quoted = false; *at && (quoted || *at != ';'); at++)
        if (quoted && *at == '\\' && at[1])
            at++;
        else if (*at == '"')
            quoted = !quoted;
    return at;
}

/* From at to stop without spaces around and without quotes; of backslashes only those before '"' and '\'. */
static char *plain_value(const char *at, const char *stop)
{
    struct alfa__string out = {0};
    while (at < stop && (*at == ' ' || *at == '\t'))
        at++;
    while (stop > at && (stop[-1] == ' ' || stop[-1] == '\t'))
        stop--;
    const bool quoted = stop - at >= 2 && *at == '"' && stop[-1] == '"';
    alfa__string_append(&out, "");
    for (at += quoted, stop -= quoted; at < stop; at++) {
        if (quoted && *at == '\\' && (at[1] == '"' || at[1] == '\\') && at + 1 < stop)
            at++;
        alfa__string_append_bytes(&out, at, 1);
    }
    if (alfa__string_ok(&out))
        return out.text;
    alfa__string_free(&out);
    return NULL;
}

/* The parameter's value, freed with free(): b of "form-data; name=b" for "name". NULL: there is none. */
static char *parameter(const char *header, const char *name)
{
    const size_t size = strlen(name);
    for (const char *at = skip_value(header); *at; at = skip_value(at)) {
        at += 1 + strspn(at + 1, " \t");
        const bool named = strncasecmp(at, name, size) == 0;
        const char *equals = named ? at + size + strspn(at + size, " \t") : "";
        if (*equals == '=')
            return plain_value(equals + 1, skip_value(equals + 1));
    }
    return NULL;
}

/* "UTF-8''%E6%9D%B1.png" */
static char *extended_value(char *value)
{
    const char *quote = value ? strchr(value, '\'') : NULL, *second = quote ? strchr(quote + 1, '\'') : NULL;
    char *decoded = second ? g_uri_unescape_string(second + 1, NULL) : NULL;
    char *out = decoded ? alfa__strdup(decoded) : NULL;
    g_free(decoded);
    free(value);
    return out;
}

/* ------------------------------------------------------------------ a part */

/* A line that begins with the delimiter and has nothing else behind it but spaces or "--"; NULL: none. */
static char *find_delimiter(const struct alfa__multipart *m, char *at, const char *body)
{
    const size_t size = strlen(m->delimiter);
    while (at < m->end && (at = memmem(at, (size_t)(m->end - at), m->delimiter, size))) {
        const char *behind = at + size;
        if ((at == body || at[-1] == '\n') && (behind == m->end || strchr(" \t\r\n-", *behind)))
            return at;
        at++;
    }
    return NULL;
}

/* The line without its end, which becomes a zero; *at: the line behind it. NULL: no line ends any more. */
static char *take_line(struct alfa__multipart *m)
{
    char *line = m->at, *stop = memchr(line, '\n', (size_t)(m->end - line));
    if (!stop)
        return NULL;
    m->at = stop + 1;
    *stop = 0;
    if (stop > line && stop[-1] == '\r')
        stop[-1] = 0;
    return line;
}

/* The value of a line "NAME: value"; NULL: it is another one. */
static const char *header_value(const char *line, const char *name)
{
    const size_t size = strlen(name);
    return strncasecmp(line, name, size) == 0 && line[size] == ':'
               ? line + size + 1 + strspn(line + size + 1, " ")
               : NULL;
}

static void take_header(struct alfa__multipart_part *part, bool *is_file, const char *line)
{
    const char *disposition = header_value(line, "Content-Disposition");
    const char *type = header_value(line, "Content-Type");
    if (disposition && !part->name && !part->file) { /* the first one counts */
        part->name = parameter(disposition, "name");
        part->file = extended_value(parameter(disposition, "filename*"));
        if (!part->file)
            part->file = parameter(disposition, "filename");
    }
    *is_file = *is_file || (type && (strncasecmp(type, "image/", 6) == 0 ||
                                     strncasecmp(type, "application/octet-stream", 24) == 0));
}

enum alfa__multipart_found alfa__multipart_next(struct alfa__multipart *m, struct alfa__multipart_part *part)
{
    bool is_file = false;
    *part = (struct alfa__multipart_part){0};
    if (strncmp(m->at, "--", 2) == 0)
        return ALFA__MULTIPART_END;
    char *line = take_line(m); /* what is left of the delimiter's */
    while (line && (line = take_line(m)) && *line)
        take_header(part, &is_file, line);
    char *stop = line ? find_delimiter(m, m->at, m->at) : NULL;
    if (!part->name && stop)
        part->name = alfa__strdup("");
    if (!part->file && is_file && stop)
        part->file = alfa__strdup("");
    if (!stop) {
        free(part->name);
        free(part->file);
        *part = (struct alfa__multipart_part){0};
        return ALFA__MULTIPART_DAMAGED;
    }
    part->data = m->at;
    m->at = stop + strlen(m->delimiter);
    if (stop > part->data)
        stop -= stop - part->data > 1 && stop[-2] == '\r' ? 2 : 1;
    part->size = (size_t)(stop - part->data);
    *stop = 0;
    return ALFA__MULTIPART_PART;
}

/* ------------------------------------------------------------------ all of them */

bool alfa__multipart_begin(struct alfa__multipart *m, const char *type, char *body, size_t size)
{
    char *boundary = parameter(type, "boundary");
    *m = (struct alfa__multipart){.delimiter = boundary && *boundary ? alfa__format("--%s", boundary) : NULL,
                                  .end = body + size};
    free(boundary);
    char *first = m->delimiter && size ? find_delimiter(m, body, body) : NULL;
    m->at = first ? first + strlen(m->delimiter) : NULL;
    return first != NULL;
}

void alfa__multipart_end(struct alfa__multipart *m)
{
    free(m->delimiter);
    *m = (struct alfa__multipart){0};
}
