#include "score/aligner.h"
#include "score/eigen.h"
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

static void find_rows(struct window *window, const struct alfa__patches *patches)
{
    for (int i = 0; i < window->count; i++) {
        window->global[i] = patches->values + (size_t)patches->tokens[i] * (size_t)window->dim;
        window->local[i] = patches->window_values + (size_t)i * (size_t)window->dim;
        window->global_scale[i] = alfa__inverse_length(window->global[i], window->dim);
        window->local_scale[i] = alfa__inverse_length(window->local[i], window->dim);
    }
}

/* Lower triangle of V V^T for the unit rows of V. */
static void fill_gram(double gram[MAX][MAX], const float *const *rows, const double *scale, int count,
                      int dim)
{
    for (int i = 0; i < count; i++)
        for (int j = 0; j <= i; j++)
            gram[i][j] = alfa__dot_ff(rows[i], rows[j], dim) * scale[i] * scale[j];
}

/* G + lambda I into factor. */
static void fill_factor(struct window *window, double ridge)
{
    double trace = 0;
    fill_gram(window->factor, window->global, window->global_scale, window->count, window->dim);
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

/* out += factor (V_L^T l - V_G^T g) */
static void add_change(const struct window *window, double *out, double factor, const double *l,
                       const double *g)
{
    for (int i = 0; i < window->count; i++) {
        double local = factor * l[i] * window->local_scale[i],
               global = factor * g[i] * window->global_scale[i];
        for (int j = 0; j < window->dim; j++)
            out[j] += local * (double)window->local[i][j] - global * (double)window->global[i][j];
    }
}

/* t + alpha (V_L^T - V_G^T) (V_G V_G^T + lambda I)^-1 V_G t, of length 1, for each prototype t. */
void alfa__align_tokens(const struct alfa__aligner *aligner, double *out, const double *prototypes,
                        const struct alfa__patches *patches)
{
    struct window window = {.count = patches->count, .dim = aligner->dim};
    double c[MAX];
    assert(window.count > 0 && window.count <= MAX);
    memcpy(out, prototypes, 2 * (size_t)aligner->dim * sizeof *out);
    if (!(aligner->strength > 0))
        return;
    find_rows(&window, patches);
    fill_factor(&window, aligner->ridge);
    factorise(&window);
    for (int side = 0; side < 2; side++) {
        double *t = out + (size_t)side * (size_t)aligner->dim;
        project(&window, c, t);
        solve(&window, c);
        add_change(&window, t, aligner->strength, c, c);
        alfa__normalise(t, aligner->dim);
    }
}

/* ------------------------------------------------------------------ Procrustes */

/* The singular vectors of V_L^T V_G in the rows of V_G and V_L: v_i = V_G^T a_i and u_i = V_L^T b_i. */
struct rotation {
    double a[MAX][MAX], b[MAX][MAX]; /* row i belongs to singular value i */
    int count;
};

/* C^T L C for the lower factor C of G and L = V_L V_L^T: its eigenvalues are the squared singular values. */
static void fill_products(double out[MAX][MAX], const struct window *window)
{
    const int n = window->count;
    double gram[MAX][MAX], half[MAX][MAX];
    fill_gram(gram, window->local, window->local_scale, n, window->dim);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            half[i][j] = 0;
            for (int k = j; k < n; k++)
                half[i][j] += (i > k ? gram[i][k] : gram[k][i]) * window->factor[k][j];
        }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            out[i][j] = 0;
            for (int k = i; k < n; k++)
                out[i][j] += window->factor[k][i] * half[k][j];
        }
}

/* b = C y, and a with C^T a = y, so that V_G^T a has length 1; then b / s belongs to u. */
static void spread_vector(struct rotation *rotation, const struct window *window, const double *y, double s)
{
    const int n = window->count;
    double *a = rotation->a[rotation->count], *b = rotation->b[rotation->count];
    rotation->count++;
    for (int i = n - 1; i >= 0; i--) {
        a[i] = y[i];
        for (int k = i + 1; k < n; k++)
            a[i] -= window->factor[k][i] * a[k];
        a[i] = window->factor[i][i] > 0 ? a[i] / window->factor[i][i] : 0;
        b[i] = 0;
        for (int k = 0; k <= i; k++)
            b[i] += window->factor[i][k] * y[k] / s;
    }
}

static void find_rotation(struct rotation *rotation, const struct window *window)
{
    double products[MAX][MAX], values[MAX], vectors[MAX][MAX], largest = 0;
    rotation->count = 0;
    fill_products(products, window);
    alfa__eigen_symmetric(&products[0][0], values, &vectors[0][0], window->count, MAX);
    for (int i = 0; i < window->count; i++)
        largest = fmax(largest, values[i]);
    for (int i = 0; i < window->count; i++)
        if (values[i] > MIN_PIVOT * largest)
            spread_vector(rotation, window, vectors[i], sqrt(values[i]));
}

/* t += alpha sum_i (u_i - v_i) v_i^T t */
static void rotate(double *t, const struct rotation *rotation, const struct window *window, double alpha)
{
    double c[MAX], l[MAX] = {0}, g[MAX] = {0};
    project(window, c, t);
    for (int i = 0; i < rotation->count; i++) {
        const double along = alfa__dot_dd(rotation->a[i], c, window->count); /* v_i^T t */
        for (int k = 0; k < window->count; k++) {
            l[k] += along * rotation->b[i][k];
            g[k] += along * rotation->a[i][k];
        }
    }
    add_change(window, t, alpha, l, g);
    alfa__normalise(t, window->dim);
}

/* t + alpha (R - I) t with the rotation R of V_G's rows that comes nearest to V_L's: R = U V^T of V_L^T V_G.
 */
void alfa__align_procrustes(const struct alfa__aligner *aligner, double *out, const double *prototypes,
                            const struct alfa__patches *patches)
{
    struct window window = {.count = patches->count, .dim = aligner->dim};
    struct rotation rotation;
    assert(window.count > 0 && window.count <= MAX);
    memcpy(out, prototypes, 2 * (size_t)aligner->dim * sizeof *out);
    if (!(aligner->strength > 0))
        return;
    find_rows(&window, patches);
    fill_factor(&window, 0);
    factorise(&window);
    find_rotation(&rotation, &window);
    for (int side = 0; side < 2; side++)
        rotate(out + (size_t)side * (size_t)aligner->dim, &rotation, &window, aligner->strength);
}

/* ------------------------------------------------------------------ pooled embeddings */

/* t + alpha (v_L - v_G) v_G^T t / (1 + lambda), of length 1. */
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
