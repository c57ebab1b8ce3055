/* What the processor can do at most, in 10^9 operations a second (a multiplication and an addition are two),
 * on N threads: a loop of nothing but 512-bit multiply-adds in registers, or oneDNN's product of a good shape
 * where that is faster, as it is with AMX, of which the loop knows nothing.
 *
 *     bench_peak N            {"isa": "AVX512_CORE_BF16", "f32": 233.1, "bf16": 467.9, "int8": 936.5};
 *                             0 where the processor lacks it
 *     bench_peak rows [ROWS...]   a table: oneDNN's products by their number of rows, on one thread
 */
#include "nn/layers.h"
#include "nn/primitive.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double processor_time(void)
{
    return (double)clock() / CLOCKS_PER_SEC; /* of all threads: a neighbour on the machine does not count */
}

/* ------------------------------------------------------------------ in registers */

#if defined(__x86_64__)
#include <immintrin.h>

/* As many independent sums as hide the latency of one. */
#define SUMS 16
#define STEPS 20000000L

/* The assembly lines are empty; they keep the compiler from seeing that all sums are alike and all steps the
 * same. */
#define EACH_SUM _Pragma("GCC unroll 16") for (int s = 0; s < SUMS; s++)
#define LOOP(name, features, type, add)                                                  \
    __attribute__((target(features), noinline)) static void name(void)                   \
    {                                                                                    \
        type sums[SUMS] = {0};                                                           \
        __m512i a = _mm512_set1_epi32(omp_get_thread_num()), b = _mm512_setzero_si512(); \
        EACH_SUM __asm__ volatile("" : "+v"(sums[s]));                                   \
        for (long i = 0; i < STEPS; i++) {                                               \
            EACH_SUM sums[s] = add;                                                      \
            __asm__ volatile("" : "+v"(a), "+v"(b));                                     \
        }                                                                                \
        EACH_SUM __asm__ volatile("" : : "v"(sums[s]));                                  \
    }

LOOP(loop_f32, "avx512f", __m512, _mm512_fmadd_ps((__m512)a, (__m512)b, sums[s]))
LOOP(loop_bf16, "avx512f,avx512bf16", __m512, _mm512_dpbf16_ps(sums[s], (__m512bh)a, (__m512bh)b))
LOOP(loop_int8, "avx512f,avx512vnni", __m512i, _mm512_dpbusd_epi32(sums[s], a, b))

static double loop_rate(void (*loop)(void), int lanes)
{
    const double start = processor_time(), threads = omp_get_max_threads();
#pragma omp parallel
    loop();
    return 2e-9 * lanes * SUMS * (double)STEPS * threads * threads / (processor_time() - start);
}

static double in_registers(enum alfa__type type)
{
    if (type == ALFA__F32)
        return __builtin_cpu_supports("avx512f") ? loop_rate(loop_f32, 16) : 0;
    if (type == ALFA__BF16)
        return __builtin_cpu_supports("avx512bf16") ? loop_rate(loop_bf16, 32) : 0;
    return __builtin_cpu_supports("avx512vnni") ? loop_rate(loop_int8, 64) : 0;
}
#else
static double in_registers(enum alfa__type type)
{
    (void)type;
    return 0;
}
#endif

/* ------------------------------------------------------------------ by oneDNN */

#define NARROW 896 /* ViT-B-16-plus-240: width and MLP */
#define WIDE 3584
#define MOST_ROWS 4096

struct shape {
    enum alfa__type type;
    int inputs, outputs;
    bool add; /* to rows of f32, as what ends a half of a block is */
};

static void must(enum alfa_status status, const struct alfa_error *err)
{
    if (status == ALFA_OK)
        return;
    fprintf(stderr, "bench_peak: %s\n", err->message);
    exit(1);
}

static void *numbers(size_t count)
{
    void *out = calloc(count, sizeof(float));
    if (!out)
        exit(1);
    return out;
}

static struct alfa__linear *layer(const struct shape *shape)
{
    struct alfa__linear *out;
    struct alfa_error err;
    const size_t count = (size_t)shape->inputs * (size_t)shape->outputs;
    float *weight = numbers(count);
    for (size_t i = 0; i < count; i++)
        weight[i] = (float)(i % 7) - 3; /* whole numbers: bytes want them */
    const struct alfa__affine affine = {weight, NULL, shape->outputs, shape->inputs, shape->type};
    must(alfa__linear_new(&out, &affine, &err), &err);
    free(weight);
    return out;
}

/* Seconds of processor time of all threads for times products by each of them. */
static double multiply(const struct alfa__linear *linear, const struct shape *shape, int rows, int times)
{
    double spent = 0;
#pragma omp parallel
    {
        struct alfa__arena arena = {0};
        struct alfa_error err;
        void *x = numbers((size_t)rows * (size_t)shape->inputs),
             *y = numbers((size_t)rows * (size_t)shape->outputs);
        const struct alfa__linear_call call = {.x = x,
                                               .y = y,
                                               .rows = rows,
                                               .add = shape->add,
                                               .y_type = shape->add                ? ALFA__F32
                                                         : shape->type == ALFA__U8 ? ALFA__S32
                                                                                   : shape->type};
        must(alfa__linear_run(linear, &call, &arena, &err), &err); /* makes the primitive */
#pragma omp barrier
#pragma omp master
        spent = -processor_time();
#pragma omp barrier
        for (int i = 0; i < times; i++)
            must(alfa__linear_run(linear, &call, &arena, &err), &err);
#pragma omp barrier
#pragma omp master
        spent += processor_time();
        alfa__arena_free(&arena);
        free(x), free(y);
    }
    return spent;
}

/* The most of five goes. */
static double product_rate(const struct alfa__linear *linear, const struct shape *shape, int rows)
{
    const double work = 2e-9 * rows * shape->inputs * shape->outputs, threads = omp_get_max_threads();
    const int times = 1 + (int)(10 / work); /* 10^10 operations a go */
    double best = 0;
    for (int go = 0; go < 5; go++) {
        const double rate = work * times * threads * threads / multiply(linear, shape, rows, times);
        best = rate > best ? rate : best;
    }
    return best;
}

static bool has(enum alfa__type type)
{
    return type != ALFA__BF16 || alfa__has_bf16();
}

static double at_most(enum alfa__type type)
{
    const struct shape shape = {type, NARROW, WIDE, false};
    double best = in_registers(type);
    if (!has(type))
        return best;
    struct alfa__linear *linear = layer(&shape);
    for (int rows = 256; rows <= 1024; rows *= 2) {
        const double rate = product_rate(linear, &shape, rows);
        best = rate > best ? rate : best;
    }
    alfa__linear_free(linear);
    return best;
}

/* ------------------------------------------------------------------ what is printed */

static const char *isa_name(void)
{
    static const struct {
        int bits;
        const char *name;
    } sets[] = {{dnnl_cpu_isa_avx512_core_amx, "AVX512_CORE_AMX"},
                {dnnl_cpu_isa_avx512_core_bf16, "AVX512_CORE_BF16"},
                {dnnl_cpu_isa_avx512_core_vnni, "AVX512_CORE_VNNI"},
                {dnnl_cpu_isa_avx512_core, "AVX512_CORE"},
                {dnnl_cpu_isa_avx2, "AVX2"},
                {dnnl_cpu_isa_avx, "AVX"},
                {dnnl_cpu_isa_sse41, "SSE41"}};
    const int taken = alfa__processor_isa();
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (taken != -1 && (taken & sets[i].bits) == sets[i].bits)
            return sets[i].name;
    return "none";
}

static void print_limits(int threads)
{
    omp_set_num_threads(threads);
    printf("{\"isa\": \"%s\", \"f32\": %.1f, \"bf16\": %.1f, \"int8\": %.1f}\n", isa_name(),
           at_most(ALFA__F32), at_most(ALFA__BF16), at_most(ALFA__U8));
}

static const struct shape shapes[] = {{ALFA__BF16, NARROW, WIDE, false}, {ALFA__BF16, WIDE, NARROW, true},
                                      {ALFA__U8, NARROW, WIDE, false},   {ALFA__U8, WIDE, NARROW, false},
                                      {ALFA__F32, NARROW, WIDE, false},  {ALFA__F32, WIDE, NARROW, true}};
#define SHAPES (sizeof shapes / sizeof *shapes)

static void print_head(void)
{
    static const char *const names[] = {"f32", "bf16", "int8"};
    printf("oneDNN's products on one thread, %s, 10^9 operations a second\n\n| rows |", isa_name());
    for (size_t i = 0; i < SHAPES; i++)
        printf(" %s %d -> %d%s |", names[shapes[i].type], shapes[i].inputs, shapes[i].outputs,
               shapes[i].add ? ", added" : "");
    printf("\n| ---: |");
    for (size_t i = 0; i < SHAPES; i++)
        printf(" ---: |");
    printf("\n");
}

static void print_rows(int count, char **rows)
{
    struct alfa__linear *linears[SHAPES] = {0};
    omp_set_num_threads(1);
    for (size_t i = 0; i < SHAPES; i++)
        if (has(shapes[i].type))
            linears[i] = layer(&shapes[i]);
    print_head();
    for (int r = 0; r < count; r++) {
        const int n = atoi(rows[r]);
        if (n < 1 || n > MOST_ROWS)
            continue;
        printf("| %d |", n);
        for (size_t i = 0; i < SHAPES; i++)
            printf(" %.0f |", linears[i] ? product_rate(linears[i], &shapes[i], n) : 0);
        printf("\n");
        fflush(stdout);
    }
    for (size_t i = 0; i < SHAPES; i++)
        alfa__linear_free(linears[i]);
}

int main(int argc, char **argv)
{
    static char *usual[] = {"48",  "50",  "64",  "160", "170", "176", "180", "192",
                            "226", "240", "245", "250", "256", "257", "272", "512"};
    struct alfa_error err;
    must(alfa__processor_know(&err), &err);
    if (argc < 2 || strcmp(argv[1], "rows") != 0)
        print_limits(argc > 1 ? atoi(argv[1]) : 1);
    else if (argc > 2)
        print_rows(argc - 2, argv + 2);
    else
        print_rows((int)(sizeof usual / sizeof *usual), usual);
    return 0;
}
