/* Pictures that are judged and learnt from as well: what a memory says of them is no measurement. */
#ifndef ALFA_EVAL_TWINS_H
#define ALFA_EVAL_TWINS_H

#include "dataset/dataset.h"

/* Names the images to judge whose file is one of those to learn from, or a copy of it byte for byte. Files of
 * another size are not opened; what cannot be read is no twin. */
void alfa__twins_note(struct alfa__notices *notices, const struct alfa__class *class);

#endif
