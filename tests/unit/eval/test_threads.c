/* What is written for later, and what stays in a cache, has the same bytes however many threads made it:
 * features in an evaluation's store, banks, embeddings of sentences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/files.h"
#include "eval/store.h"
#include "nn/linear.h"
#include "unit/folder.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXTS 60
#define KINDS 3

static const char photo[] = "examples/images/plate/chip.jpg", other[] = "examples/images/brick_wall/hole.jpg";
static char root[] = "/tmp/alfa-threads-XXXXXX";

static const char *at(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

struct bytes {
    char *data;
    size_t size;
};

static struct bytes read_file(const char *path)
{
    struct bytes out;
    struct alfa_error err;
    if (alfa__file_read(&out.data, &out.size, path, 1 << 30, &err) != ALFA_OK)
        fail_msg("%s: %s", err.source, err.message);
    return out;
}

/* The file that a store of its own keeps of a photo. */
static struct bytes stored(const struct alfa_model *model)
{
    static const struct alfa__feature_request request = {
        .scales = {1, 2, 3}, .values = true, .value_path = true, .layers = {{false, 1}}, .layer_count = 1};
    struct alfa__store store;
    struct alfa__seen seen;
    struct alfa__arena arena = {0};
    struct bytes out = {NULL, 0};
    char folder[64], path[400];
    snprintf(folder, sizeof folder, "%s/store", root);
    assert_int_equal(alfa__store_open(&store, model, folder, 1LL << 30, NULL), ALFA_OK);
    assert_int_equal(alfa__store_features(&store, &seen, photo, &request, &arena, NULL), ALFA_OK);
    alfa__arena_free(&arena);
    DIR *dir = opendir(folder);
    for (const struct dirent *entry; (entry = readdir(dir));)
        if (strstr(entry->d_name, ".features")) {
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            out = read_file(path);
        }
    closedir(dir);
    assert_int_equal(folder_remove(folder), 0);
    return out;
}

static struct bytes bank(const struct alfa_model *model)
{
    struct alfa_prompts *prompts;
    struct alfa_detector *detector;
    struct alfa_bank *out;
    struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
    options.budget = 100;
    assert_int_equal(alfa_prompts_open(&prompts, "plate", NULL, NULL), ALFA_OK);
    assert_int_equal(alfa_detector_open(&detector, model, prompts, NULL, NULL), ALFA_OK);
    assert_int_equal(alfa_bank_new(&out, detector, &options, NULL), ALFA_OK);
    for (int i = 0; i < 2; i++) {
        struct alfa_image *image;
        assert_int_equal(alfa_image_load(&image, i ? other : photo, NULL), ALFA_OK);
        assert_int_equal(alfa_bank_add(out, detector, image, i ? "other" : "photo", NULL), ALFA_OK);
        alfa_image_free(image);
    }
    assert_int_equal(alfa_bank_finish(out, NULL), ALFA_OK);
    assert_int_equal(alfa_bank_save(out, at("bank"), NULL), ALFA_OK);
    alfa_bank_free(out);
    alfa_detector_free(detector);
    alfa_prompts_free(prompts);
    return read_file(at("bank"));
}

static struct bytes embeddings(const struct alfa_model *model)
{
    static char lines[TEXTS][80];
    const char *texts[TEXTS];
    const size_t size = TEXTS * (size_t)alfa_model_info(model)->embed_dim * sizeof(float);
    float *out = malloc(size);
    for (int i = 0; i < TEXTS; i++) {
        snprintf(lines[i], sizeof lines[i], "a %s photo of %d plates%s", i % 2 ? "dark" : "bright", i % 7,
                 i % 3 ? "" : " with many cracks and chips on the edge");
        texts[i] = lines[i];
    }
    assert_int_equal(alfa__model_embed_raw(model, out, texts, TEXTS, NULL, NULL), ALFA_OK);
    return (struct bytes){(char *)out, size};
}

static void make_all(struct bytes out[KINDS], const char *folder, enum alfa_precision precision, int threads)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    struct alfa_model *model;
    options.precision = precision;
    options.threads = threads;
    assert_int_equal(alfa_model_open(&model, folder, &options, NULL), ALFA_OK);
    out[0] = stored(model);
    out[1] = bank(model);
    out[2] = embeddings(model);
    alfa_model_free(model);
}

static void check(const char *folder, enum alfa_precision precision)
{
    static const int threads[] = {2, 3, 8};
    struct bytes one[KINDS], many[KINDS];
    make_all(one, folder, precision, 1);
    for (int t = 0; t < 3; t++) {
        make_all(many, folder, precision, threads[t]);
        for (int i = 0; i < KINDS; i++) {
            assert_int_equal(many[i].size, one[i].size);
            assert_memory_equal(many[i].data, one[i].data, one[i].size);
            free(many[i].data);
        }
    }
    for (int i = 0; i < KINDS; i++)
        free(one[i].data);
}

static void check_models(enum alfa_precision precision)
{
    check("models/alfa-tiny", precision);
    check("tests/data/models/openclip-gelu", precision);
}

static void test_f32(void **state)
{
    (void)state;
    check_models(ALFA_PRECISION_F32);
}

static void test_bf16(void **state)
{
    (void)state;
    if (!alfa__has_bf16())
        skip();
    check_models(ALFA_PRECISION_BF16);
}

static void test_int8(void **state)
{
    (void)state;
    check_models(ALFA_PRECISION_INT8);
}

static int make_root(void **state)
{
    (void)state;
    return !mkdtemp(root);
}

static int remove_root(void **state)
{
    (void)state;
    return folder_remove(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_f32), cmocka_unit_test(test_bf16),
                                       cmocka_unit_test(test_int8)};
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
