/* Prompts that are made of sentences which are known already, rather than of templates and files. */
#ifndef ALFA_PROMPT_SET_H
#define ALFA_PROMPT_SET_H

#include "base/status.h"

/* Prompts for a noun without any sentence, freed with alfa_prompts_free(). */
enum alfa_status alfa__prompts_new(struct alfa_prompts **out, const char *class_name, struct alfa_error *err);

/* Adds a copy of a sentence to a side; one that is there already is passed over. */
enum alfa_status alfa__prompts_add(struct alfa_prompts *prompts, enum alfa_side side, const char *text,
                                   struct alfa_error *err);

/* Prompts that stay until their holder, too, has called alfa_prompts_free(). */
struct alfa_prompts *alfa__prompts_hold(const struct alfa_prompts *prompts);

/* Where the sentences come from, in a few words for reports: "72 templates (industrial), prompts/bottle.txt".
 * Copied. */
enum alfa_status alfa__prompts_set_source(struct alfa_prompts *prompts, const char *text,
                                          struct alfa_error *err);
const char *alfa__prompts_source(const struct alfa_prompts *prompts);

#endif
