/* A host with limits: threads that cannot be created, files that cannot be opened. The library may say that
 * the system failed; it may not end the process, and a sound file is never called damaged. Each limit is set
 * in a process of its own, forked before libvips has threads. */
#include "unit/fixture.h"

#include "base/files.h"
#include "base/parallel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

static struct alfa_model *model;
static struct alfa_prompts *prompts;
static struct alfa_image *image;
static char *bytes;
static size_t size;

enum { THREADS = 4, NOBODY = 54321, ENDED = 9 };

static int open_all(void **state)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    (void)state;
    options.threads = THREADS;
    return alfa_model_open(&model, "models/alfa-tiny", &options, NULL) ||
           alfa_prompts_open(&prompts, "plate", NULL, NULL) ||
           alfa__file_read(&bytes, &size, "examples/images/plate/chip.jpg", 1 << 24, NULL) ||
           alfa_image_from_rgb(&image, (const unsigned char *)bytes, 64, 64, 192, NULL);
}

static int close_all(void **state)
{
    (void)state;
    free(bytes);
    alfa_image_free(image);
    alfa_prompts_free(prompts);
    alfa_model_free(model);
    return 0;
}

/* Runs a check in a process of its own, which ends with a status, or with the exit code ENDED when it was
 * ended by something that called exit(). */
static int in_child(int (*check)(int), int argument)
{
    int status;
    fflush(NULL);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const int code = check(argument);
        _exit(code);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* As a user who has no other process, so that a limit counts this one alone. */
static bool limit_threads(int most)
{
    const struct rlimit limit = {(rlim_t)most, (rlim_t)most};
    if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
        return false;
    return setrlimit(RLIMIT_NPROC, &limit) == 0;
}

static int judge(int most)
{
    struct alfa_detector *detector;
    struct alfa_result *result = NULL;
    struct alfa_error err = {0};
    if (most && !limit_threads(most))
        return 77;
    omp_set_num_threads(1);
    enum alfa_status status = alfa_detector_open(&detector, model, prompts, NULL, &err);
    for (int i = 0; i < 2 && status == ALFA_OK; i++) {
        status = alfa_detector_run(&result, detector, image, &err);
        alfa_result_free(result);
    }
    alfa_detector_free(detector);
    if (status != ALFA_OK)
        fprintf(stderr, "%s: %s\n", err.source, err.message);
    return omp_get_max_threads() == 1 ? (int)status : 100;
}

static void judging_goes_on_with_fewer_threads(void **state)
{
    (void)state;
    for (int most = 0; most <= THREADS + 1; most++) {
        const int code = in_child(judge, most);
        if (code == 77)
            skip();
        assert_int_equal(code, ALFA_OK);
    }
}

static int decode(int most)
{
    struct alfa_image *decoded;
    struct alfa_error err = {0};
    if (!limit_threads(most))
        return 77;
    enum alfa_status status = alfa_image_decode(&decoded, bytes, size, "chip.jpg", &err);
    alfa_image_free(decoded);
    if (status != ALFA_OK)
        fprintf(stderr, "%s: %s\n", err.source, err.message);
    return (int)status;
}

static void a_picture_is_not_damaged_because_threads_are_missing(void **state)
{
    (void)state;
    for (int most = 1; most <= 3; most++) {
        const int code = in_child(decode, most);
        if (code == 77)
            skip();
        assert_true(code == ALFA_OK || code == ALFA_ERROR_RUNTIME);
    }
}

/* Which reader; no further file can be opened. */
static int read_without_files(int which)
{
    const struct rlimit limit = {3, 3};
    struct alfa_error err = {0};
    struct alfa_image *loaded;
    struct alfa_model *opened;
    struct alfa_prompts *composed;
    struct alfa_bank *bank;
    enum alfa_status status;
    for (int fd = 3; fd < 64; fd++)
        close(fd);
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 77;
    if (which == 0)
        status = alfa_image_load(&loaded, "examples/images/plate/chip.jpg", &err);
    else if (which == 1)
        status = alfa_model_open(&opened, "models/alfa-tiny", NULL, &err);
    else if (which == 2)
        status = alfa_prompts_open(&composed, "plate", "prompts/generic.txt", &err);
    else
        status = alfa_bank_load(&bank, "README.md", &err);
    return err.code == status ? (int)status : 100;
}

static void a_file_that_cannot_be_opened_for_lack_of_numbers_is_no_bad_input(void **state)
{
    (void)state;
    for (int which = 0; which < 4; which++)
        assert_int_equal(in_child(read_without_files, which), ALFA_ERROR_RUNTIME);
}

/* The weights of the built-in model need more than so many bytes. */
static int open_with_little_room(int room)
{
    struct alfa_detector *detector;
    struct alfa_error err = {0};
    long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%lld", &pages) != 1 || fclose(file) != 0)
        return 100;
    struct rlimit limit = {(rlim_t)(pages * sysconf(_SC_PAGESIZE) + room), RLIM_INFINITY};
    if (setrlimit(RLIMIT_AS, &limit) != 0)
        return 77;
    const enum alfa_status status = alfa_detector_open(&detector, model, prompts, NULL, &err);
    const bool said = strstr(err.message, "of memory for its weights in") && strstr(err.message, "are free");
    return status == ALFA_ERROR_MEMORY && said && strcmp(err.source, "alfa-tiny") == 0 ? 0 : 1;
}

/* With nothing left, neither on the heap nor of the address space. */
static int decode_without_room(int unused)
{
    struct alfa_image *picture = NULL;
    struct rlimit limit;
    (void)unused;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || setrlimit(RLIMIT_AS, &(struct rlimit){1, limit.rlim_max}) != 0)
        return 77;
    for (size_t piece = 1 << 20; piece >= 16; piece /= 2)
        while (malloc(piece))
            continue;
    const enum alfa_status without = alfa_image_decode(&picture, bytes, size, "chip.jpg", NULL);
    setrlimit(RLIMIT_AS, &limit);
    const enum alfa_status with = alfa_image_decode(&picture, bytes, size, "chip.jpg", NULL);
    return without == ALFA_ERROR_MEMORY && with == ALFA_OK ? 0 : 1;
}

static void a_picture_without_room_harms_nobody(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); /* its allocator ends the process when it gets no memory itself */
#endif
    assert_int_equal(in_child(decode_without_room, 0), 0);
}

static void too_little_memory_is_said_before_the_work(void **state)
{
    (void)state;
    assert_int_equal(in_child(open_with_little_room, 3000000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(too_little_memory_is_said_before_the_work),
        cmocka_unit_test(a_picture_without_room_harms_nobody),
        cmocka_unit_test(judging_goes_on_with_fewer_threads),
        cmocka_unit_test(a_picture_is_not_damaged_because_threads_are_missing),
        cmocka_unit_test(a_file_that_cannot_be_opened_for_lack_of_numbers_is_no_bad_input)};
    return cmocka_run_group_tests(tests, open_all, close_all);
}
