/* Linear layers, convolutions and products against plain loops, on odd sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nn/convolution.h"
#include "nn/layers.h"
#include "nn/product.h"
#include "unit/folder.h"

#include <math.h>
#include <omp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct alfa_error err;

static float *random_floats(size_t count, unsigned seed)
{
    float *out = malloc((count + 1) * sizeof *out);
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        out[i] = (float)(seed >> 8) / 16777216.0f * 2 - 1;
    }
    return out;
}

static double activate(double x, enum alfa__activation activation)
{
    return activation == ALFA__GELU         ? 0.5 * x * (1 + erf(x / sqrt(2)))
           : activation == ALFA__QUICK_GELU ? x / (1 + exp(-1.702 * x))
                                            : x;
}

static void check_linear(int rows, int inputs, int outputs, enum alfa__activation activation, bool add,
                         bool bias)
{
    struct alfa__arena arena = {0};
    struct alfa__linear *linear;
    float *w = random_floats((size_t)outputs * inputs, 1), *b = random_floats((size_t)outputs, 2);
    float *x = random_floats((size_t)rows * inputs, 3), *y = random_floats((size_t)rows * outputs, 4);
    float *before = malloc((size_t)rows * outputs * sizeof *before);
    memcpy(before, y, (size_t)rows * outputs * sizeof *y);
    assert_int_equal(alfa__linear_new(&linear,
                                      &(struct alfa__affine){w, bias ? b : NULL, outputs, inputs, ALFA__F32},
                                      &err),
                     ALFA_OK);
    const struct alfa__linear_call call = {
        .x = x, .y = y, .rows = rows, .activation = activation, .add = add};
    assert_int_equal(alfa__linear_run(linear, &call, &arena, &err), ALFA_OK);
    for (int r = 0; r < rows; r++)
        for (int o = 0; o < outputs; o++) {
            double sum = bias ? b[o] : 0;
            for (int i = 0; i < inputs; i++)
                sum += (double)x[r * inputs + i] * w[o * inputs + i];
            sum = activate(sum + (add ? before[r * outputs + o] : 0), activation);
            assert_true(fabs(y[r * outputs + o] - sum) < 2e-5);
        }
    alfa__linear_free(linear);
    alfa__arena_free(&arena);
    free(w), free(b), free(x), free(y), free(before);
}

static void test_linear(void **state)
{
    (void)state;
    check_linear(1, 1, 1, ALFA__IDENTITY, false, true);
    check_linear(3, 17, 5, ALFA__GELU, false, true);
    check_linear(65, 33, 70, ALFA__QUICK_GELU, false, false);
    check_linear(7, 64, 129, ALFA__IDENTITY, true, true);
    check_linear(0, 8, 8, ALFA__IDENTITY, false, true);
}

/* One layer serves many row counts with one copy of its weights. */
static void test_many_row_counts(void **state)
{
    struct alfa__arena arena = {0};
    struct alfa__linear *linear;
    float *w = random_floats(48 * 40, 1), *x = random_floats(200 * 40, 2),
          *all = malloc(200 * 48 * sizeof *all), *y = malloc(200 * 48 * sizeof *y);
    (void)state;
    assert_int_equal(alfa__linear_new(&linear, &(struct alfa__affine){w, NULL, 48, 40, ALFA__F32}, &err),
                     ALFA_OK);
    assert_int_equal(
        alfa__linear_run(linear, &(struct alfa__linear_call){.x = x, .y = all, .rows = 200}, &arena, &err),
        ALFA_OK);
    for (int rows = 1; rows < 200; rows += 13) {
        assert_int_equal(
            alfa__linear_run(linear, &(struct alfa__linear_call){.x = x, .y = y, .rows = rows}, &arena, &err),
            ALFA_OK);
        for (int i = 0; i < rows * 48; i++)
            assert_true(fabsf(y[i] - all[i]) < 1e-5f);
    }
    alfa__linear_free(linear);
    alfa__arena_free(&arena);
    free(w), free(x), free(all), free(y);
}

/* Rows in parts are those of a call for each part, whatever the number of threads. */
static void check_parts(enum alfa__type type)
{
    static const int threads[] = {1, 2, 3, 8, 13}, begins[] = {0, 48, 112, 176, 226};
    struct alfa__arena arena = {0};
    struct alfa__linear *linear;
    const size_t size = alfa__type_size(type), numbers = 226 * 160;
    float *w = random_floats(160 * 200, 1), *b = random_floats(160, 3), *x = random_floats(226 * 200, 2);
    float *alone = malloc(numbers * sizeof *alone), *parts = malloc(numbers * sizeof *parts);
    unsigned char *typed = malloc(226 * 200 * sizeof(float));
    const int before = omp_get_max_threads();
    alfa__convert(x, 226 * 200, typed, type);
    assert_int_equal(alfa__linear_new(&linear, &(struct alfa__affine){w, b, 160, 200, type}, &err), ALFA_OK);
    for (int p = 0; p < 4; p++) {
        const struct alfa__linear_call call = {.x = typed + (size_t)begins[p] * 200 * size,
                                               .y = alone + (size_t)begins[p] * 160,
                                               .rows = begins[p + 1] - begins[p]};
        assert_int_equal(alfa__linear_run(linear, &call, &arena, &err), ALFA_OK);
    }
    for (int t = 0; t < 5; t++) {
        const struct alfa__linear_call call = {.x = typed, .y = parts, .rows = 226, .part = 64};
        omp_set_num_threads(threads[t]);
        memset(parts, 0, numbers * sizeof *parts);
        assert_int_equal(alfa__linear_run(linear, &call, &arena, &err), ALFA_OK);
        assert_int_equal(omp_get_max_threads(), threads[t]);
        assert_memory_equal(parts, alone, numbers * sizeof *parts);
    }
    omp_set_num_threads(before);
    alfa__linear_free(linear);
    alfa__arena_free(&arena);
    free(w), free(b), free(x), free(alone), free(parts), free(typed);
}

static void test_parts(void **state)
{
    (void)state;
    check_parts(ALFA__F32);
    if (alfa__has_bf16())
        check_parts(ALFA__BF16);
}

static void test_bf16(void **state)
{
    struct alfa__arena arena = {0};
    struct alfa__linear *linear;
    float *w = random_floats(96 * 64, 1), *x = random_floats(10 * 64, 2), y[10 * 96];
    uint16_t typed[10 * 64];
    (void)state;
    if (!alfa__has_bf16())
        skip();
    alfa__convert(x, 10 * 64, typed, ALFA__BF16);
    assert_int_equal(alfa__linear_new(&linear, &(struct alfa__affine){w, NULL, 96, 64, ALFA__BF16}, &err),
                     ALFA_OK);
    assert_int_equal(
        alfa__linear_run(linear, &(struct alfa__linear_call){.x = typed, .y = y, .rows = 10}, &arena, &err),
        ALFA_OK);
    for (int r = 0; r < 10; r++)
        for (int o = 0; o < 96; o++) {
            double sum = 0;
            for (int i = 0; i < 64; i++)
                sum += (double)x[r * 64 + i] * w[o * 64 + i];
            assert_true(fabs(y[r * 96 + o] - sum) < 0.05);
        }
    alfa__linear_free(linear);
    alfa__arena_free(&arena);
    free(w), free(x);
}

/* A layer of another's packed bytes computes the same; bytes of another size, type, shape or layout are none
 * of its own. */
static void check_packed(enum alfa__type type)
{
    struct alfa__arena arena = {0};
    struct alfa__linear *first, *second;
    float *w = random_floats(96 * 64, 1), *x = random_floats(10 * 64, 2), *b = random_floats(96, 3);
    float y[2][10 * 96];
    uint32_t typed[10 * 64];
    size_t size;
    alfa__convert(x, 10 * 64, typed, type);
    assert_int_equal(alfa__linear_new(&first, &(struct alfa__affine){w, b, 96, 64, type}, &err), ALFA_OK);
    const void *packed = alfa__linear_packed(first, &size);
    assert_non_null(packed);
    unsigned char *copy = aligned_alloc(64, (size + 63) / 64 * 64);
    memcpy(copy, packed, size);
    assert_int_equal(
        alfa__linear_from_packed(&second, copy, size, &(struct alfa__affine){NULL, b, 96, 64, type}, &err),
        ALFA_OK);
    assert_non_null(second);
    struct alfa__linear *layers[] = {first, second};
    for (int i = 0; i < 2; i++)
        assert_int_equal(alfa__linear_run(layers[i],
                                          &(struct alfa__linear_call){.x = typed, .y = y[i], .rows = 10},
                                          &arena, &err),
                         ALFA_OK);
    assert_memory_equal(y[0], y[1], sizeof y[0]);
    assert_ptr_equal(alfa__linear_packed(second, &size), copy);
    alfa__linear_free(first);
    alfa__linear_free(second);

    const enum alfa__type other = type == ALFA__F32 ? ALFA__BF16 : ALFA__F32;
    const struct {
        size_t size;
        int outputs, inputs;
        enum alfa__type type;
    } wrong[] = {{size - 1, 96, 64, type}, {size + 1, 96, 64, type}, {0, 96, 64, type},
                 {size, 64, 96, type},     {size, 95, 64, type},     {size, 96, 64, other}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (wrong[i].type == ALFA__BF16 && !alfa__has_bf16())
            continue;
        const struct alfa__affine shape = {NULL, b, wrong[i].outputs, wrong[i].inputs, wrong[i].type};
        assert_int_equal(alfa__linear_from_packed(&second, copy, wrong[i].size, &shape, &err), ALFA_OK);
        assert_null(second);
    }
    copy[3] ^= 1; /* the layout's name */
    assert_int_equal(
        alfa__linear_from_packed(&second, copy, size, &(struct alfa__affine){NULL, b, 96, 64, type}, &err),
        ALFA_OK);
    assert_null(second);
    alfa__arena_free(&arena);
    free(copy), free(w), free(x), free(b);
}

static void test_packed(void **state)
{
    (void)state;
    check_packed(ALFA__F32);
    if (alfa__has_bf16())
        check_packed(ALFA__BF16);
}

static void check_convolution(struct alfa__convolution_shape s, int side, bool add)
{
    struct alfa__arena arena = {0};
    struct alfa__convolution *convolution;
    const int in = s.inputs / s.groups, per = s.outputs / s.groups;
    float *w = random_floats((size_t)s.outputs * in * s.kernel * s.kernel, 5),
          *b = random_floats((size_t)s.outputs, 6);
    float *x = random_floats((size_t)side * side * s.inputs, 7);
    assert_int_equal(alfa__convolution_new(&convolution, &s, w, b, &err), ALFA_OK);
    const int out = alfa__convolution_side(convolution, side);
    float *y = random_floats((size_t)out * out * s.outputs, 8),
          *before = malloc((size_t)out * out * s.outputs * sizeof *y);
    memcpy(before, y, (size_t)out * out * s.outputs * sizeof *y);
    assert_int_equal(
        alfa__convolution_run(convolution, &(struct alfa__convolution_call){x, side, y, add}, &arena, &err),
        ALFA_OK);
    int total = (out - 1) * s.stride + s.kernel - side,
        top = s.same_padding ? (total > 0 ? total : 0) / 2 : s.kernel / 2;
    for (int v = 0; v < out; v++)
        for (int u = 0; u < out; u++)
            for (int o = 0; o < s.outputs; o++) {
                double sum = b[o];
                for (int i = 0; i < in; i++)
                    for (int ky = 0; ky < s.kernel; ky++)
                        for (int kx = 0; kx < s.kernel; kx++) {
                            int yy = v * s.stride + ky - top, xx = u * s.stride + kx - top;
                            if (yy >= 0 && xx >= 0 && yy < side && xx < side)
                                sum += (double)x[(yy * side + xx) * s.inputs + o / per * in + i] *
                                       w[((o * in + i) * s.kernel + ky) * s.kernel + kx];
                        }
                sum += add ? before[(v * out + u) * s.outputs + o] : 0;
                sum = s.relu6 ? fmin(fmax(sum, 0), 6) : sum;
                assert_true(fabs(y[(v * out + u) * s.outputs + o] - sum) < 1e-4);
            }
    alfa__convolution_free(convolution);
    alfa__arena_free(&arena);
    free(w), free(b), free(x), free(y), free(before);
}

static void test_convolution(void **state)
{
    (void)state;
    check_convolution((struct alfa__convolution_shape){8, 3, 1, 3, 2, true, true}, 12, false);
    check_convolution((struct alfa__convolution_shape){8, 3, 1, 3, 2, false, true}, 11, false);
    check_convolution((struct alfa__convolution_shape){24, 24, 24, 5, 2, true, true}, 10, false);
    check_convolution((struct alfa__convolution_shape){24, 24, 24, 3, 1, false, true}, 9, false);
    check_convolution((struct alfa__convolution_shape){16, 24, 1, 1, 1, true, false}, 7, true);
}

/* Three channels in, eight out, 12 x 12. */
static int run_small(struct alfa__convolution *convolution)
{
    static const float x[12 * 12 * 3];
    float y[6 * 6 * 8];
    struct alfa__arena arena = {0};
    const struct alfa__convolution_call call = {x, 12, y, false};
    const enum alfa_status status = alfa__convolution_run(convolution, &call, &arena, NULL);
    alfa__arena_free(&arena);
    return status;
}

/* The number of threads that it brought in, -1: it failed. */
static void *run_alone(void *convolution)
{
    static int more;
    omp_set_num_threads(1);
    const int before = folder_entries("/proc/self/task");
    more = run_small(convolution) == ALFA_OK ? folder_entries("/proc/self/task") - before : -1;
    return &more;
}

/* A thread that works beside others, each alone, gets no team, although the layer worked with one before. */
static void test_convolution_alone(void **state)
{
    const struct alfa__convolution_shape shape = {8, 3, 1, 3, 2, true, true};
    float *w = random_floats(8 * 3 * 9, 1), *b = random_floats(8, 2);
    struct alfa__convolution *convolution;
    pthread_t thread;
    void *more;
    (void)state;
    assert_int_equal(alfa__convolution_new(&convolution, &shape, w, b, &err), ALFA_OK);
    const int before = omp_get_max_threads();
    omp_set_num_threads(2);
    assert_int_equal(run_small(convolution), ALFA_OK);
    omp_set_num_threads(before);
    assert_int_equal(pthread_create(&thread, NULL, run_alone, convolution), 0);
    pthread_join(thread, &more);
    assert_int_equal(*(int *)more, 0);
    alfa__convolution_free(convolution);
    free(w), free(b);
}

/* ------------------------------------------------------------------ products and signals */

static const char *stack_begin, *stack_end;
static volatile sig_atomic_t handled, elsewhere;
static atomic_bool enough;

static void look_at_stack(int number)
{
    const char *here = __builtin_frame_address(0);
    (void)number;
    handled++;
    elsewhere += here < stack_begin || here >= stack_end;
}

static void *send_signals(void *thread)
{
    while (!enough) {
        pthread_kill(*(pthread_t *)thread, SIGUSR1);
        usleep(200);
    }
    return NULL;
}

static void know_stack(void)
{
    pthread_attr_t attr;
    void *begin;
    size_t size;
    assert_int_equal(pthread_getattr_np(pthread_self(), &attr), 0);
    assert_int_equal(pthread_attr_getstack(&attr, &begin, &size), 0);
    pthread_attr_destroy(&attr);
    stack_begin = begin;
    stack_end = stack_begin + size;
}

/* A handler has the thread's own stack, never what a kernel of oneDNN takes for one. */
static void test_product_with_signals(void **state)
{
    enum { ROWS = 1000, INNER = 160 };
    (void)state;
    float *a = random_floats(ROWS * INNER, 3), *c = malloc(sizeof *c * ROWS * ROWS);
    const struct alfa__product product = {
        a,    a,    c,    {ROWS * INNER, INNER, 1}, {ROWS * INNER, 1, INNER}, {ROWS * ROWS, ROWS, 1}, 1,
        ROWS, ROWS, INNER};
    struct alfa__arena arena = {0};
    pthread_t sender, self = pthread_self();
    know_stack();
    signal(SIGUSR1, look_at_stack);
    assert_int_equal(pthread_create(&sender, NULL, send_signals, &self), 0);
    for (int i = 0; i < 10; i++)
        assert_int_equal(alfa__product_run(&product, &arena, &err), ALFA_OK);
    enough = true;
    pthread_join(sender, NULL);
    assert_true(handled > 0);
    assert_int_equal(elsewhere, 0);
    alfa__arena_free(&arena);
    free(a);
    free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_linear),
                                       cmocka_unit_test(test_many_row_counts),
                                       cmocka_unit_test(test_parts),
                                       cmocka_unit_test(test_bf16),
                                       cmocka_unit_test(test_packed),
                                       cmocka_unit_test(test_convolution),
                                       cmocka_unit_test(test_convolution_alone),
                                       cmocka_unit_test(test_product_with_signals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
