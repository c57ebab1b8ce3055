/* One image from its file to its place in the results: what judging a batch and watching a folder have in
 * common. */
#ifndef ALFA_CLI_JUDGING_H
#define ALFA_CLI_JUDGING_H

#include "cli/kit.h"
#include "cli/outputs.h"

enum alfa__verdict {
    ALFA__VERDICT_NONE,
    ALFA__VERDICT_NORMAL,
    ALFA__VERDICT_ANOMALY
}; /* NONE: no threshold */

/* Tells the report how what follows is judged. */
enum alfa_status alfa__judging_begin(struct alfa__outputs *outputs, const struct alfa__kit *kit,
                                     struct alfa_error *err);

/* Judges and writes; image is what was read of the input. */
enum alfa_status alfa__judging_image(enum alfa__verdict *out, const struct alfa__kit *kit,
                                     struct alfa__outputs *outputs, const struct alfa__input *input,
                                     const struct alfa_image *image, struct alfa_error *err);

/* Reads, judges and writes. */
enum alfa_status alfa__judging_run(enum alfa__verdict *out, const struct alfa__kit *kit,
                                   struct alfa__outputs *outputs, const struct alfa__input *input,
                                   struct alfa_error *err);

#endif
