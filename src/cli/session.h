/* A link that comes back: connects when it is time to, and says once what hinders it. */
#ifndef ALFA_CLI_SESSION_H
#define ALFA_CLI_SESSION_H

#include "cli/options.h"
#include "fleet/fleet.h"

struct alfa__session {
    struct alfa__link *link;
    struct alfa__fleet fleet;
    double next;     /* when it is tried again */
    double look_at;  /* when one looks around again */
    bool was_up;     /* since the start */
    int connections; /* so many; what belongs to an earlier one is void */
    char said[512];
};

/* With --amqp, --amqp-user-file, --amqp-ca and --fleet. Asks nobody yet. Zero-initialise. */
enum alfa_status alfa__session_open(struct alfa__session *session, const struct alfa__options *options,
                                    struct alfa_error *err);

/* Connects when the link is down and it is time; begin declares and reads what is needed. ALFA_OK also when
 * that failed and will be tried again: look at alfa__link_is_up(). Fails when it makes no sense to go on:
 * what the first connection is refused for, such as a wrong password. */
enum alfa_status alfa__session_keep(struct alfa__session *session,
                                    enum alfa_status (*begin)(void *context, struct alfa_error *err),
                                    void *context, struct alfa_error *err);

/* The link failed with err: says so, once, and sets the time of the next try. */
void alfa__session_lost(struct alfa__session *session, const struct alfa_error *err);

/* Gives take what has come, and waits at most seconds for the first: until a message or bell (a handle; -1:
 * none). It ends after some hundred, for there is other work. */
enum alfa_status alfa__session_take(struct alfa__session *session, int bell, double seconds,
                                    enum alfa_status (*take)(void *context, const struct alfa__event *event,
                                                             struct alfa_error *err),
                                    void *context, struct alfa_error *err);

/* Says once a minute when no answer has come for a while (heard: when the last one came, or the link was
 * opened) and no worker is there: jobs would be waited for without a word. ALFA_ERROR_INPUT: jobs that are
 * waited for are lost, for the queue is gone, or was empty for minutes without an answer (somebody purged or
 * removed one); the link may be down then. To be called while jobs are waited for. */
enum alfa_status alfa__session_look_around(struct alfa__session *session, double heard,
                                           struct alfa_error *err);

void alfa__session_close(struct alfa__session *session);

#endif
