/* What the processor can do at most: operations a second (a multiplication and an addition are two) of a loop
 * of nothing but 512-bit multiply-adds in registers, on N threads.
 *
 *     peak N        {"f32": 233.1, "bf16": 467.9, "int8": 936.5}, in 10^9 a second; 0 where the processor
 * lacks it
 */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

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

static double measure(void (*loop)(void), int lanes)
{
    const clock_t start =
        clock(); /* processor time of all threads: a neighbour on the machine does not count */
#pragma omp parallel
    loop();
    const double threads = omp_get_max_threads(),
                 seconds = (double)(clock() - start) / CLOCKS_PER_SEC / threads;
    return 2e-9 * lanes * SUMS * (double)STEPS * threads / seconds;
}

int main(int argc, char **argv)
{
    omp_set_num_threads(argc > 1 ? atoi(argv[1]) : 1);
    printf("{\"f32\": %.1f, \"bf16\": %.1f, \"int8\": %.1f}\n",
           __builtin_cpu_supports("avx512f") ? measure(loop_f32, 16) : 0,
           __builtin_cpu_supports("avx512bf16") ? measure(loop_bf16, 32) : 0,
           __builtin_cpu_supports("avx512vnni") ? measure(loop_int8, 64) : 0);
    return 0;
}
#else
int main(void)
{
    puts("{\"f32\": 0, \"bf16\": 0, \"int8\": 0}");
    return 0;
}
#endif
