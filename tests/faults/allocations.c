/* Every allocation of alfa's own code and of jansson fails once, and from each one on all do: faults SCENARIO
 * [STEP]. Each time the call has to end with success or a clear failure, and with success all that it made is
 * what it makes with enough memory. Under AddressSanitizer nothing is lost on the way.
 *
 * malloc() and its like are wrapped by the linker (tests/faults/faults.cmake): those of libraries are not
 * counted. Those are tests/faults/program.sh's. */
#include "alfa.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/strings.h"
#include "eval/cache.h"
#include "image/write.h"
#include "prompt/llm.h"
#include "report/csv.h"
#include "report/html.h"
#include "report/json.h"
#include "unit/folder.h"

#include <execinfo.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ------------------------------------------------------------------ allocations that fail */

static long count, fail_at; /* fail_at 0: none */
static bool fail_all;

static bool fails(void)
{
    count++;
    return fail_at && (fail_all ? count >= fail_at : count == fail_at);
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t items, size_t size);
void *__real_realloc(void *bytes, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t items, size_t size);
void *__wrap_realloc(void *bytes, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t items, size_t size)
{
    return fails() ? NULL : __real_calloc(items, size);
}

void *__wrap_realloc(void *bytes, size_t size)
{
    return fails() ? NULL : __real_realloc(bytes, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __real_aligned_alloc(alignment, size);
}

/* jansson, but for the buffer in which it collects a string that it reads: when that cannot grow, jansson
 * drops letters and goes on, or ends the process with an assertion. */
static void *growing[16]; /* where it allocates */
static int places;

/* Where jansson's call of the function that calls this one comes from: its own malloc() ends with a jump
 * here. */
__attribute__((noinline)) static void *caller(void)
{
#ifdef __SANITIZE_ADDRESS__
    enum { DEPTH = 4 }; /* backtrace() itself is called through AddressSanitizer */
#else
    enum { DEPTH = 3 };
#endif
    void *frames[DEPTH];
    return backtrace(frames, DEPTH) == DEPTH ? frames[DEPTH - 1] : NULL;
}

static bool is_growing(const void *place)
{
    for (int i = 0; i < places; i++)
        if (growing[i] == place)
            return true;
    return false;
}

static void *json_malloc(size_t size)
{
    return !is_growing(caller()) && fails() ? NULL : __real_malloc(size);
}

/* The buffer doubles; nothing else that is allocated while one long word is read has these sizes. */
static void *find_growing(size_t size)
{
    void *place = caller();
    if ((size == 128 || size == 256) && places < 16 && !is_growing(place))
        growing[places++] = place;
    return __real_malloc(size);
}

static void set_json(void)
{
    static const char *const letters[] = {"a", "\\n", "\\u0041", "\303\251"};
    json_set_alloc_funcs(find_growing, free);
    for (size_t i = 0; i < 2 * sizeof letters / sizeof *letters; i++) {
        struct alfa__string text = {0};
        alfa__string_append(&text, i % 2 ? "[\"x" : "[\"");
        for (int j = 0; j < 300; j++)
            alfa__string_append(&text, letters[i / 2]);
        alfa__string_append(&text, "\"]");
        json_decref(json_loads(text.text, 0, NULL));
        alfa__string_free(&text);
    }
    json_decref(
        json_loads("[1111111111111111111111111111111111111111111111111111111111111111111111111111111111111."
                   "111111111111111111111111111111111111111111111111111111111111111111111111111111]",
                   0, NULL));
    json_set_alloc_funcs(json_malloc, free);
}

/* ------------------------------------------------------------------ what the scenarios share */

static char folder[64] =
    "/dev/shm/alfa-faults-XXXXXX"; /* in memory: thousands of files are forced to the disk */
static char bank_path[96], photo_path[96], out_path[96], prompts_path[96];

/* All that a scenario made, as one number. */
static uint64_t made;

static void note(const void *bytes, size_t size)
{
    if (bytes)
        made = alfa__hash(made, bytes, size);
}

static void note_file(const char *path)
{
    char *bytes;
    size_t size;
    const long kept = fail_at;
    fail_at = 0;
    if (alfa__file_read(&bytes, &size, path, 1 << 24, NULL) == ALFA_OK) {
        note(bytes, size);
        free(bytes);
    }
    fail_at = kept;
}

static void note_result(const struct alfa_result *result)
{
    int width, height;
    const float *map = alfa_result_map(result, &width, &height);
    note(&alfa_result_summary(result)->score, sizeof(double));
    note(&alfa_result_summary(result)->threshold, sizeof(double));
    note(map, map ? sizeof *map * (size_t)width * (size_t)height : 0);
    for (int i = 0; i < alfa_result_region_count(result); i++)
        note(&alfa_result_region(result, i)->peak, sizeof(double));
    for (int i = 0; i < alfa_result_prompt_count(result); i++)
        note(alfa_result_prompt(result, i)->text, strlen(alfa_result_prompt(result, i)->text));
}

static struct alfa_model *model; /* opened once: open_model() is about that */

struct kit {
    struct alfa_model *model;
    struct alfa_prompts *prompts;
    struct alfa_detector *detector;
    struct alfa_image *image;
};

static enum alfa_status open_kit(struct kit *kit, enum alfa_method method, struct alfa_error *err)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    options.method = method;
    options.scales[0] = 2;
    kit->model = model;
    enum alfa_status status = alfa_prompts_open(&kit->prompts, "nut", prompts_path, err);
    if (status == ALFA_OK)
        status = alfa_detector_open(&kit->detector, kit->model, kit->prompts, &options, err);
    if (status == ALFA_OK)
        status = alfa_image_load(&kit->image, photo_path, err);
    return status;
}

static void close_kit(struct kit *kit)
{
    alfa_image_free(kit->image);
    alfa_detector_free(kit->detector);
    alfa_prompts_free(kit->prompts);
}

static enum alfa_status judge(struct kit *kit, struct alfa_error *err)
{
    struct alfa_result *result;
    enum alfa_status status = alfa_detector_run(&result, kit->detector, kit->image, err);
    if (status == ALFA_OK)
        note_result(result);
    alfa_result_free(result);
    return status;
}

/* ------------------------------------------------------------------ scenarios */

static enum alfa_status open_model(struct alfa_error *err)
{
    struct alfa_model *opened;
    enum alfa_status status = alfa_model_open(&opened, "tests/data/models/minimal", NULL, err);
    if (status == ALFA_OK)
        note(alfa_model_info(opened)->fingerprint, 16);
    alfa_model_free(opened);
    return status;
}

static enum alfa_status detect(struct alfa_error *err)
{
    struct kit kit = {0};
    enum alfa_status status = open_kit(&kit, ALFA_METHOD_ALFA, err);
    if (status == ALFA_OK)
        status = judge(&kit, err);
    close_kit(&kit);
    return status;
}

static enum alfa_status explain(struct alfa_error *err)
{
    struct kit kit = {0};
    enum alfa_status status = open_kit(&kit, ALFA_METHOD_ALFA, err);
    if (status == ALFA_OK) {
        alfa_detector_explain(kit.detector, true);
        status = judge(&kit, err);
    }
    close_kit(&kit);
    return status;
}

/* The slope and the picture turned: two different normal images. */
static enum alfa_status add_images(struct alfa_bank *bank, struct kit *kit, struct alfa_error *err)
{
    unsigned char rgb[8 * 8 * 3];
    struct alfa_image *other;
    for (size_t i = 0; i < sizeof rgb; i++)
        rgb[i] = (unsigned char)(i * 5);
    enum alfa_status status = alfa_bank_add(bank, kit->detector, kit->image, "a.png", err);
    if (status == ALFA_OK)
        status = alfa_image_from_rgb(&other, rgb, 8, 8, 24, err);
    if (status != ALFA_OK)
        return status;
    status = alfa_bank_add(bank, kit->detector, other, "b.png", err);
    alfa_image_free(other);
    return status;
}

static enum alfa_status learn_with(enum alfa_method method, const char *path, struct alfa_error *err)
{
    struct kit kit = {0};
    struct alfa_bank *bank = NULL;
    enum alfa_status status = open_kit(&kit, method, err);
    if (status == ALFA_OK)
        status = alfa_bank_new(&bank, kit.detector, NULL, err);
    if (status == ALFA_OK)
        status = add_images(bank, &kit, err);
    if (status == ALFA_OK)
        status = alfa_bank_finish(bank, err);
    if (status == ALFA_OK)
        status = alfa_bank_save(bank, path, err);
    if (status == ALFA_OK)
        note_file(path);
    alfa_bank_free(bank);
    close_kit(&kit);
    return status;
}

static enum alfa_status learn(struct alfa_error *err)
{
    return learn_with(ALFA_METHOD_ALFA, out_path, err);
}

static enum alfa_status learn_compared(struct alfa_error *err)
{
    return learn_with(ALFA_METHOD_PATCHCORE, out_path, err);
}

static enum alfa_status use_bank(struct alfa_error *err)
{
    struct kit kit = {0};
    struct alfa_bank *bank = NULL;
    enum alfa_status status = open_kit(&kit, ALFA_METHOD_ALFA, err);
    if (status == ALFA_OK)
        status = alfa_bank_load(&bank, bank_path, err);
    if (status == ALFA_OK)
        status = alfa_detector_use_bank(kit.detector, bank, err);
    if (status == ALFA_OK)
        status = judge(&kit, err);
    close_kit(&kit);
    alfa_bank_free(bank);
    return status;
}

static enum alfa_status write_lines(const struct alfa__record *record, struct alfa_error *err)
{
    struct alfa__string text = {0};
    alfa__json_line(&text, record);
    alfa__csv_header(&text);
    alfa__csv_line(&text, record);
    const bool good = alfa__string_ok(&text);
    if (good)
        note(text.text, text.size);
    alfa__string_free(&text);
    return good ? ALFA_OK : alfa__fail_memory(err, 0);
}

static enum alfa_status report(struct alfa_error *err)
{
    const struct alfa_summary summary = {.class_name = "nut", .model = "m", .method = "alfa", .score = 0.5};
    const struct alfa_region region = {1, 2, 3, 4, 5, 6, 0.5, 0.5, 1, 1};
    const struct alfa__record record = {
        .path = "a \"b\".png", .summary = &summary, .regions = &region, .region_count = 1};
    struct alfa__html *html = NULL;
    struct alfa_image *image = NULL;
    char page[128];
    snprintf(page, sizeof page, "%s/report_files/journal.jsonl", folder);
    (void)unlink(page); /* every time the same report, not one that grows */
    enum alfa_status status = write_lines(&record, err);
    if (status == ALFA_OK)
        status = alfa_image_load(&image, photo_path, err);
    if (status == ALFA_OK)
        status = alfa__html_new(&html, folder, err);
    if (status == ALFA_OK)
        status = alfa__html_add(html, &record, image, NULL, err);
    if (status == ALFA_OK)
        status = alfa__html_write(html, err);
    snprintf(page, sizeof page, "%s/report.html", folder);
    if (status == ALFA_OK)
        note_file(page);
    alfa__html_free(html);
    alfa_image_free(image);
    return status;
}

static enum alfa_status answer(struct alfa_error *err)
{
    static const char body[] = "{\"choices\": [{\"message\": {\"content\": \"An abnormal image of nut\"}, "
                               "\"finish_reason\": \"stop\"}]}";
    struct alfa__llm_answer got;
    enum alfa_status status = alfa__llm_read(&got, body, strlen(body), "host", err);
    if (status == ALFA_OK)
        note(got.text, strlen(got.text));
    free(got.text);
    return status;
}

static enum alfa_status eval_result(struct alfa_error *err)
{
    char name[] = "nut", file[] = "good/1.png", *files[] = {file};
    struct alfa__eval_result result = {.class_name = name,
                                       .method = name,
                                       .shots = 1,
                                       .decides = true,
                                       .references = {.items = files, .count = 1}};
    char *line = alfa__eval_result_json(&result);
    if (!line)
        return alfa__fail_memory(err, 0);
    note(line, strlen(line));
    free(line);
    return ALFA_OK;
}

static const struct scenario {
    const char *name;
    enum alfa_status (*run)(struct alfa_error *err);
} scenarios[] = {{"model", open_model},
                 {"detect", detect},
                 {"explain", explain},
                 {"learn", learn},
                 {"learn-compared", learn_compared},
                 {"use-bank", use_bank},
                 {"report", report},
                 {"answer", answer},
                 {"eval-result", eval_result}};

/* ------------------------------------------------------------------ the sweep */

static int wrong;

static void complain(const char *what, const struct alfa_error *err)
{
    printf("allocation %ld%s: %s (%s: %s)\n", fail_at, fail_all ? " and all after it" : "", what, err->source,
           err->message);
    wrong++;
}

/* Runs it; the status. */
static enum alfa_status once(const struct scenario *scenario, struct alfa_error *err)
{
    *err = (struct alfa_error){ALFA_OK, "", ""};
    made = ALFA__HASH_START;
    count = 0;
    return scenario->run(err);
}

/* Temporary files and half a bank would still be there. */
static void check_files(const struct alfa_error *err)
{
    char path[128];
    snprintf(path, sizeof path, "ls -A %s | grep -q tmp", folder);
    if (system(path) == 0)
        complain("left a temporary file", err);
    unlink(out_path);
}

static void sweep(const struct scenario *scenario, long step)
{
    struct alfa_error err;
    fail_at = 0;
    (void)once(scenario, &err); /* what is made only once in a process */
    if (once(scenario, &err) != ALFA_OK)
        complain("fails without any", &err);
    const uint64_t expected = made;
    const long total = count;
    long failures = 0;
    for (int all = 0; all < 2; all++)
        for (long n = 1; n <= total; n += step) {
            fail_all = all;
            fail_at = n;
            const enum alfa_status status = once(scenario, &err);
            failures += status != ALFA_OK;
            if (status == ALFA_OK && made != expected)
                complain("success with another outcome", &err);
            if (status != ALFA_OK && (err.code != status || !err.message[0]))
                complain("a failure that says nothing", &err);
            if (status != ALFA_OK && status != ALFA_ERROR_MEMORY && !strstr(err.message, "memory"))
                complain("is said to be something else than memory", &err);
        }
    fail_at = 0;
    check_files(&err);
    printf("%-14s %ld allocations, every %ld. failed alone and with all after it: %ld failures, %d wrong\n",
           scenario->name, total, step, failures, wrong);
}

static void write_inputs(void)
{
    static const char prompts[] = "[normal]\nA normal {class}\n[abnormal]\nA bad {class}\n";
    unsigned char rgb[12 * 10 * 3];
    struct alfa_error err;
    for (size_t i = 0; i < sizeof rgb; i++)
        rgb[i] = (unsigned char)(i * i >> 2);
    snprintf(photo_path, sizeof photo_path, "%s/photo.png", folder);
    snprintf(bank_path, sizeof bank_path, "%s/nut.bank", folder);
    snprintf(out_path, sizeof out_path, "%s/new.bank", folder);
    snprintf(prompts_path, sizeof prompts_path, "%s/nut.txt", folder);
    if (alfa__file_write(prompts_path, prompts, strlen(prompts), &err) != ALFA_OK ||
        alfa__image_write_png(photo_path, rgb, 12, 10, &err) != ALFA_OK ||
        learn_with(ALFA_METHOD_ALFA, bank_path, &err) != ALFA_OK) {
        printf("%s: %s\n", err.source, err.message);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    const long step = argc > 2 ? atol(argv[2]) : 1;
    setvbuf(stdout, NULL, _IOLBF, 0); /* a crash is the next one */
    set_json();
    if (!mkdtemp(folder) && !mkdtemp(strcpy(folder, "/tmp/alfa-faults-XXXXXX")))
        return 2;
    struct alfa_model_options how = ALFA_MODEL_OPTIONS_INIT;
    how.precision = ALFA_PRECISION_F32;
    how.threads = 1;
    if (alfa_model_open(&model, "tests/data/models/minimal", &how, NULL) != ALFA_OK)
        return 2;
    write_inputs();
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        if (argc > 1 && strcmp(argv[1], scenarios[i].name) == 0)
            sweep(&scenarios[i], step > 0 ? step : 1);
    alfa_model_free(model);
    folder_remove(folder);
    return wrong != 0;
}
