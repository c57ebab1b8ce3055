/* open_clip's tensor names in Hugging Face's words. */
#ifndef ALFA_WEIGHTS_NAMES_H
#define ALFA_WEIGHTS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* Writes the Hugging Face name for an open_clip name into out; *transposed tells whether the matrix is stored
 * the other way round. false when there is no such name. */
bool alfa__name_hugging_face(char *out, size_t size, const char *name, bool *transposed);

#endif
