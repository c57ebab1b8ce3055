/* Bytes of a file or of standard input, one after another: as much as is there, or the end. */
#ifndef ALFA_CLI_STREAM_H
#define ALFA_CLI_STREAM_H

#include "alfa.h"

struct alfa__stream;

/* path "-" is standard input. Fails with ALFA_ERROR_INPUT, for a terminal with ALFA_ERROR_USAGE. */
enum alfa_status alfa__stream_open(struct alfa__stream **out, const char *path, struct alfa_error *err);

/* Whether it begins with a text; nothing is taken. */
bool alfa__stream_begins(struct alfa__stream *stream, const char *text);

/* Whether what follows is something else, as far as it comes without a pause of patience ms; nothing is
 * taken. */
bool alfa__stream_departs(struct alfa__stream *stream, const char *text, int patience);

/* Up to size bytes; *got gets how many, fewer only at the end. Fails with ALFA_ERROR_STOPPED when a signal
 * came, with ALFA_ERROR_INPUT. */
enum alfa_status alfa__stream_read(struct alfa__stream *stream, void *out, size_t size, size_t *got,
                                   struct alfa_error *err);

/* What is there, at most size bytes: waits for the first of them, no longer than patience ms (-1: as long as
 * it takes). *got is 0 when none came, and at the end. Fails as alfa__stream_read() does. */
enum alfa_status alfa__stream_some(struct alfa__stream *stream, void *out, size_t size, int patience,
                                   size_t *got, struct alfa_error *err);

/* Whether the end was met, and nothing is left. */
bool alfa__stream_is_over(const struct alfa__stream *stream);

/* A line without its end, of fewer than size bytes; ALFA_ERROR_INPUT when none ends so soon. */
enum alfa_status alfa__stream_line(struct alfa__stream *stream, char *out, size_t size,
                                   struct alfa_error *err);

/* Whether nothing follows: waits until that shows. */
bool alfa__stream_at_end(struct alfa__stream *stream);
void alfa__stream_close(struct alfa__stream *stream);

#endif
