#include "report/json.h"

#include <stdlib.h>

void alfa__json_line(struct alfa__string *out, const struct alfa__record *record)
{
    json_t *object = alfa__record_object(record);
    char *text = object ? json_dumps(object, JSON_REAL_PRECISION(9)) : NULL;
    if (text) {
        alfa__string_append(out, text);
        alfa__string_append(out, "\n");
    } else {
        out->failed = true;
    }
    free(text);
    json_decref(object);
}
