/* Which of a bank's normal images show a part that another one shows as well. Thresholds take each image for
 * another part: one that is judged without itself, but with its twin in the memory, looks far better than a
 * new part will. */
#ifndef ALFA_DETECT_REPEATS_H
#define ALFA_DETECT_REPEATS_H

#include "detect/detector.h"

/* Sets same_part of the references. x is the mean distance of the rows of an image (of each ninth) from those
 * of another: that it is nearest to by the mean of all rows, and of up to seven others. They show the same
 * part when the first is less than a quarter of the median of the others. Of three images at least; of a
 * layer (the first), and of passes over the whole image. Where all images show one part, nothing tells it. */
enum alfa_status alfa__bank_find_repeats(struct alfa_bank *bank, const bool *used, struct alfa__arena *arena,
                                         struct alfa_error *err);

#endif
