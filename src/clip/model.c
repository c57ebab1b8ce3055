#include "clip/model.h"
#include "base/hash.h"
#include "base/options.h"
#include "base/room.h"
#include "base/strings.h"
#include "base/threads.h"
#include "clip/merges.h"
#include "clip/quantise.h"
#include "weights/vocabulary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PACKS_FROM 50000000 /* smaller models are read and packed at once */

/* ------------------------------------------------------------------ opening */

/* The path's last part without slashes at its end. */
static char *last_name(const char *path)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    return alfa__format("%.*s", (int)(end - begin), path + begin);
}

/* The folder's own merges (merges.txt, or tokenizer.json as transformers 5 writes it), or the CLIP vocabulary
 * that is compiled in. */
static enum alfa_status open_tokenizer(struct alfa_model *model, struct alfa_error *err)
{
    const struct alfa__config *c = &model->config;
    const enum alfa__cleaning cleaning =
        c->layout == ALFA__HUGGING_FACE ? ALFA__CLEANING_TRANSFORMERS : ALFA__CLEANING_OPEN_CLIP;
    char *path, *text;
    size_t size;
    ALFA__TRY(alfa__merges_find(&path, &text, &size, model->weights.folder, c, err));
    const enum alfa_status status =
        alfa__tokenizer_parse(&model->tokenizer, text ? text : alfa__clip_merges,
                              text ? size : alfa__clip_merges_size(), text ? path : "CLIP's merges",
                              (struct alfa__vocabulary){c->vocab_size, c->context_length, cleaning}, err);
    free(path);
    free(text);
    return status;
}

/* Loads both towers without reading a number: every tensor must be there and have its shape, and none may be
 * left over. */
static enum alfa_status check_towers(struct alfa_model *model, struct alfa_error *err)
{
    struct alfa__image_tower image = {0};
    struct alfa__text_tower text = {0};
    model->weights.check_only = true;
    enum alfa_status status =
        alfa__image_tower_load(&image, &model->weights, &model->config, model->type, err);
    if (status == ALFA_OK)
        status = alfa__text_tower_load(&text, &model->weights, &model->config, model->type, err);
    model->weights.check_only = false;
    alfa__image_tower_free(&image);
    alfa__text_tower_free(&text);
    return status == ALFA_OK ? alfa__weights_check_used(&model->weights, err) : status;
}

static void fill_info(struct alfa_model *model)
{
    const struct alfa__config *c = &model->config;
    model->info = (struct alfa_model_info){
        .name = model->name,
        .layout = c->layout == ALFA__OPEN_CLIP ? "open_clip" : "huggingface",
        .precision = model->int8                 ? "int8"
                     : model->type == ALFA__BF16 ? "bf16"
                                                 : "f32",
        .fingerprint = model->weights.fingerprint,
        .activation = c->quick_gelu ? "quick_gelu" : "gelu",
        .stem = c->stem.present ? "efficientnet-lite0" : "patch",
        .embed_dim = c->embed_dim,
        .image_size = c->image_size,
        .patch_size = c->patch_size,
        .grid = c->image_size / c->patch_size,
        .vision_width = c->vision.width,
        .vision_layers = c->vision.layers,
        .vision_heads = c->vision.heads,
        .text_width = c->text.width,
        .text_layers = c->text.layers,
        .text_heads = c->text.heads,
        .context_length = c->context_length,
        .vocab_size = c->vocab_size,
        .parameters = model->weights.parameters,
        .config = model->weights.config_from,
    };
}

static enum alfa_status open_all(struct alfa_model *model, const char *path,
                                 const struct alfa_model_options *options, struct alfa_error *err)
{
    model->threads = alfa__threads_of(options->threads);
    const bool bf16 = options->precision == ALFA_PRECISION_BF16 ||
                      (options->precision != ALFA_PRECISION_F32 && alfa__has_fast_bf16());
    model->type = bf16 ? ALFA__BF16 : ALFA__F32;
    model->int8 = options->precision == ALFA_PRECISION_INT8;
    model->packs_from = PACKS_FROM;
    model->name = options->name ? alfa__strdup(options->name) : last_name(path);
    model->cache_dir = options->cache_dir ? alfa__strdup(options->cache_dir) : NULL;
    if (!model->name || (options->cache_dir && !model->cache_dir))
        return alfa__fail_memory(err, strlen(path));
    ALFA__TRY(alfa__weights_open(&model->weights, &model->config, path, options->activation, model->cache_dir,
                                 err));
    ALFA__TRY(check_towers(model, err));
    ALFA__TRY(open_tokenizer(model, err));
    fill_info(model);
    return ALFA_OK;
}

static enum alfa_status check_options(const struct alfa_model_options *options, struct alfa_error *err)
{
    if (options->threads < 0 || options->threads > 1024)
        return alfa__fail(err, ALFA_ERROR_USAGE, NULL, "threads is %d: give 1 to 1024, or 0 for all",
                          options->threads);
    if (options->precision < ALFA_PRECISION_AUTO || options->precision > ALFA_PRECISION_INT8)
        return alfa__fail(err, ALFA_ERROR_USAGE, NULL, "unknown precision");
    if (options->activation < ALFA_ACTIVATION_AUTO || options->activation > ALFA_ACTIVATION_QUICK_GELU)
        return alfa__fail(err, ALFA_ERROR_USAGE, NULL, "unknown activation");
    if (options->precision == ALFA_PRECISION_BF16 && !alfa__has_bf16())
        return alfa__fail(err, ALFA_ERROR_USAGE, NULL, "this processor has no bf16: use precision f32");
    return ALFA_OK;
}

enum alfa_status alfa_model_open(struct alfa_model **out, const char *path,
                                 const struct alfa_model_options *given, struct alfa_error *err)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    ALFA__NEED_OUT(out, err);
    ALFA__NEED(path, "path", err);
    ALFA__TRY(alfa__options_take(&options, sizeof options, given, "ALFA_MODEL_OPTIONS_INIT", err));
    ALFA__TRY(alfa__processor_know(err));
    ALFA__TRY(check_options(&options, err));
    struct alfa_model *model = calloc(1, sizeof *model);
    if (!model)
        return alfa__fail_memory(err, sizeof *model);
    pthread_mutex_init(&model->lock, NULL);
    enum alfa_status status = open_all(model, path, &options, err);
    if (status == ALFA_OK)
        *out = model;
    else
        alfa_model_free(model);
    return status;
}

void alfa_model_free(struct alfa_model *model)
{
    if (!model)
        return;
    alfa__image_tower_free(&model->image_tower);
    alfa__text_tower_free(&model->text_tower);
    alfa__tokenizer_free(model->tokenizer);
    alfa__packs_close(model->image_packs);
    alfa__packs_close(model->text_packs);
    alfa__weights_close(&model->weights);
    pthread_mutex_destroy(&model->lock);
    free(model->name);
    free(model->cache_dir);
    free(model);
}

const struct alfa_model_info *alfa_model_info(const struct alfa_model *model)
{
    return model ? &model->info : NULL;
}

/* ------------------------------------------------------------------ towers */

enum alfa__fit alfa__model_fit(const struct alfa_model *model, enum alfa_resize resize)
{
    if (resize == ALFA_RESIZE_SQUASH || model->config.squash)
        return ALFA__FIT_SQUASH;
    return model->config.layout == ALFA__HUGGING_FACE ? ALFA__FIT_CROP_DOWN : ALFA__FIT_CROP;
}

/* The file for a tower's packed weights; NULL when the model is small or has no cache. Its name belongs to
 * the weights' path, the type and the kind of processor, so that models and machines that share a folder do
 * not displace each other; its identity to the weights themselves, so that other weights at that path do. */
static struct alfa__packs *open_packs(const struct alfa_model *model, const char *tower)
{
    const struct alfa__weights *weights = &model->weights;
    struct stat info;
    if (!model->cache_dir || weights->parameters < model->packs_from || stat(weights->path, &info) != 0)
        return NULL;
    const long long file[] = {info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
    const uint64_t identity =
        alfa__hash(alfa__hash_text(ALFA__HASH_START, weights->fingerprint), file, sizeof file);
    struct alfa__packs *packs = NULL;
    char *path = realpath(weights->path, NULL), *folder = alfa__format("%s/weights", model->cache_dir);
    char *name = path ? alfa__format("%016llx-%s-%s.packed",
                                     (unsigned long long)alfa__hash_text(alfa__linear_packing(), path), tower,
                                     model->type == ALFA__BF16 ? "bf16" : "f32")
                      : NULL;
    if (folder && name)
        packs = alfa__packs_open(folder, name, identity);
    free(path);
    free(folder);
    free(name);
    return packs;
}

/* Of the tensors that a tower keeps in memory; of the token embedding only rows are read, where they lie. */
static long long tower_bytes(const struct alfa_model *model, bool image)
{
    long long numbers = 0;
    for (size_t i = 0; i < model->weights.request_count; i++) {
        const struct alfa__request *request = &model->weights.requests[i];
        long long count = 1;
        if ((strncmp(request->name, "visual.", 7) == 0) != image ||
            strcmp(request->name, "token_embedding.weight") == 0)
            continue;
        for (int axis = 0; axis < request->rank; axis++)
            count *= (long long)request->shape[axis];
        numbers += count;
    }
    return numbers * (model->type == ALFA__BF16 ? 2 : 4);
}

static enum alfa_status check_room(const struct alfa_model *model, bool image, bool text, long long room,
                                   struct alfa_error *err)
{
    char needed[ALFA__BYTES_TEXT], there[ALFA__BYTES_TEXT];
    const long long bytes = (image ? tower_bytes(model, true) : 0) + (text ? tower_bytes(model, false) : 0);
    if (room < 0 || bytes <= room)
        return ALFA_OK;
    alfa__format_bytes(needed, bytes);
    alfa__format_bytes(there, room);
    return alfa__fail(err, ALFA_ERROR_MEMORY, model->name,
                      "needs %s of memory for its weights in %s, and %s are free: take a smaller model%s",
                      needed, model->type == ALFA__BF16 ? "bf16" : "f32", there,
                      model->type == ALFA__F32 && alfa__has_bf16() ? ", or precision bf16" : "");
}

enum alfa_status alfa__model_check_room(const struct alfa_model *model, bool image, bool text,
                                        struct alfa_error *err)
{
    struct alfa_model *own = (struct alfa_model *)model;
    pthread_mutex_lock(&own->lock);
    const enum alfa_status status = check_room(model, image && !model->has_image_tower,
                                               text && !model->has_text_tower, alfa__room_free(""), err);
    pthread_mutex_unlock(&own->lock);
    return status;
}

static enum alfa_status load_image_tower(struct alfa_model *model, struct alfa_error *err)
{
    struct alfa__weights *weights = &model->weights;
    ALFA__TRY(check_room(model, true, false, alfa__room_free(""), err));
    weights->packs = model->image_packs = open_packs(model, "image");
    enum alfa_status status =
        alfa__image_tower_load(&model->image_tower, weights, &model->config, model->type, err);
    if (status == ALFA_OK)
        alfa__packs_finish(model->image_packs);
    if (status == ALFA_OK && model->int8)
        status = alfa__image_tower_quantise(&model->image_tower, weights, err);
    weights->packs = NULL;
    if (status != ALFA_OK) {
        alfa__image_tower_free(&model->image_tower);
        alfa__packs_close(model->image_packs);
        model->image_packs = NULL;
    }
    return status;
}

static enum alfa_status load_text_tower(struct alfa_model *model, struct alfa_error *err)
{
    struct alfa__weights *weights = &model->weights;
    ALFA__TRY(check_room(model, false, true, alfa__room_free(""), err));
    weights->packs = model->text_packs = open_packs(model, "text");
    enum alfa_status status =
        alfa__text_tower_load(&model->text_tower, weights, &model->config, model->type, err);
    weights->packs = NULL;
    if (status == ALFA_OK) {
        alfa__packs_finish(model->text_packs);
    } else {
        alfa__text_tower_free(&model->text_tower);
        alfa__packs_close(model->text_packs);
        model->text_packs = NULL;
    }
    return status;
}

enum alfa_status alfa__model_image_tower(const struct alfa_model *model, const struct alfa__image_tower **out,
                                         struct alfa_error *err)
{
    struct alfa_model *own = (struct alfa_model *)model;
    enum alfa_status status = ALFA_OK;
    pthread_mutex_lock(&own->lock);
    if (!own->has_image_tower) {
        status = load_image_tower(own, err);
        own->has_image_tower = status == ALFA_OK;
    }
    pthread_mutex_unlock(&own->lock);
    *out = &own->image_tower;
    return status;
}

enum alfa_status alfa__model_text_tower(const struct alfa_model *model, const struct alfa__text_tower **out,
                                        struct alfa_error *err)
{
    struct alfa_model *own = (struct alfa_model *)model;
    enum alfa_status status = ALFA_OK;
    pthread_mutex_lock(&own->lock);
    if (!own->has_text_tower) {
        status = load_text_tower(own, err);
        own->has_text_tower = status == ALFA_OK;
    }
    pthread_mutex_unlock(&own->lock);
    *out = &own->text_tower;
    return status;
}

/* ------------------------------------------------------------------ embeddings */

void alfa__normalise_rows(float *rows, int count, int width)
{
    for (int r = 0; r < count; r++) {
        float *row = rows + (size_t)r * (size_t)width;
        double squares = 0;
        for (int i = 0; i < width; i++)
            squares += (double)row[i] * (double)row[i];
        const double scale = squares > 0 ? 1.0 / sqrt(squares) : 0.0;
        for (int i = 0; i < width; i++)
            row[i] = (float)(row[i] * scale);
    }
}

/* Ids up to the first end token, which is where the tower reads its result. */
static enum alfa_status tokenize(const struct alfa_model *model, int *ids, int *length, int *truncated,
                                 const char *text, struct alfa_error *err)
{
    bool cut = false;
    ALFA__TRY(alfa__tokenizer_encode(model->tokenizer, ids, length, &cut, text, err));
    for (int i = 0; i < *length; i++)
        if (ids[i] == model->config.vocab_size - 1)
            *length = i + 1;
    *truncated += cut;
    return ALFA_OK;
}

static enum alfa_status embed(const struct alfa_model *model, float *out, const char *const *texts, int count,
                              int *truncated, struct alfa_error *err)
{
    const struct alfa__text_tower *tower;
    struct alfa__arena arena = {0};
    int cut = 0;
    ALFA__TRY(alfa__model_text_tower(model, &tower, err));
    int *lengths = alfa__arena_array(&arena, (size_t)count, sizeof *lengths);
    int *ids = alfa__arena_array(&arena, (size_t)count * (size_t)model->config.context_length, sizeof *ids);
    enum alfa_status status = lengths && ids ? ALFA_OK : alfa__fail_memory(err, (size_t)count * sizeof *ids);
    for (int i = 0; i < count && status == ALFA_OK; i++)
        status = tokenize(model, ids + (size_t)i * (size_t)model->config.context_length, &lengths[i], &cut,
                          texts[i], err);
    if (status == ALFA_OK)
        status = alfa__text_tower_encode(tower, &(struct alfa__texts){ids, lengths, count}, out, &arena, err);
    if (truncated)
        *truncated = cut;
    alfa__arena_free(&arena);
    return status;
}

enum alfa_status alfa__model_embed_raw(const struct alfa_model *model, float *out, const char *const *texts,
                                       int count, int *truncated, struct alfa_error *err)
{
    const struct alfa__team team = alfa__team_enter(model->threads);
    enum alfa_status status = embed(model, out, texts, count, truncated, err);
    alfa__team_leave(team);
    return status;
}

enum alfa_status alfa_model_embed_texts(float *out, int *truncated, const struct alfa_model *model,
                                        const char *const *texts, int count, struct alfa_error *err)
{
    ALFA__NEED(out, "out", err);
    ALFA__NEED(model, "model", err);
    if (count < 0 || (count && !texts))
        return alfa__fail(err, ALFA_ERROR_USAGE, "texts", "are %d and lie nowhere", count);
    for (int i = 0; i < count; i++)
        ALFA__NEED(texts[i], "texts", err);
    ALFA__TRY(alfa__model_embed_raw(model, out, texts, count, truncated, err));
    alfa__normalise_rows(out, count, model->config.embed_dim);
    return ALFA_OK;
}

enum alfa_status alfa_model_tokenize(int *out, int *count, bool *truncated, const struct alfa_model *model,
                                     const char *text, struct alfa_error *err)
{
    ALFA__NEED(out, "out", err);
    ALFA__NEED(count, "count", err);
    ALFA__NEED(model, "model", err);
    ALFA__NEED(text, "text", err);
    return alfa__tokenizer_encode(model->tokenizer, out, count, truncated, text, err);
}
