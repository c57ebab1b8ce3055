/* By what a record can be followed to where it came from: what a file holds, and when. */
#ifndef ALFA_CLI_TRACE_H
#define ALFA_CLI_TRACE_H

#include "base/status.h"

enum { ALFA__TRACE_DIGEST = 65, ALFA__TRACE_TIME = 32 };

/* SHA-256 of what the file holds, 64 hexadecimal digits as sha256sum prints them. */
enum alfa_status alfa__trace_file(char out[ALFA__TRACE_DIGEST], const char *path, struct alfa_error *err);

/* Now in UTC, as 2026-11-30T05:04:01Z. */
void alfa__trace_now(char out[ALFA__TRACE_TIME]);

#endif
