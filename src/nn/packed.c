/* The weights are packed once, in the layout that oneDNN asks for with many rows, and all other shapes use
 * that same copy. */
#include "nn/packed.h"
#include "base/hash.h"
#include "nn/primitive.h"
#include "nn/rows.h"

#include "base/parallel.h"
#include <pthread.h>

#define PACK_ROWS 1024 /* the row count for which the weight layout is chosen */
#define HEAD 64        /* keeps the weights aligned */

struct alfa__packed {
    int outputs, inputs;
    enum alfa__type type;
    alfa__md weight_md, bias_md;
    const unsigned char *bytes; /* HEAD bytes that name the layout, then the weights */
    void *own;                  /* the same when they belong to the matrix; NULL: they are lent */
    float *bias;                /* NULL: none */
    pthread_mutex_t lock;
    struct alfa__made *made;
};

/* ------------------------------------------------------------------ the layout */

/* Row-major rows x columns of a type. */
static alfa__md matrix_md(int64_t rows, int64_t columns, enum alfa__type type)
{
    return alfa__md_new(2, (dnnl_dim_t[]){rows, columns}, alfa__data_type(type), (dnnl_dim_t[]){columns, 1});
}

static dnnl_status_t product_pd(dnnl_primitive_desc_t *pd, const struct alfa__packed *own,
                                const struct alfa__made *key, alfa__const_md weight_md)
{
    alfa__md x = matrix_md(key->rows, own->inputs, own->type);
    alfa__md y = matrix_md(key->rows, own->outputs, key->y_type);
    const struct alfa__mds mds = {x, weight_md, own->bias_md, y};
    dnnl_primitive_attr_t attr = NULL;
    dnnl_status_t status = alfa__attributes(&attr, key->add, false);
    if (!status)
        status = x && y ? alfa__matmul_pd(pd, alfa__engine, &mds, attr) : dnnl_out_of_memory;
    if (attr)
        dnnl_primitive_attr_destroy(attr);
    alfa__md_free(x);
    alfa__md_free(y);
    return status;
}

/* Finds the layout that oneDNN wants for W^T (inputs x outputs). */
static enum alfa_status choose_layout(struct alfa__packed *own, struct alfa_error *err)
{
    const dnnl_dim_t dims[] = {own->inputs, own->outputs};
    const bool bytes = own->type == ALFA__U8;
    const struct alfa__made typical = {.rows = PACK_ROWS, .y_type = bytes ? ALFA__S32 : ALFA__F32};
    dnnl_primitive_desc_t pd = NULL;
    const int threads = alfa__alone_begin();
    alfa__md any = alfa__md_new(2, dims, bytes ? dnnl_s8 : alfa__data_type(own->type), NULL);
    dnnl_status_t status = any ? product_pd(&pd, own, &typical, any) : dnnl_out_of_memory;
    alfa__alone_end(threads);
    if (!status) {
        own->weight_md = alfa__md_clone(alfa__pd_md(pd, dnnl_query_weights_md));
        if (!own->weight_md)
            status = dnnl_out_of_memory;
    }
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    alfa__md_free(any);
    return status ? alfa__onednn_fail(err, "a linear layer", status) : ALFA_OK;
}

/* Counts up when the loops of this folder round otherwise than before: sentences that an older program has
 * embedded are not to be mixed with those of this one. */
#define ROUNDING 2

uint64_t alfa__linear_packing(void)
{
    const dnnl_version_t *version = dnnl_version();
    const int numbers[] = {version->major, version->minor, version->patch, alfa__processor_isa(), ROUNDING};
    return alfa__hash(alfa__hash_text(ALFA__HASH_START, version->hash), numbers, sizeof numbers);
}

/* Differs for all weights that would lie elsewhere; 0 when it is not known. */
static uint64_t layout_of(const struct alfa__packed *own)
{
    int64_t numbers[ALFA__MD_NUMBERS];
    const int count = alfa__md_numbers(own->weight_md, numbers);
    return count ? alfa__hash(alfa__linear_packing(), numbers, (size_t)count * sizeof *numbers) : 0;
}

static size_t size_of(const struct alfa__packed *own)
{
    return HEAD + dnnl_memory_desc_get_size(own->weight_md);
}

/* ------------------------------------------------------------------ making */

/* Reorders W^T into memory of the matrix's own. */
static enum alfa_status pack(struct alfa__packed *own, const float *weight, struct alfa_error *err)
{
    const uint64_t layout = layout_of(own);
    alfa__md plain =
        alfa__md_new(2, (dnnl_dim_t[]){own->inputs, own->outputs}, dnnl_f32, (dnnl_dim_t[]){1, own->inputs});
    unsigned char *bytes = own->own = aligned_alloc(HEAD, (size_of(own) + HEAD - 1) / HEAD * HEAD);
    enum alfa_status status = plain && bytes ? alfa__reorder(plain, weight, own->weight_md, bytes + HEAD, err)
                                             : alfa__fail_memory(err, size_of(own));
    if (bytes) {
        memset(bytes, 0, HEAD);
        memcpy(bytes, &layout, sizeof layout);
    }
    own->bytes = bytes;
    alfa__md_free(plain);
    return status;
}

/* A matrix that has everything but its weights. */
static enum alfa_status new_empty(struct alfa__packed **out, const struct alfa__affine *affine,
                                  struct alfa_error *err)
{
    *out = NULL;
    ALFA__TRY(alfa__engine_get(err));
    struct alfa__packed *own = *out = calloc(1, sizeof *own);
    if (!own)
        return alfa__fail_memory(err, sizeof *own);
    const size_t size = (size_t)affine->outputs * sizeof *own->bias;
    pthread_mutex_init(&own->lock, NULL);
    own->outputs = affine->outputs;
    own->inputs = affine->inputs;
    own->type = affine->type;
    if (affine->bias) {
        own->bias_md = matrix_md(1, own->outputs, ALFA__F32);
        own->bias = malloc(size);
        if (!own->bias || !own->bias_md)
            return alfa__fail_memory(err, size);
        memcpy(own->bias, affine->bias, size);
    }
    return choose_layout(own, err);
}

enum alfa_status alfa__packed_new(struct alfa__packed **out, const struct alfa__affine *affine,
                                  struct alfa_error *err)
{
    enum alfa_status status = new_empty(out, affine, err);
    if (status == ALFA_OK)
        status = pack(*out, affine->weight, err);
    if (status != ALFA_OK) {
        alfa__packed_free(*out);
        *out = NULL;
    }
    return status;
}

const void *alfa__packed_bytes(const struct alfa__packed *own, size_t *size)
{
    if (!own->bytes || !layout_of(own))
        return NULL;
    *size = size_of(own);
    return own->bytes;
}

enum alfa_status alfa__packed_from_bytes(struct alfa__packed **out, const void *bytes, size_t size,
                                         const struct alfa__affine *affine, struct alfa_error *err)
{
    uint64_t layout;
    enum alfa_status status = new_empty(out, affine, err);
    if (status == ALFA_OK && size == size_of(*out)) {
        memcpy(&layout, bytes, sizeof layout);
        if (layout && layout == layout_of(*out))
            (*out)->bytes = bytes;
    }
    if (*out && !(*out)->bytes) {
        alfa__packed_free(*out);
        *out = NULL;
    }
    return status;
}

void alfa__packed_free(struct alfa__packed *own)
{
    if (!own)
        return;
    alfa__made_forget(own->made);
    alfa__md_free(own->weight_md);
    alfa__md_free(own->bias_md);
    free(own->own);
    free(own->bias);
    pthread_mutex_destroy(&own->lock);
    free(own);
}

/* ------------------------------------------------------------------ running */

/* The primitive for a call, made at its first use. */
static enum alfa_status primitive_for(dnnl_primitive_t *out, struct alfa__packed *own,
                                      const struct alfa__made *key, struct alfa_error *err)
{
    dnnl_status_t status = dnnl_success;
    pthread_mutex_lock(&own->lock);
    *out = alfa__made_find(own->made, key);
    if (!*out) {
        dnnl_primitive_desc_t pd = NULL;
        status = product_pd(&pd, own, key, own->weight_md);
        if (!status)
            status = dnnl_primitive_create(out, pd);
        if (pd)
            dnnl_primitive_desc_destroy(pd);
        if (!status && !alfa__made_remember(&own->made, key, *out)) {
            dnnl_primitive_destroy(*out);
            status = dnnl_out_of_memory;
        }
    }
    pthread_mutex_unlock(&own->lock);
    return status ? alfa__onednn_fail(err, "a linear layer", status) : ALFA_OK;
}

/* A call on its way: its rows in parts, which are of three sizes at most, and what runs them. */
struct running {
    const struct alfa__packed *matrix;
    const struct alfa__linear_call *call;
    int parts, sizes, rows[3];
    dnnl_primitive_t primitives[3];
    unsigned char *scratch; /* scratch_size bytes a thread */
    size_t scratch_size;
};

/* Which of the sizes so many rows are; their number when none. */
static int find_size(const struct running *r, int rows)
{
    int i = 0;
    while (i < r->sizes && r->rows[i] != rows)
        i++;
    return i;
}

/* Has the primitive ready for parts of so many rows. */
static enum alfa_status add_size(struct running *r, int rows, struct alfa_error *err)
{
    const struct alfa__made key = {.rows = rows, .y_type = r->call->y_type, .add = r->call->add};
    dnnl_primitive_t *primitive = &r->primitives[r->sizes];
    ALFA__TRY(primitive_for(primitive, (struct alfa__packed *)r->matrix, &key, err));
    const size_t size = (alfa__scratch_size(*primitive) + HEAD - 1) / HEAD * HEAD;
    r->scratch_size = size > r->scratch_size ? size : r->scratch_size;
    r->rows[r->sizes++] = rows;
    return ALFA_OK;
}

static enum alfa_status prepare(struct running *r, int threads, struct alfa__arena *arena,
                                struct alfa_error *err)
{
    for (int p = 0; p < r->parts; p++) {
        const int rows = alfa__part_rows(r->call->rows, r->parts, p);
        if (find_size(r, rows) == r->sizes)
            ALFA__TRY(add_size(r, rows, err));
    }
    if (r->scratch_size)
        r->scratch = alfa__arena_array(arena, (size_t)threads, r->scratch_size);
    return r->scratch_size && !r->scratch ? alfa__fail_memory(err, (size_t)threads * r->scratch_size)
                                          : ALFA_OK;
}

static enum alfa_status run_part(const struct running *r, int p, struct alfa_error *err)
{
    const struct alfa__packed *matrix = r->matrix;
    const struct alfa__linear_call *call = r->call;
    const size_t at = (size_t)alfa__part_begin(call->rows, r->parts, p);
    dnnl_primitive_t primitive = r->primitives[find_size(r, alfa__part_rows(call->rows, r->parts, p))];
    const_dnnl_primitive_desc_t pd;
    dnnl_primitive_get_primitive_desc(primitive, &pd);
    struct alfa__argument arguments[ALFA__MAX_ARGUMENTS] = {
        {DNNL_ARG_SRC, alfa__pd_md(pd, dnnl_query_src_md),
         (const unsigned char *)call->x + at * (size_t)matrix->inputs * alfa__type_size(matrix->type)},
        {DNNL_ARG_WEIGHTS, matrix->weight_md, matrix->bytes + HEAD},
        {DNNL_ARG_DST, alfa__pd_md(pd, dnnl_query_dst_md),
         (unsigned char *)call->y + at * (size_t)matrix->outputs * alfa__type_size(call->y_type)},
        {DNNL_ARG_BIAS, matrix->bias_md, matrix->bias},
    };
    void *scratch = r->scratch ? r->scratch + (size_t)omp_get_thread_num() * r->scratch_size : NULL;
    return alfa__execute_in(primitive, arguments, matrix->bias ? 4 : 3, scratch, "a linear layer", err);
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

enum alfa_status alfa__packed_run(const struct alfa__packed *own, const struct alfa__linear_call *call,
                                  struct alfa__arena *arena, struct alfa_error *err)
{
    struct running running = {.matrix = own, .call = call, .parts = alfa__part_count(call->rows, call->part)};
    const struct alfa__mark mark = alfa__arena_mark(arena);
    /* All threads or none: OpenMP lets those go that a smaller team does not need, and makes them anew. */
    const int threads = alfa__alone_begin(), team = running.parts > 1 ? threads : 1;
    enum alfa_status status = prepare(&running, team, arena, err);
    if (status == ALFA_OK)
        status = run_parts(&running, team, err);
    alfa__alone_end(threads);
    alfa__arena_reset(arena, mark);
    return status;
}
