/* Tensors by their open_clip name, whatever the file calls them: the second half of weights.h. */
#include "weights/names.h"
#include "weights/weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NAME 256

/* ------------------------------------------------------------------ finding */

/* The name that the file uses; *transposed: the matrix is stored as inputs x outputs. */
static void file_name(const struct alfa__weights *weights, char out[MAX_NAME], const char *name,
                      bool *transposed)
{
    bool hf_transposed, projection = strcmp(name, "visual.proj") == 0 || strcmp(name, "text_projection") == 0;
    *transposed = projection;
    if (weights->hugging_face && alfa__name_hugging_face(out, MAX_NAME, name, &hf_transposed))
        *transposed = projection != hf_transposed;
    else
        snprintf(out, MAX_NAME, "%s%s",
                 weights->text_prefix && strncmp(name, "visual.", 7) != 0 && strcmp(name, "logit_scale") != 0
                     ? "text."
                     : "",
                 name);
}

const struct alfa__tensor *alfa__weights_tensor(const struct alfa__weights *weights, const char *name)
{
    char real[MAX_NAME];
    bool transposed;
    file_name(weights, real, name, &transposed);
    return alfa__tensors_find(&weights->file, real);
}

/* Keeps what is asked for while check_only; weights are the caller's alone then. */
static enum alfa_status note_request(const struct alfa__weights *weights, const char *name, int rank,
                                     const size_t *shape, struct alfa_error *err)
{
    struct alfa__weights *own = (struct alfa__weights *)weights;
    if (!weights->check_only)
        return ALFA_OK;
    struct alfa__request *list = realloc(own->requests, (own->request_count + 1) * sizeof *list);
    if (!list)
        return alfa__fail_memory(err, sizeof *list);
    own->requests = list;
    struct alfa__request *request = &list[own->request_count++];
    *request = (struct alfa__request){.rank = rank};
    snprintf(request->name, sizeof request->name, "%s", name);
    memcpy(request->shape, shape, (size_t)rank * sizeof *shape);
    return ALFA_OK;
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

/* The first tensor whose name has the part; NULL: none. */
static const char *name_with(const struct alfa__weights *weights, const char *part)
{
    for (size_t i = 0; i < weights->file.count; i++)
        if (strstr(weights->file.list[i].name, part))
            return weights->file.list[i].name;
    return NULL;
}

enum alfa_status alfa__weights_refuse_adapter(const struct alfa__weights *weights, struct alfa_error *err)
{
    const char *lora = name_with(weights, "lora_");
    return lora
               ? alfa__fail(err, ALFA_ERROR_MODEL, weights->path,
                            "has a LoRA beside its weights (tensor %.100s): merge it into them and save that",
                            lora)
               : ALFA_OK;
}

static enum alfa_status fail_missing(const struct alfa__weights *weights, const char *name,
                                     struct alfa_error *err)
{
    ALFA__TRY(alfa__weights_refuse_adapter(weights, err));
    if (!name_with(weights, "token_embedding"))
        return alfa__fail(err, ALFA_ERROR_MODEL, weights->path,
                          "is an image tower alone: it lacks the text tower, which reads the sentences");
    return alfa__fail(
        err, ALFA_ERROR_MODEL, weights->path,
        "lacks the tensor %.100s: weights and config do not belong together, take both from one "
        "place",
        name);
}

static enum alfa_status find_as(const struct alfa__weights *weights, const struct alfa__tensor **out,
                                const char *name, int rank, const size_t *shape, struct alfa_error *err)
{
    const struct alfa__tensor *tensor = alfa__tensors_find(&weights->file, name);
    char has[128], needs[128];
    if (!tensor)
        return fail_missing(weights, name, err);
    if (!same_shape(tensor, rank, shape)) {
        alfa__shape_text(has, sizeof has, tensor->rank, tensor->shape);
        alfa__shape_text(needs, sizeof needs, rank, shape);
        return alfa__fail(err, ALFA_ERROR_MODEL, weights->path,
                          "tensor %.100s is %s, the config needs %s: weights and config do not "
                          "belong together",
                          name, has, needs);
    }
    if (tensor->dtype > ALFA__DTYPE_BF16)
        return alfa__fail(err, ALFA_ERROR_MODEL, weights->path,
                          "tensor %.100s is not F32, F16 or BF16: save the weights as one of these", name);
    if (weights->check_only)
        weights->used[tensor - weights->file.list] = true;
    *out = tensor;
    return ALFA_OK;
}

/* By its open_clip name, stored as it is asked for. */
static enum alfa_status find_part(const struct alfa__weights *weights, const struct alfa__tensor **out,
                                  const char *name, int rank, const size_t *shape, struct alfa_error *err)
{
    char real[MAX_NAME];
    bool transposed;
    file_name(weights, real, name, &transposed);
    return find_as(weights, out, real, rank, shape, err);
}

enum alfa_status alfa__weights_find(const struct alfa__weights *weights, const struct alfa__tensor **out,
                                    const char *name, int rank, const size_t *shape, struct alfa_error *err)
{
    ALFA__TRY(note_request(weights, name, rank, shape, err));
    return find_part(weights, out, name, rank, shape, err);
}

/* ------------------------------------------------------------------ reading */

/* A weight that is not finite makes every score one, silently, and a matrix of zeros, as of a file that was
 * made before it was filled, makes all scores alike. */
static enum alfa_status check_numbers(const struct alfa__weights *weights, const char *name, int rank,
                                      const float *numbers, size_t count, struct alfa_error *err)
{
    float sum = 0; /* stays 0 as long as all are finite */
    int some = 0;
#pragma omp simd reduction(+ : sum) reduction(| : some)
    for (size_t i = 0; i < count; i++) {
        sum += numbers[i] * 0.0f;
        some |= numbers[i] != 0;
    }
    if (sum != 0)
        return alfa__fail(err, ALFA_ERROR_MODEL, weights->path,
                          "tensor %.100s holds numbers that are not finite: the file is damaged", name);
    if (rank > 1 && !some)
        return alfa__fail(err, ALFA_ERROR_MODEL, weights->path,
                          "tensor %.100s holds zeros alone: the file is damaged or was not fetched whole",
                          name);
    return ALFA_OK;
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
    enum alfa_status status = check_numbers(weights, tensor->name, tensor->rank, *out, tensor->count, err);
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
    ALFA__TRY(note_request(weights, name, rank, shape, err));
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

/* Three tensors one after the other in one buffer: width x width weights (rank 2) or width biases. */
static enum alfa_status read_three(const struct alfa__weights *weights, float **out, const char *block,
                                   int rank, size_t width, struct alfa_error *err)
{
    static const char part[] = "qkv";
    const size_t shape[2] = {width, width}, count = rank == 2 ? width * width : width;
    const char *leaf = rank == 2 ? "weight" : "bias";
    enum alfa_status status = ALFA_OK;
    *out = weights->check_only ? NULL : malloc(3 * count * sizeof **out);
    if (!*out && !weights->check_only)
        return alfa__fail_memory(err, 3 * count * sizeof **out);
    for (size_t i = 0; i < 3 && status == ALFA_OK; i++) {
        char name[MAX_NAME];
        const struct alfa__tensor *tensor = NULL;
        snprintf(name, sizeof name, "%sattn.%c.%s", block, part[i], leaf);
        status = find_part(weights, &tensor, name, rank, shape, err);
        if (status == ALFA_OK && *out) {
            alfa__tensor_read(tensor, 0, count, *out + i * count);
            alfa__tensor_drop(tensor);
            status = check_numbers(weights, name, rank, *out + i * count, count, err);
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
    const size_t shape[2] = {3 * width, width};
    char name[MAX_NAME];
    *out = NULL;
    snprintf(name, sizeof name, "%sattn.in_proj_weight", block);
    if (!weights->hugging_face)
        return alfa__weights_read(weights, out, name, 2, shape, err);
    ALFA__TRY(note_request(weights, name, 2, shape, err));
    return read_three(weights, out, block, 2, width, err);
}

enum alfa_status alfa__weights_read_qkv_bias(const struct alfa__weights *weights, float **out,
                                             const char *block, size_t width, struct alfa_error *err)
{
    const size_t shape[1] = {3 * width};
    char name[MAX_NAME];
    *out = NULL;
    snprintf(name, sizeof name, "%sattn.in_proj_bias", block);
    if (!weights->hugging_face)
        return alfa__weights_read(weights, out, name, 1, shape, err);
    ALFA__TRY(note_request(weights, name, 1, shape, err));
    return read_three(weights, out, block, 1, width, err);
}
