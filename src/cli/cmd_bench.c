/* alfa bench: how long each stage takes on this machine.
 *
 * Everything is done as by 'alfa detect --out', several times over; the first round prepares weights and
 * caches and is left out of the table. The report goes into a temporary folder. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/status.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/kit.h"
#include "cli/outputs.h"
#include "cli/paths.h"
#include "cli/progress.h"
#include "cli/talk.h"
#include "image/write.h"

enum stage { DECODE, RESIZE, IMAGE_TOWER, WINDOWS, SCORE, REPORT, TOTAL, PROMPTS, STAGES };
static const char *const stage_keys[STAGES] = {"decode", "resize", "image_tower", "windows",
                                               "score",  "report", "total",       "prompts"};
static const char *const stage_names[STAGES] = {"decode", "resize", "image tower", "windows",
                                                "score",  "report", "one image",   "prompts"};

/* Seconds of one stage, one number a measurement. */
struct samples {
    double *seconds;
    int count;
};

struct bench {
    struct alfa__kit kit;
    struct alfa__inputs inputs;
    char *folder; /* temporary: the report, and a picture when none was given */
    struct alfa__outputs *outputs;
    struct samples samples[STAGES];
    double start, first; /* when the program began; seconds until the first image was judged */
};

/* ------------------------------------------------------------------ the temporary folder */

static enum alfa_status make_folder(struct bench *bench, struct alfa_error *err)
{
    const char *temporary = getenv("TMPDIR");
    bench->folder =
        alfa__must(alfa__format("%s/alfa-bench-XXXXXX", temporary && *temporary ? temporary : "/tmp"));
    if (mkdtemp(bench->folder))
        return ALFA_OK;
    enum alfa_status status = alfa__fail(err, ALFA_ERROR_OUTPUT, bench->folder,
                                         "cannot be made; set TMPDIR to a folder that can be written to");
    free(bench->folder);
    bench->folder = NULL;
    return status;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info, (void)kind, (void)place;
    return remove(path);
}

static void remove_folder(struct bench *bench)
{
    if (bench->folder)
        nftw(bench->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(bench->folder);
}

/* A photograph's size and a photograph's roughness, the same every time. */
static enum alfa_status draw_picture(char **out, const struct bench *bench, struct alfa_error *err)
{
    enum { WIDTH = 1024, HEIGHT = 768, QUALITY = 90 };
    unsigned char *rgb = alfa__must(malloc((size_t)WIDTH * HEIGHT * 3));
    unsigned random = 1;
    for (int i = 0; i < WIDTH * HEIGHT * 3; i++) {
        random = random * 1664525u + 1013904223u;
        rgb[i] = (unsigned char)(i / 3 % WIDTH / 8 + i / 3 / WIDTH / 8 + (random >> 28));
    }
    *out = alfa__must(alfa__format("%s/picture.jpg", bench->folder));
    enum alfa_status status = alfa__image_write_jpeg(*out, rgb, WIDTH, HEIGHT, QUALITY, err);
    free(rgb);
    return status;
}

/* ------------------------------------------------------------------ opening */

static enum alfa_status find_images(struct bench *bench, const struct alfa__options *options,
                                    struct alfa_error *err)
{
    static const char *const nothing[] = {NULL};
    char *picture = NULL;
    enum alfa_status status = ALFA_OK;
    if (options->argument_count == 0)
        status = draw_picture(&picture, bench, err);
    if (status == ALFA_OK)
        alfa__inputs_expand(&bench->inputs, picture ? &picture : options->arguments,
                            picture ? 1 : options->argument_count, nothing);
    free(picture);
    for (int i = 0; i < bench->inputs.count; i++)
        if (bench->inputs.items[i].error)
            return *err = *bench->inputs.items[i].error, err->code;
    return status;
}

static enum alfa_status open_all(struct bench *bench, const struct alfa__options *typed,
                                 struct alfa_error *err)
{
    struct alfa__options options = *typed;
    if (!options.class_name && !options.bank)
        options.class_name = "bottle";
    options.no_cache = true; /* or else there would be no prompts to time */
    ALFA__TRY(alfa__kit_plan(&bench->kit, &options, options.bank, err));
    ALFA__TRY(make_folder(bench, err));
    ALFA__TRY(find_images(bench, &options, err));
    bench->kit.options.out = bench->folder;
    ALFA__TRY(alfa__outputs_open(&bench->outputs, &bench->kit.options, &bench->inputs, err));
    ALFA__TRY(alfa__kit_open(&bench->kit, err));
    const size_t most = (size_t)options.rounds * (size_t)bench->inputs.count;
    for (int i = 0; i < STAGES; i++)
        bench->samples[i].seconds = alfa__must(calloc(most, sizeof(double)));
    return alfa__kit_use_bank(&bench->kit, err);
}

/* ------------------------------------------------------------------ measuring */

static void note(struct bench *bench, enum stage stage, double seconds)
{
    struct samples *samples = &bench->samples[stage];
    samples->seconds[samples->count++] = seconds;
}

static enum alfa_status time_image(struct bench *bench, const struct alfa__input *input, bool counts,
                                   struct alfa_error *err)
{
    struct alfa_image *image;
    struct alfa_result *result;
    const double start = alfa__clock();
    ALFA__TRY(alfa__input_load(&image, input, err));
    const double decoded = alfa__clock();
    enum alfa_status status = alfa_detector_run(&result, bench->kit.detector, image, err);
    const double judged = alfa__clock();
    bench->first = bench->first > 0 ? bench->first : judged - bench->start;
    if (status == ALFA_OK)
        status = alfa__outputs_files(bench->outputs, input, image, result, NULL, err);
    const double end = alfa__clock();
    if (status == ALFA_OK && counts) {
        const struct alfa_times *t = alfa_result_times(result);
        const double score = judged - decoded - t->resize - t->image - t->windows;
        const double stages[] = {decoded - start, t->resize,    t->image,   t->windows,
                                 score,           end - judged, end - start};
        for (int i = DECODE; i <= TOTAL; i++)
            note(bench, (enum stage)i, stages[i]);
    }
    alfa_result_free(result);
    alfa_image_free(image);
    return status;
}

/* All sentences at once, as when a class is opened for the first time. */
static enum alfa_status time_prompts(struct bench *bench, struct alfa_error *err)
{
    const struct alfa_prompts *prompts = bench->kit.prompts;
    const int normal = alfa_prompts_count(prompts, ALFA_NORMAL);
    const int count = normal + alfa_prompts_count(prompts, ALFA_ABNORMAL);
    const size_t dim = (size_t)alfa_model_info(bench->kit.model)->embed_dim;
    const char **texts = alfa__must(calloc((size_t)count, sizeof *texts));
    float *embeddings = alfa__must(calloc((size_t)count * dim, sizeof *embeddings));
    for (int i = 0; i < count; i++)
        texts[i] = i < normal ? alfa_prompts_get(prompts, ALFA_NORMAL, i)
                              : alfa_prompts_get(prompts, ALFA_ABNORMAL, i - normal);
    const double start = alfa__clock();
    enum alfa_status status = alfa_model_embed_texts(embeddings, NULL, bench->kit.model, texts, count, err);
    if (status == ALFA_OK)
        note(bench, PROMPTS, alfa__clock() - start);
    free(embeddings);
    free(texts);
    return status;
}

static enum alfa_status time_all(struct bench *bench, struct alfa_error *err)
{
    const int images = bench->inputs.count, rounds = bench->kit.options.rounds;
    alfa__progress_start((rounds + 1) * images, "images");
    for (int round = 0; round <= rounds; round++) {
        for (int i = 0; i < images && !alfa__signals_caught(); i++) {
            ALFA__TRY(time_image(bench, &bench->inputs.items[i], round > 0, err));
            alfa__progress_step(round * images + i + 1);
        }
        if (round > 0 && !alfa__signals_caught())
            ALFA__TRY(time_prompts(bench, err));
    }
    return ALFA_OK;
}

/* ------------------------------------------------------------------ printing */

static int compare_numbers(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double minimum(const struct samples *sorted)
{
    return sorted->seconds[0];
}

static double median(const struct samples *sorted)
{
    return (sorted->seconds[(sorted->count - 1) / 2] + sorted->seconds[sorted->count / 2]) / 2;
}

/* What the system calls the processor. */
static void find_processor(char *out, size_t size)
{
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "r");
    snprintf(out, size, "unknown processor");
    while (file && fgets(line, sizeof line, file)) {
        const char *colon = strstr(line, ": ");
        if (strncmp(line, "model name", strlen("model name")) == 0 && colon) {
            snprintf(out, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
            break;
        }
    }
    if (file)
        fclose(file);
}

static int count_threads(const struct bench *bench)
{
    return bench->kit.options.threads > 0 ? bench->kit.options.threads : (int)sysconf(_SC_NPROCESSORS_ONLN);
}

static const char *plural(int count)
{
    return count == 1 ? "" : "s";
}

static int count_prompts(const struct bench *bench)
{
    return alfa_prompts_count(bench->kit.prompts, ALFA_NORMAL) +
           alfa_prompts_count(bench->kit.prompts, ALFA_ABNORMAL);
}

static void print_table(const struct bench *bench, const char *processor)
{
    const struct alfa_model_info *info = alfa_model_info(bench->kit.model);
    alfa__talk_print("model        %s, %s\n", info->name, info->precision);
    const int threads = count_threads(bench), images = bench->inputs.count,
              rounds = bench->samples[PROMPTS].count;
    alfa__talk_print("machine      %s, %d thread%s\n", processor, threads, plural(threads));
    alfa__talk_print("measured     %d image%s, %d round%s after a first one\n\n", images, plural(images),
                     rounds, plural(rounds));
    alfa__talk_print("stage             minimum       median\n");
    for (int i = 0; i < STAGES; i++) {
        alfa__talk_print("%-12s %9.1f ms %9.1f ms", stage_names[i], 1e3 * minimum(&bench->samples[i]),
                         1e3 * median(&bench->samples[i]));
        if (i == TOTAL)
            alfa__talk_print("  %.2f images a second", 1 / median(&bench->samples[i]));
        if (i == PROMPTS)
            alfa__talk_print("  %d sentences, once for each class", count_prompts(bench));
        putchar('\n');
    }
    alfa__talk_print("first answer %9.1f ms               from opening the model on\n", 1e3 * bench->first);
}

static void print_json(const struct bench *bench, const char *processor)
{
    const struct alfa_model_info *info = alfa_model_info(bench->kit.model);
    json_t *object = alfa__must(json_object()), *stages = alfa__must(json_object());
    alfa__json_add_text(object, "version", alfa_version());
    alfa__json_add_text(object, "model", info->name);
    alfa__json_add_text(object, "precision", info->precision);
    alfa__json_add_text(object, "processor", processor);
    alfa__json_add(object, "threads", json_integer(count_threads(bench)));
    alfa__json_add(object, "images", json_integer(bench->inputs.count));
    alfa__json_add(object, "rounds", json_integer(bench->samples[PROMPTS].count));
    alfa__json_add(object, "sentences", json_integer(count_prompts(bench)));
    alfa__json_add(object, "first_answer", json_real(bench->first));
    for (int i = 0; i < STAGES; i++) {
        json_t *stage = alfa__must(json_object());
        alfa__json_add(stage, "minimum", json_real(minimum(&bench->samples[i])));
        alfa__json_add(stage, "median", json_real(median(&bench->samples[i])));
        alfa__json_add(stages, stage_keys[i], stage);
    }
    alfa__json_add(object, "seconds", stages);
    alfa__json_print(object);
}

static void print(const struct bench *bench)
{
    char processor[256];
    find_processor(processor, sizeof processor);
    for (int i = 0; i < STAGES; i++)
        qsort(bench->samples[i].seconds, (size_t)bench->samples[i].count, sizeof(double), compare_numbers);
    if (bench->kit.options.json)
        print_json(bench, processor);
    else
        print_table(bench, processor);
}

static void close_all(struct bench *bench)
{
    for (int i = 0; i < STAGES; i++)
        free(bench->samples[i].seconds);
    alfa__outputs_free(bench->outputs);
    alfa__kit_close(&bench->kit);
    alfa__inputs_free(&bench->inputs);
    remove_folder(bench);
}

int alfa__cmd_bench(const struct alfa__options *options)
{
    struct bench bench = {.start = alfa__clock()};
    struct alfa_error err;
    enum alfa_status status = open_all(&bench, options, &err);
    if (status == ALFA_OK)
        status = time_all(&bench, &err);
    alfa__progress_stop();
    if (status == ALFA_OK && bench.samples[PROMPTS].count > 0)
        print(&bench);
    close_all(&bench);
    return status == ALFA_OK ? 0 : alfa__talk_fail(&err);
}
