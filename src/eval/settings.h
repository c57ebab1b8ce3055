/* What was run, so that two people who read a report cannot disagree about it: the version, the model, every
 * reading of the method that a number depends on, row by row, and the prompt sets with a digest. Nothing
 * stands as "auto": it is what the model made of it. */
#ifndef ALFA_EVAL_SETTINGS_H
#define ALFA_EVAL_SETTINGS_H

#include "base/strings.h"
#include "dataset/dataset.h"
#include "eval/run_entrants.h"

/* All lent. */
struct alfa__settings {
    const struct alfa__eval_options *options;
    const struct alfa__entrants *entrants;
    const struct alfa__class *const *classes;
    int class_count;
};

/* A section of the report, and one JSON object. A failed allocation is remembered in the string. */
void alfa__settings_markdown(struct alfa__string *out, const struct alfa__settings *settings);
void alfa__settings_json(struct alfa__string *out, const struct alfa__settings *settings);

#endif
