#include "cli/messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/strings.h"
#include "cli/talk.h"

static void say(void *context, const char *source, const char *what)
{
    (void)context;
    alfa__talk_note(source, "%s", what);
}

/* As whoever typed it knows it. */
static void add_dashes(struct alfa_error *err)
{
    static const char *const names[] = {"mqtt", "topic", "mqtt-trigger", "mqtt-ca"};
    for (size_t i = 0; i < sizeof names / sizeof *names && err; i++)
        if (strcmp(err->source, names[i]) == 0) {
            snprintf(err->source, sizeof err->source, "--%s", names[i]);
            return;
        }
}

enum alfa_status alfa__messages_open(struct alfa__mqtt **out, const struct alfa__options *o,
                                     const char *beside, struct alfa_error *err)
{
    *out = NULL;
    if (!o->mqtt && (alfa__options_given(o, "topic") || o->mqtt_user_file || o->mqtt_ca || o->mqtt_trigger))
        return alfa__fail(err, ALFA_ERROR_USAGE, "--mqtt", "URL is needed with the options about messages");
    if (!o->mqtt)
        return ALFA_OK;
    char *outbox = alfa__must(alfa__format("%s.outbox", beside));
    const struct alfa__mqtt_options how = {.url = o->mqtt,
                                           .topic = o->topic,
                                           .user_file = o->mqtt_user_file,
                                           .ca = o->mqtt_ca,
                                           .outbox = outbox,
                                           .trigger = o->mqtt_trigger,
                                           .say = say};
    const enum alfa_status status = alfa__mqtt_open(out, &how, err);
    free(outbox);
    if (status != ALFA_OK)
        add_dashes(err);
    return status;
}
