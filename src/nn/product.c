#include "nn/product.h"
#include "nn/primitive.h"
#include "nn/rows.h"

#include "base/parallel.h"

#define MOST 256 /* rows or columns that one thread multiplies together */

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
    dnnl_status_t status = alfa__attributes(&attr, false, false);
    if (!status)
        status = a && b && c ? alfa__matmul_pd(&pd, alfa__engine, &(struct alfa__mds){a, b, NULL, c}, attr)
                             : dnnl_out_of_memory;
    if (!status)
        status = dnnl_primitive_create(&primitive, pd); /* cheap: oneDNN caches it by shape */
    if (status) {
        result = alfa__onednn_fail(err, "a matrix product", status);
    } else {
        struct alfa__argument arguments[ALFA__MAX_ARGUMENTS] = {
            {DNNL_ARG_SRC, a, p->a}, {DNNL_ARG_WEIGHTS, b, p->b}, {DNNL_ARG_DST, c, p->c}};
        result = alfa__execute_with_scratch(primitive, arguments, 3, arena, "a matrix product", err);
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
    const int side = p->m > p->n ? p->m : p->n, begin = alfa__part_begin(side, parts, part),
              length = alfa__part_rows(side, parts, part);
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
    ALFA__TRY(alfa__engine_get(err));
    const int parts = alfa__part_count(p->m > p->n ? p->m : p->n, MOST), threads = alfa__alone_begin();
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
    alfa__alone_end(threads);
    return status;
}
