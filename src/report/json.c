#include "report/json.h"

#include "base/plain.h"

#include <stdlib.h>

void alfa__json_plain(struct alfa__string *out, const char *json)
{
    const char *start = json; /* of what is to be appended as it is */
    uint32_t odd;
    for (size_t size; *json; json += size) {
        size = alfa__plain_next(json, &odd);
        if (odd < 0x7f) /* those below only stand between values */
            continue;
        alfa__string_append_bytes(out, start, (size_t)(json - start));
        alfa__string_appendf(out, "\\u%04x", (unsigned)odd);
        start = json + size;
    }
    alfa__string_append(out, start);
}

void alfa__json_line(struct alfa__string *out, const struct alfa__record *record)
{
    json_t *object = alfa__record_object(record);
    char *text = object ? json_dumps(object, JSON_REAL_PRECISION(9)) : NULL;
    if (text) {
        alfa__json_plain(out, text);
        alfa__string_append(out, "\n");
    } else {
        out->failed = true;
    }
    free(text);
    json_decref(object);
}
