#include "detect/carried.h"
#include "base/json.h"
#include "detect/pipeline.h"
#include "prompt/set.h"

#include <stdlib.h>
#include <string.h>

#define MAX_SENTENCES 8192
#define MAX_SENTENCE 4096 /* bytes */

static enum alfa_status wrong(struct alfa_error *err)
{
    return alfa__fail(err, ALFA_ERROR_INPUT, "bank", "is inconsistent: learn it again");
}

/* ------------------------------------------------------------------ writing */

static json_t *sentences_json(const struct alfa_prompts *prompts)
{
    json_t *sides = json_array();
    int failed = 0;
    for (int side = 0; side < 2; side++) {
        json_t *list = json_array();
        for (int i = 0; i < alfa_prompts_count(prompts, (enum alfa_side)side); i++)
            failed |=
                json_array_append_new(list, json_string(alfa_prompts_get(prompts, (enum alfa_side)side, i)));
        failed |= json_array_append_new(sides, list);
    }
    return alfa__json_whole(sides, failed);
}

static json_t *mask_json(const unsigned char *good, int width, int height)
{
    json_t *runs = json_array();
    const size_t size = (size_t)width * (size_t)height;
    bool counts = false;
    int failed = 0;
    for (size_t i = 0, start = 0; i <= size; i++)
        if (i == size || (good[i] != 0) != counts) {
            failed |= json_array_append_new(runs, json_integer((json_int_t)(i - start)));
            start = i;
            counts = !counts;
        }
    if (!failed)
        return json_pack("{s:i, s:i, s:o}", "width", width, "height", height, "runs", runs);
    json_decref(runs);
    return NULL;
}

enum alfa_status alfa__carried_put(json_t *options, const struct alfa_detector *d, struct alfa_error *err)
{
    json_t *masks = json_array();
    int failed = 0;
    for (int i = 0; i < 2; i++)
        failed |= json_array_append_new(
            masks, d->roi.masks[i].good
                       ? mask_json(d->roi.masks[i].good, d->roi.masks[i].width, d->roi.masks[i].height)
                       : json_null());
    failed |= json_object_set_new(options, "masks", masks);
    if (failed)
        return alfa__fail_memory(err, sizeof *d);
    if (d->method->pipeline->windows &&
        json_object_set_new(options, "sentences", sentences_json(d->prompts)) != 0)
        return alfa__fail_memory(err, sizeof *d);
    return ALFA_OK;
}

/* ------------------------------------------------------------------ reading */

static enum alfa_status read_sentences(struct alfa_prompts *prompts, const json_t *sides,
                                       struct alfa_error *err)
{
    for (int side = 0; side < 2; side++) {
        const json_t *list = json_array_get(sides, (size_t)side);
        if (!json_is_array(list) || json_array_size(list) > MAX_SENTENCES)
            return wrong(err);
        for (size_t i = 0; i < json_array_size(list); i++) {
            const char *text = json_string_value(json_array_get(list, i));
            if (!text || strlen(text) > MAX_SENTENCE)
                return wrong(err);
            ALFA__TRY(alfa__prompts_add(prompts, (enum alfa_side)side, text, err));
        }
    }
    return ALFA_OK;
}

enum alfa_status alfa__carried_prompts(struct alfa_prompts **out, const struct alfa__bank_data *bank,
                                       struct alfa_error *err)
{
    const json_t *sides = json_object_get(bank->options, "sentences");
    *out = NULL;
    if (!sides) /* only the noun counts */
        return alfa_prompts_winclip(out, bank->noun, err);
    ALFA__TRY(alfa__prompts_new(out, bank->noun, err));
    enum alfa_status status = alfa__prompts_set_source(*out, "those of the bank", err);
    if (status == ALFA_OK)
        status = read_sentences(*out, sides, err);
    if (status != ALFA_OK) {
        alfa_prompts_free(*out);
        *out = NULL;
    }
    return status;
}

/* Fills good from the runs; false when they do not cover it. */
static bool read_runs(unsigned char *good, size_t size, const json_t *runs)
{
    size_t at = 0;
    for (size_t i = 0; i < json_array_size(runs); i++) {
        const json_int_t run = json_integer_value(json_array_get(runs, i));
        if (run < 0 || (size_t)run > size - at)
            return false;
        memset(good + at, (int)(i & 1), (size_t)run);
        at += (size_t)run;
    }
    return at == size;
}

static enum alfa_status read_mask(struct alfa__roi *out, int i, const json_t *json, struct alfa_error *err)
{
    const json_int_t width = json_integer_value(json_object_get(json, "width")),
                     height = json_integer_value(json_object_get(json, "height"));
    if (json_is_null(json))
        return ALFA_OK;
    if (alfa__image_check_size(width, height, NULL, NULL) != ALFA_OK)
        return wrong(err);
    out->masks[i].good = malloc((size_t)(width * height));
    if (!out->masks[i].good)
        return alfa__fail_memory(err, (size_t)(width * height));
    out->masks[i].width = (int)width;
    out->masks[i].height = (int)height;
    return read_runs(out->masks[i].good, (size_t)(width * height), json_object_get(json, "runs"))
               ? ALFA_OK
               : wrong(err);
}

enum alfa_status alfa__carried_roi(struct alfa__roi *out, const struct alfa__bank_data *bank,
                                   struct alfa_error *err)
{
    const json_t *masks = json_object_get(bank->options, "masks");
    *out = (struct alfa__roi){0};
    if (!json_is_array(masks) || json_array_size(masks) != 2)
        return wrong(err);
    for (int i = 0; i < 2; i++) {
        const enum alfa_status status = read_mask(out, i, json_array_get(masks, (size_t)i), err);
        if (status != ALFA_OK) {
            alfa__roi_free(out);
            return status;
        }
    }
    return ALFA_OK;
}
