/* A bank, and an image that is judged with it. The input is tried as it is, and once more with the sizes and
 * the checksum of its frame put right, so that what lies behind them is reached. A bank that loads is told to
 * be of the small model, its class and its sentences; what else it claims stays. */
#include "bank/format.h"
#include "bank/kept.h"
#include "detect/detector.h"
#include "detect/terms.h"
#include "fuzz.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct alfa_prompts *prompts_of(void)
{
    static struct alfa_prompts *prompts;
    if (!prompts)
        FUZZ_HOLDS(alfa_prompts_open(&prompts, "nut", NULL, NULL) == ALFA_OK);
    return prompts;
}

static void replace(char **text, const char *with)
{
    free(*text);
    *text = strdup(with);
}

/* Model, class and sentences, which no one would guess. */
static void adopt(struct alfa_bank *bank, const struct alfa_detector *detector)
{
    json_t *own = alfa__terms_describe(detector);
    replace(&bank->store.fingerprint, alfa_model_info(detector->model)->fingerprint);
    replace(&bank->store.noun, "nut");
    json_object_set(bank->store.options, "prompts", json_object_get(own, "prompts"));
    json_object_set_new(bank->store.options, "roi", json_string(""));
    json_decref(own);
}

static void check_result(const struct alfa_result *result)
{
    int width = 0, height = 0;
    const struct alfa_summary *summary = alfa_result_summary(result);
    const float *map = alfa_result_map(result, &width, &height);
    FUZZ_HOLDS(!(summary->p_value < 0) && !(summary->p_value > 1));
    for (int i = 0; map && i < width * height; i++)
        (void)isfinite(map[i]);
    for (int i = 0; i < alfa_result_region_count(result); i++)
        FUZZ_HOLDS(alfa_result_region(result, i) != NULL);
}

static void judge(struct alfa_bank *bank)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    struct alfa_detector *detector;
    struct alfa_result *result;
    struct alfa_error err;
    if (alfa_bank_detector_options(&options, bank, &err) != ALFA_OK)
        return;
    if (options.tiles > 2)
        options.tiles = 2; /* more of the same */
    enum alfa_status status = alfa_detector_open(&detector, fuzz_model(), prompts_of(), &options, &err);
    fuzz_holds_status(status, &err);
    if (status != ALFA_OK)
        return;
    adopt(bank, detector);
    status = alfa_detector_use_bank(detector, bank, &err);
    fuzz_holds_status(status, &err);
    if (status == ALFA_OK) {
        status = alfa_detector_run(&result, detector, fuzz_image(), &err);
        fuzz_holds_status(status, &err);
        if (status == ALFA_OK)
            check_result(result);
        alfa_result_free(result);
    }
    alfa_detector_free(detector);
}

static void load(const uint8_t *data, size_t size)
{
    struct alfa_bank *bank;
    struct alfa_error err;
    enum alfa_status status = alfa_bank_load(&bank, fuzz_file("a.bank", data, size), &err);
    fuzz_holds_status(status, &err);
    FUZZ_HOLDS((status == ALFA_OK) == (bank != NULL));
    if (!bank)
        return;
    const struct alfa_bank_info *info = alfa_bank_info(bank);
    FUZZ_HOLDS(info->model && info->class_name && info->layers && info->calibration);
    for (int i = 0; i < info->references; i++) {
        const unsigned char *jpeg = NULL;
        size_t bytes = 0;
        FUZZ_HOLDS(alfa_bank_reference(bank, i, &jpeg, &bytes) != NULL);
        volatile unsigned char last = bytes ? jpeg[bytes - 1] : 0;
        (void)last;
    }
    judge(bank);
    fuzz_holds_status(alfa__bank_complete(&bank->store, &err), &err);
    alfa_bank_free(bank);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    load(data, size);
    if (size < ALFA__BANK_FRAME + ALFA__BANK_CHECKSUM)
        return 0;
    uint8_t *bytes = (uint8_t *)fuzz_text(data, size);
    memcpy(bytes, ALFA__BANK_MAGIC, strlen(ALFA__BANK_MAGIC));
    alfa__put_number(bytes + 8, ALFA__BANK_VERSION, 4);
    alfa__put_number(bytes + 16, size, 8);
    /* The header grows and shrinks as it is altered: it ends where the input says, or before a zero byte. */
    const uint8_t *zero = memchr(bytes + ALFA__BANK_FRAME, 0, size - ALFA__BANK_FRAME - ALFA__BANK_CHECKSUM);
    if (zero && alfa__get_number(bytes + 12, 4) != (uint64_t)(zero - bytes - ALFA__BANK_FRAME))
        alfa__put_number(bytes + 12, (uint64_t)(zero - bytes - ALFA__BANK_FRAME), 4);
    /* What learning needs follows when the input says so and has room for it. */
    uint64_t judged = alfa__get_number(bytes + 24, 8);
    if (judged < ALFA__BANK_FRAME + ALFA__BANK_CHECKSUM || judged > size - ALFA__BANK_CHECKSUM)
        judged = size;
    alfa__put_number(bytes + 24, judged, 8);
    alfa__sha256(bytes + judged - ALFA__BANK_CHECKSUM, bytes, judged - ALFA__BANK_CHECKSUM);
    if (judged < size)
        alfa__sha256(bytes + size - ALFA__BANK_CHECKSUM, bytes + judged, size - judged - ALFA__BANK_CHECKSUM);
    load(bytes, size);
    free(bytes);
    return 0;
}
