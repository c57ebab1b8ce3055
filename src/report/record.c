#include "report/record.h"

#include "base/json.h"
#include "image/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const alfa__record_columns[] = {"path",
                                            "class",
                                            "model",
                                            "method",
                                            "score",
                                            "decision",
                                            "threshold",
                                            "score_global",
                                            "score_local",
                                            "kept_normal",
                                            "kept_abnormal",
                                            "fallback",
                                            "width",
                                            "height",
                                            "seconds",
                                            "pixel_threshold",
                                            "references",
                                            "score_memory",
                                            "p_value",
                                            "regions",
                                            "region_x",
                                            "region_y",
                                            "region_width",
                                            "region_height",
                                            "region_percent",
                                            "region_peak",
                                            "looks_like",
                                            "looks_like_kind",
                                            NULL};

enum alfa_status alfa__record_take(struct alfa__record *out, const struct alfa_result *result,
                                   const char *path, bool tell_prompts, struct alfa_error *err)
{
    const int regions = alfa_result_region_count(result);
    const int prompts = tell_prompts ? alfa_result_prompt_count(result) : 0;
    struct alfa_region *region = calloc((size_t)regions + 1, sizeof *region);
    struct alfa_prompt_score *prompt = tell_prompts ? calloc((size_t)prompts + 1, sizeof *prompt) : NULL;
    *out = (struct alfa__record){.path = path ? path : "",
                                 .summary = alfa_result_summary(result),
                                 .settings = alfa_result_settings(result),
                                 .regions = region,
                                 .region_count = regions,
                                 .prompts = prompt,
                                 .prompt_count = prompts};
    for (int i = 0; i < regions && region; i++)
        region[i] = *alfa_result_region(result, i);
    for (int i = 0; i < prompts && prompt; i++)
        prompt[i] = *alfa_result_prompt(result, i);
    if (region && (prompt || !tell_prompts))
        return ALFA_OK;
    alfa__record_drop(out);
    return alfa__fail_memory(err, (size_t)regions * sizeof *region);
}

void alfa__record_drop(struct alfa__record *record)
{
    free((void *)record->regions);
    free((void *)record->prompts);
    *record = (struct alfa__record){.path = NULL};
}

/* Bytes of the character at text, 0 when it is not one (RFC 3629: shortest form, no surrogates, up to
 * U+10FFFF). */
static int character_size(const unsigned char *text)
{
    unsigned first = text[0], second = first ? text[1] : 0;
    int size = first < 0x80   ? 1
               : first < 0xc2 ? 0
               : first < 0xe0 ? 2
               : first < 0xf0 ? 3
               : first < 0xf5 ? 4
                              : 0;
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
        (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f))
        return 0;
    for (int i = 1; i < size; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    return size;
}

void alfa__utf8_append(struct alfa__string *out, const char *text)
{
    while (*text) {
        int size = character_size((const unsigned char *)text);
        if (size > 0)
            alfa__string_append_bytes(out, text, (size_t)size);
        else
            alfa__string_append(out, "\xef\xbf\xbd");
        text += size > 0 ? size : 1;
    }
}

void alfa__record_error(struct alfa__string *out, const struct alfa__record *record)
{
    const struct alfa_error *error = record->error;
    const char *source = error ? error->source : "";
    if (*source && strncmp(source, record->path, strlen(source)) != 0) {
        alfa__utf8_append(out, source);
        alfa__string_append(out, ": ");
    }
    alfa__utf8_append(out, error && *error->message ? error->message : "failed");
}

struct alfa__box *alfa__record_boxes(const struct alfa__record *record, double across, double down)
{
    struct alfa__box *boxes = calloc((size_t)record->region_count + 1, sizeof *boxes);
    for (int i = 0; i < record->region_count && boxes; i++) {
        const struct alfa_region *r = &record->regions[i];
        boxes[i] = (struct alfa__box){r->x * across, r->y * down, r->width * across, r->height * down};
    }
    return boxes;
}

json_t *alfa__json_text(const char *text)
{
    struct alfa__string clean = {0};
    alfa__utf8_append(&clean, text ? text : "");
    json_t *json = alfa__string_ok(&clean) ? json_string(clean.text ? clean.text : "") : NULL;
    alfa__string_free(&clean);
    return json;
}

/* Methods that choose no prompts keep none. */
static json_t *kept(const struct alfa_summary *summary, int count)
{
    return summary->normal_count ? json_integer(count) : json_null();
}

static int add_summary(json_t *object, const struct alfa_summary *summary)
{
    int failed = json_object_set_new(object, "class", alfa__json_text(summary->class_name));
    failed |= json_object_set_new(object, "model", alfa__json_text(summary->model));
    failed |= json_object_set_new(object, "method", alfa__json_text(summary->method));
    failed |= json_object_set_new(object, "score", alfa__json_number(summary->score));
    failed |= json_object_set_new(
        object, "decision",
        isnan(summary->threshold) ? json_null() : json_string(summary->anomalous ? "anomaly" : "normal"));
    failed |= json_object_set_new(object, "threshold", alfa__json_number(summary->threshold));
    failed |= json_object_set_new(object, "score_global", alfa__json_number(summary->score_global));
    failed |= json_object_set_new(object, "score_local", alfa__json_number(summary->score_local));
    failed |= json_object_set_new(object, "kept_normal", kept(summary, summary->kept_normal));
    failed |= json_object_set_new(object, "kept_abnormal", kept(summary, summary->kept_abnormal));
    failed |= json_object_set_new(object, "fallback", json_boolean(summary->fallback));
    failed |= json_object_set_new(object, "width", json_integer(summary->width));
    failed |= json_object_set_new(object, "height", json_integer(summary->height));
    failed |= json_object_set_new(object, "seconds", alfa__json_number(summary->seconds));
    failed |= json_object_set_new(object, "pixel_threshold", alfa__json_number(summary->pixel_threshold));
    if (summary->references > 0) {
        failed |= json_object_set_new(object, "references", json_integer(summary->references));
        failed |= json_object_set_new(object, "score_memory", alfa__json_number(summary->score_memory));
        failed |= json_object_set_new(object, "p_value", alfa__json_number(summary->p_value));
    }
    if (summary->looks_like) {
        failed |= json_object_set_new(object, "looks_like", alfa__json_text(summary->looks_like));
        failed |= json_object_set_new(object, "looks_like_kind", alfa__json_text(summary->looks_like_kind));
        failed |=
            json_object_set_new(object, "looks_like_share", alfa__json_number(summary->looks_like_share));
    }
    return failed;
}

static json_t *region_object(const struct alfa_region *region)
{
    return json_pack("{s:i, s:i, s:i, s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "x", region->x, "y", region->y,
                     "width", region->width, "height", region->height, "area",
                     alfa__json_number(region->area), "percent", alfa__json_number(region->percent), "peak",
                     alfa__json_number(region->peak), "mean", alfa__json_number(region->mean), "center_x",
                     alfa__json_number(region->center_x), "center_y", alfa__json_number(region->center_y));
}

static int add_regions(json_t *object, const struct alfa__record *record)
{
    json_t *regions = json_array();
    int failed = 0;
    for (int i = 0; i < record->region_count; i++)
        failed |= json_array_append_new(regions, region_object(&record->regions[i]));
    return failed | json_object_set_new(object, "regions", regions);
}

static json_t *prompt_object(const struct alfa_prompt_score *prompt)
{
    json_t *object = json_object();
    int failed =
        json_object_set_new(object, "side", json_string(prompt->side == ALFA_NORMAL ? "normal" : "abnormal"));
    failed |= json_object_set_new(object, "text", alfa__json_text(prompt->text));
    failed |= json_object_set_new(object, "score", alfa__json_number(prompt->score));
    return alfa__json_whole(object, failed);
}

static int add_prompts(json_t *object, const struct alfa__record *record)
{
    if (!record->prompts)
        return 0;
    json_t *prompts = json_array();
    int failed = 0;
    for (int i = 0; i < record->prompt_count; i++)
        failed |= json_array_append_new(prompts, prompt_object(&record->prompts[i]));
    return failed | json_object_set_new(object, "prompts", prompts);
}

static int add_settings(json_t *object, const struct alfa__record *record)
{
    json_t *settings = record->settings ? json_loads(record->settings, 0, NULL) : NULL;
    if (!record->settings)
        return 0;
    json_object_del(settings, "model"); /* they stand in the record already */
    json_object_del(settings, "method");
    if (record->bank_digest && *record->bank_digest && settings &&
        json_object_set_new(settings, "bank_sha256", json_string(record->bank_digest)) != 0) {
        json_decref(settings);
        return -1;
    }
    return json_object_set_new(object, "settings", settings);
}

json_t *alfa__json_facts(struct alfa_image_facts facts)
{
    char text[ALFA__FACT_ROOM];
    json_t *notes = json_array();
    for (enum alfa__fact fact = 0; fact < ALFA__FACTS; fact++)
        if (alfa__image_fact(text, facts, fact))
            alfa__json_push(&notes, json_string(text));
    return notes;
}

static int add_notes(json_t *object, const struct alfa__record *record)
{
    json_t *notes = alfa__json_facts(record->facts);
    int failed = !notes;
    if (json_array_size(notes) > 0)
        failed |= json_object_set(object, "notes", notes);
    json_decref(notes);
    return failed;
}

static int add_error(json_t *object, const struct alfa__record *record)
{
    struct alfa__string text = {0};
    alfa__record_error(&text, record);
    int failed = json_object_set_new(object, "error", alfa__string_ok(&text) ? json_string(text.text) : NULL);
    alfa__string_free(&text);
    return failed;
}

json_t *alfa__record_object(const struct alfa__record *record)
{
    json_t *object = json_object();
    int failed = json_object_set_new(object, "path", alfa__json_text(record->path));
    if (record->error || !record->summary)
        failed |= add_error(object, record);
    else
        failed |= add_summary(object, record->summary) | add_regions(object, record) |
                  add_settings(object, record) | add_notes(object, record) | add_prompts(object, record);
    return alfa__json_whole(object, failed);
}
