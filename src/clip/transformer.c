#include "clip/transformer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ loading */

enum alfa_status alfa__vector_load(float **out, const struct alfa__weights *weights, const char *name,
                                   int count, struct alfa_error *err)
{
    return alfa__weights_read(weights, out, name, 1, (size_t[]){(size_t)count}, err);
}

/* The layer as an earlier start has packed it; *out is NULL when there is none. name: among the packed. */
static enum alfa_status linear_find(struct alfa__linear **out, const struct alfa__packs *packs,
                                    const char *name, const float *bias, int outputs, int inputs,
                                    enum alfa__type type, struct alfa_error *err)
{
    size_t size;
    const void *packed = alfa__packs_find(packs, name, &size);
    *out = NULL;
    return packed ? alfa__linear_from_packed(out, packed, size, bias, outputs, inputs, type, err) : ALFA_OK;
}

/* Packs rows of a matrix that was read and keeps them, or quantises the layer that is there already; nothing
 * when only checking. */
static enum alfa_status linear_make(struct alfa__linear **out, struct alfa__packs *packs, const char *name,
                                    const float *weight, const float *bias, int outputs, int inputs,
                                    enum alfa__type type, struct alfa_error *err)
{
    size_t size;
    if (*out) {
        ALFA__TRY(alfa__linear_quantise(*out, weight, bias, err));
        alfa__packs_drop(packs, name);
        return ALFA_OK;
    }
    if (!weight)
        return ALFA_OK;
    ALFA__TRY(alfa__linear_new(out, weight, bias, outputs, inputs, type, err));
    const void *packed = alfa__linear_packed(*out, &size);
    alfa__packs_add(packs, name, packed, size);
    return ALFA_OK;
}

enum alfa_status alfa__linear_load(struct alfa__linear **out, const struct alfa__weights *weights,
                                   const char *name, const char *bias_name, int outputs, int inputs,
                                   enum alfa__type type, struct alfa_error *err)
{
    const size_t shape[] = {(size_t)outputs, (size_t)inputs};
    const bool quantising = *out;
    float *weight = NULL, *bias = NULL;
    enum alfa_status status =
        bias_name ? alfa__vector_load(&bias, weights, bias_name, outputs, err) : ALFA_OK;
    if (status == ALFA_OK && !quantising)
        status = linear_find(out, weights->packs, name, bias, outputs, inputs, type, err);
    if (status == ALFA_OK && (quantising || !*out)) {
        status = alfa__weights_read(weights, &weight, name, 2, shape, err);
        if (status == ALFA_OK)
            status = linear_make(out, weights->packs, name, weight, bias, outputs, inputs, type, err);
    }
    free(weight);
    free(bias);
    return status;
}

/* Rows of q, k and v that make one layer: begin and count in widths. */
struct part {
    struct alfa__linear **out;
    const char *leaf;
    int begin, count;
};

/* Without weight: the layer as an earlier start has packed it. */
static enum alfa_status load_part(const struct part *part, struct alfa__packs *packs, const char *prefix,
                                  const float *weight, const float *bias, int width, enum alfa__type type,
                                  struct alfa_error *err)
{
    char name[192];
    const size_t row = (size_t)part->begin * (size_t)width;
    const float *own_bias = bias ? bias + row : NULL;
    snprintf(name, sizeof name, "%sattn.%s", prefix, part->leaf);
    if (!weight)
        return linear_find(part->out, packs, name, own_bias, part->count * width, width, type, err);
    return linear_make(part->out, packs, name, weight + row * (size_t)width, own_bias, part->count * width,
                       width, type, err);
}

static enum alfa_status load_qkv(struct alfa__block *block, const struct alfa__weights *weights,
                                 const char *prefix, int width, bool split, enum alfa__type type,
                                 struct alfa_error *err)
{
    const struct part whole[] = {{&block->qkv, "qkv", 0, 3}};
    const struct part apart[] = {{&block->q, "q", 0, 1}, {&block->kv, "kv", 1, 2}};
    const struct part *parts = split ? apart : whole;
    const int count = split ? 2 : 1;
    const bool quantising = *parts->out;
    bool missing = quantising;
    float *weight = NULL, *bias;
    enum alfa_status status = alfa__weights_read_qkv_bias(weights, &bias, prefix, (size_t)width, err);
    for (int i = 0; i < count && status == ALFA_OK && !quantising; i++) {
        status = load_part(&parts[i], weights->packs, prefix, NULL, bias, width, type, err);
        missing = missing || !*parts[i].out;
    }
    if (status == ALFA_OK && missing)
        status = alfa__weights_read_qkv(weights, &weight, prefix, (size_t)width, err);
    for (int i = 0; i < count && status == ALFA_OK && weight; i++)
        if (quantising || !*parts[i].out)
            status = load_part(&parts[i], weights->packs, prefix, weight, bias, width, type, err);
    free(weight);
    free(bias);
    return status;
}

static enum alfa_status load_norms(struct alfa__block *block, const struct alfa__weights *weights,
                                   const char *prefix, int width, struct alfa_error *err)
{
    const struct {
        float **out;
        const char *leaf;
    } vectors[] = {{&block->ln_1_gain, "ln_1.weight"},
                   {&block->ln_1_bias, "ln_1.bias"},
                   {&block->ln_2_gain, "ln_2.weight"},
                   {&block->ln_2_bias, "ln_2.bias"}};
    char name[192];
    for (size_t i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%s%s", prefix, vectors[i].leaf);
        ALFA__TRY(alfa__vector_load(vectors[i].out, weights, name, width, err));
    }
    return ALFA_OK;
}

/* The linear layer prefix + leaf: loads it, or quantises it when it is there. */
static enum alfa_status load_linear(struct alfa__linear **out, const struct alfa__weights *weights,
                                    const char *prefix, const char *leaf, int outputs, int inputs,
                                    enum alfa__type type, struct alfa_error *err)
{
    char name[192], bias[192];
    snprintf(name, sizeof name, "%s%s.weight", prefix, leaf);
    snprintf(bias, sizeof bias, "%s%s.bias", prefix, leaf);
    return alfa__linear_load(out, weights, name, bias, outputs, inputs, type, err);
}

static enum alfa_status load_mlp(struct alfa__block *block, const struct alfa__weights *weights,
                                 const char *prefix, int width, int mlp, enum alfa__type type,
                                 struct alfa_error *err)
{
    ALFA__TRY(load_linear(&block->c_fc, weights, prefix, "mlp.c_fc", mlp, width, type, err));
    return load_linear(&block->c_proj, weights, prefix, "mlp.c_proj", width, mlp, type, err);
}

static enum alfa_status load_block(struct alfa__block *block, const struct alfa__weights *weights,
                                   const char *prefix, int width, int mlp, bool split, enum alfa__type type,
                                   struct alfa_error *err)
{
    ALFA__TRY(load_norms(block, weights, prefix, width, err));
    ALFA__TRY(load_qkv(block, weights, prefix, width, split, type, err));
    ALFA__TRY(load_linear(&block->out_proj, weights, prefix, "attn.out_proj", width, width, type, err));
    return load_mlp(block, weights, prefix, width, mlp, type, err);
}

enum alfa_status alfa__transformer_load(struct alfa__transformer *out, const struct alfa__weights *weights,
                                        const struct alfa__config *config,
                                        const struct alfa__tower_config *tower, const char *prefix,
                                        bool split_last, enum alfa__type type, struct alfa_error *err)
{
    *out = (struct alfa__transformer){.width = tower->width,
                                      .layers = tower->layers,
                                      .heads = tower->heads,
                                      .mlp = tower->mlp,
                                      .epsilon = config->epsilon,
                                      .type = type,
                                      .qkv_type = type,
                                      .activation = config->quick_gelu ? ALFA__QUICK_GELU : ALFA__GELU};
    out->blocks = calloc((size_t)tower->layers, sizeof *out->blocks);
    if (!out->blocks)
        return alfa__fail_memory(err, (size_t)tower->layers * sizeof *out->blocks);
    for (int i = 0; i < tower->layers; i++) {
        char block[96];
        snprintf(block, sizeof block, "%s.%d.", prefix, i);
        ALFA__TRY(load_block(&out->blocks[i], weights, block, tower->width, tower->mlp,
                             split_last && i == tower->layers - 1, type, err));
    }
    return ALFA_OK;
}

enum alfa_status alfa__transformer_watch(const struct alfa__transformer *t, int block, bool with_qkv,
                                         bool with_out, struct alfa_error *err)
{
    const struct alfa__block *b = &t->blocks[block];
    if (with_qkv)
        ALFA__TRY(alfa__linear_watch(b->qkv, err));
    if (with_out)
        ALFA__TRY(alfa__linear_watch(b->out_proj, err));
    ALFA__TRY(alfa__linear_watch(b->c_fc, err));
    return alfa__linear_watch(b->c_proj, err);
}

enum alfa_status alfa__transformer_quantise(const struct alfa__transformer *t, int block, bool with_qkv,
                                            bool with_out, const struct alfa__weights *weights,
                                            const char *prefix, struct alfa_error *err)
{
    char name[96];
    snprintf(name, sizeof name, "%s.%d.", prefix, block);
    if (with_qkv)
        ALFA__TRY(load_qkv(&t->blocks[block], weights, name, t->width, false, t->type, err));
    if (with_out)
        ALFA__TRY(load_linear(&t->blocks[block].out_proj, weights, name, "attn.out_proj", t->width, t->width,
                              t->type, err));
    return load_mlp(&t->blocks[block], weights, name, t->width, t->mlp, t->type, err);
}

void alfa__transformer_free(struct alfa__transformer *transformer)
{
    for (int i = 0; transformer->blocks && i < transformer->layers; i++) {
        struct alfa__block *b = &transformer->blocks[i];
        struct alfa__linear *linears[] = {b->qkv, b->q, b->kv, b->out_proj, b->c_fc, b->c_proj};
        float *vectors[] = {b->ln_1_gain, b->ln_1_bias, b->ln_2_gain, b->ln_2_bias};
        for (size_t j = 0; j < 6; j++)
            alfa__linear_free(linears[j]);
        for (size_t j = 0; j < 4; j++)
            free(vectors[j]);
    }
    free(transformer->blocks);
    *transformer = (struct alfa__transformer){0};
}

/* ------------------------------------------------------------------ running */

/* rows x width numbers of the transformer's type, or NULL. */
static void *typed_rows(const struct alfa__transformer *t, struct alfa__arena *arena, int rows, int width)
{
    return alfa__arena_array(arena, (size_t)rows * (size_t)width, alfa__type_size(t->type));
}

/* rows x width numbers of qkv_type, or NULL. */
static void *qkv_rows(const struct alfa__transformer *t, struct alfa__arena *arena, int rows, int width)
{
    return alfa__arena_array(arena, (size_t)rows * (size_t)width, alfa__type_size(t->qkv_type));
}

/* y = linear(layer_norm(x)), y of qkv_type. */
static enum alfa_status norm_linear(const struct alfa__transformer *t, const struct alfa__linear *linear,
                                    const float *gain, const float *bias, const float *x, int rows, int part,
                                    void *y, struct alfa__arena *arena, struct alfa_error *err)
{
    struct alfa__mark mark = alfa__arena_mark(arena);
    void *normed = typed_rows(t, arena, rows, t->width);
    if (!normed)
        return alfa__fail_memory(err, (size_t)rows * (size_t)t->width);
    alfa__layer_norm(x, gain, bias, t->epsilon, rows, t->width, normed, t->type);
    const struct alfa__linear_call call = {
        .x = normed, .y = y, .rows = rows, .part = part, .y_type = t->qkv_type};
    enum alfa_status status = alfa__linear_run(linear, &call, arena, err);
    alfa__arena_reset(arena, mark);
    return status;
}

enum alfa_status alfa__transformer_qkv(const struct alfa__transformer *t, int block, const float *x, int rows,
                                       int part, void *qkv, struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__block *b = &t->blocks[block];
    return norm_linear(t, b->qkv, b->ln_1_gain, b->ln_1_bias, x, rows, part, qkv, arena, err);
}

/* x += c_proj(gelu(c_fc(ln_2 x))) */
static enum alfa_status feed_forward(const struct alfa__transformer *t, const struct alfa__block *b, float *x,
                                     int rows, int part, struct alfa__arena *arena, struct alfa_error *err)
{
    struct alfa__mark mark = alfa__arena_mark(arena);
    void *normed = typed_rows(t, arena, rows, t->width);
    if (!normed)
        return alfa__fail_memory(err, (size_t)rows * (size_t)t->width);
    alfa__layer_norm(x, b->ln_2_gain, b->ln_2_bias, t->epsilon, rows, t->width, normed, t->type);
    enum alfa_status status =
        alfa__linear_mlp(b->c_fc, t->activation, b->c_proj, normed, rows, part, x, arena, err);
    alfa__arena_reset(arena, mark);
    return status;
}

/* Where the q, k and v of all rows lie, in qkv_type. */
struct projected {
    const void *q, *k, *v;
    int q_stride, kv_stride;
};

/* y += out_proj(attention(q, k, v)). y has a row a query: all rows, or with one_query one a sequence. */
static enum alfa_status add_attention(const struct alfa__transformer *t, const struct alfa__block *b,
                                      const struct projected *p, const struct alfa__sequences *sequences,
                                      bool one_query, bool causal, float *y, struct alfa__arena *arena,
                                      struct alfa_error *err)
{
    const int *fresh = sequences->fresh ? sequences->fresh : sequences->starts;
    const int rows = one_query ? sequences->count : sequences->rows;
    const int used = one_query ? rows : fresh[sequences->count];
    const size_t row_size = (size_t)t->width * alfa__type_size(t->type);
    struct alfa__mark mark = alfa__arena_mark(arena);
    unsigned char *mixed = typed_rows(t, arena, rows, t->width);
    if (!mixed)
        return alfa__fail_memory(err, (size_t)rows * row_size);
    const struct alfa__attention attention = {.q = p->q,
                                              .k = p->k,
                                              .v = p->v,
                                              .type = t->qkv_type,
                                              .q_stride = p->q_stride,
                                              .kv_stride = p->kv_stride,
                                              .starts = sequences->starts,
                                              .index = sequences->index,
                                              .fresh = sequences->fresh,
                                              .sequences = sequences->count,
                                              .heads = t->heads,
                                              .head_width = t->width / t->heads,
                                              .one_query = one_query,
                                              .causal = causal,
                                              .out = mixed,
                                              .out_type = t->type};
    enum alfa_status status = alfa__attention_run(&attention, arena, err);
    memset(mixed + (size_t)used * row_size, 0, (size_t)(rows - used) * row_size); /* padding */
    const struct alfa__linear_call call = {
        .x = mixed, .y = y, .rows = rows, .part = sequences->part, .add = true};
    if (status == ALFA_OK)
        status = alfa__linear_run(b->out_proj, &call, arena, err);
    alfa__arena_reset(arena, mark);
    return status;
}

/* The columns from the given one on of rows of qkv_type. */
static const void *columns(const struct alfa__transformer *t, const void *rows, size_t first)
{
    return (const unsigned char *)rows + first * alfa__type_size(t->qkv_type);
}

enum alfa_status alfa__transformer_block(const struct alfa__transformer *t, int block, float *x,
                                         const void *qkv, const struct alfa__sequences *sequences,
                                         bool causal, struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__block *b = &t->blocks[block];
    const int rows = sequences->rows;
    struct alfa__mark mark = alfa__arena_mark(arena);
    void *own = qkv ? NULL : qkv_rows(t, arena, rows, 3 * t->width);
    if (!qkv && !own)
        return alfa__fail_memory(err, (size_t)rows * 3 * (size_t)t->width);
    enum alfa_status status =
        qkv ? ALFA_OK : alfa__transformer_qkv(t, block, x, rows, sequences->part, own, arena, err);
    qkv = qkv ? qkv : own;
    const struct projected p = {qkv, columns(t, qkv, (size_t)t->width), columns(t, qkv, 2 * (size_t)t->width),
                                3 * t->width, 3 * t->width};
    if (status == ALFA_OK)
        status = add_attention(t, b, &p, sequences, false, causal, x, arena, err);
    alfa__arena_reset(arena, mark); /* the hidden layer may lie where q, k and v did */
    return status == ALFA_OK ? feed_forward(t, b, x, rows, sequences->part, arena, err) : status;
}

/* ------------------------------------------------------------------ the last block */

/* W_o v + b_o for every row; kv holds k and v side by side. */
static enum alfa_status map_values(const struct alfa__transformer *t, const struct alfa__block *b,
                                   const void *kv, int rows, int part, float *values,
                                   struct alfa__arena *arena, struct alfa_error *err)
{
    const size_t size = (size_t)t->width * alfa__type_size(t->type);
    unsigned char *v = typed_rows(t, arena, rows, t->width);
    if (!v)
        return alfa__fail_memory(err, (size_t)rows * size);
#pragma omp parallel for schedule(static)
    for (int r = 0; r < rows; r++) {
        const void *value = columns(t, kv, (2 * (size_t)r + 1) * (size_t)t->width);
        if (t->qkv_type == t->type)
            memcpy(v + (size_t)r * size, value, size);
        else
            alfa__convert(value, (size_t)t->width, v + (size_t)r * size, t->type);
    }
    const struct alfa__linear_call call = {.x = v, .y = values, .rows = rows, .part = part};
    return alfa__linear_run(b->out_proj, &call, arena, err);
}

/* k and v of all rows of x, and q of the query rows, which are y: count x width. Lies in the arena. */
static enum alfa_status project_split(const struct alfa__transformer *t, const struct alfa__block *b,
                                      const float *x, int rows, const float *y, int count, int part,
                                      struct projected *out, struct alfa__arena *arena,
                                      struct alfa_error *err)
{
    void *kv = qkv_rows(t, arena, rows, 2 * t->width), *q = qkv_rows(t, arena, count, t->width);
    if (!kv || !q)
        return alfa__fail_memory(err, (size_t)rows * 3 * (size_t)t->width);
    *out = (struct projected){q, kv, columns(t, kv, (size_t)t->width), t->width, 2 * t->width};
    ALFA__TRY(norm_linear(t, b->kv, b->ln_1_gain, b->ln_1_bias, x, rows, part, kv, arena, err));
    return norm_linear(t, b->q, b->ln_1_gain, b->ln_1_bias, y, count, part, q, arena, err);
}

enum alfa_status alfa__transformer_last(const struct alfa__transformer *t, const float *x,
                                        const struct alfa__sequences *sequences, const int *chosen,
                                        float *out, float *values, struct alfa__arena *arena,
                                        struct alfa_error *err)
{
    const struct alfa__block *b = &t->blocks[t->layers - 1];
    const int rows = sequences->rows, count = sequences->count;
    struct alfa__mark mark = alfa__arena_mark(arena);
    struct projected p;
    alfa__gather(x, chosen, count, t->width, out);
    enum alfa_status status = project_split(t, b, x, rows, out, count, sequences->part, &p, arena, err);
    if (status == ALFA_OK)
        status = add_attention(t, b, &p, sequences, true, false, out, arena, err);
    if (status == ALFA_OK)
        status = feed_forward(t, b, out, count, sequences->part, arena, err);
    if (status == ALFA_OK && values)
        status = map_values(t, b, p.k, rows, sequences->part, values, arena, err);
    alfa__arena_reset(arena, mark);
    return status;
}

enum alfa_status alfa__transformer_last_all(const struct alfa__transformer *t, float *x,
                                            const struct alfa__sequences *sequences,
                                            struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__block *b = &t->blocks[t->layers - 1];
    struct alfa__mark mark = alfa__arena_mark(arena);
    struct projected p;
    enum alfa_status status =
        project_split(t, b, x, sequences->rows, x, sequences->rows, sequences->part, &p, arena, err);
    if (status == ALFA_OK)
        status = add_attention(t, b, &p, sequences, false, false, x, arena, err);
    if (status == ALFA_OK)
        status = feed_forward(t, b, x, sequences->rows, sequences->part, arena, err);
    alfa__arena_reset(arena, mark);
    return status;
}

enum alfa_status alfa__transformer_value_attention(const struct alfa__transformer *t, int block,
                                                   const float *x, const struct alfa__sequences *sequences,
                                                   float *y, struct alfa__arena *arena,
                                                   struct alfa_error *err)
{
    const struct alfa__block *b = &t->blocks[block];
    const int rows = sequences->rows, stride = (b->qkv ? 3 : 2) * t->width;
    struct alfa__mark mark = alfa__arena_mark(arena);
    void *all = qkv_rows(t, arena, rows, stride);
    if (!all)
        return alfa__fail_memory(err, (size_t)rows * (size_t)stride);
    const void *v = columns(t, all, (size_t)(stride - t->width)); /* the last of q, k, v or of k, v */
    const struct projected p = {v, v, v, stride, stride};
    enum alfa_status status = norm_linear(t, b->qkv ? b->qkv : b->kv, b->ln_1_gain, b->ln_1_bias, x, rows,
                                          sequences->part, all, arena, err);
    if (status == ALFA_OK)
        status = add_attention(t, b, &p, sequences, false, false, y, arena, err);
    alfa__arena_reset(arena, mark);
    return status;
}
