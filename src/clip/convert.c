/* The tensors that the towers asked for when the model was opened are the model: each is read as f32 in the
 * one form that they get it in, and written under open_clip's name. The config comes last, so that a folder
 * without one was interrupted. */
#include "base/half.h"
#include "base/options.h"
#include "base/strings.h"
#include "base/writer.h"
#include "clip/model.h"
#include "weights/vocabulary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ what is written */

/* One tensor of the new file. */
struct part {
    const struct alfa__request *request;
    enum alfa__dtype dtype;
    size_t count, size;
};

struct conversion {
    const struct alfa_model *model;
    const struct alfa_convert_options *options;
    struct part *parts;
    size_t count, total, done; /* total and done are bytes */
    struct alfa__writer *writer;
    struct alfa_error *err;
};

static bool is_projection(const char *name)
{
    return strcmp(name, "visual.proj") == 0 || strcmp(name, "text_projection") == 0;
}

/* The type that the file has for it; of q, k and v together that of q. */
static enum alfa__dtype stored_dtype(const struct alfa__weights *weights, const char *name)
{
    char q[320];
    const char *end = strstr(name, "attn.in_proj_");
    const struct alfa__tensor *tensor = alfa__weights_tensor(weights, name);
    if (!tensor && end) {
        snprintf(q, sizeof q, "%.*sattn.q.%s", (int)(end - name), name, end + strlen("attn.in_proj_"));
        tensor = alfa__weights_tensor(weights, q);
    }
    return tensor && tensor->dtype <= ALFA__DTYPE_BF16 ? tensor->dtype : ALFA__DTYPE_F32;
}

static enum alfa__dtype choose_dtype(const struct conversion *c, const char *name)
{
    if (c->options->numbers == ALFA_NUMBERS_F32)
        return ALFA__DTYPE_F32;
    if (c->options->numbers == ALFA_NUMBERS_AUTO)
        return stored_dtype(&c->model->weights, name);
    return c->options->numbers == ALFA_NUMBERS_F16 ? ALFA__DTYPE_F16 : ALFA__DTYPE_BF16;
}

/* The scale of the loss, which no tower asks for but open_clip wants to be there. */
static void add_scale(struct conversion *c)
{
    static const struct alfa__request scale = {.name = "logit_scale", .rank = 0};
    const struct alfa__tensor *tensor = alfa__weights_tensor(&c->model->weights, scale.name);
    if (!tensor || tensor->rank != 0 || tensor->dtype > ALFA__DTYPE_BF16)
        return;
    c->parts[c->count++] = (struct part){&scale, ALFA__DTYPE_F32, 1, 4};
    c->total += 4;
}

static enum alfa_status list_parts(struct conversion *c)
{
    const struct alfa__weights *weights = &c->model->weights;
    c->parts = calloc(weights->request_count + 2, sizeof *c->parts);
    if (!c->parts)
        return alfa__fail_memory(c->err, weights->request_count * sizeof *c->parts);
    for (size_t i = 0; i < weights->request_count; i++) {
        struct part *part = &c->parts[c->count++];
        part->request = &weights->requests[i];
        part->dtype = choose_dtype(c, part->request->name);
        part->count = 1;
        for (int axis = 0; axis < part->request->rank; axis++)
            part->count *= part->request->shape[axis];
        part->size = part->count * (part->dtype == ALFA__DTYPE_F32 ? 4 : 2);
        c->total += part->size;
    }
    add_scale(c);
    return ALFA_OK;
}

/* ------------------------------------------------------------------ numbers */

static uint16_t to_bf16(float number)
{
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16); /* to nearest even; numbers are finite */
}

/* In place: rows x columns becomes columns x rows in a new buffer. */
static enum alfa_status turn(float **matrix, size_t rows, size_t columns, struct alfa_error *err)
{
    float *turned = malloc(rows * columns * sizeof *turned + 1);
    if (!turned)
        return alfa__fail_memory(err, rows * columns * sizeof *turned);
    for (size_t r = 0; r < rows; r++)
        for (size_t k = 0; k < columns; k++)
            turned[k * rows + r] = (*matrix)[r * columns + k];
    free(*matrix);
    *matrix = turned;
    return ALFA_OK;
}

/* The numbers of a tensor as open_clip stores them. */
static enum alfa_status read_part(const struct conversion *c, const struct part *part, float **out)
{
    const struct alfa__weights *weights = &c->model->weights;
    const struct alfa__request *request = part->request;
    const char *end = strstr(request->name, "attn.in_proj_");
    char block[256];
    *out = NULL;
    if (end) {
        snprintf(block, sizeof block, "%.*s", (int)(end - request->name), request->name);
        return request->rank == 2
                   ? alfa__weights_read_qkv(weights, out, block, request->shape[1], c->err)
                   : alfa__weights_read_qkv_bias(weights, out, block, request->shape[0] / 3, c->err);
    }
    ALFA__TRY(alfa__weights_read(weights, out, request->name, request->rank, request->shape, c->err));
    if (!is_projection(request->name))
        return ALFA_OK;
    const enum alfa_status status = turn(out, request->shape[0], request->shape[1], c->err);
    if (status != ALFA_OK)
        free(*out);
    return status;
}

/* Packs in place, which 2 bytes for 4 allow; false when a number is too large for f16. */
static bool pack(float *numbers, size_t count, enum alfa__dtype dtype)
{
    unsigned char *out = (unsigned char *)numbers;
    for (size_t i = 0; i < count; i++) {
        const float number = numbers[i];
        const uint16_t half = dtype == ALFA__DTYPE_F16 ? alfa__half_pack(number) : to_bf16(number);
        if ((half & 0x7FFF) >= (dtype == ALFA__DTYPE_F16 ? 0x7C00 : 0x7F80))
            return false;
        memcpy(out + 2 * i, &half, sizeof half);
    }
    return true;
}

static enum alfa_status write_part(struct conversion *c, const struct part *part)
{
    float *numbers;
    ALFA__TRY(read_part(c, part, &numbers));
    enum alfa_status status = ALFA_OK;
    if (part->dtype != ALFA__DTYPE_F32 && !pack(numbers, part->count, part->dtype))
        status = alfa__fail(c->err, ALFA_ERROR_MODEL, c->model->weights.path,
                            "tensor %.100s holds numbers too large for %s: convert to f32",
                            part->request->name, part->dtype == ALFA__DTYPE_F16 ? "f16" : "bf16");
    if (status == ALFA_OK)
        status = alfa__writer_put(c->writer, numbers, part->size, c->err);
    free(numbers);
    c->done += part->size;
    if (status == ALFA_OK && c->options->step &&
        !c->options->step(c->options->context, (long long)c->done, (long long)c->total))
        status = alfa__fail(c->err, ALFA_ERROR_RUNTIME, c->model->weights.path, "conversion was stopped");
    return status;
}

/* ------------------------------------------------------------------ model.safetensors */

/* Length and header; the tensors follow in the order of parts. */
static enum alfa_status write_header(struct conversion *c)
{
    static const char *const names[] = {"F32", "F16", "BF16"};
    struct alfa__string text = {0};
    size_t place = 0;
    unsigned char length[8];
    alfa__string_append(&text, "{\"__metadata__\":{\"format\":\"pt\"}");
    for (size_t i = 0; i < c->count; i++) {
        const struct part *part = &c->parts[i];
        const size_t *shape = part->request->shape;
        const bool turned = is_projection(part->request->name);
        alfa__string_appendf(&text, ",\"%s\":{\"dtype\":\"%s\",\"shape\":[", part->request->name,
                             names[part->dtype]);
        for (int axis = 0; axis < part->request->rank; axis++)
            alfa__string_appendf(&text, "%s%zu", axis ? "," : "", shape[turned ? 1 - axis : axis]);
        alfa__string_appendf(&text, "],\"data_offsets\":[%zu,%zu]}", place, place + part->size);
        place += part->size;
    }
    alfa__string_append(&text, "}");
    while (text.size % 8)
        alfa__string_append(&text, " ");
    enum alfa_status status = ALFA_OK;
    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char)((uint64_t)text.size >> 8 * i);
    if (!alfa__string_ok(&text))
        status = alfa__fail_memory(c->err, text.size);
    if (status == ALFA_OK)
        status = alfa__writer_put(c->writer, length, sizeof length, c->err);
    if (status == ALFA_OK)
        status = alfa__writer_put(c->writer, text.text, text.size, c->err);
    alfa__string_free(&text);
    return status;
}

static enum alfa_status write_tensors(struct conversion *c, const char *folder)
{
    char *path = alfa__format("%s/model.safetensors", folder);
    if (!path)
        return alfa__fail_memory(c->err, strlen(folder));
    enum alfa_status status = alfa__writer_open(&c->writer, path, c->err);
    if (status == ALFA_OK)
        status = write_header(c);
    for (size_t i = 0; i < c->count && status == ALFA_OK; i++)
        status = write_part(c, &c->parts[i]);
    if (status == ALFA_OK)
        status = alfa__writer_finish(c->writer, ALFA__WRITER_TO_DISK, c->err);
    alfa__writer_close(c->writer);
    c->writer = NULL;
    free(path);
    return status;
}

/* ------------------------------------------------------------------ config and merges */

/* A number so short that the same float comes back. */
static void append_float(struct alfa__string *out, float number)
{
    char text[32];
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)number);
        if (strtof(text, NULL) == number)
            break;
    }
    alfa__string_append(out, text);
}

static void append_triple(struct alfa__string *out, const char *name, const float numbers[3])
{
    alfa__string_appendf(out, "    \"%s\": [", name);
    for (int i = 0; i < 3; i++) {
        alfa__string_append(out, i ? ", " : "");
        append_float(out, numbers[i]);
    }
    alfa__string_append(out, "],\n");
}

/* mlp_ratio such that open_clip's int(width * ratio) is the width of the hidden layer. */
static void append_ratio(struct alfa__string *out, const struct alfa__tower_config *tower)
{
    double ratio = (double)tower->mlp / tower->width;
    while ((int)(tower->width * ratio) < tower->mlp)
        ratio = nextafter(ratio, 1000);
    if (tower->mlp != 4 * tower->width)
        alfa__string_appendf(out, ",\n      \"mlp_ratio\": %.17g", ratio);
}

static void write_config_text(struct alfa__string *out, const struct alfa__config *c)
{
    alfa__string_appendf(out, "{\n  \"model_cfg\": {\n    \"embed_dim\": %d,\n", c->embed_dim);
    if (c->quick_gelu)
        alfa__string_append(out, "    \"quick_gelu\": true,\n");
    alfa__string_appendf(out,
                         "    \"vision_cfg\": {\n      \"image_size\": %d,\n      \"layers\": %d,\n"
                         "      \"width\": %d,\n      \"head_width\": %d,\n      \"patch_size\": %d",
                         c->image_size, c->vision.layers, c->vision.width, c->vision.width / c->vision.heads,
                         c->patch_size);
    append_ratio(out, &c->vision);
    alfa__string_appendf(
        out,
        "\n    },\n    \"text_cfg\": {\n      \"context_length\": %d,\n      \"vocab_size\": "
        "%d,\n      \"width\": %d,\n      \"heads\": %d,\n      \"layers\": %d",
        c->context_length, c->vocab_size, c->text.width, c->text.heads, c->text.layers);
    append_ratio(out, &c->text);
    alfa__string_append(out, "\n    }\n  },\n  \"preprocess_cfg\": {\n");
    append_triple(out, "mean", c->mean);
    append_triple(out, "std", c->std);
    alfa__string_appendf(out, "    \"interpolation\": \"bicubic\",\n    \"resize_mode\": \"%s\"\n  }\n}\n",
                         c->squash ? "squash" : "shortest");
}

/* open_clip's own config is kept as it is, others are written in its words. */
static enum alfa_status write_config(const struct alfa_model *model, const char *folder,
                                     struct alfa_error *err)
{
    struct alfa__string text = {0};
    char *path = alfa__format("%s/open_clip_config.json", folder), *own = NULL;
    size_t size = 0;
    enum alfa_status status = path ? ALFA_OK : alfa__fail_memory(err, strlen(folder));
    if (status == ALFA_OK && model->config.layout == ALFA__OPEN_CLIP && model->weights.config_path)
        status = alfa__file_read(&own, &size, model->weights.config_path, (size_t)4 << 20, err);
    if (own)
        alfa__string_append_bytes(&text, own, size);
    else if (status == ALFA_OK)
        write_config_text(&text, &model->config);
    if (status == ALFA_OK && !alfa__string_ok(&text))
        status = alfa__fail_memory(err, text.size);
    if (status == ALFA_OK)
        status = alfa__file_save(path, text.text, text.size, err);
    alfa__string_free(&text);
    free(own);
    free(path);
    return status;
}

/* merges.txt, unless the model has the vocabulary that is compiled in. */
static enum alfa_status write_merges(const struct alfa_model *model, const char *folder,
                                     struct alfa_error *err)
{
    char *from, *text, *path = alfa__format("%s/merges.txt", folder);
    size_t size;
    enum alfa_status status =
        path ? alfa__merges_find(&from, &text, &size, model->weights.folder, &model->config, err)
             : alfa__fail_memory(err, strlen(folder));
    if (status == ALFA_OK) {
        if (text)
            status = alfa__file_save(path, text, size, err);
        free(from);
        free(text);
    }
    free(path);
    return status;
}

/* ------------------------------------------------------------------ the whole */

static enum alfa_status check(const struct alfa_model *model, const char *folder,
                              const struct alfa_convert_options *options, struct alfa_error *err)
{
    static const char *const names[] = {"open_clip_config.json", "config.json", "model.safetensors",
                                        "open_clip_model.safetensors"};
    if (options->numbers < ALFA_NUMBERS_AUTO || options->numbers > ALFA_NUMBERS_BF16)
        return alfa__fail(err, ALFA_ERROR_USAGE, NULL, "unknown type of numbers");
    if (model->config.epsilon != 1e-5)
        return alfa__fail(err, ALFA_ERROR_MODEL, model->weights.path,
                          "has layer_norm_eps %g, which open_clip's config cannot say",
                          model->config.epsilon);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = alfa__format("%s/%s", folder, names[i]);
        const bool there = path && alfa__file_exists(path);
        free(path);
        if (there)
            return alfa__fail(err, ALFA_ERROR_OUTPUT, folder, "holds %s already: give another folder",
                              names[i]);
    }
    return alfa__folder_make(folder, err);
}

enum alfa_status alfa_model_convert(const struct alfa_model *model, const char *folder,
                                    const struct alfa_convert_options *given, struct alfa_error *err)
{
    struct alfa_convert_options options = ALFA_CONVERT_OPTIONS_INIT;
    ALFA__NEED(model, "model", err);
    ALFA__NEED(folder, "folder", err);
    ALFA__TRY(alfa__options_take(&options, sizeof options, given, "ALFA_CONVERT_OPTIONS_INIT", err));
    ALFA__TRY(check(model, folder, &options, err));
    struct conversion conversion = {.model = model, .options = &options, .err = err};
    enum alfa_status status = list_parts(&conversion);
    if (status == ALFA_OK)
        status = write_tensors(&conversion, folder);
    if (status == ALFA_OK)
        status = write_merges(model, folder, err);
    if (status == ALFA_OK)
        status = write_config(model, folder, err);
    free(conversion.parts);
    return status;
}
