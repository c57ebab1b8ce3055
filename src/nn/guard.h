/* oneDNN is C++ behind its C functions, and when memory runs out it throws std::bad_alloc through them. These
 * are the same functions with that caught (guard.cpp): dnnl_out_of_memory, or dnnl_runtime_error for whatever
 * else may fly. Nobody calls them by these names: nn/onednn.h puts them in the place of oneDNN's.
 *
 * What is thrown on a thread that oneDNN started itself cannot be caught here. */
#ifndef ALFA_NN_GUARD_H
#define ALFA_NN_GUARD_H

#include <oneapi/dnnl/dnnl.h>

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off */
/* One line a function: name, parameters, arguments. */
#define ALFA__GUARD_LIST_BOTH(X) \
    X(dnnl_engine_create, (dnnl_engine_t *a, dnnl_engine_kind_t b, size_t c), (a, b, c)) \
    X(dnnl_set_primitive_cache_capacity, (int a), (a)) \
    X(dnnl_stream_create, (dnnl_stream_t *a, dnnl_engine_t b, unsigned c), (a, b, c)) \
    X(dnnl_stream_wait, (dnnl_stream_t a), (a)) \
    X(dnnl_primitive_attr_create, (dnnl_primitive_attr_t *a), (a)) \
    X(dnnl_primitive_attr_set_post_ops, (dnnl_primitive_attr_t a, const_dnnl_post_ops_t b), (a, b)) \
    X(dnnl_primitive_attr_set_scratchpad_mode, (dnnl_primitive_attr_t a, dnnl_scratchpad_mode_t b), (a, b)) \
    X(dnnl_post_ops_create, (dnnl_post_ops_t *a), (a)) \
    X(dnnl_primitive_create, (dnnl_primitive_t *a, const_dnnl_primitive_desc_t b), (a, b)) \
    X(dnnl_primitive_execute, (const_dnnl_primitive_t a, dnnl_stream_t b, int c, const dnnl_exec_arg_t *d), (a, b, c, d))

#if DNNL_VERSION_MAJOR >= 3
#define ALFA__GUARD_LIST(X) \
    ALFA__GUARD_LIST_BOTH(X) \
    X(dnnl_memory_create, (dnnl_memory_t *a, const_dnnl_memory_desc_t b, dnnl_engine_t c, void *d), (a, b, c, d)) \
    X(dnnl_memory_desc_create_with_strides, (dnnl_memory_desc_t *a, int b, const dnnl_dims_t c, dnnl_data_type_t d, const dnnl_dims_t e), (a, b, c, d, e)) \
    X(dnnl_memory_desc_create_with_tag, (dnnl_memory_desc_t *a, int b, const dnnl_dims_t c, dnnl_data_type_t d, dnnl_format_tag_t e), (a, b, c, d, e)) \
    X(dnnl_memory_desc_clone, (dnnl_memory_desc_t *a, const_dnnl_memory_desc_t b), (a, b)) \
    X(dnnl_post_ops_append_eltwise, (dnnl_post_ops_t a, dnnl_alg_kind_t b, float c, float d), (a, b, c, d)) \
    X(dnnl_post_ops_append_sum, (dnnl_post_ops_t a, float b, int32_t c, dnnl_data_type_t d), (a, b, c, d)) \
    X(dnnl_matmul_primitive_desc_create, (dnnl_primitive_desc_t *a, dnnl_engine_t b, const_dnnl_memory_desc_t c, const_dnnl_memory_desc_t d, const_dnnl_memory_desc_t e, const_dnnl_memory_desc_t f, const_dnnl_primitive_attr_t g), (a, b, c, d, e, f, g)) \
    X(dnnl_convolution_forward_primitive_desc_create, (dnnl_primitive_desc_t *a, dnnl_engine_t b, dnnl_prop_kind_t c, dnnl_alg_kind_t d, const_dnnl_memory_desc_t e, const_dnnl_memory_desc_t f, const_dnnl_memory_desc_t g, const_dnnl_memory_desc_t h, const dnnl_dims_t i, const dnnl_dims_t j, const dnnl_dims_t k, const dnnl_dims_t l, const_dnnl_primitive_attr_t m), (a, b, c, d, e, f, g, h, i, j, k, l, m)) \
    X(dnnl_reorder_primitive_desc_create, (dnnl_primitive_desc_t *a, const_dnnl_memory_desc_t b, dnnl_engine_t c, const_dnnl_memory_desc_t d, dnnl_engine_t e, const_dnnl_primitive_attr_t f), (a, b, c, d, e, f))
#else
#define ALFA__GUARD_LIST(X) \
    ALFA__GUARD_LIST_BOTH(X) \
    X(dnnl_memory_create, (dnnl_memory_t *a, const dnnl_memory_desc_t *b, dnnl_engine_t c, void *d), (a, b, c, d)) \
    X(dnnl_post_ops_append_eltwise, (dnnl_post_ops_t a, float b, dnnl_alg_kind_t c, float d, float e), (a, b, c, d, e)) \
    X(dnnl_post_ops_append_sum, (dnnl_post_ops_t a, float b), (a, b)) \
    X(dnnl_primitive_desc_create, (dnnl_primitive_desc_t *a, const_dnnl_op_desc_t b, const_dnnl_primitive_attr_t c, dnnl_engine_t d, const_dnnl_primitive_desc_t e), (a, b, c, d, e)) \
    X(dnnl_reorder_primitive_desc_create, (dnnl_primitive_desc_t *a, const dnnl_memory_desc_t *b, dnnl_engine_t c, const dnnl_memory_desc_t *d, dnnl_engine_t e, const_dnnl_primitive_attr_t f), (a, b, c, d, e, f))
#endif
/* clang-format on */

#define ALFA__GUARD_DECLARE(name, parameters, arguments) dnnl_status_t alfa__##name parameters;
ALFA__GUARD_LIST(ALFA__GUARD_DECLARE)
#undef ALFA__GUARD_DECLARE

/* The same for one without a status: -1 when memory is out, which is no set of instructions. */
int alfa__dnnl_get_effective_cpu_isa(void);

#ifdef __cplusplus
}
#endif
#endif
