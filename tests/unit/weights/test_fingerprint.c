/* The name of a model's content: every byte counts, and what is kept of it holds only for the same file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/strings.h"
#include "unit/folder.h"
#include "weights/fingerprint.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#define MODEL "tests/data/models/openclip-gelu"

static char folder[64], model[96], cache[96], weights[128];

static void run(const char *format, const char *a, const char *b)
{
    char *command = alfa__format(format, a, b);
    assert_non_null(command);
    assert_int_equal(system(command), 0);
    free(command);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/alfa-print-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(model, sizeof model, "%s/model", folder);
    snprintf(cache, sizeof cache, "%s/cache", folder);
    snprintf(weights, sizeof weights, "%s/open_clip_model.safetensors", model);
    run("cp -r %s %s", MODEL, model);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return folder_remove(folder);
}

static void take(char out[ALFA__FINGERPRINT], const char *kept)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    struct alfa_model *opened;
    struct alfa_error err;
    options.cache_dir = kept;
    if (alfa_model_open(&opened, model, &options, &err) != ALFA_OK)
        fail_msg("%s: %s", err.source, err.message);
    snprintf(out, ALFA__FINGERPRINT, "%s", alfa_model_info(opened)->fingerprint);
    alfa_model_free(opened);
}

static void assert_print(const char *wanted, const char *kept)
{
    char print[ALFA__FINGERPRINT];
    take(print, kept);
    assert_string_equal(print, wanted);
}

static void assert_other_print(const char *unwanted, const char *kept)
{
    char print[ALFA__FINGERPRINT];
    take(print, kept);
    assert_string_not_equal(print, unwanted);
}

/* Flips the lowest bit in the middle of the file, far from the ends of a large tensor; times of change are
 * put back where they can be. */
static void flip(void)
{
    struct stat info;
    unsigned char byte;
    const int fd = open(weights, O_RDWR);
    assert_int_equal(fstat(fd, &info), 0);
    const off_t middle = info.st_size / 4 * 2;
    assert_int_equal(pread(fd, &byte, 1, middle), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, middle), 1);
    assert_int_equal(futimens(fd, (struct timespec[]){info.st_atim, info.st_mtim}), 0);
    close(fd);
}

static void test_every_byte(void **state)
{
    char print[ALFA__FINGERPRINT], path[128];
    (void)state;
    take(print, NULL);
    assert_int_equal(strlen(print), 16);
    flip();
    assert_other_print(print, NULL);
    flip();
    assert_print(print, NULL);
    snprintf(path, sizeof path, "%s/open_clip_config.json", model);
    FILE *config = fopen(path, "a");
    fputc('\n', config);
    fclose(config);
    assert_other_print(print, NULL);
}

/* The only file in the folder of what is kept; false when there is none. */
static bool find_record(char out[512])
{
    char place[128];
    snprintf(place, sizeof place, "%s/fingerprints", cache);
    DIR *dir = opendir(place);
    int count = 0;
    for (const struct dirent *entry; dir && (entry = readdir(dir));)
        if (entry->d_name[0] != '.' && ++count)
            snprintf(out, 512, "%s/%s", place, entry->d_name);
    if (dir)
        closedir(dir);
    assert_true(count <= 1);
    return count == 1;
}

static void write_text(const char *path, const char *text)
{
    assert_int_equal(alfa__file_write(path, text, strlen(text), NULL), ALFA_OK);
}

/* A record as the program would write it, of another digest. */
static char *forge(const char *text)
{
    char *body = strdup(text);
    *strrchr(body, ' ') = 0;
    memcpy(strrchr(body, ' ') + 1, "0123456789abcdef", 16);
    char *line = alfa__format("%s %016llx\n", body, (unsigned long long)XXH3_64bits(body, strlen(body)));
    free(body);
    return line;
}

/* One sleep for all of it: the file has to be older than two seconds. */
static void test_kept(void **state)
{
    char print[ALFA__FINGERPRINT], record[512], *text, *forged;
    size_t size;
    (void)state;
    take(print, cache);
    assert_false(find_record(record)); /* the file is too new */
    usleep(3200000);
    assert_print(print, cache);
    assert_true(find_record(record));
    assert_int_equal(alfa__file_read(&text, &size, record, 1024, NULL), ALFA_OK);
    forged = forge(text);
    write_text(record, forged);
    assert_other_print(print, cache); /* it is believed, and so nothing was read */
    for (size_t i = 0; i < size; i++) {
        forged[i] ^= 1;
        write_text(record, forged);
        assert_print(print, cache); /* whatever is wrong with it */
        forged[i] ^= 1;
    }
    assert_print(print, "/dev/null");
    write_text(record, forged);
    flip(); /* size and time of modification are as they were */
    assert_other_print(print, NULL);
    char flipped[ALFA__FINGERPRINT];
    take(flipped, NULL);
    assert_print(flipped, cache);
    free(forged);
    free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_every_byte), TEST(test_kept)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
