/* The fixture of tests that need one small model and sentences about a bottle, open for all of them:
 * open_all() and close_all() are for cmocka_run_group_tests(). A test includes this instead of fixture.h. */
#ifndef ALFA_TESTS_BOTTLE_H
#define ALFA_TESTS_BOTTLE_H

#include "unit/fixture.h"

static struct fixture f;
static struct alfa_error err;

static int open_all(void **state)
{
    (void)state;
    fixture_open(&f, "openclip-gelu", "bottle");
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    fixture_close(&f);
    return 0;
}

#endif
