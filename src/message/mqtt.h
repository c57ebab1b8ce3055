/* Messages to an MQTT broker (libmosquitto), at least once each (QoS 1): kept in an outbox until the broker
 * has them, over lost connections and restarts. TOPIC/status says, retained, whether the sender is there
 * (with a last will). For alfa watch, alfa serve and the GStreamer element: nothing is printed, and nothing
 * ends when memory does. */
#ifndef ALFA_MESSAGE_MQTT_H
#define ALFA_MESSAGE_MQTT_H

#include <stdbool.h>

#include "alfa.h"

struct alfa__mqtt;

struct alfa__mqtt_options {
    const char *url;       /* mqtt://HOST[:PORT], mqtts://HOST[:PORT] */
    const char *topic;     /* results go to TOPIC/result */
    const char *user_file; /* first line the user, second the password; NULL: none */
    const char *ca;        /* certificates to trust instead of the system's, or NULL */
    const char *outbox;    /* path of the file */
    const char *trigger;   /* questions come there; NULL: nobody asks. The protocol is then MQTT 5 */
    /* Told what a person should know, one sentence at a time, by any thread; it must not call these
     * functions.
     */
    void (*say)(void *context, const char *source, const char *what);
    void *context;
};

/* Does not wait for the broker: messages wait instead. Fails with ALFA_ERROR_USAGE for a URL or topic that is
 * none, with ALFA_ERROR_INPUT when a file cannot be read, with ALFA_ERROR_OUTPUT for the outbox. Sources are
 * called "mqtt", "topic" and "mqtt-trigger". */
enum alfa_status alfa__mqtt_open(struct alfa__mqtt **out, const struct alfa__mqtt_options *options,
                                 struct alfa_error *err);

/* Sends one line of JSON, from any thread. When there is no room for it, that is said, once for several in a
 * row. */
void alfa__mqtt_send(struct alfa__mqtt *mqtt, const char *text);

/* A handle that can be read from, by poll(), when there are questions; -1 without a trigger. */
int alfa__mqtt_bell(const struct alfa__mqtt *mqtt);

/* How many questions wait for alfa__mqtt_answer(). */
int alfa__mqtt_questions(struct alfa__mqtt *mqtt);

/* Answers the first of those that wait, count of them at most, with a line of JSON, each on the topic that it
 * names, or on TOPIC/answer. What cannot be sent now is not sent later: nobody waits for it any more. */
void alfa__mqtt_answer(struct alfa__mqtt *mqtt, const char *text, int count);

/* To be called every second or so: tries a first connection again, and says what it failed for. */
void alfa__mqtt_tick(struct alfa__mqtt *mqtt);

/* Gives the broker a moment to confirm, says goodbye, and says what is left for the next start. */
void alfa__mqtt_close(struct alfa__mqtt *mqtt);

#endif
