/* The layers of linear.h: a packed matrix, or in its place one that multiplies bytes. */
#include "nn/linear.h"
#include "nn/layers.h"
#include "nn/packed.h"
#include "nn/quantised.h"

#include <stdlib.h>

struct alfa__linear {
    int outputs, inputs;
    enum alfa__type type;
    struct alfa__packed *packed;       /* NULL once quantised */
    struct alfa__quantised *quantised; /* NULL before */
    float *largest;                    /* of each input while watched; NULL: not watched */
};

/* ------------------------------------------------------------------ making */

/* A layer that has nothing but its shape. */
static enum alfa_status new_empty(struct alfa__linear **out, const struct alfa__affine *affine,
                                  struct alfa_error *err)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return alfa__fail_memory(err, sizeof **out);
    (*out)->outputs = affine->outputs;
    (*out)->inputs = affine->inputs;
    (*out)->type = affine->type;
    return ALFA_OK;
}

/* *out is NULL unless the layer has its weights. */
static enum alfa_status finish(struct alfa__linear **out, enum alfa_status status)
{
    if (!(*out)->packed) {
        alfa__linear_free(*out);
        *out = NULL;
    }
    return status;
}

enum alfa_status alfa__linear_new(struct alfa__linear **out, const struct alfa__affine *affine,
                                  struct alfa_error *err)
{
    ALFA__TRY(new_empty(out, affine, err));
    return finish(out, alfa__packed_new(&(*out)->packed, affine, err));
}

enum alfa_status alfa__linear_from_packed(struct alfa__linear **out, const void *packed, size_t size,
                                          const struct alfa__affine *affine, struct alfa_error *err)
{
    ALFA__TRY(new_empty(out, affine, err));
    return finish(out, alfa__packed_from_bytes(&(*out)->packed, packed, size, affine, err));
}

const void *alfa__linear_packed(const struct alfa__linear *linear, size_t *size)
{
    return linear->packed ? alfa__packed_bytes(linear->packed, size) : NULL;
}

enum alfa_status alfa__linear_watch(struct alfa__linear *linear, struct alfa_error *err)
{
    if (!linear->largest)
        linear->largest = calloc((size_t)linear->inputs, sizeof *linear->largest);
    return linear->largest ? ALFA_OK : alfa__fail_memory(err, (size_t)linear->inputs * sizeof(float));
}

enum alfa_status alfa__linear_quantise(struct alfa__linear *linear, const float *weight, const float *bias,
                                       struct alfa_error *err)
{
    const struct alfa__affine affine = {weight, bias, linear->outputs, linear->inputs, linear->type};
    ALFA__TRY(alfa__quantised_new(&linear->quantised, &affine, linear->largest, err));
    free(linear->largest);
    alfa__packed_free(linear->packed);
    linear->largest = NULL;
    linear->packed = NULL;
    return ALFA_OK;
}

void alfa__linear_free(struct alfa__linear *linear)
{
    if (!linear)
        return;
    alfa__packed_free(linear->packed);
    alfa__quantised_free(linear->quantised);
    free(linear->largest);
    free(linear);
}

/* ------------------------------------------------------------------ running */

enum alfa_status alfa__linear_run(const struct alfa__linear *linear, const struct alfa__linear_call *call,
                                  struct alfa__arena *arena, struct alfa_error *err)
{
    if (call->rows == 0)
        return ALFA_OK;
    if (linear->largest)
        alfa__largest_inputs(call->x, linear->type, call->rows, linear->inputs, linear->largest);
    if (linear->quantised)
        return alfa__quantised_run(linear->quantised, call, arena, err);
    ALFA__TRY(alfa__packed_run(linear->packed, call, arena, err));
    alfa__activate(call->y, call->rows, linear->outputs, call->y_type, call->activation);
    return ALFA_OK;
}

enum alfa_status alfa__linear_mlp(const struct alfa__mlp *mlp, const struct alfa__linear_call *call,
                                  struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__linear *first = mlp->first, *second = mlp->second;
    if (first->quantised && second->quantised)
        return alfa__quantised_run_two(first->quantised, mlp->activation, second->quantised, call, arena,
                                       err);
    const size_t numbers = (size_t)call->rows * (size_t)first->outputs;
    const struct alfa__mark mark = alfa__arena_mark(arena);
    void *hidden = alfa__arena_array(arena, numbers, alfa__type_size(second->type));
    if (!hidden)
        return alfa__fail_memory(err, numbers * alfa__type_size(second->type));
    struct alfa__linear_call to = *call, from = *call;
    to.y = hidden;
    to.y_type = second->type;
    to.activation = mlp->activation;
    to.add = false;
    from.x = hidden;
    enum alfa_status status = alfa__linear_run(first, &to, arena, err);
    if (status == ALFA_OK)
        status = alfa__linear_run(second, &from, arena, err);
    alfa__arena_reset(arena, mark);
    return status;
}
