#include "cli/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/strings.h"
#include "cli/talk.h"

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

void alfa__session_close(struct alfa__session *session)
{
    alfa__link_free(session->link);
    session->link = NULL;
}
