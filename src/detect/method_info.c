#include "alfa.h"
#include "base/status.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* What each method is for, as the public interface tells it; what it does is said in methods/. */
static const struct alfa_method_info infos[] = {
    [ALFA_METHOD_ALFA] = {.name = "alfa", .learns = true, .map = true, .decides = true, .windows = true},
    [ALFA_METHOD_WINCLIP] =
        {.name = "winclip", .learns = true, .map = true, .decides = true, .windows = true},
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

static enum alfa_status fail_unknown(const char *name, struct alfa_error *err)
{
    char known[256] = "";
    for (size_t i = 0, length = 0; i < sizeof infos / sizeof *infos; i++)
        length +=
            (size_t)snprintf(known + length, sizeof known - length, "%s%s", i ? ", " : "", infos[i].name);
    return alfa__fail(err, ALFA_ERROR_USAGE, name, "is no method: there are %s", known);
}

enum alfa_status alfa_method_find(enum alfa_method *out, const char *name, struct alfa_error *err)
{
    ALFA__NEED(out, "out", err);
    ALFA__NEED(name, "name", err);
    for (size_t i = 0; i < sizeof infos / sizeof *infos; i++)
        if (strcmp(infos[i].name, name) == 0) {
            *out = (enum alfa_method)i;
            return ALFA_OK;
        }
    return fail_unknown(name, err);
}
