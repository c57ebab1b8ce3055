/* A converted model is the same model: from every layout and container, in every type, and nothing is left of
 * a conversion that failed. */
#include "unit/fixture.h"

#include <math.h>
#include <string.h>

static const char *const sources[] = {
    "tests/data/models/openclip-quickgelu",
    "tests/data/models/huggingface",
    "tests/data/containers/openai-jit/model.pt",
    "tests/data/containers/open-clip-checkpoint",
    "tests/data/containers/open-clip-3",
    "tests/data/containers/transformers-5-sharded",
    "models/alfa-tiny",
};

static struct alfa_error err;

static struct alfa_model *open_model(const char *path)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    struct alfa_model *model;
    options.precision = ALFA_PRECISION_F32;
    options.threads = 1;
    if (alfa_model_open(&model, path, &options, &err) != ALFA_OK)
        fail_msg("%s: %s: %s", path, err.source, err.message);
    return model;
}

static void make_folder(char out[64])
{
    snprintf(out, 64, "/tmp/alfa-convert-XXXXXX");
    assert_non_null(mkdtemp(out));
}

/* The embeddings of a picture and a text, one after the other. */
static void embed(float *out, const struct alfa_model *model)
{
    const char *text = "a photo of a scratched plate";
    struct alfa_image *image = fixture_picture(1, 40, 30);
    const int width = alfa_model_info(model)->embed_dim;
    assert_int_equal(alfa_model_embed_image(out, model, image, ALFA_RESIZE_SQUASH, &err), ALFA_OK);
    assert_int_equal(alfa_model_embed_texts(out + width, NULL, model, &text, 1, &err), ALFA_OK);
    alfa_image_free(image);
}

static void expect_same(const struct alfa_model *a, const struct alfa_model *b, double least)
{
    const int width = alfa_model_info(a)->embed_dim;
    float ours[2 * 256], theirs[2 * 256];
    double cosine[2] = {0, 0};
    assert_int_equal(width, alfa_model_info(b)->embed_dim);
    assert_true(width <= 256);
    embed(ours, a);
    embed(theirs, b);
    for (int i = 0; i < 2 * width; i++)
        cosine[i / width] += (double)ours[i] * theirs[i];
    if (cosine[0] < least || cosine[1] < least)
        fail_msg("cosines %.9f and %.9f", cosine[0], cosine[1]);
    assert_string_equal(alfa_model_info(a)->activation, alfa_model_info(b)->activation);
}

static void convert_and_compare(const char *path, enum alfa_numbers numbers, double least)
{
    struct alfa_convert_options options = ALFA_CONVERT_OPTIONS_INIT;
    struct alfa_model *model = open_model(path), *made;
    char folder[64];
    make_folder(folder);
    options.numbers = numbers;
    if (alfa_model_convert(model, folder, &options, &err) != ALFA_OK)
        fail_msg("%s: %s: %s", path, err.source, err.message);
    made = open_model(folder);
    assert_string_equal(alfa_model_info(made)->layout, "open_clip");
    expect_same(model, made, least);
    assert_int_equal(alfa_model_convert(model, folder, &options, &err), ALFA_ERROR_OUTPUT);
    assert_non_null(strstr(err.message, "already"));
    alfa_model_free(made);
    alfa_model_free(model);
    assert_int_equal(folder_remove(folder), 0);
}

static void test_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        convert_and_compare(sources[i], ALFA_NUMBERS_AUTO, 0.999999);
        convert_and_compare(sources[i], ALFA_NUMBERS_F32, 0.999999);
        convert_and_compare(sources[i], ALFA_NUMBERS_F16, 0.9999);
        convert_and_compare(sources[i], ALFA_NUMBERS_BF16, 0.999);
    }
}

static bool stop(void *context, long long done, long long total)
{
    int *left = context;
    assert_true(done > 0 && done <= total);
    return (*left)-- > 0;
}

static void test_stop(void **state)
{
    struct alfa_convert_options options = ALFA_CONVERT_OPTIONS_INIT;
    struct alfa_model *model = open_model(sources[0]), *made;
    char folder[64];
    int left = 3;
    (void)state;
    make_folder(folder);
    options.step = stop;
    options.context = &left;
    assert_int_equal(alfa_model_convert(model, folder, &options, &err), ALFA_ERROR_RUNTIME);
    assert_int_equal(rmdir(folder), 0); /* it is empty */
    assert_int_equal(alfa_model_convert(model, "/proc/alfa", NULL, &err), ALFA_ERROR_OUTPUT);
    options.numbers = (enum alfa_numbers)9;
    assert_int_equal(alfa_model_convert(model, folder, &options, &err), ALFA_ERROR_USAGE);
    assert_int_equal(alfa_model_open(&made, folder, NULL, &err), ALFA_ERROR_MODEL);
    alfa_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same), cmocka_unit_test(test_stop)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
