/* The language model that --llm and --llm-model name: its sentences and descriptors as files.
 *
 * They are kept in the user's cache (prompts/NOUN-....txt, one file for each class, model, domain, count and
 * version of the queries), where they can be read and edited, and asked for only once; --save chooses another
 * place. The key comes from --llm-key-file or from ALFA_LLM_KEY. */
#ifndef ALFA_CLI_LANGUAGE_H
#define ALFA_CLI_LANGUAGE_H

#include "alfa_llm.h"

struct alfa__options;

/* Checks what belongs together, before anything is opened. */
enum alfa_status alfa__language_check(const struct alfa__options *options, struct alfa_error *err);

/* The path of a prompt file about --class, asked for when it is not there yet, with a note that says what
 * came of it. clip is the model that will read the sentences. *generation gets the counts, or requests = 0
 * when the file was there; it may be NULL. *out is freed with free(). */
enum alfa_status alfa__language_prompts(char **out, struct alfa_generation *generation,
                                        const struct alfa__options *options, const struct alfa_model *clip,
                                        struct alfa_error *err);

/* The same for descriptors. */
enum alfa_status alfa__language_descriptors(char **out, const struct alfa__options *options,
                                            const struct alfa_model *clip, struct alfa_error *err);

#endif
