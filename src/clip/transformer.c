#include "clip/transformer.h"

#include <string.h>

/* A block on its way: whose, which, and over which sequences. */
struct pass {
    const struct alfa__transformer *t;
    const struct alfa__block *b;
    const struct alfa__sequences *sequences;
    struct alfa__arena *arena;
    struct alfa_error *err;
};

/* rows x width numbers of the transformer's type, or NULL. */
static void *typed_rows(const struct pass *p, int rows, int width)
{
    return alfa__arena_array(p->arena, (size_t)rows * (size_t)width, alfa__type_size(p->t->type));
}

/* rows x width numbers of qkv_type, or NULL. */
static void *qkv_rows(const struct pass *p, int rows, int width)
{
    return alfa__arena_array(p->arena, (size_t)rows * (size_t)width, alfa__type_size(p->t->qkv_type));
}

static enum alfa_status no_room(const struct pass *p, int rows, int width)
{
    return alfa__fail_memory(p->err, (size_t)rows * (size_t)width * sizeof(float));
}

/* y = linear(ln_1 x), y of qkv_type. */
static enum alfa_status project(const struct pass *p, const struct alfa__linear *linear, const float *x,
                                int rows, void *y)
{
    const struct alfa__transformer *t = p->t;
    struct alfa__mark mark = alfa__arena_mark(p->arena);
    void *normed = typed_rows(p, rows, t->width);
    if (!normed)
        return no_room(p, rows, t->width);
    alfa__layer_norm(x, (struct alfa__norm){p->b->ln_1_gain, p->b->ln_1_bias, t->epsilon}, rows, t->width,
                     normed, t->type);
    const struct alfa__linear_call call = {
        .x = normed, .y = y, .rows = rows, .part = p->sequences->part, .y_type = t->qkv_type};
    enum alfa_status status = alfa__linear_run(linear, &call, p->arena, p->err);
    alfa__arena_reset(p->arena, mark);
    return status;
}

/* x += c_proj(gelu(c_fc(ln_2 x))) */
static enum alfa_status feed_forward(const struct pass *p, float *x, int rows)
{
    const struct alfa__transformer *t = p->t;
    const struct alfa__mlp mlp = {p->b->c_fc, t->activation, p->b->c_proj};
    struct alfa__mark mark = alfa__arena_mark(p->arena);
    void *normed = typed_rows(p, rows, t->width);
    if (!normed)
        return no_room(p, rows, t->width);
    alfa__layer_norm(x, (struct alfa__norm){p->b->ln_2_gain, p->b->ln_2_bias, t->epsilon}, rows, t->width,
                     normed, t->type);
    const struct alfa__linear_call call = {
        .x = normed, .y = x, .rows = rows, .part = p->sequences->part, .add = true};
    enum alfa_status status = alfa__linear_mlp(&mlp, &call, p->arena, p->err);
    alfa__arena_reset(p->arena, mark);
    return status;
}

/* Where the q, k and v of all rows lie, in qkv_type. With one_query q has a row a sequence. */
struct projected {
    const void *q, *k, *v;
    int q_stride, kv_stride;
    bool one_query;
};

static struct alfa__attention attention_of(const struct pass *p, const struct projected *projected, void *out)
{
    const struct alfa__transformer *t = p->t;
    return (struct alfa__attention){.q = projected->q,
                                    .k = projected->k,
                                    .v = projected->v,
                                    .type = t->qkv_type,
                                    .q_stride = projected->q_stride,
                                    .kv_stride = projected->kv_stride,
                                    .starts = p->sequences->starts,
                                    .index = p->sequences->index,
                                    .fresh = p->sequences->fresh,
                                    .sequences = p->sequences->count,
                                    .heads = t->heads,
                                    .head_width = t->width / t->heads,
                                    .one_query = projected->one_query,
                                    .causal = p->sequences->causal && !projected->one_query,
                                    .out = out,
                                    .out_type = t->type};
}

/* y += out_proj(attention(q, k, v)). y has a row a query: all rows, or with one_query one a sequence. */
static enum alfa_status add_attention(const struct pass *p, const struct projected *projected, float *y)
{
    const struct alfa__sequences *sequences = p->sequences;
    const int *fresh = sequences->fresh ? sequences->fresh : sequences->starts;
    const int rows = projected->one_query ? sequences->count : sequences->rows;
    const int used = projected->one_query ? rows : fresh[sequences->count];
    const size_t row_size = (size_t)p->t->width * alfa__type_size(p->t->type);
    struct alfa__mark mark = alfa__arena_mark(p->arena);
    unsigned char *mixed = typed_rows(p, rows, p->t->width);
    if (!mixed)
        return no_room(p, rows, p->t->width);
    const struct alfa__attention attention = attention_of(p, projected, mixed);
    enum alfa_status status = alfa__attention_run(&attention, p->arena, p->err);
    memset(mixed + (size_t)used * row_size, 0, (size_t)(rows - used) * row_size); /* padding */
    const struct alfa__linear_call call = {
        .x = mixed, .y = y, .rows = rows, .part = sequences->part, .add = true};
    if (status == ALFA_OK)
        status = alfa__linear_run(p->b->out_proj, &call, p->arena, p->err);
    alfa__arena_reset(p->arena, mark);
    return status;
}

/* The columns from the given one on of rows of qkv_type. */
static const void *columns(const struct pass *p, const void *rows, int first)
{
    return (const unsigned char *)rows + (size_t)first * alfa__type_size(p->t->qkv_type);
}

/* Row-major q, k and v side by side. */
static struct projected side_by_side(const struct pass *p, const void *qkv)
{
    const int width = p->t->width;
    return (struct projected){.q = qkv,
                              .k = columns(p, qkv, width),
                              .v = columns(p, qkv, 2 * width),
                              .q_stride = 3 * width,
                              .kv_stride = 3 * width};
}

/* ------------------------------------------------------------------ all blocks but the last */

enum alfa_status alfa__transformer_qkv(const struct alfa__transformer *t, const float *x,
                                       const struct alfa__sequences *sequences, void *qkv,
                                       struct alfa__arena *arena, struct alfa_error *err)
{
    const struct pass p = {t, &t->blocks[0], sequences, arena, err};
    return project(&p, p.b->qkv, x, sequences->rows, qkv);
}

enum alfa_status alfa__transformer_first(const struct alfa__transformer *t, float *x, const void *qkv,
                                         const struct alfa__sequences *sequences, struct alfa__arena *arena,
                                         struct alfa_error *err)
{
    const struct pass p = {t, &t->blocks[0], sequences, arena, err};
    const struct projected projected = side_by_side(&p, qkv);
    ALFA__TRY(add_attention(&p, &projected, x));
    return feed_forward(&p, x, sequences->rows);
}

enum alfa_status alfa__transformer_block(const struct alfa__transformer *t, int block, float *x,
                                         const struct alfa__sequences *sequences, struct alfa__arena *arena,
                                         struct alfa_error *err)
{
    const struct pass p = {t, &t->blocks[block], sequences, arena, err};
    struct alfa__mark mark = alfa__arena_mark(arena);
    void *qkv = qkv_rows(&p, sequences->rows, 3 * t->width);
    if (!qkv)
        return no_room(&p, sequences->rows, 3 * t->width);
    const struct projected projected = side_by_side(&p, qkv);
    enum alfa_status status = project(&p, p.b->qkv, x, sequences->rows, qkv);
    if (status == ALFA_OK)
        status = add_attention(&p, &projected, x);
    alfa__arena_reset(arena, mark); /* the hidden layer may lie where q, k and v did */
    return status == ALFA_OK ? feed_forward(&p, x, sequences->rows) : status;
}

/* ------------------------------------------------------------------ the last block */

/* W_o v + b_o for every row; kv holds k and v side by side. */
static enum alfa_status map_values(const struct pass *p, const void *kv, float *values)
{
    const struct alfa__transformer *t = p->t;
    const int rows = p->sequences->rows;
    const size_t size = (size_t)t->width * alfa__type_size(t->type);
    unsigned char *v = typed_rows(p, rows, t->width);
    if (!v)
        return no_room(p, rows, t->width);
#pragma omp parallel for schedule(static)
    for (int r = 0; r < rows; r++) {
        const void *value = columns(p, kv, (2 * r + 1) * t->width);
        if (t->qkv_type == t->type)
            memcpy(v + (size_t)r * size, value, size);
        else
            alfa__convert(value, (size_t)t->width, v + (size_t)r * size, t->type);
    }
    const struct alfa__linear_call call = {.x = v, .y = values, .rows = rows, .part = p->sequences->part};
    return alfa__linear_run(p->b->out_proj, &call, p->arena, p->err);
}

/* k and v of all rows of x, and q of the query rows, which are y: queries x width. Lies in the arena. */
static enum alfa_status project_split(const struct pass *p, const float *x, const float *y,
                                      struct projected *out)
{
    const int rows = p->sequences->rows, width = p->t->width;
    const int queries = out->one_query ? p->sequences->count : rows;
    void *kv = qkv_rows(p, rows, 2 * width), *q = qkv_rows(p, queries, width);
    if (!kv || !q)
        return no_room(p, rows, 3 * width);
    out->q = q;
    out->k = kv;
    out->v = columns(p, kv, width);
    out->q_stride = width;
    out->kv_stride = 2 * width;
    ALFA__TRY(project(p, p->b->kv, x, rows, kv));
    return project(p, p->b->q, y, queries, q);
}

enum alfa_status alfa__transformer_last(const struct alfa__transformer *t, const float *x,
                                        const struct alfa__sequences *sequences,
                                        const struct alfa__chosen *chosen, struct alfa__arena *arena,
                                        struct alfa_error *err)
{
    const struct pass p = {t, &t->blocks[t->layers - 1], sequences, arena, err};
    struct alfa__mark mark = alfa__arena_mark(arena);
    struct projected projected = {.one_query = true};
    alfa__gather(x, chosen->rows, sequences->count, t->width, chosen->out);
    enum alfa_status status = project_split(&p, x, chosen->out, &projected);
    if (status == ALFA_OK)
        status = add_attention(&p, &projected, chosen->out);
    if (status == ALFA_OK)
        status = feed_forward(&p, chosen->out, sequences->count);
    if (status == ALFA_OK && chosen->values)
        status = map_values(&p, projected.k, chosen->values);
    alfa__arena_reset(arena, mark);
    return status;
}

enum alfa_status alfa__transformer_last_all(const struct alfa__transformer *t, float *x,
                                            const struct alfa__sequences *sequences,
                                            struct alfa__arena *arena, struct alfa_error *err)
{
    const struct pass p = {t, &t->blocks[t->layers - 1], sequences, arena, err};
    struct alfa__mark mark = alfa__arena_mark(arena);
    struct projected projected = {.one_query = false};
    enum alfa_status status = project_split(&p, x, x, &projected);
    if (status == ALFA_OK)
        status = add_attention(&p, &projected, x);
    if (status == ALFA_OK)
        status = feed_forward(&p, x, sequences->rows);
    alfa__arena_reset(arena, mark);
    return status;
}

enum alfa_status alfa__transformer_value_attention(const struct alfa__transformer *t,
                                                   const struct alfa__values *values,
                                                   const struct alfa__sequences *sequences,
                                                   struct alfa__arena *arena, struct alfa_error *err)
{
    const struct pass p = {t, &t->blocks[values->block], sequences, arena, err};
    const int rows = sequences->rows, stride = (p.b->qkv ? 3 : 2) * t->width;
    struct alfa__mark mark = alfa__arena_mark(arena);
    void *all = qkv_rows(&p, rows, stride);
    if (!all)
        return no_room(&p, rows, stride);
    const void *v = columns(&p, all, stride - t->width); /* the last of q, k, v or of k, v */
    const struct projected projected = {.q = v, .k = v, .v = v, .q_stride = stride, .kv_stride = stride};
    enum alfa_status status = project(&p, p.b->qkv ? p.b->qkv : p.b->kv, values->x, rows, all);
    if (status == ALFA_OK)
        status = add_attention(&p, &projected, values->y);
    alfa__arena_reset(arena, mark);
    return status;
}
