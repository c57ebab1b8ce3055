/* Tests A to E of docs/method.md, and the aligner against a W that is written out. */
#include "score/aligner.h"
#include "score/fusion.h"
#include "unit/score/support.h"

#define DIM 29
#define GRID 4
#define TOKENS (1 + GRID * GRID)
#define MAX_COUNT 16
#define TAU 0.07

/* A full pass, one window of it, the window's own pass, two prototypes. */
struct scene {
    float values[TOKENS * DIM], window_values[MAX_COUNT * DIM];
    float image[DIM], window[DIM];
    int tokens[MAX_COUNT], count;
    double prototypes[2 * DIM];
};

static void make_scene(struct scene *scene, int count, uint32_t seed)
{
    scene->count = count;
    random_floats(scene->values, TOKENS * DIM, &seed);
    random_floats(scene->image, DIM, &seed);
    random_floats(scene->window, DIM, &seed);
    for (int i = 0; i < count; i++) {
        scene->tokens[i] = count == MAX_COUNT ? 1 + i : (i * 3) % TOKENS;
        for (int j = 0; j < DIM; j++)
            scene->window_values[i * DIM + j] =
                scene->values[scene->tokens[i] * DIM + j] + (float)(0.5 * next_uniform(&seed));
    }
    for (int j = 0; j < 2 * DIM; j++)
        scene->prototypes[j] = next_uniform(&seed);
    plain_normalise(scene->prototypes, DIM);
    plain_normalise(scene->prototypes + DIM, DIM);
}

static void align(double *out, const struct scene *scene, double strength, double ridge)
{
    const struct alfa__aligner aligner = {strength, ridge, DIM};
    const struct alfa__patches patches = {scene->values, scene->tokens, scene->window_values, scene->count};
    alfa__align_tokens(&aligner, out, scene->prototypes, &patches);
}

static void align_procrustes(double *out, const struct scene *scene, double strength)
{
    const struct alfa__aligner aligner = {strength, 0, DIM};
    const struct alfa__patches patches = {scene->values, scene->tokens, scene->window_values, scene->count};
    alfa__align_procrustes(&aligner, out, scene->prototypes, &patches);
}

static void align_pooled(double *out, const struct scene *scene, double strength, double ridge)
{
    const struct alfa__aligner aligner = {strength, ridge, DIM};
    alfa__align_pooled(&aligner, out, scene->prototypes, scene->image, scene->window);
}

/* ------------------------------------------------------------------ W written out */

typedef double matrix[DIM][DIM];

static void identity(matrix w)
{
    for (int i = 0; i < DIM; i++)
        for (int j = 0; j < DIM; j++)
            w[i][j] = i == j;
}

/* Gauss-Jordan without pivoting; a is positive definite. */
static void invert(double a[MAX_COUNT][MAX_COUNT], double inverse[MAX_COUNT][MAX_COUNT], int n)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            inverse[i][j] = i == j;
    for (int p = 0; p < n; p++) {
        double pivot = a[p][p];
        for (int j = 0; j < n; j++) {
            a[p][j] /= pivot;
            inverse[p][j] /= pivot;
        }
        for (int i = 0; i < n; i++) {
            double factor = i == p ? 0 : a[i][p];
            for (int j = 0; j < n; j++) {
                a[i][j] -= factor * a[p][j];
                inverse[i][j] -= factor * inverse[p][j];
            }
        }
    }
}

/* R4: W = I + alpha (V_L - V_G)^T (V_G V_G^T + lambda I)^-1 V_G */
static void plain_tokens(matrix w, const struct scene *scene, double alpha, double ridge)
{
    double g[MAX_COUNT][DIM], l[MAX_COUNT][DIM], gram[MAX_COUNT][MAX_COUNT], inverse[MAX_COUNT][MAX_COUNT],
        trace = 0;
    int n = scene->count;
    for (int i = 0; i < n; i++) {
        plain_unit(g[i], scene->values + scene->tokens[i] * DIM, DIM);
        plain_unit(l[i], scene->window_values + i * DIM, DIM);
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            gram[i][j] = plain_dot(g[i], g[j], DIM);
    for (int i = 0; i < n; i++)
        trace += gram[i][i];
    for (int i = 0; i < n; i++)
        gram[i][i] += ridge * trace / n;
    invert(gram, inverse, n);
    identity(w);
    for (int r = 0; r < DIM; r++)
        for (int c = 0; c < DIM; c++)
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++)
                    w[r][c] += alpha * (l[i][r] - g[i][r]) * inverse[i][j] * g[j][c];
}

/* R3: W = I + alpha (v_L - v_G) v_G^T / (|v_G|^2 + lambda) */
static void plain_pooled(matrix w, const struct scene *scene, double alpha, double ridge)
{
    double g[DIM], l[DIM];
    plain_unit(g, scene->image, DIM);
    plain_unit(l, scene->window, DIM);
    identity(w);
    for (int r = 0; r < DIM; r++)
        for (int c = 0; c < DIM; c++)
            w[r][c] += alpha * (l[r] - g[r]) * g[c] / (1 + ridge);
}

/* R2: the Householder reflection that takes v_G to v_L. */
static void plain_reflection(matrix w, const float *from, const float *to)
{
    double g[DIM], l[DIM], h[DIM];
    plain_unit(g, from, DIM);
    plain_unit(l, to, DIM);
    for (int i = 0; i < DIM; i++)
        h[i] = g[i] - l[i];
    double square = plain_dot(h, h, DIM);
    identity(w);
    for (int r = 0; r < DIM; r++)
        for (int c = 0; c < DIM; c++)
            w[r][c] -= 2 * h[r] * h[c] / square;
}

static void multiply(double *out, matrix w, const double *t)
{
    for (int r = 0; r < DIM; r++)
        out[r] = plain_dot(w[r], t, DIM);
}

/* Both prototypes through W, brought to length 1. */
static void plain_align(double *out, matrix w, const double *prototypes)
{
    for (int side = 0; side < 2; side++) {
        multiply(out + side * DIM, w, prototypes + side * DIM);
        plain_normalise(out + side * DIM, DIM);
    }
}

static void test_against_w(void **state)
{
    static const int counts[] = {1, 4, 9, 16};
    static const double strengths[] = {0.3, 1, 2.5}, ridges[] = {0, 0.1, 1};
    struct scene scene;
    (void)state;
    for (uint32_t i = 0; i < 36; i++) {
        matrix w;
        double out[2 * DIM], expected[2 * DIM], alpha = strengths[i / 4 % 3], ridge = ridges[i / 12];
        make_scene(&scene, counts[i % 4], 100 + i);
        plain_tokens(w, &scene, alpha, ridge);
        plain_align(expected, w, scene.prototypes);
        align(out, &scene, alpha, ridge);
        assert_all_close(out, expected, 2 * DIM, 1e-9);
        plain_pooled(w, &scene, alpha, ridge);
        plain_align(expected, w, scene.prototypes);
        align_pooled(out, &scene, alpha, ridge);
        assert_all_close(out, expected, 2 * DIM, 1e-12);
    }
}

/* lambda is a part of the mean of G's diagonal, to which a token without length adds nothing: with one it is
 * as if the others had less of it. */
static void test_ridge_follows_the_trace(void **state)
{
    struct scene scene;
    double with[2 * DIM], without[2 * DIM], same_ridge[2 * DIM];
    (void)state;
    make_scene(&scene, 4, 77);
    memset(scene.values + scene.tokens[3] * DIM, 0, DIM * sizeof *scene.values);
    memset(scene.window_values + 3 * DIM, 0, DIM * sizeof *scene.window_values);
    align(with, &scene, 1, 0.8);
    scene.count = 3;
    align(without, &scene, 1, 0.8 * 3 / 4);
    align(same_ridge, &scene, 1, 0.8);
    assert_all_close(with, without, 2 * DIM, 1e-12);
    assert_true(fabs(with[0] - same_ridge[0]) > 1e-6);
}

/* ------------------------------------------------------------------ A to E */

/* A: without strength nothing changes, not even the last bit. */
static void test_a_no_strength(void **state)
{
    struct scene scene;
    double out[2 * DIM];
    (void)state;
    for (uint32_t i = 0; i < 20; i++) {
        make_scene(&scene, 10, 1 + i);
        align(out, &scene, 0, 0.1);
        assert_memory_equal(out, scene.prototypes, sizeof out);
        align_procrustes(out, &scene, 0);
        assert_memory_equal(out, scene.prototypes, sizeof out);
        align_pooled(out, &scene, 0, 0);
        assert_memory_equal(out, scene.prototypes, sizeof out);
    }
}

/* B: R3's margin is the window's margin plus (1 - cos) times the global margin. */
static void test_b_pooled_margin(void **state)
{
    struct scene scene;
    (void)state;
    for (uint32_t i = 0; i < 20; i++) {
        matrix w;
        double f[DIM], fi[DIM], moved[2][DIM], difference[DIM];
        make_scene(&scene, 5, 40 + i);
        plain_unit(f, scene.image, DIM);
        plain_unit(fi, scene.window, DIM);
        plain_pooled(w, &scene, 1, 0);
        for (int side = 0; side < 2; side++)
            multiply(moved[side], w, scene.prototypes + side * DIM);
        for (int j = 0; j < DIM; j++)
            difference[j] = scene.prototypes[DIM + j] - scene.prototypes[j];
        double margin = plain_dot(fi, moved[1], DIM) - plain_dot(fi, moved[0], DIM);
        double expected =
            plain_dot(fi, difference, DIM) + (1 - plain_dot(fi, f, DIM)) * plain_dot(f, difference, DIM);
        assert_close(margin, expected, 1e-14);
    }
}

/* C: without a ridge W v_G = v_L for every token, and for the pooled pair. */
static void test_c_constraint(void **state)
{
    struct scene scene;
    double out[2 * DIM], expected[DIM];
    (void)state;
    for (int count = 2; count <= 16; count += 7) {
        make_scene(&scene, count, 70);
        for (int i = 0; i + 1 < count; i++) {
            for (int side = 0; side < 2; side++)
                plain_unit(scene.prototypes + side * DIM, scene.values + scene.tokens[i + side] * DIM, DIM);
            align(out, &scene, 1, 0);
            for (int side = 0; side < 2; side++) {
                plain_unit(expected, scene.window_values + (i + side) * DIM, DIM);
                assert_all_close(out + side * DIM, expected, DIM, 1e-9);
            }
        }
    }
    plain_unit(scene.prototypes, scene.image, DIM);
    align_pooled(out, &scene, 1, 0);
    plain_unit(expected, scene.window, DIM);
    assert_all_close(out, expected, DIM, 1e-14);
}

static double deviation(const double *scores, int count)
{
    double mean = 0, square = 0;
    for (int i = 0; i < count; i++)
        mean += scores[i] / count;
    for (int i = 0; i < count; i++)
        square += (scores[i] - mean) * (scores[i] - mean) / count;
    return sqrt(square);
}

/* D: the map varies over the windows of an image that is not uniform. E: an exact rotation gives S_G
 * everywhere. */
static void test_d_e_variation(void **state)
{
    enum { WINDOWS = 50 };
    double tokens[WINDOWS], pooled[WINDOWS], reflected[WINDOWS], out[2 * DIM], global;
    struct scene scene, other;
    (void)state;
    make_scene(&scene, 5, 900);
    global = alfa__score(scene.image, scene.prototypes, DIM, TAU);
    for (uint32_t i = 0; i < WINDOWS; i++) {
        matrix w;
        make_scene(&other, 5, 1000 + i);
        memcpy(scene.window, other.window, sizeof scene.window);
        memcpy(scene.window_values, other.window_values, sizeof scene.window_values);
        align(out, &scene, 1, ALFA__ALIGNER_RIDGE_TOKENS);
        tokens[i] = alfa__score(scene.window, out, DIM, TAU);
        align_pooled(out, &scene, 1, ALFA__ALIGNER_RIDGE_POOLED);
        pooled[i] = alfa__score(scene.window, out, DIM, TAU);
        plain_reflection(w, scene.image, scene.window);
        plain_align(out, w, scene.prototypes);
        reflected[i] = alfa__score(scene.window, out, DIM, TAU);
        assert_close(reflected[i], global, 1e-12);
    }
    assert_true(deviation(tokens, WINDOWS) > 1e-2);
    assert_true(deviation(pooled, WINDOWS) > 1e-2);
    assert_true(deviation(reflected, WINDOWS) < 1e-12);
}

/* ------------------------------------------------------------------ Procrustes */

/* W x for unit vectors x of the span of V_G, which are what is given as prototypes: row i of V_G in each
 * place. */
static void rotate_rows(double out[][DIM], struct scene *scene)
{
    double pair[2 * DIM];
    for (int i = 0; i < scene->count; i++) {
        plain_unit(scene->prototypes, scene->values + scene->tokens[i] * DIM, DIM);
        memcpy(scene->prototypes + DIM, scene->prototypes, DIM * sizeof(double));
        align_procrustes(pair, scene, 1);
        memcpy(out[i], pair, DIM * sizeof(double));
    }
}

/* sum_i <W g_i, l_i>: what Procrustes makes as large as it can be. */
static double fit(double rows[][DIM], const struct scene *scene)
{
    double sum = 0, l[DIM];
    for (int i = 0; i < scene->count; i++) {
        plain_unit(l, scene->window_values + i * DIM, DIM);
        sum += plain_dot(rows[i], l, DIM);
    }
    return sum;
}

/* Turns two coordinates of every row by an angle. */
static void turn_rows(double rows[][DIM], int count, int p, int q, double angle)
{
    for (int i = 0; i < count; i++) {
        const double a = rows[i][p], b = rows[i][q];
        rows[i][p] = cos(angle) * a - sin(angle) * b;
        rows[i][q] = sin(angle) * a + cos(angle) * b;
    }
}

/* The window's span is rotated: angles stay, and no further rotation brings it nearer to V_L. */
static void test_procrustes_rotates(void **state)
{
    static const int counts[] = {1, 4, 9, 16};
    struct scene scene;
    double rows[MAX_COUNT][DIM], turned[MAX_COUNT][DIM], gi[DIM], gj[DIM];
    (void)state;
    for (uint32_t k = 0; k < 4; k++) {
        make_scene(&scene, counts[k], 300 + k);
        rotate_rows(rows, &scene);
        for (int i = 0; i < scene.count; i++)
            for (int j = 0; j < scene.count; j++) {
                plain_unit(gi, scene.values + scene.tokens[i] * DIM, DIM);
                plain_unit(gj, scene.values + scene.tokens[j] * DIM, DIM);
                assert_close(plain_dot(rows[i], rows[j], DIM), plain_dot(gi, gj, DIM), 1e-9);
            }
        for (int p = 0; p < DIM; p++)
            for (int sign = -1; sign <= 1; sign += 2) {
                memcpy(turned, rows, sizeof turned);
                turn_rows(turned, scene.count, p, (p + 7) % DIM, 0.05 * sign);
                assert_true(fit(turned, &scene) < fit(rows, &scene));
            }
    }
}

/* What is at right angles to both spans stays as it is. */
static void test_procrustes_identity_elsewhere(void **state)
{
    struct scene scene;
    double out[2 * DIM];
    (void)state;
    make_scene(&scene, 9, 77);
    for (int i = 0; i < TOKENS; i++)
        scene.values[i * DIM] = 0;
    for (int i = 0; i < scene.count; i++)
        scene.window_values[i * DIM] = 0;
    memset(scene.prototypes, 0, sizeof scene.prototypes);
    scene.prototypes[0] = 1;
    scene.prototypes[DIM] = -1;
    align_procrustes(out, &scene, 1);
    assert_all_close(out, scene.prototypes, 2 * DIM, 1e-12);
}

/* ------------------------------------------------------------------ a planted defect */

static double margin(const double *prototypes, const float *window)
{
    double f[DIM];
    plain_unit(f, window, DIM);
    return plain_dot(f, prototypes + DIM, DIM) - plain_dot(f, prototypes, DIM);
}

/* Patches that lean to the abnormal side in the whole image's pass, and a window's pass that draws its tokens
 * to what it sees, as a class token does: each reading on tokens raises the window's margin, and lowers it
 * where the patches lean to the normal side. */
static void test_planted_defect(void **state)
{
    (void)state;
    for (uint32_t seed = 500; seed < 520; seed++)
        for (int lean = -1; lean <= 1; lean += 2) {
            struct scene scene;
            double out[2 * DIM], before;
            make_scene(&scene, 9, seed);
            for (int i = 0; i < scene.count; i++)
                for (int j = 0; j < DIM; j++) {
                    float *value = &scene.values[scene.tokens[i] * DIM + j];
                    *value += (float)(lean * 2 * (scene.prototypes[DIM + j] - scene.prototypes[j]));
                    scene.window_values[i * DIM + j] = *value + 2 * scene.window[j];
                }
            before = margin(scene.prototypes, scene.window);
            align(out, &scene, 1, ALFA__ALIGNER_RIDGE_TOKENS);
            assert_true(lean * (margin(out, scene.window) - before) > 0);
            align_procrustes(out, &scene, 1);
            assert_true(lean * (margin(out, scene.window) - before) > 0);
        }
}

/* Where the window pass says the same as the full pass, W is the identity. */
static void test_uniform_image(void **state)
{
    struct scene scene;
    double out[2 * DIM];
    (void)state;
    make_scene(&scene, 10, 5);
    for (int i = 0; i < scene.count; i++)
        memcpy(scene.window_values + i * DIM, scene.values + scene.tokens[i] * DIM, DIM * sizeof(float));
    memcpy(scene.window, scene.image, sizeof scene.window);
    align(out, &scene, 1, 0.1);
    assert_all_close(out, scene.prototypes, 2 * DIM, 1e-15);
    align_procrustes(out, &scene, 1);
    assert_all_close(out, scene.prototypes, 2 * DIM, 1e-12);
    align_pooled(out, &scene, 1, 0);
    assert_all_close(out, scene.prototypes, 2 * DIM, 1e-15);
}

/* ------------------------------------------------------------------ degenerate input */

static void assert_finite_units(const double *out)
{
    for (int side = 0; side < 2; side++)
        assert_close(plain_dot(out + side * DIM, out + side * DIM, DIM), 1, 1e-12);
}

static void test_degenerate(void **state)
{
    static const double ridges[] = {0, 0.1};
    struct scene scene;
    double out[2 * DIM];
    (void)state;
    for (int r = 0; r < 2; r++) {
        make_scene(&scene, 10, 6);
        memset(scene.values + scene.tokens[2] * DIM, 0, DIM * sizeof(float)); /* zero rows */
        memset(scene.window_values + 4 * DIM, 0, DIM * sizeof(float));
        align(out, &scene, 1, ridges[r]);
        assert_finite_units(out);
        align_procrustes(out, &scene, 1);
        assert_finite_units(out);
        scene.tokens[3] = scene.tokens[1]; /* singular */
        scene.tokens[9] = scene.tokens[1];
        align(out, &scene, 1, ridges[r]);
        assert_finite_units(out);
        align_procrustes(out, &scene, 1);
        assert_finite_units(out);
        for (int i = 0; i < TOKENS * DIM; i++)
            scene.values[i] = 1e-30f; /* all the same, and nearly nothing */
        align(out, &scene, 1, ridges[r]);
        assert_finite_units(out);
        align_procrustes(out, &scene, 1);
        assert_finite_units(out);
        memset(scene.values, 0, sizeof scene.values);
        align(out, &scene, 1, ridges[r]);
        assert_all_close(out, scene.prototypes, 2 * DIM, 1e-15);
        align_procrustes(out, &scene, 1);
        assert_all_close(out, scene.prototypes, 2 * DIM, 1e-15);
        memset(scene.window, 0, sizeof scene.window);
        align_pooled(out, &scene, 1, ridges[r]);
        assert_finite_units(out);
        memset(scene.image, 0, sizeof scene.image);
        align_pooled(out, &scene, 1, ridges[r]);
        assert_all_close(out, scene.prototypes, 2 * DIM, 1e-15);
    }
}

/* Without a ridge a token that the others determine (here: up to rounding) is left out. */
static void test_dependent_token(void **state)
{
    struct scene scene;
    double out[2 * DIM], expected[2 * DIM];
    (void)state;
    make_scene(&scene, 5, 61);
    scene.count = 4;
    align(expected, &scene, 1, 0);
    scene.count = 5;
    for (int j = 0; j < DIM; j++)
        scene.values[scene.tokens[4] * DIM + j] = 2.37f * scene.values[scene.tokens[1] * DIM + j];
    align(out, &scene, 1, 0);
    assert_all_close(out, expected, 2 * DIM, 1e-6);
}

/* W t = 0: t = v_G and v_L = 0. */
static void test_nothing_left(void **state)
{
    struct scene scene;
    double out[2 * DIM];
    (void)state;
    make_scene(&scene, 1, 8);
    memset(scene.image, 0, sizeof scene.image);
    memset(scene.window, 0, sizeof scene.window);
    memset(scene.prototypes, 0, sizeof scene.prototypes);
    scene.image[0] = 1;
    scene.prototypes[0] = scene.prototypes[DIM + 1] = 1;
    align_pooled(out, &scene, 1, 0);
    for (int i = 0; i < 2 * DIM; i++)
        assert_true(isfinite(out[i]));
    assert_true(isfinite(alfa__score(scene.window, out, DIM, TAU)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_w),
        cmocka_unit_test(test_ridge_follows_the_trace),
        cmocka_unit_test(test_a_no_strength),
        cmocka_unit_test(test_b_pooled_margin),
        cmocka_unit_test(test_c_constraint),
        cmocka_unit_test(test_d_e_variation),
        cmocka_unit_test(test_uniform_image),
        cmocka_unit_test(test_degenerate),
        cmocka_unit_test(test_dependent_token),
        cmocka_unit_test(test_nothing_left),
        cmocka_unit_test(test_procrustes_rotates),
        cmocka_unit_test(test_planted_defect),
        cmocka_unit_test(test_procrustes_identity_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
