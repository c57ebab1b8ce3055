/* What a bank says of itself. */
#include "base/json.h"
#include "detect/bank.h"
#include "detect/terms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text ? text : "";
}

static enum alfa_status list_pictures(struct alfa_bank *bank, struct alfa_error *err)
{
    const size_t count = (size_t)bank->store.reference_count;
    struct alfa_picture *list = realloc(bank->pictures, (count + 1) * sizeof *list);
    if (!list)
        return alfa__fail_memory(err, count * sizeof *list);
    bank->pictures = list;
    for (size_t i = 0; i < count; i++) {
        const struct alfa__reference *r = &bank->store.references[i];
        list[i] = (struct alfa_picture){
            .name = r->name,
            .kind = r->kind,
            .jpeg = r->thumbnail,
            .jpeg_size = r->thumbnail_size,
            .width = r->width,
            .height = r->height,
            .role = (enum alfa_role)r->role,
            .strange = r->strange,
            .kept = r->keep,
            .same_part = r->same_part ? bank->store.references[r->same_part - 1].name : NULL,
            .score = r->score,
            .peak = r->peak};
    }
    return ALFA_OK;
}

/* Where the threshold comes from. */
static void write_sentence(struct alfa_bank *bank)
{
    char *out = bank->sentence;
    size_t size = sizeof bank->sentence;
    int repeats = 0;
    if (bank->finished && bank->choice != ALFA_CHOICE_RATE) {
        alfa__choice_sentence(out, size, bank);
        return;
    }
    alfa__threshold_sentence(out, size, &bank->store.image.threshold);
    for (int r = 0; r < bank->store.reference_count; r++)
        repeats += bank->store.references[r].same_part && bank->store.references[r].role == ALFA__ROLE_NORMAL;
    const size_t end = strlen(out);
    if (repeats)
        snprintf(out + end, size - end, "; %d of them show%s a part again, so that it is less sure", repeats,
                 repeats == 1 ? "s" : "");
}

enum alfa_status alfa__bank_inform(struct alfa_bank *bank, struct alfa_error *err)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    const struct alfa__threshold *image = &bank->store.image.threshold;
    (void)alfa__terms_read(&options, bank->store.options);
    write_sentence(bank);
    bank->info = (struct alfa_bank_info){
        .model = bank->store.model,
        .fingerprint = bank->store.fingerprint,
        .class_name = bank->store.noun,
        .layers = bank->layer_names,
        .scales = {options.scales[0], options.scales[1], options.scales[2], options.scales[3]},
        .resize = options.resize,
        .method = options.method,
        .references = alfa__bank_count(&bank->store, ALFA__ROLE_NORMAL),
        .known_good = alfa__bank_count(&bank->store, ALFA__ROLE_GOOD),
        .known_bad = alfa__bank_count(&bank->store, ALFA__ROLE_BAD),
        .keep_all = bank->keep_all,
        .model_hint = text_of(bank->store.options, "model_hint"),
        .bits = (int)json_integer_value(json_object_get(bank->store.options, "bits")),
        .threshold = image->value,
        .pixel_threshold = bank->store.pixel.threshold.value,
        .false_alarm_rate = bank->rate,
        .calibration = bank->sentence,
        .turned = alfa__bank_turns(bank),
        .place = bank->store.place,
        .fixtured = bank->fixtured,
        .known_joins = bank->known_joins,
        .budget = bank->budget,
        .tiles = bank->tiles,
        .roi = json_string_length(json_object_get(bank->store.options, "roi")) > 0};
    for (int p = 0; p < bank->store.part_count; p++)
        bank->info.vectors += bank->store.parts[p].rows;
    for (int r = 0; r < bank->store.reference_count; r++)
        bank->info.strange += bank->store.references[r].strange;
    return bank->finished ? list_pictures(bank, err) : ALFA_OK;
}

const struct alfa_bank_info *alfa_bank_info(const struct alfa_bank *bank)
{
    return bank ? &bank->info : NULL;
}

const char *alfa_bank_reference(const struct alfa_bank *bank, int index, const unsigned char **jpeg,
                                size_t *size)
{
    static const struct alfa__reference none = {0};
    const bool there = bank && index >= 0 && index < bank->info.references;
    const struct alfa__reference *reference = there ? &bank->store.references[index] : &none;
    if (jpeg)
        *jpeg = reference->thumbnail;
    if (size)
        *size = reference->thumbnail_size;
    return reference->name;
}

const struct alfa_picture *alfa_bank_picture(const struct alfa_bank *bank, int index)
{
    return bank && bank->finished && index >= 0 && index < bank->store.reference_count
               ? &bank->pictures[index]
               : NULL;
}
