/* Attention with vectors of 16 numbers, for processors that have them. */
#include "nn/attention.h"

#define LANES 16
#include "nn/attention_head.h"

#ifdef ALFA__DISPATCH
__attribute__((target("arch=x86-64-v4"))) void alfa__attend_wide(const struct alfa__attention *a, int s,
                                                                 int head, float *scratch)
{
    attend_head(a, s, head, scratch);
}
#endif
