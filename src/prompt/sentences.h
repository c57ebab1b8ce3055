/* A growing list of different sentences. */
#ifndef ALFA_PROMPT_SENTENCES_H
#define ALFA_PROMPT_SENTENCES_H

#include "base/status.h"

#include <stdint.h>

/* Zero-initialise; freed with alfa__sentences_free(). */
struct alfa__sentences {
    char **texts;
    uint64_t *hashes; /* of texts, to find duplicates */
    int count, capacity;
};

/* Copies the sentence to the end of the list; does nothing when the list has it already. */
enum alfa_status alfa__sentences_add(struct alfa__sentences *sentences, const char *text,
                                     struct alfa_error *err);
void alfa__sentences_free(struct alfa__sentences *sentences);

#endif
