/* Names: repositories, files, hashes, and which files make up a model. */
#include "base/digest.h"
#include "hub/choose.h"
#include "hub/hub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/files.h"
#include "base/strings.h"

static void repositories_are_read(void **state)
{
    struct alfa__repository repository;
    (void)state;
    assert_int_equal(alfa__repository_read(&repository, "laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K", NULL),
                     ALFA_OK);
    assert_string_equal(repository.name, "laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K");
    assert_string_equal(repository.revision, "main");
    assert_int_equal(alfa__repository_read(&repository, "a/b@refs/pr/1", NULL), ALFA_OK);
    assert_string_equal(repository.name, "a/b");
    assert_string_equal(repository.revision, "refs/pr/1");
}

static void what_is_no_repository_is_refused(void **state)
{
    static const char *const bad[] = {"",           "a",        "a/",    "/b",      "a/b/c",   "a/b@",
                                      "../b",       "a/..",     "a/.b",  "-a/b",    "a/b-",    "a--b/c",
                                      "a/b..c",     "a/b@../x", "a b/c", "a/b@x y", "a/b@/",   "a/b@x//y",
                                      "a/\xc3\xa4", "a/b\n",    "@main", "a/b?x",   "a/b@x?y", "a/b@a@b"};
    struct alfa__repository repository;
    struct alfa_error err;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (alfa__repository_read(&repository, bad[i], &err) != ALFA_ERROR_USAGE)
            fail_msg("\"%s\" was taken", bad[i]);
}

static void names_that_leave_a_folder_are_not_safe(void **state)
{
    static const char *const good[] = {"a", "a/b.c", ".gitattributes", "a..b", "..."};
    static const char *const bad[] = {"",     "/a",     "a/",   "a//b", ".",    "..",
                                      "../a", "a/../b", "a/..", "a\\b", "a\nb", "a/./b"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(alfa__hub_is_safe_name(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(alfa__hub_is_safe_name(bad[i]));
}

/* echo -n abc | sha256sum, and git hash-object --stdin. */
static void hashes_are_those_of_git_and_sha256sum(void **state)
{
    static const char sha256[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    static const char git[] = "f2ba8f84ab5c1bce84a7b441cb1959cfc7093b7f";
    char path[] = "/tmp/alfa-digest-XXXXXX", digest[ALFA__DIGEST_TEXT];
    const int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0 && write(fd, "abc", 3) == 3 && close(fd) == 0);
    assert_int_equal(alfa__digest_file(digest, path, ALFA__DIGEST_SHA256, NULL, NULL, NULL), ALFA_OK);
    assert_string_equal(digest, sha256);
    assert_int_equal(alfa__digest_file(digest, path, ALFA__DIGEST_GIT, NULL, NULL, NULL), ALFA_OK);
    assert_string_equal(digest, git);
    unlink(path);
    assert_int_equal(alfa__digest_kind(sha256), ALFA__DIGEST_SHA256);
    assert_int_equal(alfa__digest_kind(git), ALFA__DIGEST_GIT);
    assert_int_equal(alfa__digest_kind("\"abc\""), ALFA__DIGEST_NONE);
    assert_int_equal(alfa__digest_kind("BA7816BF8F01CFEA414140DE5DAE2223B00361A3"), ALFA__DIGEST_NONE);
    assert_int_equal(alfa__digest_kind(sha256 + 1), ALFA__DIGEST_NONE);
}

/* Names with spaces between them; what is chosen likewise, or "" and a part of the message. */
static void assert_chosen(const char *names, const char *wanted, const char *message)
{
    const char *list[32];
    char *copy = alfa__strdup(names), *next = copy, *name;
    struct alfa__choice choice;
    struct alfa_error err = {0};
    struct alfa__string text = {0};
    int count = 0;
    while ((name = strsep(&next, " ")))
        list[count++] = name;
    alfa__string_append(&text, "");
    const enum alfa_status status = alfa__choose_files(&choice, list, count, "here", &err);
    for (int i = 0; status == ALFA_OK && i < choice.count; i++)
        alfa__string_appendf(&text, "%s%s", i ? " " : "", choice.names[i]);
    assert_string_equal(text.text, wanted);
    assert_int_equal(status, *wanted ? ALFA_OK : ALFA_ERROR_MODEL);
    if (!*wanted)
        assert_non_null(strstr(err.message, message));
    alfa__string_free(&text);
    free(copy);
}

static void the_files_of_a_model_are_chosen(void **state)
{
    (void)state;
    /* as timm's repositories are: config.json and model.safetensors are the image tower alone */
    assert_chosen("README.md config.json model.safetensors open_clip_config.json open_clip_model.safetensors",
                  "open_clip_config.json open_clip_model.safetensors", "");
    assert_chosen("open_clip_pytorch_model.bin open_clip_config.json",
                  "open_clip_config.json open_clip_pytorch_model.bin", "");
    assert_chosen(
        "config.json tf_model.h5 pytorch_model.bin model.safetensors preprocessor_config.json vocab.json",
        "config.json model.safetensors preprocessor_config.json", "");
    assert_chosen("config.json pytorch_model.bin", "config.json pytorch_model.bin", "");
    assert_chosen("processor_config.json config.json model.safetensors",
                  "config.json model.safetensors processor_config.json", "");
    assert_chosen("config.json model.safetensors.index.json model-00002-of-00002.safetensors "
                  "model-00001-of-00002.safetensors",
                  "config.json model.safetensors.index.json model-00001-of-00002.safetensors "
                  "model-00002-of-00002.safetensors",
                  "");
    assert_chosen("open_clip_config.json config.json model.safetensors", "config.json model.safetensors", "");
}

static void what_is_no_whole_model_is_said(void **state)
{
    (void)state;
    assert_chosen("README.md", "", "neither open_clip_config.json nor config.json");
    assert_chosen("config.json flax_model.msgpack", "", "no weights in a format that alfa reads");
    assert_chosen("config.json model.safetensors.index.json model-00001-of-00003.safetensors "
                  "model-00003-of-00003.safetensors",
                  "", "lacks model-00002-of-00003.safetensors");
    assert_chosen("config.json model.safetensors.index.json", "", "lacks model-00001-of-?????.safetensors");
    assert_chosen("config.json model.safetensors.index.json model-00001-of-99999.safetensors", "", "lacks");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repositories_are_read),
        cmocka_unit_test(what_is_no_repository_is_refused),
        cmocka_unit_test(names_that_leave_a_folder_are_not_safe),
        cmocka_unit_test(hashes_are_those_of_git_and_sha256sum),
        cmocka_unit_test(the_files_of_a_model_are_chosen),
        cmocka_unit_test(what_is_no_whole_model_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
