/* open_clip_config.json: model_cfg and preprocess_cfg, or a bare model config.
 *
 * Every member is either read, known to change nothing for a CLIP ViT that is used as it is, or refused by
 * its name: what is ignored in silence answers wrongly in silence. */
#include "weights/config_json.h"

#include <stdio.h>
#include <string.h>

#define bad(...) alfa__fail(err, ALFA_ERROR_MODEL, path, __VA_ARGS__)

/* ------------------------------------------------------------------ members */

/* harmless: the value that changes nothing besides null, false and empty; ANY: every value, since the member
 * is read elsewhere, is for training or has no effect without another one that is refused. */
struct member {
    const char *name, *harmless;
};

#define ANY "*"

static const struct member model_members[] = {{"embed_dim", ANY},
                                              {"vision_cfg", ANY},
                                              {"text_cfg", ANY},
                                              {"quick_gelu", ANY},
                                              {"custom_text", ANY},
                                              {"init_logit_scale", ANY},
                                              {"init_logit_bias", ANY},
                                              {"cast_dtype", ANY},
                                              {"output_dict", ANY},
                                              {"nonscalar_logit_scale", ANY},
                                              {"preprocess_cfg", ANY},
                                              {"multimodal_cfg", NULL},
                                              {NULL, NULL}};

static const struct member vision_members[] = {{"image_size", ANY},
                                               {"patch_size", ANY},
                                               {"width", ANY},
                                               {"layers", ANY},
                                               {"head_width", ANY},
                                               {"mlp_ratio", ANY},
                                               {"stem", ANY},
                                               {"patch_dropout", ANY},
                                               {"output_tokens", ANY},
                                               {"attn_pooler_queries", ANY},
                                               {"attn_pooler_heads", ANY},
                                               {"n_queries", ANY},
                                               {"timm_model_pretrained", ANY},
                                               {"timm_pool", ANY},
                                               {"timm_proj", ANY},
                                               {"timm_proj_bias", ANY},
                                               {"timm_drop", ANY},
                                               {"timm_drop_path", ANY},
                                               {"pool_type", "tok"},
                                               {"pos_embed_type", "learnable"},
                                               {"block_type", "default"},
                                               {NULL, NULL}};

static const struct member text_members[] = {{"context_length", ANY},
                                             {"vocab_size", ANY},
                                             {"width", ANY},
                                             {"heads", ANY},
                                             {"layers", ANY},
                                             {"mlp_ratio", ANY},
                                             {"output_tokens", ANY},
                                             {"pad_id", ANY},
                                             {"eos_id", ANY},
                                             {"hf_model_pretrained", ANY},
                                             {"hf_proj_type", ANY},
                                             {"hf_pooler_type", ANY},
                                             {"pool_type", "argmax"},
                                             {"proj_type", "linear"},
                                             {"proj", "linear"},
                                             {"block_type", "default"},
                                             {NULL, NULL}};

static const struct member preprocess_members[] = {
    {"size", ANY},        {"mode", "RGB"},     {"mean", ANY}, {"std", ANY}, {"interpolation", "bicubic"},
    {"resize_mode", ANY}, {"fill_color", ANY}, {NULL, NULL}};

static bool is_harmless(const struct member *members, const char *name, const json_t *value)
{
    if (alfa__config_is_unsaid(value))
        return true;
    for (; members->name; members++)
        if (strcmp(members->name, name) == 0)
            return members->harmless &&
                   (strcmp(members->harmless, ANY) == 0 ||
                    (json_is_string(value) && strcmp(json_string_value(value), members->harmless) == 0));
    return false;
}

static enum alfa_status check_members(const json_t *object, const char *where, const struct member *members,
                                      const char *path, struct alfa_error *err)
{
    const char *name;
    json_t *value;
    char text[80];
    json_object_foreach((json_t *)object, name, value)
    {
        if (is_harmless(members, name, value))
            continue;
        alfa__config_value_text(text, sizeof text, value);
        return bad("%s.%.60s %s is not supported: only plain CLIP ViT models are", where, name, text);
    }
    return ALFA_OK;
}

/* ------------------------------------------------------------------ models of other kinds */

/* Families of image towers, by what their names contain. */
static const char *family(const char *name)
{
    static const struct {
        const char *part, *name;
    } families[] = {{"siglip", "a SigLIP"},         {"convnext", "a ConvNeXt"}, {"eva", "an EVA"},
                    {"vitamin", "a ViTamin"},       {"resnet", "a ResNet"},     {"fastvit", "a MobileCLIP"},
                    {"mobileclip", "a MobileCLIP"}, {"swin", "a Swin"},         {"nllb", "an NLLB"}};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (strstr(name, families[i].part))
            return families[i].name;
    return NULL;
}

static enum alfa_status refuse_tower(const char *member, const json_t *value, const char *library,
                                     const char *path, struct alfa_error *err)
{
    const char *name = json_string_value(value), *kind = name ? family(name) : NULL;
    if (alfa__config_is_unsaid(value))
        return ALFA_OK;
    return bad("%s%s%s %.60s is a tower of %s: only plain CLIP ViT models are supported", kind ? "is " : "",
               kind ? kind : "", kind ? "," : member, name ? name : "?", library);
}

static enum alfa_status refuse_kinds(const json_t *model, const json_t *vision, const json_t *text,
                                     const char *path, struct alfa_error *err)
{
    const json_t *patch = json_object_get(vision, "patch_size");
    if (!alfa__config_is_unsaid(json_object_get(model, "multimodal_cfg")))
        return bad("is a CoCa (it has a multimodal_cfg): only plain CLIP ViT models are supported");
    ALFA__TRY(refuse_tower("timm_model_name", json_object_get(vision, "timm_model_name"), "timm", path, err));
    ALFA__TRY(
        refuse_tower("eva_model_name", json_object_get(vision, "eva_model_name"), "EVA-CLIP", path, err));
    const bool groups = json_is_array(json_object_get(vision, "layers"));
    if (groups || (patch && json_is_null(patch)))
        return bad("is a ResNet (%s): only CLIP ViT models are supported",
                   groups ? "layers is a list" : "patch_size is null");
    return refuse_tower("hf_model_name", json_object_get(text, "hf_model_name"), "transformers", path, err);
}

/* ------------------------------------------------------------------ the stem of alfa-tiny */

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

static enum alfa_status read_feature(struct alfa__stem_feature *out, const json_t *feature, const char *path,
                                     struct alfa_error *err)
{
    const char *pool = json_string_value(json_object_get(feature, "pool"));
    const struct alfa__config_number stride[] = {{"stride", &out->stride, 0, 32}};
    ALFA__TRY(ALFA__CONFIG_NUMBERS(feature, "stem.features", stride));
    out->max = pool && strcmp(pool, "max") == 0;
    return out->max || (pool && strcmp(pool, "mean") == 0) ? ALFA_OK
                                                           : bad("a stem feature's pool must be mean or max");
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
    const struct alfa__config_number numbers[] = {{"blocks", &out->blocks, 0, 16}};
    ALFA__TRY(ALFA__CONFIG_NUMBERS(stem, "stem", numbers));
    out->present = true;
    out->same_padding = padding && strcmp(padding, "same") == 0;
    out->clamp = clamp ? (float)json_number_value(clamp) : 6.0f;
    ALFA__TRY(read_context(out, json_object_get(stem, "context"), path, err));
    out->feature_count = (int)json_array_size(features);
    if (out->feature_count < 1 || out->feature_count > ALFA__MAX_FEATURES)
        return bad("a stem needs 1 to %d features", ALFA__MAX_FEATURES);
    for (int i = 0; i < out->feature_count; i++)
        ALFA__TRY(read_feature(&out->features[i], json_array_get(features, (size_t)i), path, err));
    return ALFA_OK;
}

/* ------------------------------------------------------------------ shapes */

static enum alfa_status read_ratios(struct alfa__config *out, const json_t *vision, const json_t *text,
                                    const char *path, struct alfa_error *err)
{
    const json_t *v_ratio = json_object_get(vision, "mlp_ratio"),
                 *t_ratio = json_object_get(text, "mlp_ratio");
    const double ratios[] = {v_ratio ? json_number_value(v_ratio) : 4.0,
                             t_ratio ? json_number_value(t_ratio) : 4.0};
    if (!(ratios[0] > 0 && ratios[0] <= 16 && ratios[1] > 0 && ratios[1] <= 16))
        return bad("mlp_ratio is out of range");
    out->vision.mlp = (int)(out->vision.width * ratios[0]);
    out->text.mlp = (int)(out->text.width * ratios[1]);
    return ALFA_OK;
}

static enum alfa_status read_shapes(struct alfa__config *out, const json_t *model, const json_t *vision,
                                    const json_t *text, const char *path, struct alfa_error *err)
{
    int head_width;
    const struct alfa__config_number outer[] = {{"embed_dim", &out->embed_dim, 0, 8192}};
    const struct alfa__config_number inner[] = {{"image_size", &out->image_size, 224, 4096},
                                                {"patch_size", &out->patch_size, 16, 256},
                                                {"width", &out->vision.width, 768, 8192},
                                                {"layers", &out->vision.layers, 12, 256},
                                                {"head_width", &head_width, 64, 256}};
    const struct alfa__config_number words[] = {{"context_length", &out->context_length, 77, 1024},
                                                {"vocab_size", &out->vocab_size, 49408, 1 << 20},
                                                {"width", &out->text.width, 512, 8192},
                                                {"layers", &out->text.layers, 12, 256},
                                                {"heads", &out->text.heads, 8, 256}};
    ALFA__TRY(ALFA__CONFIG_NUMBERS(model, "model_cfg", outer));
    ALFA__TRY(ALFA__CONFIG_NUMBERS(vision, "vision_cfg", inner));
    ALFA__TRY(ALFA__CONFIG_NUMBERS(text, "text_cfg", words));
    out->vision.heads = out->vision.width / head_width;
    if (out->vision.heads * head_width != out->vision.width)
        return bad("head_width %d does not divide the vision width %d", head_width, out->vision.width);
    return read_ratios(out, vision, text, path, err);
}

/* preprocess_cfg; size is the model's, as in open_clip. */
static enum alfa_status read_preprocess(struct alfa__config *out, const json_t *preprocess, const char *path,
                                        struct alfa_error *err)
{
    const char *mode = json_string_value(json_object_get(preprocess, "resize_mode"));
    ALFA__TRY(check_members(preprocess, "preprocess_cfg", preprocess_members, path, err));
    if (mode && strcmp(mode, "shortest") != 0 && strcmp(mode, "squash") != 0)
        return bad("preprocess_cfg.resize_mode %.40s is not supported (shortest and squash are)", mode);
    out->squash = mode && strcmp(mode, "squash") == 0;
    ALFA__TRY(
        alfa__config_triple(out->mean, json_object_get(preprocess, "mean"), alfa__clip_mean, path, err));
    return alfa__config_triple(out->std, json_object_get(preprocess, "std"), alfa__clip_std, path, err);
}

enum alfa_status alfa__config_open_clip(struct alfa__config *out, const json_t *root, const char *path,
                                        struct alfa_error *err)
{
    const json_t *model = json_object_get(root, "model_cfg"),
                 *preprocess = json_object_get(root, "preprocess_cfg");
    model = model ? model : root; /* a bare model config has no preprocess_cfg */
    const json_t *vision = json_object_get(model, "vision_cfg"), *text = json_object_get(model, "text_cfg");
    if (!json_is_object(vision) || !json_is_object(text))
        return bad("has no vision_cfg and text_cfg");
    ALFA__TRY(refuse_kinds(model, vision, text, path, err));
    ALFA__TRY(check_members(model, "model_cfg", model_members, path, err));
    ALFA__TRY(check_members(vision, "vision_cfg", vision_members, path, err));
    ALFA__TRY(check_members(text, "text_cfg", text_members, path, err));
    ALFA__TRY(read_shapes(out, model, vision, text, path, err));
    const json_t *quick = json_object_get(model, "quick_gelu");
    if (quick && !json_is_boolean(quick) && !json_is_null(quick))
        return bad("quick_gelu must be true or false");
    out->quick_gelu = json_is_true(quick);
    ALFA__TRY(read_preprocess(out, preprocess, path, err));
    return read_stem(&out->stem, json_object_get(vision, "stem"), path, err);
}
