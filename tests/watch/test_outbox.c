/* Messages that wait on the disk: what was confirmed is gone, what was not is there at the next start. */
#include "message/outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];
static struct alfa_error err;

static int name_file(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/alfa-outbox-%d", (int)getpid());
    unlink(path);
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static struct alfa__outbox *open_box(size_t most)
{
    struct alfa__outbox *box;
    assert_int_equal(alfa__outbox_open(&box, path, most, &err), ALFA_OK);
    return box;
}

static long long add(struct alfa__outbox *box, const char *text)
{
    long long number;
    assert_int_equal(alfa__outbox_add(box, &number, text, &err), ALFA_OK);
    return number;
}

static void assert_next(const struct alfa__outbox *box, long long from, long long number, const char *wanted)
{
    char *text = NULL;
    assert_int_equal(alfa__outbox_next(box, from, &text), number);
    if (number >= 0)
        assert_string_equal(text, wanted);
    free(text);
}

static long long size(void)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    return (long long)info.st_size;
}

static void what_is_not_confirmed_is_kept(void **state)
{
    (void)state;
    struct alfa__outbox *box = open_box(1000);
    const long long a = add(box, "a"), b = add(box, "b"), c = add(box, "c");
    alfa__outbox_confirm(box, b); /* out of order */
    assert_int_equal(alfa__outbox_waiting(box), 2);
    assert_next(box, 0, a, "a");
    assert_next(box, a + 1, c, "c");
    alfa__outbox_confirm(box, a);
    alfa__outbox_confirm(box, a); /* twice is once */
    alfa__outbox_free(box);
    box = open_box(1000);
    assert_int_equal(alfa__outbox_waiting(box), 1);
    assert_next(box, 0, 0, "c");
    const long long d = add(box, "d");
    alfa__outbox_confirm(box, 0);
    assert_next(box, 0, d, "d");
    alfa__outbox_confirm(box, d);
    assert_next(box, 0, -1, NULL);
    assert_int_equal(size(), 20);
    alfa__outbox_free(box);
}

static void a_line_without_its_end_does_not_count(void **state)
{
    (void)state;
    struct alfa__outbox *box = open_box(1000);
    add(box, "whole");
    alfa__outbox_free(box);
    FILE *file = fopen(path, "a");
    fputs("cut of", file);
    fclose(file);
    box = open_box(1000);
    assert_int_equal(alfa__outbox_waiting(box), 1);
    const long long next = add(box, "next");
    alfa__outbox_free(box);
    box = open_box(1000);
    assert_int_equal(alfa__outbox_waiting(box), 2);
    assert_next(box, next, next, "next");
    alfa__outbox_free(box);
}

static void there_is_a_limit(void **state)
{
    long long number;
    (void)state;
    struct alfa__outbox *box = open_box(12);
    const long long a = add(box, "12345"), b = add(box, "12345");
    assert_int_equal(alfa__outbox_add(box, &number, "x", &err), ALFA_ERROR_LIMIT);
    alfa__outbox_confirm(box, a);
    alfa__outbox_confirm(box, b);
    add(box, "x");
    alfa__outbox_free(box);
}

/* A broker that always owes a confirmation or two: what was confirmed takes no room for ever. */
static void what_was_confirmed_makes_room(void **state)
{
    (void)state;
    struct alfa__outbox *box = open_box(40);
    long long before = add(box, "first");
    for (int i = 0; i < 100; i++) {
        const long long next = add(box, i % 2 ? "odd" : "even!");
        alfa__outbox_confirm(box, before);
        assert_next(box, 0, next, i % 2 ? "odd" : "even!");
        before = next;
    }
    assert_true(size() <= 20 + 2 * 40);
    const long long last = add(box, "last");
    alfa__outbox_free(box);
    box = open_box(40);
    assert_int_equal(alfa__outbox_waiting(box), 2);
    assert_next(box, 0, 0, "odd");
    assert_next(box, 1, 1, "last");
    assert_true(last > before);
    alfa__outbox_free(box);
}

/* A week's messages, which one broker takes one after the other, cost no more each than a day's. */
static double seconds_to_empty(int count)
{
    struct timespec start, end;
    struct alfa__outbox *box = open_box((size_t)1 << 30);
    for (int i = 0; i < count; i++)
        add(box, "x");
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    for (int i = 0; i < count; i++)
        alfa__outbox_confirm(box, i);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    assert_int_equal(alfa__outbox_waiting(box), 0);
    alfa__outbox_free(box);
    return (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
}

static void a_long_queue_is_no_burden(void **state)
{
    (void)state;
    const double few = seconds_to_empty(4000);
    unlink(path);
    assert_true(seconds_to_empty(40000) < 30 * few + 0.1); /* would be 100 times as much */
}

static void what_is_no_outbox_is_refused(void **state)
{
    static const char *const texts[] = {"hello", "0000000000000000019\n", "0000000000000000021\n",
                                        "000000000000000002x\nab\n"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct alfa__outbox *box;
        FILE *file = fopen(path, "w");
        fputs(texts[i], file);
        fclose(file);
        assert_int_equal(alfa__outbox_open(&box, path, 100, &err), ALFA_ERROR_OUTPUT);
        assert_int_equal(size(), (long long)strlen(texts[i])); /* and left as it is */
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, name_file, remove_file)

/* Two senders would write over each other. */
static void there_is_one_sender(void **state)
{
    struct alfa__outbox *box = open_box(1000), *other;
    (void)state;
    assert_int_equal(alfa__outbox_open(&other, path, 1000, &err), ALFA_ERROR_OUTPUT);
    assert_null(other);
    alfa__outbox_free(box);
    alfa__outbox_free(open_box(1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(what_is_not_confirmed_is_kept),
                                       TEST(a_line_without_its_end_does_not_count),
                                       TEST(there_is_a_limit),
                                       TEST(what_was_confirmed_makes_room),
                                       TEST(a_long_queue_is_no_burden),
                                       TEST(what_is_no_outbox_is_refused),
                                       TEST(there_is_one_sender)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
