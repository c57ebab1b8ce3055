#include "clip/blocks.h"

#include <stdio.h>
#include <stdlib.h>

/* ------------------------------------------------------------------ one layer */

enum alfa_status alfa__vector_load(float **out, const struct alfa__weights *weights, const char *name,
                                   int count, struct alfa_error *err)
{
    return alfa__weights_read(weights, out, name, 1, (size_t[]){(size_t)count}, err);
}

/* The layer as an earlier start has packed it; *out is NULL when there is none. name: among the packed. */
static enum alfa_status linear_find(struct alfa__linear **out, const struct alfa__packs *packs,
                                    const char *name, const struct alfa__affine *affine,
                                    struct alfa_error *err)
{
    size_t size;
    const void *packed = alfa__packs_find(packs, name, &size);
    *out = NULL;
    return packed ? alfa__linear_from_packed(out, packed, size, affine, err) : ALFA_OK;
}

/* Packs a matrix that was read and keeps it, or quantises the layer that is there already; nothing when only
 * checking, without a weight. */
static enum alfa_status linear_make(struct alfa__linear **out, struct alfa__packs *packs, const char *name,
                                    const struct alfa__affine *affine, struct alfa_error *err)
{
    size_t size;
    if (*out) {
        ALFA__TRY(alfa__linear_quantise(*out, affine->weight, affine->bias, err));
        alfa__packs_drop(packs, name);
        return ALFA_OK;
    }
    if (!affine->weight)
        return ALFA_OK;
    ALFA__TRY(alfa__linear_new(out, affine, err));
    const void *packed = alfa__linear_packed(*out, &size);
    alfa__packs_add(packs, name, packed, size);
    return ALFA_OK;
}

enum alfa_status alfa__linear_load(struct alfa__linear **out, const struct alfa__weights *weights,
                                   const struct alfa__linear_source *source, struct alfa_error *err)
{
    const size_t shape[] = {(size_t)source->outputs, (size_t)source->inputs};
    const bool quantising = *out;
    float *weight = NULL, *bias = NULL;
    enum alfa_status status =
        source->bias ? alfa__vector_load(&bias, weights, source->bias, source->outputs, err) : ALFA_OK;
    struct alfa__affine affine = {NULL, bias, source->outputs, source->inputs, source->type};
    if (status == ALFA_OK && !quantising)
        status = linear_find(out, weights->packs, source->name, &affine, err);
    if (status == ALFA_OK && (quantising || !*out)) {
        status = alfa__weights_read(weights, &weight, source->name, 2, shape, err);
        affine.weight = weight;
        if (status == ALFA_OK)
            status = linear_make(out, weights->packs, source->name, &affine, err);
    }
    free(weight);
    free(bias);
    return status;
}

/* ------------------------------------------------------------------ one block */

/* A block to load. prefix: up to its number and a dot. */
struct reader {
    const struct alfa__weights *weights;
    const char *prefix;
    int width, mlp;
    bool split;
    enum alfa__type type;
};

/* Rows of q, k and v that make one layer: begin and count in widths. */
struct share {
    struct alfa__linear **out;
    const char *leaf;
    int begin, count;
};

/* whole: q, k and v together. Without weight: the layer as an earlier start has packed it. */
static enum alfa_status load_share(const struct share *share, const struct reader *r,
                                   const struct alfa__affine *whole, struct alfa_error *err)
{
    char name[192];
    const size_t row = (size_t)share->begin * (size_t)r->width;
    const struct alfa__affine own = {whole->weight ? whole->weight + row * (size_t)r->width : NULL,
                                     whole->bias ? whole->bias + row : NULL, share->count * r->width,
                                     r->width, r->type};
    snprintf(name, sizeof name, "%sattn.%s", r->prefix, share->leaf);
    return own.weight ? linear_make(share->out, r->weights->packs, name, &own, err)
                      : linear_find(share->out, r->weights->packs, name, &own, err);
}

static enum alfa_status load_qkv(struct alfa__block *block, const struct reader *r, struct alfa_error *err)
{
    const struct share together[] = {{&block->qkv, "qkv", 0, 3}};
    const struct share apart[] = {{&block->q, "q", 0, 1}, {&block->kv, "kv", 1, 2}};
    const struct share *shares = r->split ? apart : together;
    const int count = r->split ? 2 : 1;
    const bool quantising = *shares->out;
    bool missing = quantising;
    float *weight = NULL, *bias;
    enum alfa_status status =
        alfa__weights_read_qkv_bias(r->weights, &bias, r->prefix, (size_t)r->width, err);
    struct alfa__affine whole = {.bias = bias};
    for (int i = 0; i < count && status == ALFA_OK && !quantising; i++) {
        status = load_share(&shares[i], r, &whole, err);
        missing = missing || !*shares[i].out;
    }
    if (status == ALFA_OK && missing)
        status = alfa__weights_read_qkv(r->weights, &weight, r->prefix, (size_t)r->width, err);
    whole.weight = weight;
    for (int i = 0; i < count && status == ALFA_OK && weight; i++)
        if (quantising || !*shares[i].out)
            status = load_share(&shares[i], r, &whole, err);
    free(weight);
    free(bias);
    return status;
}

static enum alfa_status load_norms(struct alfa__block *block, const struct reader *r, struct alfa_error *err)
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
        snprintf(name, sizeof name, "%s%s", r->prefix, vectors[i].leaf);
        ALFA__TRY(alfa__vector_load(vectors[i].out, r->weights, name, r->width, err));
    }
    return ALFA_OK;
}

/* The linear layer prefix + leaf: loads it, or quantises it when it is there. */
static enum alfa_status load_linear(struct alfa__linear **out, const struct reader *r, const char *leaf,
                                    int outputs, int inputs, struct alfa_error *err)
{
    char name[192], bias[192];
    snprintf(name, sizeof name, "%s%s.weight", r->prefix, leaf);
    snprintf(bias, sizeof bias, "%s%s.bias", r->prefix, leaf);
    return alfa__linear_load(out, r->weights,
                             &(struct alfa__linear_source){name, bias, outputs, inputs, r->type}, err);
}

static enum alfa_status load_out_proj(struct alfa__block *block, const struct reader *r,
                                      struct alfa_error *err)
{
    return load_linear(&block->out_proj, r, "attn.out_proj", r->width, r->width, err);
}

static enum alfa_status load_mlp(struct alfa__block *block, const struct reader *r, struct alfa_error *err)
{
    ALFA__TRY(load_linear(&block->c_fc, r, "mlp.c_fc", r->mlp, r->width, err));
    return load_linear(&block->c_proj, r, "mlp.c_proj", r->width, r->mlp, err);
}

/* ------------------------------------------------------------------ all blocks */

enum alfa_status alfa__transformer_load(struct alfa__transformer *out,
                                        const struct alfa__transformer_source *source, struct alfa_error *err)
{
    const struct alfa__tower_config *tower = source->tower;
    *out =
        (struct alfa__transformer){.width = tower->width,
                                   .layers = tower->layers,
                                   .heads = tower->heads,
                                   .mlp = tower->mlp,
                                   .epsilon = source->config->epsilon,
                                   .type = source->type,
                                   .qkv_type = source->type,
                                   .row_step = alfa__row_step(source->type),
                                   .activation = source->config->quick_gelu ? ALFA__QUICK_GELU : ALFA__GELU};
    out->blocks = calloc((size_t)tower->layers, sizeof *out->blocks);
    if (!out->blocks)
        return alfa__fail_memory(err, (size_t)tower->layers * sizeof *out->blocks);
    for (int i = 0; i < tower->layers; i++) {
        char prefix[96];
        const struct reader r = {.weights = source->weights,
                                 .prefix = prefix,
                                 .width = tower->width,
                                 .mlp = tower->mlp,
                                 .split = source->split_last && i == tower->layers - 1,
                                 .type = source->type};
        snprintf(prefix, sizeof prefix, "%s.%d.", source->prefix, i);
        ALFA__TRY(load_norms(&out->blocks[i], &r, err));
        ALFA__TRY(load_qkv(&out->blocks[i], &r, err));
        ALFA__TRY(load_out_proj(&out->blocks[i], &r, err));
        ALFA__TRY(load_mlp(&out->blocks[i], &r, err));
    }
    return ALFA_OK;
}

enum alfa_status alfa__transformer_watch(const struct alfa__transformer *t,
                                         const struct alfa__quantising *what, struct alfa_error *err)
{
    const struct alfa__block *b = &t->blocks[what->block];
    if (what->with_qkv)
        ALFA__TRY(alfa__linear_watch(b->qkv, err));
    if (what->with_out)
        ALFA__TRY(alfa__linear_watch(b->out_proj, err));
    ALFA__TRY(alfa__linear_watch(b->c_fc, err));
    return alfa__linear_watch(b->c_proj, err);
}

enum alfa_status alfa__transformer_quantise(const struct alfa__transformer *t,
                                            const struct alfa__quantising *what,
                                            const struct alfa__weights *weights, const char *prefix,
                                            struct alfa_error *err)
{
    struct alfa__block *block = &t->blocks[what->block];
    char name[96];
    const struct reader r = {
        .weights = weights, .prefix = name, .width = t->width, .mlp = t->mlp, .type = t->type};
    snprintf(name, sizeof name, "%s.%d.", prefix, what->block);
    if (what->with_qkv)
        ALFA__TRY(load_qkv(block, &r, err));
    if (what->with_out)
        ALFA__TRY(load_out_proj(block, &r, err));
    return load_mlp(block, &r, err);
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
