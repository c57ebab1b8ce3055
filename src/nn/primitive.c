#include "nn/primitive.h"
#include "nn/rows.h"

#include "base/parallel.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

dnnl_engine_t alfa__engine; /* once made it stays */
static pthread_mutex_t engine_lock = PTHREAD_MUTEX_INITIALIZER;

enum alfa_status alfa__onednn_fail(struct alfa_error *err, const char *what, dnnl_status_t status)
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
    return status ? status : dnnl_engine_create(&alfa__engine, dnnl_cpu, 0);
}

enum alfa_status alfa__engine_get(struct alfa_error *err)
{
    pthread_mutex_lock(&engine_lock);
    const dnnl_status_t status = alfa__engine ? dnnl_success : engine_make();
    pthread_mutex_unlock(&engine_lock);
    return status ? alfa__onednn_fail(err, "on this processor", status) : ALFA_OK;
}

int alfa__processor_isa(void)
{
    static atomic_int known = -1;
    int isa = atomic_load(&known);
    if (isa == -1) {
        isa = dnnl_get_effective_cpu_isa();
        atomic_store(&known, isa);
    }
    return isa;
}

enum alfa_status alfa__processor_know(struct alfa_error *err)
{
    return alfa__processor_isa() == -1 ? alfa__onednn_fail(err, "a look at the processor", dnnl_out_of_memory)
                                       : ALFA_OK;
}

static bool has_isa(dnnl_cpu_isa_t isa)
{
    const int taken = alfa__processor_isa();
    return taken != -1 && (taken & (int)isa) == (int)isa;
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

dnnl_data_type_t alfa__data_type(enum alfa__type type)
{
    static const dnnl_data_type_t types[] = {dnnl_f32, dnnl_bf16, dnnl_u8, dnnl_s32};
    return types[type];
}

int alfa__row_step(enum alfa__type type)
{
    return type != ALFA__F32 && has_isa(dnnl_cpu_isa_avx512_core_amx) ? ALFA__PART_STEP : 1;
}

int alfa__byte_levels(void)
{
    return has_isa(dnnl_cpu_isa_avx512_core_vnni) ? 255 : 127;
}

/* ------------------------------------------------------------------ one thread a product */

int alfa__alone_begin(void)
{
    const int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    return threads;
}

void alfa__alone_end(int threads)
{
    omp_set_num_threads(threads);
}

/* ------------------------------------------------------------------ running a primitive */

/* Signals wait for the end. Some kernels (oneDNN's sgemm for AVX2 and AVX-512, from an inner side of 128 on)
 * take a buffer on the heap for their stack, and what the system puts onto a stack for a handler would
 * overwrite what lies before that buffer (findings/onednn-signal-overwrites-the-heap.sh). */
static dnnl_status_t execute_undisturbed(dnnl_primitive_t primitive, dnnl_stream_t stream, int count,
                                         const dnnl_exec_arg_t *arguments)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    dnnl_status_t status = dnnl_primitive_execute(primitive, stream, count, arguments);
    if (!status)
        status = dnnl_stream_wait(stream);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

static enum alfa_status alfa__execute(dnnl_primitive_t primitive, const struct alfa__argument *arguments,
                                      int count, const char *what, struct alfa_error *err)
{
    dnnl_exec_arg_t exec[ALFA__MAX_ARGUMENTS];
    dnnl_stream_t stream = NULL;
    int made = 0;
    dnnl_status_t status = dnnl_stream_create(&stream, alfa__engine, dnnl_stream_default_flags);
    for (; !status && made < count; made++) {
        exec[made].arg = arguments[made].index;
        status = dnnl_memory_create(&exec[made].memory, arguments[made].md, alfa__engine,
                                    (void *)arguments[made].bytes);
        if (status)
            break;
    }
    if (!status)
        status = execute_undisturbed(primitive, stream, count, exec);
    for (int i = 0; i < made; i++)
        dnnl_memory_destroy(exec[i].memory);
    if (stream)
        dnnl_stream_destroy(stream);
    return status ? alfa__onednn_fail(err, what, status) : ALFA_OK;
}

size_t alfa__scratch_size(dnnl_primitive_t primitive)
{
    const_dnnl_primitive_desc_t pd;
    dnnl_primitive_get_primitive_desc(primitive, &pd);
    alfa__const_md md = alfa__pd_md(pd, dnnl_query_scratchpad_md);
    return md ? dnnl_memory_desc_get_size(md) : 0;
}

enum alfa_status alfa__execute_in(dnnl_primitive_t primitive, struct alfa__argument *arguments, int count,
                                  void *scratch, const char *what, struct alfa_error *err)
{
    const_dnnl_primitive_desc_t pd;
    dnnl_primitive_get_primitive_desc(primitive, &pd);
    if (scratch)
        arguments[count++] =
            (struct alfa__argument){DNNL_ARG_SCRATCHPAD, alfa__pd_md(pd, dnnl_query_scratchpad_md), scratch};
    return alfa__execute(primitive, arguments, count, what, err);
}

enum alfa_status alfa__execute_with_scratch(dnnl_primitive_t primitive, struct alfa__argument *arguments,
                                            int count, struct alfa__arena *arena, const char *what,
                                            struct alfa_error *err)
{
    const size_t size = alfa__scratch_size(primitive);
    struct alfa__mark mark = alfa__arena_mark(arena);
    void *scratch = size ? alfa__arena_alloc(arena, size) : NULL;
    if (size && !scratch)
        return alfa__fail_memory(err, size);
    enum alfa_status status = alfa__execute_in(primitive, arguments, count, scratch, what, err);
    alfa__arena_reset(arena, mark);
    return status;
}

enum alfa_status alfa__reorder(alfa__const_md from, const void *source, alfa__const_md to, void *target,
                               struct alfa_error *err)
{
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_t primitive = NULL;
    enum alfa_status result = ALFA_OK;
    dnnl_status_t status = alfa__reorder_pd(&pd, alfa__engine, from, to);
    if (!status)
        status = dnnl_primitive_create(&primitive, pd);
    if (status) {
        result = alfa__onednn_fail(err, "a reorder of weights", status);
    } else {
        struct alfa__argument arguments[] = {{DNNL_ARG_FROM, from, source}, {DNNL_ARG_TO, to, target}};
        result = alfa__execute(primitive, arguments, 2, "a reorder of weights", err);
    }
    if (primitive)
        dnnl_primitive_destroy(primitive);
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    return result;
}

dnnl_status_t alfa__attributes(dnnl_primitive_attr_t *attr, bool add, bool relu6)
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

static bool same_call(const struct alfa__made *made, const struct alfa__made *key)
{
    return made->rows == key->rows && made->threads == key->threads && made->y_type == key->y_type &&
           made->add == key->add;
}

dnnl_primitive_t alfa__made_find(const struct alfa__made *list, const struct alfa__made *key)
{
    for (; list; list = list->next)
        if (same_call(list, key))
            return list->primitive;
    return NULL;
}

bool alfa__made_remember(struct alfa__made **list, const struct alfa__made *key, dnnl_primitive_t primitive)
{
    struct alfa__made *made = malloc(sizeof *made);
    if (!made)
        return false;
    *made = *key;
    made->primitive = primitive;
    made->next = *list;
    *list = made;
    return true;
}

void alfa__made_forget(struct alfa__made *list)
{
    while (list) {
        struct alfa__made *next = list->next;
        dnnl_primitive_destroy(list->primitive);
        free(list);
        list = next;
    }
}
