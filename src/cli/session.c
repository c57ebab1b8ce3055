#include "cli/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/strings.h"
#include "cli/talk.h"

#define QUIET 10.0      /* seconds without an answer after which one looks whether anybody works */
#define AGAIN 60.0      /* seconds until one looks again */
#define PATIENCE 300.0  /* seconds without an answer after which jobs that nobody seems to have are lost */
enum { AT_ONCE = 256 }; /* messages, before there is other work again */

/* "alfa worker 4711@line-pc", for whoever looks at the broker's list of connections. */
static char *make_name(const struct alfa__options *options)
{
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    return alfa__must(alfa__format("alfa %s %ld@%s", options->verb->name, (long)getpid(), host));
}

enum alfa_status alfa__session_open(struct alfa__session *session, const struct alfa__options *options,
                                    struct alfa_error *err)
{
    if (!options->amqp)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--amqp",
                          "is needed: the broker, for example --amqp amqp://rabbit.plant.example");
    ALFA__TRY(alfa__fleet_name(&session->fleet, options->fleet, err));
    char *name = make_name(options);
    const struct alfa__link_options how = {
        .url = options->amqp, .user_file = options->amqp_user_file, .ca = options->amqp_ca, .name = name};
    enum alfa_status status = alfa__link_open(&session->link, &how, err);
    free(name);
    return status;
}

void alfa__session_lost(struct alfa__session *session, const struct alfa_error *err)
{
    alfa__link_close(session->link);
    session->next = alfa__clock() + alfa__link_pause(session->link);
    if (strcmp(session->said, err->message) == 0)
        return;
    snprintf(session->said, sizeof session->said, "%s", err->message);
    alfa__talk_note(err->source, "%s; trying again", err->message);
}

enum alfa_status alfa__session_keep(struct alfa__session *session,
                                    enum alfa_status (*begin)(void *context, struct alfa_error *err),
                                    void *context, struct alfa_error *err)
{
    if (alfa__link_is_up(session->link) || alfa__clock() < session->next)
        return ALFA_OK;
    enum alfa_status status = alfa__link_connect(session->link, err);
    if (status == ALFA_OK) {
        session->connections++;
        status = begin(context, err);
    }
    if (status == ALFA_OK) {
        if (*session->said)
            alfa__talk_note(alfa__link_place(session->link), "connected");
        session->was_up = true;
        session->said[0] = 0;
        return ALFA_OK;
    }
    if (status == ALFA_ERROR_USAGE && !session->was_up)
        return status;
    alfa__session_lost(session, err);
    return ALFA_OK;
}

enum alfa_status alfa__session_take(struct alfa__session *session, int bell, double seconds,
                                    enum alfa_status (*take)(void *context, const struct alfa__event *event,
                                                             struct alfa_error *err),
                                    void *context, struct alfa_error *err)
{
    struct alfa__event event;
    ALFA__TRY(alfa__link_next(session->link, &event, bell, seconds, err));
    for (int i = 0; event.kind != ALFA__EVENT_NONE; i++) {
        ALFA__TRY(take(context, &event, err));
        if (i == AT_ONCE)
            break;
        ALFA__TRY(alfa__link_next(session->link, &event, -1, 0, err));
    }
    return ALFA_OK;
}

enum alfa_status alfa__session_look_around(struct alfa__session *session, double heard,
                                           struct alfa_error *err)
{
    long long letters, readers;
    const double now = alfa__clock();
    if (now - heard < QUIET || now < session->look_at)
        return ALFA_OK;
    session->look_at = now + AGAIN;
    ALFA__TRY(alfa__link_count(session->link, session->fleet.jobs, &letters, &readers, err));
    if (letters == 0 && now - heard > PATIENCE)
        return alfa__fail(err, ALFA_ERROR_INPUT, session->fleet.jobs,
                          "is empty, and no answer has come for %.0f minutes", PATIENCE / 60);
    if (readers == 0)
        alfa__talk_note(session->fleet.jobs, "has no worker: %lld jobs wait", letters);
    return ALFA_OK;
}

void alfa__session_close(struct alfa__session *session)
{
    alfa__link_free(session->link);
    session->link = NULL;
}
