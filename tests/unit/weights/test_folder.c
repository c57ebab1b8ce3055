/* Folders as people have them: what belongs together is found, what is missing or of another kind is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "alfa.h"
#include "base/files.h"
#include "base/strings.h"
#include "unit/folder.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODELS "tests/data/models/"
#define CONTAINERS "tests/data/containers/"

static struct alfa_error err;

/* ------------------------------------------------------------------ folders */

static void folder_make(char folder[64])
{
    snprintf(folder, 64, "/tmp/alfa-folder-XXXXXX");
    assert_non_null(mkdtemp(folder));
}

static void put_text(const char *folder, const char *name, const char *text)
{
    char *path = alfa__format("%s/%s", folder, name);
    assert_int_equal(alfa__file_write(path, text, strlen(text), NULL), ALFA_OK);
    free(path);
}

/* A file of tests/data under a name of the folder. */
static void put_link(const char *folder, const char *name, const char *source)
{
    char *path = alfa__format("%s/%s", folder, name), *target = realpath(source, NULL);
    assert_non_null(target);
    assert_int_equal(symlink(target, path), 0);
    free(path);
    free(target);
}

static void expect_fingerprint(const char *path, const char *same_as)
{
    struct alfa_model *model, *other;
    if (alfa_model_open(&model, path, NULL, &err) != ALFA_OK)
        fail_msg("%s: %s: %s", path, err.source, err.message);
    assert_int_equal(alfa_model_open(&other, same_as, NULL, &err), ALFA_OK);
    assert_string_equal(alfa_model_info(model)->fingerprint, alfa_model_info(other)->fingerprint);
    assert_string_equal(alfa_model_info(model)->layout, alfa_model_info(other)->layout);
    alfa_model_free(model);
    alfa_model_free(other);
}

static void refuse(const char *path, const char *source, const char *part)
{
    struct alfa_model *model;
    memset(&err, 0, sizeof err);
    if (alfa_model_open(&model, path, NULL, &err) == ALFA_OK)
        fail_msg("%s opens", path);
    if (err.code != ALFA_ERROR_MODEL || !strstr(err.message, part) || !strstr(err.source, source))
        fail_msg("%d %s: %s, not %s: %s", err.code, err.source, err.message, source, part);
}

/* ------------------------------------------------------------------ which files belong together */

static void put_hugging_face(const char *folder)
{
    put_link(folder, "config.json", MODELS "huggingface/config.json");
    put_link(folder, "preprocessor_config.json", MODELS "huggingface/preprocessor_config.json");
    put_link(folder, "merges.txt", MODELS "huggingface/merges.txt");
    put_link(folder, "model.safetensors", MODELS "huggingface/model.safetensors");
}

/* Both configs: the names of the tensors say which of them counts. */
static void test_two_configs(void **state)
{
    char folder[64];
    (void)state;
    folder_make(folder);
    put_hugging_face(folder);
    put_link(folder, "open_clip_config.json", MODELS "openclip-gelu/open_clip_config.json");
    put_text(folder, "open_clip_pytorch_model.bin", "x");
    expect_fingerprint(folder, MODELS "huggingface");
    put_link(folder, "open_clip_model.safetensors", MODELS "minimal/open_clip_model.safetensors");
    refuse(folder, "open_clip_model.safetensors",
           "do not belong together"); /* its config is openclip-gelu's */
    folder_remove(folder);
    folder_make(folder);
    put_link(folder, "config.json", MODELS "huggingface/config.json");
    put_link(folder, "open_clip_config.json", MODELS "minimal/open_clip_config.json");
    put_link(folder, "model.safetensors", MODELS "minimal/open_clip_model.safetensors");
    expect_fingerprint(folder, MODELS "minimal");
    folder_remove(folder);
}

/* timm's repositories: its config and the image tower alone beside the whole CLIP. */
static void test_timm_hosted(void **state)
{
    static const char timm[] = "{\"architecture\": \"vit_base_patch16_clip_224\", \"num_classes\": 512}";
    static const char header[] =
        "{\"patch_embed.proj.weight\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}";
    struct alfa__string tower = {0};
    char folder[64], *path;
    (void)state;
    folder_make(folder);
    alfa__string_append_bytes(&tower, (char[8]){(char)strlen(header)}, 8);
    alfa__string_append(&tower, header);
    path = alfa__format("%s/model.safetensors", folder);
    assert_int_equal(alfa__file_write(path, tower.text, tower.size, NULL), ALFA_OK);
    put_text(folder, "config.json", timm);
    refuse(folder, "config.json", "is timm's config of vit_base_patch16_clip_224");
    put_link(folder, "open_clip_config.json", CONTAINERS "open-clip-2/open_clip_config.json");
    refuse(folder, "model.safetensors", "is an image tower alone");
    put_link(folder, "open_clip_pytorch_model.bin", CONTAINERS "open-clip-2/open_clip_pytorch_model.bin");
    expect_fingerprint(folder, CONTAINERS "open-clip-2");
    folder_remove(folder);
    alfa__string_free(&tower);
    free(path);
}

/* A file is as good as its folder. */
static void test_single_file(void **state)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    struct alfa_model *model;
    char folder[64], *path;
    (void)state;
    expect_fingerprint(MODELS "minimal/open_clip_model.safetensors", MODELS "minimal");
    expect_fingerprint(CONTAINERS "transformers-4-sharded/model.safetensors.index.json",
                       CONTAINERS "transformers-4-sharded");
    refuse(MODELS "minimal/open_clip_config.json", "open_clip_config.json", "is JSON, not weights");
    folder_make(folder); /* without a config the shapes say what it is, but not the activation */
    put_link(folder, "a.pt", CONTAINERS "openai-jit/model.pt");
    put_link(folder, "b.safetensors", MODELS "openclip-gelu/open_clip_model.safetensors");
    path = alfa__format("%s/a.pt", folder);
    assert_int_equal(alfa_model_open(&model, path, NULL, &err), ALFA_OK);
    assert_string_equal(alfa_model_info(model)->activation, "quick_gelu");
    assert_string_equal(alfa_model_info(model)->name, "a.pt");
    alfa_model_free(model);
    free(path);
    path = alfa__format("%s/b.safetensors", folder);
    refuse(path, "b.safetensors", "--activation");
    options.activation = ALFA_ACTIVATION_GELU;
    assert_int_equal(alfa_model_open(&model, path, &options, &err), ALFA_OK);
    const struct alfa_model_info *info = alfa_model_info(model);
    assert_string_equal(info->activation, "gelu");
    assert_int_equal(info->image_size, 80);
    assert_int_equal(info->vision_heads, 2);
    assert_int_equal(info->text_heads, 1); /* 64 wide, where its own config has two of 32 */
    assert_int_equal(info->vocab_size, 1200);
    alfa_model_free(model);
    put_link(folder, "vit_b_16_plus_240-laion400m_e32-699c4b84.safetensors",
             MODELS "openclip-gelu/open_clip_model.safetensors");
    free(path);
    path = alfa__format("%s/vit_b_16_plus_240-laion400m_e32-699c4b84.safetensors", folder);
    refuse(path, "vit_b_16", "the config needs [896, 3, 16, 16]"); /* it is not what its name says */
    options.activation = ALFA_ACTIVATION_QUICK_GELU;
    assert_int_equal(alfa_model_open(&model, path, &options, &err), ALFA_ERROR_MODEL);
    assert_non_null(strstr(err.message, "the activation is gelu"));
    assert_int_equal(alfa_model_open(&model, MODELS "openclip-gelu", &options, &err), ALFA_ERROR_MODEL);
    assert_non_null(strstr(err.message, "the activation is gelu"));
    folder_remove(folder);
    free(path);
}

/* ------------------------------------------------------------------ what is missing */

static void test_missing(void **state)
{
    char folder[64];
    (void)state;
    folder_make(folder);
    refuse(folder, folder, "has no weights");
    put_link(folder, "config.json", MODELS "huggingface/config.json");
    refuse(folder, folder, "has no weights");
    put_text(folder, "model-00001-of-00002.safetensors", "x");
    refuse(folder, folder, "in 1 parts without the index");
    put_text(folder, "a.pt", "x");
    put_text(folder, "b.bin", "x");
    refuse(folder, folder, "1 parts");
    folder_remove(folder);
    folder_make(folder);
    put_text(folder, "epoch_1.pt", "x");
    put_text(folder, "epoch_2.pt", "x");
    refuse(folder, folder, "has 2 files that may be the weights, such as epoch_");
    folder_remove(folder);
    refuse("tests/data/models/nowhere", "nowhere", "is not there");
}

static void test_shards(void **state)
{
    static const char *const bad[][2] = {
        {"{\"weight_map\": {\"a\": \"../model.safetensors\"}}", "names the file \"../model.safetensors\""},
        {"{\"weight_map\": {\"a\": \"/etc/passwd\"}}", "names the file"},
        {"{\"weight_map\": {\"a\": \"model.safetensors.index.json\"}}", "names the file"},
        {"{\"weight_map\": {\"a\": 1}}", "does not say in which file the tensor a is"},
        {"{\"weight_map\": {}}", "has no weight_map"},
        {"{}", "has no weight_map"},
        {"[", "cannot be read as JSON"},
        {"{\"weight_map\": {\"a\": \"one.safetensors\", \"b\": \"two.safetensors\", \"c\": "
         "\"three.safetensors\"}}",
         "3 of the 3 files that it names are missing, such as one.safetensors"},
        {"{\"weight_map\": {\"a\": \"whole.safetensors\"}}", "does not say that the tensor"},
    };
    char folder[64];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        folder_make(folder);
        put_link(folder, "config.json", MODELS "huggingface/config.json");
        put_link(folder, "whole.safetensors", MODELS "huggingface/model.safetensors");
        put_text(folder, "model.safetensors.index.json", bad[i][0]);
        refuse(folder, "model.safetensors.index.json", bad[i][1]);
        folder_remove(folder);
    }
    folder_make(folder);
    put_link(folder, "config.json", CONTAINERS "transformers-5-sharded/config.json");
    put_link(folder, "model.safetensors.index.json",
             CONTAINERS "transformers-5-sharded/model.safetensors.index.json");
    for (int part = 1; part <= 3; part++) {
        char name[64], *source;
        snprintf(name, sizeof name, "model-0000%d-of-00004.safetensors", part);
        source = alfa__format(CONTAINERS "transformers-5-sharded/%s", name);
        put_link(folder, name, source);
        free(source);
    }
    refuse(folder, "model.safetensors.index.json",
           "1 of the 4 files that it names is missing, such as model-00004");
    put_link(folder, "model-00004-of-00004.safetensors", MODELS "minimal/open_clip_model.safetensors");
    refuse(folder, "model.safetensors.index.json", "the files are not of one model");
    folder_remove(folder);
}

/* ------------------------------------------------------------------ other kinds of models */

#define OPEN_CLIP(vision, text, rest) \
    "{\"model_cfg\": {\"embed_dim\": 512, \"vision_cfg\": {" vision "}, \"text_cfg\": {" text "}" rest "}}"
#define WITH_STEPS(steps)                                                                              \
    "{\"model_cfg\": {\"embed_dim\": 512, \"vision_cfg\": {}, \"text_cfg\": {}}, \"preprocess_cfg\": " \
    "{" steps "}}"

static void test_open_clip_kinds(void **state)
{
    static const char *const kinds[][2] = {
        {"{\"model_cfg\": {}, \"model_cfg\": {}}", "duplicate object key"},
        {OPEN_CLIP("\"layers\": [3, 4, 6, 3], \"width\": 64, \"patch_size\": null", "", ""), "is a ResNet"},
        {OPEN_CLIP("\"patch_size\": null", "", ""), "is a ResNet"},
        {OPEN_CLIP("\"timm_model_name\": \"convnext_base\"", "", ""), "is a ConvNeXt, convnext_base"},
        {OPEN_CLIP("\"timm_model_name\": \"vit_base_patch16_siglip_224\"", "", ""), "is a SigLIP"},
        {OPEN_CLIP("\"timm_model_name\": \"eva02_base_patch16_clip_224\"", "", ""), "is an EVA"},
        {OPEN_CLIP("\"timm_model_name\": \"vit_medium_patch16\"", "", ""),
         "timm_model_name vit_medium_patch16"},
        {OPEN_CLIP("\"eva_model_name\": \"eva-clip-b-16\"", "", ""), "is an EVA"},
        {OPEN_CLIP("", "", ", \"multimodal_cfg\": {\"width\": 512}"), "is a CoCa"},
        {OPEN_CLIP("", "\"hf_model_name\": \"roberta-base\"", ""), "hf_model_name roberta-base"},
        {OPEN_CLIP("", "\"hf_tokenizer_name\": \"bert-base-uncased\"", ""),
         "text_cfg.hf_tokenizer_name bert-base-uncased"},
        {OPEN_CLIP("", "\"tokenizer_kwargs\": {\"clean\": \"canonicalize\"}", ""),
         "text_cfg.tokenizer_kwargs"},
        {OPEN_CLIP("", "\"tokenizer_mode\": \"clip\"", ""), "text_cfg.tokenizer_mode"},
        {OPEN_CLIP("", "\"pool_type\": \"last\"", ""), "text_cfg.pool_type last"},
        {OPEN_CLIP("", "\"no_causal_mask\": true", ""), "text_cfg.no_causal_mask"},
        {OPEN_CLIP("", "\"proj_bias\": true", ""), "text_cfg.proj_bias"},
        {OPEN_CLIP("\"pool_type\": \"avg\"", "", ""), "vision_cfg.pool_type avg"},
        {OPEN_CLIP("\"qk_norm\": true", "", ""), "vision_cfg.qk_norm"},
        {OPEN_CLIP("\"scaled_cosine_attn\": true", "", ""), "vision_cfg.scaled_cosine_attn"},
        {OPEN_CLIP("\"block_type\": \"custom\"", "", ""), "vision_cfg.block_type custom"},
        {OPEN_CLIP("\"ls_init_value\": 1e-4", "", ""), "vision_cfg.ls_init_value"},
        {OPEN_CLIP("\"no_ln_pre\": true", "", ""), "vision_cfg.no_ln_pre"},
        {OPEN_CLIP("\"final_ln_after_pool\": true", "", ""), "vision_cfg.final_ln_after_pool"},
        {OPEN_CLIP("\"attentional_pool\": \"parallel\"", "", ""), "vision_cfg.attentional_pool parallel"},
        {OPEN_CLIP("\"norm_kwargs\": {\"eps\": 1e-6}", "", ""), "vision_cfg.norm_kwargs {\"eps\":"},
        {OPEN_CLIP("\"image_size\": [224, 336]", "", ""), "vision_cfg.image_size is not an integer"},
        {OPEN_CLIP("\"something_new\": 3", "", ""), "vision_cfg.something_new 3"},
        {OPEN_CLIP("", "", ", \"vision_first\": true"), "model_cfg.vision_first"},
        {WITH_STEPS("\"resize_mode\": \"longest\""), "resize_mode longest"},
        {WITH_STEPS("\"interpolation\": \"bilinear\""), "interpolation bilinear"},
        {WITH_STEPS("\"mode\": \"L\""), "preprocess_cfg.mode L"},
        {OPEN_CLIP("\"image_size\": [224, 224], \"patch_dropout\": 0.5, \"output_tokens\": true, "
                   "\"ls_init_value\": null",
                   "\"pool_type\": \"argmax\", \"embed_cls\": false",
                   ", \"custom_text\": true, \"init_logit_bias\": -10"),
         "has no weights"},
        {WITH_STEPS("\"resize_mode\": \"squash\", \"interpolation\": \"bicubic\", \"fill_color\": 0, "
                    "\"size\": [240, 240]"),
         "has no weights"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char folder[64];
        folder_make(folder);
        put_text(folder, "open_clip_config.json", kinds[i][0]);
        refuse(folder, "/tmp/alfa-folder-", kinds[i][1]);
        folder_remove(folder);
    }
}

#define CLIP(rest) "{\"model_type\": \"clip\", \"vision_config\": {}, \"text_config\": {}" rest "}"

static void test_hugging_face_kinds(void **state)
{
    static const char *const kinds[][3] = {
        {"{\"model_type\": \"siglip\"}", "", "model_type is siglip"},
        {"{\"model_type\": \"chinese_clip\"}", "", "model_type is chinese_clip"},
        {"{\"model_type\": \"clip_vision_model\"}", "", "model_type is clip_vision_model"},
        {"{\"architecture\": \"resnet50\"}", "", "is timm's config of resnet50"},
        {"{\"model_type\": \"clip\", \"vision_config\": {\"num_channels\": 1}, \"text_config\": {}}", "",
         "num_channels 1"},
        {"{\"model_type\": \"clip\", \"vision_config\": {\"layer_norm_eps\": 1e-6}, \"text_config\": {}}", "",
         "different layer_norm_eps"},
        {"{\"model_type\": \"clip\", \"vision_config\": {}, \"text_config\": {\"eos_token_id\": 7}}", "",
         "eos_token_id 7"},
        {"{\"model_type\": \"clip\", \"vision_config\": {}, \"text_config\": {}, "
         "\"vision_config_dict\": {\"hidden_act\": \"gelu\"}}",
         "", "different activations"},
        {CLIP(""), "{\"image_mean\": [0.5, 0.5]}", "three numbers"},
        {CLIP(""), "{\"resample\": 2}", "resample 2"},
        {CLIP(""), "{\"size\": 256}", "not the 224 pixels"},
        {CLIP(""), "{\"size\": {\"shortest_edge\": 224}, \"crop_size\": {\"height\": 224, \"width\": 200}}",
         "not the 224 pixels"},
        {CLIP(""), "{\"do_center_crop\": false}", "do_center_crop false"},
        {CLIP(""), "{\"do_resize\": false}", "do_resize false"},
        {CLIP(""), "{\"do_normalize\": false}", "do_normalize false"},
        {CLIP(""), "{\"rescale_factor\": 1.0}", "rescale_factor 1"},
        {CLIP(""), "{\"do_pad\": true}", "do_pad true"},
        {CLIP(""), "{\"crop_pct\": 0.875}", "crop_pct 0.875"},
        {CLIP(""), "{\"image_processor_type\": \"ViTImageProcessor\"}",
         "image_processor_type ViTImageProcessor"},
        {CLIP(", \"quantization_config\": {\"load_in_4bit\": true}"), "", "quantization_config {"},
        {CLIP(", \"auto_map\": {\"AutoModel\": \"m.M\"}"), "", "auto_map {"},
        {"{\"model_type\": \"clip\", \"vision_config\": {\"use_rope\": true}, \"text_config\": {}}", "",
         "vision_config.use_rope true"},
        {"{\"model_type\": \"clip\", \"vision_config\": {\"pruned_heads\": {\"1\": [0]}}, \"text_config\": "
         "{}}",
         "", "vision_config.pruned_heads {"},
        {"{\"model_type\": \"clip\", \"vision_config\": {}, \"text_config\": {\"position_embedding_type\": "
         "\"relative_key\"}}",
         "", "text_config.position_embedding_type relative_key"},
        {"{\"model_type\": \"clip\", \"vision_config\": {\"attention_dropout\": 0.1, \"dropout\": 0.1, "
         "\"_name_or_path\": \"x\", \"use_cache\": true, \"pruned_heads\": {}}, \"text_config\": {}, "
         "\"license\": \"mit\"}",
         "{\"image_processor_type\": \"CLIPImageProcessorFast\", \"do_pad\": null, \"pad_size\": null, "
         "\"data_format\": \"channels_first\", \"default_to_square\": false, \"_processor_class\": \"x\"}",
         "has no weights"},
        {CLIP(""), "{\"size\": {\"shortest_edge\": 224}, \"crop_size\": 224, \"resample\": 3}",
         "has no weights"},
        {CLIP(""), "{\"size\": {\"height\": 224, \"width\": 224}, \"do_center_crop\": false}",
         "has no weights"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char folder[64], *nested = alfa__format("{\"image_processor\": %s}", kinds[i][1]);
        folder_make(folder);
        put_text(folder, "config.json", kinds[i][0]);
        if (*kinds[i][1])
            put_text(folder, "preprocessor_config.json", kinds[i][1]);
        refuse(folder, "/tmp/alfa-folder-", kinds[i][2]);
        if (*kinds[i][1]) { /* transformers 5 nests it, and that one counts */
            put_text(folder, "preprocessor_config.json", "{\"image_mean\": 3}");
            put_text(folder, "processor_config.json", nested);
            refuse(folder, "/tmp/alfa-folder-", kinds[i][2]);
        }
        folder_remove(folder);
        free(nested);
    }
}

/* Weights of other makers are named. */
static void test_foreign(void **state)
{
    static const char *const kinds[][2] = {{"tf_model.h5", "tf_model.h5 of TensorFlow"},
                                           {"flax_model.msgpack", "flax_model.msgpack of Flax"},
                                           {"model.onnx", "model.onnx of ONNX"},
                                           {"clip.gguf", "clip.gguf of llama.cpp"},
                                           {"openvino_model.xml", "openvino_model.xml of OpenVINO"},
                                           {"m.safetensors.part", "of a download that did not end"}};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char folder[64];
        folder_make(folder);
        put_text(folder, "config.json", CLIP(""));
        put_text(folder, kinds[i][0], "x");
        if (strstr(kinds[i][0], ".xml"))
            put_text(folder, "openvino_model.bin", "x");
        refuse(folder, folder, kinds[i][1]);
        folder_remove(folder);
    }
}

/* The folder of a model in the hub's cache holds that of its revision. */
static void test_below(void **state)
{
    char folder[64], *path;
    (void)state;
    folder_make(folder);
    path = alfa__format("%s/snapshots/abc", folder);
    assert_int_equal(alfa__folder_make(path, NULL), ALFA_OK);
    refuse(folder, folder, "has no weights (a");
    put_link(path, "open_clip_model.safetensors", MODELS "minimal/open_clip_model.safetensors");
    refuse(folder, folder, "but its folder snapshots/abc has: give that one");
    folder_remove(folder);
    free(path);
}

/* The tensors of a small model, called as rename() says, which is asked for all in their order. */
static void put_renamed(const char *folder, char *(*rename)(const char *name, const char *how),
                        const char *how)
{
    char *bytes, *path = alfa__format("%s/open_clip_model.safetensors", folder);
    size_t size;
    const char *key;
    json_t *entry, *renamed = json_object();
    struct alfa__string out = {0};
    assert_int_equal(
        alfa__file_read(&bytes, &size, MODELS "minimal/open_clip_model.safetensors", 1 << 24, NULL), ALFA_OK);
    uint64_t length;
    memcpy(&length, bytes, sizeof length);
    json_t *header = json_loadb(bytes + 8, length, 0, NULL);
    json_object_foreach(header, key, entry)
    {
        char *name = *key == '_' ? alfa__strdup(key) : rename(key, how);
        json_object_set(renamed, name, entry);
        free(name);
    }
    char *text = json_dumps(renamed, JSON_COMPACT);
    const uint64_t new_length = strlen(text);
    alfa__string_append_bytes(&out, &new_length, sizeof new_length);
    alfa__string_append(&out, text);
    alfa__string_append_bytes(&out, bytes + 8 + length, size - 8 - length);
    assert_int_equal(alfa__file_write(path, out.text, out.size, NULL), ALFA_OK);
    alfa__string_free(&out);
    json_decref(renamed);
    json_decref(header);
    free(text);
    free(bytes);
    free(path);
}

static char *prefix_all(const char *name, const char *prefix)
{
    return alfa__format("%s%s", prefix, name);
}

static char *prefix_most(const char *name, const char *prefix)
{
    return alfa__format("%s%s", strcmp(name, "ln_final.bias") == 0 ? "" : prefix, name);
}

static char *adapt(const char *name, const char *how)
{
    return strcmp(name, "ln_final.bias") == 0 ? alfa__format("ln_final.%s", how) : alfa__strdup(name);
}

static char *drop_words(const char *name, const char *how)
{
    return strstr(name, "token_embedding") ? alfa__strdup(how) : alfa__strdup(name);
}

static char *drop_sight(const char *name, const char *how)
{
    return strncmp(name, "visual.", 7) == 0 ? alfa__format("%s%s", how, name + 7) : alfa__strdup(name);
}

static void test_prefixes(void **state)
{
    static const char *const prefixes[] = {"module.", "_orig_mod.", "module._orig_mod.", "model.", "clip."};
    (void)state;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        char folder[64];
        folder_make(folder);
        put_link(folder, "open_clip_config.json", MODELS "minimal/open_clip_config.json");
        put_renamed(folder, prefix_all, prefixes[i]);
        expect_fingerprint(folder, MODELS "minimal");
        put_renamed(folder, prefix_most, prefixes[i]); /* a wrapper with something of its own */
        refuse(folder, folder, "and others beside it, such as ln_final.bias: save the CLIP alone");
        folder_remove(folder);
    }
}

/* What is missing or left over says what the file is. */
static void test_parts(void **state)
{
    char folder[64];
    (void)state;
    folder_make(folder);
    put_link(folder, "open_clip_config.json", MODELS "minimal/open_clip_config.json");
    put_renamed(folder, adapt, "lora_A.default.weight");
    refuse(folder, folder, "has a LoRA beside its weights (tensor ln_final.lora_A.default.weight)");
    put_renamed(folder, adapt, "bias2");
    refuse(folder, folder, "lacks the tensor ln_final.bias");
    put_renamed(folder, drop_words, "words");
    refuse(folder, folder, "is an image tower alone");
    put_renamed(folder, drop_sight, "other.");
    refuse(folder, folder, "is a text tower alone");
    folder_remove(folder);
    folder_make(folder); /* as Windows may call it */
    put_link(folder, "open_clip_config.json", MODELS "minimal/open_clip_config.json");
    put_link(folder, "MODEL.SAFETENSORS", MODELS "minimal/open_clip_model.safetensors");
    expect_fingerprint(folder, MODELS "minimal");
    folder_remove(folder);
}

/* Notepad begins a file with a mark. */
static void test_byte_order_mark(void **state)
{
    char folder[64], *text, *marked;
    size_t size;
    (void)state;
    folder_make(folder);
    assert_int_equal(alfa__file_read(&text, &size, MODELS "minimal/open_clip_config.json", 1 << 20, NULL),
                     ALFA_OK);
    marked = alfa__format("\xEF\xBB\xBF%s", text);
    put_text(folder, "open_clip_config.json", marked);
    put_link(folder, "open_clip_model.safetensors", MODELS "minimal/open_clip_model.safetensors");
    struct alfa_model *model;
    assert_int_equal(alfa_model_open(&model, folder, NULL, &err), ALFA_OK);
    alfa_model_free(model);
    folder_remove(folder);
    free(marked);
    free(text);
}

static void test_tokenizer(void **state)
{
    char folder[64];
    (void)state;
    folder_make(folder);
    put_text(folder, "config.json", CLIP(""));
    put_text(folder, "tokenizer_config.json", "{\"tokenizer_class\": \"XLMRobertaTokenizer\"}");
    refuse(folder, "tokenizer_config.json", "tokenizer_class XLMRobertaTokenizer");
    put_text(folder, "tokenizer_config.json", "{\"tokenizer_class\": \"CLIPTokenizer\"}");
    refuse(folder, folder, "has no weights");
    folder_remove(folder);
}

/* transformers 5 writes the merges into tokenizer.json alone: they are read there, and must be CLIP's. */
static void test_merges(void **state)
{
    static const char *const bad[][2] = {
        {"{\"model\": {\"type\": \"WordPiece\", \"vocab\": {}}}", "of the type WordPiece"},
        {"{\"model\": {\"type\": \"BPE\", \"vocab\": {}, \"merges\": []}}",
         "has 0 merges, the model needs 86"},
        {"{", "cannot be read as JSON"},
    };
    struct alfa__string text = {0};
    char folder[64];
    (void)state;
    for (size_t i = 0; i <= sizeof bad / sizeof *bad; i++) {
        folder_make(folder);
        put_link(folder, "config.json", CONTAINERS "transformers-5/config.json");
        put_link(folder, "model.safetensors", CONTAINERS "transformers-5/model.safetensors");
        if (i < sizeof bad / sizeof *bad) {
            put_text(folder, "tokenizer.json", bad[i][0]);
            refuse(folder, "tokenizer.json", bad[i][1]);
        } else { /* ids in another order */
            alfa__string_append(&text, "{\"model\": {\"vocab\": {\"in\": 7}, \"merges\": [\"i n\"");
            for (int k = 1; k < 86; k++)
                alfa__string_append(&text, ", [\"i\", \"n\"]");
            alfa__string_append(&text, "]}}");
            put_text(folder, "tokenizer.json", text.text);
            refuse(folder, "tokenizer.json", "gives merge 0 another id than 512");
        }
        folder_remove(folder);
    }
    alfa__string_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_two_configs),
                                       cmocka_unit_test(test_timm_hosted),
                                       cmocka_unit_test(test_single_file),
                                       cmocka_unit_test(test_missing),
                                       cmocka_unit_test(test_shards),
                                       cmocka_unit_test(test_open_clip_kinds),
                                       cmocka_unit_test(test_hugging_face_kinds),
                                       cmocka_unit_test(test_foreign),
                                       cmocka_unit_test(test_below),
                                       cmocka_unit_test(test_prefixes),
                                       cmocka_unit_test(test_parts),
                                       cmocka_unit_test(test_byte_order_mark),
                                       cmocka_unit_test(test_tokenizer),
                                       cmocka_unit_test(test_merges)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
