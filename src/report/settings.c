#include "report/settings.h"

#include <jansson.h>
#include <string.h>

static const struct {
    const char *key, *words;
} told[] = {
    {"fingerprint", "fingerprint"},
    {"precision", "precision"},
    {"resize", "resize"},
    {"sentences", "sentences"},
    {"digest", "their digest"},
    {"contextual", "contextual score"},
    {"k", "k"},
    {"aligner", "aligner"},
    {"aligner_strength", "its strength"},
    {"scales", "scales"},
    {"stride", "stride"},
    {"mask", "windows of"},
    {"image_score", "image score"},
    {"temperature", "temperature"},
    {"tiles", "tiles"},
    {"align", "turned to one pose"},
    {"roi", "region of interest"},
    {"fusion", "fusion"},
    {"memory_weight", "weight of the normal images"},
    {"map_weight", "weight of the normal images in the map"},
    {"layers", "layers"},
    {"bank_budget", "bank budget"},
    {"turned", "learned turned as well"},
    {"place", "weight of places"},
};

static bool is_off(const json_t *value)
{
    return !value || json_is_false(value) || (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_integer(value) && json_integer_value(value) == 0);
}

static void put_value(struct alfa__string *out, const json_t *value)
{
    if (json_is_string(value))
        alfa__string_appendf(out, " %s", json_string_value(value));
    else if (json_is_number(value))
        alfa__string_appendf(out, " %g", json_number_value(value));
    for (size_t i = 0; i < json_array_size(value); i++)
        alfa__string_appendf(out, "%s %d", i ? "," : "", (int)json_integer_value(json_array_get(value, i)));
}

void alfa__settings_words(struct alfa__string *out, const char *json)
{
    json_t *object = json ? json_loads(json, 0, NULL) : NULL;
    const char *aligner = json_string_value(json_object_get(object, "aligner"));
    const bool aligned = aligner && strcmp(aligner, "none") != 0;
    const char *between = "";
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        const json_t *value = json_object_get(object, told[i].key);
        if (is_off(value) || (!aligned && strcmp(told[i].key, "aligner_strength") == 0))
            continue;
        alfa__string_appendf(out, "%s%s", between, told[i].words);
        put_value(out, value);
        between = " · ";
    }
    json_decref(object);
}
