/* OpenMP, or what stands for it in a build without: one thread. */
#ifndef ALFA_BASE_PARALLEL_H
#define ALFA_BASE_PARALLEL_H

#if defined(_OPENMP)
#include <omp.h>
#else
static inline int omp_get_max_threads(void)
{
    return 1;
}
static inline int omp_get_thread_num(void)
{
    return 0;
}
static inline int omp_in_parallel(void)
{
    return 0;
}
static inline int omp_get_active_level(void)
{
    return 0;
}
static inline int omp_get_max_active_levels(void)
{
    return 0;
}
static inline void omp_set_num_threads(int count)
{
    (void)count;
}
enum { omp_pause_soft };
static inline int omp_pause_resource_all(int kind)
{
    (void)kind;
    return 0;
}
#endif

#endif
