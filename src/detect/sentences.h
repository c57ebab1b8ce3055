/* From a detector's sentences to their embeddings. */
#ifndef ALFA_DETECT_SENTENCES_H
#define ALFA_DETECT_SENTENCES_H

#include "detect/detector.h"

/* All prompts of both sides in one go, from the model's cache where it has them; a cache that cannot be
 * opened is no cache. The rows are the detector's, on failure too. */
enum alfa_status alfa__detector_embed(struct alfa_detector *d, struct alfa_error *err);

/* How many prompts lose their end, into truncated; asked apart because cached prompts are not tokenised any
 * more. */
enum alfa_status alfa__detector_count_cut(struct alfa_detector *d, struct alfa_error *err);

#endif
