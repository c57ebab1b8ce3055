#include "methods/methods.h"

#include <string.h>

const struct alfa__method *const alfa__methods[] = {
    &alfa__method_alfa,     &alfa__method_winclip,  &alfa__method_one_class, &alfa__method_clip_ac,
    &alfa__method_trans_mm, &alfa__method_maskclip, &alfa__method_anovl,     &alfa__method_patchcore,
    &alfa__method_padim,    &alfa__method_spade,    &alfa__method_musc,      NULL};

const struct alfa__method *alfa__method_get(enum alfa_method kind)
{
    const struct alfa__method *const *method = alfa__methods;
    while (*method && (*method)->kind != kind)
        method++;
    return *method;
}

const struct alfa__method *alfa__method_find(const char *name)
{
    for (const struct alfa__method *const *method = alfa__methods; *method; method++)
        if (strcmp((*method)->name, name) == 0)
            return *method;
    return NULL;
}
