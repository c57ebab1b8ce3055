/* Pictures of any format that a stream holds one behind another, each handed out as soon as it is there as a
 * whole. No more is kept than the one that is being read. */
#ifndef ALFA_CLI_PICTURES_H
#define ALFA_CLI_PICTURES_H

#include "cli/stream.h"

struct alfa__pictures;

/* The stream stays the caller's, who closes it later. */
struct alfa__pictures *alfa__pictures_new(struct alfa__stream *stream, const char *path);

/* The next one's bytes, lent until the next call; *bytes is NULL at the end. What lay between two and begins
 * no picture is noted. Fails with ALFA_ERROR_LIMIT for one that does not end (the next call goes on behind
 * it), ALFA_ERROR_INPUT when the stream is empty or cannot be read, ALFA_ERROR_STOPPED, ALFA_ERROR_MEMORY. */
enum alfa_status alfa__pictures_next(const void **bytes, size_t *size, struct alfa__pictures *pictures,
                                     struct alfa_error *err);

void alfa__pictures_free(struct alfa__pictures *pictures);

#endif
