/* How much memory is free: the least of what a machine, its control groups and a limit say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/files.h"
#include "base/room.h"
#include "base/strings.h"
#include "unit/folder.h"

static char root[32];

static int set_up(void **state)
{
    (void)state;
    strcpy(root, "/tmp/alfa-room-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return folder_remove(root);
}

static void put(const char *folder, const char *name, const char *text)
{
    char *in = alfa__format("%s/%s", root, folder), *path = alfa__format("%s/%s", in, name);
    assert_int_equal(alfa__folder_make(in, NULL), ALFA_OK);
    assert_int_equal(alfa__file_write(path, text, strlen(text), NULL), ALFA_OK);
    free(in), free(path);
}

static void nobody_says(void **state)
{
    (void)state;
    assert_int_equal(alfa__room_free(root), -1);
    put("proc", "meminfo", "MemTotal: 5 kB\nnothing\n");
    put("proc/self", "cgroup", "1:name=systemd:/\n");
    assert_int_equal(alfa__room_free(root), -1);
}

static void the_machine_and_every_group_count(void **state)
{
    (void)state;
    put("proc", "meminfo", "MemTotal:       24000000 kB\nMemFree: 1 kB\nMemAvailable:   20000000 kB\n");
    assert_int_equal(alfa__room_free(root), 20480000000);
    put("proc/self", "cgroup", "1:name=systemd:/\n0::/service/part\n");
    put("sys/fs/cgroup/service/part", "memory.max", "max\n");
    put("sys/fs/cgroup/service/part", "memory.current", "9\n");
    assert_int_equal(alfa__room_free(root), 20480000000);
    put("sys/fs/cgroup/service", "memory.max", "1000000\n"); /* the one above counts as well */
    put("sys/fs/cgroup/service", "memory.current", "900000\n");
    assert_int_equal(alfa__room_free(root), 100000);
    put("sys/fs/cgroup/service", "memory.stat", "anon 1\nfile 7\ninactive_file 200000\nactive_file 50000\n");
    assert_int_equal(alfa__room_free(root), 350000);
    put("sys/fs/cgroup", "memory.max", "300\n"); /* a container sees its own group as the root */
    put("sys/fs/cgroup", "memory.current", "400\n");
    assert_int_equal(alfa__room_free(root), 0);
}

static void this_machine_has_some(void **state)
{
    (void)state;
    assert_true(alfa__room_free("") > 0);
}

/* In a process of its own. */
static int measure_limited(long long leave)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long long pages = 0;
    if (!file || fscanf(file, "%lld", &pages) != 1)
        return 2;
    const rlim_t most = (rlim_t)(pages * sysconf(_SC_PAGESIZE) + leave);
    fclose(file);
    const struct rlimit limit = {most, most};
    if (setrlimit(RLIMIT_AS, &limit) != 0)
        return 77;
    const long long room = alfa__room_free("");
    return room > leave / 2 && room <= leave + 1000000 ? 0 : 1;
}

static void a_limit_of_the_address_space_counts(void **state)
{
    int status;
    (void)state;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(measure_limited(30000000));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nobody_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_machine_and_every_group_count, set_up, tear_down),
        cmocka_unit_test(this_machine_has_some),
        cmocka_unit_test(a_limit_of_the_address_space_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
