#include "cli/afar_letters.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/strings.h"

/* ------------------------------------------------------------------ questions */

enum alfa_status alfa__afar_write(char **out, const char *id, const struct alfa__question *question,
                                  const char *bank, const struct alfa__content *picture,
                                  struct alfa_error *err)
{
    char *base64 = alfa__base64_write(picture->bytes, picture->size);
    struct alfa__job job = {.id = id,
                            .name = *picture->name ? picture->name : NULL,
                            .base64 = base64,
                            .class_name = question->class_name,
                            .bank = bank,
                            .bits = question->bits,
                            .threshold = question->threshold,
                            .explain = !question->plain,
                            .prompt_count = question->most_prompts,
                            .map = true};
    if (!bank) { /* a bank has its own */
        job.method = alfa_method_info(question->method)->name;
        job.tiles = question->tiles;
        job.prompts = question->prompts;
    }
    *out = base64 ? alfa__job_write(&job) : NULL;
    free(base64);
    return *out ? ALFA_OK : alfa__fail_memory(err, picture->size);
}

/* ------------------------------------------------------------------ answers */

static enum alfa_status fail_odd(struct alfa_error *err)
{
    return alfa__fail(err, ALFA_ERROR_RUNTIME, "worker",
                      "has sent an answer that this version of alfa does not understand");
}

static double number(const json_t *report, const char *key)
{
    const json_t *value = json_object_get(report, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static int whole(const json_t *object, const char *key)
{
    const json_int_t value = json_integer_value(json_object_get(object, key));
    return value > 0 && value <= 1 << 20 ? (int)value : 0;
}

static enum alfa_status read_map(struct alfa__opinion *out, const json_t *map, struct alfa_error *err)
{
    const char *text = json_string_value(json_object_get(map, "base64"));
    size_t size = 0;
    if (!map)
        return ALFA_OK;
    out->map_width = whole(map, "width");
    out->map_height = whole(map, "height");
    out->map = text ? (float *)(void *)alfa__base64_read(&size, text) : NULL;
    const size_t wanted = sizeof(float) * (size_t)out->map_width * (size_t)out->map_height;
    return out->map && size == wanted && size > 0 ? ALFA_OK : fail_odd(err);
}

/* What the letter has besides the report. */
static void strip(json_t *report)
{
    static const char *const keys[] = {"alfa", "id", "worker", "path", "map"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        json_object_del(report, keys[i]);
}

static enum alfa_status read_report(struct alfa__opinion *out, json_t *report, const char *model,
                                    struct alfa_error *err)
{
    const char *worker = json_string_value(json_object_get(report, "worker")),
               *with = json_string_value(json_object_get(report, "model")),
               *decision = json_string_value(json_object_get(report, "decision"));
    out->score = number(report, "score");
    out->p_value = number(report, "p_value");
    out->threshold = number(report, "threshold");
    out->decision = !decision ? -1 : strcmp(decision, "anomaly") == 0;
    out->width = whole(report, "width");
    out->height = whole(report, "height");
    if (isnan(out->score) || !with || !out->width || !out->height)
        return fail_odd(err);
    if (strcmp(with, model) != 0)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, worker ? worker : "worker",
                          "judges with the model %s, and this server with %s: start both with the same", with,
                          model);
    ALFA__TRY(read_map(out, json_object_get(report, "map"), err));
    strip(report);
    return ALFA_OK;
}

enum alfa_status alfa__afar_read(struct alfa__opinion *out, const char *text, size_t size, const char *name,
                                 const char *model, struct alfa_error *err)
{
    *out = (struct alfa__opinion){0};
    enum alfa_status status = alfa__json_read(&out->report, text, size, ALFA__JSON_VALUES, 0, NULL);
    if (status == ALFA_ERROR_MEMORY)
        return alfa__fail_memory(err, size);
    if (status != ALFA_OK || !json_is_object(out->report))
        status = fail_odd(err);
    if (status == ALFA_OK)
        status = alfa__answer_why(out->report, name, err);
    if (status == ALFA_OK)
        status = read_report(out, out->report, model, err);
    if (status != ALFA_OK)
        alfa__opinion_free(out);
    return status;
}
