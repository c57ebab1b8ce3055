/* What was short for a moment is there at a second try, and what is gone for good cannot be allocated here
 * either. */
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_memory(size_t size)
{
    void *volatile block = malloc(size); /* volatile: it is about the allocation */
    const bool there = block != NULL;
    free(block);
    return there;
}

/* Every value but the first follows a comma or begins a list or an object. False as soon as there are more;
 * reason is then filled as jansson does. */
static bool is_within(const char *text, size_t size, size_t most, json_error_t *reason)
{
    size_t count = 0;
    int line = 1;
    bool quoted = false;
    for (size_t i = 0; i < size && count <= most; i++) {
        if (text[i] == '"')
            quoted = !quoted;
        else if (quoted)
            i += text[i] == '\\';
        else if (text[i] == ',' || text[i] == '[' || text[i] == '{')
            count++;
        else
            line += text[i] == '\n';
    }
    if (count > most && reason) {
        *reason = (json_error_t){.line = line, .column = 0};
        snprintf(reason->text, sizeof reason->text, "more than %zu values", most);
    }
    return count <= most;
}

enum alfa_status alfa__json_read(json_t **out, const char *text, size_t size, size_t most, size_t flags,
                                 json_error_t *reason)
{
    const size_t mark = size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0; /* Windows' editors */
    text += mark;
    size -= mark;
    *out = NULL;
    if (!is_within(text, size, most, reason))
        return ALFA_ERROR_INPUT;
    for (int i = 0; i < 2; i++)
        if ((*out = json_loadb(text, size, flags, reason)))
            return ALFA_OK;
    return has_memory(size + 1024) ? ALFA_ERROR_INPUT : ALFA_ERROR_MEMORY;
}

enum alfa_status alfa__json_put(json_t *object, const char *key, json_t *value, struct alfa_error *err)
{
    return json_object_set_new(object, key, value) == 0 ? ALFA_OK : alfa__fail_memory(err, 0);
}

json_t *alfa__json_whole(json_t *json, int failed)
{
    if (!failed)
        return json;
    json_decref(json);
    return NULL;
}

void alfa__json_set(json_t **object, const char *key, json_t *value)
{
    *object = alfa__json_whole(*object, json_object_set_new(*object, key, value));
}

void alfa__json_push(json_t **list, json_t *value)
{
    *list = alfa__json_whole(*list, json_array_append_new(*list, value));
}

json_t *alfa__json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}
