/* A model from memory is the model from its folder, and nothing of it stays behind, whatever goes wrong. */
#include "unit/fixture.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER "models/alfa-tiny/"
#define FILES 3

static const char *const names[FILES] = {"open_clip_model.safetensors", "open_clip_config.json",
                                         "merges.txt"};
static void *bytes[FILES];
static size_t sizes[FILES];
static struct alfa_error err;

static int read_files(void **state)
{
    (void)state;
    for (int i = 0; i < FILES; i++) {
        char path[128];
        snprintf(path, sizeof path, FOLDER "%s", names[i]);
        FILE *file = fopen(path, "rb");
        if (!file || fseek(file, 0, SEEK_END) != 0)
            return -1;
        sizes[i] = (size_t)ftell(file);
        rewind(file);
        bytes[i] = malloc(sizes[i]);
        if (!bytes[i] || fread(bytes[i], 1, sizes[i], file) != sizes[i])
            return -1;
        fclose(file);
    }
    return 0;
}

static int free_files(void **state)
{
    (void)state;
    for (int i = 0; i < FILES; i++)
        free(bytes[i]);
    return 0;
}

/* Folders of this process in the memory file system. */
static int left_behind(void)
{
    char begin[32];
    int count = 0;
    DIR *dir = opendir("/dev/shm");
    assert_non_null(dir);
    snprintf(begin, sizeof begin, "alfa-%ld-", (long)getpid());
    for (struct dirent *entry; (entry = readdir(dir));)
        count += strncmp(entry->d_name, begin, strlen(begin)) == 0;
    closedir(dir);
    return count;
}

static enum alfa_status open_files(struct alfa_model **out, const char *const *which, int count)
{
    return alfa_model_open_memory(out, which, (const void *const *)bytes, sizes, count, NULL, &err);
}

/* The embeddings of a picture and of a text, the caller's to free. */
static float *embed(const struct alfa_model *model)
{
    const int width = alfa_model_info(model)->embed_dim;
    const char *text = "a photo of a scratched plate";
    float *out = malloc(2 * (size_t)width * sizeof *out);
    struct alfa_image *image = fixture_picture(1, 40, 30);
    assert_non_null(out);
    assert_int_equal(alfa_model_embed_image(out, model, image, ALFA_RESIZE_SQUASH, &err), ALFA_OK);
    assert_int_equal(alfa_model_embed_texts(out + width, NULL, model, &text, 1, &err), ALFA_OK);
    alfa_image_free(image);
    return out;
}

static void test_same_model(void **state)
{
    (void)state;
    struct alfa_model *lent, *from_folder;
    assert_int_equal(open_files(&lent, names, FILES), ALFA_OK);
    assert_int_equal(left_behind(), 0);
    assert_int_equal(alfa_model_open(&from_folder, FOLDER, NULL, &err), ALFA_OK);
    const struct alfa_model_info *info = alfa_model_info(lent);
    assert_string_equal(info->fingerprint, alfa_model_info(from_folder)->fingerprint);
    assert_string_equal(info->name, "memory");
    assert_string_equal(info->config, "open_clip_config.json");
    float *a = embed(lent), *b = embed(from_folder);
    assert_memory_equal(a, b, 2 * (size_t)info->embed_dim * sizeof *a);
    free(a);
    free(b);
    alfa_model_free(lent);
    alfa_model_free(from_folder);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    static const char *const twice[FILES] = {"a.json", "b.json", "a.json"};
    static const char *const path[FILES] = {"open_clip_model.safetensors", "../open_clip_config.json",
                                            "merges.txt"};
    struct alfa_model *model;
    assert_int_equal(open_files(&model, twice, FILES), ALFA_ERROR_USAGE);
    assert_string_equal(err.source, "a.json");
    assert_int_equal(open_files(&model, path, FILES), ALFA_ERROR_USAGE);
    assert_int_equal(open_files(&model, names, 0), ALFA_ERROR_USAGE);
    assert_int_equal(open_files(&model, names, 1), ALFA_ERROR_MODEL); /* no config */
    assert_null(strstr(err.source, "/dev/shm"));
    assert_null(strstr(err.message, "/dev/shm"));
    assert_null(model);
    sizes[0] -= 1000; /* cut short */
    assert_int_equal(open_files(&model, names, FILES), ALFA_ERROR_MODEL);
    sizes[0] += 1000;
    assert_string_equal(err.source, "open_clip_model.safetensors");
    assert_int_equal(left_behind(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_model),
        cmocka_unit_test(test_what_is_refused),
    };
    return cmocka_run_group_tests(tests, read_files, free_files);
}
