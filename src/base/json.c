/* What was short for a moment is there at a second try, and what is gone for good cannot be allocated here
 * either. */
#include "base/json.h"

#include <math.h>
#include <stdlib.h>

static bool has_memory(size_t size)
{
    void *volatile block = malloc(size); /* volatile: it is about the allocation */
    const bool there = block != NULL;
    free(block);
    return there;
}

enum alfa_status alfa__json_read(json_t **out, const char *text, size_t size, size_t flags,
                                 json_error_t *reason)
{
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
