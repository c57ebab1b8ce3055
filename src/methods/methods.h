/* Every method, one a file. */
#ifndef ALFA_METHODS_METHODS_H
#define ALFA_METHODS_METHODS_H

#include "detect/method.h"

/* Of all methods but ALFA and WinCLIP (compared.h). */
extern const struct alfa__pipeline alfa__pipeline_verdict;

extern const struct alfa__method alfa__method_alfa, alfa__method_winclip, alfa__method_one_class,
    alfa__method_clip_ac, alfa__method_trans_mm, alfa__method_maskclip, alfa__method_anovl,
    alfa__method_patchcore, alfa__method_padim, alfa__method_spade, alfa__method_musc;

#endif
