/* Which of a bank's normal images show a part that another one shows as well. Thresholds take each image for
 * another part: one that is judged without itself, but with its twin in the memory, looks far better than a
 * new part will. */
#ifndef ALFA_DETECT_REPEATS_H
#define ALFA_DETECT_REPEATS_H

#include "detect/detector.h"

/* Sets same_part of the references that are used or known to be good, to the first of those that show the
 * same part. The distance of two images is the mean distance of the rows of one (of each ninth) from those of
 * the other. An image shows the same part as the nearest one when the nearest, or the nearest two, are less
 * than 0.4 times as far as the next one: a part that was taken two or three times stands apart, a kind of
 * part that several images show does not. (The nearest are looked for among the six whose mean row is
 * nearest.) Of three images at least; of a layer (the first), and of passes over the whole image. Where all
 * that are used show one part, or each is like the next, none is named: nothing would be left to judge it by.
 */
enum alfa_status alfa__bank_find_repeats(struct alfa_bank *bank, const bool *used, struct alfa__arena *arena,
                                         struct alfa_error *err);

#endif
