/* Somebody gave a whole data set, with its masks, and its defects and test images. */
#ifndef ALFA_CLI_MISPLACED_H
#define ALFA_CLI_MISPLACED_H

#include "cli/paths.h"

/* Says how many images lie in folders that are called after masks, or are called as masks or heat maps of
 * others beside them; of those that are learned as normal also
 * after defects, or are so in their own names beside others that are good, or after a test part beside a
 * training part. What all folders have in common does not count.
 */
void alfa__misplaced_note(const struct alfa__inputs *inputs, bool learned);

/* The same of images in a folder, and below it, that are known to be bad, or else normal. */
void alfa__misplaced_note_known(const struct alfa__inputs *inputs, const char *folder, bool bad);

#endif
