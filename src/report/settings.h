/* The settings of a result (alfa_result_settings()) in words, for pages. */
#ifndef ALFA_REPORT_SETTINGS_H
#define ALFA_REPORT_SETTINGS_H

#include "base/strings.h"

/* "precision bf16 · aligner none · scales 1, 2, 3 · ...": all but version, model and method, which pages say
 * elsewhere, and what is switched off. Appends nothing when json is no object. */
void alfa__settings_words(struct alfa__string *out, const char *json);

#endif
