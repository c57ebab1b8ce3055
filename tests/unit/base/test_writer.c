/* Files written once and whole: whatever is in the way, whoever else writes and whenever it is killed, the
 * old file is there or the new one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/files.h"
#include "base/writer.h"
#include "unit/folder.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64], path[96], other[96];

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/alfa-writer-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/file", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return folder_remove(folder);
}

static void assert_holds(const char *name, const char *wanted)
{
    char *text;
    size_t size;
    assert_int_equal(alfa__file_read(&text, &size, name, 1 << 20, NULL), ALFA_OK);
    assert_string_equal(text, wanted);
    free(text);
}

static void save(const char *name, const char *text)
{
    struct alfa_error err;
    assert_int_equal(alfa__file_save(name, text, strlen(text), &err), ALFA_OK);
}

static void test_old_until_finished(void **state)
{
    struct alfa__writer *writer;
    (void)state;
    save(path, "old");
    assert_int_equal(alfa__writer_open(&writer, path, NULL), ALFA_OK);
    assert_int_equal(alfa__writer_put(writer, "__new", 5, NULL), ALFA_OK);
    assert_int_equal(alfa__writer_put(writer, " file", 5, NULL), ALFA_OK);
    assert_int_equal(alfa__writer_put_at(writer, "a ", 2, 0, NULL), ALFA_OK);
    assert_int_equal(alfa__writer_size(writer), 10);
    assert_holds(path, "old");
    assert_int_equal(alfa__writer_finish(writer, ALFA__WRITER_TO_SYSTEM, NULL), ALFA_OK);
    assert_holds(path, "a new file");
    alfa__writer_close(writer);
    assert_int_equal(alfa__writer_open(&writer, path, NULL), ALFA_OK);
    assert_int_equal(alfa__writer_put(writer, "never", 5, NULL), ALFA_OK);
    alfa__writer_close(writer);
    alfa__writer_close(NULL);
    assert_holds(path, "a new file");
    assert_int_equal(folder_entries(folder), 1);
}

static void test_permissions(void **state)
{
    struct stat info;
    const mode_t mask = umask(027);
    (void)state;
    save(path, "one");
    umask(mask);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
    assert_int_equal(chmod(path, 0604), 0);
    save(path, "two");
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0604);
}

/* What a link points to stays as it is. */
static void test_link_in_the_way(void **state)
{
    struct stat info;
    (void)state;
    save(other, "another's");
    assert_int_equal(symlink(other, path), 0);
    save(path, "ours");
    assert_holds(other, "another's");
    assert_int_equal(lstat(path, &info), 0);
    assert_true(S_ISREG(info.st_mode));
    assert_int_equal(unlink(path) + unlink(other) + symlink(other, path), 0);
    save(path, "ours");
    assert_false(alfa__file_exists(other));
    assert_holds(path, "ours");
}

static void assert_refused(const char *name, const char *what)
{
    struct alfa_error err = {0};
    assert_int_equal(alfa__file_write(name, "x", 1, &err), ALFA_ERROR_OUTPUT);
    assert_string_equal(err.source, name);
    assert_non_null(strstr(err.message, what));
    assert_int_equal(alfa__writer_check_place(name, &err), ALFA_ERROR_OUTPUT);
}

static void test_no_file_in_the_way(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat info;
    const int plug = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused(path, "is a pipe");
    assert_int_equal(symlink(path, other), 0);
    assert_refused(other, "is a pipe");
    assert_int_equal(stat(path, &info), 0);
    assert_true(S_ISFIFO(info.st_mode));
    assert_int_equal(unlink(path) + mkdir(path, 0700), 0);
    assert_refused(path, "is a folder");
    assert_int_equal(rmdir(path) + unlink(other), 0);
    memcpy(address.sun_path, path, sizeof path);
    assert_int_equal(bind(plug, (const struct sockaddr *)&address, sizeof address), 0);
    assert_refused(path, "is a socket");
    close(plug);
    snprintf(other, sizeof other, "%s/", folder);
    assert_refused(other, "is a folder");
    snprintf(other, sizeof other, "%s/none/file", folder);
    assert_refused(other, "cannot be written: ");
    assert_int_equal(folder_entries(folder), 1);
}

/* Names that stand for devices and open files, even where those are files and the user may do all. In /dev it
 * is only asked: a writer that is wrong must not cost the machine its devices. */
static void test_names_of_the_system(void **state)
{
    struct alfa_error err;
    char descriptor[64];
    FILE *file = fopen(path, "w");
    (void)state;
    assert_int_equal(alfa__writer_check_place("/dev/null", &err), ALFA_ERROR_OUTPUT);
    assert_string_equal(err.message, "is a device: give the name of a file");
    assert_int_equal(alfa__writer_check_place("/dev/alfa-new", &err), ALFA_ERROR_OUTPUT);
    assert_string_equal(err.message, "is no place for a file: give another name");
    snprintf(descriptor, sizeof descriptor, "/dev/fd/%d", fileno(file));
    assert_refused(descriptor, "is no place for a file");
    snprintf(descriptor, sizeof descriptor, "/proc/self/fd/%d", fileno(file));
    assert_refused(descriptor, "is no place for a file");
    fclose(file);
    assert_int_equal(folder_entries(folder), 1);
}

static void test_two_at_once(void **state)
{
    struct alfa__writer *a, *b;
    (void)state;
    assert_int_equal(alfa__writer_open(&a, path, NULL), ALFA_OK);
    assert_int_equal(alfa__writer_open(&b, path, NULL), ALFA_OK);
    assert_int_equal(alfa__writer_put(a, "first", 5, NULL), ALFA_OK);
    assert_int_equal(alfa__writer_put(b, "second", 6, NULL), ALFA_OK);
    assert_int_equal(alfa__writer_finish(b, ALFA__WRITER_TO_DISK, NULL), ALFA_OK);
    assert_holds(path, "second");
    assert_int_equal(alfa__writer_finish(a, ALFA__WRITER_TO_DISK, NULL), ALFA_OK);
    assert_holds(path, "first");
    alfa__writer_close(a);
    alfa__writer_close(b);
    assert_int_equal(folder_entries(folder), 1);
}

/* As on a full disk: a file may not grow beyond some size. */
static void test_full(void **state)
{
    struct rlimit before, small;
    struct alfa_error err;
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    save(path, "old");
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    for (small.rlim_cur = 0; small.rlim_cur < 8; small.rlim_cur++) {
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        assert_int_equal(alfa__file_write(path, "too long", 8, &err), ALFA_ERROR_OUTPUT);
        assert_holds(path, "old");
        assert_int_equal(folder_entries(folder), 1);
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_string_equal(err.source, path);
}

/* ------------------------------------------------------------------ killed */

enum { LARGE = 300000 };

static char large[2][LARGE + 1];

static void write_for_ever(void)
{
    for (unsigned i = 0;; i++)
        if (alfa__file_write(path, large[i % 2], LARGE, NULL) != ALFA_OK)
            _exit(1);
}

static void kill_a_writer(int microseconds)
{
    int status;
    const pid_t child = fork();
    if (child == 0)
        write_for_ever();
    usleep((unsigned)microseconds);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

static void test_killed(void **state)
{
    char *text;
    size_t size;
    (void)state;
    memset(large[0], 'a', LARGE);
    memset(large[1], 'b', LARGE);
    save(path, large[0]);
    for (int i = 0; i < 100; i++) {
        kill_a_writer(500 + 97 * i);
        assert_int_equal(alfa__file_read(&text, &size, path, 1 << 20, NULL), ALFA_OK);
        assert_true(strcmp(text, large[0]) == 0 || strcmp(text, large[1]) == 0);
        free(text);
        assert_true(folder_entries(folder) <= i + 2);
    }
    struct alfa__writer *alive;
    assert_int_equal(alfa__writer_open(&alive, path, NULL), ALFA_OK);
    alfa__writer_sweep(folder);
    assert_int_equal(folder_entries(folder), 2);
    assert_int_equal(alfa__writer_put(alive, "done", 4, NULL), ALFA_OK);
    assert_int_equal(alfa__writer_finish(alive, ALFA__WRITER_TO_SYSTEM, NULL), ALFA_OK);
    alfa__writer_close(alive);
    assert_holds(path, "done");
}

/* Only what a writer has left is swept away. */
static void test_sweep(void **state)
{
    static const char *const foreign[] = {".alfa-0123456789abcdef", ".alfa-x.tmp", "0123456789abcdef.tmp"};
    (void)state;
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        snprintf(other, sizeof other, "%s/%s", folder, foreign[i]);
        save(other, "theirs");
    }
    snprintf(other, sizeof other, "%s/.alfa-0123456789abcdef.tmp", folder);
    save(other, "left");
    alfa__writer_sweep(folder);
    assert_int_equal(folder_entries(folder), 3);
    assert_false(alfa__file_exists(other));
    alfa__writer_sweep("/nowhere");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_old_until_finished),
        TEST(test_permissions),
        TEST(test_link_in_the_way),
        TEST(test_no_file_in_the_way),
        TEST(test_names_of_the_system),
        TEST(test_two_at_once),
        TEST(test_full),
        TEST(test_killed),
        TEST(test_sweep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
