/* Ground truth: only 0 and 1, counted right, at its own size and at another. */
#include "dataset/mask.h"
#include "fuzz.h"

static void look(const struct alfa__mask *mask)
{
    size_t anomalous = 0;
    for (size_t i = 0; i < (size_t)mask->width * (size_t)mask->height; i++) {
        FUZZ_HOLDS(mask->pixels[i] <= 1);
        anomalous += mask->pixels[i];
    }
    FUZZ_HOLDS(anomalous == mask->anomalous);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct alfa__mask mask = {0}, small = {0};
    struct alfa__notices notices = {0};
    const struct alfa__mask_view view = {9, 7, false, 24, 24};
    struct alfa_error err;
    const char *path = fuzz_file("mask.png", data, size);
    enum alfa_status status = alfa__mask_load(&mask, path, &err);
    fuzz_holds_status(status, &err);
    if (status == ALFA_OK) {
        look(&mask);
        FUZZ_HOLDS(alfa__mask_open(&small, path, &view, &notices, &err) == ALFA_OK);
        look(&small);
        alfa__mask_free(&small);
    }
    alfa__mask_free(&mask);
    alfa__notices_free(&notices);
    return 0;
}
