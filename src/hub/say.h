/* The hub's refusals in words. */
#ifndef ALFA_HUB_SAY_H
#define ALFA_HUB_SAY_H

#include "hub/line.h"

/* Fails with what an answer of 400 or more, or one that no hub would give, means for who asked for a
 * repository, or for one of its files (NULL: for the repository itself). */
enum alfa_status alfa__hub_fail(const struct alfa__hub_options *options,
                                const struct alfa__repository *repository, const char *file,
                                const struct alfa__line_answer *answer, struct alfa_error *err);

#endif
