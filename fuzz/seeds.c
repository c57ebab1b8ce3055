/* Writes the seeds that alfa itself makes, so that they are always of today's formats:
 * fuzz_seeds FOLDER, which gets a folder for each of the targets bank, packs, cache and store. */
#include "base/files.h"
#include "base/strings.h"
#include "eval/store.h"
#include "fuzz.h"
#include "image/write.h"
#include "prompt/cache.h"
#include "unit/folder.h"
#include "weights/packs.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *root;

static struct alfa_error err;

static void must(enum alfa_status status)
{
    if (status != ALFA_OK) {
        fprintf(stderr, "fuzz_seeds: %s: %s\n", err.source, err.message);
        exit(1);
    }
}

static const char *place(const char *target, const char *name)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", root, target);
    must(alfa__folder_make(path, &err));
    snprintf(path, sizeof path, "%s/%s/%s", root, target, name);
    return path;
}

static void copy(const char *target, const char *name, const char *from)
{
    char *bytes;
    size_t size;
    must(alfa__file_read(&bytes, &size, from, 1 << 24, &err));
    must(alfa__file_write(place(target, name), bytes, size, &err));
    free(bytes);
}

/* ------------------------------------------------------------------ banks */

static struct alfa_image *picture(int which)
{
    struct alfa_image *image;
    unsigned char rgb[12 * 10 * 3];
    for (int i = 0; i < (int)sizeof rgb; i++)
        rgb[i] = (unsigned char)(i * (which + 3) >> 2);
    must(alfa_image_from_rgb(&image, rgb, 12, 10, 36, &err));
    return image;
}

static void write_bank(const char *name, enum alfa_method method, int images, int tiles)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    struct alfa_prompts *prompts;
    struct alfa_detector *detector;
    struct alfa_bank *bank;
    options.method = method;
    options.scales[0] = 2; /* the small model has 2 x 2 patches */
    options.tiles = tiles;
    must(alfa_prompts_open(&prompts, "nut", NULL, &err));
    must(alfa_detector_open(&detector, fuzz_model(), prompts, &options, &err));
    must(alfa_bank_new(&bank, detector, NULL, &err));
    for (int i = 0; i < images; i++) {
        struct alfa_image *image = picture(i);
        char *label = alfa__format("good%d.png", i);
        must(alfa_bank_add(bank, detector, image, label, &err));
        free(label);
        alfa_image_free(image);
    }
    must(alfa_bank_finish(bank, &err));
    must(alfa_bank_save(bank, place("bank", name), &err));
    alfa_bank_free(bank);
    alfa_detector_free(detector);
    alfa_prompts_free(prompts);
}

static void write_banks(void)
{
    write_bank("alfa", ALFA_METHOD_ALFA, 2, 0);
    write_bank("one", ALFA_METHOD_ALFA, 1, 0);
    write_bank("winclip", ALFA_METHOD_WINCLIP, 3, 0);
    write_bank("patchcore", ALFA_METHOD_PATCHCORE, 2, 0);
    write_bank("padim", ALFA_METHOD_PADIM, 3, 0);
    write_bank("spade", ALFA_METHOD_SPADE, 2, 0);
}

/* ------------------------------------------------------------------ what is kept between runs */

static void write_packs(void)
{
    struct alfa__packs *packs = alfa__packs_open(fuzz_path("p"), "a.packs", UINT64_C(0x1122334455667788));
    alfa__packs_add(packs, "visual.proj", "0123456789", 10);
    alfa__packs_add(packs, "a", "", 0);
    alfa__packs_add(packs, "b", "bytes", 5);
    alfa__packs_finish(packs);
    alfa__packs_close(packs);
    copy("packs", "three", fuzz_path("p/a.packs"));
}

static void write_cache(void)
{
    static const char *const texts[] = {"A normal image of nut", "c"};
    static const float rows[8] = {1, 0, 0, 0, 0, 1, 0, 0};
    const struct alfa__cache_key key = {"0123456789abcdef", "f32", 4, 0};
    struct alfa__cache *cache;
    must(alfa__cache_open(&cache, fuzz_path("t"), &err));
    FUZZ_HOLDS(alfa__cache_put(cache, &key, texts, rows, NULL, 2));
    alfa__cache_close(cache);
    copy("cache", "two", fuzz_path("t/" ALFA__CACHE_FILE));
}

static void copy_features(const char *name)
{
    DIR *dir = opendir(fuzz_path("f"));
    FUZZ_HOLDS(dir != NULL);
    for (const struct dirent *entry; (entry = readdir(dir));)
        if (entry->d_name[0] != '.') {
            char *from = alfa__format("%s/%s", fuzz_path("f"), entry->d_name);
            copy("store", name, from);
            free(from);
        }
    closedir(dir);
}

static void write_features(void)
{
    static const struct alfa__feature_request requests[] = {
        {.scales = {2}, .values = true},
        {.scales = {2}, .value_path = true, .layers = {{false, 1}, {false, 2}}, .layer_count = 2}};
    static const char *const names[] = {"windows", "layers"};
    char folder[256], photo[256];
    struct alfa__arena arena = {0};
    struct alfa_image *image = fuzz_image();
    snprintf(folder, sizeof folder, "%s", fuzz_path("f"));
    snprintf(photo, sizeof photo, "%s", fuzz_path("photo.png"));
    must(alfa__image_write_png(photo, alfa_image_rgb(image), 9, 7, &err));
    for (int i = 0; i < 2; i++) {
        struct alfa__store store;
        struct alfa__seen seen;
        must(alfa__store_open(&store, fuzz_model(), folder, 1 << 20, &err));
        must(alfa__store_features(&store, &seen, photo, &requests[i], &arena, &err));
        copy_features(names[i]);
        folder_remove(folder);
    }
    alfa__arena_free(&arena);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    root = argv[1];
    fuzz_file("first", "", 0);
    write_banks();
    write_packs();
    write_cache();
    write_features();
    return 0;
}
