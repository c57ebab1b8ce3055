#include "weights/weights.h"
#include "base/strings.h"
#include "weights/fingerprint.h"
#include "weights/folder.h"
#include "weights/known.h"
#include "weights/shapes.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ fingerprint */

static enum alfa_status make_fingerprint(struct alfa__weights *weights, const struct alfa__config *config,
                                         const char *cache, struct alfa_error *err)
{
    const char *beside[5] = {"merges.txt"};
    int count = 1;
    if (weights->config_path)
        beside[count++] = alfa__path_name(weights->config_path);
    if (config->layout == ALFA__HUGGING_FACE) {
        beside[count++] = "preprocessor_config.json";
        beside[count++] = "processor_config.json";
    }
    for (size_t i = 0; i < weights->file.count; i++)
        if (weights->file.list[i].dtype <= ALFA__DTYPE_BF16)
            weights->parameters += (long long)weights->file.list[i].count;
    const struct alfa__makings model = {&weights->file, weights->folder, beside,
                                        !weights->config_path && config->quick_gelu};
    return alfa__fingerprint(weights->fingerprint, &model, cache, err);
}

/* ------------------------------------------------------------------ whose names */

/* What else people give, by a part of a tensor's name that gives it away. */
static const struct {
    const char *part, *what;
} strangers[] = {
    {"text_decoder.", "a CoCa"},
    {"visual.attnpool.", "a ResNet"},
    {"visual.layer1.", "a ResNet"},
    {"visual.trunk.", "a model with an image tower of timm (such as SigLIP, ConvNeXt or EVA)"},
    {"vision_model.head.probe", "a SigLIP"},
    {"visual.blocks.", "an EVA"},
    {"text.transformer.encoder.", "a model with a text tower of transformers"},
    {"lora_", "a LoRA adapter"},
    {"patch_embed.", "an image tower alone"},
};

/* Bytes before the name of a CLIP's first tensor, such as those of "module."; *at is whose name. */
static size_t find_prefix(size_t *at, const struct alfa__tensors *file)
{
    static const char *const known[] = {"visual.class_embedding", "vision_model.embeddings.class_embedding"};
    for (size_t i = 0; i < file->count; i++)
        for (size_t k = 0; k < 2; k++) {
            const char *name = file->list[i].name;
            const size_t size = strlen(name), tail = strlen(known[k]);
            *at = i;
            if (size > tail && name[size - tail - 1] == '.' && strcmp(name + size - tail, known[k]) == 0)
                return size - tail;
        }
    return 0;
}

static bool has_prefix(const struct alfa__tensors *file, size_t i, size_t at, size_t prefix)
{
    return strncmp(file->list[i].name, file->list[at].name, prefix) == 0;
}

/* A CLIP that is a part of something larger. */
static enum alfa_status refuse_part(const struct alfa__weights *weights, struct alfa_error *err)
{
    const struct alfa__tensors *file = &weights->file;
    size_t at;
    const size_t prefix = find_prefix(&at, file);
    for (size_t i = 0; i < file->count && prefix; i++)
        if (!has_prefix(file, i, at, prefix))
            return alfa__fail(err, ALFA_ERROR_MODEL, weights->path,
                              "has a CLIP whose tensors begin with \"%.*s\", and others beside it, such as "
                              "%.100s: save the CLIP alone",
                              (int)prefix, file->list[at].name, file->list[i].name);
    return ALFA_OK;
}

/* As pipelines that draw pictures keep it. */
static bool is_text_tower(const struct alfa__tensors *file)
{
    bool reads = false, sees = false;
    for (size_t i = 0; i < file->count; i++) {
        reads = reads || strstr(file->list[i].name, "token_embedding");
        sees = sees || strstr(file->list[i].name, "visual.") || strstr(file->list[i].name, "vision_model.");
    }
    return reads && !sees;
}

static enum alfa_status refuse_names(const struct alfa__weights *weights, struct alfa_error *err)
{
    const struct alfa__tensors *file = &weights->file;
    for (size_t k = 0; k < sizeof strangers / sizeof *strangers; k++)
        for (size_t i = 0; i < file->count; i++)
            if (strstr(file->list[i].name, strangers[k].part))
                return alfa__fail(err, ALFA_ERROR_MODEL, weights->path,
                                  "is %s (tensor %.100s): only plain CLIP ViT models are supported",
                                  strangers[k].what, file->list[i].name);
    ALFA__TRY(refuse_part(weights, err));
    if (is_text_tower(file))
        return alfa__fail(err, ALFA_ERROR_MODEL, weights->path,
                          "is a text tower alone: it lacks the image tower, which looks at photographs");
    return alfa__fail(err, ALFA_ERROR_MODEL, weights->path, "does not hold a CLIP: %s%.100s%s",
                      file->count ? "its first tensor is \"" : "it has no tensors",
                      file->count ? file->list[0].name : "", file->count ? "\"" : "");
}

/* What wrappers of modules put before every name, such as "module." of data-parallel training, is left out
 * where all tensors have it. */
static void drop_prefix(struct alfa__tensors *file)
{
    size_t at;
    const size_t prefix = find_prefix(&at, file);
    for (size_t i = 0; i < file->count && prefix; i++)
        if (!has_prefix(file, i, at, prefix))
            return;
    for (size_t i = 0; prefix && i < file->count; i++)
        memmove(file->list[i].name, file->list[i].name + prefix, strlen(file->list[i].name + prefix) + 1);
}

/* Opens the file; its names must be open_clip's or Hugging Face's. */
static enum alfa_status open_file(struct alfa__weights *out, const char *path, struct alfa_error *err)
{
    out->path = alfa__strdup(path);
    if (!out->path)
        return alfa__fail_memory(err, strlen(path) + 1);
    ALFA__TRY(alfa__tensors_open(&out->file, path, err));
    drop_prefix(&out->file);
    out->hugging_face = alfa__tensors_find(&out->file, "vision_model.embeddings.class_embedding") != NULL;
    out->text_prefix = !alfa__tensors_find(&out->file, "token_embedding.weight") &&
                       alfa__tensors_find(&out->file, "text.token_embedding.weight");
    return ALFA_OK;
}

static bool holds_clip(const struct alfa__weights *weights)
{
    return weights->hugging_face || alfa__tensors_find(&weights->file, "visual.class_embedding");
}

static void close_file(struct alfa__weights *weights)
{
    alfa__tensors_close(&weights->file);
    free(weights->path);
    weights->path = NULL;
}

/* The first file that holds a CLIP; a folder may hold the image tower alone beside it. A damaged file is an
 * error, never a reason to take another one. */
static enum alfa_status choose_file(struct alfa__weights *out, const struct alfa__model_folder *folder,
                                    struct alfa_error *err)
{
    enum alfa_status status = alfa__model_folder_refuse(folder, err);
    for (int i = 0; i < folder->count; i++) {
        struct alfa_error reason;
        close_file(out);
        const enum alfa_status opened = open_file(out, folder->weights[i], &reason);
        if (opened == ALFA_OK && holds_clip(out))
            return ALFA_OK;
        if (opened == ALFA_OK)
            refuse_names(out, &reason);
        if (i == 0 || opened != ALFA_OK) {
            status = opened == ALFA_OK ? ALFA_ERROR_MODEL : opened;
            if (err)
                *err = reason;
        }
        if (opened != ALFA_OK)
            break;
    }
    return status;
}

/* ------------------------------------------------------------------ config */

/* The config that belongs to the weights: of two, the one of the library whose names they have. */
static const char *choose_config(const struct alfa__model_folder *folder, bool hugging_face)
{
    if (folder->open_clip && folder->hugging_face)
        return hugging_face ? folder->hugging_face : folder->open_clip;
    return folder->open_clip ? folder->open_clip : folder->hugging_face;
}

/* Whether the file's name begins with "SHAPE-TAG", as open_clip names its downloads, where the case of
 * letters and the difference between '-' and '_' do not count. */
static bool is_named(const char *file, const struct alfa__known *known)
{
    char name[128];
    const int size = snprintf(name, sizeof name, "%s-%s", known->shape, known->tag);
    for (int i = 0; i < size; i++) {
        const char a = g_ascii_tolower(file[i]), b = g_ascii_tolower(name[i]);
        if ((a == '_' ? '-' : a) != (b == '_' ? '-' : b))
            return false;
    }
    return !g_ascii_isalnum(file[size]);
}

static const struct alfa__known *find_known(const char *path)
{
    const char *file = alfa__path_name(path);
    for (const struct alfa__known *known = alfa__known_models; known->shape; known++)
        if (is_named(file, known))
            return known;
    return NULL;
}

/* What a known name, or the shapes and an archive say; the activation must come from someone. */
static enum alfa_status derive_config(struct alfa__config *out, struct alfa__weights *weights,
                                      enum alfa_activation said, struct alfa_error *err)
{
    const enum alfa_activation activation = said ? said : weights->file.activation;
    const struct alfa__known *known = find_known(weights->path);
    weights->config_from = known ? alfa__format("alfa's table: %s:%s", known->shape, known->tag)
                                 : alfa__strdup("shapes of the tensors");
    if (!weights->config_from)
        return alfa__fail_memory(err, 256);
    if (known) {
        alfa__known_config(out, known);
        return alfa__config_check(out, weights->path, err);
    }
    ALFA__TRY(alfa__shapes_config(out, weights, err));
    if (!activation)
        return alfa__fail(
            err, ALFA_ERROR_MODEL, weights->path,
            "does not say its activation, and no config is beside it: put "
            "open_clip_config.json there, or give --activation quick_gelu (OpenAI's weights) or "
            "gelu (most others)");
    out->quick_gelu = activation == ALFA_ACTIVATION_QUICK_GELU;
    return ALFA_OK;
}

static enum alfa_status check_activation(const struct alfa__config *config, const char *path,
                                         enum alfa_activation said, struct alfa_error *err)
{
    if (said && config->quick_gelu != (said == ALFA_ACTIVATION_QUICK_GELU))
        return alfa__fail(err, ALFA_ERROR_MODEL, path,
                          "says that the activation is %s: leave --activation out",
                          config->quick_gelu ? "quick_gelu" : "gelu");
    return ALFA_OK;
}

static enum alfa_status read_config(struct alfa__weights *out, struct alfa__config *config,
                                    const struct alfa__model_folder *folder, enum alfa_activation said,
                                    struct alfa_error *err)
{
    const char *path = choose_config(folder, out->hugging_face);
    if (!path) {
        ALFA__TRY(derive_config(config, out, said, err));
        return check_activation(config, out->path, said, err);
    }
    out->config_path = alfa__strdup(path);
    out->config_from = alfa__strdup(path);
    if (!out->config_path || !out->config_from)
        return alfa__fail_memory(err, strlen(path) + 1);
    ALFA__TRY(alfa__config_read(config, path, err));
    return check_activation(config, path, said, err);
}

/* A folder without usable weights: what its config says about it says more than that they are missing. */
static enum alfa_status explain(const struct alfa__model_folder *folder, enum alfa_status status,
                                struct alfa_error *err)
{
    struct alfa__config config;
    struct alfa_error reason;
    const char *path = choose_config(folder, false);
    if (status == ALFA_ERROR_MODEL && path && alfa__config_read(&config, path, &reason) == ALFA_ERROR_MODEL &&
        err)
        *err = reason;
    return status;
}

static enum alfa_status open_all(struct alfa__weights *out, struct alfa__config *config,
                                 const struct alfa__model_folder *folder, enum alfa_activation said,
                                 const char *cache, struct alfa_error *err)
{
    const enum alfa_status status = choose_file(out, folder, err);
    if (status != ALFA_OK)
        return explain(folder, status, err);
    out->folder = alfa__strdup(folder->path);
    out->used = calloc(out->file.count + 1, sizeof *out->used);
    if (!out->folder || !out->used)
        return alfa__fail_memory(err, out->file.count);
    ALFA__TRY(read_config(out, config, folder, said, err));
    return make_fingerprint(out, config, cache, err);
}

enum alfa_status alfa__weights_open(struct alfa__weights *out, struct alfa__config *config, const char *path,
                                    enum alfa_activation activation, const char *cache,
                                    struct alfa_error *err)
{
    struct alfa__model_folder folder;
    *out = (struct alfa__weights){0};
    ALFA__TRY(alfa__model_folder_look(&folder, path, err));
    enum alfa_status status = open_all(out, config, &folder, activation, cache, err);
    alfa__model_folder_free(&folder);
    if (status != ALFA_OK)
        alfa__weights_close(out);
    return status;
}

void alfa__weights_close(struct alfa__weights *weights)
{
    close_file(weights);
    free(weights->config_path);
    free(weights->config_from);
    free(weights->folder);
    free(weights->used);
    free(weights->requests);
    *weights = (struct alfa__weights){0};
}

/* ------------------------------------------------------------------ leftovers */

/* Tensors that embeddings do not need: scales of the loss, and what older files keep of buffers. */
static bool is_known_leftover(const char *name)
{
    static const char *const leaves[] = {"logit_scale",      "logit_bias",     "position_ids", "attn_mask",
                                         "input_resolution", "context_length", "vocab_size"};
    const char *dot = strrchr(name, '.'), *leaf = dot ? dot + 1 : name;
    for (size_t i = 0; i < sizeof leaves / sizeof *leaves; i++)
        if (strcmp(leaf, leaves[i]) == 0)
            return true;
    return false;
}

enum alfa_status alfa__weights_check_used(const struct alfa__weights *weights, struct alfa_error *err)
{
    const char *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < weights->file.count; i++) {
        const char *name = weights->file.list[i].name;
        if (weights->used[i] || is_known_leftover(name))
            continue;
        first = first ? first : name;
        count++;
    }
    if (!first)
        return ALFA_OK;
    ALFA__TRY(alfa__weights_refuse_adapter(weights, err));
    return alfa__fail(err, ALFA_ERROR_MODEL, weights->path,
                      "holds %zu tensor%s that a CLIP ViT of this config does not have, such as %.100s: "
                      "only plain CLIP ViT models are supported",
                      count, count == 1 ? "" : "s", first);
}
