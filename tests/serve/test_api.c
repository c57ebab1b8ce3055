/* What the API answers, from outside. */
#include "serve/client.h"

#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct server server;

static int start(void **state)
{
    (void)state;
    return server_open(&server);
}

static int stop(void **state)
{
    (void)state;
    return server_close(&server);
}

static void expect(struct answer *answer, long status, const char *code)
{
    if (answer->status != status || (code && strcmp(text_of(answer, "code"), code) != 0))
        fail_msg("wanted %ld %s, got %ld: %s", status, code ? code : "", answer->status, answer->body);
    if (code)
        assert_true(has_header(answer, "Content-Type: application/problem+json"));
    answer_free(answer);
}

static void a_picture_is_judged_and_kept(void **state)
{
    (void)state;
    struct answer judged = detect(&server, CHIP);
    assert_int_equal(judged.status, 200);
    assert_string_equal(text_of(&judged, "class"), "plate");
    assert_string_equal(text_of(&judged, "name"), "chip.jpg");
    assert_true(number_of(&judged, "score") >= 0 && number_of(&judged, "score") <= 1);
    assert_true(json_array_size(json_object_get(judged.json, "descriptors")) > 0);
    assert_true(json_array_size(json_object_get(judged.json, "prompts")) > 0);
    char path[64];
    snprintf(path, sizeof path, "/v1/inspections/%.0f", number_of(&judged, "id"));
    struct answer kept = get(&server, path);
    assert_int_equal(kept.status, 200);
    assert_true(json_equal(kept.json, judged.json));
    answer_free(&kept);
    answer_free(&judged);
}

static void the_same_picture_gives_the_same_score(void **state)
{
    (void)state;
    char *bytes = malloc(1 << 20);
    FILE *file = fopen(CHIP, "rb");
    const size_t size = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    struct answer a = detect(&server, CHIP);
    struct answer b = ask(&server, "POST", "/v1/detect?class=plate&store=no&name=x.jpg",
                          (const char *const[]){"Content-Type: image/jpeg", NULL}, bytes, size);
    assert_int_equal(b.status, 200);
    assert_true(number_of(&a, "score") == number_of(&b, "score"));
    assert_null(json_object_get(b.json, "id"));
    const json_t *settings =
        json_object_get(a.json, "settings"); /* the same readings, whatever way it came */
    assert_non_null(json_object_get(settings, "scales"));
    assert_true(json_equal(settings, json_object_get(b.json, "settings")));
    char path[96];
    snprintf(path, sizeof path, "/v1/detect?class=plate&inspection=%.0f&store=no", number_of(&a, "id"));
    struct answer c = ask(&server, "POST", path, NULL, "", 0);
    assert_true(number_of(&a, "score") == number_of(&c, "score"));
    snprintf(path, sizeof path, "/v1/inspections/%.0f/image", number_of(&a, "id"));
    struct answer image = get(&server, path);
    assert_int_equal(image.size, size);
    assert_memory_equal(image.body, bytes, size);
    assert_true(has_header(&image, "Content-Type: image/jpeg"));
    answer_free(&a);
    answer_free(&b);
    answer_free(&c);
    answer_free(&image);
    free(bytes);
}

static void its_pictures_are_there(void **state)
{
    static const struct {
        const char *name, *type, *magic;
    } rows[] = {{"image", "image/jpeg", "\xff\xd8\xff"},
                {"thumbnail.jpg", "image/jpeg", "\xff\xd8\xff"},
                {"overlay.jpg", "image/jpeg", "\xff\xd8\xff"},
                {"map.png", "image/png", "\x89PNG"},
                {"map.npy", "application/octet-stream", "\x93NUMPY"}};
    (void)state;
    struct answer judged = detect(&server, CHIP);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[96], type[96], tag[96];
        snprintf(path, sizeof path, "/v1/inspections/%.0f/%s", number_of(&judged, "id"), rows[i].name);
        snprintf(type, sizeof type, "Content-Type: %s", rows[i].type);
        struct answer picture = get(&server, path);
        assert_int_equal(picture.status, 200);
        assert_true(has_header(&picture, type));
        assert_memory_equal(picture.body, rows[i].magic, strlen(rows[i].magic));
        const char *line = strcasestr(picture.headers, "ETag: ");
        assert_non_null(line);
        snprintf(tag, sizeof tag, "If-None-Match: %.*s", (int)strcspn(line + 6, "\r\n"), line + 6);
        struct answer again = ask(&server, "GET", path, (const char *const[]){tag, NULL}, NULL, 0);
        assert_int_equal(again.status, 304);
        answer_free(&again);
        answer_free(&picture);
    }
    answer_free(&judged);
}

static void pages_follow_each_other(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        struct answer judged = detect(&server, i % 2 ? GOOD : CHIP);
        answer_free(&judged);
    }
    double last = INFINITY;
    int seen = 0;
    char path[96] = "/v1/inspections?limit=2";
    while (*path) {
        struct answer page = get(&server, path);
        json_t *items = json_object_get(page.json, "items"), *item;
        size_t i;
        assert_int_equal(page.status, 200);
        json_array_foreach(items, i, item)
        {
            assert_true(json_number_value(json_object_get(item, "id")) < last);
            last = json_number_value(json_object_get(item, "id"));
            seen++;
        }
        json_t *next = json_object_get(page.json, "next");
        *path = 0;
        if (json_is_integer(next))
            snprintf(path, sizeof path, "/v1/inspections?limit=2&cursor=%lld",
                     (long long)json_integer_value(next));
        answer_free(&page);
    }
    assert_true(seen >= 5);
    assert_true(last == 1);
}

static size_t count_at(const char *path)
{
    struct answer page = get(&server, path);
    assert_int_equal(page.status, 200);
    const size_t count = json_array_size(json_object_get(page.json, "items"));
    answer_free(&page);
    return count;
}

static void filters_hold(void **state)
{
    (void)state;
    const char *const fields[] = {"class=metal nut", "threshold=1", NULL};
    struct answer judged = send_form(&server, "/v1/detect", GOOD, fields);
    assert_string_equal(text_of(&judged, "decision"), "normal");
    assert_int_equal(count_at("/v1/inspections?class=metal%20nut"), 1);
    assert_int_equal(count_at("/v1/inspections?class=metal%20nut&decision=anomaly"), 0);
    assert_int_equal(count_at("/v1/inspections?class=metal%20nut&verdict=none"), 1);
    assert_int_equal(count_at("/v1/inspections?class=metal%20nut&name=GOOD_"), 1);
    assert_int_equal(count_at("/v1/inspections?class=metal%20nut&until=2000-01-01"), 0);
    assert_int_equal(count_at("/v1/inspections?class=metal%20nut&since=2000-01-01T00:00:00Z"), 1);
    assert_int_equal(count_at("/v1/inspections?class=metal%20nut&min_score=2"), 0);
    answer_free(&judged);
    const char *const umlaut[] = {"class=metal nut", "name=\xc3\x96LWANNE \xd0\x96.jpg", NULL};
    judged = send_form(&server, "/v1/detect", GOOD, umlaut);
    assert_int_equal(count_at("/v1/inspections?name=%C3%B6lwanne%20%D0%B6"), 1); /* small o umlaut, zhe */
    assert_int_equal(count_at("/v1/inspections?name=%C3%B6lwanne%20%D0%B7"), 0);
    answer_free(&judged);
    struct answer wrong = get(&server, "/v1/inspections?decision=perhaps");
    expect(&wrong, 400, "usage");
    wrong = get(&server, "/v1/inspections?since=yesterday");
    expect(&wrong, 400, "usage");
    wrong = get(&server, "/v1/inspections?class=a&class=b");
    assert_non_null(strstr(wrong.body, "class: is there twice, and not the same"));
    expect(&wrong, 400, "usage");
    wrong = get(&server, "/v1/inspections?descision=normal");
    assert_non_null(strstr(wrong.body, "descision: is no field"));
    expect(&wrong, 400, "usage");
}

static void the_table_can_be_had(void **state)
{
    (void)state;
    const char *const fields[] = {"class=gear", "name==1+1,\"x\"", NULL};
    struct answer judged = send_form(&server, "/v1/detect", GOOD, fields);
    struct answer table = get(&server, "/v1/inspections?class=gear&format=csv");
    assert_int_equal(table.status, 200);
    assert_true(has_header(&table, "Content-Type: text/csv"));
    assert_non_null(strstr(table.body, "id,time,name,class,"));
    assert_non_null(strstr(table.body, "\"'=1+1,\"\"x\"\"\",gear,alfa,")); /* no formula for a spreadsheet */
    answer_free(&judged);
    answer_free(&table);
}

static void verdicts_are_kept(void **state)
{
    (void)state;
    const char *const fields[] = {"class=plate", "threshold=0", NULL};
    struct answer judged = send_form(&server, "/v1/detect", CHIP, fields);
    char path[64];
    snprintf(path, sizeof path, "/v1/inspections/%.0f", number_of(&judged, "id"));
    struct answer answer = send_json(&server, "PATCH", path, "{\"verdict\": \"false_alarm\"}");
    assert_int_equal(answer.status, 200);
    assert_string_equal(text_of(&answer, "verdict"), "false_alarm");
    assert_true(strcmp(text_of(&answer, "verdict_time"), text_of(&judged, "time")) >= 0);
    char said[40];
    snprintf(said, sizeof said, ",%s\r\n", text_of(&answer, "verdict_time"));
    answer_free(&answer);
    answer = get(&server, "/v1/inspections?format=csv&verdict=false_alarm");
    assert_non_null(strstr(answer.body, said));
    answer_free(&answer);
    answer = send_json(&server, "PATCH", path, "{\"verdict\": \"missed\"}");
    expect(&answer, 409, "verdict");
    answer = send_json(&server, "PATCH", path, "{\"verdict\": \"well\"}");
    expect(&answer, 400, "usage");
    answer = send_json(&server, "PATCH", path, "{\"verdict\": \"agree\", \"by\": \"me\"}");
    expect(&answer, 400, "usage");
    answer = send_json(&server, "PATCH", path, "[[[");
    expect(&answer, 400, "usage");
    answer = send_json(&server, "PATCH", path, "{\"verdict\": null}");
    assert_true(json_is_null(json_object_get(answer.json, "verdict")));
    assert_true(json_is_null(json_object_get(answer.json, "verdict_time")));
    answer_free(&answer);
    answer = send_json(&server, "PATCH", "/v1/inspections/999999", "{\"verdict\": \"agree\"}");
    expect(&answer, 404, "not_found");
    answer = ask(&server, "DELETE", path, NULL, NULL, 0);
    expect(&answer, 204, NULL);
    answer = get(&server, path);
    expect(&answer, 404, "not_found");
    answer_free(&judged);
}

static void bad_input_is_said(void **state)
{
    static const char broken[] = "\xff\xd8\xff not a picture";
    const char *const image[] = {"Content-Type: image/jpeg", NULL};
    (void)state;
    struct answer answer = ask(&server, "POST", "/v1/detect?class=plate", image, broken, sizeof broken);
    expect(&answer, 422, "input");
    answer = ask(&server, "POST", "/v1/detect?class=plate", image, "", 0);
    expect(&answer, 400, "usage");
    answer = send_form(&server, "/v1/detect", CHIP, (const char *const[]){"class=", NULL});
    expect(&answer, 400, "usage");
    answer = send_form(&server, "/v1/detect", CHIP, (const char *const[]){"class=\x01", NULL});
    expect(&answer, 400, "usage");
    answer = send_form(&server, "/v1/detect", CHIP, (const char *const[]){"class=a", "method=musc", NULL});
    expect(&answer, 400, "usage");
    answer = send_form(&server, "/v1/detect", CHIP, (const char *const[]){"class=a", "tiles=99", NULL});
    expect(&answer, 400, "usage");
    answer = send_form(&server, "/v1/detect", CHIP, (const char *const[]){"class=a", "bank=none", NULL});
    expect(&answer, 422, "input");
    answer = send_form(&server, "/v1/detect", CHIP, (const char *const[]){"class=a", "prompts=[x]", NULL});
    expect(&answer, 422, "input");
    answer = send_form(&server, "/v1/detect", CHIP, (const char *const[]){"class=a", "treshold=0", NULL});
    assert_non_null(strstr(answer.body, "treshold: is no field of this request, which has class bank"));
    expect(&answer, 400, "usage");
    answer = send_form(&server, "/v1/detect?class=b", CHIP, (const char *const[]){"class=a", NULL});
    assert_non_null(strstr(answer.body, "class: is there twice, and not the same"));
    expect(&answer, 400, "usage");
    answer =
        send_form(&server, "/v1/detect?class=a", CHIP, (const char *const[]){"class=a", "store=no", NULL});
    expect(&answer, 200, NULL);
    answer = send_form(&server, "/v1/detect", CHIP, (const char *const[]){"class=a", "class=b", NULL});
    expect(&answer, 400, "usage");
    answer = send_form(&server, "/v1/detect?tile=2", CHIP, (const char *const[]){"class=a", NULL});
    expect(&answer, 400, "usage");
    static const char two[] =
        "--xyz\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\nabc\r\n"
        "--xyz\r\nContent-Disposition: form-data; name=\"image\"; "
        "filename=\"b.png\"\r\n\r\nabc\r\n--xyz--\r\n";
    const char *const form[] = {"Content-Type: multipart/form-data; boundary=xyz", NULL};
    answer = ask(&server, "POST", "/v1/detect?class=a", form, two, sizeof two - 1);
    assert_non_null(strstr(answer.body, "image: is there twice: send one picture a request"));
    expect(&answer, 400, "usage");
    answer = get(&server, "/v1/nothing");
    expect(&answer, 404, "not_found");
    answer = ask(&server, "PUT", "/v1/detect", NULL, "", 0);
    assert_true(has_header(&answer, "Allow: POST"));
    expect(&answer, 405, "method");
}

/* .NET's MultipartFormDataContent has no quotes; curl's --data-binary calls a picture of any size a form. */
static void other_clients_are_understood(void **state)
{
    static const char dotnet[] = "Content-Type: multipart/form-data; boundary=\"5a-b1\"";
    static const char begin[] = "--5a-b1\r\nContent-Type: text/plain; charset=utf-8\r\n"
                                "Content-Disposition: form-data; name=class\r\n\r\nplate\r\n"
                                "--5a-b1\r\nContent-Disposition: form-data; name=image; filename=a.ppm; "
                                "filename*=utf-8''a.ppm\r\n\r\n";
    static const char picture[] = "P6\n800 700\n255\n", end[] = "\r\n--5a-b1--\r\n";
    const size_t pixels = sizeof picture - 1 + 800 * 700 * 3,
                 size = sizeof begin - 1 + pixels + sizeof end - 1;
    char *form = calloc(1, size);
    (void)state;
    memcpy(form, begin, sizeof begin - 1);
    memcpy(form + sizeof begin - 1, picture, sizeof picture - 1);
    memcpy(form + sizeof begin - 1 + pixels, end, sizeof end - 1);
    struct answer answer =
        ask(&server, "POST", "/v1/detect?store=no", (const char *const[]){dotnet, NULL}, form, size);
    assert_int_equal(answer.status, 200);
    assert_string_equal(text_of(&answer, "name"), "a.ppm");
    assert_string_equal(text_of(&answer, "class"), "plate");
    answer_free(&answer);
    answer = ask(&server, "POST", "/v1/detect?store=no&class=plate",
                 (const char *const[]){"Content-Type: application/x-www-form-urlencoded", NULL},
                 form + sizeof begin - 1, pixels);
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    free(form);
    struct answer kept = detect(&server, CHIP);
    char fields[128];
    snprintf(fields, sizeof fields, "inspection=%.0f&class=plate&name=a+b%%2Fc.png&store=no",
             number_of(&kept, "id"));
    answer = ask(&server, "POST", "/v1/detect",
                 (const char *const[]){"Content-Type: application/x-www-form-urlencoded", NULL}, fields,
                 strlen(fields)); /* data= of Python's requests */
    assert_int_equal(answer.status, 200);
    assert_true(number_of(&answer, "score") == number_of(&kept, "score"));
    answer_free(&answer);
    answer_free(&kept);
    answer = send_json(&server, "POST", "/v1/detect", "{\"image\": \"aGk=\", \"class\": \"plate\"}");
    assert_non_null(strstr(answer.body, "image: cannot be in JSON: send its bytes"));
    expect(&answer, 400, "usage");
    static const char field[] = "--x\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\naGk=\r\n--x--";
    answer = ask(&server, "POST", "/v1/detect?class=plate",
                 (const char *const[]){"Content-Type: multipart/form-data; boundary=x", NULL}, field,
                 sizeof field - 1);
    assert_non_null(strstr(answer.body, "image: is a field, not a file"));
    expect(&answer, 400, "usage");
}

static void sentences_can_be_edited(void **state)
{
    (void)state;
    struct answer before = get(&server, "/v1/prompts/bottle");
    assert_string_equal(text_of(&before, "source"), "shipped");
    struct answer answer = send_json(&server, "PUT", "/v1/prompts/bottle", "{\"text\": \"no section\"}");
    expect(&answer, 422, "input");
    answer = send_json(&server, "PUT", "/v1/prompts/bottle",
                       "{\"text\": \"[normal]\\na fine {class}\\n[abnormal]\\na {class} in pieces\\n\"}");
    assert_int_equal(answer.status, 200);
    assert_string_equal(text_of(&answer, "source"), "edited");
    answer_free(&answer);
    answer = send_form(&server, "/v1/detect", CHIP,
                       (const char *const[]){"class=bottle", "prompt_count=5000", "store=no", NULL});
    assert_non_null(strstr(answer.body, "a bottle in pieces"));
    answer_free(&answer);
    answer = ask(&server, "DELETE", "/v1/prompts/bottle", NULL, NULL, 0);
    expect(&answer, 204, NULL);
    answer = get(&server, "/v1/prompts/bottle");
    assert_string_equal(text_of(&answer, "text"), text_of(&before, "text"));
    answer_free(&answer);
    answer_free(&before);
}

/* As people look for them, whatever case they are in. */
static void classes_are_in_order(void **state)
{
    const char *const names[] = {"Aardvark", "apple", "Zinc"},
                      *text = "{\"text\": \"[normal]\\na\\n[abnormal]\\nb\\n\"}";
    char path[64];
    (void)state;
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "/v1/prompts/%s", names[(i + 2) % 3]);
        struct answer answer = send_json(&server, "PUT", path, text);
        assert_int_equal(answer.status, 200);
        answer_free(&answer);
    }
    struct answer all = get(&server, "/v1/classes");
    const json_t *edited = json_object_get(all.json, "edited");
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(json_string_value(json_array_get(edited, i)), names[i]);
    answer_free(&all);
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "/v1/prompts/%s", names[i]);
        struct answer answer = ask(&server, "DELETE", path, NULL, NULL, 0);
        expect(&answer, 204, NULL);
    }
}

/* A class without a set is judged with the generic one, which is said. */
static void a_near_miss_is_named(void **state)
{
    (void)state;
    struct answer answer = get(&server, "/v1/prompts/metl_nut");
    assert_string_equal(text_of(&answer, "source"), "generic");
    assert_string_equal(text_of(&answer, "near"), "metal nut");
    answer_free(&answer);
    answer = send_form(&server, "/v1/detect", CHIP, (const char *const[]){"class=hazlenut", NULL});
    assert_int_equal(answer.status, 200);
    assert_string_equal(text_of(&answer, "note"),
                        "no prompt set for \"hazlenut\": using the generic set; did you mean \"hazelnut\"?");
    answer_free(&answer);
    answer = send_form(&server, "/v1/detect", CHIP, (const char *const[]){"class=Metal_Nut", NULL});
    assert_int_equal(answer.status, 200);
    assert_null(json_object_get(answer.json, "note"));
    answer_free(&answer);
}

/* As 'alfa detect' says what it reads of a picture. */
static void a_picture_is_noted(void **state)
{
    (void)state;
    const char *const pictures[][2] = {
        {"tests/data/images/kinds/three-pages.tif", "has 3 pages: only the first is looked at"},
        {"tests/data/images/kinds/low12.png", "has no value above 4095: 12 bits in 16?"},
        {"tests/data/images/kinds/infrared.tif",
         "has samples that are neither colour nor alpha: they are left out"}};
    for (int i = 0; i < 3; i++) {
        struct answer answer = detect(&server, pictures[i][0]);
        const json_t *notes = json_object_get(answer.json, "notes");
        assert_int_equal(answer.status, 200);
        assert_int_equal(json_array_size(notes), 1);
        assert_string_equal(json_string_value(json_array_get(notes, 0)), pictures[i][1]);
        answer_free(&answer);
    }
    struct answer answer = send_form(&server, "/v1/detect", "tests/data/images/kinds/low12.png",
                                     (const char *const[]){"class=plate", "bits=12", NULL});
    assert_int_equal(answer.status, 200);
    assert_null(json_object_get(answer.json, "notes"));
    answer_free(&answer);
    answer = send_form(&server, "/v1/detect", CHIP, (const char *const[]){"class=plate", "bits=7", NULL});
    assert_int_equal(answer.status, 400);
    answer_free(&answer);
    answer = detect(&server, CHIP);
    assert_null(json_object_get(answer.json, "notes"));
    answer_free(&answer);
}

/* The same folder of sentences as alfa detect --prompt-sets; nouns are found however they are written. */
static void the_sets_can_be_chosen(void **state)
{
    struct server expert;
    (void)state;
    server_make(&expert);
    server_start(&expert, (const char *const[]){"--prompt-sets", "expert", NULL});
    struct answer theirs = get(&expert, "/v1/prompts/Metal%20Nut"),
                  ours = get(&server, "/v1/prompts/metal-nut");
    assert_string_equal(text_of(&theirs, "source"), "shipped");
    assert_string_equal(text_of(&ours, "source"), "shipped");
    assert_string_not_equal(text_of(&theirs, "text"), text_of(&ours, "text"));
    answer_free(&ours);
    answer_free(&theirs);
    theirs = get(&expert, "/v1/classes");
    assert_non_null(strstr(theirs.body, "\"macaroni1\"")); /* only there */
    answer_free(&theirs);
    server_remove(&expert);
}

/* Waits until a version of a bank is ready or failed; the answer is freed by the caller. */
static struct answer learned(long long id)
{
    char path[64];
    snprintf(path, sizeof path, "/v1/banks/%lld", id);
    for (int i = 0; i < 300; i++) {
        struct answer bank = get(&server, path);
        if (!strcmp(text_of(&bank, "state"), "ready") || !strcmp(text_of(&bank, "state"), "failed"))
            return bank;
        answer_free(&bank);
        usleep(100000);
    }
    fail_msg("the bank is not learned in 30 s");
    return (struct answer){0};
}

static long long learn(const char *json, const char *state)
{
    struct answer accepted = send_json(&server, "POST", "/v1/banks", json);
    if (accepted.status != 202)
        fail_msg("%s", accepted.body);
    assert_true(has_header(&accepted, "Location: /v1/banks/"));
    const long long id = (long long)number_of(&accepted, "id");
    answer_free(&accepted);
    struct answer bank = learned(id);
    if (strcmp(text_of(&bank, "state"), state) != 0)
        fail_msg("%s", bank.body);
    answer_free(&bank);
    return id;
}

static void a_bank_is_learned_taken_and_given_back(void **state)
{
    char json[256], path[64];
    (void)state;
    struct answer good = detect(&server, GOOD), also = detect(&server, "examples/images/plate/good_2.jpg"),
                  bad = detect(&server, CHIP);
    snprintf(json, sizeof json,
             "{\"name\": \"p\", \"class\": \"plate\", \"inspections\": [%.0f], \"bad\": [%.0f]}",
             number_of(&good, "id"), number_of(&bad, "id"));
    const long long first = learn(json, "ready");
    snprintf(json, sizeof json,
             "{\"name\": \"p\", \"class\": \"plate\", \"base\": %lld, \"inspections\": [%.0f]}", first,
             number_of(&also, "id"));
    const long long second = learn(json, "ready");
    struct answer judged = send_form(&server, "/v1/detect", CHIP, (const char *const[]){"bank=p", NULL});
    assert_int_equal(json_integer_value(json_object_get(json_object_get(judged.json, "bank"), "version")), 1);
    assert_true(json_is_number(json_object_get(judged.json, "p_value")));
    answer_free(&judged);
    snprintf(path, sizeof path, "/v1/banks/%lld", second);
    struct answer answer = send_json(&server, "PATCH", path, "{\"current\": true}");
    assert_true(json_is_true(json_object_get(answer.json, "current")));
    assert_int_equal(json_integer_value(json_object_get(answer.json, "normal")), 2);
    assert_true(json_integer_value(json_object_get(json_object_get(answer.json, "effect"), "judged")) > 0);
    answer_free(&answer);
    judged = send_form(&server, "/v1/detect", CHIP, (const char *const[]){"bank=p", NULL});
    assert_int_equal(json_integer_value(json_object_get(json_object_get(judged.json, "bank"), "version")), 2);
    answer_free(&judged);
    judged = send_form(&server, "/v1/detect", CHIP, (const char *const[]){"bank=p@1", NULL});
    assert_int_equal(json_integer_value(json_object_get(json_object_get(judged.json, "bank"), "version")), 1);
    answer_free(&judged);
    answer = send_json(&server, "PATCH", path, "{\"threshold\": 0.125}");
    assert_true(number_of(&answer, "threshold") == 0.125);
    assert_int_equal(strncmp(text_of(&answer, "threshold_time"), "20", 2), 0);
    answer_free(&answer);
    judged = send_form(&server, "/v1/detect", CHIP, (const char *const[]){"bank=p", NULL});
    assert_true(number_of(&judged, "threshold") == 0.125);
    answer_free(&judged);
    answer = ask(&server, "DELETE", path, NULL, NULL, 0);
    expect(&answer, 204, NULL);
    answer = get(&server, path);
    expect(&answer, 404, "not_found");
    answer_free(&good);
    answer_free(&also);
    answer_free(&bad);
}

static void a_learned_picture_is_noted(void **state)
{
    char json[128], path[64];
    (void)state;
    struct answer pages = detect(&server, "tests/data/images/kinds/three-pages.tif"),
                  good = detect(&server, GOOD);
    snprintf(json, sizeof json, "{\"name\": \"n\", \"class\": \"plate\", \"inspections\": [%.0f, %.0f]}",
             number_of(&good, "id"), number_of(&pages, "id"));
    snprintf(path, sizeof path, "/v1/banks/%lld", learn(json, "ready"));
    struct answer bank = get(&server, path);
    const json_t *noted = json_object_get(json_object_get(bank.json, "facts"), "noted"),
                 *one = json_array_get(noted, 0);
    assert_int_equal(json_array_size(noted), 1);
    assert_string_equal(json_string_value(json_array_get(json_object_get(one, "notes"), 0)),
                        "has 3 pages: only the first is looked at");
    answer_free(&bank);
    answer_free(&pages);
    answer_free(&good);
}

static void a_part_that_is_there_twice_is_noted(void **state)
{
    const char *const pictures[] = {GOOD, "examples/images/cup/good_1.jpg",
                                    "tests/data/images/valid/baseline.jpg",
                                    "tests/data/images/valid/subsampled.jpg"};
    struct answer seen[4];
    char json[128], path[64];
    (void)state;
    for (int i = 0; i < 4; i++)
        seen[i] = detect(&server, pictures[i]);
    snprintf(json, sizeof json,
             "{\"name\": \"twice\", \"class\": \"plate\", \"inspections\": [%.0f, %.0f, %.0f, %.0f]}",
             number_of(&seen[0], "id"), number_of(&seen[1], "id"), number_of(&seen[2], "id"),
             number_of(&seen[3], "id"));
    snprintf(path, sizeof path, "/v1/banks/%lld", learn(json, "ready"));
    struct answer bank = get(&server, path);
    const json_t *noted = json_object_get(json_object_get(bank.json, "facts"), "noted");
    assert_int_equal(json_array_size(noted), 1);
    const json_t *notes = json_object_get(json_array_get(noted, 0), "notes");
    assert_non_null(strstr(json_string_value(json_array_get(notes, 0)), "taken again"));
    answer_free(&bank);
    for (int i = 0; i < 4; i++)
        answer_free(&seen[i]);
}

static void a_bank_may_look_at_parts(void **state)
{
    char json[128], path[64];
    (void)state;
    struct answer good = detect(&server, GOOD);
    snprintf(json, sizeof json,
             "{\"name\": \"t\", \"class\": \"plate\", \"tiles\": 2, \"inspections\": [%.0f]}",
             number_of(&good, "id"));
    snprintf(path, sizeof path, "/v1/banks/%lld", learn(json, "ready"));
    struct answer bank = get(&server, path);
    assert_true(number_of(&bank, "tiles") == 2);
    struct answer judged = send_form(&server, "/v1/detect", CHIP,
                                     (const char *const[]){"bank=t", "tiles=2", "method=alfa", NULL});
    assert_int_equal(judged.status, 200);
    answer_free(&judged);
    judged = send_form(&server, "/v1/detect", CHIP, (const char *const[]){"bank=t", "bits=12", NULL});
    assert_int_equal(judged.status, 400);
    answer_free(&judged);
    const char *const otherwise[] = {"tiles=3", "method=winclip", "prompts=[normal]\na\n[abnormal]\nb\n"};
    for (int i = 0; i < 3; i++) {
        judged = send_form(&server, "/v1/detect", CHIP, (const char *const[]){"bank=t", otherwise[i], NULL});
        assert_non_null(strstr(judged.body, "was learned otherwise: leave this out"));
        expect(&judged, 400, "usage");
    }
    answer_free(&bank);
    answer_free(&good);
    judged = send_json(&server, "POST", "/v1/banks",
                       "{\"name\": \"t\", \"class\": \"plate\", \"tiles\": 9, \"inspections\": [1]}");
    expect(&judged, 400, "usage");
}

/* Sentences that were edited after the learning do not make a bank useless: it keeps its own. */
static void a_bank_keeps_its_sentences(void **state)
{
    char json[128];
    (void)state;
    const char *const fields[] = {"class=saucer", NULL};
    struct answer good = send_form(&server, "/v1/detect", GOOD, fields);
    snprintf(json, sizeof json, "{\"name\": \"s\", \"class\": \"saucer\", \"inspections\": [%.0f]}",
             number_of(&good, "id"));
    learn(json, "ready");
    struct answer answer = send_json(&server, "PUT", "/v1/prompts/saucer",
                                     "{\"text\": \"[normal]\\na {class}\\n[abnormal]\\na bad {class}\\n\"}");
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    answer = send_form(&server, "/v1/detect", CHIP, (const char *const[]){"bank=s", NULL});
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    answer_free(&good);
}

static void what_cannot_be_learned_is_said(void **state)
{
    (void)state;
    struct answer answer = send_json(&server, "POST", "/v1/banks", "{\"name\": \"x\", \"class\": \"plate\"}");
    expect(&answer, 400, "usage");
    answer = send_json(&server, "POST", "/v1/banks",
                       "{\"name\": \"a/b\", \"class\": \"plate\", \"inspections\": [1]}");
    expect(&answer, 400, "usage");
    answer = send_json(&server, "POST", "/v1/banks",
                       "{\"name\": \"x\", \"class\": \"plate\", \"inspections\": [99999]}");
    expect(&answer, 400, "usage");
    answer = send_json(&server, "POST", "/v1/banks",
                       "{\"name\": \"x\", \"class\": \"plate\", \"inspections\": [\"1\"]}");
    expect(&answer, 400, "usage");
    answer = send_json(&server, "POST", "/v1/banks",
                       "{\"name\": \"x\", \"class\": \"plate\", \"base\": 777, \"inspections\": [1]}");
    expect(&answer, 400, "usage");
    static const char *const slips[][2] = {{"\"keepall\": true", "keepall: is no field of this request"},
                                           {"\"base\": \"1\"", "base: is not the number of a version"},
                                           {"\"tiles\": 1.5", "tiles: is not a whole number from 1 to 8"},
                                           {"\"tiles\": -1", "tiles: is not a whole number"},
                                           {"\"false_alarm_rate\": \"1 %\"", "false_alarm_rate: is not"},
                                           {"\"keep_all\": \"yes\"", "keep_all: is neither"}};
    for (size_t i = 0; i < sizeof slips / sizeof *slips; i++) {
        char plan[160];
        snprintf(plan, sizeof plan, "{\"name\": \"x\", \"class\": \"plate\", \"inspections\": [1], %s}",
                 slips[i][0]);
        answer = send_json(&server, "POST", "/v1/banks", plan);
        assert_non_null(strstr(answer.body, slips[i][1]));
        expect(&answer, 400, "usage");
    }
    answer =
        send_form(&server, "/v1/banks", GOOD, (const char *const[]){"name=x", "class=plate", "rate=1", NULL});
    assert_non_null(strstr(answer.body, "rate: is no field of this request"));
    expect(&answer, 400, "usage");
    answer = send_form(&server, "/v1/banks", "tests/CMakeLists.txt",
                       (const char *const[]){"name=text", "class=plate", NULL});
    assert_int_equal(answer.status, 202);
    const long long id = (long long)number_of(&answer, "id");
    answer_free(&answer);
    answer = learned(id);
    assert_string_equal(text_of(&answer, "state"), "failed");
    assert_non_null(strstr(text_of(&answer, "error"), "not an image"));
    answer_free(&answer);
    answer = send_json(&server, "PATCH", "/v1/banks/99999", "{\"current\": true, \"treshold\": 0.1}");
    expect(&answer, 400, "usage");
    answer = send_json(&server, "PATCH", "/v1/banks/99999", "{\"current\": true}");
    expect(&answer, 404, "not_found");
}

/* Reads on until the text has come. */
static void hear(char *text, size_t room, int fd, const char *wanted)
{
    size_t used = strlen(text);
    for (struct pollfd wait = {.fd = fd, .events = POLLIN};
         !strstr(text, wanted) && poll(&wait, 1, 10000) == 1;) {
        const ssize_t got = read(fd, text + used, room - 1 - used);
        assert_true(got > 0);
        used += (size_t)got;
        text[used] = 0;
    }
    if (!strstr(text, wanted))
        fail_msg("%s does not come: %s", wanted, text);
}

/* The line of an event comes while the connection is open. */
static void events_tell_of_inspections(void **state)
{
    char text[8192] = "", request[128], path[64], wanted[128];
    (void)state;
    const int fd = connect_raw(&server);
    const int size = snprintf(request, sizeof request,
                              "GET /v1/events HTTP/1.1\r\nHost: localhost:%d\r\n\r\n", server.port);
    assert_int_equal(send(fd, request, (size_t)size, MSG_NOSIGNAL), size);
    struct answer judged = detect(&server, GOOD);
    hear(text, sizeof text, fd, "event: inspection\ndata: {\"id\":");
    assert_non_null(strstr(text, "Content-Type: text/event-stream"));
    const long long id = json_integer_value(json_object_get(judged.json, "id"));
    snprintf(path, sizeof path, "/v1/inspections/%lld", id);
    struct answer said = send_json(&server, "PATCH", path, "{\"verdict\": \"agree\"}");
    assert_int_equal(said.status, 200);
    answer_free(&said);
    snprintf(wanted, sizeof wanted,
             "event: verdict\ndata: {\"id\":%lld,\"verdict\":\"agree\",\"verdict_time\":\"20", id);
    hear(text, sizeof text, fd, wanted);
    close(fd);
    answer_free(&judged);
}

/* Asks /readyz until it has that status; the server looks at its disk every five seconds. */
static struct answer readiness(int status)
{
    struct answer answer = get(&server, "/readyz");
    for (int i = 0; i < 600 && answer.status != status; i++) {
        answer_free(&answer);
        usleep(100000);
        answer = get(&server, "/readyz");
    }
    assert_int_equal(answer.status, status);
    return answer;
}

static void a_store_that_cannot_be_written_is_not_ready(void **state)
{
    char here[96], away[96];
    (void)state;
    snprintf(here, sizeof here, "%s/data", server.folder);
    snprintf(away, sizeof away, "%s/away", server.folder);
    struct answer answer = readiness(200);
    answer_free(&answer);
    assert_int_equal(rename(here, away), 0);
    answer = readiness(503);
    assert_string_equal(text_of(&answer, "detail"),
                        "the store cannot be written to: No such file or directory");
    answer_free(&answer);
    assert_int_equal(rename(away, here), 0);
    answer = readiness(200);
    answer_free(&answer);
}

static void the_rest_answers(void **state)
{
    static const char *const paths[] = {"/",          "/style.css",  "/app.js",
                                        "/healthz",   "/readyz",     "/metrics",
                                        "/v1/models", "/v1/classes", "/v1/scores?class=plate"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct answer answer = get(&server, paths[i]);
        assert_int_equal(answer.status, 200);
        assert_true(has_header(&answer, "X-Content-Type-Options: nosniff"));
        assert_true(has_header(&answer, "Content-Security-Policy: default-src 'none'; script-src 'self'"));
        answer_free(&answer);
    }
    struct answer answer = send_json(&server, "POST", "/v1/embed", "{\"texts\": [\"a\", \"b\"]}");
    assert_int_equal(json_array_size(json_object_get(answer.json, "embeddings")), 2);
    answer_free(&answer);
    static const char text[] = "{\"texts\": [\"a\"]}"; /* curl -d calls it a form */
    answer = ask(&server, "POST", "/v1/embed",
                 (const char *const[]){"Content-Type: application/x-www-form-urlencoded", NULL}, text,
                 sizeof text - 1);
    assert_int_equal(json_array_size(json_object_get(answer.json, "embeddings")), 1);
    answer_free(&answer);
    answer = send_form(&server, "/v1/embed", CHIP, NULL);
    assert_int_equal(json_array_size(json_object_get(answer.json, "embeddings")), 1);
    answer_free(&answer);
    answer = send_json(&server, "POST", "/v1/embed", "{\"texts\": []}");
    expect(&answer, 400, "usage");
    answer = ask(&server, "HEAD", "/healthz", NULL, NULL, 0);
    expect(&answer, 200, NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_picture_is_judged_and_kept),
                                       cmocka_unit_test(the_same_picture_gives_the_same_score),
                                       cmocka_unit_test(its_pictures_are_there),
                                       cmocka_unit_test(pages_follow_each_other),
                                       cmocka_unit_test(filters_hold),
                                       cmocka_unit_test(the_table_can_be_had),
                                       cmocka_unit_test(verdicts_are_kept),
                                       cmocka_unit_test(bad_input_is_said),
                                       cmocka_unit_test(other_clients_are_understood),
                                       cmocka_unit_test(sentences_can_be_edited),
                                       cmocka_unit_test(classes_are_in_order),
                                       cmocka_unit_test(a_near_miss_is_named),
                                       cmocka_unit_test(a_picture_is_noted),
                                       cmocka_unit_test(the_sets_can_be_chosen),
                                       cmocka_unit_test(a_bank_is_learned_taken_and_given_back),
                                       cmocka_unit_test(a_learned_picture_is_noted),
                                       cmocka_unit_test(a_part_that_is_there_twice_is_noted),
                                       cmocka_unit_test(a_bank_may_look_at_parts),
                                       cmocka_unit_test(a_bank_keeps_its_sentences),
                                       cmocka_unit_test(what_cannot_be_learned_is_said),
                                       cmocka_unit_test(events_tell_of_inspections),
                                       cmocka_unit_test(the_rest_answers),
                                       cmocka_unit_test(a_store_that_cannot_be_written_is_not_ready)};
    program = argc > 1 ? argv[1] : "build/alfa";
    return cmocka_run_group_tests(tests, start, stop);
}
