/* The description of a model, as open_clip and as Hugging Face call it. */
#include "fuzz.h"
#include "weights/config.h"

#include <stdio.h>

static void read_as(const char *name, const uint8_t *data, size_t size)
{
    struct alfa__config config;
    struct alfa_error err;
    char file[64];
    snprintf(file, sizeof file, "%s/%s.json", name, name);
    enum alfa_status status = alfa__config_read(&config, fuzz_file(file, data, size), &err);
    fuzz_holds_status(status, &err);
    if (status != ALFA_OK)
        return;
    FUZZ_HOLDS(config.embed_dim > 0 && config.image_size > 0 && config.patch_size > 0);
    FUZZ_HOLDS(config.image_size % config.patch_size == 0);
    FUZZ_HOLDS(config.vision.heads > 0 && config.vision.width % config.vision.heads == 0);
    FUZZ_HOLDS(config.text.heads > 0 && config.text.width % config.text.heads == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_as("open_clip_config", data, size);
    read_as("config", data, size);
    return 0;
}
