#include "nn/convolution.h"
#include "base/parallel.h"
#include "nn/primitive.h"

#include <pthread.h>

struct alfa__convolution {
    struct alfa__convolution_shape shape;
    float *weight; /* as given: outputs x inputs/groups x k x k; NULL once packed */
    float *bias;
    alfa__md packed_md;
    void *packed; /* made with the first primitive */
    pthread_mutex_t lock;
    struct alfa__made *made;
};

int alfa__convolution_side(const struct alfa__convolution *convolution, int side)
{
    const struct alfa__convolution_shape *s = &convolution->shape;
    return s->same_padding ? (side + s->stride - 1) / s->stride
                           : (side + 2 * (s->kernel / 2) - s->kernel) / s->stride + 1;
}

/* Rows of zeros before the image and after it. */
static void padding(const struct alfa__convolution *convolution, int side, int *before, int *after)
{
    const struct alfa__convolution_shape *s = &convolution->shape;
    int total = (alfa__convolution_side(convolution, side) - 1) * s->stride + s->kernel - side;
    if (total < 0)
        total = 0;
    *before = s->same_padding ? total / 2 : s->kernel / 2;
    *after = total - *before;
}

/* Channels-last image; dims in oneDNN's order n, c, h, w. */
static alfa__md image_md(int64_t channels, int64_t side)
{
    return alfa__md_new(4, (dnnl_dim_t[]){1, channels, side, side}, dnnl_f32,
                        (dnnl_dim_t[]){channels * side * side, 1, channels * side, channels});
}

/* Weights in the checkpoint's order (plain) or in a layout of oneDNN's choice. */
static alfa__md kernel_md(const struct alfa__convolution_shape *s, bool plain)
{
    const int64_t g = s->groups, o = s->outputs / g, i = s->inputs / g, k = s->kernel;
    const dnnl_dim_t dims[] = {g, o, i, k, k}, strides[] = {o * i * k * k, i * k * k, k * k, k, 1};
    int skip = g == 1; /* no group axis */
    return alfa__md_new(5 - skip, dims + skip, dnnl_f32, plain ? strides + skip : NULL);
}

static dnnl_status_t convolution_pd(dnnl_primitive_desc_t *pd, const struct alfa__convolution *convolution,
                                    int side, bool add, alfa__const_md weight_md)
{
    const struct alfa__convolution_shape *s = &convolution->shape;
    int before, after;
    padding(convolution, side, &before, &after);
    const struct alfa__steps steps = {{s->stride, s->stride}, {before, before}, {after, after}};
    alfa__md x = image_md(s->inputs, side),
             y = image_md(s->outputs, alfa__convolution_side(convolution, side));
    alfa__md b = alfa__md_new(1, (dnnl_dim_t[]){s->outputs}, dnnl_f32, (dnnl_dim_t[]){1});
    const struct alfa__mds mds = {x, weight_md, b, y};
    dnnl_primitive_attr_t attr = NULL;
    dnnl_status_t status = alfa__attributes(&attr, add, s->relu6);
    if (!status)
        status =
            x && y && b ? alfa__convolution_pd(pd, alfa__engine, &mds, &steps, attr) : dnnl_out_of_memory;
    if (attr)
        dnnl_primitive_attr_destroy(attr);
    alfa__md_free(x);
    alfa__md_free(y);
    alfa__md_free(b);
    return status;
}

enum alfa_status alfa__convolution_new(struct alfa__convolution **out,
                                       const struct alfa__convolution_shape *shape, const float *weight,
                                       const float *bias, struct alfa_error *err)
{
    *out = NULL;
    ALFA__TRY(alfa__engine_get(err));
    struct alfa__convolution *convolution = calloc(1, sizeof *convolution);
    if (!convolution)
        return alfa__fail_memory(err, sizeof *convolution);
    size_t weights = (size_t)shape->outputs * (size_t)(shape->inputs / shape->groups) *
                     (size_t)shape->kernel * (size_t)shape->kernel * sizeof *weight;
    pthread_mutex_init(&convolution->lock, NULL);
    convolution->shape = *shape;
    convolution->weight = malloc(weights);
    convolution->bias = malloc((size_t)shape->outputs * sizeof *bias);
    if (!convolution->weight || !convolution->bias) {
        alfa__convolution_free(convolution);
        return alfa__fail_memory(err, weights);
    }
    memcpy(convolution->weight, weight, weights);
    memcpy(convolution->bias, bias, (size_t)shape->outputs * sizeof *bias);
    *out = convolution;
    return ALFA_OK;
}

/* Packs the weights in the layout that a primitive asks for. */
static enum alfa_status convolution_pack(struct alfa__convolution *convolution,
                                         const_dnnl_primitive_desc_t pd, struct alfa_error *err)
{
    alfa__md plain = kernel_md(&convolution->shape, true);
    convolution->packed_md = alfa__md_clone(alfa__pd_md(pd, dnnl_query_weights_md));
    if (convolution->packed_md)
        convolution->packed =
            aligned_alloc(64, (dnnl_memory_desc_get_size(convolution->packed_md) + 63) / 64 * 64);
    enum alfa_status status =
        plain && convolution->packed
            ? alfa__reorder(plain, convolution->weight, convolution->packed_md, convolution->packed, err)
            : alfa__onednn_fail(err, "a convolution", dnnl_out_of_memory);
    alfa__md_free(plain);
    if (status == ALFA_OK) {
        free(convolution->weight);
        convolution->weight = NULL;
    }
    return status;
}

static enum alfa_status convolution_make(dnnl_primitive_t *out, struct alfa__convolution *convolution,
                                         const struct alfa__made *key, struct alfa_error *err)
{
    dnnl_primitive_desc_t pd = NULL;
    alfa__md any = convolution->packed ? NULL : kernel_md(&convolution->shape, false);
    dnnl_status_t status = convolution_pd(&pd, convolution, key->rows, key->add,
                                          convolution->packed ? convolution->packed_md : any);
    enum alfa_status result = ALFA_OK;
    if (!status && !convolution->packed)
        result = convolution_pack(convolution, pd, err);
    if (!status && result == ALFA_OK)
        status = dnnl_primitive_create(out, pd);
    if (!status && result == ALFA_OK && !alfa__made_remember(&convolution->made, key, *out)) {
        dnnl_primitive_destroy(*out);
        status = dnnl_out_of_memory;
    }
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    alfa__md_free(any);
    return status ? alfa__onednn_fail(err, "a convolution", status) : result;
}

enum alfa_status alfa__convolution_run(const struct alfa__convolution *convolution,
                                       const struct alfa__convolution_call *call, struct alfa__arena *arena,
                                       struct alfa_error *err)
{
    struct alfa__convolution *own = (struct alfa__convolution *)convolution;
    const struct alfa__made key = {.rows = call->side, .threads = omp_get_max_threads(), .add = call->add};
    enum alfa_status status = ALFA_OK;
    const_dnnl_primitive_desc_t pd;
    pthread_mutex_lock(&own->lock);
    dnnl_primitive_t primitive = alfa__made_find(own->made, &key);
    if (!primitive)
        status = convolution_make(&primitive, own, &key, err);
    pthread_mutex_unlock(&own->lock);
    if (status != ALFA_OK)
        return status;
    dnnl_primitive_get_primitive_desc(primitive, &pd);
    struct alfa__argument arguments[ALFA__MAX_ARGUMENTS] = {
        {DNNL_ARG_SRC, alfa__pd_md(pd, dnnl_query_src_md), call->x},
        {DNNL_ARG_WEIGHTS, convolution->packed_md, convolution->packed},
        {DNNL_ARG_DST, alfa__pd_md(pd, dnnl_query_dst_md), call->y},
        {DNNL_ARG_BIAS, dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 1), convolution->bias},
    };
    return alfa__execute_with_scratch(primitive, arguments, 4, arena, "a convolution", err);
}

void alfa__convolution_free(struct alfa__convolution *convolution)
{
    if (!convolution)
        return;
    alfa__made_forget(convolution->made);
    alfa__md_free(convolution->packed_md);
    free(convolution->packed);
    free(convolution->weight);
    free(convolution->bias);
    pthread_mutex_destroy(&convolution->lock);
    free(convolution);
}
