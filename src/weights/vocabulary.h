/* The merges of a model's tokenizer, as its folder has them. */
#ifndef ALFA_WEIGHTS_VOCABULARY_H
#define ALFA_WEIGHTS_VOCABULARY_H

#include "weights/config.h"

/* The text of merges.txt, or of the merges in tokenizer.json when only that is there; *path says which. Both
 * are freed with free() and NULL when the folder has neither. Fails with ALFA_ERROR_MODEL when tokenizer.json
 * is not a byte-pair tokenizer whose ids are in CLIP's order: 256 bytes, the same that end a word, one id a
 * merge, start and end. */
enum alfa_status alfa__merges_find(char **path, char **text, size_t *size, const char *folder,
                                   const struct alfa__config *config, struct alfa_error *err);

#endif
