#include "fleet/fleet.h"

#include <stdio.h>
#include <string.h>

/* Arguments of queues cannot be changed later, so they are the same for all: what differs from worker to
 * worker (how many tries) is a matter of the worker. The delivery limit is a last resort, for jobs that let
 * every worker die before it can tell. */
enum { DELIVERIES = 20, JOBS = 100000, ANSWERS = 1000000, DAY = 24 * 3600 };
#define BYTES (8LL << 30)

enum alfa_status alfa__fleet_name(struct alfa__fleet *out, const char *name, struct alfa_error *err)
{
    const size_t size = strlen(name);
    if (size == 0 || size > ALFA__FLEET_NAME ||
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != size ||
        strncmp(name, "amq.", 4) == 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--fleet",
                          "\"%s\" is no name: at most %d letters, digits, '.', '_' and '-'", name,
                          ALFA__FLEET_NAME);
    snprintf(out->jobs, sizeof out->jobs, "%s.jobs", name);
    snprintf(out->results, sizeof out->results, "%s.results", name);
    snprintf(out->unclaimed, sizeof out->unclaimed, "%s.unclaimed", name);
    snprintf(out->dead, sizeof out->dead, "%s.dead", name);
    snprintf(out->workers, sizeof out->workers, "%s.workers", name);
    return ALFA_OK;
}

enum alfa_status alfa__fleet_declare(const struct alfa__fleet *fleet, struct alfa__link *link,
                                     struct alfa_error *err)
{
    const struct alfa__queue_options jobs = {.name = fleet->jobs,
                                             .dead_letters = fleet->dead,
                                             .limit = DELIVERIES,
                                             .length = JOBS,
                                             .bytes = BYTES},
                                     results = {.name = fleet->results, .length = ANSWERS, .bytes = BYTES},
                                     dead = {.name = fleet->dead, .length = ANSWERS},
                                     workers = {.name = fleet->workers, .length = 1};
    ALFA__TRY(alfa__link_exchange(link, fleet->dead, "fanout", NULL, err));
    ALFA__TRY(alfa__link_queue(link, &dead, err));
    ALFA__TRY(alfa__link_bind(link, fleet->dead, fleet->dead, "", err));
    ALFA__TRY(alfa__link_queue(link, &jobs, err));
    ALFA__TRY(alfa__link_queue(link, &workers, err));
    ALFA__TRY(alfa__link_exchange(link, fleet->unclaimed, "fanout", NULL, err));
    ALFA__TRY(alfa__link_exchange(link, fleet->results, "topic", fleet->unclaimed, err));
    ALFA__TRY(alfa__link_queue(link, &results, err));
    return alfa__link_bind(link, fleet->results, fleet->unclaimed, "", err);
}

enum alfa_status alfa__fleet_declare_answers(struct alfa__link *link, const char *queue,
                                             struct alfa_error *err)
{
    const struct alfa__queue_options answers = {
        .name = queue, .length = ANSWERS, .bytes = BYTES, .expires = DAY};
    return alfa__link_queue(link, &answers, err);
}

void alfa__fleet_answers(char out[256], const char *fleet, const char *who)
{
    snprintf(out, 256, "%s.answers.%s", fleet, who);
}
