#include "score/aligner.h"
#include "score/vectors.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define MAX ALFA__ALIGNER_MAX_TOKENS
/* A pivot below this part of the largest diagonal element belongs to a token that the others determine. */
#define MIN_PIVOT 1e-12

/* One window: rows are looked up and divided by their length where they are used. */
struct window {
    const float *global[MAX], *local[MAX];      /* rows of V_G and V_L */
    double global_scale[MAX], local_scale[MAX]; /* 1 / length */
    double factor[MAX][MAX];                    /* lower Cholesky factor of G + lambda I */
    int count, dim;
};

static void find_rows(struct window *window, const float *values, const int *tokens,
                      const float *window_values)
{
    for (int i = 0; i < window->count; i++) {
        window->global[i] = values + (size_t)tokens[i] * (size_t)window->dim;
        window->local[i] = window_values + (size_t)i * (size_t)window->dim;
        window->global_scale[i] = alfa__inverse_length(window->global[i], window->dim);
        window->local_scale[i] = alfa__inverse_length(window->local[i], window->dim);
    }
}

/* Lower triangle of G + lambda I into factor. */
static void fill_gram(struct window *window, double ridge)
{
    double trace = 0;
    for (int i = 0; i < window->count; i++)
        for (int j = 0; j <= i; j++)
            window->factor[i][j] = alfa__dot_ff(window->global[i], window->global[j], window->dim) *
                                   window->global_scale[i] * window->global_scale[j];
    for (int i = 0; i < window->count; i++)
        trace += window->factor[i][i];
    for (int i = 0; i < window->count; i++)
        window->factor[i][i] += ridge * trace / window->count;
}

/* Cholesky in place. A dependent row gets the pivot 0, which solve() reads as "leave it out". */
static void factorise(struct window *window)
{
    double largest = 0;
    for (int i = 0; i < window->count; i++)
        largest = fmax(largest, window->factor[i][i]);
    for (int j = 0; j < window->count; j++)
        for (int i = j; i < window->count; i++) {
            double sum = window->factor[i][j];
            for (int k = 0; k < j; k++)
                sum -= window->factor[i][k] * window->factor[j][k];
            if (i == j)
                window->factor[j][j] = sum > MIN_PIVOT * largest ? sqrt(sum) : 0;
            else
                window->factor[i][j] = window->factor[j][j] > 0 ? sum / window->factor[j][j] : 0;
        }
}

/* c = (G + lambda I)^-1 c, by the factor: forwards, then backwards. */
static void solve(const struct window *window, double *c)
{
    for (int i = 0; i < window->count; i++) {
        for (int k = 0; k < i; k++)
            c[i] -= window->factor[i][k] * c[k];
        c[i] = window->factor[i][i] > 0 ? c[i] / window->factor[i][i] : 0;
    }
    for (int i = window->count - 1; i >= 0; i--) {
        for (int k = i + 1; k < window->count; k++)
            c[i] -= window->factor[k][i] * c[k];
        c[i] = window->factor[i][i] > 0 ? c[i] / window->factor[i][i] : 0;
    }
}

/* V_G t */
static void project(const struct window *window, double *c, const double *t)
{
    for (int i = 0; i < window->count; i++)
        c[i] = alfa__dot_fd(window->global[i], t, window->dim) * window->global_scale[i];
}

/* out += factor (V_L - V_G)^T c */
static void add_change(const struct window *window, double *out, double factor, const double *c)
{
    for (int i = 0; i < window->count; i++) {
        double local = factor * c[i] * window->local_scale[i],
               global = factor * c[i] * window->global_scale[i];
        for (int j = 0; j < window->dim; j++)
            out[j] += local * (double)window->local[i][j] - global * (double)window->global[i][j];
    }
}

void alfa__align_tokens(const struct alfa__aligner *aligner, double *out, const double *prototypes,
                        const float *values, const int *tokens, const float *window_values, int count)
{
    struct window window = {.count = count, .dim = aligner->dim};
    double c[MAX];
    assert(count > 0 && count <= MAX);
    memcpy(out, prototypes, 2 * (size_t)aligner->dim * sizeof *out);
    if (!(aligner->strength > 0))
        return;
    find_rows(&window, values, tokens, window_values);
    fill_gram(&window, aligner->ridge);
    factorise(&window);
    for (int side = 0; side < 2; side++) {
        double *t = out + (size_t)side * (size_t)aligner->dim;
        project(&window, c, t);
        solve(&window, c);
        add_change(&window, t, aligner->strength, c);
        alfa__normalise(t, aligner->dim);
    }
}

void alfa__align_pooled(const struct alfa__aligner *aligner, double *out, const double *prototypes,
                        const float *image, const float *window)
{
    double global = alfa__inverse_length(image, aligner->dim),
           local = alfa__inverse_length(window, aligner->dim);
    memcpy(out, prototypes, 2 * (size_t)aligner->dim * sizeof *out);
    if (!(aligner->strength > 0))
        return;
    for (int side = 0; side < 2; side++) {
        double *t = out + (size_t)side * (size_t)aligner->dim;
        double c = aligner->strength * global * alfa__dot_fd(image, t, aligner->dim) / (1 + aligner->ridge);
        for (int j = 0; j < aligner->dim; j++)
            t[j] += c * (local * (double)window[j] - global * (double)image[j]);
        alfa__normalise(t, aligner->dim);
    }
}
