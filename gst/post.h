/* Results to an MQTT broker, and questions from it, as an element's properties say. One thread, but for what
 * is said. */
#ifndef ALFA_GST_POST_H
#define ALFA_GST_POST_H

#include <alfa.h>
#include <gst/gst.h>

struct alfa__post;

/* Texts may be NULL where nothing is said. */
struct alfa__post_options {
    const char *url, *topic, *trigger, *user_file, *ca;
    const char *outbox; /* file for messages that wait; NULL: one for the topic in the user's state folder */
    /* Told what a person should know, by any thread. */
    void (*say)(void *context, const char *source, const char *what);
    void *context;
};

/* *out NULL without a URL. Does not wait for the broker. */
ALFA_CHECK enum alfa_status alfa__post_open(struct alfa__post **out, const struct alfa__post_options *options,
                                            struct alfa_error *err);
/* Waits up to 5 s until the broker has what was sent; the rest is kept for the next start. */
void alfa__post_close(struct alfa__post *post);

/* How many questions wait; post may be NULL. */
int alfa__post_questions(struct alfa__post *post);

/* Sends a frame's JSON with "id" and "time" in front, and answers the first questions with the same. */
void alfa__post_send(struct alfa__post *post, guint64 number, const char *json, int questions);

#endif
