#include "cli/judging.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/status.h"
#include "base/strings.h"
#include "cli/judged.h"
#include "cli/reading.h"
#include "cli/talk.h"

/* "threshold 0.620, of a place 0.550": what was typed counts for more than what is in the bank. */
static char *describe_thresholds(const struct alfa__options *o, const struct alfa_bank_info *bank)
{
    const bool typed = alfa__options_given(o, "threshold");
    const double threshold = typed ? o->threshold : bank->threshold;
    const double place =
        alfa__options_given(o, "place-threshold") ? o->place_threshold : bank->pixel_threshold;
    if (isnan(threshold))
        return alfa__must(alfa__format("no threshold, of a place %.3f", place));
    return alfa__must(
        alfa__format("threshold %.3f%s, of a place %.3f", threshold, typed ? " as typed" : "", place));
}

/* "bank bottle.bank, 5 normal images, threshold 0.62, of a place 0.55 · alfa 1.0.0 · how it was found ·
 * SHA-256 of the bank ..." */
static char *describe(const struct alfa__kit *kit)
{
    const struct alfa_bank_info *bank = kit->bank ? alfa_bank_info(kit->bank) : NULL;
    const struct alfa__options *o = &kit->options;
    if (!bank)
        return alfa__must(alfa__format("by words alone, no normal images · alfa %s", alfa_version()));
    const int learned = bank->references - bank->strange;
    const bool typed = alfa__options_given(o, "threshold");
    char *thresholds = describe_thresholds(o, bank);
    char *text = alfa__must(
        alfa__format("%s %s, %d normal image%s, %s · alfa %s%s%s%s%s", o->bank ? "bank" : "normal images",
                     o->bank ? o->bank : o->normal, learned, learned == 1 ? "" : "s", thresholds,
                     alfa_version(), typed ? "" : " · ", typed ? "" : bank->calibration,
                     *kit->bank_digest ? " · SHA-256 of the bank " : "", kit->bank_digest));
    free(thresholds);
    return text;
}

enum alfa_status alfa__judging_begin(struct alfa__outputs *outputs, const struct alfa__kit *kit,
                                     struct alfa_error *err)
{
    char key[17], *with = describe(kit);
    alfa__judged_key(key, kit);
    alfa__outputs_bank(outputs, kit->bank_digest);
    enum alfa_status status = alfa__outputs_begin(outputs, key, with, err);
    free(with);
    return status;
}

static enum alfa_status judge(struct alfa__found *out, const struct alfa__kit *kit,
                              const struct alfa__outputs *outputs, const struct alfa__input *input,
                              const struct alfa_image *image, struct alfa_error *err)
{
    enum alfa_status status = alfa_detector_run(&out->result, kit->detector, image, err);
    if (status != ALFA_OK && !*err->source)
        snprintf(err->source, sizeof err->source, "%s", input->path);
    if (status == ALFA_OK)
        status = alfa__outputs_draw(&out->drawn, outputs, image, out->result, err);
    out->drawn.facts = alfa__reading_facts(image);
    return status;
}

void alfa__judging_look(struct alfa__found *out, const struct alfa__kit *kit,
                        const struct alfa__outputs *outputs, const struct alfa__input *input)
{
    struct alfa_image *image;
    *out = (struct alfa__found){.result = NULL};
    out->status = alfa__input_read(&image, input, &out->err);
    if (out->status != ALFA_OK)
        return;
    out->pixels = (long long)alfa_image_width(image) * alfa_image_height(image);
    out->status = judge(out, kit, outputs, input, image, &out->err);
    alfa_image_free(image);
}

static enum alfa_status write_found(enum alfa__verdict *out, struct alfa__outputs *outputs,
                                    const struct alfa__input *input, const struct alfa__found *found,
                                    struct alfa_error *err)
{
    const struct alfa_summary *summary = alfa_result_summary(found->result);
    alfa__reading_shape(summary->width, summary->height, input);
    *out = isnan(summary->threshold) ? ALFA__VERDICT_NONE
           : summary->anomalous      ? ALFA__VERDICT_ANOMALY
                                     : ALFA__VERDICT_NORMAL;
    return alfa__outputs_result(outputs, input, found->result, &found->drawn, err);
}

enum alfa_status alfa__judging_write(enum alfa__verdict *out, struct alfa__outputs *outputs,
                                     const struct alfa__input *input, const struct alfa__found *found,
                                     struct alfa_error *err)
{
    if (found->pixels > 0)
        alfa__reading_note(found->drawn.facts, input);
    if (found->status != ALFA_OK)
        return *err = found->err, found->status;
    return write_found(out, outputs, input, found, err);
}

void alfa__found_free(struct alfa__found *found)
{
    alfa_result_free(found->result);
    alfa__drawn_free(&found->drawn);
    *found = (struct alfa__found){.result = NULL};
}

enum alfa_status alfa__judging_image(enum alfa__verdict *out, const struct alfa__kit *kit,
                                     struct alfa__outputs *outputs, const struct alfa__input *input,
                                     const struct alfa_image *image, struct alfa_error *err)
{
    struct alfa__found found = {.result = NULL};
    enum alfa_status status = judge(&found, kit, outputs, input, image, err);
    if (status == ALFA_OK)
        status = write_found(out, outputs, input, &found, err);
    alfa__found_free(&found);
    return status;
}

enum alfa_status alfa__judging_run(enum alfa__verdict *out, const struct alfa__kit *kit,
                                   struct alfa__outputs *outputs, const struct alfa__input *input,
                                   struct alfa_error *err)
{
    struct alfa__found found;
    alfa__judging_look(&found, kit, outputs, input);
    const enum alfa_status status = alfa__judging_write(out, outputs, input, &found, err);
    alfa__found_free(&found);
    return status;
}

void alfa__judging_suggest_adding(const char *which, const struct alfa__kit *kit)
{
    const char *bank = kit->options.bank;
    if (bank)
        alfa__talk_note(
            NULL,
            "%s called anomalies. If most of them are good, light, focus or place have changed since %s "
            "was learned: put two or three good ones of now into a folder GOOD, then: alfa learn "
            "GOOD --add \"%s\" -o \"%s\"",
            which, bank, bank, bank);
}
