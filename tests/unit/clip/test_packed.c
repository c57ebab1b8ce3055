/* A model whose towers were packed by an earlier start gives the same numbers to the last bit, and does not
 * depend on that file in any way. */
#include "unit/fixture.h"

#include "base/files.h"
#include "base/hash.h"
#include "clip/model.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#define FILES 4

static char cache[32], weights[64];
static struct alfa_error err;

static int set_up(void **state)
{
    (void)state;
    snprintf(cache, sizeof cache, "/tmp/alfa-cache-XXXXXX");
    assert_non_null(mkdtemp(cache));
    snprintf(weights, sizeof weights, "%s/weights", cache);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return folder_remove(cache);
}

static const char *const text = "a photo of a broken bottle";

/* One picture and one text of a model for which a file is worth it from so many parameters. */
struct answer {
    float image[512], words[512];
};

static struct answer ask(const char *folder, enum alfa_precision precision, const char *kept, long long from)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    struct alfa_model *model;
    struct answer answer = {0};
    char path[256];
    options.precision = precision;
    options.cache_dir = kept;
    snprintf(path, sizeof path, "tests/data/models/%s", folder);
    assert_int_equal(alfa_model_open(&model, path, &options, &err), ALFA_OK);
    model->packs_from = from;
    struct alfa_image *image = fixture_picture(1, 70, 50);
    assert_int_equal(alfa_model_embed_image(answer.image, model, image, ALFA_RESIZE_SQUASH, &err), ALFA_OK);
    assert_int_equal(alfa_model_embed_texts(answer.words, NULL, model, &text, 1, &err), ALFA_OK);
    alfa_image_free(image);
    alfa_model_free(model);
    return answer;
}

/* Names of what is in the folder of packed weights, and how many. */
static int list(char names[FILES][256])
{
    DIR *dir = opendir(weights);
    int count = 0;
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (entry->d_name[0] != '.') {
            assert_true(count < FILES);
            snprintf(names[count++], 256, "%s/%.180s", weights, entry->d_name);
        }
    if (dir)
        closedir(dir);
    return count;
}

static void check(const char *folder, enum alfa_precision precision)
{
    char names[FILES][256];
    const struct answer plain = ask(folder, precision, NULL, 0);
    const struct answer first = ask(folder, precision, cache, 0);
    assert_int_equal(list(names), 2);
    struct stat before, after;
    assert_int_equal(stat(names[0], &before), 0);
    const struct answer second = ask(folder, precision, cache, 0);
    assert_int_equal(stat(names[0], &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(list(names), 2);
    assert_memory_equal(&plain, &first, sizeof plain);
    assert_memory_equal(&plain, &second, sizeof plain);
    assert_int_equal(folder_remove(weights), 0);
}

static void test_same_numbers(void **state)
{
    static const char *const folders[] = {"openclip-gelu", "huggingface"};
    (void)state;
    for (size_t i = 0; i < 2; i++)
        for (int precision = ALFA_PRECISION_AUTO; precision <= ALFA_PRECISION_INT8; precision++)
            if (precision != ALFA_PRECISION_BF16)
                check(folders[i], (enum alfa_precision)precision);
}

/* Overwrites what stands at a place in every file. */
static void overwrite(char names[FILES][256], int count, long at, const void *bytes, size_t size)
{
    for (int i = 0; i < count; i++) {
        FILE *file = fopen(names[i], "r+b");
        assert_non_null(file);
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        assert_int_equal(fwrite(bytes, 1, size, file), size);
        assert_int_equal(fclose(file), 0);
    }
}

/* The same with checksums that fit, as another program could have written it (weights/packs.c). */
static void forge(char names[FILES][256], int count, long at, const void *with, size_t size)
{
    enum { HEADER = 64, COUNT = 24, CHECKSUM = 32, ENTRY = 128, OFFSET = 104 };
    overwrite(names, count, at, with, size);
    for (int i = 0; i < count; i++) {
        uint64_t entries, place[3], zero = 0;
        size_t length;
        char *bytes;
        assert_int_equal(alfa__file_read(&bytes, &length, names[i], 1 << 24, NULL), ALFA_OK);
        memcpy(&entries, bytes + COUNT, 8);
        char *table = bytes + length - entries * ENTRY;
        for (uint64_t e = 0; e < entries; e++) {
            memcpy(place, table + e * ENTRY + OFFSET, sizeof place);
            place[2] = XXH3_64bits(bytes + place[0], place[1]);
            memcpy(table + e * ENTRY + OFFSET, place, sizeof place);
        }
        memcpy(bytes + CHECKSUM, &zero, 8);
        const uint64_t sum = alfa__hash(alfa__hash(ALFA__HASH_START, bytes, HEADER), table, entries * ENTRY);
        memcpy(bytes + CHECKSUM, &sum, 8);
        assert_int_equal(alfa__file_write(names[i], bytes, length, NULL), ALFA_OK);
        free(bytes);
    }
}

/* The numbers do come from the file: other ones in it give another answer. */
static void test_file_is_used(void **state)
{
    char names[FILES][256];
    (void)state;
    const struct answer first = ask("openclip-gelu", ALFA_PRECISION_F32, cache, 0);
    assert_int_equal(list(names), 2);
    float threes[64];
    for (int n = 0; n < 64; n++)
        threes[n] = 3;
    forge(names, 2, 64 + 64, threes, sizeof threes); /* the first matrix, behind its layout's name */
    const struct answer other = ask("openclip-gelu", ALFA_PRECISION_F32, cache, 0);
    assert_memory_not_equal(first.image, other.image, sizeof first.image);
    assert_memory_not_equal(first.words, other.words, sizeof first.words);
}

/* One byte of the matrices, and a file that ends early: noticed before they are used, and made anew. */
static void test_damaged(void **state)
{
    char names[FILES][256];
    struct stat info;
    (void)state;
    const struct answer first = ask("openclip-gelu", ALFA_PRECISION_F32, cache, 0);
    assert_int_equal(list(names), 2);
    for (long at = 200; at < 20000; at += 4999) {
        overwrite(names, 2, at, "\x55", 1);
        const struct answer again = ask("openclip-gelu", ALFA_PRECISION_F32, cache, 0);
        assert_memory_equal(&first, &again, sizeof first);
    }
    assert_int_equal(stat(names[0], &info), 0);
    assert_int_equal(truncate(names[0], info.st_size / 2) + truncate(names[1], 0), 0);
    const struct answer again = ask("openclip-gelu", ALFA_PRECISION_F32, cache, 0);
    assert_memory_equal(&first, &again, sizeof first);
    const off_t size = info.st_size;
    assert_int_equal(stat(names[0], &info), 0);
    assert_int_equal(info.st_size, size);
}

/* A packed file that is cut short while it is in use does no harm: it is in memory. */
static void test_cut_while_used(void **state)
{
    char names[FILES][256];
    struct alfa_model *model;
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    float before[512] = {0}, after[512] = {0};
    (void)state;
    options.cache_dir = cache;
    options.precision = ALFA_PRECISION_F32;
    ask("openclip-gelu", ALFA_PRECISION_F32, cache, 0);
    assert_int_equal(list(names), 2);
    assert_int_equal(alfa_model_open(&model, "tests/data/models/openclip-gelu", &options, &err), ALFA_OK);
    model->packs_from = 0;
    assert_int_equal(alfa_model_embed_texts(before, NULL, model, &text, 1, &err), ALFA_OK);
    assert_int_equal(truncate(names[0], 0) + truncate(names[1], 0), 0);
    assert_int_equal(alfa_model_embed_texts(after, NULL, model, &text, 1, &err), ALFA_OK);
    assert_memory_equal(before, after, sizeof before);
    alfa_model_free(model);
}

/* A matrix of another layout is packed anew, and so is the whole file the next time. */
static void test_other_layout(void **state)
{
    char names[FILES][256];
    (void)state;
    const struct answer first = ask("openclip-gelu", ALFA_PRECISION_F32, cache, 0);
    assert_int_equal(list(names), 2);
    forge(names, 2, 64, "other", strlen("other"));
    for (int round = 0; round < 3; round++) {
        const struct answer again = ask("openclip-gelu", ALFA_PRECISION_F32, cache, 0);
        assert_memory_equal(&first, &again, sizeof first);
        assert_int_equal(list(names), round ? 2 : 0);
    }
}

/* Models, and precisions of one model, have files of their own. */
static void test_apart(void **state)
{
    char names[FILES][256];
    (void)state;
    ask("openclip-gelu", ALFA_PRECISION_F32, cache, 0);
    ask("openclip-quickgelu", ALFA_PRECISION_F32, cache, 0);
    assert_int_equal(list(names), 4);
}

static void test_small_models_leave_no_file(void **state)
{
    char names[FILES][256];
    (void)state;
    struct alfa_model *model = fixture_model("openclip-gelu", cache);
    const long long usual = model->packs_from;
    alfa_model_free(model);
    ask("openclip-gelu", ALFA_PRECISION_F32, cache, usual);
    assert_int_equal(list(names), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_same_numbers),
                                       TEST(test_file_is_used),
                                       TEST(test_damaged),
                                       TEST(test_cut_while_used),
                                       TEST(test_other_layout),
                                       TEST(test_apart),
                                       TEST(test_small_models_leave_no_file)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
