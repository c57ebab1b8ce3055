/* Trans-MM (Chefer, Gur, Wolf, "Generic Attention-model Explainability for Interpreting Bi-Modal and
 * Encoder-Decoder Transformers", ICCV 2021) as its authors use it for CLIP: relevance of the last block's
 * attention alone. Only the class token's row of attention A_h matters then, and with y = <f(x), f->, the
 * cosine with the abnormal prototype,
 *
 *     map_j = mean over heads h of max(0, dy/dA_hj A_hj),    dy/dA_hj = <g_h, v_hj>,
 *
 * where g = dy/do is the gradient for what the heads give the class token. One token's way from o to y,
 *
 *     z = x + W_o o,  r = z + W_2 act(W_1 ln_2 z),  e = proj^T ln_post(r),  y = <e, f-> / |e|,
 *
 * is short enough to be walked back in closed form, so nothing is differentiated by machine. The weights of
 * that way are read once more as plain numbers. Texts are WinCLIP's ensemble. The image score, which the
 * paper does not have, is the map's maximum. */
#include "methods/methods.h"
#include "methods/share.h"
#include "prompt/templates.h"
#include "score/vectors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* outputs x inputs */
struct matrix {
    float *weight, *bias; /* bias: outputs, or NULL */
    int outputs, inputs;
};

struct state {
    const struct alfa_model *model;
    const struct alfa__image_tower *tower;
    double *prototypes;
    struct matrix out_proj, c_fc, c_proj, proj;
};

static void close(void *pointer)
{
    struct state *s = pointer;
    if (!s)
        return;
    struct matrix *all[] = {&s->out_proj, &s->c_fc, &s->c_proj, &s->proj};
    for (size_t i = 0; i < 4; i++) {
        free(all[i]->weight);
        free(all[i]->bias);
    }
    free(s->prototypes);
    free(s);
}

/* ------------------------------------------------------------------ opening */

static enum alfa_status read_matrix(struct matrix *out, const struct alfa_model *model, const char *leaf,
                                    int outputs, int inputs, struct alfa_error *err)
{
    char name[128];
    *out = (struct matrix){.outputs = outputs, .inputs = inputs};
    snprintf(name, sizeof name, "visual.transformer.resblocks.%d.%s.weight", model->info.vision_layers - 1,
             leaf);
    ALFA__TRY(alfa__weights_read(&model->weights, &out->weight, name, 2,
                                 (size_t[]){(size_t)outputs, (size_t)inputs}, err));
    snprintf(name, sizeof name, "visual.transformer.resblocks.%d.%s.bias", model->info.vision_layers - 1,
             leaf);
    return alfa__weights_read(&model->weights, &out->bias, name, 1, (size_t[]){(size_t)outputs}, err);
}

static enum alfa_status read_matrices(struct state *s, struct alfa_error *err)
{
    const struct alfa_model *model = s->model;
    const int width = s->tower->transformer.width, mlp = s->tower->transformer.mlp;
    ALFA__TRY(read_matrix(&s->out_proj, model, "attn.out_proj", width, width, err));
    ALFA__TRY(read_matrix(&s->c_fc, model, "mlp.c_fc", mlp, width, err));
    ALFA__TRY(read_matrix(&s->c_proj, model, "mlp.c_proj", width, mlp, err));
    s->proj = (struct matrix){.outputs = model->info.embed_dim, .inputs = width};
    return alfa__weights_read(&model->weights, &s->proj.weight, "visual.proj", 2,
                              (size_t[]){(size_t)s->proj.outputs, (size_t)width}, err);
}

static enum alfa_status open(void **out, const struct alfa__method_setup *setup, struct alfa_error *err)
{
    struct alfa__sentences sides[2] = {0};
    struct state *s = *out = calloc(1, sizeof *s);
    if (!s)
        return alfa__fail_memory(err, sizeof *s);
    if (setup->model->info.vision_layers < 2)
        return alfa__fail(err, ALFA_ERROR_MODEL, setup->model->info.name,
                          "has one block: trans-mm needs two");
    s->model = setup->model;
    ALFA__TRY(alfa__model_image_tower(setup->model, &s->tower, err));
    ALFA__TRY(read_matrices(s, err));
    enum alfa_status status = ALFA_OK;
    for (int side = 0; side < 2 && status == ALFA_OK; side++)
        status = alfa__templates_winclip(&sides[side], (enum alfa_side)side, setup->noun, err);
    if (status == ALFA_OK)
        status = alfa__text_prototypes(&s->prototypes, setup->model, sides, err);
    for (int side = 0; side < 2; side++)
        alfa__sentences_free(&sides[side]);
    return status;
}

/* The tokens that enter the last block. */
static void request(const void *pointer, struct alfa__feature_request *out)
{
    const struct state *s = pointer;
    *out = (struct alfa__feature_request){.layers = {{false, s->model->info.vision_layers - 1}},
                                          .layer_count = 1};
}

/* ------------------------------------------------------------------ one token, forward and back */

/* y = W x + b; W^T x. */
static void forward(double *y, const struct matrix *m, const double *x)
{
    for (int o = 0; o < m->outputs; o++)
        y[o] = alfa__dot_fd(m->weight + (size_t)o * (size_t)m->inputs, x, m->inputs) +
               (m->bias ? (double)m->bias[o] : 0);
}

static void backward(double *y, const struct matrix *m, const double *x)
{
    memset(y, 0, (size_t)m->inputs * sizeof *y);
    for (int o = 0; o < m->outputs; o++)
        for (int i = 0; i < m->inputs; i++)
            y[i] += x[o] * (double)m->weight[(size_t)o * (size_t)m->inputs + (size_t)i];
}

/* (x - mean) / sqrt(variance + epsilon) without gain and bias; returns 1 / sqrt(...). */
static double standardise(double *out, const double *x, int width, double epsilon)
{
    double mean = 0, variance = 0;
    for (int i = 0; i < width; i++)
        mean += x[i] / width;
    for (int i = 0; i < width; i++)
        variance += (x[i] - mean) * (x[i] - mean) / width;
    const double scale = 1 / sqrt(variance + epsilon);
    for (int i = 0; i < width; i++)
        out[i] = (x[i] - mean) * scale;
    return scale;
}

/* The gradient for a layer norm's input from that for its output, in place; normed and scale from
 * standardise(). */
static void unnorm(double *gradient, const double *normed, double scale, const float *gain, int width)
{
    double mean = 0, along = 0;
    for (int i = 0; i < width; i++) {
        gradient[i] *= (double)gain[i];
        mean += gradient[i] / width;
        along += gradient[i] * normed[i] / width;
    }
    for (int i = 0; i < width; i++)
        gradient[i] = scale * (gradient[i] - mean - normed[i] * along);
}

static double activate(double x, enum alfa__activation kind)
{
    return kind == ALFA__QUICK_GELU ? x / (1 + exp(-1.702 * x)) : 0.5 * x * (1 + erf(x / sqrt(2)));
}

static double slope(double x, enum alfa__activation kind)
{
    if (kind == ALFA__QUICK_GELU) {
        const double s = 1 / (1 + exp(-1.702 * x));
        return s * (1 + 1.702 * x * (1 - s));
    }
    return 0.5 * (1 + erf(x / sqrt(2))) + x * exp(-0.5 * x * x) / sqrt(2 * acos(-1));
}

/* gain * x + bias */
static void scale_shift(double *out, const double *x, const float *gain, const float *bias, int width)
{
    for (int i = 0; i < width; i++)
        out[i] = x[i] * (double)gain[i] + (double)bias[i];
}

/* dy/de of y = <e, t> / |e| with |t| = 1, into e. */
static void cosine_gradient(double *e, const double *t, int dim)
{
    const double length = sqrt(alfa__dot_dd(e, e, dim)), cosine = alfa__dot_dd(e, t, dim) / length;
    for (int i = 0; i < dim; i++)
        e[i] = (t[i] - cosine * e[i] / length) / length;
}

/* g = dy/do for the class token x and what its heads give, o; both width. */
static enum alfa_status gradient(double *g, const struct state *s, const float *x, const double *o,
                                 struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__transformer *t = &s->tower->transformer;
    const struct alfa__block *b = &t->blocks[t->layers - 1];
    const int width = t->width, mlp = t->mlp, dim = s->model->info.embed_dim;
    double *z = alfa__arena_array(arena, (size_t)(5 * width + 2 * mlp + dim), sizeof *z);
    if (!z)
        return alfa__fail_memory(err, (size_t)(5 * width + 2 * mlp + dim) * sizeof *z);
    double *normed = z + width, *r = normed + width, *normed_r = r + width, *row = normed_r + width;
    double *hidden = row + width, *active = hidden + mlp, *e = active + mlp;
    forward(z, &s->out_proj, o);
    for (int i = 0; i < width; i++)
        z[i] += (double)x[i];
    const double scale = standardise(normed, z, width, t->epsilon);
    scale_shift(row, normed, b->ln_2_gain, b->ln_2_bias, width);
    forward(hidden, &s->c_fc, row);
    for (int i = 0; i < mlp; i++)
        active[i] = activate(hidden[i], t->activation);
    forward(r, &s->c_proj, active);
    for (int i = 0; i < width; i++)
        r[i] += z[i];
    const double scale_r = standardise(normed_r, r, width, t->epsilon);
    scale_shift(row, normed_r, s->tower->ln_post_gain, s->tower->ln_post_bias, width);
    forward(e, &s->proj, row);

    cosine_gradient(e, s->prototypes + dim, dim);
    backward(r, &s->proj, e);
    unnorm(r, normed_r, scale_r, s->tower->ln_post_gain,
           width); /* dy/dr, which is the residual's part of dy/dz */
    backward(active, &s->c_proj, r);
    for (int i = 0; i < mlp; i++)
        active[i] *= slope(hidden[i], t->activation);
    backward(row, &s->c_fc, active);
    unnorm(row, normed, scale, b->ln_2_gain, width);
    for (int i = 0; i < width; i++)
        r[i] += row[i];
    backward(g, &s->out_proj, r);
    return ALFA_OK;
}

/* ------------------------------------------------------------------ the map */

/* Of ln_1 x: q of the class token and, behind it, k and v of all tokens, f32. */
static enum alfa_status project(float *q, const struct state *s, const float *x, int tokens,
                                struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__transformer *t = &s->tower->transformer;
    const struct alfa__block *b = &t->blocks[t->layers - 1];
    void *normed = alfa__arena_array(arena, (size_t)tokens * (size_t)t->width, alfa__type_size(t->type));
    if (!normed)
        return alfa__fail_memory(err, (size_t)tokens * (size_t)t->width);
    alfa__layer_norm(x, (struct alfa__norm){b->ln_1_gain, b->ln_1_bias, t->epsilon}, tokens, t->width, normed,
                     t->type);
    const struct alfa__linear_call one = {.x = normed, .y = q, .rows = 1, .part = ALFA__SHARED_PART};
    const struct alfa__linear_call all = {
        .x = normed, .y = q + t->width, .rows = tokens, .part = ALFA__SHARED_PART};
    ALFA__TRY(alfa__linear_run(b->q, &one, arena, err));
    return alfa__linear_run(b->kv, &all, arena, err);
}

/* Of a block's attention. */
struct shape {
    int tokens, heads, width;
};

/* The class token's attention: heads x tokens, and o, what it gives. kv: tokens x 2 width. */
static void attend(double *attention, double *o, const float *q, const float *kv, struct shape shape)
{
    const int tokens = shape.tokens, heads = shape.heads, width = shape.width, size = width / heads;
    memset(o, 0, (size_t)width * sizeof *o);
    for (int h = 0; h < heads; h++) {
        double *row = attention + (size_t)h * (size_t)tokens, total = 0, largest = -INFINITY;
        for (int j = 0; j < tokens; j++) {
            row[j] =
                alfa__dot_ff(q + h * size, kv + (size_t)j * 2 * (size_t)width + h * size, size) / sqrt(size);
            largest = fmax(largest, row[j]);
        }
        for (int j = 0; j < tokens; j++)
            total += row[j] = exp(row[j] - largest);
        for (int j = 0; j < tokens; j++) {
            row[j] /= total;
            for (int i = 0; i < size; i++)
                o[h * size + i] +=
                    row[j] * (double)kv[((size_t)j * 2 + 1) * (size_t)width + (size_t)(h * size + i)];
        }
    }
}

static void relevance(double *map, const double *attention, const double *g, const float *kv,
                      struct shape shape)
{
    const int tokens = shape.tokens, heads = shape.heads, width = shape.width, size = width / heads;
    for (int j = 1; j < tokens; j++) {
        map[j - 1] = 0;
        for (int h = 0; h < heads; h++) {
            const float *v = kv + ((size_t)j * 2 + 1) * (size_t)width + (size_t)(h * size);
            map[j - 1] += fmax(0, alfa__dot_fd(v, g + h * size, size) * attention[h * tokens + j]) / heads;
        }
    }
}

static enum alfa_status score(void *pointer, struct alfa__verdict *out, const struct alfa__features *features,
                              struct alfa__arena *arena, struct alfa_error *err)
{
    const struct state *s = pointer;
    const struct alfa__transformer *t = &s->tower->transformer;
    const int width = t->width, tokens = features->grid * features->grid + 1;
    const struct shape shape = {tokens, t->heads, width};
    const float *x = features->layers[0].rows - width; /* the class token first */
    float *q = alfa__arena_array(arena, (size_t)width * (2 * (size_t)tokens + 1), sizeof *q), *kv = q + width;
    double *attention = alfa__arena_array(arena, (size_t)(t->heads * tokens + 2 * width), sizeof *attention);
    *out = (struct alfa__verdict){.side = 0};
    if (!q || !attention || !alfa__verdict_map(out, features->grid, arena))
        return alfa__fail_memory(err, (size_t)width * 2 * (size_t)tokens * sizeof *q);
    double *o = attention + (size_t)t->heads * (size_t)tokens, *g = o + width;
    ALFA__TRY(project(q, s, x, tokens, arena, err));
    attend(attention, o, q, kv, shape);
    ALFA__TRY(gradient(g, s, x, o, arena, err));
    relevance(out->map, attention, g, kv, shape);
    out->score = alfa__largest(out->map, tokens - 1);
    return ALFA_OK;
}

const struct alfa__method alfa__method_trans_mm = {.kind = ALFA_METHOD_TRANS_MM,
                                                   .pipeline = &alfa__pipeline_verdict,
                                                   .name = "trans-mm",
                                                   .title = "Trans-MM",
                                                   .paper = "Chefer et al. 2021",
                                                   .zero_shot = true,
                                                   .shares = true,
                                                   .open = open,
                                                   .request = request,
                                                   .score = score,
                                                   .free = close};
