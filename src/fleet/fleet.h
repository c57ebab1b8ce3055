// clang-format off
/* The queues that a fleet lives on. With the name "alfa":
 *
 *     jobs --> [alfa.jobs] --> workers --> the queue that a job names (reply_to), or
 *                                     \--> (alfa.results) by CLASS.DECISION --> queues that somebody bound,
 *                                                                          \--> (alfa.unclaimed) --> [alfa.results]
 *     delivered too often, or given up with a reason: (alfa.dead) --> [alfa.dead]
 *     [alfa.workers] is read by each worker and written by nobody: its readers are the workers
 *
 * [] are quorum queues, () exchanges; all are durable, and a full queue refuses instead of dropping. */
// clang-format on
#ifndef ALFA_FLEET_FLEET_H
#define ALFA_FLEET_FLEET_H

#include "fleet/link.h"

enum { ALFA__FLEET_NAME = 64 };
struct alfa__fleet {
    char jobs[100], results[100], unclaimed[100], dead[100], workers[100];
};

/* Fails with ALFA_ERROR_USAGE for a name that is none. */
enum alfa_status alfa__fleet_name(struct alfa__fleet *out, const char *name, struct alfa_error *err);

/* Declares all of it, or finds it there as it must be. Each worker is to read the queue workers once,
 * so that its readers are the workers. */
enum alfa_status alfa__fleet_declare(const struct alfa__fleet *fleet, struct alfa__link *link,
                                     struct alfa_error *err);

/* A queue for the answers to one asker, which the broker removes when nobody has read it for a day. */
enum alfa_status alfa__fleet_declare_answers(struct alfa__link *link, const char *queue,
                                             struct alfa_error *err);

/* A name for such a queue, FLEET.answers.WHO; who: letters and digits. */
void alfa__fleet_answers(char out[256], const char *fleet, const char *who);

#endif
