/* The layers of linear.h as oneDNN primitives.
 *
 * A primitive is made for one shape. A layer keeps those it has made in a short list; making one costs about
 * a millisecond, so callers keep the number of different row counts small. The weights are packed once, in
 * the layout that oneDNN asks for with many rows, and all other shapes use that same copy. */
#include "nn/linear.h"
#include "base/hash.h"
#include "nn/layers.h"
#include "nn/onednn.h"
#include "nn/quantised.h"

#include "base/parallel.h"
#include <pthread.h>
#include <stdio.h>

#define PACK_ROWS 1024 /* the row count for which the weight layout is chosen */
#define PRODUCT_PART \
    256 /* rows or columns of a batched product that one thread multiplies together, at most */

static dnnl_engine_t engine; /* once made it stays */
static pthread_mutex_t engine_lock = PTHREAD_MUTEX_INITIALIZER;

static enum alfa_status fail(struct alfa_error *err, const char *what, dnnl_status_t status)
{
    if (status == dnnl_out_of_memory)
        return alfa__fail(err, ALFA_ERROR_MEMORY, NULL, "not enough memory for %s", what);
    return alfa__fail(err, ALFA_ERROR_RUNTIME, NULL, "oneDNN cannot run %s (status %d)", what, (int)status);
}

/* oneDNN's own cache of primitives is switched off: layers keep theirs, and when memory runs out while it
 * adds one it ends the process, or goes on to fail for ever. */
static dnnl_status_t engine_make(void)
{
    dnnl_status_t status = dnnl_set_primitive_cache_capacity(0);
    return status ? status : dnnl_engine_create(&engine, dnnl_cpu, 0);
}

static enum alfa_status engine_get(struct alfa_error *err)
{
    pthread_mutex_lock(&engine_lock);
    const dnnl_status_t status = engine ? dnnl_success : engine_make();
    pthread_mutex_unlock(&engine_lock);
    return status ? fail(err, "on this processor", status) : ALFA_OK;
}

static bool has_isa(dnnl_cpu_isa_t isa)
{
    return ((int)dnnl_get_effective_cpu_isa() & (int)isa) == (int)isa;
}

bool alfa__has_bf16(void)
{
    return has_isa(dnnl_cpu_isa_avx512_core_bf16);
}

bool alfa__has_fast_bf16(void)
{
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
    __builtin_cpu_init();
    const bool full_rate = __builtin_cpu_is("amd") || __builtin_cpu_is("cooperlake");
#else
    const bool full_rate = true;
#endif
    return alfa__has_bf16() && (full_rate || has_isa(dnnl_cpu_isa_avx512_core_amx));
}

static dnnl_data_type_t dnnl_type(enum alfa__type type)
{
    static const dnnl_data_type_t types[] = {dnnl_f32, dnnl_bf16, dnnl_u8, dnnl_s32};
    return types[type];
}

int alfa__byte_levels(void)
{
    return has_isa(dnnl_cpu_isa_avx512_core_vnni) ? 255 : 127;
}

/* ------------------------------------------------------------------ one thread a product */

/* How oneDNN divides a product among threads may change its last digits, and so may what it prepares for a
 * number of threads. Between begin and end it is asked with one; threads of ours take parts of the product.
 */
static int alone_begin(void)
{
    const int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    return threads;
}

static void alone_end(int threads)
{
    omp_set_num_threads(threads);
}

/* How many parts of at most so many rows, 0 being no limit; they differ by a row at most. */
static int part_count(int rows, int most)
{
    return most > 0 && rows > most ? (rows - 1) / most + 1 : 1;
}

static int part_begin(int rows, int parts, int p)
{
    return (int)((int64_t)rows * p / parts);
}

/* ------------------------------------------------------------------ running a primitive */

/* One argument of a primitive: which, what it looks like, where it lies. */
struct argument {
    int index;
    alfa__const_md md;
    const void *bytes;
};

#define MAX_ARGUMENTS 5

static enum alfa_status execute(dnnl_primitive_t primitive, const struct argument *arguments, int count,
                                const char *what, struct alfa_error *err)
{
    dnnl_exec_arg_t exec[MAX_ARGUMENTS];
    dnnl_stream_t stream = NULL;
    int made = 0;
    dnnl_status_t status = dnnl_stream_create(&stream, engine, dnnl_stream_default_flags);
    for (; !status && made < count; made++) {
        exec[made].arg = arguments[made].index;
        status =
            dnnl_memory_create(&exec[made].memory, arguments[made].md, engine, (void *)arguments[made].bytes);
        if (status)
            break;
    }
    if (!status)
        status = dnnl_primitive_execute(primitive, stream, count, exec);
    if (!status)
        status = dnnl_stream_wait(stream);
    for (int i = 0; i < made; i++)
        dnnl_memory_destroy(exec[i].memory);
    if (stream)
        dnnl_stream_destroy(stream);
    return status ? fail(err, what, status) : ALFA_OK;
}

static size_t scratch_size(dnnl_primitive_t primitive)
{
    const_dnnl_primitive_desc_t pd;
    dnnl_primitive_get_primitive_desc(primitive, &pd);
    alfa__const_md md = alfa__pd_md(pd, dnnl_query_scratchpad_md);
    return md ? dnnl_memory_desc_get_size(md) : 0;
}

/* Adds the scratchpad, which the primitive's description asks for, and runs. scratch: scratch_size() bytes.
 */
static enum alfa_status execute_in(dnnl_primitive_t primitive, struct argument *arguments, int count,
                                   void *scratch, const char *what, struct alfa_error *err)
{
    const_dnnl_primitive_desc_t pd;
    dnnl_primitive_get_primitive_desc(primitive, &pd);
    if (scratch)
        arguments[count++] =
            (struct argument){DNNL_ARG_SCRATCHPAD, alfa__pd_md(pd, dnnl_query_scratchpad_md), scratch};
    return execute(primitive, arguments, count, what, err);
}

/* The same with scratch from the arena. */
static enum alfa_status execute_with_scratch(dnnl_primitive_t primitive, struct argument *arguments,
                                             int count, struct alfa__arena *arena, const char *what,
                                             struct alfa_error *err)
{
    const size_t size = scratch_size(primitive);
    struct alfa__mark mark = alfa__arena_mark(arena);
    void *scratch = size ? alfa__arena_alloc(arena, size) : NULL;
    if (size && !scratch)
        return alfa__fail_memory(err, size);
    enum alfa_status status = execute_in(primitive, arguments, count, scratch, what, err);
    alfa__arena_reset(arena, mark);
    return status;
}

/* Copies bytes from one layout (and type) into another. */
static enum alfa_status reorder(alfa__const_md from, const void *source, alfa__const_md to, void *target,
                                struct alfa_error *err)
{
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_t primitive = NULL;
    enum alfa_status result = ALFA_OK;
    dnnl_status_t status = alfa__reorder_pd(&pd, engine, from, to);
    if (!status)
        status = dnnl_primitive_create(&primitive, pd);
    if (status) {
        result = fail(err, "a reorder of weights", status);
    } else {
        struct argument arguments[] = {{DNNL_ARG_FROM, from, source}, {DNNL_ARG_TO, to, target}};
        result = execute(primitive, arguments, 2, "a reorder of weights", err);
    }
    if (primitive)
        dnnl_primitive_destroy(primitive);
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    return result;
}

/* Attributes shared by all: scratch memory is ours, post-operations as given. */
static dnnl_status_t attributes(dnnl_primitive_attr_t *attr, bool add, bool relu6)
{
    dnnl_post_ops_t ops = NULL;
    dnnl_status_t status = dnnl_primitive_attr_create(attr);
    if (!status)
        status = dnnl_primitive_attr_set_scratchpad_mode(*attr, dnnl_scratchpad_mode_user);
    if (!status)
        status = dnnl_post_ops_create(&ops);
    if (!status && add)
        status = alfa__post_sum(ops);
    if (!status && relu6)
        status = alfa__post_eltwise(ops, dnnl_eltwise_clip, 0.0f, 6.0f);
    if (!status)
        status = dnnl_primitive_attr_set_post_ops(*attr, ops);
    if (ops)
        dnnl_post_ops_destroy(ops);
    return status;
}

/* ------------------------------------------------------------------ primitives that a layer has made */

struct made {
    int rows; /* or side, for a convolution */
    enum alfa__type y_type;
    bool add;
    dnnl_primitive_t primitive;
    struct made *next;
};

static bool same_call(const struct made *made, const struct made *key)
{
    return made->rows == key->rows && made->y_type == key->y_type && made->add == key->add;
}

static dnnl_primitive_t find(const struct made *list, const struct made *key)
{
    for (; list; list = list->next)
        if (same_call(list, key))
            return list->primitive;
    return NULL;
}

static bool remember(struct made **list, const struct made *key, dnnl_primitive_t primitive)
{
    struct made *made = malloc(sizeof *made);
    if (!made)
        return false;
    *made = *key;
    made->primitive = primitive;
    made->next = *list;
    *list = made;
    return true;
}

static void forget_all(struct made *list)
{
    while (list) {
        struct made *next = list->next;
        dnnl_primitive_destroy(list->primitive);
        free(list);
        list = next;
    }
}

/* ------------------------------------------------------------------ linear */

#define HEAD 64 /* keeps the weights aligned */

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
    struct made *made;
};

/* Row-major rows x columns of a type. */
static alfa__md matrix_md(int64_t rows, int64_t columns, enum alfa__type type)
{
    return alfa__md_new(2, (dnnl_dim_t[]){rows, columns}, dnnl_type(type), (dnnl_dim_t[]){columns, 1});
}

static dnnl_status_t linear_pd(dnnl_primitive_desc_t *pd, const struct alfa__linear *linear,
                               const struct made *key, alfa__const_md weight_md)
{
    alfa__md x = matrix_md(key->rows, linear->inputs, linear->type);
    alfa__md y = matrix_md(key->rows, linear->outputs, key->y_type);
    dnnl_primitive_attr_t attr = NULL;
    dnnl_status_t status = attributes(&attr, key->add, false);
    if (!status)
        status =
            x && y ? alfa__matmul_pd(pd, engine, x, weight_md, linear->bias_md, y, attr) : dnnl_out_of_memory;
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
    const struct made typical = {PACK_ROWS, bytes ? ALFA__S32 : ALFA__F32, false, NULL, NULL};
    dnnl_primitive_desc_t pd = NULL;
    const int threads = alone_begin();
    alfa__md any = alfa__md_new(2, dims, bytes ? dnnl_s8 : dnnl_type(linear->type), NULL);
    dnnl_status_t status = any ? linear_pd(&pd, linear, &typical, any) : dnnl_out_of_memory;
    alone_end(threads);
    if (!status) {
        linear->weight_md = alfa__md_clone(alfa__pd_md(pd, dnnl_query_weights_md));
        if (!linear->weight_md)
            status = dnnl_out_of_memory;
    }
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    alfa__md_free(any);
    return status ? fail(err, "a linear layer", status) : ALFA_OK;
}

uint64_t alfa__linear_packing(void)
{
    const dnnl_version_t *version = dnnl_version();
    const int numbers[] = {version->major, version->minor, version->patch, (int)dnnl_get_effective_cpu_isa()};
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
    enum alfa_status status = plain && packed ? reorder(plain, weight, linear->weight_md, packed + HEAD, err)
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
    ALFA__TRY(engine_get(err));
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
                                         const struct made *key, struct alfa_error *err)
{
    dnnl_status_t status = dnnl_success;
    pthread_mutex_lock(&linear->lock);
    *out = find(linear->made, key);
    if (!*out) {
        dnnl_primitive_desc_t pd = NULL;
        status = linear_pd(&pd, linear, key, linear->weight_md);
        if (!status)
            status = dnnl_primitive_create(out, pd);
        if (pd)
            dnnl_primitive_desc_destroy(pd);
        if (!status && !remember(&linear->made, key, *out)) {
            dnnl_primitive_destroy(*out);
            status = dnnl_out_of_memory;
        }
    }
    pthread_mutex_unlock(&linear->lock);
    return status ? fail(err, "a linear layer", status) : ALFA_OK;
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
    const int parts = part_count(call->rows, call->part), least = call->rows / parts;
    *out = (struct running){
        .linear = linear, .call = call, .parts = parts, .rows = {least, (call->rows - 1) / parts + 1}};
    for (int i = 0; i < 2; i++) {
        const struct made key = {out->rows[i], call->y_type, call->add, NULL, NULL};
        ALFA__TRY(linear_primitive(&out->primitives[i], (struct alfa__linear *)linear, &key, err));
        const size_t size = scratch_size(out->primitives[i]);
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
    const int begin = part_begin(call->rows, r->parts, p),
              rows = part_begin(call->rows, r->parts, p + 1) - begin;
    const size_t at = (size_t)begin;
    dnnl_primitive_t primitive = r->primitives[rows != r->rows[0]];
    const_dnnl_primitive_desc_t pd;
    dnnl_primitive_get_primitive_desc(primitive, &pd);
    struct argument arguments[MAX_ARGUMENTS] = {
        {DNNL_ARG_SRC, alfa__pd_md(pd, dnnl_query_src_md),
         (const unsigned char *)call->x + at * (size_t)linear->inputs * alfa__type_size(linear->type)},
        {DNNL_ARG_WEIGHTS, linear->weight_md, linear->packed + HEAD},
        {DNNL_ARG_DST, alfa__pd_md(pd, dnnl_query_dst_md),
         (unsigned char *)call->y + at * (size_t)linear->outputs * alfa__type_size(call->y_type)},
        {DNNL_ARG_BIAS, linear->bias_md, linear->bias},
    };
    void *scratch = r->scratch ? r->scratch + (size_t)omp_get_thread_num() * r->scratch_size : NULL;
    return execute_in(primitive, arguments, linear->bias ? 4 : 3, scratch, "a linear layer", err);
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
    const int threads = alone_begin(), parts = part_count(call->rows, call->part),
              team = parts > 1 ? threads : 1;
    enum alfa_status status = running_new(&running, linear, call, team, arena, err);
    if (status == ALFA_OK)
        status = run_parts(&running, team, err);
    alone_end(threads);
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
    forget_all(linear->made);
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

/* ------------------------------------------------------------------ convolution */

struct alfa__convolution {
    struct alfa__convolution_shape shape;
    float *weight; /* as given: outputs x inputs/groups x k x k */
    float *bias;
    alfa__md packed_md;
    void *packed; /* made with the first primitive */
    pthread_mutex_t lock;
    struct made *made;
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
    const dnnl_dims_t strides = {s->stride, s->stride}, left = {before, before}, right = {after, after};
    alfa__md x = image_md(s->inputs, side),
             y = image_md(s->outputs, alfa__convolution_side(convolution, side));
    alfa__md b = alfa__md_new(1, (dnnl_dim_t[]){s->outputs}, dnnl_f32, (dnnl_dim_t[]){1});
    dnnl_primitive_attr_t attr = NULL;
    dnnl_status_t status = attributes(&attr, add, s->relu6);
    if (!status)
        status = x && y && b
                     ? alfa__convolution_pd(pd, engine, x, weight_md, b, y, strides, left, right, attr)
                     : dnnl_out_of_memory;
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
    ALFA__TRY(engine_get(err));
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
            ? reorder(plain, convolution->weight, convolution->packed_md, convolution->packed, err)
            : fail(err, "a convolution", dnnl_out_of_memory);
    alfa__md_free(plain);
    return status;
}

static enum alfa_status convolution_make(dnnl_primitive_t *out, struct alfa__convolution *convolution,
                                         const struct made *key, struct alfa_error *err)
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
    if (!status && result == ALFA_OK && !remember(&convolution->made, key, *out)) {
        dnnl_primitive_destroy(*out);
        status = dnnl_out_of_memory;
    }
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    alfa__md_free(any);
    return status ? fail(err, "a convolution", status) : result;
}

enum alfa_status alfa__convolution_run(const struct alfa__convolution *convolution, const float *x, int side,
                                       float *y, bool add, struct alfa__arena *arena, struct alfa_error *err)
{
    struct alfa__convolution *own = (struct alfa__convolution *)convolution;
    const struct made key = {side, ALFA__F32, add, NULL, NULL};
    enum alfa_status status = ALFA_OK;
    const_dnnl_primitive_desc_t pd;
    pthread_mutex_lock(&own->lock);
    dnnl_primitive_t primitive = find(own->made, &key);
    if (!primitive)
        status = convolution_make(&primitive, own, &key, err);
    pthread_mutex_unlock(&own->lock);
    if (status != ALFA_OK)
        return status;
    dnnl_primitive_get_primitive_desc(primitive, &pd);
    struct argument arguments[MAX_ARGUMENTS] = {
        {DNNL_ARG_SRC, alfa__pd_md(pd, dnnl_query_src_md), x},
        {DNNL_ARG_WEIGHTS, convolution->packed_md, convolution->packed},
        {DNNL_ARG_DST, alfa__pd_md(pd, dnnl_query_dst_md), y},
        {DNNL_ARG_BIAS, dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 1), convolution->bias},
    };
    return execute_with_scratch(primitive, arguments, 4, arena, "a convolution", err);
}

void alfa__convolution_free(struct alfa__convolution *convolution)
{
    if (!convolution)
        return;
    forget_all(convolution->made);
    alfa__md_free(convolution->packed_md);
    free(convolution->packed);
    free(convolution->weight);
    free(convolution->bias);
    pthread_mutex_destroy(&convolution->lock);
    free(convolution);
}

/* ------------------------------------------------------------------ batched product */

static alfa__md batch_md(int batch, int rows, int columns, const struct alfa__strides *strides)
{
    return alfa__md_new(3, (dnnl_dim_t[]){batch, rows, columns}, dnnl_f32,
                        (dnnl_dim_t[]){strides->batch, strides->row, strides->column});
}

static enum alfa_status run_product(const struct alfa__product *p, struct alfa__arena *arena,
                                    struct alfa_error *err)
{
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_t primitive = NULL;
    enum alfa_status result = ALFA_OK;
    alfa__md a = batch_md(p->batch, p->m, p->k, &p->a_strides);
    alfa__md b = batch_md(p->batch, p->k, p->n, &p->b_strides);
    alfa__md c = batch_md(p->batch, p->m, p->n, &p->c_strides);
    dnnl_status_t status = attributes(&attr, false, false);
    if (!status)
        status = a && b && c ? alfa__matmul_pd(&pd, engine, a, b, NULL, c, attr) : dnnl_out_of_memory;
    if (!status)
        status = dnnl_primitive_create(&primitive, pd); /* cheap: oneDNN caches it by shape */
    if (status) {
        result = fail(err, "a matrix product", status);
    } else {
        struct argument arguments[MAX_ARGUMENTS] = {
            {DNNL_ARG_SRC, a, p->a}, {DNNL_ARG_WEIGHTS, b, p->b}, {DNNL_ARG_DST, c, p->c}};
        result = execute_with_scratch(primitive, arguments, 3, arena, "a matrix product", err);
    }
    if (primitive)
        dnnl_primitive_destroy(primitive);
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    if (attr)
        dnnl_primitive_attr_destroy(attr);
    alfa__md_free(a);
    alfa__md_free(b);
    alfa__md_free(c);
    return result;
}

/* Part of the parts that the longer side of the result is cut into. */
static struct alfa__product product_part(const struct alfa__product *p, int parts, int part)
{
    const int side = p->m > p->n ? p->m : p->n, begin = part_begin(side, parts, part),
              length = part_begin(side, parts, part + 1) - begin;
    struct alfa__product out = *p;
    if (p->m > p->n) {
        out.m = length;
        out.a += begin * p->a_strides.row;
        out.c += begin * p->c_strides.row;
    } else {
        out.n = length;
        out.b += begin * p->b_strides.column;
        out.c += begin * p->c_strides.column;
    }
    return out;
}

enum alfa_status alfa__product_run(const struct alfa__product *p, struct alfa__arena *arena,
                                   struct alfa_error *err)
{
    ALFA__TRY(engine_get(err));
    const int parts = part_count(p->m > p->n ? p->m : p->n, PRODUCT_PART), threads = alone_begin();
    enum alfa_status status = ALFA_OK;
#pragma omp parallel num_threads(threads < parts ? threads : parts)
    {
        struct alfa__arena own = {0}, *scratch = omp_get_thread_num() ? &own : arena;
#pragma omp for schedule(dynamic, 1)
        for (int i = 0; i < parts; i++) {
            struct alfa_error problem;
            const struct alfa__product part = product_part(p, parts, i);
            const enum alfa_status result = run_product(&part, scratch, &problem);
            if (result != ALFA_OK) {
#pragma omp critical(alfa_product)
                {
                    status = result;
                    if (err)
                        *err = problem;
                }
            }
        }
        alfa__arena_free(&own);
    }
    alone_end(threads);
    return status;
}
