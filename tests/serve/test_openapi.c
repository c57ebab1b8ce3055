/* openapi.json against the real answers: every operation is asked once, and what comes back is as the file
 * says, with no member that it does not name. */
#include "serve/client.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "serve/schema.h"

static struct server server;
static json_t *api, *seen;

static int start(void **state)
{
    (void)state;
    server_open(&server);
    struct answer answer = get(&server, "/openapi.json");
    api = json_incref(answer.json);
    answer_free(&answer);
    seen = json_object();
    return api ? 0 : 1;
}

static int stop(void **state)
{
    (void)state;
    json_decref(api);
    json_decref(seen);
    return server_close(&server);
}

/* The description of a status: 404 is under "4XX" unless it has its own. */
static const json_t *find_response(const json_t *operation, long status)
{
    char code[32];
    const json_t *responses = json_object_get(operation, "responses");
    snprintf(code, sizeof code, "%ld", status);
    const json_t *exact = json_object_get(responses, code);
    snprintf(code, sizeof code, "%ldXX", status / 100);
    return exact ? exact : json_object_get(responses, code);
}

/* Checks an answer against the operation, takes and frees it. */
static void check(const char *method, const char *path, struct answer answer, long status)
{
    char name[128], lower[16] = "", why[512] = "";
    for (size_t i = 0; method[i] && i < 15; i++)
        lower[i] = (char)(method[i] | 32);
    const json_t *operation = json_object_get(json_object_get(json_object_get(api, "paths"), path), lower);
    const json_t *response = find_response(operation, answer.status), *schema;
    if (answer.status != status || !response)
        fail_msg("%s %s: status %ld %s", method, path, answer.status, answer.body);
    const json_t *content = json_object_get(response, "content");
    const bool problem = has_header(&answer, "Content-Type: application/problem+json");
    schema = json_object_get(
        json_object_get(content, problem ? "application/problem+json" : "application/json"), "schema");
    if (schema && answer.json && !schema_fits(answer.json, schema, api, "", why))
        fail_msg("%s %s: %s in %s", method, path, why, answer.body);
    if (json_object_get(content, "application/json") && json_object_size(content) == 1)
        assert_non_null(answer.json);
    snprintf(name, sizeof name, "%s %s", lower, path);
    if (status < 400)
        json_object_set_new(seen, name, json_true());
    answer_free(&answer);
}

static void pictures(const char *folder, long long id)
{
    static const char *const names[] = {"image", "thumbnail.jpg", "overlay.jpg", "map.png", "map.npy"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[96], pattern[96];
        snprintf(path, sizeof path, "%s/%lld/%s", folder, id, names[i]);
        snprintf(pattern, sizeof pattern, "/v1/inspections/{id}/%s", names[i]);
        check("GET", pattern, get(&server, path), 200);
    }
}

static void inspections_are_as_described(void **state)
{
    char path[96];
    (void)state;
    struct answer judged = detect(&server, CHIP);
    const long long id = (long long)number_of(&judged, "id");
    check("POST", "/v1/detect", judged, 200);
    check("POST", "/v1/detect", detect(&server, "tests/CMakeLists.txt"), 422);
    check("POST", "/v1/detect",
          send_form(&server, "/v1/detect", CHIP,
                    (const char *const[]){"class=x", "method=clip-ac", "store=no", NULL}),
          200);
    check("POST", "/v1/embed", send_form(&server, "/v1/embed", CHIP, NULL), 200);
    check("GET", "/v1/inspections", get(&server, "/v1/inspections"), 200);
    check("GET", "/v1/inspections", get(&server, "/v1/inspections?limit=0"), 400);
    snprintf(path, sizeof path, "/v1/inspections/%lld", id);
    check("GET", "/v1/inspections/{id}", get(&server, path), 200);
    check("PATCH", "/v1/inspections/{id}", send_json(&server, "PATCH", path, "{\"verdict\": \"agree\"}"),
          200);
    pictures("/v1/inspections", id);
    check("GET", "/v1/scores", get(&server, "/v1/scores?class=plate"), 200);
    check("DELETE", "/v1/inspections/{id}", ask(&server, "DELETE", path, NULL, NULL, 0), 204);
    check("GET", "/v1/inspections/{id}", get(&server, path), 404);
}

static void banks_are_as_described(void **state)
{
    char path[96];
    (void)state;
    struct answer made =
        send_form(&server, "/v1/banks", GOOD, (const char *const[]){"name=b", "class=plate", NULL});
    const long long id = (long long)number_of(&made, "id");
    check("POST", "/v1/banks", made, 202);
    snprintf(path, sizeof path, "/v1/banks/%lld", id);
    for (bool ready = false; !ready; usleep(50000)) {
        struct answer bank = get(&server, path);
        ready = strcmp(text_of(&bank, "state"), "ready") == 0;
        check("GET", "/v1/banks/{id}", bank, 200);
    }
    check("GET", "/v1/banks", get(&server, "/v1/banks"), 200);
    check("POST", "/v1/detect", send_form(&server, "/v1/detect", CHIP, (const char *const[]){"bank=b", NULL}),
          200);
    check("PATCH", "/v1/banks/{id}", send_json(&server, "PATCH", path, "{\"threshold\": 0.5}"), 200);
    snprintf(path, sizeof path, "/v1/banks/%lld/file", id);
    check("GET", "/v1/banks/{id}/file", get(&server, path), 200);
    snprintf(path, sizeof path, "/v1/banks/%lld/pictures/0", id);
    check("GET", "/v1/banks/{id}/pictures/{number}", get(&server, path), 200);
    snprintf(path, sizeof path, "/v1/banks/%lld", id);
    check("DELETE", "/v1/banks/{id}", ask(&server, "DELETE", path, NULL, NULL, 0), 204);
}

static void the_rest_is_as_described(void **state)
{
    static const char *const paths[] = {"/v1/classes", "/v1/models", "/healthz", "/readyz", "/metrics"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        check("GET", paths[i], get(&server, paths[i]), 200);
    check("GET", "/v1/prompts/{class}", get(&server, "/v1/prompts/bottle"), 200);
    check("PUT", "/v1/prompts/{class}",
          send_json(&server, "PUT", "/v1/prompts/bottle", "{\"text\": \"[normal]\\na\\n[abnormal]\\nb\\n\"}"),
          200);
    check("DELETE", "/v1/prompts/{class}", ask(&server, "DELETE", "/v1/prompts/bottle", NULL, NULL, 0), 204);
    check("POST", "/v1/session", send_json(&server, "POST", "/v1/session", "{\"token\": \"none is needed\"}"),
          204);
    json_object_set_new(seen, "get /v1/events", json_true()); /* test_api.c listens to them */
}

static void every_operation_was_asked(void **state)
{
    const char *path, *method;
    json_t *item, *operation;
    char name[128];
    (void)state;
    json_object_foreach(json_object_get(api, "paths"), path, item)
        json_object_foreach(item, method, operation)
    {
        snprintf(name, sizeof name, "%s %s", method, path);
        if (!json_object_get(seen, name))
            fail_msg("%s was not asked", name);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inspections_are_as_described), cmocka_unit_test(banks_are_as_described),
        cmocka_unit_test(the_rest_is_as_described), cmocka_unit_test(every_operation_was_asked)};
    program = argc > 1 ? argv[1] : "build/alfa";
    return cmocka_run_group_tests(tests, start, stop);
}
