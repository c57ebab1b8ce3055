/* Tables of data sets (VisA, Real-IAD, meta.json), a file of nouns, and results of an earlier evaluation. */
#include "base/files.h"
#include "dataset/dataset.h"
#include "eval/cache.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Images that tables speak of; they are not decoded. */
static void make_images(void)
{
    static bool done;
    static const char *const names[] = {"visa/candle/Data/Images/Normal/0.JPG",
                                        "visa/candle/Data/Images/Normal/1.JPG",
                                        "visa/candle/Data/Images/Anomaly/0.JPG",
                                        "visa/candle/Data/Masks/Anomaly/0.png",
                                        "mvtec/nut/train/good/0.png",
                                        "mvtec/nut/test/good/1.png",
                                        "mvtec/nut/test/bad/2.png",
                                        "meta/nut/test/good/1.png",
                                        "meta/nut/test/bad/2.png",
                                        "real/nut/OK/S1/1.jpg",
                                        "real/nut/NG/S1/2.jpg",
                                        "real/nut/NG/S1/2.png"};
    for (size_t i = 0; !done && i < sizeof names / sizeof *names; i++)
        fuzz_file(names[i], "x", 1);
    done = true;
}

static void open_set(const char *folder, const char *nouns)
{
    struct alfa__dataset *set;
    struct alfa__notices notices = {0};
    struct alfa_error err;
    enum alfa_status status = alfa__dataset_open(&set, folder, nouns, &notices, &err);
    alfa__notices_free(&notices);
    fuzz_holds_status(status, &err);
    FUZZ_HOLDS((status == ALFA_OK) == (set != NULL));
    if (!set)
        return;
    FUZZ_HOLDS(set->count > 0);
    for (size_t i = 0; i < set->count; i++) {
        const struct alfa__class *class = &set->classes[i];
        FUZZ_HOLDS(class->count > 0 && class->name && class->noun && !class->failed);
        for (size_t j = 0; j < class->count; j++)
            FUZZ_HOLDS(alfa__file_exists(class->items[j].image));
    }
    alfa__dataset_free(set);
}

static void load_results(const uint8_t *data, size_t size)
{
    struct alfa__eval_results results = {0};
    struct alfa_error err;
    int spoilt = 0;
    const char *path = fuzz_file("results.jsonl", data, size);
    fuzz_holds_status(alfa__eval_cache_load(&results, &spoilt, path, &err), &err);
    FUZZ_HOLDS(spoilt >= 0);
    for (size_t i = 0; i < results.count; i++) {
        char *text = alfa__eval_result_json(&results.items[i]);
        FUZZ_HOLDS(text != NULL);
        free(text);
    }
    if (results.count)
        fuzz_holds_status(alfa__eval_cache_append(path, &results.items[0], &err), &err);
    alfa__eval_results_free(&results);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char visa[256], mvtec[256], more[256];
    make_images();
    fuzz_file("visa/split_csv/1cls.csv", data, size);
    fuzz_file("meta/meta.json", data, size);
    fuzz_file("real/realiad_jsons/nut.json", data, size);
    snprintf(visa, sizeof visa, "%s", fuzz_path("visa"));
    snprintf(mvtec, sizeof mvtec, "%s", fuzz_path("mvtec"));
    open_set(visa, NULL);
    snprintf(more, sizeof more, "%s", fuzz_path("meta"));
    open_set(more, NULL);
    snprintf(more, sizeof more, "%s", fuzz_path("real"));
    open_set(more, NULL);
    open_set(mvtec, fuzz_file("nouns.txt", data, size));
    load_results(data, size);
    return 0;
}
