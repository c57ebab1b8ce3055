/* What the first bytes of a picture say it is. */
#ifndef ALFA_SERVE_PICTURE_H
#define ALFA_SERVE_PICTURE_H

#include <stddef.h>

/* "image/jpeg"; application/octet-stream when it is nothing that is known, so that no browser guesses. */
const char *alfa__picture_type(const char *bytes, size_t size);
/* "jpg"; "img" when it is nothing that is known. */
const char *alfa__picture_extension(const char *bytes, size_t size);

#endif
