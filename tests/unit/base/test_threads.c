/* Processors, quotas of control groups, and the number of threads that a call may use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/files.h"
#include "base/parallel.h"
#include "base/strings.h"
#include "base/threads.h"
#include "unit/folder.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[32];

static void put(const char *name, const char *text)
{
    char *path = alfa__format("%s/%s", folder, name);
    char *slash = strrchr(path, '/');
    *slash = 0;
    assert_int_equal(alfa__folder_make(path, NULL), ALFA_OK);
    *slash = '/';
    assert_int_equal(alfa__file_write(path, text, strlen(text), NULL), ALFA_OK);
    free(path);
}

static int quota(const char *groups)
{
    char path[64];
    put("groups", groups);
    snprintf(path, sizeof path, "%s/groups", folder);
    return alfa__quota(path, folder);
}

static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/alfa-groups-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int end(void **state)
{
    (void)state;
    return folder_remove(folder);
}

static void a_quota_of_version_2_is_rounded_up(void **state)
{
    (void)state;
    assert_int_equal(quota("0::/a/b\n"), 0);
    put("a/b/cpu.max", "max 100000\n");
    assert_int_equal(quota("0::/a/b\n"), 0);
    put("a/b/cpu.max", "250000 100000\n");
    assert_int_equal(quota("0::/a/b\n"), 3);
    put("a/b/cpu.max", "50000 100000\n");
    assert_int_equal(quota("0::/a/b\n"), 1);
}

static void the_tightest_group_above_counts(void **state)
{
    (void)state;
    put("a/b/cpu.max", "800000 100000\n");
    put("a/cpu.max", "200000 100000\n");
    assert_int_equal(quota("0::/a/b\n"), 2);
    put("cpu.max", "100000 100000\n"); /* a container's own group is the mount itself */
    assert_int_equal(quota("0::/nowhere/to/be/seen\n"), 1);
}

static void a_quota_of_version_1_counts(void **state)
{
    (void)state;
    put("cpu,cpuacct/c/cpu.cfs_quota_us", "-1\n");
    put("cpu,cpuacct/c/cpu.cfs_period_us", "100000\n");
    assert_int_equal(quota("12:memory:/m\n4:cpu,cpuacct:/c\n"), 0);
    put("cpu,cpuacct/c/cpu.cfs_quota_us", "350000\n");
    assert_int_equal(quota("12:memory:/m\n4:cpu,cpuacct:/c\n"), 4);
    assert_int_equal(quota("12:memory:/c\n"), 0);
    assert_int_equal(quota("nonsense\n:\n::\n"), 0);
    assert_int_equal(alfa__quota("/nonexistent", "/nonexistent"), 0);
}

static void processors_are_those_one_is_bound_to(void **state)
{
    cpu_set_t all, one;
    int first = 0;
    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    while (!CPU_ISSET(first, &all))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    assert_true(alfa__processors() >= 1 && alfa__processors() <= CPU_COUNT(&all));
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(alfa__processors(), 1);
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
}

static void the_callers_number_of_threads_comes_back(void **state)
{
    (void)state;
    omp_set_num_threads(3);
    const struct alfa__team outer = alfa__team_enter(5);
    assert_int_equal(omp_get_max_threads(), 5);
    const struct alfa__team inner = alfa__team_enter(2);
    assert_int_equal(omp_get_max_threads(), 5);
    alfa__team_leave(inner);
    assert_int_equal(omp_get_max_threads(), 5);
    alfa__team_leave(outer);
    assert_int_equal(omp_get_max_threads(), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_quota_of_version_2_is_rounded_up, begin, end),
        cmocka_unit_test_setup_teardown(the_tightest_group_above_counts, begin, end),
        cmocka_unit_test_setup_teardown(a_quota_of_version_1_counts, begin, end),
        cmocka_unit_test(processors_are_those_one_is_bound_to),
        cmocka_unit_test(the_callers_number_of_threads_comes_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
