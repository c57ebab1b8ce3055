/* What is to be said about the photographs of a data set as they were read (image/image.h): of each kind the
 * first one, and how many more. */
#ifndef ALFA_EVAL_FACTS_H
#define ALFA_EVAL_FACTS_H

#include "dataset/notices.h"
#include "image/image.h"

/* Zero-initialise. */
struct alfa__facts {
    int count[ALFA__FACTS];
    int bits; /* of the first that seems to use fewer than 16 */
    char text[ALFA__FACTS][ALFA__FACT_ROOM], path[ALFA__FACTS][1024]; /* of the first */
    int flat;                                                         /* as masks, not as photographs */
    char flat_path[1024];
};

void alfa__facts_add(struct alfa__facts *facts, const struct alfa_image *image, const char *path);

/* A notice a kind. with_bits: --bits is a way to read those that seem dark. */
void alfa__facts_note(const struct alfa__facts *facts, struct alfa__notices *notices, bool with_bits);

#endif
