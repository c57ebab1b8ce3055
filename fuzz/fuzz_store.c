/* Features that an evaluation kept: a damaged file counts as missing. The harness gives the file the name,
 * the key and the checksum that it should have, so that what lies behind them is reached; a file that is too
 * short for that is tried as it is. */
#include "eval/store.h"
#include "fuzz.h"
#include "image/write.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct alfa__arena arena;
static char photo[256], folder[256], file[400];

static void ask(void)
{
    static const struct alfa__feature_request request = {.scales = {2}, .values = true};
    const struct alfa__mark mark = alfa__arena_mark(&arena);
    struct alfa__store store;
    struct alfa__seen seen;
    struct alfa_error err;
    FUZZ_HOLDS(alfa__store_open(&store, fuzz_model(), folder, 1 << 20, &err) == ALFA_OK);
    FUZZ_HOLDS(alfa__store_features(&store, &seen, photo, &request, &arena, &err) == ALFA_OK);
    const struct alfa__features features = seen.features;
    FUZZ_HOLDS(seen.width > 0 && seen.height > 0);
    FUZZ_HOLDS(features.dim == 4 && features.grid == 2 && features.scale_count == 1);
    for (int i = 0; i < features.windows[0].count * features.dim; i++)
        (void)isfinite(features.windows[0].embeddings[i]);
    alfa__arena_reset(&arena, mark);
}

/* The first pass makes the file; its name and its first bytes are those that count. */
static void find_file(void)
{
    struct alfa_image *image = fuzz_image();
    snprintf(photo, sizeof photo, "%s", fuzz_file("photo.png", "", 0));
    snprintf(folder, sizeof folder, "%s", fuzz_path("kept"));
    FUZZ_HOLDS(alfa__image_write_png(photo, alfa_image_rgb(image), 9, 7, NULL) == ALFA_OK);
    ask();
    DIR *dir = opendir(folder);
    FUZZ_HOLDS(dir != NULL);
    for (const struct dirent *entry; (entry = readdir(dir));)
        if (entry->d_name[0] != '.')
            snprintf(file, sizeof file, "kept/%s", entry->d_name);
    closedir(dir);
    FUZZ_HOLDS(*file != 0);
}

/* As eval/store.c does it. */
static uint64_t checksum(const unsigned char *bytes, size_t size)
{
    uint64_t sum = UINT64_C(14695981039346656037), word;
    for (; size >= sizeof word; bytes += sizeof word, size -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        sum = (sum ^ word) * UINT64_C(1099511628211);
        sum ^= sum >> 29;
    }
    for (; size; size--)
        sum = (sum ^ *bytes++) * UINT64_C(1099511628211);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { HEAD = 24 }; /* magic, checksum, key */
    uint8_t *bytes = (uint8_t *)fuzz_text(data, size);
    if (!*file)
        find_file();
    if (size > HEAD) {
        uint64_t key = strtoull(file + strlen("kept/"), NULL, 16), sum;
        memcpy(bytes, "alfaeye2", 8);
        memcpy(bytes + 16, &key, sizeof key);
        sum = checksum(bytes + 16, size - 16);
        memcpy(bytes + 8, &sum, sizeof sum);
    }
    fuzz_file(file, bytes, size);
    ask();
    free(bytes);
    return 0;
}
