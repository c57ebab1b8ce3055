#include "nn/attention.h"

#define LANES 8
#include "nn/attention_head.h"

#include "base/parallel.h"
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
    float *scratch = alfa__arena_array(arena, each * (size_t)omp_get_max_threads(), sizeof *scratch);
    if (!scratch)
        return alfa__fail_memory(err, each * sizeof *scratch);
#pragma omp parallel
    {
        float *own = scratch + (size_t)omp_get_thread_num() * each;
        memset(own, 0, each * sizeof *own);
#pragma omp for collapse(2) schedule(dynamic)
        for (int s = 0; s < a->sequences; s++)
            for (int head = 0; head < a->heads; head++)
                attend(a, s, head, own);
    }
    alfa__arena_reset(arena, mark);
    return ALFA_OK;
}
