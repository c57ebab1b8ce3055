/* CLIP on one page: both towers as their equations say, in double, one loop after the other. It is the map of
 * src/clip and src/nn, which do the same faster, and their oracle: the numbers must agree. Shapes: T tokens
 * of width D in rows, weights [out x in], E numbers an embedding. */
#include "unit/golden.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct alfa__tensors weights;

/* ------------------------------------------------------------------ weights by name */

struct array {
    double *v;
    int rows, cols;
};

static struct array get(const char *prefix, const char *name)
{
    char key[160];
    snprintf(key, sizeof key, "%s%s", prefix, name);
    const struct alfa__tensor *tensor = alfa__tensors_find(&weights, key);
    assert_non_null(tensor);
    float *numbers = malloc(tensor->count * sizeof *numbers);
    struct array a = {malloc(tensor->count * sizeof *a.v), (int)tensor->shape[0], 1};
    a.cols = (int)(tensor->count / tensor->shape[0]);
    alfa__tensor_read(tensor, 0, tensor->count, numbers);
    for (size_t i = 0; i < tensor->count; i++)
        a.v[i] = numbers[i];
    free(numbers);
    return a;
}

static struct array zeros(int rows, int cols)
{
    return (struct array){calloc((size_t)(rows * cols), sizeof(double)), rows, cols};
}

/* ------------------------------------------------------------------ the forward pass */

/* y = (x - mean) / sqrt(variance + 1e-5) * gain + bias, a row at a time. */
static void layer_norm(struct array x, const char *prefix, const char *weight, const char *offset)
{
    struct array gain = get(prefix, weight), bias = get(prefix, offset);
    for (int t = 0; t < x.rows; t++) {
        double *row = x.v + t * x.cols, mean = 0, variance = 0;
        for (int i = 0; i < x.cols; i++)
            mean += row[i] / x.cols;
        for (int i = 0; i < x.cols; i++)
            variance += (row[i] - mean) * (row[i] - mean) / x.cols;
        for (int i = 0; i < x.cols; i++)
            row[i] = (row[i] - mean) / sqrt(variance + 1e-5) * gain.v[i] + bias.v[i];
    }
    free(gain.v);
    free(bias.v);
}

/* y = x W^T + b */
static struct array linear(struct array x, const char *prefix, const char *weight, const char *bias)
{
    struct array w = get(prefix, weight), b = get(prefix, bias), y = zeros(x.rows, w.rows);
    for (int t = 0; t < x.rows; t++)
        for (int o = 0; o < w.rows; o++) {
            double sum = b.v[o];
            for (int i = 0; i < w.cols; i++)
                sum += x.v[t * x.cols + i] * w.v[o * w.cols + i];
            y.v[t * w.rows + o] = sum;
        }
    free(w.v);
    free(b.v);
    return y;
}

/* softmax(q k^T / sqrt(d)) v in each head, d numbers wide; qkv: T x 3D. In text a token sees none after it.
 */
static struct array attention(struct array qkv, int heads, bool causal)
{
    const int width = qkv.cols / 3, d = width / heads, all = qkv.cols;
    struct array out = zeros(qkv.rows, width);
    double *share = malloc((size_t)qkv.rows * sizeof *share);
    for (int h = 0; h < heads; h++)
        for (int t = 0; t < qkv.rows; t++) {
            const int seen = causal ? t + 1 : qkv.rows;
            double sum = 0;
            for (int s = 0; s < seen; s++) {
                double dot = 0;
                for (int i = h * d; i < (h + 1) * d; i++)
                    dot += qkv.v[t * all + i] * qkv.v[s * all + width + i];
                sum += share[s] = exp(dot / sqrt(d));
            }
            for (int s = 0; s < seen; s++)
                for (int i = h * d; i < (h + 1) * d; i++)
                    out.v[t * width + i] += share[s] / sum * qkv.v[s * all + 2 * width + i];
        }
    free(share);
    return out;
}

static void add(struct array x, struct array more)
{
    for (int i = 0; i < x.rows * x.cols; i++)
        x.v[i] += more.v[i];
    free(more.v);
}

static struct array copy(struct array x)
{
    struct array y = zeros(x.rows, x.cols);
    memcpy(y.v, x.v, (size_t)(x.rows * x.cols) * sizeof *x.v);
    return y;
}

/* x += out_proj(attention(ln_1(x))), then x += c_proj(gelu(c_fc(ln_2(x)))) */
static void block(struct array x, const char *prefix, int heads, bool causal)
{
    struct array y = copy(x);
    layer_norm(y, prefix, "ln_1.weight", "ln_1.bias");
    struct array qkv = linear(y, prefix, "attn.in_proj_weight", "attn.in_proj_bias");
    struct array mixed = attention(qkv, heads, causal);
    add(x, linear(mixed, prefix, "attn.out_proj.weight", "attn.out_proj.bias"));
    memcpy(y.v, x.v, (size_t)(x.rows * x.cols) * sizeof *x.v);
    layer_norm(y, prefix, "ln_2.weight", "ln_2.bias");
    struct array hidden = linear(y, prefix, "mlp.c_fc.weight", "mlp.c_fc.bias");
    for (int i = 0; i < hidden.rows * hidden.cols; i++)
        hidden.v[i] *= 0.5 * (1 + erf(hidden.v[i] / sqrt(2)));
    add(x, linear(hidden, prefix, "mlp.c_proj.weight", "mlp.c_proj.bias"));
    free(y.v);
    free(qkv.v);
    free(mixed.v);
    free(hidden.v);
}

static void transformer(struct array x, const char *prefix, int layers, int heads, bool causal)
{
    char one[96];
    for (int i = 0; i < layers; i++) {
        snprintf(one, sizeof one, "%stransformer.resblocks.%d.", prefix, i);
        block(x, one, heads, causal);
    }
}

/* Row x P, of length 1. */
static void project(double *out, const double *row, const char *name)
{
    struct array p = get("", name);
    double square = 0;
    for (int o = 0; o < p.cols; o++) {
        out[o] = 0;
        for (int i = 0; i < p.rows; i++)
            out[o] += row[i] * p.v[i * p.cols + o];
        square += out[o] * out[o];
    }
    for (int o = 0; o < p.cols; o++)
        out[o] /= sqrt(square);
    free(p.v);
}

/* The image's token number t: the class token, or patch t - 1 times the stem's filters; plus its place. */
static void image_token(double *out, int t, const float *pixels, int side, int patch)
{
    struct array place = get("visual.", "positional_embedding"), filter = get("visual.", "conv1.weight"),
                 class = get("visual.", "class_embedding");
    const int grid = side / patch, top = (t - 1) / grid * patch, left = (t - 1) % grid * patch;
    for (int o = 0; o < filter.rows; o++) {
        double sum = t == 0 ? class.v[o] : 0;
        for (int c = 0; t > 0 && c < 3; c++)
            for (int y = 0; y < patch; y++)
                for (int x = 0; x < patch; x++)
                    sum += pixels[(c * side + top + y) * side + left + x] *
                           filter.v[((o * 3 + c) * patch + y) * patch + x];
        out[o] = sum + place.v[t * place.cols + o];
    }
    free(place.v);
    free(filter.v);
    free(class.v);
}

/* The whole image or a window of it: the embedding of the tokens named in index, the class token first. Those
 * outside a window are not there at all (WinCLIP's masking). */
static void encode_image(double *out, const struct alfa_model *m, const float *pixels, const int *index,
                         int count)
{
    const int width = (int)alfa__tensors_find(&weights, "visual.class_embedding")->count;
    struct array x = zeros(count, width);
    for (int i = 0; i < count; i++)
        image_token(x.v + i * width, index[i], pixels, m->info.image_size, m->info.image_size / m->info.grid);
    layer_norm(x, "visual.", "ln_pre.weight", "ln_pre.bias");
    transformer(x, "visual.", 3, 2, false);
    layer_norm(x, "visual.", "ln_post.weight", "ln_post.bias");
    project(out, x.v, "visual.proj");
    free(x.v);
}

/* A sentence: the embedding of its last token, which has the highest number. */
static void encode_text(double *out, const int32_t *ids, int length)
{
    struct array words = get("", "token_embedding.weight"), place = get("", "positional_embedding"),
                 x = zeros(length, words.cols);
    int last = 0;
    for (int t = 0; t < length; t++) {
        last = ids[t] > ids[last] ? t : last;
        for (int i = 0; i < words.cols; i++)
            x.v[t * words.cols + i] = words.v[ids[t] * words.cols + i] + place.v[t * words.cols + i];
    }
    transformer(x, "", 2, 2, true);
    layer_norm(x, "", "ln_final.weight", "ln_final.bias");
    project(out, x.v + last * words.cols, "text_projection");
    free(words.v);
    free(place.v);
    free(x.v);
}

/* ------------------------------------------------------------------ the fast one says the same */

#define FOLDER "tests/data/models/openclip-gelu/"
#define MOST 128

static void assert_same(const double *plain, const float *fast, int dim)
{
    for (int i = 0; i < dim; i++)
        if (!(fabs(plain[i] - (double)fast[i]) < 2e-5))
            fail_msg("%.7f instead of %.7f", (double)fast[i], plain[i]);
}

static void test_image_and_windows(void **state)
{
    struct golden g;
    struct alfa__features features;
    const struct alfa__feature_request request = {.scales = {2, 3}};
    double plain[MOST];
    int whole[26];
    (void)state;
    golden_open(&g, "openclip-gelu", FOLDER "golden.safetensors", FOLDER "golden.safetensors");
    golden_look(&g, &features, 0, &request);
    for (int t = 0; t < 26; t++)
        whole[t] = t;
    encode_image(plain, g.model, g.pixels, whole, 26);
    assert_same(plain, features.image, features.dim);
    for (int s = 0; s < features.scale_count; s++)
        for (int w = 0; w < features.windows[s].count; w += 5) {
            const struct alfa__windows *windows = &features.windows[s];
            encode_image(plain, g.model, g.pixels, windows->index + w * windows->length, windows->length);
            assert_same(plain, windows->embeddings + w * features.dim, features.dim);
        }
    golden_close(&g);
}

/* Against open_clip itself, with which parity/openclip-gelu-f32 compares the fast tower. */
static void test_text(void **state)
{
    struct alfa__tensors golden;
    struct alfa_error err;
    int32_t ids[77];
    float expected[MOST];
    double plain[MOST];
    (void)state;
    assert_int_equal(alfa__safetensors_open(&golden, FOLDER "golden.safetensors", &err), ALFA_OK);
    const struct alfa__tensor *tokens = alfa__tensors_find(&golden, "text_ids"),
                              *rows = alfa__tensors_find(&golden, "text_embeddings");
    const size_t dim = rows->shape[1];
    for (size_t i = 0; i < rows->shape[0]; i++) {
        memcpy(ids, tokens->bytes + i * sizeof ids, sizeof ids);
        alfa__tensor_read(rows, i * dim, dim, expected);
        alfa__normalise_rows(expected, 1, (int)dim);
        encode_text(plain, ids, 77);
        assert_same(plain, expected, (int)dim);
    }
    alfa__tensors_close(&golden);
}

static int open_weights(void **state)
{
    struct alfa_error err;
    (void)state;
    return alfa__safetensors_open(&weights, FOLDER "open_clip_model.safetensors", &err) != ALFA_OK;
}

static int close_weights(void **state)
{
    (void)state;
    alfa__tensors_close(&weights);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_image_and_windows),
        cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, open_weights, close_weights);
}
