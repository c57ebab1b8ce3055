#include "report/csv.h"

#include <stdlib.h>
#include <string.h>

void alfa__csv_header(struct alfa__string *out)
{
    for (int i = 0; alfa__record_columns[i]; i++) {
        alfa__string_append(out, alfa__record_columns[i]);
        alfa__string_append(out, ",");
    }
    alfa__string_append(out, "error\r\n");
}

static void append_text(struct alfa__string *out, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        alfa__string_append(out, text);
        return;
    }
    alfa__string_append(out, "\"");
    for (; *text; text++)
        alfa__string_append_bytes(out, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
    alfa__string_append(out, "\"");
}

/* A row has room for their number and one of them. */
static bool flatten_regions(json_t *object, int index)
{
    static const char *const pairs[][2] = {{"x", "region_x"},
                                           {"y", "region_y"},
                                           {"width", "region_width"},
                                           {"height", "region_height"},
                                           {"percent", "region_percent"},
                                           {"peak", "region_peak"}};
    json_t *regions = json_object_get(object, "regions"), *one = json_array_get(regions, (size_t)index);
    if (!regions)
        return true;
    int failed = 0;
    for (size_t i = 0; one && i < sizeof pairs / sizeof *pairs; i++)
        failed |= json_object_set(object, pairs[i][1], json_object_get(one, pairs[i][0]));
    failed |= json_object_set_new(object, "regions", json_integer((json_int_t)json_array_size(regions)));
    return !failed;
}

/* jansson writes numbers with a point in every locale, so that they are taken from it. */
static void append_value(struct alfa__string *out, const json_t *value)
{
    if (json_is_string(value)) {
        append_text(out, json_string_value(value));
    } else if (value && !json_is_null(value)) {
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));
        if (text)
            alfa__string_append(out, text);
        else
            out->failed = true;
        free(text);
    }
}

/* object is changed. */
static void append_object(struct alfa__string *out, json_t *object, int region)
{
    if (!object || !flatten_regions(object, region)) {
        out->failed = true;
        return;
    }
    for (int i = 0; alfa__record_columns[i]; i++) {
        append_value(out, json_object_get(object, alfa__record_columns[i]));
        alfa__string_append(out, ",");
    }
    append_value(out, json_object_get(object, "error"));
    alfa__string_append(out, "\r\n");
}

static void append_row(struct alfa__string *out, const struct alfa__record *record, int region)
{
    json_t *object = alfa__record_object(record);
    append_object(out, object, region);
    json_decref(object);
}

/* A copy lacks members, silently, when memory ran out. */
void alfa__csv_object(struct alfa__string *out, const json_t *line, int region)
{
    json_t *object = json_copy((json_t *)line);
    if (json_object_size(object) == json_object_size(line))
        append_object(out, object, region);
    else
        out->failed = true;
    json_decref(object);
}

void alfa__csv_line(struct alfa__string *out, const struct alfa__record *record)
{
    append_row(out, record, 0);
}

void alfa__csv_regions(struct alfa__string *out, const struct alfa__record *record)
{
    for (int i = 0; i == 0 || i < record->region_count; i++)
        append_row(out, record, i);
}
