#include "nn/attention.h"

#define LANES 8
#include "nn/attention_head.h"

#include <omp.h>
#include <string.h>

ALFA__VECTORISED
void alfa__attend_narrow(const struct alfa__attention *a, int s, int head, float *scratch)
{
    attend_head(a, s, head, scratch);
}

enum alfa_status alfa__attention_run(const struct alfa__attention *a, struct alfa__arena *arena,
                                     struct alfa_error *err)
{
#ifdef ALFA__DISPATCH
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4"))
        return alfa__attention_run_by(alfa__attend_wide, a, arena, err);
#endif
    return alfa__attention_run_by(alfa__attend_narrow, a, arena, err);
}

enum alfa_status alfa__attention_run_by(alfa__attend *attend, const struct alfa__attention *a,
                                        struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__mark mark = alfa__arena_mark(arena);
    int longest = 0;
    for (int s = 0; s < a->sequences; s++)
        if (a->starts[s + 1] - a->starts[s] > longest)
            longest = a->starts[s + 1] - a->starts[s];
    const size_t each = head_size(longest, a->head_width);
    const size_t all = each * (size_t)omp_get_max_threads();
    float *scratch = alfa__arena_array(arena, all, sizeof *scratch);
    if (!scratch)
        return alfa__fail_memory(err, all * sizeof *scratch);
    memset(scratch, 0, all * sizeof *scratch);
#pragma omp parallel for collapse(2) schedule(dynamic)
    for (int s = 0; s < a->sequences; s++)
        for (int head = 0; head < a->heads; head++)
            attend(a, s, head, scratch + (size_t)omp_get_thread_num() * each);
    alfa__arena_reset(arena, mark);
    return ALFA_OK;
}
