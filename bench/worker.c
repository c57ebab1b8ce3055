/* alfa as bench/run.py sees it: opens a model, then answers one command a line with one JSON object a line.
 *
 *     bench_worker MODEL auto|f32|bf16|int8 THREADS PICTURE SENTENCES CACHE
 *
 *     vectors FILE   f(x) and the windows' embeddings of scales 2 and 3 as float32
 *     texts FILE     the sentences' embeddings as float32
 *     image          seconds of judging the picture: resize, towers, scores, map, regions
 *     prompts        seconds of embedding all sentences
 *     cached         seconds of opening a detector whose sentences are in the cache
 *     flight N M     seconds of judging M pictures by N threads that share the model
 *
 * "processor" is the processor time of all threads together, "megabytes" the most memory up to now.
 */
#include "base/clock.h"
#include "clip/features.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { MAX_SENTENCES = 1000, MAX_THREADS = 64 };

static struct alfa_model *model;
static struct alfa_image *picture;
static struct alfa_prompts *prompts;
static struct alfa_detector *detector;
static const char *sentences[MAX_SENTENCES];
static int sentence_count;

static void check(enum alfa_status status, const struct alfa_error *err)
{
    if (status == ALFA_OK)
        return;
    fprintf(stderr, "bench_worker: %s: %s\n", err->source, err->message);
    exit(1);
}

static void read_sentences(const char *path)
{
    static char lines[MAX_SENTENCES][512];
    FILE *file = fopen(path, "r");
    while (file && sentence_count < MAX_SENTENCES && fgets(lines[sentence_count], 512, file)) {
        lines[sentence_count][strcspn(lines[sentence_count], "\n")] = 0;
        sentences[sentence_count] = lines[sentence_count];
        sentence_count++;
    }
    if (file)
        fclose(file);
}

/* Names stand in the order of enum alfa_precision. */
static enum alfa_precision find_precision(const char *name)
{
    static const char *const names[] = {"auto", "f32", "bf16", "int8"};
    int i = 0;
    while (i < 3 && strcmp(names[i], name) != 0)
        i++;
    return (enum alfa_precision)i;
}

static void open_all(char **argv)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    struct alfa_error err;
    options.precision = find_precision(argv[2]);
    options.threads = atoi(argv[3]);
    options.cache_dir = argv[6];
    check(alfa_model_open(&model, argv[1], &options, &err), &err);
    check(alfa_image_load(&picture, argv[4], &err), &err);
    check(alfa_prompts_open(&prompts, "bottle", NULL, &err), &err);
    check(alfa_detector_open(&detector, model, prompts, NULL, &err), &err);
    read_sentences(argv[5]);
}

/* ------------------------------------------------------------------ commands */

static void write_vectors(const char *path)
{
    const struct alfa__feature_request request = {.scales = {2, 3}};
    struct alfa__arena arena = {0};
    struct alfa__features f;
    struct alfa_error err;
    check(alfa__features_run(model, &f, picture, ALFA_RESIZE_SQUASH, &request, &arena, &err), &err);
    FILE *file = fopen(path, "wb");
    if (!file)
        exit(1);
    fwrite(f.image, sizeof(float), (size_t)f.dim, file);
    for (int i = 0; i < f.scale_count; i++)
        fwrite(f.windows[i].embeddings, sizeof(float), (size_t)f.windows[i].count * (size_t)f.dim, file);
    fclose(file);
    alfa__arena_free(&arena);
}

/* path NULL: only computed. */
static void embed_sentences(const char *path)
{
    const size_t numbers = (size_t)sentence_count * (size_t)alfa_model_info(model)->embed_dim;
    float *out = malloc(numbers * sizeof *out);
    struct alfa_error err;
    check(alfa_model_embed_texts(out, NULL, model, sentences, sentence_count, &err), &err);
    FILE *file = path ? fopen(path, "wb") : NULL;
    if (file) {
        fwrite(out, sizeof *out, numbers, file);
        fclose(file);
    }
    free(out);
}

static void judge(struct alfa_detector *with)
{
    struct alfa_result *result;
    struct alfa_error err;
    check(alfa_detector_run(&result, with, picture, &err), &err);
    alfa_result_free(result);
}

static void open_detector(struct alfa_detector **out)
{
    struct alfa_error err;
    check(alfa_detector_open(out, model, prompts, NULL, &err), &err);
}

static void open_cached(void)
{
    struct alfa_detector *second;
    open_detector(&second);
    alfa_detector_free(second);
}

struct flight {
    pthread_t thread;
    struct alfa_detector *detector;
    int images;
};

static void *fly(void *argument)
{
    const struct flight *flight = argument;
    for (int i = 0; i < flight->images; i++)
        judge(flight->detector);
    return NULL;
}

/* Opening detectors is not measured: their sentences come from the cache. */
static double time_flight(int threads, int images)
{
    struct flight flights[MAX_THREADS];
    for (int i = 0; i < threads; i++) {
        open_detector(&flights[i].detector);
        flights[i].images = images / threads;
    }
    const double start = alfa__clock();
    for (int i = 0; i < threads; i++)
        pthread_create(&flights[i].thread, NULL, fly, &flights[i]);
    for (int i = 0; i < threads; i++)
        pthread_join(flights[i].thread, NULL);
    const double seconds = alfa__clock() - start;
    for (int i = 0; i < threads; i++)
        alfa_detector_free(flights[i].detector);
    return seconds;
}

static double run(const char *line)
{
    char path[4096];
    int threads, images;
    const double start = alfa__clock();
    if (sscanf(line, "vectors %4095s", path) == 1)
        write_vectors(path);
    else if (sscanf(line, "texts %4095s", path) == 1)
        embed_sentences(path);
    else if (strcmp(line, "image") == 0)
        judge(detector);
    else if (strcmp(line, "prompts") == 0)
        embed_sentences(NULL);
    else if (strcmp(line, "cached") == 0)
        open_cached();
    else if (sscanf(line, "flight %d %d", &threads, &images) == 2 && threads > 0 && threads <= MAX_THREADS)
        return time_flight(threads, images);
    else
        fprintf(stderr, "bench_worker: no such command: %s\n", line), exit(2);
    return alfa__clock() - start;
}

int main(int argc, char **argv)
{
    char line[5000];
    if (argc != 7) {
        fprintf(stderr, "usage: bench_worker MODEL PRECISION THREADS PICTURE SENTENCES CACHE\n");
        return 2;
    }
    open_all(argv);
    puts("{}");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        struct rusage used;
        line[strcspn(line, "\n")] = 0;
        const clock_t before = clock();
        const double seconds = run(line), processor = (double)(clock() - before) / CLOCKS_PER_SEC;
        getrusage(RUSAGE_SELF, &used);
        printf("{\"seconds\": %.9f, \"processor\": %.6f, \"megabytes\": %.1f}\n", seconds, processor,
               (double)used.ru_maxrss / 1024);
        fflush(stdout);
    }
    alfa_detector_free(detector);
    alfa_prompts_free(prompts);
    alfa_image_free(picture);
    alfa_model_free(model);
    return 0;
}
