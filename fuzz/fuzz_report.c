/* Texts and numbers of any kind in JSON, CSV and HTML: what comes out is well-formed. The input is texts with
 * zero bytes between them; its first bytes serve as numbers as well. */
#include "fuzz.h"
#include "report/csv.h"
#include "report/html.h"
#include "report/html_text.h"
#include "report/json.h"

#include <glib.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Fields of one line of CSV, which ends with CR LF; -1 when it is not one line. */
static int count_fields(const char *text, size_t size)
{
    int fields = 1;
    bool quoted = false;
    for (size_t i = 0; i < size; i++)
        if (text[i] == '"')
            quoted = !quoted;
        else if (text[i] == ',' && !quoted)
            fields++;
        else if (text[i] == '\n' && !quoted && i + 1 < size)
            return -1;
    return !quoted && size >= 2 && memcmp(text + size - 2, "\r\n", 2) == 0 ? fields : -1;
}

static void write_csv(const struct alfa__record *record)
{
    struct alfa__string header = {0}, line = {0};
    alfa__csv_header(&header);
    alfa__csv_line(&line, record);
    FUZZ_HOLDS(alfa__string_ok(&line));
    FUZZ_HOLDS(count_fields(line.text, line.size) == count_fields(header.text, header.size));
    alfa__string_free(&header);
    alfa__string_free(&line);
}

static void write_json(const struct alfa__record *record)
{
    struct alfa__string line = {0};
    alfa__json_line(&line, record);
    FUZZ_HOLDS(alfa__string_ok(&line) && line.text[line.size - 1] == '\n');
    FUZZ_HOLDS(strchr(line.text, '\n') == line.text + line.size - 1);
    json_t *back = json_loadb(line.text, line.size, JSON_REJECT_DUPLICATES, NULL);
    FUZZ_HOLDS(json_is_object(back));
    json_decref(back);
    alfa__string_free(&line);
}

static void write_html(const struct alfa__record *record)
{
    static const float map[4] = {0, 0.3f, 0.6f, 1};
    struct alfa__heat heat = {map, 2, 2, {0, 0, 9, 7}, 0};
    struct alfa__html *html;
    struct alfa_error err;
    struct alfa__string valid = {0}, plain = {0};
    alfa__utf8_append(&valid, record->path);
    alfa__html_text(&plain, valid.text ? valid.text : "");
    FUZZ_HOLDS(!plain.text || (!strpbrk(plain.text, "<>\"'") && g_utf8_validate(plain.text, -1, NULL)));
    alfa__string_free(&valid);
    alfa__string_free(&plain);
    (void)unlink(fuzz_path("report/report_files/journal.jsonl"));
    FUZZ_HOLDS(alfa__html_new(&html, fuzz_path("report"), &err) == ALFA_OK);
    fuzz_holds_status(alfa__html_add(html, record, fuzz_image(), &heat, &err), &err);
    fuzz_holds_status(alfa__html_write(html, &err), &err);
    alfa__html_free(html);
}

static double take_number(const uint8_t **data, size_t *size)
{
    double number = 0;
    if (*size >= sizeof number) {
        memcpy(&number, *data, sizeof number);
        *data += sizeof number;
        *size -= sizeof number;
    }
    return number;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { TEXTS = 6 };
    const char *texts[TEXTS] = {"", "", "", "", "", ""};
    char *all = fuzz_text(data, size);
    for (size_t i = 0, at = 0; i < TEXTS && at <= size; i++, at += strlen(all + at) + 1)
        texts[i] = all + at;
    char *path = strdup(texts[0]), *clean_path = g_utf8_make_valid(texts[0], -1);
    struct alfa_summary summary = {.class_name = texts[1],
                                   .model = texts[2],
                                   .method = "alfa",
                                   .score = take_number(&data, &size),
                                   .threshold = take_number(&data, &size),
                                   .score_global = take_number(&data, &size),
                                   .anomalous = size & 1,
                                   .width = 9,
                                   .height = 7};
    struct alfa_region region = {1,   2, 3, 4, take_number(&data, &size), 5, take_number(&data, &size),
                                 0.1, 2, 3};
    struct alfa_prompt_score prompt = {ALFA_ABNORMAL, texts[3], 0.5};
    struct alfa__likeness likeness = {{{texts[4], 0.5, 0.5}}, 1};
    struct alfa__likeness likenesses[2] = {likeness, likeness};
    struct alfa_error error = {.code = ALFA_ERROR_INPUT};
    snprintf(error.source, sizeof error.source, "%s", texts[1]);
    snprintf(error.message, sizeof error.message, "%s", texts[5]);
    struct alfa__record good = {.path = path,
                                .summary = &summary,
                                .regions = &region,
                                .region_count = 1,
                                .prompts = &prompt,
                                .prompt_count = 1,
                                .likenesses = likenesses,
                                .overlay = texts[0]},
                        bad = {.path = clean_path, .error = &error};
    write_json(&good);
    write_json(&bad);
    write_csv(&good);
    write_csv(&bad);
    write_html(&good);
    write_html(&bad);
    g_free(clean_path);
    free(path);
    free(all);
    return 0;
}
