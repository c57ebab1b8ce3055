/* parity MODEL_FOLDER [f32|bf16|int8] [GOLDEN_FOLDER]: compares the towers with golden.safetensors in a
 * folder, which the original library made with the same weights (tests/reference). Prints the worst cosine of
 * every kind of embedding and fails when one is below the bar of its precision, or a token id differs. */
#include "base/threads.h"
#include "clip/model.h"
#include "weights/safetensors.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct alfa_error err;
static int failures;
static double value_bar; /* of the value tokens, which int8 reaches with less accuracy than the embeddings */

static void need(enum alfa_status status)
{
    if (status != ALFA_OK) {
        fprintf(stderr, "%s: %s\n", err.source, err.message);
        exit(1);
    }
}

/* Numbers of a golden tensor, or NULL when the file has none of that name. */
static float *golden(const struct alfa__tensors *file, const char *name, size_t *count)
{
    const struct alfa__tensor *tensor = alfa__tensors_find(file, name);
    if (!tensor)
        return NULL;
    float *numbers = malloc(tensor->count * sizeof *numbers);
    alfa__tensor_read(tensor, 0, tensor->count, numbers);
    *count = tensor->count;
    return numbers;
}

static double cosine(const float *a, const float *b, int width)
{
    double ab = 0, aa = 0, bb = 0;
    for (int i = 0; i < width; i++) {
        ab += (double)a[i] * b[i];
        aa += (double)a[i] * a[i];
        bb += (double)b[i] * b[i];
    }
    return ab / sqrt(aa * bb);
}

/* Worst cosine and largest difference of the lengths over rows of width numbers. */
static void compare(const char *name, const float *ours, const float *theirs, size_t count, int width,
                    double bar)
{
    double worst = 2, length = 0;
    for (size_t r = 0; r < count / (size_t)width; r++) {
        const float *a = ours + r * (size_t)width, *b = theirs + r * (size_t)width;
        double c = cosine(a, b, width), ratio = 0, aa = 0, bb = 0;
        for (int i = 0; i < width; i++) {
            aa += (double)a[i] * a[i];
            bb += (double)b[i] * b[i];
        }
        ratio = fabs(sqrt(aa / bb) - 1);
        worst = c < worst ? c : worst;
        length = ratio > length ? ratio : length;
    }
    bool good = worst > bar && length < (bar > 0.9999 ? 1e-3 : 3e-2);
    failures += !good;
    printf("%-24s %6zu rows  worst cosine %.8f  length off by %.1e  %s\n", name, count / (size_t)width, worst,
           length, good ? "ok" : "FAILED");
}

static void check_windows(const struct alfa_model *model, const struct alfa__image_tower *tower,
                          const struct alfa__tokens *tokens, const struct alfa__tensors *file, int scale,
                          int image, struct alfa__arena *arena, double bar)
{
    const int width = model->info.embed_dim, grid = model->info.grid, count = alfa__window_count(grid, scale);
    const int length = scale == grid ? grid * grid + 1 : scale * scale + 1;
    char name[64], values_name[64];
    size_t size = 0, value_size = 0;
    if (scale == grid) {
        snprintf(name, sizeof name, "image_embeddings");
        snprintf(values_name, sizeof values_name, "value_tokens");
    } else {
        snprintf(name, sizeof name, "window%d_embeddings", scale);
        snprintf(values_name, sizeof values_name, "window%d_value_tokens", scale);
    }
    float *theirs = golden(file, name, &size), *their_values = golden(file, values_name, &value_size);
    if (!theirs)
        return;
    int *index = malloc((size_t)count * (size_t)length * sizeof *index);
    int *starts = malloc(((size_t)count + 1) * sizeof *starts);
    float *ours = malloc((size_t)count * (size_t)width * sizeof *ours);
    float *values = malloc((size_t)count * (size_t)length * (size_t)width * sizeof *values);
    alfa__window_index(grid, scale, index);
    for (int i = 0; i <= count; i++)
        starts[i] = i * length;
    const struct alfa__views views = {count, starts, index, ours, values, 0};
    need(alfa__image_tower_encode(tower, tokens, &(struct alfa__view_range){&views, 0, count, NULL}, arena,
                                  &err));
    compare(name, ours, theirs + (size_t)image * (size_t)count * (size_t)width, (size_t)count * (size_t)width,
            width, bar);
    if (their_values) {
        const size_t images = size / ((size_t)count * (size_t)width), each = value_size / images;
        compare(values_name, values, their_values + (size_t)image * each, each, width, value_bar);
    }
    free(index);
    free(starts);
    free(ours);
    free(values);
    free(theirs);
    free(their_values);
}

static void check_images(const struct alfa_model *model, const struct alfa__tensors *file, double bar)
{
    const struct alfa__image_tower *tower;
    struct alfa__arena arena = {0};
    const int side = model->info.image_size;
    size_t count = 0, features;
    float *pixels = golden(file, "pixels", &count), *stem = golden(file, "stem_features", &features);
    need(alfa__model_image_tower(model, &tower, &err));
    for (int image = 0; image < (int)(count / (3 * (size_t)side * (size_t)side)); image++) {
        struct alfa__tokens tokens;
        struct alfa__mark mark = alfa__arena_mark(&arena);
        const float *input = pixels + (size_t)image * 3 * (size_t)side * (size_t)side;
        need(alfa__image_tower_tokens(tower, &tokens, input, NULL, &arena, &err));
        if (stem) {
            const int width = alfa__stem_features(tower->stem), patches = model->info.grid * model->info.grid;
            float *ours = malloc((size_t)patches * (size_t)width * sizeof *ours);
            float *map = malloc((size_t)patches * (size_t)model->info.vision_width * sizeof *map);
            need(alfa__stem_run(tower->stem, input, &(struct alfa__stem_out){ours, map, NULL}, &arena, &err));
            compare("stem_features", ours, stem + (size_t)image * (size_t)patches * (size_t)width,
                    (size_t)patches * (size_t)width, width, bar);
            free(ours);
            free(map);
        }
        check_windows(model, tower, &tokens, file, model->info.grid, image, &arena, bar);
        for (int scale = 2; scale <= 4; scale++)
            if (scale < model->info.grid)
                check_windows(model, tower, &tokens, file, scale, image, &arena, bar);
        alfa__arena_reset(&arena, mark);
    }
    alfa__arena_free(&arena);
    free(pixels);
    free(stem);
}

static void check_texts(const struct alfa_model *model, const struct alfa__tensors *file, double bar)
{
    const int context = model->info.context_length, width = model->info.embed_dim;
    const struct alfa__tensor *ids = alfa__tensors_find(file, "text_ids");
    json_t *metadata = json_loads(file->metadata, 0, NULL);
    json_t *texts = json_loads(json_string_value(json_object_get(metadata, "texts")), 0, NULL);
    size_t size = 0, count = json_array_size(texts);
    float *theirs = golden(file, "text_embeddings", &size), *ours = malloc(size * sizeof *ours);
    const char **list = calloc(count, sizeof *list);
    int *own = calloc((size_t)context, sizeof *own), length, different = 0;
    for (size_t i = 0; i < count; i++) {
        list[i] = json_string_value(json_array_get(texts, i));
        memset(own, 0, (size_t)context * sizeof *own);
        need(alfa_model_tokenize(own, &length, NULL, model, list[i], &err));
        different +=
            memcmp(own, ids->bytes + i * (size_t)context * sizeof *own, (size_t)context * sizeof *own) != 0;
    }
    printf("%-24s %6zu rows  %d differ  %s\n", "text_ids", count, different, different ? "FAILED" : "ok");
    failures += different;
    need(alfa__model_embed_raw(model, ours, list, (int)count, NULL, &err));
    compare("text_embeddings", ours, theirs, size, width, bar);
    free(theirs);
    free(ours);
    free(list);
    free(own);
    json_decref(texts);
    json_decref(metadata);
}

/* photo.png beside the golden data, cut to the model's square as its library cuts it. */
static void check_photo(const struct alfa_model *model, const struct alfa__tensors *file, const char *folder,
                        double bar)
{
    struct alfa_image *image;
    char path[4096];
    size_t size = 0;
    float *theirs = golden(file, "photo_embedding", &size), *ours = malloc((size + 1) * sizeof *ours);
    if (theirs) {
        snprintf(path, sizeof path, "%s/photo.png", folder);
        need(alfa_image_load(&image, path, &err));
        need(alfa_model_embed_image(ours, model, image, ALFA_RESIZE_CROP, &err));
        double length = 0; /* ours has length 1 */
        for (size_t i = 0; i < size; i++)
            length += (double)theirs[i] * theirs[i];
        for (size_t i = 0; i < size; i++)
            theirs[i] /= (float)sqrt(length);
        compare("photo_embedding", ours, theirs, size, (int)size, bar);
        alfa_image_free(image);
    }
    free(theirs);
    free(ours);
}

int main(int argc, char **argv)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    struct alfa__tensors file = {0};
    struct alfa_model *model;
    char path[4096];
    if (argc < 2)
        return 2;
    const bool bf16 = argc > 2 && strcmp(argv[2], "bf16") == 0;
    const bool int8 = argc > 2 && strcmp(argv[2], "int8") == 0;
    const double bar = bf16 || int8 ? 0.9995 : 0.99999;
    value_bar = int8 ? 0.999 : bar;
    if (bf16 && !alfa__has_bf16()) {
        printf("this processor has no bf16: nothing to compare\n");
        return 77; /* CTest: skipped */
    }
    if (int8 && alfa__byte_levels() < 255) {
        printf("this processor has no VNNI: seven bits do not reach the bar\n");
        return 77;
    }
    if (argc > 4) /* of weights that do not say it */
        options.activation = strcmp(argv[4], "gelu") == 0 ? ALFA_ACTIVATION_GELU : ALFA_ACTIVATION_QUICK_GELU;
    options.precision = bf16 ? ALFA_PRECISION_BF16 : int8 ? ALFA_PRECISION_INT8 : ALFA_PRECISION_F32;
    snprintf(path, sizeof path, "%s/golden.safetensors", argc > 3 ? argv[3] : argv[1]);
    need(alfa_model_open(&model, argv[1], &options, &err));
    need(alfa__safetensors_open(&file, path, &err));
    (void)alfa__team_enter(model->threads);
    check_images(model, &file, bar);
    check_texts(model, &file, bar);
    check_photo(model, &file, argc > 3 ? argv[3] : argv[1], bar);
    alfa__tensors_close(&file);
    alfa_model_free(model);
    return failures ? 1 : 0;
}
