/* The layers of linear.h. The weights are packed once, in the layout that oneDNN asks for with many rows, and
 * all other shapes use that same copy. */
#include "nn/linear.h"
#include "base/hash.h"
#include "nn/layers.h"
#include "nn/primitive.h"
#include "nn/quantised.h"

#include "base/parallel.h"
#include <pthread.h>

#define PACK_ROWS 1024 /* the row count for which the weight layout is chosen */
#define HEAD 64        /* keeps the weights aligned */

struct alfa__linear {
    int outputs, inputs;
    enum alfa__type type;
    alfa__md weight_md, bias_md;
    const unsigned char *packed;       /* HEAD bytes that name the layout, then the weights */
    void *own;                         /* the same when they belong to the layer; NULL: they are lent */
    float *bias;                       /* NULL: none */
    float *largest;                    /* of each input while watched; NULL: not watched */
    struct alfa__quantised *quantised; /* takes the place of weight and bias; NULL: none */
    pthread_mutex_t lock;
    struct alfa__made *made;
};

/* Row-major rows x columns of a type. */
static alfa__md matrix_md(int64_t rows, int64_t columns, enum alfa__type type)
{
    return alfa__md_new(2, (dnnl_dim_t[]){rows, columns}, alfa__data_type(type), (dnnl_dim_t[]){columns, 1});
}

static dnnl_status_t linear_pd(dnnl_primitive_desc_t *pd, const struct alfa__linear *linear,
                               const struct alfa__made *key, alfa__const_md weight_md)
{
    alfa__md x = matrix_md(key->rows, linear->inputs, linear->type);
    alfa__md y = matrix_md(key->rows, linear->outputs, key->y_type);
    dnnl_primitive_attr_t attr = NULL;
    dnnl_status_t status = alfa__attributes(&attr, key->add, false);
    if (!status)
        status = x && y ? alfa__matmul_pd(pd, alfa__engine, x, weight_md, linear->bias_md, y, attr)
                        : dnnl_out_of_memory;
    if (attr)
        dnnl_primitive_attr_destroy(attr);
    alfa__md_free(x);
    alfa__md_free(y);
    return status;
}

/* Finds the layout that oneDNN wants for W^T (inputs x outputs). */
static enum alfa_status choose_layout(struct alfa__linear *linear, struct alfa_error *err)
{
    const dnnl_dim_t dims[] = {linear->inputs, linear->outputs};
    const bool bytes = linear->type == ALFA__U8;
    const struct alfa__made typical = {PACK_ROWS, bytes ? ALFA__S32 : ALFA__F32, false, NULL, NULL};
    dnnl_primitive_desc_t pd = NULL;
    const int threads = alfa__alone_begin();
    alfa__md any = alfa__md_new(2, dims, bytes ? dnnl_s8 : alfa__data_type(linear->type), NULL);
    dnnl_status_t status = any ? linear_pd(&pd, linear, &typical, any) : dnnl_out_of_memory;
    alfa__alone_end(threads);
    if (!status) {
        linear->weight_md = alfa__md_clone(alfa__pd_md(pd, dnnl_query_weights_md));
        if (!linear->weight_md)
            status = dnnl_out_of_memory;
    }
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    alfa__md_free(any);
    return status ? alfa__onednn_fail(err, "a linear layer", status) : ALFA_OK;
}

uint64_t alfa__linear_packing(void)
{
    const dnnl_version_t *version = dnnl_version();
    const int numbers[] = {version->major, version->minor, version->patch, alfa__processor_isa()};
    return alfa__hash(alfa__hash_text(ALFA__HASH_START, version->hash), numbers, sizeof numbers);
}

/* Differs for all weights that would lie elsewhere; 0 when it is not known. */
static uint64_t layout_of(const struct alfa__linear *linear)
{
    int64_t numbers[ALFA__MD_NUMBERS];
    const int count = alfa__md_numbers(linear->weight_md, numbers);
    return count ? alfa__hash(alfa__linear_packing(), numbers, (size_t)count * sizeof *numbers) : 0;
}

static size_t packed_size(const struct alfa__linear *linear)
{
    return HEAD + dnnl_memory_desc_get_size(linear->weight_md);
}

/* Reorders W^T into memory of the layer's own. */
static enum alfa_status pack(struct alfa__linear *linear, const float *weight, struct alfa_error *err)
{
    const uint64_t layout = layout_of(linear);
    alfa__md plain = alfa__md_new(2, (dnnl_dim_t[]){linear->inputs, linear->outputs}, dnnl_f32,
                                  (dnnl_dim_t[]){1, linear->inputs});
    unsigned char *packed = linear->own = aligned_alloc(HEAD, (packed_size(linear) + HEAD - 1) / HEAD * HEAD);
    enum alfa_status status = plain && packed
                                  ? alfa__reorder(plain, weight, linear->weight_md, packed + HEAD, err)
                                  : alfa__fail_memory(err, packed_size(linear));
    if (packed) {
        memset(packed, 0, HEAD);
        memcpy(packed, &layout, sizeof layout);
    }
    linear->packed = packed;
    alfa__md_free(plain);
    return status;
}

/* A layer that has everything but its weights. */
static enum alfa_status new_empty(struct alfa__linear **out, const float *bias, int outputs, int inputs,
                                  enum alfa__type type, struct alfa_error *err)
{
    ALFA__TRY(alfa__engine_get(err));
    struct alfa__linear *linear = *out = calloc(1, sizeof *linear);
    if (!linear)
        return alfa__fail_memory(err, sizeof *linear);
    pthread_mutex_init(&linear->lock, NULL);
    linear->outputs = outputs;
    linear->inputs = inputs;
    linear->type = type;
    if (bias) {
        linear->bias_md = matrix_md(1, outputs, ALFA__F32);
        linear->bias = malloc((size_t)outputs * sizeof *bias);
        if (!linear->bias || !linear->bias_md)
            return alfa__fail_memory(err, (size_t)outputs * sizeof *bias);
        memcpy(linear->bias, bias, (size_t)outputs * sizeof *bias);
    }
    return choose_layout(linear, err);
}

enum alfa_status alfa__linear_new(struct alfa__linear **out, const float *weight, const float *bias,
                                  int outputs, int inputs, enum alfa__type type, struct alfa_error *err)
{
    *out = NULL;
    enum alfa_status status = new_empty(out, bias, outputs, inputs, type, err);
    if (status == ALFA_OK)
        status = pack(*out, weight, err);
    if (status != ALFA_OK) {
        alfa__linear_free(*out);
        *out = NULL;
    }
    return status;
}

const void *alfa__linear_packed(const struct alfa__linear *linear, size_t *size)
{
    if (!linear->packed || !layout_of(linear))
        return NULL;
    *size = packed_size(linear);
    return linear->packed;
}

enum alfa_status alfa__linear_from_packed(struct alfa__linear **out, const void *packed, size_t size,
                                          const float *bias, int outputs, int inputs, enum alfa__type type,
                                          struct alfa_error *err)
{
    uint64_t layout;
    *out = NULL;
    enum alfa_status status = new_empty(out, bias, outputs, inputs, type, err);
    if (status == ALFA_OK && size == packed_size(*out)) {
        memcpy(&layout, packed, sizeof layout);
        if (layout && layout == layout_of(*out))
            (*out)->packed = packed;
    }
    if (*out && !(*out)->packed) {
        alfa__linear_free(*out);
        *out = NULL;
    }
    return status;
}

/* The primitive for a call, made at its first use. */
static enum alfa_status linear_primitive(dnnl_primitive_t *out, struct alfa__linear *linear,
                                         const struct alfa__made *key, struct alfa_error *err)
{
    dnnl_status_t status = dnnl_success;
    pthread_mutex_lock(&linear->lock);
    *out = alfa__made_find(linear->made, key);
    if (!*out) {
        dnnl_primitive_desc_t pd = NULL;
        status = linear_pd(&pd, linear, key, linear->weight_md);
        if (!status)
            status = dnnl_primitive_create(out, pd);
        if (pd)
            dnnl_primitive_desc_destroy(pd);
        if (!status && !alfa__made_remember(&linear->made, key, *out)) {
            dnnl_primitive_destroy(*out);
            status = dnnl_out_of_memory;
        }
    }
    pthread_mutex_unlock(&linear->lock);
    return status ? alfa__onednn_fail(err, "a linear layer", status) : ALFA_OK;
}

/* A call on its way: its rows in parts, which are of two sizes at most, and what runs them. */
struct running {
    const struct alfa__linear *linear;
    const struct alfa__linear_call *call;
    int parts, rows[2];
    dnnl_primitive_t primitives[2];
    unsigned char *scratch; /* scratch_size bytes a thread */
    size_t scratch_size;
};

static enum alfa_status running_new(struct running *out, const struct alfa__linear *linear,
                                    const struct alfa__linear_call *call, int threads,
                                    struct alfa__arena *arena, struct alfa_error *err)
{
    const int parts = alfa__part_count(call->rows, call->part), least = call->rows / parts;
    *out = (struct running){
        .linear = linear, .call = call, .parts = parts, .rows = {least, (call->rows - 1) / parts + 1}};
    for (int i = 0; i < 2; i++) {
        const struct alfa__made key = {out->rows[i], call->y_type, call->add, NULL, NULL};
        ALFA__TRY(linear_primitive(&out->primitives[i], (struct alfa__linear *)linear, &key, err));
        const size_t size = alfa__scratch_size(out->primitives[i]);
        out->scratch_size = size > out->scratch_size ? size : out->scratch_size;
    }
    out->scratch_size = (out->scratch_size + HEAD - 1) / HEAD * HEAD;
    if (out->scratch_size)
        out->scratch = alfa__arena_array(arena, (size_t)threads, out->scratch_size);
    return out->scratch_size && !out->scratch ? alfa__fail_memory(err, (size_t)threads * out->scratch_size)
                                              : ALFA_OK;
}

static enum alfa_status run_part(const struct running *r, int p, struct alfa_error *err)
{
    const struct alfa__linear *linear = r->linear;
    const struct alfa__linear_call *call = r->call;
    const int begin = alfa__part_begin(call->rows, r->parts, p),
              rows = alfa__part_begin(call->rows, r->parts, p + 1) - begin;
    const size_t at = (size_t)begin;
    dnnl_primitive_t primitive = r->primitives[rows != r->rows[0]];
    const_dnnl_primitive_desc_t pd;
    dnnl_primitive_get_primitive_desc(primitive, &pd);
    struct alfa__argument arguments[ALFA__MAX_ARGUMENTS] = {
        {DNNL_ARG_SRC, alfa__pd_md(pd, dnnl_query_src_md),
         (const unsigned char *)call->x + at * (size_t)linear->inputs * alfa__type_size(linear->type)},
        {DNNL_ARG_WEIGHTS, linear->weight_md, linear->packed + HEAD},
        {DNNL_ARG_DST, alfa__pd_md(pd, dnnl_query_dst_md),
         (unsigned char *)call->y + at * (size_t)linear->outputs * alfa__type_size(call->y_type)},
        {DNNL_ARG_BIAS, linear->bias_md, linear->bias},
    };
    void *scratch = r->scratch ? r->scratch + (size_t)omp_get_thread_num() * r->scratch_size : NULL;
    return alfa__execute_in(primitive, arguments, linear->bias ? 4 : 3, scratch, "a linear layer", err);
}

static enum alfa_status run_parts(const struct running *r, int threads, struct alfa_error *err)
{
    enum alfa_status status = ALFA_OK;
    (void)threads; /* in a build without OpenMP */
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (threads > 1)
    for (int p = 0; p < r->parts; p++) {
        struct alfa_error problem;
        const enum alfa_status result = run_part(r, p, &problem);
        if (result != ALFA_OK) {
#pragma omp critical(alfa_linear)
            {
                status = result;
                if (err)
                    *err = problem;
            }
        }
    }
    return status;
}

enum alfa_status alfa__linear_run(const struct alfa__linear *linear, const struct alfa__linear_call *call,
                                  struct alfa__arena *arena, struct alfa_error *err)
{
    struct running running;
    if (call->rows == 0)
        return ALFA_OK;
    if (linear->largest)
        alfa__largest_inputs(call->x, linear->type, call->rows, linear->inputs, linear->largest);
    if (linear->quantised)
        return alfa__quantised_run(linear->quantised, call, arena, err);
    const struct alfa__mark mark = alfa__arena_mark(arena);
    /* All threads or none: OpenMP lets those go that a smaller team does not need, and makes them anew. */
    const int threads = alfa__alone_begin(), parts = alfa__part_count(call->rows, call->part),
              team = parts > 1 ? threads : 1;
    enum alfa_status status = running_new(&running, linear, call, team, arena, err);
    if (status == ALFA_OK)
        status = run_parts(&running, team, err);
    alfa__alone_end(threads);
    alfa__arena_reset(arena, mark);
    if (status == ALFA_OK)
        alfa__activate(call->y, call->rows, linear->outputs, call->y_type, call->activation);
    return status;
}

enum alfa_status alfa__linear_mlp(const struct alfa__linear *first, enum alfa__activation activation,
                                  const struct alfa__linear *second, const void *x, int rows, int part,
                                  float *y, struct alfa__arena *arena, struct alfa_error *err)
{
    struct alfa__linear_call last = {.x = x, .y = y, .rows = rows, .part = part, .add = true};
    if (first->quantised && second->quantised)
        return alfa__quantised_run_two(first->quantised, activation, second->quantised, &last, arena, err);
    const size_t numbers = (size_t)rows * (size_t)first->outputs;
    struct alfa__mark mark = alfa__arena_mark(arena);
    void *hidden = alfa__arena_array(arena, numbers, alfa__type_size(second->type));
    if (!hidden)
        return alfa__fail_memory(err, numbers * alfa__type_size(second->type));
    const struct alfa__linear_call call = {
        .x = x, .y = hidden, .rows = rows, .part = part, .y_type = second->type, .activation = activation};
    enum alfa_status status = alfa__linear_run(first, &call, arena, err);
    last.x = hidden;
    if (status == ALFA_OK)
        status = alfa__linear_run(second, &last, arena, err);
    alfa__arena_reset(arena, mark);
    return status;
}

/* Lets go of the packed weights and what was made for them. */
static void unpack(struct alfa__linear *linear)
{
    alfa__made_forget(linear->made);
    alfa__md_free(linear->weight_md);
    alfa__md_free(linear->bias_md);
    free(linear->own);
    free(linear->bias);
    linear->made = NULL;
    linear->weight_md = linear->bias_md = NULL;
    linear->packed = linear->own = NULL;
    linear->bias = NULL;
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
    ALFA__TRY(alfa__quantised_new(&linear->quantised, weight, bias, linear->outputs, linear->inputs,
                                  linear->type, linear->largest, err));
    free(linear->largest);
    linear->largest = NULL;
    unpack(linear);
    return ALFA_OK;
}

void alfa__linear_free(struct alfa__linear *linear)
{
    if (!linear)
        return;
    unpack(linear);
    alfa__quantised_free(linear->quantised);
    free(linear->largest);
    pthread_mutex_destroy(&linear->lock);
    free(linear);
}
