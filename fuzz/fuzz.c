#include "fuzz.h"
#include "base/files.h"
#include "base/strings.h"
#include "unit/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fuzz_holds(bool good, const char *promise, const char *file, int line)
{
    if (good)
        return;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, promise);
    abort();
}

void fuzz_holds_status(enum alfa_status status, const struct alfa_error *err)
{
    if (status == ALFA_OK)
        return;
    FUZZ_HOLDS(err->code == status);
    FUZZ_HOLDS(err->message[0] != 0 && !strpbrk(err->message, "\r\n"));
}

/* ------------------------------------------------------------------ files */

static char folder[64];

static void remove_folder(void)
{
    folder_remove(folder);
}

/* In memory where the system has such a place. */
static void make_folder(void)
{
    strcpy(folder, "/dev/shm/alfa-fuzz-XXXXXX");
    if (!mkdtemp(folder)) {
        strcpy(folder, "/tmp/alfa-fuzz-XXXXXX");
        FUZZ_HOLDS(mkdtemp(folder) != NULL);
    }
    atexit(remove_folder);
}

const char *fuzz_path(const char *name)
{
    static char paths[8][256];
    static int next;
    char *path = paths[next++ % 8];
    if (!*folder)
        make_folder();
    snprintf(path, sizeof *paths, "%s/%s", folder, name);
    return path;
}

const char *fuzz_file(const char *name, const void *data, size_t size)
{
    const char *path = fuzz_path(name);
    char parent[256];
    snprintf(parent, sizeof parent, "%s", path);
    *strrchr(parent, '/') = 0;
    FILE *file = fopen(path, "wb");
    if (!file) {
        FUZZ_HOLDS(alfa__folder_make(parent, NULL) == ALFA_OK);
        file = fopen(path, "wb");
    }
    FUZZ_HOLDS(file && fwrite(data, 1, size, file) == size && fclose(file) == 0);
    return path;
}

char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    FUZZ_HOLDS(text != NULL);
    if (size)
        memcpy(text, data, size);
    text[size] = 0;
    return text;
}

/* ------------------------------------------------------------------ model and image */

struct alfa_model *fuzz_model(void)
{
    static struct alfa_model *model;
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    options.precision = ALFA_PRECISION_F32;
    options.threads = 1;
    options.cache_dir = fuzz_path("texts");
    if (!model)
        FUZZ_HOLDS(alfa_model_open(&model, "tests/data/models/minimal", &options, NULL) == ALFA_OK);
    return model;
}

struct alfa_image *fuzz_image(void)
{
    static struct alfa_image *image;
    unsigned char rgb[9 * 7 * 3];
    for (size_t i = 0; i < sizeof rgb; i++)
        rgb[i] = (unsigned char)(i * i >> 2);
    if (!image)
        FUZZ_HOLDS(alfa_image_from_rgb(&image, rgb, 9, 7, 27, NULL) == ALFA_OK);
    return image;
}
