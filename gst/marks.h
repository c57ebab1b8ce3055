/* A result drawn onto its frame. */
#ifndef ALFA_GST_MARKS_H
#define ALFA_GST_MARKS_H

#include "frames.h"

/* The colours to be laid over a frame, or NULL for a frame without colours. Fails with ALFA_ERROR_MEMORY. */
ALFA_CHECK enum alfa_status alfa__marks_colours(struct alfa_image **out, const struct alfa__layout *layout,
                                                const struct alfa_result *result,
                                                const struct alfa_image *image, struct alfa_error *err);

/* Colours, when there are any, and a white box around each region into pixels that are mapped for writing;
 * bits: of a value of 16. */
void alfa__marks_draw(const struct alfa__pixels *pixels, const struct alfa__layout *layout, int bits,
                      const struct alfa_result *result, const struct alfa_image *colours);

#endif
