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

/* What the descriptions above say, as the public interface lends it. */
static const struct alfa_method_info infos[] = {
    [ALFA_METHOD_ALFA] = {.name = "alfa", .learns = true, .map = true, .decides = true},
    [ALFA_METHOD_WINCLIP] = {.name = "winclip", .learns = true, .map = true, .decides = true},
    [ALFA_METHOD_PATCHCORE] = {.name = "patchcore", .learns = true, .needs_bank = true, .map = true},
    [ALFA_METHOD_PADIM] = {.name = "padim", .learns = true, .needs_bank = true, .map = true},
    [ALFA_METHOD_SPADE] = {.name = "spade", .learns = true, .needs_bank = true, .map = true},
    [ALFA_METHOD_MUSC] = {.name = "musc", .together = true, .map = true},
    [ALFA_METHOD_MASKCLIP] = {.name = "maskclip", .map = true, .decides = true},
    [ALFA_METHOD_ANOVL] = {.name = "anovl", .map = true, .decides = true},
    [ALFA_METHOD_TRANS_MM] = {.name = "trans-mm", .map = true},
    [ALFA_METHOD_CLIP_AC] = {.name = "clip-ac", .decides = true},
    [ALFA_METHOD_ONE_CLASS] = {.name = "one-class"},
};

const struct alfa_method_info *alfa_method_info(enum alfa_method kind)
{
    static const struct alfa_method_info none = {.name = ""};
    const size_t i = (size_t)kind;
    return i < sizeof infos / sizeof *infos ? &infos[i] : &none;
}

const struct alfa__method *alfa__method_find(const char *name)
{
    for (const struct alfa__method *const *method = alfa__methods; *method; method++)
        if (strcmp((*method)->name, name) == 0)
            return *method;
    return NULL;
}
