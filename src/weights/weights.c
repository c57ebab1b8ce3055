#include "weights/weights.h"
#include "base/strings.h"
#include "weights/names.h"

#include <dirent.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NAME 256
#define MAX_SIDE_FILE ((size_t)64 << 20)

/* ------------------------------------------------------------------ which file */

static bool ends_with(const char *text, const char *end)
{
    size_t a = strlen(text), b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

/* The known names first, then the only file that ends in .safetensors. */
static enum alfa_status choose_file(char **out, const char *folder, struct alfa_error *err)
{
    static const char *const known[] = {"open_clip_model.safetensors", "model.safetensors"};
    char name[MAX_NAME] = "";
    int count = 0;
    for (size_t i = 0; i < 2; i++) {
        char *path = alfa__format("%s/%s", folder, known[i]);
        if (path && alfa__file_exists(path)) {
            *out = path;
            return ALFA_OK;
        }
        free(path);
    }
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (ends_with(entry->d_name, ".safetensors") && ++count == 1)
            snprintf(name, sizeof name, "%s", entry->d_name);
    if (dir)
        closedir(dir);
    if (count != 1)
        return alfa__fail(err, ALFA_ERROR_MODEL, folder,
                          count ? "has several .safetensors files: keep one, or name it model.safetensors"
                                : "has no .safetensors file: docs/models.md says how to get or make one");
    *out = alfa__format("%s/%s", folder, name);
    return *out ? ALFA_OK : alfa__fail_memory(err, strlen(folder) + strlen(name));
}

/* ------------------------------------------------------------------ fingerprint */

#define SAMPLE 4096u /* bytes at both ends of each tensor */

/* The small files beside the weights that change what a model computes. */
static void add_file(GChecksum *sum, const char *folder, const char *name)
{
    char *path = alfa__format("%s/%s", folder, name), *text = NULL;
    size_t size;
    if (path && alfa__file_exists(path) &&
        alfa__file_read(&text, &size, path, MAX_SIDE_FILE, NULL) == ALFA_OK)
        g_checksum_update(sum, (const guchar *)text, (gssize)size);
    free(text);
    free(path);
}

/* SHA-256 over config, merges and, of every tensor, name, shape and samples: reading gigabytes only to name a
 * model would take seconds. */
static void make_fingerprint(struct alfa__weights *weights, const char *folder)
{
    static const char *const beside[] = {"open_clip_config.json", "config.json", "preprocessor_config.json",
                                         "merges.txt"};
    const struct alfa__safetensors *file = &weights->file;
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++)
        add_file(sum, folder, beside[i]);
    for (size_t i = 0; i < file->count; i++) {
        const struct alfa__tensor *tensor = &file->tensors[i];
        size_t size = tensor->size < SAMPLE ? tensor->size : SAMPLE;
        g_checksum_update(sum, (const guchar *)tensor->name, (gssize)strlen(tensor->name) + 1);
        g_checksum_update(sum, (const guchar *)tensor->shape, sizeof tensor->shape);
        g_checksum_update(sum, (const guchar *)&tensor->dtype, sizeof tensor->dtype);
        g_checksum_update(sum, tensor->bytes, (gssize)size);
        g_checksum_update(sum, tensor->bytes + tensor->size - size, (gssize)size);
        weights->parameters += (long long)tensor->count;
    }
    snprintf(weights->fingerprint, sizeof weights->fingerprint, "%s", g_checksum_get_string(sum));
    g_checksum_free(sum);
}

enum alfa_status alfa__weights_open(struct alfa__weights *out, const char *folder,
                                    const struct alfa__config *config, struct alfa_error *err)
{
    *out = (struct alfa__weights){.layout = config->layout};
    enum alfa_status status = choose_file(&out->path, folder, err);
    if (status == ALFA_OK)
        status = alfa__safetensors_open(&out->file, out->path, err);
    if (status != ALFA_OK) {
        alfa__weights_close(out);
        return status;
    }
    out->text_prefix = !alfa__safetensors_find(&out->file, "token_embedding.weight") &&
                       alfa__safetensors_find(&out->file, "text.token_embedding.weight");
    make_fingerprint(out, folder);
    return ALFA_OK;
}

void alfa__weights_close(struct alfa__weights *weights)
{
    alfa__safetensors_close(&weights->file);
    free(weights->path);
    *weights = (struct alfa__weights){0};
}

/* ------------------------------------------------------------------ finding */

/* The name that the file uses; *transposed: the matrix is stored as inputs x outputs. */
static void file_name(const struct alfa__weights *weights, char out[MAX_NAME], const char *name,
                      bool *transposed)
{
    bool hf_transposed, projection = strcmp(name, "visual.proj") == 0 || strcmp(name, "text_projection") == 0;
    *transposed = projection;
    if (weights->layout == ALFA__HUGGING_FACE && alfa__name_hugging_face(out, MAX_NAME, name, &hf_transposed))
        *transposed = projection != hf_transposed;
    else
        snprintf(out, MAX_NAME, "%s%s",
                 weights->text_prefix && strncmp(name, "visual.", 7) != 0 && strcmp(name, "logit_scale") != 0
                     ? "text."
                     : "",
                 name);
}

static bool same_shape(const struct alfa__tensor *tensor, int rank, const size_t *shape)
{
    if (tensor->rank != rank)
        return false;
    for (int i = 0; i < rank; i++)
        if (tensor->shape[i] != shape[i])
            return false;
    return true;
}

static enum alfa_status find_as(const struct alfa__weights *weights, const struct alfa__tensor **out,
                                const char *name, int rank, const size_t *shape, struct alfa_error *err)
{
    const struct alfa__tensor *tensor = alfa__safetensors_find(&weights->file, name);
    char has[128], needs[128];
    if (!tensor)
        return alfa__fail(err, ALFA_ERROR_MODEL, weights->path,
                          "lacks the tensor %.100s: weights and config do not belong together, "
                          "take both from one place",
                          name);
    if (!same_shape(tensor, rank, shape)) {
        alfa__shape_text(has, sizeof has, tensor->rank, tensor->shape);
        alfa__shape_text(needs, sizeof needs, rank, shape);
        return alfa__fail(err, ALFA_ERROR_MODEL, weights->path,
                          "tensor %.100s is %s, the config needs %s: weights and config do not "
                          "belong together",
                          name, has, needs);
    }
    if (tensor->dtype > ALFA__DTYPE_BF16)
        return alfa__fail(err, ALFA_ERROR_MODEL, weights->path, "tensor %.100s is not F32, F16 or BF16",
                          name);
    *out = tensor;
    return ALFA_OK;
}

enum alfa_status alfa__weights_find(const struct alfa__weights *weights, const struct alfa__tensor **out,
                                    const char *name, int rank, const size_t *shape, struct alfa_error *err)
{
    char real[MAX_NAME];
    bool transposed;
    file_name(weights, real, name, &transposed);
    return find_as(weights, out, real, rank, shape, err);
}

/* ------------------------------------------------------------------ reading */

/* A weight that is not finite makes every score one, silently: the file is damaged. */
static enum alfa_status check_finite(const struct alfa__weights *weights, const char *name,
                                     const float *numbers, size_t count, struct alfa_error *err)
{
    float sum = 0; /* stays 0 as long as all are finite */
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < count; i++)
        sum += numbers[i] * 0.0f;
    return sum == 0
               ? ALFA_OK
               : alfa__fail(err, ALFA_ERROR_MODEL, weights->path,
                            "tensor %.100s holds numbers that are not finite: the file is damaged", name);
}

/* Reads the tensor into a new buffer and lets go of its pages; nothing with check_only. */
static enum alfa_status read_all(const struct alfa__weights *weights, float **out,
                                 const struct alfa__tensor *tensor, struct alfa_error *err)
{
    *out = NULL;
    if (weights->check_only)
        return ALFA_OK;
    *out = malloc(tensor->count * sizeof **out + 1);
    if (!*out)
        return alfa__fail_memory(err, tensor->count * sizeof **out);
    alfa__tensor_read(tensor, 0, tensor->count, *out);
    alfa__tensor_drop(tensor);
    enum alfa_status status = check_finite(weights, tensor->name, *out, tensor->count, err);
    if (status != ALFA_OK) {
        free(*out);
        *out = NULL;
    }
    return status;
}

/* In place: inputs x outputs becomes outputs x inputs. */
static enum alfa_status transpose(float **matrix, size_t rows, size_t columns, struct alfa_error *err)
{
    float *turned = malloc(rows * columns * sizeof *turned + 1);
    if (!turned)
        return alfa__fail_memory(err, rows * columns * sizeof *turned);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
            turned[c * rows + r] = (*matrix)[r * columns + c];
    free(*matrix);
    *matrix = turned;
    return ALFA_OK;
}

enum alfa_status alfa__weights_read(const struct alfa__weights *weights, float **out, const char *name,
                                    int rank, const size_t *shape, struct alfa_error *err)
{
    char real[MAX_NAME];
    bool transposed;
    const struct alfa__tensor *tensor = NULL;
    *out = NULL;
    file_name(weights, real, name, &transposed);
    const size_t stored[2] = {rank == 2 ? shape[1] : 0, shape[0]};
    ALFA__TRY(find_as(weights, &tensor, real, rank, transposed ? stored : shape, err));
    ALFA__TRY(read_all(weights, out, tensor, err));
    enum alfa_status status = *out && transposed ? transpose(out, stored[0], stored[1], err) : ALFA_OK;
    if (status != ALFA_OK) {
        free(*out);
        *out = NULL;
    }
    return status;
}

/* Three tensors one after the other in one buffer. */
static enum alfa_status read_three(const struct alfa__weights *weights, float **out, const char *block,
                                   const char *leaf, int rank, const size_t *shape, struct alfa_error *err)
{
    static const char part[] = "qkv";
    size_t count = rank == 2 ? shape[0] * shape[1] : shape[0];
    enum alfa_status status = ALFA_OK;
    *out = weights->check_only ? NULL : malloc(3 * count * sizeof **out);
    if (!*out && !weights->check_only)
        return alfa__fail_memory(err, 3 * count * sizeof **out);
    for (size_t i = 0; i < 3 && status == ALFA_OK; i++) {
        char name[MAX_NAME];
        const struct alfa__tensor *tensor = NULL;
        snprintf(name, sizeof name, "%sattn.%c.%s", block, part[i], leaf);
        status = alfa__weights_find(weights, &tensor, name, rank, shape, err);
        if (status == ALFA_OK && *out) {
            alfa__tensor_read(tensor, 0, count, *out + i * count);
            alfa__tensor_drop(tensor);
            status = check_finite(weights, name, *out + i * count, count, err);
        }
    }
    if (status != ALFA_OK) {
        free(*out);
        *out = NULL;
    }
    return status;
}

enum alfa_status alfa__weights_read_qkv(const struct alfa__weights *weights, float **out, const char *block,
                                        size_t width, struct alfa_error *err)
{
    char name[MAX_NAME];
    if (weights->layout == ALFA__HUGGING_FACE)
        return read_three(weights, out, block, "weight", 2, (size_t[]){width, width}, err);
    snprintf(name, sizeof name, "%sattn.in_proj_weight", block);
    return alfa__weights_read(weights, out, name, 2, (size_t[]){3 * width, width}, err);
}

enum alfa_status alfa__weights_read_qkv_bias(const struct alfa__weights *weights, float **out,
                                             const char *block, size_t width, struct alfa_error *err)
{
    char name[MAX_NAME];
    if (weights->layout == ALFA__HUGGING_FACE)
        return read_three(weights, out, block, "bias", 1, (size_t[]){width}, err);
    snprintf(name, sizeof name, "%sattn.in_proj_bias", block);
    return alfa__weights_read(weights, out, name, 1, (size_t[]){3 * width}, err);
}
