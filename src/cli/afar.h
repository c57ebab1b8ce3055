/* Judging by the workers behind a broker, for 'alfa serve': questions of many threads become jobs, and each
 * thread waits for its answer. One thread of its own speaks with the broker.
 *
 * What is asked is not given up when the connection breaks: a job that the broker had not confirmed is sent
 * again, and answers wait in a queue of this server's own. Only when the broker stays away, or nobody answers
 * for a minute, is the question told so; it can be asked again then. */
#ifndef ALFA_CLI_AFAR_H
#define ALFA_CLI_AFAR_H

#include "cli/options.h"
#include "serve/serve.h"

struct alfa__afar;

/* With --amqp and what belongs to it; tries the broker once, so that a wrong password is said at once. One
 * that is away is waited for beside everything else. model: what the workers' own has to be called. */
enum alfa_status alfa__afar_open(struct alfa__afar **out, const struct alfa__options *options,
                                 const char *model, struct alfa_error *err);
/* Nobody may ask any more. */
void alfa__afar_close(struct alfa__afar *afar);

/* As the server is told who judges; lasts as long as afar. */
struct alfa__elsewhere alfa__afar_judges(struct alfa__afar *afar);

#endif
