#include "cli/json.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/talk.h"
#include "report/json.h"

void alfa__json_add(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        alfa__must(NULL);
}

void alfa__json_append(json_t *list, json_t *value)
{
    if (json_array_append_new(list, value) != 0)
        alfa__must(NULL);
}

json_t *alfa__json_clean(const char *text)
{
    struct alfa__string clean = {0};
    alfa__string_append(&clean, "");
    alfa__utf8_append(&clean, text);
    json_t *value = alfa__string_ok(&clean) ? json_string(clean.text) : NULL;
    alfa__string_free(&clean);
    return alfa__must(value);
}

void alfa__json_add_text(json_t *object, const char *key, const char *text)
{
    alfa__json_add(object, key, alfa__json_clean(text));
}

void alfa__json_print(json_t *object)
{
    char *line = alfa__must(json_dumps(object, JSON_REAL_PRECISION(9)));
    struct alfa__string plain = {0};
    alfa__json_plain(&plain, line);
    puts(alfa__must(alfa__string_ok(&plain) ? plain.text : NULL));
    alfa__string_free(&plain);
    free(line);
    json_decref(object);
}
