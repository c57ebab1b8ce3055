/* Frames one after another, from a file or standard input: dumps of a camera's memory as --raw says, Y4M
 * (YUV4MPEG2), which says itself what it holds, and pictures of any format that standard input holds one
 * behind another. Each is handed out as soon as it is there as a whole. */
#ifndef ALFA_CLI_FRAMES_H
#define ALFA_CLI_FRAMES_H

#include "cli/stream.h"

struct alfa__frames;

/* Takes --raw WxH:FORMAT[,stride=BYTES] (NULL: not given) for all that is opened from now on.
 * ALFA_ERROR_USAGE when it says nothing sensible. */
enum alfa_status alfa__frames_plan(const char *raw, struct alfa_error *err);

/* Whether all files are raw. */
bool alfa__frames_are_raw(void);

/* Takes the stream over when these are frames; else, and when it fails, *out is NULL and the stream is still
 * the caller's. */
enum alfa_status alfa__frames_open(struct alfa__frames **out, struct alfa__stream *stream, const char *path,
                                   struct alfa_error *err);

/* The next one; NULL and ALFA_OK at the end. ALFA_ERROR_INPUT when it is cut short, and then it is the last
 * but for pictures. */
enum alfa_status alfa__frames_next(struct alfa_image **out, struct alfa__frames *frames,
                                   struct alfa_error *err);

void alfa__frames_free(struct alfa__frames *frames);

#endif
