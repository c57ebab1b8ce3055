/* Model folders: the good small ones open and say what they are, every folder of tests/data/models/invalid is
 * refused with one line, and names translate both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "alfa.h"
#include "base/files.h"
#include "unit/folder.h"
#include "weights/names.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_invalid(void **state)
{
    DIR *dir = opendir("tests/data/models/invalid");
    struct dirent *entry;
    int count = 0;
    (void)state;
    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        struct alfa_model *model;
        struct alfa_error err;
        char path[512];
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "not-a-number") == 0) /* that one: see below */
            continue;
        snprintf(path, sizeof path, "tests/data/models/invalid/%s", entry->d_name);
        memset(&err, 0, sizeof err);
        if (alfa_model_open(&model, path, NULL, &err) == ALFA_OK)
            fail_msg("%s was opened", path);
        assert_null(model);
        if (err.code != ALFA_ERROR_MODEL)
            fail_msg("%s: code %d, %s: %s", path, err.code, err.source, err.message);
        assert_true(strlen(err.message) > 5);
        assert_non_null(strstr(err.source, "tests/data/models/invalid"));
        count++;
    }
    closedir(dir);
    assert_true(count > 20);
}

/* Numbers are only read when a tower is needed; then a weight that is not finite is refused. */
static void test_not_finite(void **state)
{
    struct alfa_model *model;
    struct alfa_error err;
    const char *text = "a photo";
    unsigned char rgb[3] = {1, 2, 3};
    struct alfa_image *image;
    float out[512];
    (void)state;
    assert_int_equal(alfa_model_open(&model, "tests/data/models/invalid/not-a-number", NULL, &err), ALFA_OK);
    assert_int_equal(alfa_image_from_rgb(&image, rgb, 1, 1, 3, &err), ALFA_OK);
    enum alfa_status of_image = alfa_model_embed_image(out, model, image, ALFA_RESIZE_SQUASH, &err);
    enum alfa_status of_text = alfa_model_embed_texts(out, NULL, model, &text, 1, &err);
    assert_true(of_image == ALFA_ERROR_MODEL || of_text == ALFA_ERROR_MODEL);
    assert_non_null(strstr(err.message, "finite"));
    alfa_image_free(image);
    alfa_model_free(model);
}

/* A file that was made at its full size and never filled. */
static void test_zeros(void **state)
{
    char folder[] = "/tmp/alfa-zeros-XXXXXX", path[128];
    struct alfa_model *model;
    struct alfa_error err;
    const char *text = "a photo";
    char *bytes;
    size_t size;
    float out[512];
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/open_clip_config.json", folder);
    assert_int_equal(alfa__file_copy("tests/data/models/minimal/open_clip_config.json", path, NULL), ALFA_OK);
    assert_int_equal(alfa__file_read(&bytes, &size, "tests/data/models/minimal/open_clip_model.safetensors",
                                     1 << 20, NULL),
                     ALFA_OK);
    uint64_t header;
    memcpy(&header, bytes, sizeof header);
    memset(bytes + 8 + header, 0, size - 8 - header);
    snprintf(path, sizeof path, "%s/open_clip_model.safetensors", folder);
    assert_int_equal(alfa__file_write(path, bytes, size, NULL), ALFA_OK);
    assert_int_equal(alfa_model_open(&model, folder, NULL, &err), ALFA_OK);
    assert_int_equal(alfa_model_embed_texts(out, NULL, model, &text, 1, &err), ALFA_ERROR_MODEL);
    assert_non_null(strstr(err.message, "holds zeros alone: the file is damaged or was not fetched whole"));
    alfa_model_free(model);
    free(bytes);
    assert_int_equal(folder_remove(folder), 0);
}

static void test_info(void **state)
{
    static const struct {
        const char *folder, *layout, *activation;
        int embed_dim, grid, context, vocab;
    } expected[] = {{"openclip-gelu", "open_clip", "gelu", 48, 5, 77, 1200},
                    {"openclip-quickgelu", "open_clip", "quick_gelu", 32, 4, 48, 0},
                    {"huggingface", "huggingface", "quick_gelu", 40, 5, 77, 0}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct alfa_model *model;
        struct alfa_error err;
        char path[256];
        snprintf(path, sizeof path, "tests/data/models/%s/", expected[i].folder);
        assert_int_equal(alfa_model_open(&model, path, NULL, &err), ALFA_OK);
        const struct alfa_model_info *info = alfa_model_info(model);
        assert_string_equal(info->name, expected[i].folder);
        assert_string_equal(info->layout, expected[i].layout);
        assert_string_equal(info->activation, expected[i].activation);
        assert_int_equal(info->embed_dim, expected[i].embed_dim);
        assert_int_equal(info->grid, expected[i].grid);
        assert_int_equal(info->context_length, expected[i].context);
        assert_int_equal(strlen(info->fingerprint), 16);
        alfa_model_free(model);
    }
}

static void test_names(void **state)
{
    static const struct {
        const char *open_clip, *hugging_face;
        bool transposed;
    } pairs[] = {
        {"visual.class_embedding", "vision_model.embeddings.class_embedding", false},
        {"visual.conv1.weight", "vision_model.embeddings.patch_embedding.weight", false},
        {"visual.ln_pre.bias", "vision_model.pre_layrnorm.bias", false},
        {"visual.proj", "visual_projection.weight", true},
        {"visual.transformer.resblocks.11.mlp.c_fc.bias", "vision_model.encoder.layers.11.mlp.fc1.bias",
         false},
        {"transformer.resblocks.0.attn.q.weight", "text_model.encoder.layers.0.self_attn.q_proj.weight",
         false},
        {"transformer.resblocks.3.ln_2.weight", "text_model.encoder.layers.3.layer_norm2.weight", false},
        {"token_embedding.weight", "text_model.embeddings.token_embedding.weight", false},
        {"text_projection", "text_projection.weight", true},
    };
    char name[256];
    bool transposed;
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        assert_true(alfa__name_hugging_face(name, sizeof name, pairs[i].open_clip, &transposed));
        assert_string_equal(name, pairs[i].hugging_face);
        assert_int_equal(transposed, pairs[i].transposed);
    }
    assert_false(alfa__name_hugging_face(name, sizeof name, "visual.something", &transposed));
    assert_false(
        alfa__name_hugging_face(name, sizeof name, "visual.transformer.resblocks.1.no.weight", &transposed));
}

static void test_options(void **state)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    struct alfa_model *model;
    struct alfa_error err;
    (void)state;
    options.size = 3;
    assert_int_equal(alfa_model_open(&model, "tests/data/models/minimal", &options, &err), ALFA_ERROR_USAGE);
    options = (struct alfa_model_options)ALFA_MODEL_OPTIONS_INIT;
    options.threads = -1;
    assert_int_equal(alfa_model_open(&model, "tests/data/models/minimal", &options, &err), ALFA_ERROR_USAGE);
    assert_int_equal(alfa_model_open(&model, "tests/data/models/no-such", NULL, &err), ALFA_ERROR_MODEL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_invalid), cmocka_unit_test(test_not_finite),
                                       cmocka_unit_test(test_zeros),   cmocka_unit_test(test_info),
                                       cmocka_unit_test(test_names),   cmocka_unit_test(test_options)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
