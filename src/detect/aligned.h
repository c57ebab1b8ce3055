/* Option align: what is looked at is the object of a picture in one pose (image/align.h); what was found out
 * is turned back into the picture. */
#ifndef ALFA_DETECT_ALIGNED_H
#define ALFA_DETECT_ALIGNED_H

#include "detect/result.h"
#include "image/align.h"

struct alfa__aligned {
    struct alfa_image *own;        /* the aligned picture; NULL without the option */
    const struct alfa_image *seen; /* what is looked at: own, or the picture itself */
    struct alfa__alignment how;    /* of own */
};

/* Freed with alfa__aligned_free(), also on failure. */
enum alfa_status alfa__aligned_take(struct alfa__aligned *out, bool align, const struct alfa_image *image,
                                    struct alfa_error *err);
void alfa__aligned_free(struct alfa__aligned *aligned);

/* A result on the aligned picture becomes one on the picture: its map covers all of it, up to three times as
 * fine, and regions are found anew. Its grid stays that of the aligned picture. Nothing happens without one.
 */
enum alfa_status alfa__aligned_return(struct alfa_result *result, const struct alfa__aligned *aligned,
                                      double min_area, struct alfa_error *err);

/* The regions of a result that was turned back, as boxes of the aligned picture; freed with free(). NULL when
 * there is not enough memory. */
struct alfa_region *alfa__aligned_regions(const struct alfa_result *result,
                                          const struct alfa__aligned *aligned);

#endif
