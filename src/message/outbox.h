/* Messages that are on their way, on the disk until somebody has confirmed them: a file of lines, with the
 * place of the first one that still counts in front. What a program that was killed had not confirmed is
 * there at the next start. */
#ifndef ALFA_MESSAGE_OUTBOX_H
#define ALFA_MESSAGE_OUTBOX_H

#include <stddef.h>

#include "alfa.h"

struct alfa__outbox;

/* most: bytes of messages that wait at once; the file may have twice as many. Fails with ALFA_ERROR_OUTPUT
 * when the file cannot be read and written, is no such file, or is open already, here or in another program.
 */
enum alfa_status alfa__outbox_open(struct alfa__outbox **out, const char *path, size_t most,
                                   struct alfa_error *err);

/* Keeps a message without line breaks; *number is its own. ALFA_ERROR_LIMIT: there is no room. */
enum alfa_status alfa__outbox_add(struct alfa__outbox *outbox, long long *number, const char *text,
                                  struct alfa_error *err);

/* The message is confirmed. */
void alfa__outbox_confirm(struct alfa__outbox *outbox, long long number);

/* How many wait. */
int alfa__outbox_waiting(const struct alfa__outbox *outbox);

/* The first one that waits and whose number is at least from; its number, or -1. *text is freed by the
 * caller, NULL when it could not be read. */
long long alfa__outbox_next(const struct alfa__outbox *outbox, long long from, char **text);

void alfa__outbox_free(struct alfa__outbox *outbox);

#endif
