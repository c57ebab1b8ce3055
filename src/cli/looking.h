/* For 'alfa eval': workers behind a broker look at the images of a data set (eval/look.h), and what they see
 * is in the folder of --features when alfa__looking_ask() comes back. */
#ifndef ALFA_CLI_LOOKING_H
#define ALFA_CLI_LOOKING_H

#include "cli/options.h"

struct alfa__looking;

/* With --amqp and what belongs to it. Asks nobody yet. */
enum alfa_status alfa__looking_open(struct alfa__looking **out, const struct alfa__options *options,
                                    struct alfa_error *err);
void alfa__looking_close(struct alfa__looking *looking);

/* Sends a job an image and waits for all of them, or for a signal; a broker that is away is waited for.
 * Images that workers cannot look at are left out, and said at the end. Fails for what the first connection
 * is refused for, and for an image that does not lie below --root. */
enum alfa_status alfa__looking_ask(struct alfa__looking *looking, const char *look, const char *const *images,
                                   size_t count, struct alfa_error *err);

#endif
