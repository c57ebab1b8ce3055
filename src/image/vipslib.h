/* libvips, started once and kept quiet.
 *
 * libvips is one per process: starting it here switches off its operation cache, its warnings on stderr, and
 * for the whole process every loader that is not made for untrusted files. */
#ifndef ALFA_IMAGE_VIPSLIB_H
#define ALFA_IMAGE_VIPSLIB_H

#include "base/status.h"

/* Starts libvips; any thread may call it, any number of times, before each use: ALFA_ERROR_MEMORY when there
 * is no room for what libvips takes without a look. */
enum alfa_status alfa__vips_start(struct alfa_error *err);

/* Fails with what libvips said last, as one short line after what ("cannot be decoded"), and forgets it. */
enum alfa_status alfa__vips_fail(struct alfa_error *err, enum alfa_status code, const char *source,
                                 const char *what);

#endif
