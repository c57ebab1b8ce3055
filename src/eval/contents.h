/* What the files of a class hold, as one number for the key of a result: names and kinds of its images, their
 * sizes - where these say nothing, as of BMP, all bytes - and all bytes of its masks. */
#ifndef ALFA_EVAL_CONTENTS_H
#define ALFA_EVAL_CONTENTS_H

#include "dataset/dataset.h"

#include <stdint.h>

uint64_t alfa__contents_hash(const struct alfa__class *class);

#endif
