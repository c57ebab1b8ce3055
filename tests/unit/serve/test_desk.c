/* Turns at judging: how many are done at once, by whom, and in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/parallel.h"
#include "serve/desk.h"

enum { MOST = 12, PATIENCE = 10000 /* milliseconds */ };

static struct alfa__desk *desk;
static atomic_int inside, largest, came, disturbed;
static atomic_bool taken, open_door;

static void reset(int threads)
{
    struct alfa_error err;
    inside = largest = came = disturbed = 0;
    taken = open_door = false;
    assert_int_equal(alfa__desk_open(&desk, threads, &err), ALFA_OK);
}

/* One who comes to the desk. */
struct visitor {
    pthread_t thread, worker;
    bool alone;
    int wanted; /* stays until so many were inside at once */
    int threads, place;
};

static void stay(void *context)
{
    struct visitor *v = context;
    const int now = atomic_fetch_add(&inside, 1) + 1;
    v->worker = pthread_self();
    v->threads = omp_get_max_threads();
    v->place = atomic_fetch_add(&came, 1);
    for (int most = largest; now > most && !atomic_compare_exchange_weak(&largest, &most, now);)
        ;
    for (int i = 0; i < PATIENCE && largest < v->wanted; i++)
        usleep(1000);
    usleep(2000);
    if (v->alone && inside != 1)
        disturbed++;
    inside--;
}

static void *visit(void *context)
{
    struct visitor *v = context;
    alfa__desk_do(desk, v->alone, stay, v);
    return NULL;
}

static void hold(void *context)
{
    (void)context;
    taken = true;
    while (!open_door)
        usleep(1000);
}

static void *occupy(void *context)
{
    alfa__desk_do(desk, true, hold, context);
    return NULL;
}

/* All come, one after the other, while the desk is taken; then it is free. */
static void let_come(struct visitor *visitors, int count)
{
    pthread_t first;
    pthread_create(&first, NULL, occupy, NULL);
    while (!taken)
        usleep(1000);
    for (int i = 0; i < count; i++) {
        pthread_create(&visitors[i].thread, NULL, visit, &visitors[i]);
        while (alfa__desk_waiting(desk) <= i)
            usleep(1000);
    }
    open_door = true;
    for (int i = 0; i < count; i++)
        pthread_join(visitors[i].thread, NULL);
    pthread_join(first, NULL);
    alfa__desk_close(desk);
}

static void many_are_done_at_once_by_themselves(void **state)
{
    static struct visitor visitors[MOST];
    (void)state;
    reset(3);
    for (int i = 0; i < MOST; i++)
        visitors[i].wanted = 3;
    let_come(visitors, MOST);
    assert_int_equal(largest, 3);
    for (int i = 0; i < 3; i++) {
        assert_true(pthread_equal(visitors[i].worker, visitors[i].thread));
        assert_int_equal(visitors[i].threads, 1);
    }
}

static void one_has_all_processors(void **state)
{
    struct visitor one = {.wanted = 0}, later = {.wanted = 0};
    (void)state;
    reset(2);
    visit(&one);
    visit(&later);
    assert_false(pthread_equal(one.worker, pthread_self()));
    assert_true(pthread_equal(one.worker, later.worker)); /* whose team is there already */
    assert_int_equal(one.threads, omp_get_max_threads());
    alfa__desk_close(desk);
}

/* Two of sixteen processors would be busy. */
static void a_few_are_done_one_after_the_other(void **state)
{
    struct visitor visitors[3] = {{.wanted = 0}, {.wanted = 0}, {.wanted = 0}};
    (void)state;
    reset(16);
    let_come(visitors, 3);
    assert_int_equal(largest, 1);
}

static void who_wants_to_be_alone_is(void **state)
{
    static struct visitor visitors[MOST];
    (void)state;
    reset(2);
    for (int i = 0; i < MOST; i++)
        visitors[i].alone = i % 4 == 2;
    let_come(visitors, MOST);
    assert_int_equal(disturbed, 0);
    assert_int_equal(came, MOST);
}

static void who_comes_first_is_first(void **state)
{
    static struct visitor visitors[MOST];
    (void)state;
    reset(1);
    for (int i = 0; i < MOST; i++)
        visitors[i].alone = i % 3 == 0;
    let_come(visitors, MOST);
    for (int i = 0; i < MOST; i++)
        assert_int_equal(visitors[i].place, i);
    assert_int_equal(largest, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_are_done_at_once_by_themselves), cmocka_unit_test(one_has_all_processors),
        cmocka_unit_test(a_few_are_done_one_after_the_other), cmocka_unit_test(who_wants_to_be_alone_is),
        cmocka_unit_test(who_comes_first_is_first)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
