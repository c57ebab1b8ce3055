/* oneDNN's C API changed in 3.0. This file holds the whole difference: with 2.x descriptors are values that a
 * caller copies, with 3.x they are handles; everything else of src/nn is written once, against these names.
 */
#ifndef ALFA_NN_ONEDNN_H
#define ALFA_NN_ONEDNN_H

#include "nn/guard.h"

#include <stdlib.h>
#include <string.h>

/* Nothing may fly out of oneDNN (nn/guard.h). */
#define dnnl_get_effective_cpu_isa alfa__dnnl_get_effective_cpu_isa
#define dnnl_set_primitive_cache_capacity alfa__dnnl_set_primitive_cache_capacity
#define dnnl_engine_create alfa__dnnl_engine_create
#define dnnl_stream_create alfa__dnnl_stream_create
#define dnnl_stream_wait alfa__dnnl_stream_wait
#define dnnl_primitive_attr_create alfa__dnnl_primitive_attr_create
#define dnnl_primitive_attr_set_post_ops alfa__dnnl_primitive_attr_set_post_ops
#define dnnl_primitive_attr_set_scratchpad_mode alfa__dnnl_primitive_attr_set_scratchpad_mode
#define dnnl_post_ops_create alfa__dnnl_post_ops_create
#define dnnl_primitive_create alfa__dnnl_primitive_create
#define dnnl_primitive_execute alfa__dnnl_primitive_execute
#define dnnl_memory_create alfa__dnnl_memory_create
#define dnnl_post_ops_append_eltwise alfa__dnnl_post_ops_append_eltwise
#define dnnl_post_ops_append_sum alfa__dnnl_post_ops_append_sum
#define dnnl_reorder_primitive_desc_create alfa__dnnl_reorder_primitive_desc_create
#if DNNL_VERSION_MAJOR >= 3
#define dnnl_memory_desc_create_with_strides alfa__dnnl_memory_desc_create_with_strides
#define dnnl_memory_desc_create_with_tag alfa__dnnl_memory_desc_create_with_tag
#define dnnl_memory_desc_clone alfa__dnnl_memory_desc_clone
#define dnnl_matmul_primitive_desc_create alfa__dnnl_matmul_primitive_desc_create
#define dnnl_convolution_forward_primitive_desc_create alfa__dnnl_convolution_forward_primitive_desc_create
#else
#define dnnl_primitive_desc_create alfa__dnnl_primitive_desc_create
#endif

#define ALFA__MAX_DIMS 5

/* md: an owned memory descriptor; const_md: a lent one. */
#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t alfa__md;
typedef const_dnnl_memory_desc_t alfa__const_md;
#else
typedef dnnl_memory_desc_t *alfa__md;
typedef const dnnl_memory_desc_t *alfa__const_md;
#endif

/* A descriptor with strides, or with a layout of oneDNN's choice when strides is NULL. NULL on failure. */
static inline alfa__md alfa__md_new(int rank, const dnnl_dim_t *dims, dnnl_data_type_t type,
                                    const dnnl_dim_t *strides)
{
    dnnl_dims_t d = {0}, s = {0};
    alfa__md md = NULL;
    memcpy(d, dims, (size_t)rank * sizeof *dims);
    if (strides)
        memcpy(s, strides, (size_t)rank * sizeof *strides);
#if DNNL_VERSION_MAJOR >= 3
    if (strides ? dnnl_memory_desc_create_with_strides(&md, rank, d, type, s)
                : dnnl_memory_desc_create_with_tag(&md, rank, d, type, dnnl_format_tag_any))
        return NULL;
#else
    md = malloc(sizeof *md);
    if (md && (strides ? dnnl_memory_desc_init_by_strides(md, rank, d, type, s)
                       : dnnl_memory_desc_init_by_tag(md, rank, d, type, dnnl_format_tag_any))) {
        free(md);
        return NULL;
    }
#endif
    return md;
}

static inline alfa__md alfa__md_clone(alfa__const_md from)
{
    alfa__md md = NULL;
#if DNNL_VERSION_MAJOR >= 3
    dnnl_memory_desc_clone(&md, from);
#else
    md = malloc(sizeof *md);
    if (md)
        *md = *from;
#endif
    return md;
}

static inline void alfa__md_free(alfa__md md)
{
#if DNNL_VERSION_MAJOR >= 3
    if (md)
        dnnl_memory_desc_destroy(md);
#else
    free(md);
#endif
}

static inline alfa__const_md alfa__pd_md(const_dnnl_primitive_desc_t pd, dnnl_query_t what)
{
    return dnnl_primitive_desc_query_md(pd, what, 0);
}

/* A layout as numbers: rank, type, dimensions, padding, strides and blocks say where every weight lies. How
 * many numbers; 0 when oneDNN does not tell the layout. */
#define ALFA__MD_NUMBERS (3 + 5 * DNNL_MAX_NDIMS)
static inline int alfa__md_numbers(alfa__const_md md, int64_t numbers[ALFA__MD_NUMBERS])
{
    int rank, blocks, count = 0;
#if DNNL_VERSION_MAJOR >= 3
    dnnl_format_kind_t kind;
    dnnl_data_type_t type;
    dnnl_dims_t *dims, *padded, *strides, *sizes, *axes;
    if (dnnl_memory_desc_query(md, dnnl_query_format_kind, &kind) || kind != dnnl_blocked ||
        dnnl_memory_desc_query(md, dnnl_query_ndims_s32, &rank) ||
        dnnl_memory_desc_query(md, dnnl_query_data_type, &type) ||
        dnnl_memory_desc_query(md, dnnl_query_dims, &dims) ||
        dnnl_memory_desc_query(md, dnnl_query_padded_dims, &padded) ||
        dnnl_memory_desc_query(md, dnnl_query_strides, &strides) ||
        dnnl_memory_desc_query(md, dnnl_query_inner_nblks_s32, &blocks) ||
        dnnl_memory_desc_query(md, dnnl_query_inner_blks, &sizes) ||
        dnnl_memory_desc_query(md, dnnl_query_inner_idxs, &axes))
        return 0;
#else
    const dnnl_blocking_desc_t *blocking = &md->format_desc.blocking;
    const dnnl_data_type_t type = md->data_type;
    const dnnl_dims_t *dims = &md->dims, *padded = &md->padded_dims, *strides = &blocking->strides,
                      *sizes = &blocking->inner_blks, *axes = &blocking->inner_idxs;
    rank = md->ndims;
    blocks = blocking->inner_nblks;
    if (md->format_kind != dnnl_blocked || md->extra.flags)
        return 0;
#endif
    numbers[count++] = rank;
    numbers[count++] = type;
    numbers[count++] = blocks;
    for (int i = 0; i < rank; i++) {
        numbers[count++] = (*dims)[i];
        numbers[count++] = (*padded)[i];
        numbers[count++] = (*strides)[i];
    }
    for (int i = 0; i < blocks; i++) {
        numbers[count++] = (*sizes)[i];
        numbers[count++] = (*axes)[i];
    }
    return count;
}

static inline dnnl_status_t alfa__post_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t kind, float alpha,
                                               float beta)
{
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_post_ops_append_eltwise(ops, kind, alpha, beta);
#else
    return dnnl_post_ops_append_eltwise(ops, 1.0f, kind, alpha, beta);
#endif
}

static inline dnnl_status_t alfa__post_sum(dnnl_post_ops_t ops)
{
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_post_ops_append_sum(ops, 1.0f, 0, dnnl_data_type_undef);
#else
    return dnnl_post_ops_append_sum(ops, 1.0f);
#endif
}

/* What a product or a convolution reads and writes; bias may be NULL. */
struct alfa__mds {
    alfa__const_md src, weights, bias, dst;
};

static inline dnnl_status_t alfa__matmul_pd(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
                                            const struct alfa__mds *mds, const_dnnl_primitive_attr_t attr)
{
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_matmul_primitive_desc_create(pd, engine, mds->src, mds->weights, mds->bias, mds->dst, attr);
#else
    dnnl_matmul_desc_t desc;
    dnnl_status_t status = dnnl_matmul_desc_init(&desc, mds->src, mds->weights, mds->bias, mds->dst);
    return status ? status : dnnl_primitive_desc_create(pd, &desc, attr, engine, NULL);
#endif
}

/* Steps of a kernel over an image, and the padding before and after it. */
struct alfa__steps {
    dnnl_dims_t strides, before, after;
};

static inline dnnl_status_t alfa__convolution_pd(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
                                                 const struct alfa__mds *mds, const struct alfa__steps *steps,
                                                 const_dnnl_primitive_attr_t attr)
{
#if DNNL_VERSION_MAJOR >= 3
    const dnnl_dims_t dilates = {0};
    return dnnl_convolution_forward_primitive_desc_create(
        pd, engine, dnnl_forward_inference, dnnl_convolution_direct, mds->src, mds->weights, mds->bias,
        mds->dst, steps->strides, dilates, steps->before, steps->after, attr);
#else
    dnnl_convolution_desc_t desc;
    dnnl_status_t status = dnnl_convolution_forward_desc_init(
        &desc, dnnl_forward_inference, dnnl_convolution_direct, mds->src, mds->weights, mds->bias, mds->dst,
        steps->strides, steps->before, steps->after);
    return status ? status : dnnl_primitive_desc_create(pd, &desc, attr, engine, NULL);
#endif
}

static inline dnnl_status_t alfa__reorder_pd(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
                                             alfa__const_md from, alfa__const_md to)
{
    return dnnl_reorder_primitive_desc_create(pd, from, engine, to, engine, NULL);
}

#endif
