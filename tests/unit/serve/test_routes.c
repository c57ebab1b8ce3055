#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve/server.h"

/* '#' and '*' as openapi.json writes them. */
static void describe(char out[128], const char *pattern)
{
    size_t used = 0;
    const char *word = strstr(pattern, "/pictures/*") ? "{number}" : "{class}";
    for (; *pattern && used < 100; pattern++) {
        const char sign[2] = {*pattern, 0};
        used += (size_t)snprintf(out + used, 128 - used, "%s",
                                 *pattern == '#'   ? "{id}"
                                 : *pattern == '*' ? word
                                                   : sign);
    }
}

static void every_route_is_described(void **state)
{
    json_t *api = json_load_file("src/serve/web/openapi.json", 0, NULL);
    char *name;
    (void)state;
    assert_non_null(api);
    for (int i = 0; (name = alfa__route_name(i)); free(name), i++) {
        char path[128], method[16] = "";
        const size_t length = strcspn(name, " ");
        const char *pattern = name + length + 1;
        if (!strcmp(pattern, "/") || !strcmp(pattern, "/*")) /* the page */
            continue;
        describe(path, pattern);
        for (size_t k = 0; k < length; k++)
            method[k] = (char)(name[k] | 32);
        if (!json_object_get(json_object_get(json_object_get(api, "paths"), path), method))
            fail_msg("%s %s is not in openapi.json", method, path);
    }
    json_decref(api);
}

static void paths_are_taken_apart(void **state)
{
    struct alfa__request request = {0};
    char allow[64];
    (void)state;
    assert_non_null(alfa__route_find(&request, "GET", "/v1/inspections/17/image", allow));
    assert_int_equal(request.id, 17);
    assert_non_null(alfa__route_find(&request, "GET", "/v1/prompts/metal nut", allow));
    assert_string_equal(request.word, "metal nut");
    assert_non_null(alfa__route_find(&request, "HEAD", "/healthz", allow));
    assert_null(alfa__route_find(&request, "GET", "/v1/inspections/x", allow));
    assert_string_equal(allow, "");
    assert_null(alfa__route_find(&request, "GET", "/v1/inspections/9223372036854775808", allow));
    assert_null(alfa__route_find(&request, "POST", "/v1/inspections/17", allow));
    assert_string_equal(allow, "GET, PATCH, DELETE");
    free(request.word);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_route_is_described),
                                       cmocka_unit_test(paths_are_taken_apart)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
