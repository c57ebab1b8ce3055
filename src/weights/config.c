#include "weights/config.h"
#include "base/files.h"
#include "base/strings.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CONFIG ((size_t)4 << 20)

#define bad(...) alfa__fail(err, ALFA_ERROR_MODEL, path, __VA_ARGS__)

static enum alfa_status read_json(json_t **out, const char *path, struct alfa_error *err)
{
    char *text;
    size_t size;
    json_error_t reason;
    enum alfa_status status = alfa__file_read(&text, &size, path, MAX_CONFIG, err);
    if (status != ALFA_OK)
        return status;
    reason.line = -1;
    *out = json_loadb(text, size, 0, &reason);
    free(text);
    if (!json_is_object(*out)) {
        json_decref(*out);
        *out = NULL;
        return reason.line < 0
                   ? bad("is JSON but not an object: take the config that belongs to the model")
                   : bad("is not JSON (line %d: %.200s): take the config that belongs to the model",
                         reason.line, reason.text);
    }
    return ALFA_OK;
}

/* An integer member within limits; fallback when it is absent. */
struct number {
    const char *name;
    int *out;
    int fallback; /* 0: must be there */
    int most;
};

static enum alfa_status read_numbers(const json_t *object, const char *where, const struct number *numbers,
                                     int count, const char *path, struct alfa_error *err)
{
    for (int i = 0; i < count; i++) {
        const json_t *value = json_object_get(object, numbers[i].name);
        json_int_t number = json_is_null(value) || !value ? numbers[i].fallback : json_integer_value(value);
        if (value && !json_is_null(value) && !json_is_integer(value))
            return bad("%s.%s is not an integer: only CLIP ViT models are supported", where, numbers[i].name);
        if (!value && number == 0)
            return bad("%s.%s is missing: take the config that belongs to the model", where, numbers[i].name);
        if (number < 1 || number > numbers[i].most)
            return bad("%s.%s is %lld, allowed are 1 to %d", where, numbers[i].name, (long long)number,
                       numbers[i].most);
        *numbers[i].out = (int)number;
    }
    return ALFA_OK;
}

#define READ_NUMBERS(object, where, numbers) \
    read_numbers(object, where, numbers, (int)(sizeof(numbers) / sizeof *(numbers)), path, err)

static enum alfa_status read_triple(float out[3], const json_t *array, const float fallback[3],
                                    const char *path, struct alfa_error *err)
{
    for (size_t i = 0; i < 3; i++) {
        out[i] = fallback[i];
        if (array && !json_is_number(json_array_get(array, i)))
            return bad("mean and std must be lists of three numbers");
        if (array)
            out[i] = (float)json_number_value(json_array_get(array, i));
    }
    return ALFA_OK;
}

static const float clip_mean[3] = {0.48145466f, 0.4578275f, 0.40821073f};
static const float clip_std[3] = {0.26862954f, 0.26130258f, 0.27577711f};

/* Members that change what the network computes and that this program does not implement. */
static enum alfa_status refuse(const json_t *object, const char *const *names, const char *path,
                               struct alfa_error *err)
{
    for (; *names; names++) {
        const json_t *value = json_object_get(object, *names);
        const char *text = json_string_value(value);
        bool harmless = !value || json_is_null(value) || json_is_false(value) ||
                        (text && (strcmp(text, "tok") == 0 || strcmp(text, "argmax") == 0 ||
                                  strcmp(text, "linear") == 0 || strcmp(text, "learnable") == 0));
        if (!harmless)
            return bad("%s is not supported: only plain CLIP ViT models are", *names);
    }
    return ALFA_OK;
}

/* ------------------------------------------------------------------ open_clip */

#define ALFA__LEAST_CONTEXT_GRID 6 /* 36 patches, 27 of which never touch a given one */

static enum alfa_status read_context(struct alfa__stem_config *out, const json_t *context, const char *path,
                                     struct alfa_error *err)
{
    out->nearest_count = (int)json_array_size(context);
    if (out->nearest_count > ALFA__MAX_NEAREST)
        return bad("a stem's context has at most %d numbers", ALFA__MAX_NEAREST);
    for (int i = 0; i < out->nearest_count; i++) {
        const json_int_t nearest = json_integer_value(json_array_get(context, (size_t)i));
        if (nearest < 1 || nearest > ALFA__MOST_NEAREST)
            return bad("the numbers of a stem's context must be 1 to %d", ALFA__MOST_NEAREST);
        out->nearest[i] = (int)nearest;
    }
    return ALFA_OK;
}

static enum alfa_status read_stem(struct alfa__stem_config *out, const json_t *stem, const char *path,
                                  struct alfa_error *err)
{
    const char *type = json_string_value(json_object_get(stem, "type"));
    const char *padding = json_string_value(json_object_get(stem, "padding"));
    const json_t *features = json_object_get(stem, "features"), *clamp = json_object_get(stem, "clamp");
    if (!stem)
        return ALFA_OK;
    if (!type || strcmp(type, "efficientnet-lite0") != 0)
        return bad("stem type %.40s is unknown (known: efficientnet-lite0)", type ? type : "(none)");
    const struct number numbers[] = {{"blocks", &out->blocks, 0, 16}};
    ALFA__TRY(READ_NUMBERS(stem, "stem", numbers));
    out->present = true;
    out->same_padding = padding && strcmp(padding, "same") == 0;
    out->clamp = clamp ? (float)json_number_value(clamp) : 6.0f;
    ALFA__TRY(read_context(out, json_object_get(stem, "context"), path, err));
    out->feature_count = (int)json_array_size(features);
    if (out->feature_count < 1 || out->feature_count > ALFA__MAX_FEATURES)
        return bad("a stem needs 1 to %d features", ALFA__MAX_FEATURES);
    for (int i = 0; i < out->feature_count; i++) {
        const json_t *feature = json_array_get(features, (size_t)i);
        const char *pool = json_string_value(json_object_get(feature, "pool"));
        const struct number stride[] = {{"stride", &out->features[i].stride, 0, 32}};
        ALFA__TRY(READ_NUMBERS(feature, "stem.features", stride));
        out->features[i].max = pool && strcmp(pool, "max") == 0;
        if (!out->features[i].max && (!pool || strcmp(pool, "mean") != 0))
            return bad("a stem feature's pool must be mean or max");
    }
    return ALFA_OK;
}

static enum alfa_status read_open_clip(struct alfa__config *out, const json_t *root, const char *path,
                                       struct alfa_error *err)
{
    static const char *const vision_other[] = {
        "timm_model_name", "attentional_pool", "attn_pooler_queries", "global_average_pool",
        "no_ln_pre",       "ls_init_value",    "pool_type",           "input_patchnorm",
        "norm_kwargs",     "act_kwargs",       "pos_embed_type",      NULL};
    static const char *const text_other[] = {"hf_model_name", "embed_cls", "no_causal_mask", "ls_init_value",
                                             "pool_type",     "proj_type", "proj",           "norm_kwargs",
                                             "act_kwargs",    NULL};
    const json_t *model = json_object_get(root, "model_cfg"),
                 *preprocess = json_object_get(root, "preprocess_cfg");
    model = model ? model : root; /* a bare model config has no preprocess_cfg */
    const json_t *vision = json_object_get(model, "vision_cfg"), *text = json_object_get(model, "text_cfg");
    if (!json_is_object(vision) || !json_is_object(text))
        return bad("has no vision_cfg and text_cfg");
    ALFA__TRY(refuse(vision, vision_other, path, err));
    ALFA__TRY(refuse(text, text_other, path, err));
    int head_width;
    const struct number outer[] = {{"embed_dim", &out->embed_dim, 0, 8192}};
    const struct number inner[] = {{"image_size", &out->image_size, 224, 4096},
                                   {"patch_size", &out->patch_size, 0, 256},
                                   {"width", &out->vision.width, 0, 8192},
                                   {"layers", &out->vision.layers, 0, 256},
                                   {"head_width", &head_width, 64, 256}};
    const struct number words[] = {{"context_length", &out->context_length, 77, 1024},
                                   {"vocab_size", &out->vocab_size, 49408, 1 << 20},
                                   {"width", &out->text.width, 512, 8192},
                                   {"layers", &out->text.layers, 12, 256},
                                   {"heads", &out->text.heads, 8, 256}};
    ALFA__TRY(READ_NUMBERS(model, "model_cfg", outer));
    ALFA__TRY(READ_NUMBERS(vision, "vision_cfg", inner));
    ALFA__TRY(READ_NUMBERS(text, "text_cfg", words));
    const json_t *v_ratio = json_object_get(vision, "mlp_ratio"),
                 *t_ratio = json_object_get(text, "mlp_ratio");
    double ratios[] = {v_ratio ? json_number_value(v_ratio) : 4.0,
                       t_ratio ? json_number_value(t_ratio) : 4.0};
    if (ratios[0] <= 0 || ratios[0] > 16 || ratios[1] <= 0 || ratios[1] > 16)
        return bad("mlp_ratio is out of range");
    out->vision.heads = out->vision.width / head_width;
    if (out->vision.heads * head_width != out->vision.width)
        return bad("head_width %d does not divide the vision width %d", head_width, out->vision.width);
    out->vision.mlp = (int)(out->vision.width * ratios[0]);
    out->text.mlp = (int)(out->text.width * ratios[1]);
    out->quick_gelu = json_is_true(json_object_get(model, "quick_gelu"));
    ALFA__TRY(read_triple(out->mean, json_object_get(preprocess, "mean"), clip_mean, path, err));
    ALFA__TRY(read_triple(out->std, json_object_get(preprocess, "std"), clip_std, path, err));
    return read_stem(&out->stem, json_object_get(vision, "stem"), path, err);
}

/* ------------------------------------------------------------------ Hugging Face */

/* hidden_act of a tower; the two towers must agree. */
static enum alfa_status read_activation(bool *quick, const json_t *tower, const char *path,
                                        struct alfa_error *err)
{
    const char *name = json_string_value(json_object_get(tower, "hidden_act"));
    *quick = !name || strcmp(name, "quick_gelu") == 0;
    if (!*quick && strcmp(name, "gelu") != 0)
        return bad("hidden_act %.40s is not supported (gelu and quick_gelu are)", name);
    return ALFA_OK;
}

static enum alfa_status read_tower(struct alfa__tower_config *out, const json_t *object, const char *where,
                                   int width, int heads, const char *path, struct alfa_error *err)
{
    const struct number numbers[] = {{"hidden_size", &out->width, width, 8192},
                                     {"intermediate_size", &out->mlp, width * 4, 1 << 17},
                                     {"num_hidden_layers", &out->layers, 12, 256},
                                     {"num_attention_heads", &out->heads, heads, 256}};
    return READ_NUMBERS(object, where, numbers);
}

static enum alfa_status read_hugging_face(struct alfa__config *out, const json_t *root, const char *path,
                                          struct alfa_error *err)
{
    const char *type = json_string_value(json_object_get(root, "model_type"));
    const json_t *vision = json_object_get(root, "vision_config"),
                 *text = json_object_get(root, "text_config");
    bool quick_text;
    if (!type || strcmp(type, "clip") != 0)
        return bad("model_type is %.40s: only clip is supported", type ? type : "missing");
    if (!json_is_object(vision) || !json_is_object(text))
        return bad("has no vision_config and text_config");
    const struct number outer[] = {{"projection_dim", &out->embed_dim, 512, 8192}};
    const struct number inner[] = {{"image_size", &out->image_size, 224, 4096},
                                   {"patch_size", &out->patch_size, 32, 256}};
    const struct number words[] = {{"max_position_embeddings", &out->context_length, 77, 1024},
                                   {"vocab_size", &out->vocab_size, 49408, 1 << 20}};
    ALFA__TRY(READ_NUMBERS(root, "config", outer));
    ALFA__TRY(READ_NUMBERS(vision, "vision_config", inner));
    ALFA__TRY(READ_NUMBERS(text, "text_config", words));
    ALFA__TRY(read_tower(&out->vision, vision, "vision_config", 768, 12, path, err));
    ALFA__TRY(read_tower(&out->text, text, "text_config", 512, 8, path, err));
    ALFA__TRY(read_activation(&out->quick_gelu, vision, path, err));
    ALFA__TRY(read_activation(&quick_text, text, path, err));
    if (quick_text != out->quick_gelu)
        return bad("the two towers have different activations: not supported");
    const json_t *epsilon = json_object_get(vision, "layer_norm_eps");
    if (json_is_number(epsilon))
        out->epsilon = json_number_value(epsilon);
    return ALFA_OK;
}

/* Mean and std stand in a file of their own, which may be missing. */
static enum alfa_status read_preprocessor(struct alfa__config *out, const char *folder,
                                          struct alfa_error *err)
{
    char *path = alfa__format("%s/preprocessor_config.json", folder);
    json_t *root = NULL;
    enum alfa_status status = path ? ALFA_OK : alfa__fail_memory(err, strlen(folder));
    if (path && alfa__file_exists(path))
        status = read_json(&root, path, err);
    if (status == ALFA_OK)
        status = read_triple(out->mean, json_object_get(root, "image_mean"), clip_mean, path, err);
    if (status == ALFA_OK)
        status = read_triple(out->std, json_object_get(root, "image_std"), clip_std, path, err);
    json_decref(root);
    free(path);
    return status;
}

/* ------------------------------------------------------------------ both */

static enum alfa_status check(const struct alfa__config *c, const char *path, struct alfa_error *err)
{
    const struct alfa__tower_config *towers[] = {&c->vision, &c->text};
    if (c->image_size % c->patch_size != 0)
        return bad("patch_size %d does not divide image_size %d", c->patch_size, c->image_size);
    if (c->image_size / c->patch_size > 128)
        return bad("more than 128 x 128 patches are not supported");
    for (int i = 0; i < 2; i++)
        if (towers[i]->width % towers[i]->heads != 0 || towers[i]->width / towers[i]->heads > 256)
            return bad("%d heads do not fit the %s width %d", towers[i]->heads, i ? "text" : "vision",
                       towers[i]->width);
    if (c->vocab_size < 514 + 1)
        return bad("vocab_size %d is smaller than the byte alphabet", c->vocab_size);
    for (int i = 0; i < 3; i++)
        if (!(c->std[i] > 0))
            return bad("std must be positive");
    if (c->stem.nearest_count && c->image_size / c->patch_size < ALFA__LEAST_CONTEXT_GRID)
        return bad("a stem with context needs a grid of %d patches or more", ALFA__LEAST_CONTEXT_GRID);
    for (int i = 0; i < c->stem.feature_count; i++)
        if (c->patch_size % c->stem.features[i].stride != 0)
            return bad("stem stride %d does not divide patch_size %d", c->stem.features[i].stride,
                       c->patch_size);
    return ALFA_OK;
}

enum alfa_status alfa__config_read(struct alfa__config *out, const char *folder, struct alfa_error *err)
{
    char *open_clip = alfa__format("%s/open_clip_config.json", folder),
         *hugging_face = alfa__format("%s/config.json", folder);
    const char *path = open_clip;
    json_t *root = NULL;
    enum alfa_status status = ALFA_OK;
    *out = (struct alfa__config){.epsilon = 1e-5};
    if (!open_clip || !hugging_face) {
        status = alfa__fail_memory(err, strlen(folder));
    } else if (!alfa__folder_exists(folder)) {
        status = alfa__fail(err, ALFA_ERROR_MODEL, folder,
                            "is not a folder: a model is a folder with a config and "
                            "a .safetensors file");
    } else if (alfa__file_exists(open_clip) || alfa__file_exists(hugging_face)) {
        out->layout = alfa__file_exists(open_clip) ? ALFA__OPEN_CLIP : ALFA__HUGGING_FACE;
        path = out->layout == ALFA__OPEN_CLIP ? open_clip : hugging_face;
        status = read_json(&root, path, err);
    } else {
        status = alfa__fail(err, ALFA_ERROR_MODEL, folder,
                            "has neither open_clip_config.json nor config.json: "
                            "docs/models.md says what a model folder holds");
    }
    if (status == ALFA_OK)
        status = out->layout == ALFA__OPEN_CLIP ? read_open_clip(out, root, path, err)
                                                : read_hugging_face(out, root, path, err);
    if (status == ALFA_OK && out->layout == ALFA__HUGGING_FACE)
        status = read_preprocessor(out, folder, err);
    if (status == ALFA_OK)
        status = check(out, path, err);
    if (status != ALFA_OK && err && err->code != ALFA_ERROR_MEMORY)
        err->code = status = ALFA_ERROR_MODEL;
    json_decref(root);
    free(open_clip);
    free(hugging_face);
    return status;
}
