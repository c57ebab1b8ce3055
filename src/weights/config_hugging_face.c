/* config.json of transformers' CLIPModel, with processor_config.json or preprocessor_config.json beside it.
 */
#include "base/files.h"
#include "base/strings.h"
#include "weights/config_json.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define bad(...) alfa__fail(err, ALFA_ERROR_MODEL, path, __VA_ARGS__)

/* ------------------------------------------------------------------ members */

/* What a tower's config may say: CLIP's members, and those that every config of transformers 4 and 5 has and
 * that change no embedding, since they are of generation, of training and of outputs. */
static const char tower_members[] =
    " hidden_act hidden_size image_size initializer_factor initializer_range intermediate_size "
    "layer_norm_eps "
    "num_attention_heads num_channels num_hidden_layers patch_size projection_dim max_position_embeddings "
    "vocab_size model_type architectures bos_token_id eos_token_id pad_token_id sep_token_id "
    "decoder_start_token_id forced_bos_token_id forced_eos_token_id bad_words_ids suppress_tokens "
    "begin_suppress_tokens add_cross_attention cross_attention_hidden_size is_decoder is_encoder_decoder "
    "tie_encoder_decoder tie_word_embeddings chunk_size_feed_forward diversity_penalty do_sample "
    "early_stopping encoder_no_repeat_ngram_size no_repeat_ngram_size exponential_decay_length_penalty "
    "finetuning_task id2label label2id length_penalty repetition_penalty max_length min_length "
    "num_beam_groups num_beams num_return_sequences output_attentions output_hidden_states output_scores "
    "prefix problem_type remove_invalid_values return_dict return_dict_in_generate task_specific_params "
    "temperature tf_legacy_loss tokenizer_class top_k top_p typical_p torch_dtype dtype torchscript "
    "transformers_version use_bfloat16 use_cache xla_device gradient_checkpointing logit_scale_init_value ";

/* And the config of the pixels; what is not said here changes them. */
static const char pixel_members[] =
    " crop_size do_center_crop do_convert_rgb do_normalize do_rescale do_resize feature_extractor_type "
    "image_mean image_processor_type image_std resample rescale_factor size processor_class data_format "
    "default_to_square device disable_grouping input_data_format return_tensors ";

/* Members that nobody here knows, but for empty ones, those that begin with _, and shares of training that
 * are dropped. */
static enum alfa_status check_members(const json_t *object, const char *where, const char *known,
                                      const char *path, struct alfa_error *err)
{
    const char *name;
    json_t *value;
    char text[80];
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        if (*name == '_' || alfa__among(known, name) || strstr(name, "drop") || alfa__config_is_unsaid(value))
            continue;
        alfa__config_value_text(text, sizeof text, value);
        return bad("%s%.60s %s is not supported: only plain CLIP ViT models are", where, name, text);
    }
    return ALFA_OK;
}

/* What makes another model of the same shape. */
static enum alfa_status check_root(const json_t *root, const char *path, struct alfa_error *err)
{
    static const char *const changes[] = {"quantization_config", "auto_map"};
    char text[80];
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        const json_t *value = json_object_get(root, changes[i]);
        if (alfa__config_is_unsaid(value))
            continue;
        alfa__config_value_text(text, sizeof text, value);
        return bad("%s %s is not supported: only plain CLIP ViT models are", changes[i], text);
    }
    return ALFA_OK;
}

/* ------------------------------------------------------------------ shape */

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

/* What transformers assumes where a file says nothing. */
static const struct alfa__tower_config vision_usual = {.width = 768, .layers = 12, .heads = 12, .mlp = 3072},
                                       text_usual = {.width = 512, .layers = 12, .heads = 8, .mlp = 2048};

static enum alfa_status read_tower(struct alfa__tower_config *out, const json_t *object, const char *where,
                                   const struct alfa__tower_config *usual, const char *path,
                                   struct alfa_error *err)
{
    const struct alfa__config_number numbers[] = {{"hidden_size", &out->width, usual->width, 8192},
                                                  {"intermediate_size", &out->mlp, usual->mlp, 1 << 17},
                                                  {"num_hidden_layers", &out->layers, usual->layers, 256},
                                                  {"num_attention_heads", &out->heads, usual->heads, 256}};
    return ALFA__CONFIG_NUMBERS(object, where, numbers);
}

/* text_config, or text_config_dict of older files: transformers lets that one win where it is there. */
static const json_t *tower_of(const json_t *root, const char *name, const char *name_dict)
{
    const json_t *dict = json_object_get(root, name_dict);
    return json_is_object(dict) ? dict : json_object_get(root, name);
}

/* The text is read at its end token, which is the last of the vocabulary: 2 is what older files say and means
 * the largest. */
static enum alfa_status check_end(const struct alfa__config *out, const json_t *text, const char *path,
                                  struct alfa_error *err)
{
    const json_t *end = json_object_get(text, "eos_token_id");
    const json_int_t id = json_is_integer(end) ? json_integer_value(end) : 49407;
    if (id != 2 && id != out->vocab_size - 1)
        return bad(
            "text_config.eos_token_id %lld is not supported: it must be the last of the vocabulary, %d",
            (long long)id, out->vocab_size - 1);
    return ALFA_OK;
}

/* One epsilon and three channels. */
static enum alfa_status read_rest(struct alfa__config *out, const json_t *vision, const json_t *text,
                                  const char *path, struct alfa_error *err)
{
    const json_t *epsilon = json_object_get(vision, "layer_norm_eps"),
                 *other = json_object_get(text, "layer_norm_eps"),
                 *channels = json_object_get(vision, "num_channels");
    if (json_is_number(epsilon))
        out->epsilon = json_number_value(epsilon);
    if ((json_is_number(other) ? json_number_value(other) : 1e-5) != out->epsilon)
        return bad("the two towers have different layer_norm_eps: not supported");
    if (json_is_integer(channels) && json_integer_value(channels) != 3)
        return bad("vision_config.num_channels %lld is not supported: images have 3",
                   (long long)json_integer_value(channels));
    return check_end(out, text, path, err);
}

static enum alfa_status read_shape(struct alfa__config *out, const json_t *root, const char *path,
                                   struct alfa_error *err)
{
    const json_t *vision = tower_of(root, "vision_config", "vision_config_dict"),
                 *text = tower_of(root, "text_config", "text_config_dict");
    bool quick_text;
    if (!json_is_object(vision) || !json_is_object(text))
        return bad("has no vision_config and text_config");
    ALFA__TRY(check_root(root, path, err));
    ALFA__TRY(check_members(vision, "vision_config.", tower_members, path, err));
    ALFA__TRY(check_members(text, "text_config.", tower_members, path, err));
    const struct alfa__config_number outer[] = {{"projection_dim", &out->embed_dim, 512, 8192}};
    const struct alfa__config_number inner[] = {{"image_size", &out->image_size, 224, 4096},
                                                {"patch_size", &out->patch_size, 32, 256}};
    const struct alfa__config_number words[] = {{"max_position_embeddings", &out->context_length, 77, 1024},
                                                {"vocab_size", &out->vocab_size, 49408, 1 << 20}};
    ALFA__TRY(ALFA__CONFIG_NUMBERS(root, "config", outer));
    ALFA__TRY(ALFA__CONFIG_NUMBERS(vision, "vision_config", inner));
    ALFA__TRY(ALFA__CONFIG_NUMBERS(text, "text_config", words));
    ALFA__TRY(read_tower(&out->vision, vision, "vision_config", &vision_usual, path, err));
    ALFA__TRY(read_tower(&out->text, text, "text_config", &text_usual, path, err));
    ALFA__TRY(read_activation(&out->quick_gelu, vision, path, err));
    ALFA__TRY(read_activation(&quick_text, text, path, err));
    if (quick_text != out->quick_gelu)
        return bad("the two towers have different activations: not supported");
    return read_rest(out, vision, text, path, err);
}

/* ------------------------------------------------------------------ pixels */

/* A length that stands as a number or under one of two keys. */
static json_int_t length_of(const json_t *size, const char *key)
{
    return json_is_integer(size) ? json_integer_value(size) : json_integer_value(json_object_get(size, key));
}

/* size and crop_size must lead to the model's square. */
static enum alfa_status read_size(struct alfa__config *out, const json_t *root, const char *path,
                                  struct alfa_error *err)
{
    const json_t *size = json_object_get(root, "size"), *crop = json_object_get(root, "crop_size");
    const bool square = json_object_get(size, "height") != NULL;
    const bool cropped = !json_is_false(json_object_get(root, "do_center_crop"));
    const json_int_t side = size ? length_of(size, square ? "height" : "shortest_edge") : out->image_size;
    const json_int_t end = cropped && crop ? length_of(crop, "height") : side;
    if (json_is_false(json_object_get(root, "do_resize")))
        return bad("do_resize false is not supported");
    if (side != out->image_size || end != out->image_size || (square && length_of(size, "width") != side) ||
        (cropped && json_is_object(crop) && length_of(crop, "width") != end))
        return bad("size and crop_size are not the %d pixels of the model: not supported", out->image_size);
    if (!cropped && !square)
        return bad("do_center_crop false is not supported: the model's image is a square");
    out->squash = square;
    return ALFA_OK;
}

/* Members that change pixels and have one value here. */
static enum alfa_status check_steps(const json_t *root, const char *path, struct alfa_error *err)
{
    const json_t *resample = json_object_get(root, "resample"),
                 *factor = json_object_get(root, "rescale_factor");
    static const char *const steps[] = {"do_rescale", "do_normalize"};
    if (json_is_integer(resample) && json_integer_value(resample) != 3)
        return bad("resample %lld is not supported: 3 (bicubic) is", (long long)json_integer_value(resample));
    if (json_is_number(factor) && fabs(json_number_value(factor) * 255 - 1) > 1e-6)
        return bad("rescale_factor %g is not supported: 1/255 is", json_number_value(factor));
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (json_is_false(json_object_get(root, steps[i])))
            return bad("%s false is not supported", steps[i]);
    return ALFA_OK;
}

static enum alfa_status read_pixels(struct alfa__config *out, const json_t *root, const char *path,
                                    struct alfa_error *err)
{
    const char *type = json_string_value(json_object_get(root, "image_processor_type"));
    if (type && strncmp(type, "CLIP", 4) != 0)
        return bad("image_processor_type %.60s is not supported: CLIP's is", type);
    ALFA__TRY(check_members(root, "", pixel_members, path, err));
    ALFA__TRY(check_steps(root, path, err));
    ALFA__TRY(read_size(out, root, path, err));
    ALFA__TRY(
        alfa__config_triple(out->mean, json_object_get(root, "image_mean"), alfa__clip_mean, path, err));
    return alfa__config_triple(out->std, json_object_get(root, "image_std"), alfa__clip_std, path, err);
}

/* A file beside the config, NULL in *root when it is not there. */
static enum alfa_status read_beside(json_t **root, char **file, const char *path, const char *name,
                                    struct alfa_error *err)
{
    *root = NULL;
    *file = alfa__format("%.*s%s", (int)(alfa__path_name(path) - path), path, name);
    if (!*file)
        return alfa__fail_memory(err, strlen(path) + strlen(name));
    return alfa__file_exists(*file) ? alfa__config_json(root, *file, err) : ALFA_OK;
}

/* The first that is there of processor_config.json with an image_processor in it (transformers 5) and
 * preprocessor_config.json; none: CLIP's own mean and std. */
static enum alfa_status read_processor(struct alfa__config *out, const char *path, struct alfa_error *err)
{
    json_t *root, *old = NULL;
    char *file, *old_file = NULL;
    enum alfa_status status = read_beside(&root, &file, path, "processor_config.json", err);
    const json_t *image = json_object_get(root, "image_processor");
    if (status == ALFA_OK && !image)
        status = read_beside(&old, &old_file, path, "preprocessor_config.json", err);
    if (status == ALFA_OK)
        status = read_pixels(out, image ? image : old, image ? file : old_file, err);
    json_decref(root);
    json_decref(old);
    free(file);
    free(old_file);
    return status;
}

/* A tokenizer of another kind than CLIP's. */
static enum alfa_status check_tokenizer(const char *path, struct alfa_error *err)
{
    static const char *const fine[] = {"CLIPTokenizer", "CLIPTokenizerFast", "TokenizersBackend",
                                       "PreTrainedTokenizerFast"};
    json_t *root;
    char *file;
    enum alfa_status status = read_beside(&root, &file, path, "tokenizer_config.json", err);
    const char *class = json_string_value(json_object_get(root, "tokenizer_class"));
    bool good = !class;
    for (size_t i = 0; i < sizeof fine / sizeof *fine && !good; i++)
        good = strcmp(class, fine[i]) == 0;
    if (status == ALFA_OK && !good)
        status = alfa__fail(err, ALFA_ERROR_MODEL, file, "tokenizer_class %.60s is not supported: CLIP's is",
                            class);
    json_decref(root);
    free(file);
    return status;
}

enum alfa_status alfa__config_hugging_face(struct alfa__config *out, const json_t *root, const char *path,
                                           struct alfa_error *err)
{
    const char *type = json_string_value(json_object_get(root, "model_type")),
               *architecture = json_string_value(json_object_get(root, "architecture"));
    if (!type && architecture)
        return bad("is timm's config of %.60s, an image tower alone: only CLIP models are supported",
                   architecture);
    if (!type || strcmp(type, "clip") != 0)
        return bad("model_type is %.40s: only clip is supported", type ? type : "missing");
    ALFA__TRY(read_shape(out, root, path, err));
    ALFA__TRY(check_tokenizer(path, err));
    return read_processor(out, path, err);
}
